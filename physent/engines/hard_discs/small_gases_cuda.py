"""Many small gases on a CUDA device: one block per gas, its discs in shared memory, every pair at every event.

There are no cells and no calendar. Each disc has the earliest of its own events, and the block looks for the earliest
of all discs. After a collision both partners are compared with all discs, which may then have an earlier event. What
keeps this exact:

- If the partner of a predicted collision has a new velocity, the predicted time is still a lower bound: the event
  becomes `AGAIN`, and the disc searches then.
- Along a periodic axis only the nearest image of a disc is examined. Another image is at least half a side away and
  touches not before the pair has come closer by L/2 - sigma, so that a disc searches again after half of that, `reach`.

Encounters are those of the CPU (`encounters`), and so are the rows, which keep the time and the partner of a disc's
event; the links of lists are not used.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import cuda, float64, int32, int64

from physent.core.cuda.launch import SIMULATED, TYPICAL, Kernel, device_function, kernel
from physent.core.events import ERA, PARTNER, TIME
from physent.engines.hard_discs.arrays import (
    BUCKET,
    COLLISIONS,
    DEVIATION,
    END,
    NO_CALENDAR,
    NOW,
    ORIGIN,
    REACHED,
    READY,
    SCALE,
    SINCE,
    SPEED_BINS,
    STALE,
    VIRIAL,
    VX,
    VY,
    WALL,
    YEARS,
    X,
    Y,
)
from physent.engines.hard_discs.encounters import (
    closing,
    impulse,
    nearest,
    speed_bin,
    wait_for,
    wait_for_contact,
    within_walls,
)
from physent.engines.hard_discs.sampling import wrapped
from physent.engines.hard_discs.species import MOST_SPECIES, NAME, NAME_BITS

WARP = 1 if SIMULATED else 32
"""Threads that exchange values without shared memory."""
EVERYONE = 0xFFFFFFFF

DUE = 5
"""Row in shared memory of the time of a disc's event, after those of `arrays`."""
AGAIN = np.int32(-1)
"""In place of the partner: no event, but a time to search again; -2 - face: a wall."""

SQUARE, REDUCED, DIAMETER, MASS = 0, 8, 16, 17
"""Rows of the table (18, species): for each species the `species.Tables`."""
SUMS, COUNTS = ORIGIN + 1, END + 1


