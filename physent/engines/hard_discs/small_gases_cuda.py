"""Many small gases on a CUDA device: one block per gas, its discs in shared memory, every pair at every event.

There are no cells and no calendar. Each disc has one event, and the block looks for the earliest of all discs. After a
collision both partners are compared with all discs. What keeps this exact:

- A pair is examined by the disc that changed last. If it has an earlier event than this encounter, it searches again
  then, at the latest.
- If the partner of a predicted collision has a new velocity, the predicted time is still a lower bound: the event
  becomes `AGAIN`, and the disc searches then.
- Along a periodic axis only the nearest image of a disc is examined. Another image is at least half a side away and
  touches not before the pair has come closer by L/2 - sigma, so that a disc searches again after half of that, `reach`.

Encounters are those of the CPU (`encounters`), and so are the rows, which keep the time and the partner of a disc's
event; the links of lists are not used.

Estimate for an H100 (132 multiprocessors with four schedulers, 1.7 GHz), not measured, at packing fraction 0.1, from
the machine code and from counts of its branches. With 64 (256, 512) discs a warp takes some 120 (150, 190) instructions
to find the next event, 290 for a collision, and 370 (830, 830) to compare a disc with all others; there is up to half a
further search per collision, and 512 discs take two warps. A collision thus takes 1400 (2400, 4600) instructions, which
allows 6.4e8 (3.7e8, 2e8) collisions/s. One after the other they take a warp some 4000 (5000, 5000) cycles; registers
and shared memory allow 21 (15, 16) warps per multiprocessor, enough to issue at half that rate or more. Each search
reads six numbers per disc from shared memory, which is below its bandwidth. One CPU thread (EPYC) makes 1.8e6
collisions/s for all these sizes, 16 threads at most 3e7.
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
    VX,
    VY,
    YEARS,
    X,
    Y,
)
from physent.engines.hard_discs.earliest_cuda import WARP, least_of_block
from physent.engines.hard_discs.encounters import closing, nearest, speed_bin, wait_for_contact
from physent.engines.hard_discs.encounters_cuda import AGAIN, DIAMETER, MASS, SQUARE, bounce, collide, latest, settle
from physent.engines.hard_discs.species import MOST_SPECIES, NAME, NAME_BITS

DUE = 5
"""Row in shared memory of the time of a disc's event, after those of `arrays`."""
SUMS, COUNTS = ORIGIN + 1, END + 1


