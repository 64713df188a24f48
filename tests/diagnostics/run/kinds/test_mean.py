"""Means of stored series: a naive twin, an autoregressive series with known error, windows, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from physent.diagnostics import chains
from physent.diagnostics.run.kinds.mean import Mean
from tests.diagnostics.run.records import complaints, finish


def ar1(memory: float, samples: int, replicas: int, seed: int) -> np.ndarray:
    """Stationary series of variance 1 with correlations memory^t."""
    rng = np.random.default_rng(seed)
    x = np.empty((samples, replicas))
    x[0] = rng.normal(size=replicas)
    for k in range(1, samples):
        x[k] = memory * x[k - 1] + np.sqrt(1 - memory**2) * rng.normal(size=replicas)
    return x


@pytest.mark.parametrize("memory", [0.0, 0.6, 0.9])
def test_error_of_a_correlated_series(memory: float) -> None:
    """With tau = (1 + memory) / (1 - memory), 100 means have errors as stated, to 4 standard errors of that."""
    tau, samples, replicas = (1 + memory) / (1 - memory), 2000, 4
    deviations, sizes = [], []
    for seed in range(100):
        found = finish(Mean(kind="mean", of="x"), {"x": (("replica",), ar1(memory, samples, replicas, seed))})
        deviations.append(found["mean_x"] / found["mean_x_se"])
        sizes.append(found["mean_x_ess"])
    assert np.median(sizes) == pytest.approx(samples * replicas / tau, rel=0.15)
    assert np.mean(np.square(deviations)) == pytest.approx(1.0, abs=4 * np.sqrt(2 / 100))


def test_columns_and_pooled_series() -> None:
    """Components one by one; a series without replicas is one replica."""
    rng = np.random.default_rng(4)
    momentum, pooled = rng.normal(size=(400, 3, 2)), rng.normal(size=400)
    found = finish(
        Mean(kind="mean", of=("momentum", "pooled"), name="m"),
        {"momentum": (("replica", "axis"), momentum), "pooled": ((), pooled)},
    )
    for axis in (0, 1):
        value, error = chains.mean_and_error(momentum[..., axis])
        np.testing.assert_allclose(found["m_momentum"][axis], momentum[..., axis].mean(), rtol=1e-12)
        np.testing.assert_allclose(found["m_momentum_se"][axis], error, rtol=1e-12)
        assert value == pytest.approx(found["m_momentum"][axis], rel=1e-12)
    assert found["m_pooled"] == pytest.approx(pooled.mean(), rel=1e-12)
    assert found["m_pooled_se"] == pytest.approx(pooled.std(ddof=1) / 20, rel=0.3)


def test_windows() -> None:
    """Samples lie 0.5 apart: 16 of 20 are later than 1.5. An average since the sample before has no first value."""
    x = np.arange(20.0)[:, None] % 3
    found = finish(Mean(kind="mean", of="x", after=1.5), {"x": (("replica",), x)}, told={})
    assert found["mean_x"] == pytest.approx(x[4:].mean())
    x[0] = np.nan
    assert finish(Mean(kind="mean", of="x"), {"x": (("replica",), x)}, told={})["mean_x"] == pytest.approx(x[1:].mean())
    told: dict[str, str] = {}
    x[7] = np.nan
    assert np.isnan(finish(Mean(kind="mean", of="x"), {"x": (("replica",), x)}, told=told)["mean_x"])
    assert "x: 1 of 19 samples are missing" in str(told)


def test_what_settles_first_is_doubted() -> None:
    x = np.random.default_rng(5).normal(size=(500, 4)) + 30 * np.exp(-np.arange(500) / 50)[:, None]
    told: dict[str, str] = {}
    finish(Mean(kind="mean", of="x"), {"x": (("replica",), x)}, told=told)
    assert "x: halves of the series or replicas differ by more than chance allows" in str(told)
    assert "set `after`" in str(told)
    told.clear()
    found = finish(Mean(kind="mean", of="x", after=200.0), {"x": (("replica",), x)}, told=told)
    assert abs(found["mean_x"]) < 4 * found["mean_x_se"]
    assert not told
    found = finish(Mean(kind="mean", of="x", after=248.0), {"x": (("replica",), x)}, told=told)
    assert np.isnan(found["mean_x"])
    assert "3 samples, expected at least 8" in str(told)


def doubts_of(x: np.ndarray) -> str:
    told: dict[str, str] = {}
    finish(Mean(kind="mean", of="x"), {"x": (("replica", "k")[: x.ndim - 1], x)}, told=told)
    return str(told)


def test_every_cause_of_doubt_has_its_own_words() -> None:
    """Few samples, correlated ones, correlations as long as the series; by components, and never of draws."""
    rng = np.random.default_rng(6)
    noise = rng.normal(size=(2000, 1))
    slow = np.empty((2000, 1))
    slow[0] = 0
    for t in range(1, 2000):
        slow[t] = 0.98 * slow[t - 1] + noise[t]
    texts = {
        "few": doubts_of(noise[:40]),
        "correlated": doubts_of(slow),
        "long": doubts_of(np.random.default_rng(1).normal(size=(200, 1)).cumsum(0)),
        "one of two": doubts_of(np.stack([noise[:1000], slow[:1000]], -1)),
        "none": doubts_of(noise),
    }
    assert "40 samples, nearly independent" in texts["few"]
    assert "the 2000 samples are worth" in texts["correlated"]
    assert "correlated over half of the series or longer" in texts["long"]
    assert "x in 1 of 2 components: the 1000 samples are worth" in texts["one of two"]
    assert texts["none"] == "{}"
    assert not any(word in text for word in ("draws", "chain", "stationary") for text in texts.values())


@pytest.mark.parametrize("magnitude", [900.0, -1e-12])
def test_rounding_of_a_conserved_series_is_no_evidence(magnitude: float) -> None:
    """Rounding that adds up as a random walk is not doubted; the same walk, or a drift, of 1e-11 of the value is."""
    walk = np.random.default_rng(7).normal(size=(400, 2, 1)).cumsum(0)
    walk /= np.ptp(walk)
    one = np.ones_like(walk)
    drift = one * np.linspace(0, 1, 400)[:, None, None]
    assert doubts_of(magnitude * (1 + 5e-14 * walk)) == "{}"
    assert doubts_of(magnitude * (1 + 5e-14 * drift)) == "{}"
    assert doubts_of(magnitude * one) == "{}"
    assert "x: " in doubts_of(magnitude * (1 + 1e-11 * walk))
    noise = 1e-12 * np.random.default_rng(8).normal(size=walk.shape)
    assert "x: halves of the series or replicas differ" in doubts_of(magnitude * (1 + noise + 1e-11 * drift))


def test_components_that_are_conserved_beside_others() -> None:
    """Only those that vary are counted among the doubtful ones."""
    drift = np.linspace(0, 1, 400)[:, None] + np.random.default_rng(9).normal(size=(400, 2)) / 10
    both = doubts_of(np.stack([900 + 1e-11 * drift, drift], -1))
    assert "x in 1 of 2 components: halves of the series or replicas differ" in both


def test_problems() -> None:
    fields = {"energy": (("replica",), np.zeros(2)), "wave": (("replica", "x"), np.zeros((2, 3)))}
    twice = complaints(Mean(kind="mean", of=("energy", "energy")), fields)
    assert [(p.path, p.message) for p in twice] == [((0, "of", 1), "found energy twice")]
