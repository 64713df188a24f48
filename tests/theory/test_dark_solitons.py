from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from physent.theory import dark_solitons
from physent.theory.solitons import Wave
from tests.theory.calculus import residual

X = np.linspace(-9, 9, 73)[:, None]
T = np.linspace(-6, 6, 25)


@pytest.mark.parametrize(("background", "angle"), [(1.0, 0.0), (1.0, 0.6), (1.5, -0.9)])
def test_grey_soliton_solves_the_equation(background: float, angle: float) -> None:
    assert residual(lambda x, t: dark_solitons.grey_soliton(x, t, background, angle, 0.7), X, T, sign=-1) < 1e-9


@pytest.mark.parametrize(("background", "angle"), [(1.0, 0.1), (1.0, 0.6), (1.4, 1.2)])
def test_dark_pair_solves_the_equation(background: float, angle: float) -> None:
    assert residual(lambda x, t: dark_solitons.dark_pair(x, t, background, angle), X, T, sign=-1) < 1e-9


def test_depth_and_velocity_of_a_grey_soliton() -> None:
    x = np.linspace(-10, 10, 20001)
    density = np.abs(dark_solitons.grey_soliton(x, 4.0, 1.2, 0.5)) ** 2
    assert density.min() == pytest.approx(1.44 * np.sin(0.5) ** 2, rel=1e-6)
    assert x[density.argmin()] == pytest.approx(4 * 1.2 * np.sin(0.5), abs=1e-3)


@pytest.mark.parametrize("t", [-40.0, 40.0])
def test_dark_pair_far_from_the_collision_is_two_grey_solitons(t: float) -> None:
    """One soliton moving right and one left, each thrown forward by the delay, up to a constant phase."""
    background, angle = 1.1, 0.7
    delay = dark_solitons.dark_pair_delay(background, angle)
    forward = np.sign(t) * delay
    x = np.linspace(-5, 5, 101)
    for direction in (1, -1):
        centre = direction * (background * np.sin(angle) * t + forward)
        pair = dark_solitons.dark_pair(centre + x, t, background, angle)
        alone = dark_solitons.grey_soliton(centre + x, t, background, direction * angle, direction * forward)
        turn = np.vdot(alone, pair)
        np.testing.assert_allclose(pair, alone * turn / abs(turn), atol=1e-12)


def test_dark_pair_is_even_and_its_background_does_not_turn_over() -> None:
    np.testing.assert_allclose(
        dark_solitons.dark_pair(X, T, 1.0, 0.6), dark_solitons.dark_pair(-X, T, 1.0, 0.6), atol=1e-15
    )
    far = dark_solitons.dark_pair(np.array([-1e4, 1e4]), 2.0, 1.3, 0.6)
    np.testing.assert_allclose(far, 1.3 * np.exp(-1j * 1.69 * 2.0), atol=1e-14)


def test_start_is_where_the_solitons_are_a_separation_apart() -> None:
    background, angle, separation = 1.2, 0.4, 24.0
    start = dark_solitons.dark_pair_start(background, angle, separation)
    x = np.linspace(0, 30, 30001)
    density = np.abs(dark_solitons.dark_pair(x, start, background, angle))
    assert start < 0
    assert 2 * x[density.argmin()] == pytest.approx(separation, abs=2e-3)


def test_start_refuses_a_separation_below_that_of_the_collision() -> None:
    with pytest.raises(ValueError, match=r"separation is 0\.1, expected above"):
        dark_solitons.dark_pair_start(1.0, 0.2, 0.1)


@pytest.mark.parametrize("angle", [0.0, np.pi / 2, -0.3, np.nan])
def test_other_angles_are_refused(angle: float) -> None:
    with pytest.raises(ValueError, match="expected 0 < angle < pi/2"):
        dark_solitons.dark_pair(X, T, 1.0, angle)


def test_pair_in_a_box_solves_the_equation_and_meets_at_the_seam() -> None:
    length, background, angle = 80.0, 1.0, 0.8
    interval = dark_solitons.dark_pair_interval(background, angle, length)

    def wave(x: npt.ArrayLike, t: npt.ArrayLike) -> Wave:
        return dark_solitons.dark_pair_in_box(x, t, background, angle, length)

    for passed in (-1, 1, 2):
        middle = passed * length / 2
        assert residual(wave, middle + X, passed * interval + T, sign=-1) < 1e-9
    x = length * (np.arange(4000) / 4000 - 0.5)
    assert np.abs(wave(x, interval)).argmin() == 0
    assert np.abs(wave(x, 0.0)).argmin() == 2000


def test_pair_in_a_box_is_continuous_from_one_collision_to_the_next() -> None:
    background, angle = 1.0, 0.5
    for length in (30.0, 40.0, 60.0):
        interval = dark_solitons.dark_pair_interval(background, angle, length)
        x = length * (np.arange(800) / 800 - 0.5)
        before, after = (
            dark_solitons.dark_pair_in_box(x, 1.5 * interval + dt, background, angle, length) for dt in (-1e-13, 1e-13)
        )
        jump = np.abs(after - before).max()
        assert jump < 4 * np.exp(-background * np.cos(angle) * length / 2)
        assert jump > 1e-14
