from __future__ import annotations

import numpy as np
import pytest

from physent.core.jit import njit
from physent.core.simd import (
    Reals,
    aligned,
    aligned_rows,
    any_beyond,
    full,
    load,
    load_interleaved,
    load_quarters,
    store,
    store_interleaved,
    store_quarters,
    total,
)


@njit
def _arithmetic(x: Reals, y: Reals, out: Reals) -> float:
    a, b = load(x, 1), load(y, 3)
    store(out, 0, 2.0 * a - b * a + (1.0 - b) + full(0.5))
    return total(a)


@njit
def _deal(x: Reals, out: Reals) -> None:
    store_quarters(out, 0, 8, load_interleaved(x, 4))


@njit
def _merge(x: Reals, out: Reals) -> None:
    store_interleaved(out, 4, load_quarters(x, 0, 8))


@njit
def _beyond(x: Reals, limit: float) -> bool:
    return any_beyond(load(x, 0), limit)


@njit
def _room() -> tuple[int, int, float]:
    rows = aligned_rows(3, 5)
    rows[:] = 1.0
    return rows.ctypes.data % 64, rows.size, rows.sum()


def test_arithmetic_acts_on_each_lane() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 12))
    out = np.zeros(9)
    assert _arithmetic(x, y, out) == pytest.approx(x[1:9].sum(), rel=1e-14)
    np.testing.assert_allclose(out[:8], 2 * x[1:9] - y[3:11] * x[1:9] + 1 - y[3:11] + 0.5, rtol=0, atol=1e-14)
    assert out[8] == 0


def test_interleaving_deals_and_merges() -> None:
    x, out = np.arange(40.0), np.zeros(40)
    _deal(x, out)
    np.testing.assert_array_equal(out[:32].reshape(4, 8), x[4:36].reshape(8, 4).T)
    back = np.zeros(40)
    _merge(out, back)
    np.testing.assert_array_equal(back[4:36], x[4:36])


@pytest.mark.parametrize("value", [1.5, -1.5, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("lane", [0, 7])
def test_any_beyond_sees_every_lane(value: float, lane: int) -> None:
    x = np.full(8, -1.0)
    assert not _beyond(x, 1.0)
    x[lane] = value
    assert _beyond(x, 1.0)


def test_aligned_arrays_begin_at_a_cache_line() -> None:
    array = aligned((3, 5))
    assert array.ctypes.data % 64 == 0
    assert array.shape == (3, 5)
    assert _room() == (0, 15, 15.0)
