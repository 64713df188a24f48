"""Check of given positions: inside the box, and no discs overlap."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from physent.engines.hard_discs.parameters import Parameters, contact_tolerance, diameter_of
from physent.errors import UsageError
from physent.typing import Floats


def check(parameters: Parameters, position: Floats) -> None:
    """Raise UsageError if discs cannot be at ``position`` (replica, particle, axis).

    A distance may be too short by round-off: discs of a stored frame can be in contact.
    """
    side, diameter, walls = parameters.box_length, diameter_of(parameters), parameters.boundary == "walls"
    slack = contact_tolerance(diameter, side) * diameter if diameter else 0.0
    low = diameter / 2 - slack if walls else 0.0
    outside = (position < low) | (position > side - low)
    if outside.any():
        replica, disc, axis = (int(index[0]) for index in np.nonzero(outside))
        raise UsageError(
            f"position of disc {disc}, replica {replica} is {position[replica, disc, axis]:.17g} along "
            f"axis {axis}, expected within [{low:.10g}, {side - low:.10g}]"
        )
    if diameter:
        for number, centres in enumerate(position):
            _refuse_overlap(centres, number, None if walls else side, diameter, diameter - slack)


def _refuse_overlap(position: Floats, replica: int, period: float | None, diameter: float, least: float) -> None:
    # The tree takes only coordinates below the period; the upper edge of a periodic box is the same as the lower one.
    inside = position if period is None else np.where(position >= period, 0.0, position)
    pairs = cKDTree(inside, boxsize=period).query_pairs(least, output_type="ndarray")
    if len(pairs):
        i, j = min(map(tuple, pairs.tolist()))
        apart = np.abs(inside[i] - inside[j])
        apart = apart if period is None else np.minimum(apart, period - apart)
        raise UsageError(
            f"discs {i} and {j} of replica {replica} overlap: their centres are {np.hypot(*apart):.10g} apart, "
            f"expected at least the diameter {diameter:.10g}"
        )
