"""Initial points of maps and flows."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.random import Purpose, uniform_array
from physent.engines import EngineConfig
from physent.engines.chaos import parameters as declared
from physent.engines.chaos.systems import box_of, dynamics_of
from physent.typing import Floats


def spread(values: Any, size: int) -> Floats:
    """One value per variable, from as many or from one for all."""
    return np.broadcast_to(np.asarray(values, np.float64), (size,)).copy()


GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


def _inside(low: Floats, high: Floats) -> Floats:
    """A point of the box in general position, at fractions of its edges that are golden-ratio multiples.

    The middle lies on what symmetries leave invariant: equal sites, the stable axis of Lorenz, the top of a parabola.
    """
    return np.asarray(low + (high - low) * np.mod(GOLDEN * np.arange(1, len(low) + 1), 1.0))


def region(config: EngineConfig) -> tuple[Floats, Floats]:
    """Ends of the box in which points are drawn; equal for `point`."""
    section, start = config.parameters.system, config.initial
    size, usual = dynamics_of(section).size, box_of(section)
    low, high = usual if usual is not None else (np.zeros(size), np.zeros(size))
    match start:
        case declared.Region():
            low = low if start.low is None else spread(start.low, size)
            return low, high if start.high is None else spread(start.high, size)
        case declared.Point():
            at = _inside(low, high) if start.at is None else spread(start.at, size)
            return at, at
        case declared.Ensemble():
            at = _inside(low, high) if start.centre is None else spread(start.centre, size)
            return at - 0.5 * start.width, at + 0.5 * start.width
    raise TypeError(f"no start of type {type(start).__name__}")


def points(config: EngineConfig) -> Floats:
    """Initial points (replica, d)."""
    low, high = region(config)
    draws = [uniform_array(config.seed, Purpose.INITIAL, replica, 0, len(low), 0) for replica in range(config.replicas)]
    return np.array([low + (high - low) * u for u in draws])
