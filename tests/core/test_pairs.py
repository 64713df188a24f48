from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from physent.core import pairs

Reals = npt.NDArray[np.float64]
SIZES = [1, 2, 3, 7, 8, 9, 17, 40, 101]


def cloud(n: int, axes: int, seed: int = 1) -> Reals:
    return np.random.default_rng(seed).normal(size=(axes, n))


def differences(r: Reals) -> tuple[Reals, Reals]:
    """Of all ordered pairs, (axis, n, n); distances, infinite for the particle itself."""
    away = r[:, :, None] - r[:, None, :]
    distance = np.sqrt(np.sum(away**2, axis=0))
    np.fill_diagonal(distance, np.inf)
    return away, distance


def naive_force(r: Reals) -> Reals:
    """Force of -r, -log r, 1/r for 1, 2, 3 axes."""
    away, distance = differences(r)
    return np.asarray(np.sum(away / distance ** len(r), axis=2))


def naive_energy(r: Reals) -> float:
    upper = np.triu_indices(r.shape[1], 1)
    distance = differences(r)[1][upper]
    return float(np.sum({1: -distance, 2: -np.log(distance), 3: 1 / distance}[len(r)]))


def force(r: Reals) -> Reals:
    out = np.full_like(r, np.nan)
    n = r.shape[1]
    if len(r) == 1:
        pairs.rank_forces(r[0], np.arange(n), np.empty(n, dtype=np.int64), out[0])
    else:
        kernel = pairs.log_forces if len(r) == 2 else pairs.inverse_forces
        kernel(r, pairs.tiles(1, len(r), n)[0], out)
    return out


def log_energy(r: Reals) -> float:
    return pairs.log_energy(r, pairs.tiles(1, 2, r.shape[1])[0])


def energy(r: Reals) -> float:
    n = r.shape[1]
    if len(r) == 1:
        return pairs.rank_energy(r[0], np.arange(n), np.empty(n, dtype=np.int64))
    return log_energy(r) if len(r) == 2 else pairs.inverse_energy(r, pairs.tiles(1, 3, n)[0])


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("n", SIZES)
def test_sums_equal_their_twins(axes: int, n: int) -> None:
    r = cloud(n, axes)
    wanted = naive_force(r)
    np.testing.assert_allclose(force(r), wanted, rtol=1e-12, atol=1e-12 * (np.abs(wanted).max() + 1e-20))
    np.testing.assert_allclose(energy(r), naive_energy(r), rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_force_is_minus_the_gradient(axes: int) -> None:
    r, h = cloud(20, axes), 1e-5
    found = force(r)
    for axis, i in [(0, 0), (axes - 1, 7), (0, 19)]:
        shift = np.zeros_like(r)
        shift[axis, i] = h
        slope = (energy(r - 2 * shift) - 8 * energy(r - shift) + 8 * energy(r + shift) - energy(r + 2 * shift)) / 12 / h
        assert found[axis, i] == pytest.approx(-slope, rel=1e-6)


@pytest.mark.parametrize("n", [64, 100, 1000])
def test_logarithm_of_products_equals_sum_of_logarithms(n: int) -> None:
    r = cloud(n, 2, n)
    assert log_energy(r) == pytest.approx(naive_energy(r), rel=1e-13)


@pytest.mark.parametrize("size", [1e-150, 1e-30, 1.0, 1e30, 1e140])
def test_lengths_of_any_scale(size: float) -> None:
    r = cloud(40, 2)
    shift = 40 * 39 / 2 * np.log(size)
    assert log_energy(size * r) == pytest.approx(naive_energy(r) - shift, rel=1e-13)


def test_products_that_would_underflow() -> None:
    """Eight charges in a clump of 1e-40, far from it a charge each: a product of eight is 1e-640 and more."""
    r = cloud(24, 2)
    r[:, :16] *= 1e-40
    assert log_energy(r) == pytest.approx(naive_energy(r), rel=1e-13)


@pytest.mark.parametrize("axes", [2, 3])
def test_charges_in_one_place(axes: int) -> None:
    r = cloud(20, axes)
    r[:, 13] = r[:, 2]
    assert energy(r) == np.inf
    assert np.isfinite(force(r)).all()


def test_not_a_number_is_not_hidden() -> None:
    r = cloud(20, 2)
    r[0, 11] = np.nan
    assert np.isnan(log_energy(r))


def test_no_force_off_a_line() -> None:
    r = cloud(13, 2)
    r[1] = 0.0
    assert not force(r)[1].any()


@pytest.mark.parametrize("axes", [2, 3])
def test_forces_add_up_to_nothing(axes: int) -> None:
    found = force(cloud(501, axes))
    assert np.abs(found.sum(axis=1)).max() < 1e-12 * np.abs(found).sum()


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("n", [1, 5, 100])
def test_work_arrays_leave_no_trace(axes: int, n: int) -> None:
    """The same bits from work arrays at any place, for a replica among others, and after other sums."""
    r, found = cloud(n, axes), force(cloud(n, axes))
    kernel = pairs.log_forces if axes == 2 else pairs.inverse_forces
    tiles = pairs.tiles(3, axes, n)
    if axes == 2:
        pairs.log_energy(3.0 * r, tiles[1])
    out = np.empty_like(r)
    kernel(r, tiles[1], out)
    np.testing.assert_array_equal(out, found)
    loose = np.empty(tiles[1].size + 1)[1:].reshape(tiles[1].shape)
    loose[...] = tiles[2]
    kernel(r, loose, out)
    np.testing.assert_array_equal(out, found)


@pytest.mark.parametrize("n", [1, 2, 3, 100, 1000])
@pytest.mark.parametrize("start", ["sorted", "reversed", "random", "close"])
def test_ranking_from_any_start(n: int, start: str) -> None:
    """Insertion where it is short, merging where it is not, ties by index: always the stable sort."""
    rng = np.random.default_rng(n)
    x = np.round(rng.normal(size=n), 2)  # ties
    wanted = pairs.ranking(x)
    orders = {
        "sorted": wanted.copy(), "reversed": wanted[::-1].copy(), "random": rng.permutation(n),
        "close": pairs.ranking(x + 0.01 * rng.normal(size=n)),
    }  # fmt: skip
    order, out = orders[start], np.empty(n)
    pairs.rank_forces(x, order, np.empty_like(order), out)
    np.testing.assert_array_equal(order, wanted)
    np.testing.assert_array_equal(out[order], 2.0 * np.arange(n) - (n - 1))
