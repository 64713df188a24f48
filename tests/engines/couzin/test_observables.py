from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from physent.core import schools as measures
from physent.core.clusters import Clusters
from physent.engines.couzin.observables import OF_GROUPS, VARIABLES, coordinates, doubts, observe, of_groups, variables
from physent.engines.couzin.parameters import Parameters
from physent.engines.couzin.state import SHARED_FROM, by_fish
from physent.theory import schools
from tests.engines.couzin.runs import config, fields, run

Reals = npt.NDArray[np.float64]
SCALARS = [variable.name for variable in VARIABLES if not variable.is_field]


def directions(rng: np.random.Generator, *shape: int) -> Reals:
    v = rng.normal(size=(*shape, 3))
    return np.asarray(v / np.linalg.norm(v, axis=-1, keepdims=True))


def ball(rng: np.random.Generator, *shape: int) -> Reals:
    return np.asarray(directions(rng, *shape) * np.cbrt(rng.random((*shape, 1))))


def school(seed: int = 1, replicas: int = 2, n: int = 90, size: float = 6.0) -> tuple[Reals, Reals]:
    rng = np.random.default_rng(seed)
    drift = np.array([0.7, 0.2, -0.4])
    heading = directions(rng, replicas, n) + drift
    return ball(rng, replicas, n) * size, heading / np.linalg.norm(heading, axis=-1, keepdims=True)


def naive(x: Reals, v: Reals, radius: float) -> dict[str, float]:
    """Order parameters of one school in open space, as they are defined."""
    tree = cKDTree(x)
    count, label = connected_components(tree.sparse_distance_matrix(tree, radius) > 0)
    here = label == np.bincount(label).argmax()
    r = x[here] - x[here].mean(axis=0)
    d = np.linalg.norm(r, axis=1, keepdims=True)
    return {
        "polarization": float(np.linalg.norm(v.mean(axis=0))),
        "largest_cluster_polarization": float(np.linalg.norm(v[here].mean(axis=0))),
        "rotation": float(np.linalg.norm(np.cross(r / d, v[here]).mean(axis=0))),
        "angular_momentum": float(np.linalg.norm(np.cross(r, v[here]).mean(axis=0))),
        "spread": float(np.sqrt((d**2).mean())),
        "nearest_neighbor_distance": float(tree.query(x, k=2)[0][:, 1].mean()),
        "cluster_count": float(count),
        "largest_cluster_fraction": float(here.mean()),
    }


def same(one: dict[str, npt.NDArray[Any]], other: dict[str, npt.NDArray[Any]], tolerance: float = 1e-10) -> None:
    for name in SCALARS:
        np.testing.assert_allclose(one[name], other[name], rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize(("n", "size", "radius"), [(90, 6.0, 14.0), (90, 6.0, 1.5), (900, 12.0, 1.2), (2, 1.0, 3.0)])
def test_against_the_definitions(n: int, size: float, radius: float) -> None:
    x, v = school(n=n, size=size)
    record = observe(x, v, None, radius)
    for replica in range(2):
        expected = naive(x[replica], v[replica], radius)
        for name, value in expected.items():
            assert record[name][replica] == pytest.approx(value, rel=1e-12, abs=1e-13), name


def test_record_is_what_is_declared_and_a_copy() -> None:
    x, v = school()
    record = observe(x, v, 40.0, np.full(90, 8.0))
    assert list(record) == [variable.name for variable in VARIABLES]
    for variable in VARIABLES:
        assert record[variable.name].shape[0] == 2
        assert record[variable.name].dtype == np.float64
    assert not np.shares_memory(record["position"], x)
    assert not np.shares_memory(record["heading"], v)


def test_ring_mill() -> None:
    angle = 2 * np.pi * np.arange(64) / 64
    x = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(64)])[None] * 5.0
    v = np.column_stack([-np.sin(angle), np.cos(angle), np.zeros(64)])[None]
    record = observe(x, v, None, 3.0)
    assert record["polarization"] < 1e-12
    assert record["rotation"] == pytest.approx(1.0, abs=1e-12)
    assert record["angular_momentum"] == pytest.approx(5.0, abs=1e-11)
    assert record["spread"] == pytest.approx(5.0, abs=1e-11)
    v[0, ::2] *= -1
    assert observe(x, v, None, 3.0)["rotation"] < 1e-12


def test_ball_mill() -> None:
    n = 100_000
    x = ball(np.random.default_rng(7), 1, n)
    across = np.cross([0.0, 0.0, 1.0], x)
    v = across / np.linalg.norm(across, axis=-1, keepdims=True)
    measured = measures.order(v, Clusters(*_one_cluster(x))).rotation[0]
    assert measured == pytest.approx(schools.BALL_MILL, abs=0.003)


def _one_cluster(x: Reals) -> tuple[Any, ...]:
    replicas, n, _ = x.shape
    return np.zeros((replicas, n), np.int64), np.ones(replicas, np.int64), np.zeros((replicas, n), np.bool_), x


def test_isotropic_gas() -> None:
    rng = np.random.default_rng(9)
    n, replicas = 40, 4000
    record = observe(ball(rng, replicas, n), directions(rng, replicas, n), None, 3.0)
    for name, rms in (("polarization", schools.rms_polarization(n)), ("rotation", schools.rms_rotation(n))):
        squares = record[name] ** 2
        assert abs(squares.mean() - rms**2) < 4 * squares.std() / np.sqrt(replicas)
    error = record["polarization"].std() / np.sqrt(replicas)
    assert abs(record["polarization"].mean() - schools.mean_polarization(n)) < 4 * error


