"""Synchronisation: every pair by hand, phases of waves, errors that foretell the scatter, and who the members are."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.signal import hilbert

from physent.diagnostics.run import declare
from physent.diagnostics.run.kinds.synchronisation import Synchronisation
from tests.diagnostics.run.records import complaints, context, finish

rng = np.random.default_rng(11)
X = rng.normal(size=(200, 2, 5)) + rng.normal(size=(200, 2, 1))


def kind(**options: Any) -> Synchronisation:
    return Synchronisation(**{"kind": "synchronisation", "name": "s", "of": "x", **options})


@pytest.mark.parametrize("block", [1, 1 << 24])
def test_naive_twin(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Every pair, and SciPy's analytic signal."""
    monkeypatch.setattr(declare, "BLOCK_BYTES", block)
    found = finish(kind(), {"x": (("replica", "y"), X)})
    for replica in range(2):
        x = X[:, replica]
        pairs = [np.corrcoef(x[:, i], x[:, j])[0, 1] for i, j in combinations(range(5), 2)]
        assert found["s_correlation"][replica] == pytest.approx(np.mean(pairs), abs=1e-12)
        phase = np.angle(hilbert(x - x.mean(0), axis=0))[20:180]
        order = np.abs(np.exp(1j * phase).mean(1)).mean()
        assert found["s_order"][replica] == pytest.approx(order, abs=1e-12)


def test_angles() -> None:
    angle = rng.uniform(-3, 3, (50, 2, 4))
    found = finish(kind(angles=True), {"x": (("replica", "y"), angle)})
    pairs = [np.cos(angle[..., i] - angle[..., j]).mean(0) for i, j in combinations(range(4), 2)]
    np.testing.assert_allclose(found["s_correlation"], np.mean(pairs, 0), atol=1e-12)
    np.testing.assert_allclose(found["s_order"], np.abs(np.exp(1j * angle).mean(-1)).mean(0), atol=1e-12)


def test_waves_of_known_phases() -> None:
    """Two waves a phase apart: correlation cos(phase), order cos(phase/2); of one phase both are 1, without error."""
    t = 2 * np.pi * np.arange(400) / 40
    for phase in (0.0, 0.7, 2.0, 3.0):
        x = np.cos(t[:, None] + [0.0, phase])
        found = finish(kind(), {"x": (("y",), 5 + 3 * x)})
        assert found["s_correlation"] == pytest.approx(np.cos(phase), abs=1e-12)
        assert found["s_order"] == pytest.approx(np.cos(phase / 2), abs=1e-12)
        assert found["s_order_se"] < 1e-12
    assert finish(kind(), {"x": (("y",), np.cos(t[:, None] + [0.0, 0.0]))})["s_correlation_se"] < 1e-12


def test_independent_series() -> None:
    """Correlation 0; of 16 independent phases the order is 0.222, near sqrt(pi/64)."""
    x = np.random.default_rng(12).normal(size=(2000, 40, 16))
    found = finish(kind(), {"x": (("replica", "y"), x)})
    assert abs(found["s_correlation"].mean()) < 4 * found["s_correlation"].std(ddof=1) / np.sqrt(40)
    assert found["s_order"].mean() == pytest.approx(np.sqrt(np.pi / 64), rel=0.01)
    (_, _, order, _) = kind().results(context({"x": (("replica", "y"), x[0])}))
    assert order.attrs["of_independent_phases"] == pytest.approx(np.sqrt(np.pi / 64))


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_errors_are_the_scatter(share: float) -> None:
    """Of 300 populations that share part of a noise, correlated in time."""
    noise = np.random.default_rng(13).normal(size=(500, 300, 5))
    for t in range(1, 500):
        noise[t] += 0.6 * noise[t - 1]
    x = np.sqrt(1 - share) * noise[..., 1:] + np.sqrt(share) * noise[..., :1]
    found = finish(kind(), {"x": (("replica", "y"), x[100:])})
    for what in ("correlation", "order"):
        scatter = found[f"s_{what}"].std(ddof=1)
        error = np.sqrt((found[f"s_{what}_se"] ** 2).mean())
        assert abs(error / scatter - 1) < 4 / np.sqrt(600) + 0.1
    if share:
        mean = found["s_correlation"].mean()
        assert mean == pytest.approx(share, abs=4 * found["s_correlation"].std() / np.sqrt(300) + 0.01)


def test_who_the_members_are() -> None:
    """Entries of a field, observables of a list, or replicas of one number: the same numbers."""
    field = finish(kind(), {"x": (("y",), X[:, 0, :3])})
    of_list = finish(kind(of=("a", "b", "c")), {n: ((), X[:, 0, i]) for i, n in enumerate("abc")})
    replicas = finish(kind(), {"x": (("replica",), X[:, 0, :3])})
    for name, value in field.items():
        assert value == of_list[name] == replicas[name]
        assert value.shape == ()
    per_replica = finish(kind(of=("a", "b")), {n: (("replica",), X[..., i]) for i, n in enumerate("ab")})
    assert per_replica["s_order"].shape == (2,)


def test_a_replica_that_lacks_a_value_is_lost_alone() -> None:
    told: dict[str, str] = {}
    x = X.copy()
    x[3, 1, 2] = np.nan
    found = finish(kind(), {"x": (("replica", "y"), x)}, told=told)
    assert np.isnan(found["s_order"]).tolist() == [False, True]
    assert told["diagnostics.s.finish.nan"] == "s: 1 of 2 replicas: x: a value is missing or infinite; NaN is stored"
    whole = finish(kind(), {"x": (("replica", "y"), np.ones((9, 1, 2)))}, told=told)
    assert np.isnan(whole["s_correlation"]).all()


def test_problems() -> None:
    def said(one: Synchronisation, dims: tuple[str, ...], samples: int = 20) -> str:
        return complaints(one, {"x": (dims, np.zeros((3,) * len(dims)))}, samples=samples)[0].message

    assert said(kind(), ("replica", "y", "z")) == "found x with dims (replica, y, z), expected one dim besides replica"
    assert said(kind(of=("x",)), ("replica",)) == "found 1 member, expected at least 2"
    assert said(kind(of=("x", "x")), ("replica", "y")).endswith("expected numbers in a list")
    assert said(kind(), ("replica", "y"), 7) == "the run has 7 samples, expected at least 8"
    assert not complaints(kind(), {"x": (("replica", "y"), X[0])}, samples=20)


def test_an_error_that_is_no_number() -> None:
    """Of the product of two nearly equal sines; after a transient only what is later counts."""
    t = np.arange(1000)
    told: dict[str, str] = {}
    x = np.sin(t[:, None] * [0.3, 0.3001] + [0.0, 1.0])
    found = finish(kind(), {"x": (("y",), x)}, told=told)
    assert np.isnan(found["s_correlation_se"])
    assert "the standard error is NaN" in " ".join(told.values())
    whole = np.concatenate([rng.normal(size=(100, 2)), X[:, 0, :2]])
    later = finish(kind(after=49.5), {"x": (("y",), whole)})
    assert later["s_correlation"] == finish(kind(), {"x": (("y",), X[:, 0, :2])})["s_correlation"]


def test_a_series_that_is_short_for_its_correlations() -> None:
    told: dict[str, str] = {}
    x = np.cumsum(np.random.default_rng(3).normal(size=(400, 3)), axis=0)
    finish(kind(), {"x": (("y",), x)}, told=told)
    assert "expected at least 50 times as many: the standard error is too small" in " ".join(told.values())
