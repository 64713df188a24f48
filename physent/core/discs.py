"""Event-driven dynamics of equal hard discs of unit mass in a rectangle: exact up to round-off.

Between events discs fly straight; events are collisions, crossings of a face of a cell, and reflections from walls.
Each disc keeps its own trajectory (position and velocity at its own time), its earliest collision found so far, and one
event in the calendar. How it stays exact:

- A pair is looked at by the one that changed last (collided, or came into the neighbourhood). A collision whose partner
  has collided meanwhile is known by the partner's counter; its time is still a lower bound, and the disc looks anew
  then.
- A crossing looks only at the three cells that come into the neighbourhood. It does not touch the trajectory, and the
  cell of a disc is what its crossings say, never recomputed from its position; images come from offsets of cells.
- The contact time is the root c/(sqrt(d) - b), which loses no digits; discs that overlap by round-off collide at once
  where they approach and not at all where they part (Bannerman, Strobl, Formella and Poeschel (2014),
  doi 10.1007/s40571-014-0021-8).
- The impulse divides by the actual distance squared: energy is conserved to round-off whatever the distance.
- All times are relative to the calendar's year.

One disc is a row of 64 bytes, seen both as 8 float64 and as 16 int32, beside its row of 32 bytes in the calendar.
Rapaport (1980), doi 10.1016/0021-9991(80)90104-7; Lubachevsky (1991), doi 10.1016/0021-9991(91)90222-7.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from physent.core.events import CANDIDATE, PARTNER, STAMP, TIME, earliest, insert, remove, turn
from physent.core.jit import njit, njit_inline

Array = np.ndarray[Any, Any]

X, Y, VX, VY, SINCE = 0, 1, 2, 3, 4
"""float64 columns of a disc: centre and velocity at its own time."""
CELL, NEXT, PREVIOUS, COUNTER, NAME, HEADING = 10, 11, 12, 13, 14, 15
"""int32 columns: cell (column + 65536 row), neighbours in its list, collisions, index in the record, face ahead."""

COLLISIONS, CROSSINGS, STALE, YEARS, BUCKET, REACHED = 0, 1, 2, 3, 4, 5
"""int64 columns of a replica's counts; REACHED is 1 where the last target was."""
NOW, VIRIAL, WALL, DEVIATION, SCALE, ORIGIN = 0, 1, 2, 3, 4, 5
"""float64 columns of a replica's sums: relative time of the last event; sum of |r.v| over collisions; sum of |momentum|
given to walls; largest relative error of a distance at contact; buckets per time; time of year 0."""

LEFT, RIGHT, DOWN, UP = 0, 1, 2, 3


class Box(NamedTuple):
    """Rectangle [0, lx] x [0, ly], its cells, and the discs' size; walls bound the centres to [radius, l - radius]."""

    lx: float
    ly: float
    mx: int
    my: int
    wall_x: bool
    wall_y: bool
    diameter: float
    speed_bins: float  # bins per unit of speed


class Gas(NamedTuple):
    """Arrays of all replicas, each (replica, ...), flat behind the replica; those of one replica have one axis less."""

    discs: Array  # float64 (8 n)
    marks: Array  # the same memory as int32 (16 n)
    times: Array  # float64 (4 n)
    links: Array  # the same memory as int32 (8 n)
    cells: Array  # int32 (mx my): first disc of each cell
    ring: Array  # int32
    images: Array  # int32 (2 n)
    counts: Array  # int64
    sums: Array  # float64
    speeds: Array  # int64: colliding discs by speed


