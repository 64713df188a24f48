"""What happens to a disc next: the earliest collision with a disc around it, or its cell's face ahead."""

from __future__ import annotations

import numpy as np

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


@njit_inline
def look(gas: Replica, box: Rectangle, i: int, now: float, side: int, best: float, partner: int, stamp: int) -> None:
    """Give disc ``i`` its next event, and file it: the earliest of the collision that it knows, of those with discs in
    the three cells on one ``side`` of its own (or in all nine), and of its meeting the face ahead.
    """
    discs, marks = gas.discs, gas.marks
    vx, vy = discs[8 * i + VX], discs[8 * i + VY]
    age = now - discs[8 * i + SINCE]
    x, y = discs[8 * i + X] + vx * age, discs[8 * i + Y] + vy * age
    column, row = marks[16 * i + CELL] & 0xFFFF, marks[16 * i + CELL] >> 16
    face, heading = ahead(box, column, row, x, y, vx, vy)
    face += now
    marks[16 * i + HEADING] = heading
    # Known before the neighbours are looked at, and often the bucket in which the event will be filed.
    prefetch(gas.ring, slot(face, gas.buckets, gas.counts[BUCKET], gas.sums[SCALE]))
    square = box.diameter * box.diameter
    # In a disc's old neighbourhood nothing has changed that it does not know: one row or column of cells is new.
    x0, x1 = (1 if side == RIGHT else -1), (-1 if side == LEFT else 1)
    y0, y1 = (1 if side == UP else -1), (-1 if side == DOWN else 1)
    for oy in range(y0, y1 + 1):
        cy = row + oy
        py = y  # or that of its own image which lies beside the cells across the edge
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
                b = dx * dvx + dy * dvy  # of a disc with itself 0
                cross = dx * dvy - dy * dvx
                d = (dvx * dvx + dvy * dvy) * square - cross * cross
                if (b < 0.0) & (d > 0.0):  # one branch, seldom taken
                    c = dx * dx + dy * dy - square  # negative if they overlap by round-off: they collide now
                    when = now + max(c, 0.0) / (np.sqrt(d) - b)
                    if when < best:  # of equal times the first found, which follows from the state
                        best, partner, stamp = when, j, marks[16 * j + COUNTER]
                j = marks[16 * j + NEXT]
    gas.times[4 * i + TIME] = min(face, best)
    gas.times[4 * i + CANDIDATE] = best
    gas.links[8 * i + PARTNER] = partner
    gas.links[8 * i + STAMP] = stamp
    insert(gas.times, gas.links, gas.ring, gas.buckets, gas.counts[BUCKET], i, gas.sums[SCALE])


@njit_inline
def ahead(box: Rectangle, column: int, row: int, x: float, y: float, vx: float, vy: float) -> tuple[float, int]:
    """Time until the centre meets a face of its cell or a wall, never negative, and which face; infinity at rest."""
    forth, up = vx > 0.0, vy > 0.0
    edge_x, edge_y = (column + forth) * (box.lx / box.mx), (row + up) * (box.ly / box.my)
    if box.wall_x:
        edge_x = min(max(edge_x, 0.5 * box.diameter), box.lx - 0.5 * box.diameter)
    if box.wall_y:
        edge_y = min(max(edge_y, 0.5 * box.diameter), box.ly - 0.5 * box.diameter)
    # No branches but these, whose outcomes do not change: the signs of velocities cannot be foreseen.
    wait_x = max((edge_x - x) / vx, 0.0) if vx != 0.0 else np.inf
    wait_y = max((edge_y - y) / vy, 0.0) if vy != 0.0 else np.inf
    is_y = wait_y < wait_x
    return min(wait_x, wait_y), (DOWN + up if is_y else LEFT + forth)
