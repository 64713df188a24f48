from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import pdist, squareform

from physent.core import jit
from physent.core.clusters import Clusters, connected


def links(x: npt.NDArray[np.float64], box: float | None, radius: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which pairs are linked, from all distances."""
    if box is None:
        distance = squareform(pdist(x))
    else:
        apart = x[:, None] - x[None]
        distance = np.linalg.norm(apart - box * np.rint(apart / box), axis=-1)
    reach = np.broadcast_to(np.asarray(radius, float), len(x))
    linked: npt.NDArray[np.bool_] = distance < np.maximum(reach[:, None], reach[None])
    return linked


def agrees(found: Clusters, x: npt.NDArray[np.float64], box: float | None, radius: npt.ArrayLike) -> None:
    for replica, points in enumerate(x):
        linked = links(points, box, radius)
        count, label = connected_components(linked)
        assert found.number[replica] == count
        # Both number clusters in order of their first points.
        np.testing.assert_array_equal(found.label[replica], label)
        moved = found.unwrapped[replica] - points
        if box is None:
            assert not moved.any()
            assert not found.spans[replica].any()
            continue
        np.testing.assert_allclose(moved / box, np.rint(moved / box), atol=1e-12)
        for cluster in range(count):
            here = np.flatnonzero(label == cluster)
            u = found.unwrapped[replica][here]
            apart = u[:, None] - u[None]
            # Every link joins the images that were unwrapped, exactly when the cluster does not span the box.
            inside = np.abs(apart - box * np.rint(apart / box) - apart).max(axis=-1) < 1e-9
            assert found.spans[replica, cluster] == (not inside[linked[np.ix_(here, here)]].all())


@pytest.mark.parametrize("n", [1, 2, 7, 150, 600])
@pytest.mark.parametrize("box", [None, 10.0])
@pytest.mark.parametrize("radius", [0.3, 1.0, 1.9, 5.0])
def test_random_points_against_scipy(n: int, box: float | None, radius: float) -> None:
    x = np.random.default_rng(n).uniform(-3, 12, (3, n, 3))
    agrees(connected(x, box, radius), x, box, radius)


@pytest.mark.parametrize("box", [None, 12.0])
def test_unequal_radii_against_scipy(box: float | None) -> None:
    rng = np.random.default_rng(5)
    x, radius = rng.uniform(0, 12, (4, 200, 3)), rng.uniform(0.05, 1.6, 200)
    agrees(connected(x, box, radius), x, box, radius)


def test_every_direction_of_spanning_is_seen() -> None:
    """A string of points around the box spans it along any axis or diagonal; with one point missing it does not."""
    for direction in [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, -1, 1)]:
        x = np.outer(np.arange(20) / 20, direction)[None] * 10.0
        agrees(connected(x, 10.0, 0.9), x, 10.0, 0.9)
        assert connected(x, 10.0, 0.9).spans[0, 0]
        assert not connected(x[:, 1:], 10.0, 0.9).spans.any()


def test_all_in_one_place_and_far_apart() -> None:
    same = np.full((1, 500, 3), 7.5)
    assert connected(same, None, 0.1).number[0] == 1
    assert connected(same, 8.0, 0.1).number[0] == 1
    far = np.random.default_rng(1).normal(size=(1, 300, 3)) * 1e9
    assert connected(far, None, 1.0).number[0] == 300


def test_bits_do_not_depend_on_threads() -> None:
    x = np.random.default_rng(2).uniform(0, 10, (5, 300, 3))
    first = connected(x, 10.0, 1.1)
    try:
        jit.set_threads(3)
        again = connected(x, 10.0, 1.1)
    finally:
        jit.set_threads(1)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("radius", [0.0, 5.1, np.nan])
def test_wrong_radius(radius: float) -> None:
    with pytest.raises(ValueError, match="radius"):
        connected(np.zeros((1, 2, 3)), 10.0, radius)