def threads_of(n: int) -> int:
    """Threads of a block: a warp for each 256 discs."""
    return 4 if SIMULATED else 32 * -(-n // 256)


@device_function
def load(
    discs: Any, times: Any, marks: Any, links: Any, rows: Any, partner: Any, kind: Any, fresh: bool, n: int, t: int,
    threads: int,
) -> None:  # fmt: skip
    """Take the discs of a gas into shared memory; ``fresh``: none has an event yet.

    What is beyond the last disc is nowhere, and so meets none.
    """
    for k in range(t, rows.shape[1], threads):
        for column in range(DUE):
            rows[column, k] = discs[8 * k + column] if k < n else np.nan
        rows[DUE, k], partner[k] = np.inf, AGAIN
        if k < n and not fresh:
            rows[DUE, k], partner[k] = times[4 * k + TIME], links[8 * k + PARTNER]
        if k < kind.shape[0]:
            kind[k] = marks[16 * k + NAME] >> NAME_BITS if k < n else 0


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
    """What one block does, all its threads together."""

    happen: Any
    look: Any
    earliest: Any


def _acts(turns: int, walls: bool, mixed: bool, threads: int) -> Acts:
    """For gases of ``turns`` discs per thread."""

    @device_function
    def kind_of(kind, i):  # type: ignore[no-untyped-def]
        return kind[i] if mixed else np.int32(0)

    @device_function
    def happen(
        rows: Any, kind: Any, r: int, images: Any, speeds: Any, pairs: Any, tables: Any, i: int, j: int, now: float,
        side: float, bins: float, sums: Any, counts: Any, t: int,
    ) -> None:  # fmt: skip
        """Carry out the event of disc ``i`` with ``j``: one thread for each of them."""
        vx, vy, d, e = 0.0, 0.0, i, j
        if t == 1:
            d, e = j, i
        if t < 2 and d >= 0:
            a = kind_of(kind, d)
            if e >= 0:
                # Speeds are counted before the collision, because Enskog's rate by speed refers to them.
                place = speed_bin(tables[MASS, a], rows[VX, d], rows[VY, d], bins)
                cuda.atomic.add(speeds, a * SPEED_BINS + place, 1)
            settle(rows, images, d, now, walls, side)
        cuda.syncthreads()
        if j >= 0 and t < 2:
            vx, vy = collide(rows, d, e, kind_of(kind, d), kind_of(kind, e), tables, walls, side, sums, t)
        cuda.syncthreads()
        if j >= 0 and t < 2:
            rows[VX, d], rows[VY, d] = vx, vy
        if t == 0:
            a = kind_of(kind, i)
            if j >= 0:
                counts[COLLISIONS] += 1
                if mixed:
                    cuda.atomic.add(pairs, (r, MOST_SPECIES * a + kind[j]), 1)
            elif j == AGAIN:
                counts[STALE] += 1
            else:
                bounce(rows, i, -2 - j, tables[MASS, a], tables[DIAMETER, a], side, sums)
        cuda.syncthreads()

    @device_function
    def look(
        rows: Any, partner: Any, kind: Any, tables: Any, times: Any, names: Any, i: int, now: float, turned: bool,
        side: float, reach: float, t: int,
    ) -> None:  # fmt: skip
        """Find the next event of disc ``i``; ``turned``: it has a new velocity."""
        x, y, vx, vy, a = rows[X, i], rows[Y, i], rows[VX, i], rows[VY, i], kind_of(kind, i)
        best, found = latest(rows, i, now, tables[DIAMETER, a], walls, side, reach)
        for turn in range(turns):
            k = np.uint64(t + turn * threads)
            ux, uy, age = rows[VX, k], rows[VY, k], now - rows[SINCE, k]
            dx, dy = rows[X, k] + ux * age - x, rows[Y, k] + uy * age - y
            if not walls:
                dx, dy = nearest(dx, side), nearest(dy, side)
            contact = tables[SQUARE + a, kind_of(kind, k)]
            b, d = closing(dx, dy, ux - vx, uy - vy, contact)
            if turned and partner[k] == i:
                partner[k] = AGAIN
            if (b < 0.0) & (d > 0.0):
                when = now + wait_for_contact(dx, dy, b, d, contact)
                if when < best:
                    best, found = when, np.int32(k)
        best, found = least_of_block(best, found, times, names, t, threads)
        if t == i % threads:
            rows[DUE, i], partner[i] = best, found

    @device_function
    def earliest(rows, times, names, t):  # type: ignore[no-untyped-def]
        """Time and disc of the next event of the gas."""
        when, which = np.inf, np.int32(0)
        for turn in range(turns):
            k = np.uint64(t + turn * threads)
            if rows[DUE, k] < when:
                when, which = rows[DUE, k], np.int32(k)
        return least_of_block(when, which, times, names, t, threads)

    return Acts(happen, look, earliest)


@lru_cache(maxsize=16)
def run_of(n: int, walls: bool, mixed: bool) -> Kernel:
    """Kernel of up to ``most`` events of each gas of ``n`` discs, up to the time ``target``; one block per gas."""
    threads = threads_of(n)
    turns, warps = -(-n // threads), threads // WARP
    shape, width = (DUE + 1, turns * threads), turns * threads
    kinds = width if mixed else 1
    happen, look, earliest = _acts(turns, walls, mixed, threads)

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
        partner = cuda.shared.array(width, int32)
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
                    cuda.syncthreads()
                    continue
                i, now, other = int(first), when, int(partner[first])
                happen(rows, kind, r, images[r], speeds[r], pairs, tables, i, other, now, side, bins, own, made, t)
            turned = other != AGAIN
            while i >= 0:  # both partners of a collision, in a loop, so that `look` is compiled once
                look(rows, partner, kind, tables, best, names, i, now, turned, side, reach, t)
                i, other = other, int(AGAIN)
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
