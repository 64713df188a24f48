"""An event calendar in which every item has exactly one next event: insert, remove and pop in O(1).

Time is divided into buckets of width 1/``scale``, counted from time 0. A ring of ``buckets`` lists (a power of two)
holds the events of one year: of the bucket that has been reached and of the ``buckets`` - 1 after it. Later events are
in one overflow list, which `next_year` searches at the end of every year. The events of a bucket are unordered, and all
of them are compared to find the earliest: with about one event per bucket that beats any heap. Every ERA years the
caller subtracts ERA years from all its times, with `rejuvenate`, so times stay bounded and their round-off does not
grow with the age of the run. Simultaneous events come in the order of the lists, which is thus part of the state.

After Brown (1988), doi 10.1145/63039.63045 (calendar queue), and Paul (2007), doi 10.1016/j.jcp.2006.06.042 (bounded
increasing priority queue for event-driven dynamics).

An item's row is 32 bytes, viewed both as 4 float64 and as 8 int32, so that an event touches one cache line per item;
the constants below name the columns. Rows and ring are passed as pointers: 32 bytes per item, and ``buckets`` + 1
int32 heads of lists, the last that of the overflow.

A branch predictor cannot guess which links an item has, so they are changed without branches.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.jit import njit_inline
from physent.core.pointers import at, choose

TIME = 0
"""float64 column: time of the item's event."""
CANDIDATE = 1
"""float64 column: a time for the caller's use."""
PARTNER, STAMP = 4, 5
"""int32 columns for the caller's use."""
AFTER = 6
"""int32 column: next item of the list, -1 at its end."""
BEFORE = 7
"""int32 column: previous item of the list; -2 - bucket for its first."""

ERA = 16
"""Years after which they are subtracted from all times."""

Array = np.ndarray[Any, Any]


@njit_inline
def slot(time: float, buckets: int, reached: int, scale: float) -> int:
    """Index in the ring of the list to which ``time`` belongs."""
    # The number of buckets is a power of two, so a mask replaces the remainder.
    place = time * scale
    return int(place) & (buckets - 1) if place < reached + buckets else buckets


@njit_inline
def insert(times: Array, links: Array, ring: Array, buckets: int, reached: int, item: int, scale: float) -> None:
    """Put ``item`` into the list of its time, at or after the bucket ``reached``; the time may be infinite."""
    bucket = slot(times[4 * item + TIME], buckets, reached, scale)
    first = ring[bucket]
    links[8 * item + AFTER] = first
    # In an empty list this writes to the item's own row, and the next line corrects it: no branch.
    links[8 * choose(first >= 0, np.int64(first), item) + BEFORE] = item
    links[8 * item + BEFORE] = -2 - bucket
    ring[bucket] = item


@njit_inline
def remove(links: Array, ring: Array, item: int) -> None:
    """Take ``item`` out of its list."""
    after, before = np.int64(links[8 * item + AFTER]), np.int64(links[8 * item + BEFORE])
    # The first item of a list has no previous one: the head of its bucket, coded in BEFORE, takes the link instead.
    choose(before >= 0, at(links, 8 * before + AFTER), at(ring, -2 - before))[0] = after
    links[8 * choose(after >= 0, after, item) + BEFORE] = before


@njit_inline
def earliest(times: Array, links: Array, first: int) -> int:
    """Item with the smallest time in the list that starts with ``first``; among equal times, the first."""
    found, least = first, times[4 * first + TIME]
    item = links[8 * first + AFTER]
    while item >= 0:
        time = times[4 * item + TIME]
        if time < least:  # strictly: the first of equal times stays
            found, least = item, time
        item = links[8 * item + AFTER]
    return found


@njit_inline
def next_year(times: Array, links: Array, ring: Array, buckets: int, reached: int, scale: float) -> int:
    """Insert again all items of the overflow, ``reached`` being the first bucket of a year; returns their number."""
    item = int(ring[buckets])
    ring[buckets] = -1
    count = 0
    while item >= 0:
        after = int(links[8 * item + AFTER])  # before `insert` overwrites it
        insert(times, links, ring, buckets, reached, item, scale)
        item = after
        count += 1
    return count


@njit_inline
def rejuvenate(times: Array, items: int, era: float) -> None:
    """Subtract ERA years, ``era``, from all times once that time is reached: exact, and all stay in their lists."""
    for item in range(items):
        times[4 * item + TIME] -= era
        times[4 * item + CANDIDATE] -= era


def ring_of(items: int, rate: float) -> tuple[int, float]:
    """Number of buckets, and buckets per unit time, for ``items`` whose events have the total rate ``rate``.

    Both are powers of two, hence so is a year, and subtracting it from a time is exact whenever it can be.
    """
    # At least 2 buckets per item and about one event per bucket: a year exceeds 1.4 mean waiting times of an item, so
    # most events are in the ring.
    buckets = 1 << max(4, (2 * items - 1).bit_length())
    scale = float(2.0 ** np.rint(np.log2(rate)))
    return buckets, scale
