from __future__ import annotations

import math
from decimal import Decimal
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from physent.theory import gram, solitons
from tests.theory.calculus import invariants, residual

TWO = ([2.0, 1.5], [-10.0, 10.0], [2.0, -2.0], [0.0, 0.0])
THREE = ([1.0, 2.0, 1.4], [-3.0, 0.5, 2.0], [0.7, -0.3, -0.3], [0.4, -1.0, 2.0])
X = np.linspace(-12, 12, 97)[:, None]


def grid(length: float, points: int) -> np.ndarray:
    return length * (np.arange(points) / points - 0.5)


@pytest.mark.parametrize("velocity", [0.0, 1.0, -2.3])
def test_soliton_solves_the_equation(velocity: float) -> None:
    assert (
        residual(lambda x, t: solitons.soliton(x, t, 1.5, -2.0, velocity, 0.3), X, np.linspace(-1, 3, 9), sign=1) < 1e-9
    )


@pytest.mark.parametrize("given", [TWO, THREE])
def test_n_soliton_solves_the_equation(given: tuple[list[float], ...]) -> None:
    assert residual(lambda x, t: solitons.n_soliton(x, t, *given), X, np.linspace(-1, 6, 15), sign=1) < 1e-9


@pytest.mark.parametrize("order", [1, 2, 3])
def test_satsuma_yajima_solves_the_equation(order: int) -> None:
    assert (
        residual(
            lambda x, t: solitons.satsuma_yajima(x, t, order), X, np.linspace(0, 1.6, 17), sign=1, h=0.02 / order**2
        )
        < 1e-8
    )


@settings(deadline=None, derandomize=True, max_examples=10)
@given(
    st.lists(
        st.tuples(st.floats(0.4, 2.0), st.floats(-6, 6), st.floats(-2, 2), st.floats(-3, 3)), min_size=2, max_size=4
    )
)
def test_any_n_soliton_solves_the_equation(listed: list[tuple[float, ...]]) -> None:
    given = [list(column) for column in zip(*listed, strict=True)]
    spectrum = np.array(given[0]) + 1j * np.array(given[2])
    gaps = np.abs(spectrum[:, None] - spectrum)[~np.eye(len(listed), dtype=bool)]
    assume(gaps.min() > 0.1)  # each closer pair amplifies round-off by about 1/gap^2
    assert residual(lambda x, t: solitons.n_soliton(x, t, *given), X[::16], np.array([-2.0, 0.7]), sign=1) < 1e-9


def test_n_soliton_of_one_is_the_soliton() -> None:
    x, t = X, np.linspace(-3, 3, 7)
    one = solitons.n_soliton(x, t, [1.7], [0.6], [-0.8], [1.1])
    np.testing.assert_allclose(one, solitons.soliton(x, t, 1.7, 0.6, -0.8, 1.1), rtol=1e-12)


def test_n_soliton_does_not_depend_on_the_order_of_its_solitons() -> None:
    t = np.linspace(-2, 2, 5)
    expected = solitons.n_soliton(X, t, *THREE)
    for order in permutations(range(3)):
        shuffled = ([column[i] for i in order] for column in THREE)
        np.testing.assert_allclose(solitons.n_soliton(X, t, *shuffled), expected, atol=1e-12)


def test_separated_solitons_are_the_plain_sum_at_the_start() -> None:
    amplitudes, velocities, phases = [1.0, 2.0, 1.4], [0.7, -0.3, -0.9], [0.4, -1.0, 2.0]
    x = np.linspace(-60, 60, 1201)
    for gap in (10.0, 15.0, 20.0, 32.0):
        positions = [-gap, 0.0, gap]
        exact = solitons.n_soliton(x, 0.0, amplitudes, positions, velocities, phases)
        one_by_one = zip(amplitudes, positions, velocities, phases, strict=True)
        plain = sum(solitons.soliton(x, 0.0, *soliton) for soliton in one_by_one)
        error = np.abs(exact - plain).max()
        assert 0.1 * np.exp(-gap) < error < 10 * np.exp(-gap)  # the tail of the widest, of amplitude 1


