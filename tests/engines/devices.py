"""A run's state moved by the same method on both devices."""

from __future__ import annotations

from typing import Any

from physent import engines
from physent.config.load import load_config
from physent.engines import Array


def on_both(data: dict[str, Any], target: float, *, works: tuple[int, ...] = (1 << 40,)) -> list[dict[str, Array]]:
    """Fields at ``target``, from the CPU and then from the device, which is given ``works`` in turn."""
    config, found = load_config(data), []
    engine = engines.get(config.engine)
    for device in ("cpu", "cuda"):
        leg = config.model_copy(update={"device": device})
        method = engine.method(leg)
        state, calls = method.start(leg, None), 0
        while (
            method.advance(state, target, works[min(calls, len(works) - 1)] if device == "cuda" else 1 << 40) < target
        ):
            calls += 1
        found.append(method.fields(state))
    return found
