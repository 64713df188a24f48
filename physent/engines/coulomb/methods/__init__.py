"""The samplers by name, in the order in which `auto` tries them."""

from physent.engines import EngineConfig
from physent.engines.coulomb.methods import hmc, matrix, radii, tridiagonal
from physent.engines.coulomb.methods.sampler import Sampler

METHODS: dict[str, Sampler] = {
    "matrix": matrix.METHOD,
    "tridiagonal": tridiagonal.METHOD,
    "hmc": hmc.METHOD,  # serves any gas, so `auto` never chooses those after it
    "radii": radii.METHOD,
}


def choose(config: EngineConfig) -> str:
    """The sampler that the config names; `auto` is the first that serves the gas."""
    asked = str(config.parameters.sampler)
    if asked in METHODS:
        return asked
    return next(name for name, sampler in METHODS.items() if sampler.serves(config.parameters))


def sampler_of(config: EngineConfig) -> Sampler:
    """The sampler for a config."""
    return METHODS[choose(config)]
