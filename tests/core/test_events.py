"""The event calendar against a sorted list."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.core.events import ERA, TIME, earliest, insert, next_year, rejuvenate, remove, ring_of
from physent.core.jit import njit
from physent.core.pointers import pointer

Array = np.ndarray[Any, Any]


@njit
def file(times: Array, links: Array, ring: Array, reached: int, item: int, scale: float) -> None:
    """`insert` for arrays."""
    insert(pointer(times), pointer(links), pointer(ring), ring.size - 1, reached, item, scale)


@njit
def take(links: Array, ring: Array, item: int) -> None:
    """`remove` for arrays."""
    remove(pointer(links), pointer(ring), item)


@njit
def overflow(times: Array, links: Array, ring: Array, reached: int, scale: float) -> int:
    """`next_year` for arrays."""
    return next_year(pointer(times), pointer(links), pointer(ring), ring.size - 1, reached, scale)


@njit
def first_of(times: Array, links: Array, first: int) -> int:
    """`earliest` for arrays."""
    return earliest(pointer(times), pointer(links), first)


@njit
def younger(times: Array, era: float) -> None:
    """`rejuvenate` for arrays."""
    rejuvenate(pointer(times), times.size // 4, era)


def pop(times: Array, links: Array, ring: Array, bucket: int, end: int) -> tuple[int, int]:
    """Earliest item from ``bucket`` on, taken out, and where it was; -1 when ``end`` is reached."""
    for reached in range(bucket, end):
        first = ring[reached % (ring.size - 1)]
        if first >= 0:
            item = first_of(times, links, first)
            take(links, ring, item)
            return item, reached
    return -1, end


@pytest.mark.parametrize("items", [1, 2, 7, 300])
@pytest.mark.parametrize("misjudged", [0.05, 1.0, 20.0])
def test_events_come_in_order(items: int, misjudged: float) -> None:
    """Pops and random reinsertions, changes of others' times, over several years; items at infinity never come."""
    random = np.random.default_rng(items)
    spread = 3.0
    buckets, scale = ring_of(items, misjudged * items / spread)
    year = buckets / scale
    times, ring = np.zeros(4 * items), np.full(buckets + 1, -1, dtype=np.int32)
    links = times.view(np.int32)
    due = spread * random.random(items)
    due[1:2] = np.inf
    for item in range(items):
        times[4 * item + TIME] = due[item]
        file(times, links, ring, 0, item, scale)
    bucket, end, base, years = 0, buckets, 0.0, 0
    for _ in range(2000):
        item, bucket = pop(times, links, ring, bucket, end)
        if item < 0:
            if end == ERA * buckets:
                younger(times, ERA * year)
                base, bucket, end = base + ERA * year, 0, 0
            overflow(times, links, ring, bucket, scale)
            end, years = end + buckets, years + 1
            continue
        assert due[item] == due.min()
        assert times[4 * item + TIME] + base == pytest.approx(due[item], abs=1e-9)
        now = times[4 * item + TIME]
        other = int(random.integers(items))
        changed = [item] if other in (item, 1) else [item, other]
        if len(changed) == 2:
            take(links, ring, other)
        for one in changed:
            times[4 * one + TIME] = now + spread * random.exponential()
            due[one] = times[4 * one + TIME] + base
            file(times, links, ring, bucket, one, scale)
    assert misjudged < 1.0 or (years > 0 and (base > 0.0 or items > 7))


def test_lists_stay_whole() -> None:
    """Every item is in exactly one list, with links both ways, after many removals."""
    items, random = 50, np.random.default_rng(0)
    times, ring = np.zeros(4 * items), np.full(9, -1, dtype=np.int32)
    links = times.view(np.int32)
    times[TIME::4] = 1.5 * random.random(items)
    for item in range(items):
        file(times, links, ring, 0, item, 8.0)
    inside = set(range(items))
    for item in random.permutation(items)[:30]:
        take(links, ring, int(item))
        inside.discard(int(item))
    found = []
    for bucket, first in enumerate(ring):
        item = int(first)
        before = -2 - bucket
        while item >= 0:
            assert links[8 * item + 7] == before
            assert min(8, int(8 * times[4 * item + TIME])) == bucket
            found.append(item)
            before, item = item, int(links[8 * item + 6])
    assert sorted(found) == sorted(inside)


def test_a_year_is_a_power_of_two() -> None:
    for items in (1, 5, 1000, 10**6):
        for rate in (1e-7, 3.3, 1e12):
            buckets, scale = ring_of(items, rate)
            assert np.log2(buckets / scale) == np.rint(np.log2(buckets / scale))
            assert 0.7 < scale / rate < 1.42
            assert items <= buckets <= 4 * items + 16
