"""An event calendar in which every item has exactly one next event: insert, remove and pop in O(1).

Time is divided into buckets 1/``scale`` wide, counted from time 0 on. A ring of ``buckets`` lists (a power of two)
holds the events of the bucket that has been reached and of as many after it, a year, less one; what comes later is in
one overflow list, and is looked through with `turn` at the end of every year. Events of a bucket are in no order, and
the earliest is found by looking at all of them: with about one event a bucket that beats any heap. Every ERA years the
caller takes these off all its times, with `rejuvenate`; so times stay bounded, and their round-off never grows with the
age of the run. The order of events with the very same time is that of the lists, hence part of the calendar.

After Brown (1988), doi 10.1145/63039.63045 (calendar queue), and Paul (2007), doi 10.1016/j.jcp.2006.06.042 (bounded
increasing priority queue for event-driven dynamics).

An item's row is 32 bytes, seen both as 4 float64 and as 8 int32: its columns are the constants below. Rows and ring of
one calendar are given as pointers (32 bytes an item; ``buckets`` + 1 heads of int32, the last of the overflow).

Which links an item has cannot be foreseen; hence they are changed without branches.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.jit import njit_inline
from physent.core.pointers import at, choose

TIME = 0
"""float64 column: when the item's event happens."""
CANDIDATE = 1
"""float64 column: a time free for the caller."""
PARTNER, STAMP = 4, 5
"""int32 columns free for the caller."""
AFTER = 6
"""int32 column: next item of the list, -1 at its end."""
BEFORE = 7
"""int32 column: previous item of the list; -2 - bucket for its first."""

ERA = 16
"""Years after which times are made smaller."""

Array = np.ndarray[Any, Any]


@njit_inline
def slot(time: float, buckets: int, reached: int, scale: float) -> int:
    """Index in the ring of the list to which ``time`` belongs."""
    place = time * scale
    return int(place) & (buckets - 1) if place < reached + buckets else buckets


@njit_inline
def insert(times: Array, links: Array, ring: Array, buckets: int, reached: int, item: int, scale: float) -> None:
    """File ``item`` under its time, which is not before the bucket ``reached``; infinity is a time."""
    bucket = slot(times[4 * item + TIME], buckets, reached, scale)
    first = ring[bucket]
    links[8 * item + AFTER] = first
    links[8 * choose(first >= 0, np.int64(first), item) + BEFORE] = item
    links[8 * item + BEFORE] = -2 - bucket
    ring[bucket] = item


@njit_inline
def remove(links: Array, ring: Array, item: int) -> None:
    """Take ``item`` out of its list."""
    after, before = np.int64(links[8 * item + AFTER]), np.int64(links[8 * item + BEFORE])
    choose(before >= 0, at(links, 8 * before + AFTER), at(ring, -2 - before))[0] = after
    links[8 * choose(after >= 0, after, item) + BEFORE] = before


@njit_inline
def earliest(times: Array, links: Array, first: int) -> int:
    """Item with the smallest time of the list that begins with ``first``; of equal ones the first."""
    found, least = first, times[4 * first + TIME]
    item = links[8 * first + AFTER]
    while item >= 0:
        time = times[4 * item + TIME]
        if time < least:
            found, least = item, time
        item = links[8 * item + AFTER]
    return found


@njit_inline
def turn(times: Array, links: Array, ring: Array, buckets: int, reached: int, scale: float) -> int:
    """File anew what is in the overflow, ``reached`` being the first bucket of a year; how many these are."""
    item = int(ring[buckets])
    ring[buckets] = -1
    count = 0
    while item >= 0:
        after = int(links[8 * item + AFTER])
        insert(times, links, ring, buckets, reached, item, scale)
        item = after
        count += 1
    return count


@njit_inline
def rejuvenate(times: Array, items: int, era: float) -> None:
    """Take ERA years, ``era``, off all times, when that time has been reached: exact, and all stay in their lists."""
    for item in range(items):
        times[4 * item + TIME] -= era
        times[4 * item + CANDIDATE] -= era


def ring_of(items: int, rate: float) -> tuple[int, float]:
    """Number of buckets, and buckets per unit of time, for ``items`` whose events come at ``rate`` in all.

    Both are powers of two, so that a year is one too, and taking it off a time is exact wherever it can be.
    """
    buckets = 1 << max(4, (2 * items - 1).bit_length())
    scale = float(2.0 ** np.rint(np.log2(rate)))
    return buckets, scale
