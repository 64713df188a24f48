"""When discs meet each other and the walls, and what they exchange: the same functions on the CPU and on a device.

They take numbers, and hold for discs of any mass and diameter.
"""

from __future__ import annotations

import numpy as np

from physent.core.jit import njit_inline
from physent.engines.hard_discs.arrays import SPEED_BINS


@njit_inline
def closing(dx: float, dy: float, dvx: float, dvy: float, contact: float) -> tuple[float, float]:
    """r.v of a pair at the distance r with the relative velocity v, and v^2 ``contact`` - (r x v)^2.

    They will touch, at the square ``contact`` of a distance, if the first is negative and the second positive.
    """
    b = dx * dvx + dy * dvy  # 0 for the disc itself
    cross = dx * dvy - dy * dvx
    return b, (dvx * dvx + dvy * dvy) * contact - cross * cross


@njit_inline
def wait_for_contact(dx: float, dy: float, b: float, d: float, contact: float) -> float:
    """Time until a pair touches, ``b`` and ``d`` from `closing`."""
    c = dx * dx + dy * dy - contact  # negative if they overlap by round-off: they collide now
    wait: float = max(c, 0.0) / (np.sqrt(d) - b)
    return wait


@njit_inline
def within_walls(edge: float, diameter: float, side: float) -> float:
    """The place nearest to ``edge`` that a centre can reach between walls at 0 and ``side``."""
    return min(max(edge, 0.5 * diameter), side - 0.5 * diameter)


@njit_inline
def wait_for(edge: float, x: float, v: float) -> float:
    """Time until ``x`` is at an edge ahead, never negative; infinite at rest."""
    return max((edge - x) / v, 0.0) if v != 0.0 else np.inf


@njit_inline
def nearest(dx: float, side: float) -> float:
    """Distance along a periodic axis to the nearest image, for a distance below 3/2 sides."""
    forth = side if dx < -0.5 * side else 0.0
    return dx + (-side if dx > 0.5 * side else forth)


@njit_inline
def impulse(dx: float, dy: float, dvx: float, dvy: float, reduced: float) -> tuple[float, float, float]:
    """Impulse over r of a pair in contact at the distance r, with r.v and r^2; ``reduced`` is 2 mu.

    The actual distance, not that at contact: this conserves energy even if they differ.
    """
    square = dx * dx + dy * dy
    b = dx * dvx + dy * dvy
    return reduced * b / square, b, square


@njit_inline
def speed_bin(mass: float, vx: float, vy: float, bins: float) -> int:
    """Bin of a speed times the root of the mass, ``bins`` per unit; the last one includes all that are faster."""
    place = np.sqrt(mass * (vx * vx + vy * vy)) * bins
    last = SPEED_BINS - 1  # compared as a float: a large quotient would overflow an int64
    return int(place) if place < last else last
