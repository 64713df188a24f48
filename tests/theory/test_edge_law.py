from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from physent.errors import PhysentWarning
from physent.theory import PowerPotential, edge_cumulants, radial_function
from physent.theory.droplet import (
    droplet_density,
    droplet_radius,
    enclosed_fraction,
    series,
    sphere_area,
)
from physent.theory.edge_law import edge_doubts, first_central_order
from physent.theory.large_deviations import _Tilted, quadratic_rate_function, rate_function

N = 10**6
R2, R4 = (radial_function("power", exponent=p) for p in (2, 4))
LOG, EXP = radial_function("log1p_r2"), radial_function("exp_minus_r2")


def scaled(f: Any, dimension: int = 2, beta: float = 2.0) -> np.ndarray:
    """N^(q-2) kappa_q, which does not depend on N."""
    return edge_cumulants(N, f, dimension=dimension, beta=beta) * float(N) ** (np.arange(1, 7) - 2)


@pytest.mark.parametrize(
    ("f", "dimension", "expected"),
    [
        (R2, 2, [0.5, 0.5, 1, 3, 12, 60]),
        (R4, 2, [1 / 3, 1, 8, 112, 2304]),
        (LOG, 2, [2 * math.log(2) - 1, math.log(2) - 0.5, 1 / 8, 1 / 16]),
        (EXP, 2, [1 - math.exp(-1), 0.148498537573, -math.exp(-3), -math.exp(-4)]),
        (R2, 1, [1 / 3, 2 / 3, 2, 8]),
        (R2, 3, [3 / 5, 2 / 5, 2 / 3, 16 / 9]),
        (R4, 1, [1 / 5, 8 / 7, 16, 384]),
        (R4, 3, [3 / 7, 8 / 9, 16 / 3, 512 / 9]),
        (EXP, 1, [0.746824132812, 0.231404361712, -0.0995741367, -0.1465251111]),
        (EXP, 3, [0.568417037461, 0.105885629666, -0.0331913789, 0]),
    ],
)
def test_tabled_asymptotes(f: Any, dimension: int, expected: list[float]) -> None:
    np.testing.assert_allclose(scaled(f, dimension)[: len(expected)], expected, rtol=2e-9, atol=1e-12)


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_squares_in_any_dimension(dimension: int, beta: float) -> None:
    """For f = r^2, kappa_q = beta^(1-q) N^(2-q) (2^q/d) a (a-1) ... (a-q+4), a = ((d-1)(q-2) + q)/d."""
    for q in range(3, 7):
        a = ((dimension - 1) * (q - 2) + q) / dimension
        value = beta ** (1 - q) * 2**q / dimension * math.prod(a - k for k in range(q - 3))
        assert scaled(R2, dimension, beta)[q - 1] == pytest.approx(value, rel=1e-12)


def test_fourth_powers_to_order_six() -> None:
    """With w = r^2: (d/dw)^(q-3) of w^(q-1) (2w)^q = 2^q w^(2q-1)."""
    for q in range(3, 7):
        assert scaled(R4)[q - 1] == pytest.approx(2**q * math.prod(2 * q - 1 - k for k in range(q - 3)), rel=1e-12)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_cumulants_are_derivatives_of_the_tilted_droplet(dimension: int) -> None:
    """Chi''(mu) = sum_q kappa_{q+2} mu^q/q! at N = beta = 1, from droplets whose edge is found by iteration."""
    potential = lambda r: r**2 / 3 + r**4 / 10  # noqa: E731
    gas = _Tilted(LOG, potential, dimension)
    mu = 0.3 * np.cos(np.pi * (np.arange(24) + 0.5) / 24)
    values = np.array([gas.stiffness(float(m)) for m in mu])
    fit = np.linalg.lstsq(np.vander(mu / 0.3, 17, increasing=True), values)[0]
    law = edge_cumulants(N, LOG, potential, dimension=dimension, beta=1.0) * float(N) ** (np.arange(1, 7) - 2)
    for q in range(5):
        assert fit[q] * math.factorial(q) / 0.3**q == pytest.approx(law[q + 1], rel=1e-7, abs=1e-9)
    assert gas.mean(0.0) == pytest.approx(law[0], rel=1e-12)


def test_functions_that_are_no_numpy_arithmetic() -> None:
    """For f = erf(w), w = r^2: N kappa_3 = f_w^3 and N^2 kappa_4 = d/dw [w^3 f_w^4] at w = 1."""

    def bracket(w: float) -> float:
        return w**3 * (2 * math.exp(-w * w) / math.sqrt(math.pi)) ** 4

    found = edge_cumulants(1000, lambda r: special.erf(r * r))
    assert found[2] * 1000 == pytest.approx((2 * math.exp(-1) / math.sqrt(math.pi)) ** 3, rel=1e-10)
    h = 1e-3
    slope = (bracket(1 - 2 * h) - 8 * bracket(1 - h) + 8 * bracket(1 + h) - bracket(1 + 2 * h)) / (12 * h)
    assert found[3] * 1e6 == pytest.approx(slope, rel=1e-8)
    coefficients = series(special.erf, np.array([0.3, 1.0]), 4)
    np.testing.assert_allclose(
        np.polynomial.polynomial.polyval(1e-2, coefficients), special.erf([0.31, 1.01]), rtol=1e-10
    )


