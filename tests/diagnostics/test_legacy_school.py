"""School entropies as dewi-kadita 0.0.4 gives them: its stored numbers, itself where installed, exact values."""

from __future__ import annotations

import importlib
import warnings

import numpy as np
import pytest

from physent.diagnostics.legacy_school import WEIGHTS, legacy_entropies
from tests.diagnostics import schools
from tests.diagnostics.schools import Floats

# Output of dewi_kadita 0.0.4, compute_oceanic_schooling_index(x, v, 12.0), for schools of n fish of `school` below.
STORED = {
    1: (0.5, 0.0, 0.0, 0.5, 0.5, 0.5, 0.5, 0.32),
    2: (0.0, 0.12240014441056199, 0.2559580248098155, 0.5, 0.5, 0.0, 0.5, 0.19474868241974258),
    5: (
        *(0.32772937677064284, 0.2837520742853103, 0.5943161289177872, 0.44469228841657804),
        *(0.5, 0.6760705015763373, 0.4897142043104655, 0.44222665272013906),
    ),
    7: (
        *(0.29690486465151733, 0.34329546866700045, 0.6454341565586019, 0.583452704668155),
        *(0.45123658286257845, 0.8150463200217041, 0.7024144132161014, 0.5099499929739485),
    ),
    60: (
        *(0.6144461517512455, 0.6362050983384463, 0.9734272405504532, 0.7531283269189153),
        *(0.4264482966190938, 0.9718608519667218, 0.9668691537256519, 0.7411288786360231),
    ),
}


def school(n: int) -> tuple[Floats, Floats]:
    i = np.arange(n)
    columns = 0.5545497 * i * i * 0.37 + 1.7 * i, 0.308517 * i * i + 0.9 * i, 0.7548777 * i * (i % 7 + 1)
    x = np.mod(np.stack(columns, axis=1) * 1.31, 12.0)
    v = np.stack([np.cos(0.9 * i) + 0.8, np.sin(1.7 * i * i), np.cos(0.31 * i + 0.4 * i * i)], axis=1)
    return x, v / np.linalg.norm(v, axis=1)[:, None]


@pytest.mark.parametrize("n", STORED)
def test_stored_numbers_of_the_program(n: int) -> None:
    found = legacy_entropies(*school(n), 12.0)
    np.testing.assert_allclose(list(found.values()), STORED[n], rtol=0, atol=1e-12)


def states() -> dict[str, tuple[Floats, Floats]]:
    rng = np.random.default_rng(1)
    gas = {
        f"gas of {n}": (rng.uniform(0, 25, (n, 3)), schools.isotropic(n, rng)) for n in (1, 2, 3, 4, 5, 6, 150, 1100)
    }
    x = 12.5 + schools.ball(120, rng)
    plane = np.where([True, True, False], x, 12.5)
    rings = {f"ring of {n}": (12.5 + schools.ring(n), schools.around(schools.ring(n))) for n in (12, 24, 60, 513)}
    both = {f"{name}, both ways": (r, v * ((-1.0) ** np.arange(len(r)))[:, None]) for name, (r, v) in rings.items()}
    axes = np.tile(np.vstack([np.eye(3), -np.eye(3)]), (20, 1))
    others = {
        "parallel": (x, np.tile([[0.6, 0.0, 0.8]], (120, 1))),
        "bundle": (x, schools.toward(np.array([1.0, 2, 3]), 0.1, 120, rng)),
        "plane": (plane, schools.isotropic(120, rng)),
        "along the axes": (x, axes),
        "faster": (x, 3.0 * schools.isotropic(120, rng)),
        "one point": (np.full((20, 3), 3.0), schools.isotropic(20, rng)),
    }
    return gas | rings | both | others


@pytest.mark.parametrize("name", states())
def test_equals_the_program(name: str) -> None:
    pytest.importorskip("dewi_kadita", reason="the peer dewi-kadita is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metrics = importlib.import_module("dewi_kadita.core.metrics")
        x, v = states()[name]
        expected = list(metrics.compute_oceanic_schooling_index(x, v, 25.0).values())
    np.testing.assert_allclose(list(legacy_entropies(x, v, 25.0).values()), expected, rtol=0, atol=1e-12)


def test_weights_sum_to_one() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1, abs=1e-15)


def test_isotropic_limits() -> None:
    """Of many isotropic fish: |r x v| = sin of a uniform cosine, counts times sin(theta) once more than they should.

    Angular momentum: cell k of 20 has sqrt(1-a^2) - sqrt(1-b^2). Polarization: p ~ (cos a - cos b) sin((a+b)/2).
    """
    rng = np.random.default_rng(2)
    n = 8000
    found = legacy_entropies(rng.uniform(0, 25, (n, 3)), schools.isotropic(n, rng), 25.0)
    edge = np.linspace(0, 1, 21)
    p = -np.diff(np.sqrt(1 - edge**2))
    exact = -(p * np.log(p)).sum() / np.log(20)
    assert exact == pytest.approx(0.80212, abs=5e-6)
    assert found["angular_momentum_entropy"] == pytest.approx(exact, abs=0.006)
    theta = np.linspace(0, np.pi, 13)
    q = -np.diff(np.cos(theta)) * np.sin(theta[:-1] + np.pi / 24)
    q = q / q.sum() / 24
    limit = -24 * (q * np.log(q)).sum() / np.log(288)
    assert limit == pytest.approx(0.94600, abs=5e-6)
    loss = 287 / (2 * n) / np.log(288)  # of finite n, to first order
    assert found["polarization_entropy"] == pytest.approx(limit - loss, abs=0.003)
    assert found["velocity_correlation_entropy"] == pytest.approx(1, abs=1e-4)


def test_its_defects() -> None:
    """What the corrected definition is for: the compass, the place in the box, and the sense of rotation."""
    rng = np.random.default_rng(3)
    x, v = schools.ball(150, rng, 4.0), schools.toward(np.array([0.0, 0, 1]), 0.03, 150, rng)
    compass = []
    for theta in (0.0, 11 * np.pi / 24):  # the pole, and the middle of a cell
        c, s = np.cos(theta), np.sin(theta)
        turn = np.array([[np.cos(np.pi / 24), -np.sin(np.pi / 24), 0], [np.sin(np.pi / 24), np.cos(np.pi / 24), 0]])
        turn = np.vstack([turn, [0, 0, 1]]) @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
        compass.append(legacy_entropies(12.5 + x @ turn.T, v @ turn.T, 25.0)["polarization_entropy"])
    assert compass[0] > 0.45
    assert compass[1] < 0.05
    edge = np.array([0.0, 12.5, 12.5])
    place = [legacy_entropies(x + at, v, 25.0)["shape_entropy"] for at in (12.5, edge)]
    assert abs(place[0] - place[1]) > 0.01
    ring = schools.ring(150) + rng.normal(size=(150, 3))
    mill = schools.around(ring)
    both = mill * rng.choice([-1.0, 1.0], (150, 1))
    one, two = (legacy_entropies(12.5 + ring, way, 25.0)["angular_momentum_entropy"] for way in (mill, both))
    assert one == pytest.approx(two, abs=1e-12)