@njit
def look(
    gas: Gas, box: Box, i: int, now: float, x0: int, x1: int, y0: int, y1: int, best: float, partner: int, stamp: int
) -> None:
    """Give disc ``i`` its next event: the earliest of what it knows, collisions in the cells at offsets x0..x1, y0..y1
    from its own, and the face ahead; file it.
    """
    discs, marks = gas.discs, gas.marks
    vx, vy = discs[8 * i + VX], discs[8 * i + VY]
    age = now - discs[8 * i + SINCE]
    x, y = discs[8 * i + X] + vx * age, discs[8 * i + Y] + vy * age
    column, row = marks[16 * i + CELL] & 0xFFFF, marks[16 * i + CELL] >> 16
    square = box.diameter * box.diameter
    for oy in range(y0, y1 + 1):
        cy = row + oy
        py = y
        if cy < 0 or cy >= box.my:
            if box.wall_y:
                continue
            shift = 1 if cy < 0 else -1
            cy += shift * box.my
            py = y + shift * box.ly
        for ox in range(x0, x1 + 1):
            cx = column + ox
            px = x
            if cx < 0 or cx >= box.mx:
                if box.wall_x:
                    continue
                shift = 1 if cx < 0 else -1
                cx += shift * box.mx
                px = x + shift * box.lx
            j = gas.cells[cy * box.mx + cx]
            while j >= 0:
                if j != i:
                    ux, uy = discs[8 * j + VX], discs[8 * j + VY]
                    age = now - discs[8 * j + SINCE]
                    dx, dy = discs[8 * j + X] + ux * age - px, discs[8 * j + Y] + uy * age - py
                    dvx, dvy = ux - vx, uy - vy
                    b = dx * dvx + dy * dvy
                    if b < 0.0:
                        c = dx * dx + dy * dy - square
                        d = b * b - (dvx * dvx + dvy * dvy) * c
                        if d > 0.0:
                            when = now + max(c, 0.0) / (np.sqrt(d) - b)
                            if when < best:
                                best, partner, stamp = when, j, marks[16 * j + COUNTER]
                j = marks[16 * j + NEXT]
    face, heading = ahead(box, column, row, x, y, vx, vy)
    face += now
    marks[16 * i + HEADING] = heading
    gas.times[4 * i + TIME] = min(face, best)
    gas.times[4 * i + CANDIDATE] = best
    gas.links[8 * i + PARTNER] = partner
    gas.links[8 * i + STAMP] = stamp
    insert(gas.times, gas.links, gas.ring, i, gas.sums[SCALE])


@njit_inline
def ahead(box: Box, column: int, row: int, x: float, y: float, vx: float, vy: float) -> tuple[float, int]:
    """Time until the centre meets a face of its cell or a wall, never negative, and which face; infinity at rest."""
    radius = 0.5 * box.diameter
    wait_x = wait_y = np.inf
    if vx > 0.0:
        edge = box.lx - radius if box.wall_x and column == box.mx - 1 else (column + 1) * (box.lx / box.mx)
        wait_x = (edge - x) / vx
    elif vx < 0.0:
        edge = radius if box.wall_x and column == 0 else column * (box.lx / box.mx)
        wait_x = (edge - x) / vx
    if vy > 0.0:
        edge = box.ly - radius if box.wall_y and row == box.my - 1 else (row + 1) * (box.ly / box.my)
        wait_y = (edge - y) / vy
    elif vy < 0.0:
        edge = radius if box.wall_y and row == 0 else row * (box.ly / box.my)
        wait_y = (edge - y) / vy
    if wait_x <= wait_y:
        return max(wait_x, 0.0), RIGHT if vx > 0.0 else LEFT
    return max(wait_y, 0.0), UP if vy > 0.0 else DOWN


@njit_inline
def fly(discs: Array, i: int, now: float) -> None:
    """Move disc ``i`` to time ``now``."""
    age = now - discs[8 * i + SINCE]
    discs[8 * i + X] += discs[8 * i + VX] * age
    discs[8 * i + Y] += discs[8 * i + VY] * age
    discs[8 * i + SINCE] = now


@njit_inline
def tally_speed(gas: Gas, box: Box, i: int) -> None:
    """Count a colliding disc by its speed; the last bin holds all that are faster."""
    vx, vy = gas.discs[8 * i + VX], gas.discs[8 * i + VY]
    place = np.sqrt(vx * vx + vy * vy) * box.speed_bins
    last = gas.speeds.size - 1
    gas.speeds[np.int64(place) if place < last else last] += 1