def threads_of(n: int) -> int:
    """Threads of a block: a warp for each 128 discs, a power of two."""
    return 4 if SIMULATED else 32 * max(1, 1 << ((n + 127) // 128 - 1).bit_length())


if SIMULATED:

    def least_of_warp(time: float, which: int) -> tuple[float, int]:
        """Earliest time of a warp's threads and what belongs to it; of equal times, those of the first thread."""
        return time, which

else:

    @device_function
    def least_of_warp(time, which):  # type: ignore[no-untyped-def]
        """Earliest time of a warp's threads and what belongs to it; of equal times, those of the first thread."""
        least, distance = time, 16
        while distance > 0:
            other = cuda.shfl_xor_sync(EVERYONE, least, distance)
            least = other if other < least else least
            distance //= 2
        first = cuda.ffs(cuda.ballot_sync(EVERYONE, time == least)) - 1
        return least, cuda.shfl_sync(EVERYONE, which, first)


@device_function
def least_of_block(time: float, which: int, times: Any, names: Any, t: int, threads: int) -> tuple[float, int]:
    """As `least_of_warp`, of a block, for all its threads."""
    time, which = least_of_warp(time, which)
    if threads > WARP:
        cuda.syncthreads()
        if t % WARP == 0:
            times[t // WARP], names[t // WARP] = time, which
        cuda.syncthreads()
        time, which = times[0], names[0]
        for warp in range(1, threads // WARP):
            if times[warp] < time:
                time, which = times[warp], names[warp]
    return time, which


@device_function
def settle(rows: Any, images: Any, i: int, now: float, walls: bool, side: float) -> None:
    """Start the trajectory of disc ``i`` anew, at ``now`` and inside the box."""
    age = now - rows[SINCE, i]
    for axis in range(2):
        x = rows[X + axis, i] + rows[VX + axis, i] * age
        if not walls:
            x, periods = wrapped(x, side)
            if periods != 0:
                cuda.atomic.add(images, 2 * i + axis, np.int32(periods))
        rows[X + axis, i] = x
    rows[SINCE, i] = now


@device_function
def bounce(rows: Any, i: int, face: int, mass: float, diameter: float, side: float, sums: Any) -> None:
    """Reflect disc ``i`` from a wall."""
    axis = face >> 1
    wall = side - 0.5 * diameter if face & 1 else 0.5 * diameter
    sums[DEVIATION] = max(sums[DEVIATION], abs(rows[X + axis, i] - wall) / diameter)
    sums[WALL] += 2.0 * abs(rows[VX + axis, i]) * mass
    rows[VX + axis, i] = -rows[VX + axis, i]


@device_function
def collide(rows: Any, i: int, j: int, a: int, c: int, tables: Any, walls: bool, side: float, sums: Any) -> None:
    """Exchange the impulse of discs ``i`` and ``j``, of the species ``a`` and ``c``, which are in contact."""
    dx, dy = rows[X, j] - rows[X, i], rows[Y, j] - rows[Y, i]
    if not walls:
        dx, dy = nearest(dx, side), nearest(dy, side)
    reduced = tables[REDUCED + a, c]
    given, b, square = impulse(dx, dy, rows[VX, j] - rows[VX, i], rows[VY, j] - rows[VY, i], reduced)
    of_i, of_j = given / tables[MASS, a], given / tables[MASS, c]
    rows[VX, i] += of_i * dx
    rows[VY, i] += of_i * dy
    rows[VX, j] -= of_j * dx
    rows[VY, j] -= of_j * dy
    sums[VIRIAL] += abs(reduced * b)
    sums[DEVIATION] = max(sums[DEVIATION], 0.5 * abs(square / tables[SQUARE + a, c] - 1.0))


@device_function
def latest(
    rows: Any, i: int, now: float, diameter: float, walls: bool, side: float, reach: float
) -> tuple[float, int]:  # fmt: skip
    """When disc ``i`` meets a wall or searches again, whatever others do, and which of the two."""
    due, event = np.inf, AGAIN
    for axis in range(2):
        x, v = rows[X + axis, i], rows[VX + axis, i]
        forth = v > 0.0
        if walls:
            edge, what = within_walls(side if forth else 0.0, diameter, side), -2 - 2 * axis - forth
        else:
            edge, what = x + reach if forth else x - reach, AGAIN
        when = now + wait_for(edge, x, v)
        if when < due:
            due, event = when, np.int32(what)
    return due, event


@device_function
def load(
    discs: Any, times: Any, marks: Any, links: Any, rows: Any, partner: Any, kind: Any, fresh: bool, n: int, t: int,
    threads: int,
) -> None:  # fmt: skip
    """Take the discs of a gas into shared memory; ``fresh``: none has an event yet."""
    for k in range(t, n, threads):
        for column in range(DUE):
            rows[column, k] = discs[8 * k + column]
        rows[DUE, k], partner[k] = np.inf, AGAIN
        if not fresh:
            rows[DUE, k], partner[k] = times[4 * k + TIME], links[8 * k + PARTNER]
        if kind.shape[0] == n:
            kind[k] = marks[16 * k + NAME] >> NAME_BITS


@device_function
def save(discs: Any, times: Any, links: Any, rows: Any, partner: Any, n: int, t: int, threads: int) -> None:
    """Put them back."""
    for k in range(t, n, threads):
        for column in range(DUE):
            discs[8 * k + column] = rows[column, k]
        times[4 * k + TIME], links[8 * k + PARTNER] = rows[DUE, k], partner[k]


@device_function
def copy(target: Any, source: Any, t: int, threads: int) -> None:
    """Copy a short array."""
    for k in range(t, target.shape[0], threads):
        target[k] = source[k]


@device_function
def rejuvenate(rows: Any, era: float, n: int, t: int, threads: int) -> None:
    """Subtract ``era`` from all times of a gas."""
    for k in range(t, n, threads):
        rows[SINCE, k] -= era
        rows[DUE, k] -= era


class Acts(NamedTuple):
    """What one block does, for gases of ``n`` discs."""

    happen: Any
    look: Any
    earliest: Any


def _acts(n: int, walls: bool, mixed: bool, threads: int) -> Acts:
    stop, stride = np.uint64(n), np.uint64(threads)

    @device_function
    def kind_of(kind, i):  # type: ignore[no-untyped-def]
        return kind[i] if mixed else np.int32(0)

    @device_function
    def happen(
        rows: Any, kind: Any, r: int, images: Any, speeds: Any, pairs: Any, tables: Any, i: int, j: int, now: float,
        side: float, bins: float, sums: Any, counts: Any,
    ) -> None:  # fmt: skip
        """Carry out the event of disc ``i`` with ``j``, by one thread."""
        a, c = kind_of(kind, i), kind_of(kind, max(j, 0))
        if j >= 0:
            # Speeds are counted before the collision, because Enskog's rate by speed refers to them.
            place = speed_bin(tables[MASS, a], rows[VX, i], rows[VY, i], bins)
            cuda.atomic.add(speeds, a * SPEED_BINS + place, 1)
            place = speed_bin(tables[MASS, c], rows[VX, j], rows[VY, j], bins)
            cuda.atomic.add(speeds, c * SPEED_BINS + place, 1)
            settle(rows, images, j, now, walls, side)
        settle(rows, images, i, now, walls, side)
        if j >= 0:
            collide(rows, i, j, a, c, tables, walls, side, sums)
            counts[COLLISIONS] += 1
            if mixed:
                cuda.atomic.add(pairs, (r, MOST_SPECIES * a + c), 1)
        elif j == AGAIN:
            counts[STALE] += 1
        else:
            bounce(rows, i, -2 - j, tables[MASS, a], tables[DIAMETER, a], side, sums)

    @device_function
    def look(
        rows: Any, partner: Any, kind: Any, tables: Any, times: Any, names: Any, i: int, now: float, turned: bool,
        side: float, reach: float, t: int,
    ) -> None:  # fmt: skip
        """Find the next event of disc ``i``, by all threads; ``turned``: it has a new velocity."""
        x, y, vx, vy, a = rows[X, i], rows[Y, i], rows[VX, i], rows[VY, i], kind_of(kind, i)
        best, found = latest(rows, i, now, tables[DIAMETER, a], walls, side, reach)
        k = np.uint64(t)
        while k < stop:
            ux, uy, age = rows[VX, k], rows[VY, k], now - rows[SINCE, k]
            dx, dy = rows[X, k] + ux * age - x, rows[Y, k] + uy * age - y
            if not walls:
                dx, dy = nearest(dx, side), nearest(dy, side)
            contact = tables[SQUARE + a, kind_of(kind, k)]
            b, d = closing(dx, dy, ux - vx, uy - vy, contact)
            if turned and partner[k] == i:
                partner[k] = AGAIN
            # The wait is at least (r^2 - contact) / 2 |b|: skip the root if that is after what both know already.
            known = max(best, rows[DUE, k]) - now
            if (b < 0.0) & (d > 0.0) & (dx * dx + dy * dy - contact <= -2.0 * b * known):
                when = now + wait_for_contact(dx, dy, b, d, contact)
                if when < best:
                    best, found = when, np.int32(k)
                if when < rows[DUE, k]:
                    rows[DUE, k], partner[k] = when, i
            k += stride
        best, found = least_of_block(best, found, times, names, t, threads)
        if t == i % threads:
            rows[DUE, i], partner[i] = best, found

    @device_function
    def earliest(rows, times, names, t):  # type: ignore[no-untyped-def]
        """Time and disc of the next event of the gas."""
        when, which, k = np.inf, np.int32(0), np.uint64(t)
        while k < stop:
            if rows[DUE, k] < when:
                when, which = rows[DUE, k], np.int32(k)
            k += stride
        return least_of_block(when, which, times, names, t, threads)

    return Acts(happen, look, earliest)


@lru_cache(maxsize=16)
def run_of(n: int, walls: bool, mixed: bool) -> Kernel:
    """Kernel of up to ``most`` events of each gas of ``n`` discs, up to the time ``target``; one block per gas."""
    threads = threads_of(n)
    shape, kinds, warps = (DUE + 1, n), n if mixed else 1, threads // WARP
    happen, look, earliest = _acts(n, walls, mixed, threads)

    @kernel(
        "void(float64[:, ::1], float64[:, ::1], int32[:, ::1], int32[:, ::1], int32[:, ::1], int64[:, ::1], "
        "float64[:, ::1], int64[:, ::1], int64[:, ::1], float64[:, ::1], float64, float64, float64, float64, float64, "
        "int64)",
        threads=threads,
    )
    def run(
        discs: Any, times: Any, marks: Any, links: Any, images: Any, counts: Any, sums: Any, speeds: Any, pairs: Any,
        tables: Any, side: float, reach: float, bins: float, buckets: float, target: float, most: int,
    ) -> None:  # fmt: skip
        rows = cuda.shared.array(shape, float64)
        partner = cuda.shared.array(n, int32)
        kind = cuda.shared.array(kinds, int32)
        own = cuda.shared.array(SUMS, float64)
        made = cuda.shared.array(COUNTS, int64)
        best = cuda.shared.array(warps, float64)
        names = cuda.shared.array(warps, int32)
        r, t = cuda.blockIdx.x, cuda.threadIdx.x
        year, ready, years, now = buckets / sums[r, SCALE], counts[r, READY], counts[r, YEARS], sums[r, NOW]
        start, done, reached = target - sums[r, ORIGIN], 0, 0
        load(discs[r], times[r], marks[r], links[r], rows, partner, kind, ready == 0, n, t, threads)
        copy(own, sums[r], t, threads)
        copy(made, counts[r], t, threads)
        cuda.syncthreads()
        while done < most:
            other = int(AGAIN)
            if ready < n:
                i, now = ready, 0.0
                ready += 1
            else:
                when, first = earliest(rows, best, names, t)
                if not when <= start - years * year:
                    reached = 1
                    break
                if when >= ERA * year:
                    rejuvenate(rows, ERA * year, n, t, threads)
                    years += ERA
                    now -= ERA * year
                    continue
                i, now, other = int(first), when, int(partner[first])
                if t == 0:
                    happen(rows, kind, r, images[r], speeds[r], pairs, tables, i, other, now, side, bins, own, made)
                cuda.syncthreads()
            turned = other != AGAIN
            look(rows, partner, kind, tables, best, names, i, now, turned, side, reach, t)
            if other >= 0:
                look(rows, partner, kind, tables, best, names, other, now, True, side, reach, t)
            cuda.syncthreads()
            done += 1
        if t == 0:
            own[NOW] = now
            made[YEARS], made[READY], made[REACHED], made[BUCKET] = years, ready, reached, NO_CALENDAR
        cuda.syncthreads()
        save(discs[r], times[r], links[r], rows, partner, n, t, threads)
        copy(sums[r], own, t, threads)
        copy(counts[r], made, t, threads)

    return run


TYPICAL.append(lambda: (run_of(64, False, False), run_of(256, True, True)))
