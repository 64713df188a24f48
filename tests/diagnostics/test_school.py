"""Corrected school entropies: nulls, invariance, known states, order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.diagnostics import school, school_nulls
from physent.diagnostics.school import school_entropies
from physent.errors import PhysentWarning, RunError
from tests.diagnostics import schools

LN19 = np.log(19)


def mean_of(n: int, samples: int, box: float | None, seed: int, radius: float | None = 10.0) -> dict[str, Any]:
    """Values of disordered schools by name, (samples,)."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(samples):
        x = schools.ball(n, rng) if box is None else rng.uniform(0, box, (n, 3))
        rows.append(school_entropies(x, schools.isotropic(n, rng), box, radius))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@pytest.mark.parametrize("box", [None, 25.0])
@pytest.mark.parametrize(("n", "samples"), [(50, 300), (150, 120), (1000, 12)])
def test_a_disordered_school_scores_one(n: int, samples: int, box: float | None) -> None:
    found = mean_of(n, samples, box, seed=n)
    for name, values in found.items():
        if name != "schooling_index_se":
            error = values.std(ddof=1) / np.sqrt(samples)
            assert abs(values.mean() - 1) < 4 * error, (name, values.mean(), error)
    scatter = found["schooling_index"].std(ddof=1)
    assert 0.6 < found["schooling_index_se"].mean() / scatter < 2.5


def test_null_of_headings_on_the_sphere_is_that_of_a_beta_variate() -> None:
    """With the term linear in a, the mean is R n/k times k/n; here by the trapezoidal rule for ln(1 + R n a/k)."""
    for n, k in ((10, 3), (17, 5), (18, 8), (50, 8), (1000, 8)):
        a = np.linspace(0, 1, 200_001)
        from scipy.stats import beta

        dense = np.log1p(288 * n * a / k) * beta.pdf(a, k, n - k)
        assert school_nulls.on_sphere(n) == pytest.approx(np.trapezoid(dense, a), abs=1e-6)
    assert np.isfinite(school_nulls.on_sphere(10**6))


