"""Methods of the engine by name."""

from __future__ import annotations

from physent.engines import EngineConfig
from physent.engines.langevin.methods import independent

METHODS = {"independent": independent.METHOD}


def choose(config: EngineConfig) -> str:
    """The method for a config."""
    return "independent"