@njit
def collide(gas: Gas, box: Box, i: int, j: int, now: float) -> None:
    """Collision of discs ``i`` and ``j``, which are in contact at ``now``."""
    discs, marks, sums = gas.discs, gas.marks, gas.sums
    tally_speed(gas, box, i)
    tally_speed(gas, box, j)
    fly(discs, i, now)
    fly(discs, j, now)
    dx, dy = discs[8 * j + X] - discs[8 * i + X], discs[8 * j + Y] - discs[8 * i + Y]
    # In contact the nearest image is no more than a third of the box away, and the next at least two thirds.
    if not box.wall_x:
        dx += box.lx if dx < -0.5 * box.lx else (-box.lx if dx > 0.5 * box.lx else 0.0)
    if not box.wall_y:
        dy += box.ly if dy < -0.5 * box.ly else (-box.ly if dy > 0.5 * box.ly else 0.0)
    square = dx * dx + dy * dy
    b = dx * (discs[8 * j + VX] - discs[8 * i + VX]) + dy * (discs[8 * j + VY] - discs[8 * i + VY])
    impulse = b / square
    discs[8 * i + VX] += impulse * dx
    discs[8 * i + VY] += impulse * dy
    discs[8 * j + VX] -= impulse * dx
    discs[8 * j + VY] -= impulse * dy
    marks[16 * i + COUNTER] += 1
    marks[16 * j + COUNTER] += 1
    gas.counts[COLLISIONS] += 1
    sums[VIRIAL] += abs(b)
    sums[DEVIATION] = max(sums[DEVIATION], 0.5 * abs(square / (box.diameter * box.diameter) - 1.0))


@njit
def reflect(gas: Gas, box: Box, i: int, heading: int, now: float) -> None:
    """Reflection of disc ``i`` from the wall ahead."""
    discs, axis = gas.discs, heading >> 1
    fly(discs, i, now)
    side = (box.ly if axis else box.lx) - 0.5 * box.diameter if heading & 1 else 0.5 * box.diameter
    miss = abs(discs[8 * i + X + axis] - side) / box.diameter
    gas.sums[DEVIATION] = max(gas.sums[DEVIATION], miss)
    gas.sums[WALL] += 2.0 * abs(discs[8 * i + VX + axis])
    discs[8 * i + VX + axis] = -discs[8 * i + VX + axis]
    gas.marks[16 * i + COUNTER] += 1


@njit_inline
def unlink(gas: Gas, box: Box, i: int, cell: int) -> None:
    """Take disc ``i`` out of the list of its cell."""
    after, before = gas.marks[16 * i + NEXT], gas.marks[16 * i + PREVIOUS]
    if before >= 0:
        gas.marks[16 * before + NEXT] = after
    else:
        gas.cells[cell] = after
    if after >= 0:
        gas.marks[16 * after + PREVIOUS] = before


@njit_inline
def link(gas: Gas, i: int, cell: int) -> None:
    """Put disc ``i`` first into the list of a cell."""
    first = gas.cells[cell]
    gas.marks[16 * i + NEXT] = first
    gas.marks[16 * i + PREVIOUS] = -1
    if first >= 0:
        gas.marks[16 * first + PREVIOUS] = i
    gas.cells[cell] = i


@njit
def cross(gas: Gas, box: Box, i: int, heading: int) -> None:
    """Move disc ``i`` into the cell ahead; over the edge of a periodic box its trajectory moves by the box."""
    column, row = gas.marks[16 * i + CELL] & 0xFFFF, gas.marks[16 * i + CELL] >> 16
    unlink(gas, box, i, row * box.mx + column)
    axis, step = heading >> 1, 1 if heading & 1 else -1
    if axis == 0:
        column += step
        if column < 0 or column == box.mx:
            column -= step * box.mx
            gas.discs[8 * i + X] -= step * box.lx
            gas.images[2 * i] += step
    else:
        row += step
        if row < 0 or row == box.my:
            row -= step * box.my
            gas.discs[8 * i + Y] -= step * box.ly
            gas.images[2 * i + 1] += step
    gas.marks[16 * i + CELL] = column + (row << 16)
    link(gas, i, row * box.mx + column)
    gas.counts[CROSSINGS] += 1


