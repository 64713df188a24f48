"""The methods: event by event, or, for discs without size, in closed form."""

from __future__ import annotations

from physent.engines import EngineConfig, Method
from physent.engines.hard_discs.methods import event_driven, ideal

METHODS: dict[str, Method] = {"event_driven": event_driven.METHOD, "ideal": ideal.METHOD}


def choose(config: EngineConfig) -> str:
    """Diameter 0 means the ideal gas."""
    return "ideal" if config.parameters.diameter == 0.0 else "event_driven"
