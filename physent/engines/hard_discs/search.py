"""The next event of a disc: the earliest collision with a disc around it, or the face of its cell ahead."""

from __future__ import annotations

from physent.core.events import CANDIDATE, PARTNER, STAMP, TIME, insert, slot
from physent.core.jit import njit_inline
from physent.core.pointers import prefetch
from physent.engines.hard_discs.arrays import (
    BUCKET,
    CELL,
    COUNTER,
    DOWN,
    HEADING,
    LEFT,
    NEXT,
    RIGHT,
    SCALE,
    SINCE,
    UP,
    VX,
    VY,
    Rectangle,
    Replica,
    X,
    Y,
)
from physent.engines.hard_discs.encounters import closing, wait_for, wait_for_contact, within_walls
from physent.engines.hard_discs.species import contact_square, diameter_of_disc, row_of


@njit_inline
def look(gas: Replica, box: Rectangle, i: int, now: float, side: int, best: float, partner: int, stamp: int) -> None:
    """Find the next event of disc ``i`` and insert it into the calendar: the earliest of the collision already known,
    collisions with discs in the three cells on one ``side`` of its own (or in all nine), and the face ahead.
    """
    discs, marks = gas.discs, gas.marks
    vx, vy = discs[8 * i + VX], discs[8 * i + VY]
    age = now - discs[8 * i + SINCE]
    x, y = discs[8 * i + X] + vx * age, discs[8 * i + Y] + vy * age
    column, row = marks[16 * i + CELL] & 0xFFFF, marks[16 * i + CELL] >> 16
    diameter = diameter_of_disc(gas.species, box.diameter, marks, i)
    face, heading = ahead(box, diameter, column, row, x, y, vx, vy)
    face += now
    marks[16 * i + HEADING] = heading
    # Known before the neighbours are searched, and often the bucket of the event: its memory arrives in the meantime.
    prefetch(gas.ring, slot(face, gas.buckets, gas.counts[BUCKET], gas.sums[SCALE]))
    mine, square = row_of(gas.species, marks, i), box.diameter * box.diameter
    # The old neighbourhood needs no search: discs that change there examine this one. Only a row or column is new.
    x0, x1 = (1 if side == RIGHT else -1), (-1 if side == LEFT else 1)
    y0, y1 = (1 if side == UP else -1), (-1 if side == DOWN else 1)
    for oy in range(y0, y1 + 1):
        cy = row + oy
        py = y  # across the edge of a periodic box, that of the disc's image beside the cell
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
                ux, uy = discs[8 * j + VX], discs[8 * j + VY]
                age = now - discs[8 * j + SINCE]
                dx, dy = discs[8 * j + X] + ux * age - px, discs[8 * j + Y] + uy * age - py
                dvx, dvy = ux - vx, uy - vy
                contact = contact_square(gas.species, square, mine, marks, j)
                b, d = closing(dx, dy, dvx, dvy, contact)
                if (b < 0.0) & (d > 0.0):  # one branch, rarely taken
                    when = now + wait_for_contact(dx, dy, b, d, contact)
                    if when < best:  # of equal times the first found: a function of the state
                        best, partner, stamp = when, j, marks[16 * j + COUNTER]
                j = marks[16 * j + NEXT]
    gas.times[4 * i + TIME] = min(face, best)
    gas.times[4 * i + CANDIDATE] = best
    gas.links[8 * i + PARTNER] = partner
    gas.links[8 * i + STAMP] = stamp
    insert(gas.times, gas.links, gas.ring, gas.buckets, gas.counts[BUCKET], i, gas.sums[SCALE])


@njit_inline
def ahead(
    box: Rectangle, diameter: float, column: int, row: int, x: float, y: float, vx: float, vy: float
) -> tuple[float, int]:
    """Time until the centre meets a face of its cell or a wall, never negative, and the face; infinity at rest."""
    forth, up = vx > 0.0, vy > 0.0
    edge_x, edge_y = (column + forth) * (box.lx / box.mx), (row + up) * (box.ly / box.my)
    if box.wall_x:
        edge_x = within_walls(edge_x, diameter, box.lx)
    if box.wall_y:
        edge_y = within_walls(edge_y, diameter, box.ly)
    # Branches only on properties of the box, which never change: signs of velocities are unpredictable.
    wait_x, wait_y = wait_for(edge_x, x, vx), wait_for(edge_y, y, vy)
    is_y = wait_y < wait_x
    return min(wait_x, wait_y), (DOWN + up if is_y else LEFT + forth)