def test_rough_functions_are_doubted() -> None:
    with pytest.warns(PhysentWarning, match="known only to"):
        series(lambda r: np.where(np.sin(1e3 * r) > 0, r, 1.0), np.array(1.0), 3)


@pytest.mark.parametrize(
    ("f", "potential", "dimension", "order"),
    [
        (lambda r: r, PowerPotential(), 2, 4),
        (lambda r: r, PowerPotential(), 1, 3),
        (lambda r: r, PowerPotential(), 3, 5),
        (R2, PowerPotential(4), 2, 4),
        (LOG, PowerPotential(4), 2, 4),
        (R2, PowerPotential(), 2, math.inf),
        (R4, PowerPotential(4), 2, math.inf),
        (radial_function("gaussian", center=0.5, width=0.3), PowerPotential(), 2, 4),
        (radial_function("gaussian", center=0.5, width=0.05), PowerPotential(), 2, math.inf),
        (radial_function("bump", center=0.5, width=0.3), PowerPotential(), 2, math.inf),
    ],
)
def test_first_order_that_sees_the_centre(
    f: Callable[[Any], Any], potential: PowerPotential, dimension: int, order: float
) -> None:
    assert first_central_order(f, potential, dimension=dimension) == pytest.approx(order, rel=0.02)


def test_doubts() -> None:
    with pytest.warns(PhysentWarning, match="order >= 4 also depend on the centre"):
        edge_cumulants(1000, lambda r: r)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        edge_cumulants(1000, lambda r: r, orders=3)
        edge_cumulants(1000, LOG)
    narrow = radial_function("gaussian", center=0.9, width=0.01)
    assert "screening length" in edge_doubts(100, narrow)[0]
    with pytest.raises(ValueError, match="jumps"):
        edge_cumulants(100, radial_function("indicator", radius=0.5))


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_droplet(dimension: int) -> None:
    assert droplet_radius(dimension=dimension) == 1
    assert droplet_radius(lambda r: r**2 / 2, dimension) == pytest.approx(1, rel=1e-14)
    potential = PowerPotential(4, 3.0)
    radius = droplet_radius(potential, dimension)
    assert droplet_radius(lambda r: 3 * r**4 / 4, dimension) == pytest.approx(radius, rel=1e-14)
    r = (np.arange(4000) + 0.5) / 4000 * radius
    shells = sphere_area(dimension) * r ** (dimension - 1) * droplet_density(r, potential, dimension)
    assert shells.sum() * radius / 4000 == pytest.approx(1, rel=1e-6)
    assert shells[:2000].sum() * radius / 4000 == pytest.approx(
        float(enclosed_fraction(radius / 2, potential, dimension)), rel=1e-6
    )
    assert droplet_density(1.01 * radius, potential, dimension) == 0


def test_droplets_that_are_no_ball_are_refused() -> None:
    with pytest.raises(ValueError, match="not a full ball"):
        droplet_radius(lambda r: r**4 - r**2)
    with pytest.raises(ValueError, match="no edge"):
        droplet_radius(lambda r: np.exp(-r))


def test_rate_function_of_squares() -> None:
    value = np.array([[0.1, 0.45, 0.5], [0.501, 0.8, 5.0]])
    np.testing.assert_allclose(rate_function(value, R2), quadratic_rate_function(value), rtol=1e-10, atol=1e-15)
    assert quadratic_rate_function(-1.0) == np.inf


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_rate_function_expands_in_the_cumulants(dimension: int) -> None:
    """I = x^2/(2 k2) - k3 x^3/(6 k2^3) + O(x^4) about the mean, cumulants at N = beta = 1."""
    mean, k2, k3 = scaled(EXP, dimension, 1.0)[:3]
    x = 2e-3
    up, down = rate_function([mean + x, mean - x], EXP, dimension=dimension)
    assert (up + down) / x**2 * k2 == pytest.approx(1, rel=3e-5)
    assert -(up - down) / x**3 * 3 * k2**3 / k3 == pytest.approx(1, rel=3e-4)


def test_rate_function_is_not_known_where_the_droplet_breaks() -> None:
    """Tilting exp(-r^2) down empties the centre when 1 + 2 mu < 0: nothing is claimed beyond."""
    with pytest.warns(PhysentWarning, match="for 1 of 2 values"):
        out = rate_function([0.3, 0.6], EXP)
    assert np.isnan(out[0])
    assert out[1] > 0
    with pytest.raises(ValueError, match="jumps"):
        rate_function(0.5, radial_function("indicator", radius=0.5))


def test_a_function_finer_than_the_spacing_is_doubted_in_space() -> None:
    """N = 100 in the unit ball: a spacing of (4 pi / 300)^(1/3) = 0.347, a screening length of 0.04."""
    for width, doubted in ((0.15, True), (0.8, False)):
        f = radial_function("gaussian", center=0.6, width=width)
        found = edge_doubts(100, f, dimension=3, beta=2.0, orders=3)
        assert ("resolves their order" in " ".join(found)) == doubted
        assert bool(found) == doubted
