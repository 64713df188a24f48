"""The methods by name."""

from physent.engines import EngineConfig
from physent.engines.nlse.methods import if_dop853, rkn4, rkn6, strang
from physent.engines.nlse.methods.integration import Integrator

METHODS: dict[str, Integrator] = {
    if_dop853.NAME: if_dop853.METHOD,
    "strang": strang.METHOD,
    "rkn4": rkn4.METHOD,
    "rkn6": rkn6.METHOD,
}


def choose(config: EngineConfig) -> str:
    """The method that the config names; `auto` is if_dop853.

    `auto` is not a splitting: with steps as long as its accuracy allows, short waves with k^2 h = 2 pi j turn by whole
    turns between the kicks and are coupled as if there were no dispersion. They grow slowly, and step doubling would
    detect them too late.
    """
    asked = str(config.parameters.method)
    return asked if asked in METHODS else if_dop853.NAME
