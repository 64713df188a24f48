"""Methods of the engine by name."""

from __future__ import annotations

from physent.engines import EngineConfig
from physent.engines.langevin.methods import independent, pairs

METHODS = {"independent": independent.METHOD, "pairs": pairs.METHOD}


def choose(config: EngineConfig) -> str:
    """The method for a config."""
    return "independent" if config.parameters.interaction is None else "pairs"
