from __future__ import annotations

import numpy as np
import pytest

from physent.theory.jets import taylor
from physent.theory.radial_functions import TABLE, radial_function

PARAMETERS: dict[str, dict[str, float]] = {
    "power": {"exponent": 3.0},
    "log1p_r2": {},
    "exp_minus_r2": {},
    "gaussian": {"center": 0.5, "width": 0.3},
    "indicator": {"radius": 1.1},
    "bump": {"center": 1.0, "width": 0.5},
    "cos": {"wavenumber": 3.0},
}


@pytest.mark.parametrize("name", TABLE)
def test_series_follow_the_function(name: str) -> None:
    f = radial_function(name, **PARAMETERS[name])
    r, h = np.array([0.2, 0.8, 0.95, 1.3, 2.0]), 4e-3
    series = taylor(f, r, 5)
    np.testing.assert_allclose(series[0], f(r), rtol=1e-14, atol=1e-300)
    np.testing.assert_allclose(np.polynomial.polynomial.polyval(h, series), f(r + h), atol=3e-11)
    assert f(r.reshape(5, 1)).shape == (5, 1)


def test_values() -> None:
    assert radial_function("power", exponent=3)(2.0) == 8
    assert radial_function("log1p_r2")(1.0) == np.log(2)
    assert radial_function("exp_minus_r2")(2.0) == np.exp(-4)
    assert radial_function("gaussian", center=1, width=2)(3.0) == np.exp(-0.5)
    np.testing.assert_array_equal(radial_function("indicator", radius=1)([0, 0.5, 1, 1.1]), [1, 1, 1, 0])
    np.testing.assert_allclose(
        radial_function("bump", center=1, width=0.5)([0.4, 0.5, 0.75, 1, 1.5]), [0, 0, np.exp(-1 / 3), 1, 0], rtol=1e-15
    )
    assert radial_function("cos", wavenumber=np.pi)(1.0) == -1


def test_smoothness_at_the_centre() -> None:
    smooth = {
        ("power", 2): True,
        ("power", 4): True,
        ("power", 1): False,
        ("power", 3): False,
        ("power", 2.5): False,
    }
    for (name, exponent), expected in smooth.items():
        assert radial_function(name, exponent=exponent).smooth_at_centre is expected
    assert radial_function("gaussian", center=0, width=1).smooth_at_centre
    assert not radial_function("gaussian", center=0.5, width=1).smooth_at_centre
    assert radial_function("bump", center=0.5, width=0.5).smooth_at_centre
    assert not radial_function("bump", center=0.4, width=0.5).smooth_at_centre


def test_no_series_at_a_jump() -> None:
    with pytest.raises(ValueError, match=r"jumps at r = 1\.0"):
        taylor(radial_function("indicator", radius=1.0), 1.0, 2)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("sine", {}, "expected one of power, log1p_r2"),
        ("power", {}, r"takes exponent, found \[\]"),
        ("cos", {"wavenumber": 1, "width": 2}, "takes wavenumber"),
        ("power", {"exponent": 0}, "exponent is 0"),
        ("gaussian", {"center": -1, "width": 1}, "center is -1"),
        ("bump", {"center": 1, "width": float("nan")}, "width is nan"),
        ("indicator", {"radius": -1}, "radius is -1"),
    ],
)
def test_errors(name: str, parameters: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        radial_function(name, **parameters)
