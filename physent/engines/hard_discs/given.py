"""Check of given positions: inside the box, and no discs overlap."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from physent.engines.hard_discs.parameters import Parameters, contact_tolerance, mixture_of
from physent.errors import UsageError
from physent.typing import Floats


def check(parameters: Parameters, position: Floats) -> None:
    """Raise UsageError if discs cannot be at ``position`` (replica, particle, axis).

    A distance may be too short by round-off: discs of a stored frame can be in contact.
    """
    side, walls, mixture = parameters.box_length, parameters.boundary == "walls", mixture_of(parameters)
    diameter, smallest = mixture.diameter[mixture.species], float(mixture.diameter.min())
    slack = contact_tolerance(smallest, side) * smallest if smallest else 0.0
    low = np.where(walls, diameter / 2 - slack, 0.0)[:, None]
    outside = (position < low) | (position > side - low)
    if outside.any():
        replica, disc, axis = (int(index[0]) for index in np.nonzero(outside))
        raise UsageError(
            f"position of disc {disc}, replica {replica} is {position[replica, disc, axis]:.17g} along "
            f"axis {axis}, expected within [{low[disc, 0]:.10g}, {side - low[disc, 0]:.10g}]"
        )
    if smallest:
        for number, centres in enumerate(position):
            _refuse_overlap(centres, number, None if walls else side, diameter, slack)


def _refuse_overlap(position: Floats, replica: int, period: float | None, diameter: Floats, slack: float) -> None:
    # The tree takes only coordinates below the period; the upper edge of a periodic box is the same as the lower one.
    inside = position if period is None else np.where(position >= period, 0.0, position)
    pairs = cKDTree(inside, boxsize=period).query_pairs(float(diameter.max()) - slack, output_type="ndarray")
    apart = np.abs(inside[pairs[:, 0]] - inside[pairs[:, 1]])
    distance = np.hypot(*(apart if period is None else np.minimum(apart, period - apart)).T)
    contact = diameter[pairs].mean(axis=1)
    closest = sorted(zip(*pairs[distance <= contact - slack].T.tolist(), strict=True))
    if closest:
        i, j = closest[0]
        at = int(np.flatnonzero((pairs == (i, j)).all(axis=1))[0])
        equal = "the diameter" if len(set(diameter.tolist())) == 1 else "half the sum of their diameters,"
        raise UsageError(
            f"discs {i} and {j} of replica {replica} overlap: their centres are {distance[at]:.10g} apart, "
            f"expected at least {equal} {contact[at]:.10g}"
        )
