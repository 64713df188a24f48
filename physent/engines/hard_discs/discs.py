"""Event-driven dynamics of hard discs in a rectangle: exact up to round-off.

Between events discs move freely; events are collisions, crossings of a face of a cell, and reflections from walls.
Each disc has its own trajectory (position and velocity at its own time), the earliest collision found for it so far,
and one event in the calendar. What keeps this exact:

- A pair is examined by the disc that changed last (collided, or entered the neighbourhood). If the partner of a
  predicted collision has collided in the meantime, its counter shows it; the predicted time is still a lower bound, and
  the disc searches again then.
- A crossing searches only the three cells that enter the neighbourhood. It changes the trajectory only at the edge of a
  periodic box. The cell of a disc follows from its crossings and is never recomputed from its position; images follow
  from offsets of cells.
- The contact time is the root c/(sqrt(d) - b), with d from the cross product of distance and velocity. The equivalent
  b^2 - v^2 c would lose the digits of (r/sigma)^2 for discs much smaller than their distance r.
- Discs that overlap by round-off collide at once if they approach, and not at all if they separate (Bannerman, Strobl,
  Formella and Poeschel (2014), doi 10.1007/s40571-014-0021-8).
- The impulse divides by the actual distance squared, which conserves energy to round-off whatever the distance.
- All times are relative to the calendar's era.

Rapaport (1980), doi 10.1016/0021-9991(80)90104-7; Lubachevsky (1991), doi 10.1016/0021-9991(91)90222-7.
"""

from __future__ import annotations

import numpy as np

from physent.core.events import (
    CANDIDATE,
    ERA,
    PARTNER,
    STAMP,
    TIME,
    earliest,
    next_year,
    rejuvenate,
    remove,
)
from physent.core.jit import njit, njit_inline
from physent.engines.hard_discs.anticipation import anticipate
from physent.engines.hard_discs.arrays import (
    ALL_AROUND,
    BUCKET,
    CELL,
    COLLISIONS,
    COUNTER,
    CROSSINGS,
    DEVIATION,
    DOWN,
    END,
    HEADING,
    NOW,
    ORIGIN,
    REACHED,
    READY,
    RIGHT,
    SCALE,
    SINCE,
    SPEED_BINS,
    STALE,
    UP,
    VIRIAL,
    VX,
    VY,
    WALL,
    YEARS,
    Gas,
    Rectangle,
    Replica,
    X,
    Y,
    link,
    of_replica,
    unlink,
)
from physent.engines.hard_discs.encounters import impulse, nearest, speed_bin
from physent.engines.hard_discs.search import look
from physent.engines.hard_discs.species import (
    MOST_SPECIES,
    contact_square,
    diameter_of_disc,
    mass_of_disc,
    reduced_mass,
    row_of,
    tally_pair,
)
from physent.typing import Array


@njit_inline
def fly(discs: Array, i: int, now: float) -> None:
    """Move disc ``i`` to time ``now``."""
    age = now - discs[8 * i + SINCE]
    discs[8 * i + X] += discs[8 * i + VX] * age
    discs[8 * i + Y] += discs[8 * i + VY] * age
    discs[8 * i + SINCE] = now


@njit_inline
def tally_speed(gas: Replica, box: Rectangle, i: int) -> None:
    """Count a colliding disc by its speed times the root of its mass; the last bin includes all faster discs."""
    vx, vy = gas.discs[8 * i + VX], gas.discs[8 * i + VY]
    first = row_of(gas.species, gas.marks, i) // MOST_SPECIES * SPEED_BINS
    gas.speeds[first + speed_bin(mass_of_disc(gas.species, gas.marks, i), vx, vy, box.speed_bins)] += 1


