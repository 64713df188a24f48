"""Gases by hand: ideal particles moved exactly, and a diagnostic that follows them from sample to sample."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from physent.declare import Box
from physent.diagnostics.run.declare import Diagnostic
from physent.diagnostics.run.plan import Plan
from tests.diagnostics.run.records import context

Array = np.ndarray[Any, Any]
Frame = dict[str, Array]
DIMS = ("replica", "particle", "axis")


def declared(side: float | None = 1.0, *, walls: bool = False, diameter: float = 0.0) -> dict[str, Any]:
    """What a gas in the plane says of itself: points of temperature 1 in the periodic unit box."""
    return {"box": Box.cube(side, 2, periodic=not walls, diameter=diameter), "scales": {"temperature": np.array(1.0)}}


def ideal_gas(seed: int, replicas: int, n: int, fraction: float = 0.5, temperature: float = 1.0) -> Frame:
    """Equilibrium in the left part of the unit box."""
    rng = np.random.default_rng(seed)
    position = rng.random((replicas, n, 2))
    position[..., 0] *= fraction
    return {"position": position, "velocity": rng.normal(scale=np.sqrt(temperature), size=(replicas, n, 2))}


def streamed(start: Frame, t: float, boundary: str = "periodic") -> Frame:
    """The same after free motion, in the unit box."""
    moved = start["position"] + start["velocity"] * t
    if boundary == "periodic":
        turns = np.floor(moved)
        inside = np.minimum(moved - turns, np.nextafter(1, 0))
        return {"position": inside, "velocity": start["velocity"], "image": turns.astype(np.int64)}
    rest = moved % 2
    back = rest > 1
    return {
        "position": np.where(back, 2 - rest, rest),
        "velocity": np.where(back, -start["velocity"], start["velocity"]),
        "image": np.zeros(moved.shape, np.int64),
    }


def follow(
    diagnostics: Diagnostic | Sequence[Diagnostic], frames: Sequence[Frame], told: Any = None, **changes: Any
) -> list[dict[str, Array]]:
    """Values at every sample; ``changes`` are those of the context."""
    some = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
    known = context({name: (DIMS, array) for name, array in frames[0].items()}, len(frames), **changes)
    plan = Plan(SimpleNamespace(diagnostics=some), context=known)
    warn = ({} if told is None else told).setdefault
    values = [plan.observe(frames[0], 0.0, warn)]
    origin = plan.origin({**frames[0], **values[0]})
    return values + [plan.observe(frame, float(i), warn, origin) for i, frame in enumerate(frames[1:], start=1)]
