"""The event calendar against a sorted list."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.core.events import TIME, earliest, insert, remove, ring_of, turn

Array = np.ndarray[Any, Any]


def pop(times: Array, links: Array, ring: Array, bucket: int) -> tuple[int, int]:
    """Earliest item from ``bucket`` on, taken out, and where it was; -1 when only the overflow is left."""
    while bucket < ring.size - 1:
        if ring[bucket] >= 0:
            item = earliest(times, links, ring[bucket])
            remove(links, ring, item)
            return item, bucket
        bucket += 1
    return -1, bucket


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
        insert(times, links, ring, buckets, item, scale)
    bucket, base = 0, 0.0
    for _ in range(2000):
        item, bucket = pop(times, links, ring, bucket)
        if item < 0:
            times[TIME::4] -= year
            base, bucket = base + year, 0
            turn(times, links, ring, buckets, items, scale)
            continue
        assert due[item] == due.min()
        assert times[4 * item + TIME] + base == pytest.approx(due[item], abs=1e-9)
        now = times[4 * item + TIME]
        other = int(random.integers(items))
        changed = [item] if other in (item, 1) else [item, other]
        if len(changed) == 2:
            remove(links, ring, other)
        for one in changed:
            times[4 * one + TIME] = now + spread * random.exponential()
            due[one] = times[4 * one + TIME] + base
            insert(times, links, ring, buckets, one, scale)
    assert base > 0.0 or misjudged < 1.0


def test_lists_stay_whole() -> None:
    """Every item is in exactly one list, with links both ways, after many removals."""
    items, random = 50, np.random.default_rng(0)
    times, ring = np.zeros(4 * items), np.full(9, -1, dtype=np.int32)
    links = times.view(np.int32)
    times[TIME::4] = 1.5 * random.random(items)
    turn(times, links, ring, 8, items, 8.0)
    inside = set(range(items))
    for item in random.permutation(items)[:30]:
        remove(links, ring, int(item))
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
