"""When `unmixed` speaks: the measured rate of false alarms against the stated one, and the faults that it must see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.signal import lfilter

from physent.diagnostics import chains
from physent.diagnostics.chains import unmixed


def autoregressive(rho: float, draws: int, replicas: int, rng: np.random.Generator) -> Any:
    """x_t = rho x_{t-1} + noise from its stationary law N(0, 1); tau = (1 + rho)/(1 - rho)."""
    noise = rng.normal(size=(draws, replicas))
    noise[1:] *= np.sqrt(1 - rho * rho)
    return lfilter([1.0], [1.0, -rho], noise, axis=0)


@pytest.mark.parametrize(("rho", "draws", "replicas"), [(0.0, 60, 4), (0.33, 400, 1), (0.6, 100, 16)])
def test_false_alarms_are_as_rare_as_stated(rho: float, draws: int, replicas: int, monkeypatch: Any) -> None:
    """Of 1000 sets of mixed chains, judged at 2 % and without a bound that chance does not need."""
    rate, trials = 0.02, 1000
    monkeypatch.setattr(chains, "_FALSE_ALARM", rate)
    rng = np.random.default_rng(8)
    found = sum(
        bool(unmixed(autoregressive(rho, draws, replicas, rng), rhat_bound=0.0, least=0.0)) for _ in range(trials)
    )
    scatter = 4 * np.sqrt(rate * (1 - rate) / trials)
    assert rate / 4 - scatter < found / trials < 1.5 * rate + scatter
    assert found > 0


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_few_alarms_at_the_rate_of_use(rho: float) -> None:
    """The trap of a Coulomb gas had R-hat 1.014 over 32 half chains: a limit of 1.01 refuses what is mixed."""
    rng = np.random.default_rng(9)
    series = [autoregressive(rho, 100, 16, rng) for _ in range(200)]
    assert not any(map(unmixed, series))
    if rho:
        assert np.mean([chains.r_hat(x) > 1.01 for x in series]) > 0.9


def test_halves_without_an_end_of_their_memory_are_refused() -> None:
    walk = np.cumsum(np.random.default_rng(4).normal(size=(400, 4)), axis=0)
    assert unmixed(walk)
    assert "no longer than their autocorrelation time" in unmixed(np.linspace(0, 1, 400))


@pytest.mark.parametrize("rho", [0.0, 0.6])
@pytest.mark.parametrize(
    ("fault", "draws", "replicas"),
    [
        ("displaced", 1000, 4),
        ("displaced", 250, 16),
        ("wide", 1000, 4),
        ("drift", 250, 16),
        ("drift", 1000, 4),
        ("transient", 250, 16),
        ("stuck", 250, 16),
        ("modes", 250, 16),
    ],
)
def test_faults_are_seen(fault: str, draws: int, replicas: int, rho: float) -> None:
    rng = np.random.default_rng(5)
    time = np.linspace(0, 1, draws)[:, None]
    for _ in range(10):
        x = autoregressive(rho, draws, replicas, rng)
        if fault == "displaced":
            x[:, -1] += 2.0
        elif fault == "wide":
            x[:, -1] *= 3.0
        elif fault == "drift":
            x += 2 * time
        elif fault == "transient":
            x += 3 * np.exp(-8 * time)
        elif fault == "stuck":
            x[draws // 5 :, 2] = x[draws // 5, 2]
        else:
            x += np.where(np.arange(replicas) % 2, 1.0, -1.0)
        assert unmixed(x)


def test_few_values_and_constant_scores() -> None:
    """A variable of two values has folded ranks that never vary, which say nothing, and may keep one by chance."""
    rng = np.random.default_rng(6)
    rare = np.zeros((400, 4))
    rare[::40, 1:] = 1.0
    rare[::40, 0] = np.arange(10) < 5
    assert "stuck" not in unmixed(rare)
    assert not unmixed((rng.uniform(size=(400, 4)) < 0.5).astype(float))
    assert "R-hat" in unmixed((rng.uniform(size=(400, 4)) < np.array([0.5, 0.5, 0.5, 0.9])).astype(float))


def test_ten_chains_of_few_independent_draws() -> None:
    rng = np.random.default_rng(7)
    for draws, replicas in ((8, 64), (10, 32), (16, 16)):
        assert not any(unmixed(rng.normal(size=(draws, replicas))) for _ in range(100))
