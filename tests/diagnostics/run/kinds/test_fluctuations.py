"""Fluctuation relations on Gaussian numbers, for which all are exact, and against definitions written out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from physent import diagnostics as D
from physent.diagnostics.fluctuations import detailed_slope, exponential_mean, uncertainty_ratio
from physent.diagnostics.run.kinds.detailed_fluctuation_theorem import DetailedFluctuationTheorem
from physent.diagnostics.run.kinds.integral_fluctuation_theorem import IntegralFluctuationTheorem
from physent.diagnostics.run.kinds.jarzynski import Jarzynski
from physent.diagnostics.run.kinds.thermodynamic_uncertainty import ThermodynamicUncertainty
from physent.errors import PhysentWarning, RunError, UsageError
from tests.diagnostics.run.records import complaints, observe

T, FREE, VARIANCE = 1.6, 0.7, 2.4  # of a Gaussian work: its mean is FREE + VARIANCE/2T
N = 40_000


def gaussian(mean: float, variance: float, seed: int, n: int = N) -> Any:
    return mean + math.sqrt(variance) * np.random.default_rng(seed).normal(size=n)


def per_replica(**values: Any) -> dict[str, tuple[tuple[str, ...], Any]]:
    return {name: (("replica",), value) for name, value in values.items()}


def test_exponential_mean_is_the_definition_and_does_not_overflow() -> None:
    x = gaussian(0.3, 0.5, 1, 500)
    e = np.exp(-x)
    found = exponential_mean(x)
    np.testing.assert_allclose(found.log, math.log(e.mean()), rtol=1e-12)
    np.testing.assert_allclose(found.se, e.std(ddof=1) / math.sqrt(500) / e.mean(), rtol=1e-12)
    np.testing.assert_allclose(found.effective, e.sum() ** 2 / (e**2).sum(), rtol=1e-12)
    far = exponential_mean(x - 1e4)
    np.testing.assert_allclose([far.log - 1e4, far.se], [found.log, found.se], atol=1e-10)


def test_free_energy_of_gaussian_work() -> None:
    work = gaussian(FREE + VARIANCE / (2 * T), VARIANCE, 2)
    scales = {"temperature": np.float64(T)}
    found = observe(Jarzynski(kind="jarzynski", name="free_energy"), per_replica(work=work), scales=scales)
    assert abs(found["free_energy"] - FREE) < 4 * found["free_energy_se"] < 0.1
    # The error of the mean of a log-normal: relative variance exp(var) - 1.
    expected = T * math.sqrt((math.exp(VARIANCE / T**2) - 1) / N)
    np.testing.assert_allclose(found["free_energy_se"], expected, rtol=0.1)
    np.testing.assert_allclose(found["free_energy_dissipated"], work.mean() - found["free_energy"])
    np.testing.assert_allclose(found["free_energy_effective"], N * math.exp(-VARIANCE / T**2), rtol=0.1)


def test_few_effective_trajectories_are_warned_of() -> None:
    told: dict[str, str] = {}
    one = IntegralFluctuationTheorem(kind="integral_fluctuation_theorem", of="entropy_total")
    observe(one, per_replica(entropy_total=gaussian(15.0, 30.0, 3, 2000)), told=told)
    (text,) = told.values()
    assert "effective trajectories of 2000, expected at least 100" in text
    with pytest.warns(PhysentWarning, match="effective trajectories of 2000"):
        D.integral_fluctuation_theorem(gaussian(15.0, 30.0, 3, 2000)[None])


def test_the_integral_theorem_of_gaussian_entropy() -> None:
    s = gaussian(0.6, 1.2, 4)
    one = IntegralFluctuationTheorem(kind="integral_fluctuation_theorem", of="s", name="ift")
    found = observe(one, per_replica(s=s))
    assert abs(found["ift"] - 1) < 4 * found["ift_se"] < 0.05
    np.testing.assert_allclose(found["ift"], np.exp(-s).mean())
    assert np.isnan(observe(one, per_replica(s=np.array([1.0, np.nan, 2.0])))["ift"])


@pytest.mark.parametrize(("mean", "variance"), [(0.6, 1.2), (0.6, 0.9), (-0.4, 1.0)])
def test_the_slope_of_gaussian_entropy_is_twice_the_mean_over_the_variance(mean: float, variance: float) -> None:
    s = gaussian(mean, variance, 5)
    slope, error = detailed_slope(s)
    assert abs(slope - 2 * mean / variance) < 4 * error < 0.1
    assert detailed_slope(np.abs(s)) == pytest.approx((np.nan, np.nan), nan_ok=True)


def test_the_slope_of_two_values_is_the_log_ratio_of_their_counts() -> None:
    s = np.repeat([0.8, -0.8, 0.0], [300, 120, 77])
    slope, error = detailed_slope(s)
    np.testing.assert_allclose(slope, math.log(300 / 120) / 0.8, rtol=1e-10)
    np.testing.assert_allclose(error, math.sqrt(1 / 300 + 1 / 120) / 0.8, rtol=1e-10)
    found = observe(DetailedFluctuationTheorem(kind="detailed_fluctuation_theorem", of="s", name="d"), per_replica(s=s))
    np.testing.assert_array_equal([found["d"], found["d_se"]], [slope, error])


def test_errors_of_slopes_and_ratios_are_those_of_repeated_draws() -> None:
    slopes, ratios = [], []
    for seed in range(100):
        s = gaussian(0.6, 1.2, 100 + seed, 400)
        slopes.append(detailed_slope(s))
        ratios.append(uncertainty_ratio(gaussian(2.0, 3.0, 900 + seed, 400), s))
    for found in (slopes, ratios):
        values, errors = np.array(found).T
        assert abs(values.std() / np.sqrt(np.mean(errors**2)) - 1) < 4 / math.sqrt(2 * 100)
    assert abs(np.mean(slopes, axis=0)[0] - 1) < 4 * np.std(slopes, axis=0)[0] / math.sqrt(100) + 0.01


def test_the_uncertainty_ratio_is_its_definition_and_its_jackknife_written_out() -> None:
    j, s = gaussian(2.0, 3.0, 6, 30), gaussian(1.0, 2.0, 7, 30)
    one = ThermodynamicUncertainty(kind="thermodynamic_uncertainty", of=("j", "s"), name="tur")
    found = observe(one, per_replica(j=j, s=s))

    def ratio(kept: Any) -> float:
        return float(j[kept].var(ddof=1) * s[kept].mean() / (2 * j[kept].mean() ** 2))

    each = np.array([ratio(np.arange(30) != k) for k in range(30)])
    np.testing.assert_allclose(found["tur"], ratio(np.full(30, True)))
    assert D.thermodynamic_uncertainty(j, s).ratio == found["tur"]
    with pytest.raises(UsageError, match="expected \\(n,\\) of both"):
        D.thermodynamic_uncertainty(j, s[1:])
    np.testing.assert_allclose(found["tur_se"], math.sqrt(29 / 30 * ((each - each.mean()) ** 2).sum()))
    assert np.isnan(observe(one, per_replica(j=0 * j, s=s))["tur"])


def test_crooks_of_gaussian_work() -> None:
    forward = gaussian(FREE + VARIANCE / (2 * T), VARIANCE, 8)
    reverse = gaussian(-FREE + VARIANCE / (2 * T), VARIANCE, 9, N // 2)
    found = D.crooks(forward, reverse, T)
    assert abs(found.free_energy - FREE) < 4 * found.free_energy_se < 0.05
    assert abs(found.slope - 1 / T) < 4 * found.slope_se < 0.05
    assert found.free_energy_se < T * exponential_mean(forward / T).se


def test_the_error_of_the_acceptance_ratio_is_that_of_repeated_draws() -> None:
    found = [
        D.crooks(gaussian(FREE + VARIANCE / (2 * T), VARIANCE, k, 300), gaussian(0.05, VARIANCE, 500 + k, 200), T)
        for k in range(100)
    ]
    values, errors = np.array([(one.free_energy, one.free_energy_se) for one in found]).T
    assert abs(values.std() / np.sqrt(np.mean(errors**2)) - 1) < 4 / math.sqrt(2 * 100)


def test_crooks_refuses_what_has_no_answer() -> None:
    with pytest.raises(UsageError, match=r"found shapes \(1,\) and \(3,\)"):
        D.crooks([1.0], [1.0, 2.0, 3.0])
    with pytest.raises(RunError, match="does not overlap"):
        D.crooks(np.linspace(50, 51, 30), np.linspace(50, 51, 30))


def test_kinds_ask_for_one_number_of_each_of_several_replicas() -> None:
    field = {"wave": (("replica", "x"), np.zeros((4, 3)))}
    one = IntegralFluctuationTheorem(kind="integral_fluctuation_theorem", of="wave")
    assert [p.message for p in complaints(one, field)] == [
        "wave has the dimensions replica, x, expected replica only: one number per trajectory"
    ]
    two = ThermodynamicUncertainty(kind="thermodynamic_uncertainty", of="work")
    (problem,) = complaints(two, per_replica(work=np.zeros(3)))
    assert problem.message == "found 1 observables, expected a current and its entropy"
    (problem,) = complaints(Jarzynski(kind="jarzynski"), per_replica(work=np.zeros(5)))
    assert problem.message == "this is missing: one temperature of the medium is needed"
    cold = complaints(Jarzynski(kind="jarzynski"), per_replica(work=np.zeros(5)), scales={"temperature": np.float64(0)})
    assert [problem.message for problem in cold] == ["found 0, expected a medium of a temperature above 0"]


def test_a_whole_run_gives_its_work_or_asks_for_one_variable() -> None:
    work = gaussian(1.0, 0.1, 5, 400)[None]
    run = {"heat": 2 * work, "work": work}
    assert D.jarzynski(run, temperature=T) == D.jarzynski(work, temperature=T)
    with pytest.raises(UsageError, match=r"found a Dataset of 2 variables, expected one, such as run\.heat"):
        D.integral_fluctuation_theorem(run)


def test_kinds_are_functions_on_arrays() -> None:
    work = gaussian(FREE + VARIANCE / (2 * T), VARIANCE, 2)
    found = D.jarzynski(np.stack([0 * work, work]), temperature=T)
    np.testing.assert_allclose(found.jarzynski[0], 0.0, atol=1e-12)
    np.testing.assert_allclose(found.jarzynski[1], -T * math.log(np.exp(-work / T).mean()))
    z = (D.detailed_fluctuation_theorem(work[None]).detailed_fluctuation_theorem[0] - 2 * work.mean() / VARIANCE) / 0.03
    assert stats.norm.sf(abs(z)) > 1e-4
