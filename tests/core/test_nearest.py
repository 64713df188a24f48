from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial import cKDTree

from physent.core import jit
from physent.core import nearest as module
from physent.core.nearest import nearest

Reals = npt.NDArray[np.float64]
BOX = 12.0


def gas(n: int) -> Reals:
    return np.random.default_rng(n).uniform(-3.0, 15.0, (2, n, 3))


def lumps(n: int) -> Reals:
    """Dense lumps, and single points far from everything."""
    rng = np.random.default_rng(n)
    x = rng.uniform(0, 200, (2, 8, 1, 3)) + 0.1 * rng.normal(size=(2, 8, n // 8, 3))
    x = x.reshape(2, -1, 3)
    x[:, ::97] = rng.uniform(-1e4, 1e4, x[:, ::97].shape)
    return x


def by_tree(x: Reals, box: float | None) -> Reals:
    points = x if box is None else np.mod(x, box)
    return np.array([cKDTree(p, boxsize=box).query(p, k=2)[0][:, 1] for p in points])


@pytest.mark.parametrize("places", [gas, lumps])
@pytest.mark.parametrize("box", [None, BOX])
@pytest.mark.parametrize("n", [16, 400, 1600])
def test_against_a_tree(places: object, box: float | None, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(places)
    x = places(n)
    for most in (0, 10_000):
        with monkeypatch.context() as patched:
            patched.setattr(module, "ALL_PAIRS", most)
            np.testing.assert_allclose(nearest(x, box), by_tree(x, box), rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("box", [None, BOX])
def test_points_at_one_place(box: float | None) -> None:
    for n in (2, 30, 1200):
        assert not nearest(np.full((1, n, 3), 7.5), box).any()
    x = gas(1200)[:1]
    x[0, 5] = x[0, 700]
    found = nearest(x, box)[0]
    assert found[5] == found[700] == 0.0
    assert np.delete(found, [5, 700]).all()


def test_a_point_alone() -> None:
    assert np.isnan(nearest(np.zeros((3, 1, 3)), None)).all()


def test_bits_do_not_depend_on_threads() -> None:
    x = gas(3000)
    one = nearest(x, BOX)
    try:
        jit.set_threads(3)
        np.testing.assert_array_equal(nearest(x, BOX), one)
    finally:
        jit.set_threads(1)