@njit
def happen(gas: Gas, box: Box, i: int, now: float) -> None:
    """Carry out the event of disc ``i``, which is due at ``now``, and give all concerned their next ones."""
    remove(gas.links, gas.ring, i)
    best, j, stamp = gas.times[4 * i + CANDIDATE], gas.links[8 * i + PARTNER], gas.links[8 * i + STAMP]
    heading = gas.marks[16 * i + HEADING]
    x0, x1, y0, y1 = -1, 1, -1, 1
    if best <= now:
        best = np.inf
        if gas.marks[16 * j + COUNTER] == stamp:
            collide(gas, box, i, j, now)
            remove(gas.links, gas.ring, j)
            look(gas, box, j, now, x0, x1, y0, y1, best, -1, 0)
        else:
            gas.counts[STALE] += 1
    elif at_wall(box, gas.marks[16 * i + CELL], heading):
        reflect(gas, box, i, heading, now)
        best = np.inf
    else:
        cross(gas, box, i, heading)
        if heading < DOWN:
            x0 = x1 = 1 if heading == RIGHT else -1
        else:
            y0 = y1 = 1 if heading == UP else -1
    look(gas, box, i, now, x0, x1, y0, y1, best, j, stamp)


@njit_inline
def at_wall(box: Box, cell: int, heading: int) -> bool:
    """Whether the face ahead is a wall."""
    if heading < DOWN:
        return box.wall_x and (cell & 0xFFFF) == (box.mx - 1 if heading == RIGHT else 0)
    return box.wall_y and (cell >> 16) == (box.my - 1 if heading == UP else 0)


@njit
def new_year(gas: Gas) -> None:
    """Take a year off all times; all events lie beyond it."""
    year = (gas.ring.size - 1) / gas.sums[SCALE]
    for i in range(gas.discs.size // 8):
        gas.discs[8 * i + SINCE] -= year
        gas.times[4 * i + TIME] -= year
        gas.times[4 * i + CANDIDATE] -= year
    gas.sums[NOW] -= year
    gas.counts[YEARS] += 1
    gas.counts[BUCKET] = 0
    turn(gas.times, gas.links, gas.ring, gas.sums[SCALE])


@njit
def run(first: int, last: int, gas: Gas, box: Box, target: float, events: int) -> None:
    """Carry replicas ``first`` to ``last`` through all events up to time ``target``, or through about ``events``."""
    for replica in range(first, last):
        one = Gas(
            gas.discs[replica],
            gas.marks[replica],
            gas.times[replica],
            gas.links[replica],
            gas.cells[replica],
            gas.ring[replica],
            gas.images[replica],
            gas.counts[replica],
            gas.sums[replica],
            gas.speeds[replica],
        )
        run_one(one, box, target, events)


@njit
def run_one(gas: Gas, box: Box, target: float, events: int) -> None:
    """`run` for the arrays of one replica."""
    counts, buckets = gas.counts, gas.ring.size - 1
    year = buckets / gas.sums[SCALE]
    goal = (target - gas.sums[ORIGIN]) - counts[YEARS] * year
    counts[REACHED] = 0
    left = events
    while left > 0:
        bucket = counts[BUCKET]
        while bucket < buckets and gas.ring[bucket] < 0:
            bucket += 1
        counts[BUCKET] = bucket
        if bucket == buckets:
            if goal < year:
                counts[REACHED] = 1
                return
            new_year(gas)
            goal = (target - gas.sums[ORIGIN]) - counts[YEARS] * year
            left -= gas.discs.size // 128
            continue
        i = earliest(gas.times, gas.links, gas.ring[bucket])
        now = gas.times[4 * i + TIME]
        if now > goal:
            counts[REACHED] = 1
            return
        gas.sums[NOW] = now
        happen(gas, box, i, now)
        left -= 1


@njit
def start(first: int, last: int, gas: Gas, box: Box) -> None:
    """Give every disc of replicas ``first`` to ``last`` its cell (CELL is set, lists are empty) and its first event."""
    for replica in range(first, last):
        one = Gas(
            gas.discs[replica],
            gas.marks[replica],
            gas.times[replica],
            gas.links[replica],
            gas.cells[replica],
            gas.ring[replica],
            gas.images[replica],
            gas.counts[replica],
            gas.sums[replica],
            gas.speeds[replica],
        )
        one.cells[:] = -1
        one.ring[:] = -1
        n = one.discs.size // 8
        for i in range(n - 1, -1, -1):
            cell = one.marks[16 * i + CELL]
            link(one, i, (cell >> 16) * box.mx + (cell & 0xFFFF))
        for i in range(n):
            look(one, box, i, 0.0, -1, 1, -1, 1, np.inf, -1, 0)