def test_collision_leaves_the_published_shifts() -> None:
    shifts = solitons.collision_shifts(2.0, 2.0, 1.5, -2.0)
    np.testing.assert_allclose(shifts.position, [0.27650027, -0.36866703], atol=5e-9)
    np.testing.assert_allclose(shifts.phase, [1.18895001, 1.68636999], atol=5e-9)
    swapped = solitons.collision_shifts(1.5, -2.0, 2.0, 2.0)
    assert swapped.position == shifts.position[::-1]
    assert swapped.phase == pytest.approx(shifts.phase[::-1], abs=1e-14)


def test_solitons_leave_a_collision_with_the_shifts() -> None:
    """Both waves of an exact pair, long after it met, are single solitons moved and turned by the shifts."""
    amplitudes, positions, velocities, phases = TWO
    shifts = solitons.collision_shifts(2.0, 2.0, 1.5, -2.0)
    t = 12.0
    for j in range(2):
        centre = positions[j] + velocities[j] * t
        x = centre + np.linspace(-3, 3, 61)
        alone = solitons.soliton(
            x, t, amplitudes[j], positions[j] + shifts.position[j], velocities[j], phases[j] + shifts.phase[j]
        )
        np.testing.assert_allclose(solitons.n_soliton(x, t, *TWO), alone, atol=1e-11)


def test_collision_needs_two_velocities() -> None:
    with pytest.raises(ValueError, match=r"both velocities are 1\.0, expected them to differ"):
        solitons.collision_shifts(2.0, 1.0, 1.5, 1.0)


def test_equal_solitons_are_refused() -> None:
    with pytest.raises(ValueError, match="same amplitude and velocity"):
        solitons.n_soliton(X, 0.0, [1.0, 1.0], [-5.0, 5.0], [0.5, 0.5], [0.0, 0.0])


def test_satsuma_yajima_two_is_two_solitons_of_amplitudes_one_and_three() -> None:
    t = np.linspace(0, 2, 21)
    pair = solitons.n_soliton(X, t, [1.0, 3.0], [0.0, 0.0], [0.0, 0.0], [np.pi, 0.0])
    np.testing.assert_allclose(solitons.satsuma_yajima(X, t, 2), pair, atol=1e-13)


@pytest.mark.parametrize(
    ("order", "tolerance"), [(1, 1e-15), (2, 1e-14), (3, 1e-12), (4, 1e-14), (5, 1e-14), (9, 2e-14)]
)
def test_satsuma_yajima_starts_from_n_sech_and_returns(order: int, tolerance: float) -> None:
    start = order * solitons.sech(X)
    np.testing.assert_allclose(solitons.satsuma_yajima(X, 0.0, order), start, atol=tolerance)
    np.testing.assert_allclose(np.abs(solitons.satsuma_yajima(X, np.pi / 2, order)), start, atol=tolerance)


def test_satsuma_yajima_published_values() -> None:
    assert abs(solitons.satsuma_yajima(0.0, np.pi / 4, 2)) == pytest.approx(4.0, abs=1e-14)
    assert solitons.satsuma_yajima(0.0, np.pi / 2, 2) == pytest.approx(2 * np.exp(0.25j * np.pi), abs=1e-14)


@pytest.mark.parametrize(("amplitude", "velocity"), [(2.0, 1.0), (1.5, -2.0), (0.7, 0.0)])
def test_invariants_of_a_soliton(amplitude: float, velocity: float) -> None:
    length = 100.0
    wave = solitons.soliton(grid(length, 2048), 0.4, amplitude, 1.0, velocity, 0.2)
    np.testing.assert_allclose(
        invariants(wave, length), solitons.soliton_invariants(amplitude, velocity), rtol=1e-12, atol=1e-12
    )


def test_invariants_of_colliding_solitons_add_up() -> None:
    assert np.sum([solitons.soliton_invariants(2, 2), solitons.soliton_invariants(1.5, -2)], axis=0) == pytest.approx(
        [7, 2, 10.208333333333334], abs=1e-14
    )
    for t in (0.0, 4.9, 8.0):
        wave = solitons.n_soliton(grid(80.0, 2048), t, *TWO)
        np.testing.assert_allclose(invariants(wave, 80.0), [7, 2, 245 / 24], atol=1e-12)


