"""An event calendar in which every item has exactly one next event: insert, remove and pop in O(1).

A ring of ``buckets`` lists, each an interval of time 1/``scale`` wide, covers a year, ``buckets / scale``, from time 0
on; what comes later is in one overflow list. Events of a bucket are in no order, and the earliest is found by looking
at all of them: with about one event a bucket that beats any heap. When the ring has been gone through, all events lie
in the overflow; the caller takes a year off all its times and files them anew with `turn`. So times stay between 0 and
a few years, and their round-off never grows with the age of the run. The order of events with the very same time is
that of the lists, hence part of the calendar.

After Brown (1988), doi 10.1145/63039.63045 (calendar queue), and Paul (2007), doi 10.1016/j.jcp.2006.06.042 (bounded
increasing priority queue for event-driven dynamics).

An item's row is 32 bytes, seen both as 4 float64 and as 8 int32: its columns are the constants below. Rows and ring of
one calendar are flat arrays or pointers to them (32 bytes an item; ``buckets`` + 1 heads of int32).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.jit import njit_inline

TIME = 0
"""float64 column: when the item's event happens."""
CANDIDATE = 1
"""float64 column free for the caller."""
PARTNER, STAMP = 4, 5
"""int32 columns free for the caller."""
AFTER = 6
"""int32 column: next item of the list, -1 at its end."""
BEFORE = 7
"""int32 column: previous item of the list; -2 - bucket for its first."""

Array = np.ndarray[Any, Any]


@njit_inline
def insert(times: Array, links: Array, ring: Array, buckets: int, item: int, scale: float) -> None:
    """File ``item`` under its time, which is not below that of the bucket being emptied; infinity is a time."""
    place = times[4 * item + TIME] * scale
    bucket = np.int64(place) if place < buckets else buckets
    first = ring[bucket]
    links[8 * item + AFTER] = first
    links[8 * item + BEFORE] = -2 - bucket
    if first >= 0:
        links[8 * first + BEFORE] = item
    ring[bucket] = item


@njit_inline
def remove(links: Array, ring: Array, item: int) -> None:
    """Take ``item`` out of its list."""
    after, before = links[8 * item + AFTER], links[8 * item + BEFORE]
    if before >= 0:
        links[8 * before + AFTER] = after
    else:
        ring[-2 - before] = after
    if after >= 0:
        links[8 * after + BEFORE] = before


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
def turn(times: Array, links: Array, ring: Array, buckets: int, items: int, scale: float) -> None:
    """File all items anew, in their order."""
    for bucket in range(buckets + 1):
        ring[bucket] = -1
    for item in range(items):
        insert(times, links, ring, buckets, item, scale)


def ring_of(items: int, rate: float) -> tuple[int, float]:
    """Number of buckets, and buckets per unit of time, for ``items`` whose events come at ``rate`` in all.

    Both are powers of two, so that a year is one too, and taking it off a time is exact wherever it can be.
    """
    buckets = 1 << max(4, (2 * items - 1).bit_length() - (1 if items > 8 else 0))
    scale = float(2.0 ** np.rint(np.log2(rate)))
    return buckets, scale
