"""Linear statistics against exact cumulants, by independent radii."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from physent import diagnostics as D
from physent.diagnostics.run.kinds.linear_statistic import LinearStatistic
from physent.theory.radial_functions import TABLE, radial_function
from tests.diagnostics.run.kinds.sampled import kostlan, taken_through
from tests.diagnostics.run.records import complaints, observe


def statistic(**options: Any) -> LinearStatistic:
    return LinearStatistic(**({"kind": "linear_statistic", "name": "L"} | options))


OPTIONS: dict[str, dict[str, float]] = {
    "power": {"exponent": 4.0},
    "log1p_r2": {},
    "exp_minus_r2": {},
    "gaussian": {"center": 0.5, "width": 0.2},
    "indicator": {"radius": 0.7},
    "bump": {"center": 0.5, "width": 0.3},
    "cos": {"wavenumber": 3.0},
}


@pytest.mark.parametrize("function", list(TABLE))
def test_is_the_sum_from_positions_and_from_radii(function: str) -> None:
    x = np.random.default_rng(1).normal(size=(8, 3, 20, 2))
    options = OPTIONS[function]
    f = radial_function(function, **options)
    naive = [[sum(float(f(np.hypot(*p))) for p in rows) for rows in draw] for draw in x]
    found = taken_through(statistic(function=function, **options), x)
    np.testing.assert_allclose(found["L"], naive, rtol=1e-12)
    r = np.sqrt(x[..., 0] ** 2 + x[..., 1] ** 2)
    np.testing.assert_array_equal(taken_through(statistic(function=function, **options), r)["L"], found["L"])
    np.testing.assert_array_equal(D.linear_statistic(x, f), found["L"])
    np.testing.assert_array_equal(D.linear_statistic(r, f, of="radius"), found["L"])
    array = xr.DataArray(x, dims=("draw", "replica", "particle", "axis"))
    np.testing.assert_array_equal(D.linear_statistic(array, f), found["L"])


def test_replicas_do_not_see_each_other() -> None:
    x = np.random.default_rng(1).normal(size=(8, 5, 37, 3))
    one = statistic(function="log1p_r2")
    np.testing.assert_array_equal(taken_through(one, x[:, :3])["L"], taken_through(one, x)["L"][:, :3])


def test_cumulants_of_the_sum_of_squares() -> None:
    """At beta = 2, n sum r^2 ~ Gamma(n (n + 1)/2): cumulants (n+1)/2, (n+1)/(2n), (n+1)/n^2, 3 (n+1)/n^3."""
    n = 10
    found = taken_through(statistic(function="power", exponent=2.0), kostlan(n, 20000, 2, 3))
    exact = [(n + 1) / 2, (n + 1) / (2 * n), (n + 1) / n**2, 3 * (n + 1) / n**3]
    z = (found["L_cumulants"][:4] - exact) / found["L_cumulants_se"][:4]
    assert np.abs(z).max() < 4.5
    assert found["L_cumulants_resolved"][:2].tolist() == [1, 1]
    assert found["L_rhat"] < 1.01
    assert found["L_mixed"] == 1
    assert found["L_ess"] == pytest.approx(40000, rel=0.05)
    assert found["L_iat"] == pytest.approx(40000 / found["L_ess"])


def test_stuck_and_drifting_chains_are_told() -> None:
    r = kostlan(10, 500, 4, 3)
    for bad, said in ((r[:1] * np.ones_like(r), "stuck"), (r + np.arange(4)[:, None] * 0.1, "R-hat")):
        told: dict[str, str] = {}
        found = taken_through(statistic(function="power", exponent=2.0), bad, told=told)
        assert found["L_mixed"] == 0
        assert not found["L_cumulants_resolved"].any()
        assert said in told["diagnostics.L.finish"]
        assert told["diagnostics.L.finish"].startswith("L: not mixed: ")


def test_parameters_that_do_not_belong() -> None:
    for options, said in (
        ({"function": "power"}, "found no exponent, power takes exponent"),
        ({"function": "log1p_r2", "width": 1.0}, "found width, but log1p_r2 takes no parameter"),
        ({"function": "gaussian", "center": 0.0, "radius": 1.0}, "found no width, gaussian takes center, width"),
    ):
        with pytest.raises(ValidationError, match=said):
            statistic(**options)
    fields = {"position": (("replica", "x"), np.zeros((1, 4)))}
    assert [p.message for p in complaints(statistic(function="log1p_r2"), fields)] == [
        "position has dims (replica, x), expected (replica, particle, axis)"
    ]


def test_a_plan_takes_the_field_that_a_run_has() -> None:
    fields = {"radius": (("replica", "particle"), np.ones((2, 5)))}
    one = statistic(function="log1p_r2")
    assert not complaints(one, fields)
    np.testing.assert_array_equal(observe(one, fields)["L"], [5 * np.log(2)] * 2)
