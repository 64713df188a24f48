"""How discs move on: from event to event, or, if they have no size, at once."""

from __future__ import annotations

from physent.engines import EngineConfig, Method
from physent.engines.hard_discs.methods import event_driven, ideal

METHODS: dict[str, Method] = {"event_driven": event_driven.METHOD, "ideal": ideal.METHOD}


def choose(config: EngineConfig) -> str:
    """The ideal gas is what the diameter 0 means."""
    return "ideal" if config.parameters.diameter == 0.0 else "event_driven"