ALIKE = {
    "six of one height": ([1.0] * 6, [-25.0 + 10 * j for j in range(6)], [-0.125 + 0.05 * j for j in range(6)]),
    "six at rest": ([1 + 0.02 * j for j in range(6)], [-20.0 + 8 * j for j in range(6)], [0.0] * 6),
    "eight at rest": ([1 + 0.02 * j for j in range(8)], [-28.0 + 8 * j for j in range(8)], [0.0] * 8),
    "four": ([1.0] * 4, [-15.0 + 10 * j for j in range(4)], [-0.075 + 0.05 * j for j in range(4)]),
    "two in one place": ([1.0, 1.01], [0.0, 0.0], [0.0, 0.0]),
}


@pytest.mark.parametrize("name", ALIKE)
def test_invariants_of_solitons_that_are_alike(name: str) -> None:
    """The Gram matrix loses up to 91 digits; 2 sum A = 12, sum (A v^2 - A^3/3) = -1.95625 for the first."""
    amplitudes, positions, velocities = ALIKE[name]
    wave = solitons.n_soliton(grid(120.0, 1024), 0.0, amplitudes, positions, velocities, [0.3] * len(amplitudes))
    expected = np.sum([solitons.soliton_invariants(*one) for one in zip(amplitudes, velocities, strict=True)], axis=0)
    if name == "six of one height":
        np.testing.assert_allclose(expected, [12.0, 0.0, -1.95625], atol=1e-14)
    np.testing.assert_allclose(invariants(wave, 120.0), expected, atol=1e-12)


@pytest.mark.parametrize("name", ["four", "two in one place"])
def test_solitons_that_are_alike_solve_the_equation(name: str) -> None:
    amplitudes, positions, velocities = ALIKE[name]
    given = (amplitudes, positions, velocities, [0.3] * len(amplitudes))
    assert residual(lambda x, t: solitons.n_soliton(x, t, *given), X[::16], np.array([1.3]), sign=1) < 1e-9


def test_decimal_arithmetic_agrees_where_doubles_serve() -> None:
    """Also where distant solitons are left out, which stand in any order."""
    x = np.linspace(-150, 150, 301)
    given = ([1.0, 2.0, 0.3, 1.4], [-100.0, -90.0, 60.0, 75.0], [0.7, -0.3, -0.9, 2.0], [0.4, -1.0, 2.0, 0.0])
    for t in (0.0, 1.7):
        double = solitons.n_soliton(x, t, *given)
        np.testing.assert_allclose(gram.n_soliton(x, np.full_like(x, t), *given), double, atol=1e-12)


@pytest.mark.parametrize("angle", [0.0, 1e-30, 0.5, -3.0, 6.5, 1e5, -1e17])
def test_decimal_cosine_and_sine(angle: float) -> None:
    turned = gram._turned(np.array([Decimal(angle)], dtype=object))
    assert float(turned.re[0]) == pytest.approx(math.cos(angle), abs=1e-16)
    assert float(turned.im[0]) == pytest.approx(math.sin(angle), rel=1e-15, abs=1e-16)


def test_far_away_nothing_overflows() -> None:
    x = np.array([-1e6, -300.0, 300.0, 1e6])
    for wave in (
        solitons.soliton(x, 1.0, 3.0, 0.0, 1.0),
        solitons.n_soliton(x, 1.0, *THREE),
        solitons.satsuma_yajima(x, 1.0, 2),
    ):
        assert np.all(np.isfinite(wave))
        assert np.all(np.abs(wave) < 1e-100)


def test_scalars_and_arrays_broadcast() -> None:
    assert solitons.n_soliton(0.0, 0.0, *THREE).shape == ()
    assert solitons.n_soliton(X, np.zeros(3), *THREE).shape == (97, 3)
    assert solitons.satsuma_yajima(X[:, 0], 0.1, 2).dtype == np.complex128