@njit_inline
def collide(gas: Replica, box: Rectangle, i: int, j: int, now: float) -> None:
    """Collision of discs ``i`` and ``j``, which are in contact at ``now``."""
    discs, marks, sums = gas.discs, gas.marks, gas.sums
    # Speeds are counted before the collision, because Enskog's rate by speed refers to them.
    tally_speed(gas, box, i)
    tally_speed(gas, box, j)
    fly(discs, i, now)
    fly(discs, j, now)
    dx, dy = discs[8 * j + X] - discs[8 * i + X], discs[8 * j + Y] - discs[8 * i + Y]
    # At contact the nearest image is at most a third of the box away, and the next one at least two thirds.
    if not box.wall_x:
        dx = nearest(dx, box.lx)
    if not box.wall_y:
        dy = nearest(dy, box.ly)
    dvx, dvy = discs[8 * j + VX] - discs[8 * i + VX], discs[8 * j + VY] - discs[8 * i + VY]
    row = row_of(gas.species, marks, i)
    reduced = reduced_mass(gas.species, row, marks, j)
    given, b, square = impulse(dx, dy, dvx, dvy, reduced)
    of_i, of_j = given / mass_of_disc(gas.species, marks, i), given / mass_of_disc(gas.species, marks, j)
    discs[8 * i + VX] += of_i * dx
    discs[8 * i + VY] += of_i * dy
    discs[8 * j + VX] -= of_j * dx
    discs[8 * j + VY] -= of_j * dy
    # Predicted collisions with either disc now have an outdated stamp.
    marks[16 * i + COUNTER] += 1
    marks[16 * j + COUNTER] += 1
    gas.counts[COLLISIONS] += 1
    tally_pair(gas.species, row, marks, j)
    sums[VIRIAL] += abs(reduced * b)
    # To first order the relative error of the distance; `standing` compares it with the bound for round-off.
    contact = contact_square(gas.species, box.diameter * box.diameter, row, marks, j)
    sums[DEVIATION] = max(sums[DEVIATION], 0.5 * abs(square / contact - 1.0))


@njit_inline
def reflect(gas: Replica, box: Rectangle, i: int, heading: int, now: float) -> None:
    """Reflect disc ``i`` from the wall ahead."""
    discs, axis = gas.discs, heading >> 1
    fly(discs, i, now)
    diameter = diameter_of_disc(gas.species, box.diameter, gas.marks, i)
    side = (box.ly if axis else box.lx) - 0.5 * diameter if heading & 1 else 0.5 * diameter
    miss = abs(discs[8 * i + X + axis] - side) / diameter
    gas.sums[DEVIATION] = max(gas.sums[DEVIATION], miss)
    gas.sums[WALL] += 2.0 * abs(discs[8 * i + VX + axis]) * mass_of_disc(gas.species, gas.marks, i)
    discs[8 * i + VX + axis] = -discs[8 * i + VX + axis]
    gas.marks[16 * i + COUNTER] += 1


@njit_inline
def cross(gas: Replica, box: Rectangle, i: int, heading: int, now: float) -> None:
    """Move disc ``i`` into the cell ahead; at the edge of a periodic box its trajectory is shifted by the box.

    The trajectory restarts there, so coordinates stay within the box however long a disc flies freely.
    """
    column, row = gas.marks[16 * i + CELL] & 0xFFFF, gas.marks[16 * i + CELL] >> 16
    unlink(gas, i, row * box.mx + column)
    axis, step = heading >> 1, 2 * (heading & 1) - 1  # headings: left and right, down and up
    column += (1 - axis) * step
    row += axis * step
    if (column < 0) | (column == box.mx) | (row < 0) | (row == box.my):
        fly(gas.discs, i, now)
        column -= (1 - axis) * step * box.mx
        row -= axis * step * box.my
        gas.discs[8 * i + X + axis] -= step * (box.ly if axis else box.lx)
        gas.images[2 * i + axis] += step
    gas.marks[16 * i + CELL] = column + (row << 16)
    link(gas, i, row * box.mx + column)
    gas.counts[CROSSINGS] += 1


@njit_inline
def happen(gas: Replica, box: Rectangle, i: int, now: float) -> tuple[int, float, int, int, int]:
    """Carry out the event of disc ``i`` at ``now``, already removed from the calendar.

    Returns the other disc that needs a new event (-1 if none; it is also removed from the calendar), and for disc ``i``
    the predicted collision that is still valid (time, partner, stamp) and the side on which to search for others.
    """
    best, j, stamp = gas.times[4 * i + CANDIDATE], gas.links[8 * i + PARTNER], gas.links[8 * i + STAMP]
    heading = gas.marks[16 * i + HEADING]
    if best <= now:  # at equal times the collision comes first: the next search finds the face again
        if gas.marks[16 * j + COUNTER] == stamp:
            collide(gas, box, i, j, now)
            remove(gas.links, gas.ring, j)
            return j, np.inf, -1, 0, ALL_AROUND
        gas.counts[STALE] += 1
        return -1, np.inf, -1, 0, ALL_AROUND
    if at_wall(box, gas.marks[16 * i + CELL], heading):
        reflect(gas, box, i, heading, now)
        return -1, np.inf, -1, 0, ALL_AROUND
    cross(gas, box, i, heading, now)
    return -1, best, j, stamp, heading


