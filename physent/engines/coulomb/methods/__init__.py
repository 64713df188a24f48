"""The samplers by name, in the order in which `auto` asks them whether they serve."""

from physent.engines import EngineConfig
from physent.engines.coulomb.methods import hmc, matrix, radii, tridiagonal
from physent.engines.coulomb.methods.sampler import Sampler

METHODS: dict[str, Sampler] = {
    "matrix": matrix.METHOD,
    "tridiagonal": tridiagonal.METHOD,
    "hmc": hmc.METHOD,  # serves any gas: what comes after it must be asked for
    "radii": radii.METHOD,
}


def choose(config: EngineConfig) -> str:
    """The sampler asked for; `auto` is the first that serves."""
    asked = str(config.parameters.sampler)
    if asked in METHODS:
        return asked
    return next(name for name, sampler in METHODS.items() if sampler.serves(config.parameters))


def sampler_of(config: EngineConfig) -> Sampler:
    """What `choose` names."""
    return METHODS[choose(config)]