@pytest.mark.parametrize("radius", [14.0, 1.6])
def test_invariant_under_motions_of_space(radius: float) -> None:
    x, v = school()
    record = observe(x, v, None, radius)
    turn = Rotation.from_rotvec([0.3, -1.1, 2.0]).as_matrix()
    same(observe(x @ turn.T, v @ turn.T, None, radius), record)
    same(observe(x + np.array([300.0, -20.0, 1e3]), v, None, radius), record)
    same(observe(x * [1, 1, -1], v * [1, 1, -1], None, radius), record)


@pytest.mark.parametrize("shift", [(0, 0, 0), (12.5, 0, 0), (3.0, 12.5, -12.5), (12.5, 12.5, 12.5)])
def test_school_across_the_edge_is_the_school_in_the_middle(shift: tuple[float, float, float]) -> None:
    """A box of 25, a school of radius 6: shifted periodically, and unwrapped in open space, it is the same school."""
    x, v = school()
    box = 25.0
    moved = np.mod(x + box / 2 + np.array(shift), box)
    same(observe(moved, v, box, 3.0), observe(x, v, None, 3.0))


def test_fragments_across_the_edge() -> None:
    x, v = school(n=60)
    two = np.concatenate([x, x[:, :20] / 2 + [0.0, 30.0, 0.0]], axis=1)
    headings = np.concatenate([v, v[:, :20]], axis=1)
    record = observe(np.mod(two, 50.0), headings, 50.0, 5.0)
    same(record, observe(two, headings, None, 5.0))
    assert (record["cluster_count"] == 2).all()
    assert (record["largest_cluster_fraction"] == 0.75).all()


def test_a_cluster_that_spans_the_box_has_no_centroid() -> None:
    x = np.zeros((2, 20, 3))
    x[:, :, 0] = np.arange(20)
    x[1, 0, 0] = 1.5
    v = np.tile([1.0, 0.0, 0.0], (2, 20, 1))
    record = observe(x, v, 20.0, 1.1)
    assert np.isnan([record[name][0] for name in ("rotation", "spread", "angular_momentum")]).all()
    assert record["cluster_count"].tolist() == [1, 1]
    assert record["polarization"].tolist() == [1, 1]
    assert np.isfinite([record[name][1] for name in SCALARS]).all()
    ((key, message),) = doubts(record, 3.0)
    assert key == "rotation"
    assert "spans the periodic box" in message
    assert not list(doubts({"rotation": record["rotation"][1:]}, 3.0))


def test_radius_above_half_the_box_links_within_a_quarter() -> None:
    x, v = school()
    x = x + 12.5
    same(observe(x, v, 25.0, 15.0), observe(x, v, 25.0, 6.25))


def test_one_fish() -> None:
    record = observe(np.ones((3, 1, 3)), np.tile([0.0, 1.0, 0.0], (3, 1, 1)), None, 2.0)
    assert record["polarization"].tolist() == [1, 1, 1]
    assert record["rotation"].tolist() == [0, 0, 0]
    assert record["spread"].tolist() == [0, 0, 0]
    assert np.isnan(record["nearest_neighbor_distance"]).all()


def test_replicas_do_not_know_of_each_other() -> None:
    x, v = school(replicas=5)
    whole, part = observe(x, v, 25.0, 3.0), observe(x[:2], v[:2], 25.0, 3.0)
    for name in whole:
        np.testing.assert_array_equal(whole[name][:2], part[name])


def test_groups_in_front_and_in_the_centre() -> None:
    x = np.array([[[3.0, 0, 0], [2.0, 0, 0], [-2.0, 0, 0], [-3.0, 0, 0], [100.0, 0, 0]]])
    v = np.tile([1.0, 0.0, 0.0], (1, 5, 1))
    record = observe(x, v, None, 5.0, (2, 2, 1))
    np.testing.assert_allclose(record["front_position"][0, :2], [2.5, -2.5], atol=1e-13)
    np.testing.assert_allclose(record["center_distance"][0, :2], [2.5, 2.5], atol=1e-13)
    assert np.isnan([record["front_position"][0, 2], record["center_distance"][0, 2]]).all()


def test_declarations_follow_the_groups() -> None:
    alike = Parameters.model_validate({"n": 5, "orientation_radius": 2, "attraction_radius": 5})
    assert variables(alike) == VARIABLES
    assert of_groups(alike) == ()
    assert [c.name for c in coordinates(alike)] == ["particle", "axis"]
    groups = alike.model_validate(alike.model_dump() | {"groups": [{"n": 2}, {"n": 3, "speed": 4}]})
    assert variables(groups) == VARIABLES + OF_GROUPS
    assert of_groups(groups) == (2, 3)
    assert [(c.name, len(c.values)) for c in coordinates(groups)] == [("particle", 5), ("axis", 3), ("group", 2)]


def test_a_large_school_is_measured_in_another_order() -> None:
    """Fields of fish in their order, measures as in that order."""
    cfg = config(n=SHARED_FROM, attraction_radius=4.0, box_length=30.0, until=0.2)
    state = run(cfg)
    assert not np.array_equal(state.who[0], np.arange(SHARED_FROM))
    position, heading = by_fish(state)
    found, expected = fields(state), observe(position, heading, 30.0, 4.0)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, err_msg=name)
    np.testing.assert_array_equal(found["position"], position)
    np.testing.assert_array_equal(found["heading"], heading)
