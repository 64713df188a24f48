"""Turning on great circles and angular noise: exact angles, opposite directions, moments of the noise."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from physent.core.jit import njit
from physent.core.random import Purpose, stream_key
from physent.core.rotate import deflect, perpendicular, turn

Reals = npt.NDArray[np.float64]


@njit
def turn_all(start: Reals, to: Reals, angle: float, out: Reals) -> None:
    """Rows of ``start`` turned towards those of ``to``."""
    for i in range(start.shape[0]):
        a, b = start[i], to[i]
        out[i, 0], out[i, 1], out[i, 2] = turn(a[0], a[1], a[2], b[0], b[1], b[2], math.cos(angle), math.sin(angle))


@njit
def walk(headings: Reals, deviation: float, key: np.uint64, step: int) -> None:
    """Deflect every row."""
    for i in range(headings.shape[0]):
        x, y, z = headings[i]
        headings[i, 0], headings[i, 1], headings[i, 2] = deflect(x, y, z, deviation, key, step, i)


def directions(n: int, seed: int) -> Reals:
    vectors = np.random.default_rng(seed).normal(size=(n, 3))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def angle_between(a: Reals, b: Reals) -> Reals:
    return np.asarray(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1)))


@pytest.mark.parametrize("largest", [0.0, 1e-9, 0.07, 1.0, math.pi / 2, 3.0, math.pi])
def test_turns_by_the_angle_between_at_most_by_the_largest(largest: float) -> None:
    n = 10_000
    start, away = directions(n, 1), directions(n, 2)
    away -= np.sum(start * away, axis=1, keepdims=True) * start
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    apart = np.concatenate([np.linspace(0.0, np.pi, n // 2), np.geomspace(1e-12, 1.0, n // 4)])
    apart = np.concatenate([apart, np.pi - np.geomspace(1e-12, 1.0, n - apart.size)])
    to = np.cos(apart)[:, None] * start + np.sin(apart)[:, None] * away
    to /= np.linalg.norm(to, axis=1, keepdims=True)
    out = np.empty_like(start)
    turn_all(start, to, largest, out)
    between = angle_between(start, to)
    np.testing.assert_allclose(angle_between(start, out), np.minimum(between, largest), rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(out, axis=1), 1.0, rtol=0, atol=4e-16)
    # In the plane of both, and no detour: what is left is the rest of the angle.
    np.testing.assert_allclose(angle_between(out, to), between - np.minimum(between, largest), rtol=0, atol=1e-12)


@pytest.mark.parametrize("largest", [0.07, 2.0])
def test_turns_round_about_a_fixed_axis(largest: float) -> None:
    start = np.concatenate([directions(100, 3), np.eye(3), -np.eye(3)])
    out = np.empty_like(start)
    turn_all(start, -start, largest, out)
    np.testing.assert_allclose(angle_between(start, out), largest, rtol=0, atol=1e-12)
    for a, b in zip(start, out, strict=True):
        expected = np.cos(largest) * a + np.sin(largest) * np.array(perpendicular(*a))
        np.testing.assert_allclose(b, expected, rtol=0, atol=1e-12)


def test_perpendicular_is_a_unit_vector_at_right_angles() -> None:
    for one in np.concatenate([directions(200, 4), np.eye(3), -np.eye(3)]):
        other = np.array(perpendicular(*one))
        assert abs(other @ one) < 1e-15
        assert abs(other @ other - 1.0) < 1e-15


def test_noise_is_a_wrapped_gaussian_about_a_uniform_axis() -> None:
    n, deviation = 200_000, 0.3
    start = np.tile([[0.36, 0.48, -0.8]], (n, 1))
    out = start.copy()
    walk(out, deviation, stream_key(5, Purpose.NOISE, 0), 7)
    cosine = out @ start[0]
    # E cos(sigma g) = exp(-sigma^2/2), E cos^2 = (1 + exp(-2 sigma^2))/2
    mean, second = math.exp(-(deviation**2) / 2), (1 + math.exp(-2 * deviation**2)) / 2
    assert abs(cosine.mean() - mean) < 4 * math.sqrt((second - mean**2) / n)
    assert abs((cosine**2).mean() - second) < 4 * np.std(cosine**2) / math.sqrt(n)
    side = np.array(perpendicular(*start[0]))
    azimuth = np.arctan2(out @ np.cross(start[0], side), out @ side)
    for order in (1, 2, 3):
        # Rayleigh: |sum exp(i k azimuth)|^2 / n is exponential of mean 1; 4 s.e. of a normal is its 1e-4 tail
        assert abs(np.exp(1j * order * azimuth).sum()) ** 2 / n < 9.2
    np.testing.assert_allclose(np.linalg.norm(out, axis=1), 1.0, rtol=0, atol=1e-15)


def test_noise_is_a_function_of_stream_step_and_index() -> None:
    start = directions(50, 6)
    key = stream_key(5, Purpose.NOISE, 0)
    whole, part = start.copy(), start[:20].copy()
    walk(whole, 0.1, key, 3)
    walk(part, 0.1, key, 3)
    np.testing.assert_array_equal(whole[:20], part)
    for other_key, step in ((key, 4), (stream_key(5, Purpose.NOISE, 1), 3)):
        other = start.copy()
        walk(other, 0.1, other_key, step)
        assert np.all(np.any(other != whole, axis=1))