@pytest.mark.parametrize("n", range(10, 22))
def test_headings_of_few_fish(n: int) -> None:
    """Isotropy scores 1, two bundles that hold a third each score near 0, at every number of fish."""
    rng = np.random.default_rng(n)
    found = np.array([school.polarization(schools.isotropic(n, rng)).value for _ in range(400)])
    assert abs(found.mean() - 1) < 4 * found.std(ddof=1) / 20
    for smaller in range(-(-n // 3) if n < 18 else 9, n // 2 + 1):
        sign = np.where(np.arange(n) < smaller, 1.0, -1.0)[:, None]
        bundles = sign * schools.toward(np.array([0.0, 0, 1]), 0.01, n, rng)
        assert school.polarization(bundles).value < 0.06


def test_a_parallel_school_has_no_heading_entropy() -> None:
    rng = np.random.default_rng(3)
    x, v = schools.ball(80, rng), np.tile([[0.6, 0.0, 0.8]], (80, 1))
    found = school_entropies(x, v, None, 10.0)
    assert found["polarization_entropy"] == pytest.approx(0, abs=1e-12)
    assert found["velocity_correlation_entropy"] == 0
    assert found["angular_momentum_entropy"] > 0.8
    assert found["cohesion_entropy"] > 0.8


@pytest.mark.parametrize("alternate", [True, False])
def test_mills_that_turn_both_ways_differ_from_those_that_turn_one_way(alternate: bool) -> None:
    rng = np.random.default_rng(4)
    n = 150
    for x in (schools.ring(n), schools.ball(n, rng)):
        sign = (-1.0) ** np.arange(n) if alternate else rng.choice([-1.0, 1.0], n)
        one = school_entropies(x, schools.around(x), None, 10.0)["angular_momentum_entropy"]
        two = school_entropies(x, schools.around(x, sign), None, 10.0)["angular_momentum_entropy"]
        assert one < 0.15
        assert two == pytest.approx(np.log(2) / LN19, abs=0.09)
        assert two - one > 0.12


def test_a_ring_is_evenly_spaced_and_flat() -> None:
    x = schools.ring(60)
    found = school_entropies(x, schools.around(x), None, 10.0)
    assert found["cohesion_entropy"] == 0
    assert found["neighbor_entropy"] == 0
    assert found["shape_entropy"] == pytest.approx(np.log(2) / (np.log(3) - 1 / 60 - 1 / 3600), rel=1e-12)
    assert found["depth_entropy"] == 0


def test_order_lowers_the_index_all_the_way() -> None:
    """Means over schools, with headings ever less spread: the entropies of headings and the index fall."""
    rng = np.random.default_rng(5)
    path = [3.0, 1.0, 0.6, 0.4, 0.2, 0.1, 0.05, 0.02]
    rows = []
    for spread in path:
        some = []
        for _ in range(10):
            x = schools.ball(100, rng)
            v = schools.toward(np.array([1.0, 2, 3]), spread, 100, rng)
            found = school_entropies(x, v, None, 10.0)
            some.append([found[name] for name in ("polarization_entropy", "schooling_index")])
        rows.append(np.mean(some, axis=0))
    assert np.all(np.diff(rows, axis=0) < 0.01)
    assert rows[0][0] > 0.95
    assert rows[-1][0] < 0.05


@pytest.mark.parametrize("state", ["gas", "mill", "both ways", "parallel", "ring"])
def test_rotation_reflection_translation_scale_and_order_of_fish(state: str) -> None:
    rng = np.random.default_rng(6)
    n = 90
    x = schools.ring(n) if state == "ring" else schools.ball(n, rng)
    v = {
        "gas": schools.isotropic(n, rng),
        "parallel": schools.toward(np.array([1.0, 1, 0]), 0.1, n, rng),
        "both ways": schools.around(x, rng.choice([-1.0, 1.0], n)),
    }.get(state, schools.around(x))
    turn = schools.rotation(rng)
    flip = np.diag([1.0, 1, -1]) @ turn
    shuffled = rng.permutation(n) if state != "ring" else np.arange(n)
    first = school_entropies(x, v, None, 10.0)
    others = [
        school_entropies(x @ turn.T + 300.0, v @ turn.T, None, 10.0),
        school_entropies(x @ flip.T, v @ flip.T, None, 10.0),
        school_entropies(7.0 * x, v, None, 70.0),
        school_entropies(x[shuffled], v[shuffled], None, 10.0),
    ]
    for other in others:
        for name in first:
            if name != "depth_entropy":
                assert other[name] == pytest.approx(first[name], abs=1e-10), name


@pytest.mark.parametrize(("spread", "radius"), [(3.0, 6.0), (30.0, 10.0)])
def test_shifts_of_the_box(spread: float, radius: float) -> None:
    """A compact school, and one that fills the box and spans it."""
    rng = np.random.default_rng(7)
    x = np.mod(spread * (rng.random((120, 3)) - 0.5), 25.0)
    v = schools.toward(np.array([1.0, 0, 2]), 0.5, 120, rng)
    first = school_entropies(x, v, 25.0, radius)
    for shift in rng.uniform(-40, 40, (3, 3)):
        for moved in (x + shift, np.mod(x + shift, 25.0)):
            other = school_entropies(moved, v, 25.0, radius)
            for name in first:
                if name != "depth_entropy":
                    assert other[name] == pytest.approx(first[name], abs=1e-10), name
    if spread < 10:
        middle = np.mod(x + 12.5, 25.0)
        open_water = school_entropies(middle, v, None, radius)
        for name in ("shape_entropy", "angular_momentum_entropy", "velocity_correlation_entropy"):
            assert open_water[name] == pytest.approx(first[name], abs=1e-10)


def test_one_rigid_school_has_one_index_whatever_its_compass_heading() -> None:
    rng = np.random.default_rng(8)
    x, v = schools.ball(150, rng, 4.0), schools.toward(np.array([0.0, 0, 1]), 0.03, 150, rng)
    found = []
    for _ in range(5):
        turn = schools.rotation(rng)
        found.append(school_entropies(x @ turn.T + 12.5, v @ turn.T, 25.0, 10.0)["schooling_index"])
    assert np.ptp(found) < 1e-10


def test_lone_groups_leave_shape_and_rotation_open() -> None:
    rng = np.random.default_rng(9)
    x = rng.uniform(0, 1e4, (40, 3))
    with pytest.warns(PhysentWarning, match="the largest cluster has 1 fish"):
        found = school_entropies(x, schools.isotropic(40, rng), None, 1.0)
    assert np.isnan(found["shape_entropy"])
    assert np.isnan(found["schooling_index"])
    assert found["polarization_entropy"] > 0.9


def test_degenerate_axes_are_told() -> None:
    axis = np.arange(4.0)
    x = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    away = x - x.mean(axis=0)
    momentum = np.cross(away / np.linalg.norm(away, axis=1, keepdims=True), [0.0, 0, 1])
    with pytest.warns(PhysentWarning, match="two axes of rotation"):
        school._axis(momentum)


def test_a_lattice_is_invariant_although_its_neighbours_tie() -> None:
    axis = np.arange(5.0)
    x = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
    rng = np.random.default_rng(10)
    v, turn = schools.isotropic(125, rng), schools.rotation(rng)
    first, other = school_entropies(x, v, None, 3.0), school_entropies(x @ turn.T, v @ turn.T, None, 3.0)
    for name in first:
        if name != "depth_entropy":
            assert other[name] == pytest.approx(first[name], abs=1e-10), name


def test_refusals() -> None:
    rng = np.random.default_rng(11)
    x, v = schools.ball(20, rng), schools.isotropic(20, rng)
    with pytest.raises(RunError, match="found 5 fish"):
        school_entropies(x[:5], v[:5])
    with pytest.raises(RunError, match="heading of length zero"):
        school_entropies(x, np.zeros((20, 3)))
    x[3] = x[4]
    with pytest.raises(RunError, match="2 fish are where another is"):
        school_entropies(x, v)