@njit_inline
def at_wall(box: Rectangle, cell: int, heading: int) -> bool:
    """Whether the face ahead is a wall."""
    if heading < DOWN:
        return box.wall_x and (cell & 0xFFFF) == (box.mx - 1 if heading == RIGHT else 0)
    return box.wall_y and (cell >> 16) == (box.my - 1 if heading == UP else 0)


@njit_inline
def new_year(gas: Replica) -> int:
    """Start the next year of the calendar, and at the end of an era subtract it from all times.

    Returns the work, in units of about one event.
    """
    counts, scale, work = gas.counts, gas.sums[SCALE], 1
    if counts[END] == ERA * gas.buckets:
        era = counts[END] / scale
        rejuvenate(gas.times, gas.n, era)
        for i in range(gas.n):
            gas.discs[8 * i + SINCE] -= era
        gas.sums[NOW] -= era
        # A year is a power of two, so subtracting it from a time is exact whenever it can be.
        counts[YEARS] += ERA
        counts[BUCKET] = counts[END] = 0
        work += gas.n // 64  # a pass over the rows in order, far cheaper per disc than an event
    counts[END] += gas.buckets
    return work + next_year(gas.times, gas.links, gas.ring, gas.buckets, counts[BUCKET], scale) // 8


@njit
def run(first: int, last: int, gas: Gas, box: Rectangle, target: float, events: int) -> None:
    """Process all events of replicas ``first`` to ``last`` up to time ``target``, or about ``events`` of each."""
    for replica in range(first, last):
        run_one(of_replica(gas, replica), box, target, events)


@njit
def standing(counts: Array, sums: Array, tolerance: float) -> tuple[bool, int]:
    """Whether all replicas have reached the target, and the first replica with a relative error of a contact distance
    above ``tolerance``, -1 if none.
    """
    reached = True
    for replica in range(len(counts)):
        if not sums[replica, DEVIATION] <= tolerance:
            return False, replica
        reached &= counts[replica, REACHED] != 0
    return reached, -1


@njit_inline
def run_one(gas: Replica, box: Rectangle, target: float, events: int) -> None:
    """`run` for the arrays of one replica. Everything is inlined, with a single call of `look`."""
    counts, sums, mask = gas.counts, gas.sums, gas.buckets - 1
    year = gas.buckets / sums[SCALE]
    counts[REACHED] = 0
    goal = (target - sums[ORIGIN]) - counts[YEARS] * year
    while events > 0:
        if counts[READY] < gas.n:  # the first search of every disc counts as an event: budgets divide the start too
            i, now = counts[READY], 0.0
            other, best, partner, stamp, side = -1, np.inf, -1, 0, ALL_AROUND
            counts[READY] += 1
        else:
            bucket, end = counts[BUCKET], counts[END]
            while bucket < end and gas.ring[bucket & mask] < 0:
                bucket += 1
                if box.stages:
                    anticipate(gas, box, bucket)
            counts[BUCKET] = bucket
            if bucket == end:
                # This year has no more events. The next one, with those of the overflow, starts only if the target is
                # later.
                if goal < end / sums[SCALE]:
                    counts[REACHED] = 1
                    return
                events -= new_year(gas)
                goal = (target - sums[ORIGIN]) - counts[YEARS] * year
                continue
            i = earliest(gas.times, gas.links, gas.ring[bucket & mask])
            now = gas.times[4 * i + TIME]
            if now > goal:
                counts[REACHED] = 1
                return
            sums[NOW] = now
            remove(gas.links, gas.ring, i)
            other, best, partner, stamp, side = happen(gas, box, i, now)
        # Both partners of a collision need a new event. A loop, so that `look` is inlined once: its code is large.
        while True:
            look(gas, box, i, now, side, best, partner, stamp)
            if other < 0:
                break
            i, other = other, -1
        events -= 1
