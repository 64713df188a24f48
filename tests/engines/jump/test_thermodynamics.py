"""The ledger: first law, closed forms of a relaxation, exponential means."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import physent
from physent.errors import UsageError
from physent.theory import network, small_networks
from tests.engines.jump.runs import BARRIERS, RING, config, method_of, record

LEVEL = {"kind": "two_level", "energy": 1.2}


def four_errors(values: Any) -> float:
    return 4 * float(values.std(ddof=1) / math.sqrt(len(values)))


def test_a_relaxing_level() -> None:
    """From the lower state: law, heat and entropies of two states in closed form, per replica."""
    one = config(LEVEL, {"kind": "state", "state": 0}, replicas=500)
    found = record(one, 0.7)
    rest = 1 / (1 + math.exp(1.2))
    p = rest * (1 - math.exp(-2 * math.cosh(0.6) * 0.7))
    assert abs(found["state"].mean() - p) < four_errors(found["state"])
    np.testing.assert_allclose(found["heat"], -1.2 * found["state"], atol=1e-12)
    np.testing.assert_allclose(found["entropy_system"], -np.log(np.where(found["state"], p, 1 - p)), rtol=1e-12)
    np.testing.assert_allclose(found["entropy_total"], found["entropy_medium"] + found["entropy_system"])


def test_the_integral_theorem_holds_from_any_start() -> None:
    for initial in ({"kind": "distribution", "probabilities": [0.2, 0.5, 0.3]}, {"kind": "stationary"}):
        for model in (RING, BARRIERS):
            x = np.exp(-record(config(model, initial, replicas=4000, seed=7), 1.0)["entropy_total"])
            assert abs(x.mean() - 1) < four_errors(x)


def test_a_quench_makes_the_work_of_the_state() -> None:
    protocol = [{"at": 1.0, "set": {"model.energies.1": 3.0, "temperature": 2.0}}]
    one = config(BARRIERS, replicas=50, protocol=protocol)
    method = method_of(one)
    state = method.start(one, None)
    while method.advance(state, 1.0, 1 << 40) != 1.0:
        pass
    before = method.fields(state)
    after = method.fields(method.changed(one.leg(1), state, method))
    np.testing.assert_allclose(after["work"] - before["work"], 2.0 * (before["state"] == 1), atol=1e-12)
    for same in ("state", "heat", "entropy_medium", "entropy_system", "time_in_state"):
        np.testing.assert_array_equal(after[same], before[same])


def test_the_law_goes_on_through_a_protocol() -> None:
    """Relaxed for a long time at new energies, the entropy of the system is that of the new stationary law."""
    protocol = [{"at": 1.0, "set": {"model.energies.1": 3.0}}]
    one = config(RING, {"kind": "state", "state": 2}, replicas=20, protocol=protocol)
    method = method_of(one)
    state = method.start(one, None)
    for leg, time in ((0, 1.0), (1, 60.0)):
        state = method.changed(one.leg(leg), state, method) if leg else state
        while method.advance(state, time, 1 << 40) != time:
            pass
    found = method.fields(state)
    ends, rates = small_networks.ring([1.0, 2.0, 0.7], [0.0, 3.0, -0.3], 2.4)
    p = network.stationary(network.generator(ends, rates))
    np.testing.assert_allclose(found["entropy_system"], -np.log(p[found["state"]]), rtol=1e-12)


def test_driven_work_is_that_of_the_staircase() -> None:
    """Mean work and exponential mean against the recursion of the master equation, stair by stair."""
    ramp = {"parameter": "model.energy", "times": [0.0, 2.0], "values": [0.0, 3.0]}
    one = config({**LEVEL, "energy": 0.0}, replicas=4000, step=0.25, driving=[ramp], seed=2)
    found = record(one, 2.0)
    levels = np.array([0.0, *np.arange(0.1875, 3.0, 0.375), 3.0])
    stairs = np.stack([np.zeros(10), levels], axis=1)
    chain = small_networks.two_level(levels[1:])
    chain[-1] = 0.0  # the last half step is made at the end, and nothing follows
    work, exponential, law = small_networks.driven_work(chain, stairs, [0.5, 0.5], 0.25)
    assert abs(found["work"].mean() - work) < four_errors(found["work"])
    assert abs(np.exp(-found["work"]).mean() - exponential) < four_errors(np.exp(-found["work"]))
    np.testing.assert_allclose(exponential, (1 + math.exp(-3)) / 2)
    np.testing.assert_allclose(found["energy"], 3.0 * found["state"])
    np.testing.assert_allclose(found["entropy_system"], math.log(0.5) - np.log(law[found["state"]]), atol=1e-12)


def test_given_states_have_no_law() -> None:
    one = config(RING, replicas=2)
    method = method_of(one)
    found = method.fields(method.start(one, {"state": np.array([2, 0])}))
    assert found["state"].tolist() == [2, 0]
    assert np.isnan(found["entropy_system"]).all()
    with pytest.raises(UsageError, match="state holds 0 to 3, expected 0 to 2"):
        method.start(one, {"state": np.array([0, 3])})


def test_a_start_in_one_state_has_an_exponential_mean_below_one(caplog: pytest.LogCaptureFixture) -> None:
    """Absolute irreversibility: it is the probability to return in twice the time, here of two levels."""
    data: dict[str, Any] = {
        "engine": "jump",
        "replicas": 4000,
        "parameters": {"model": {"kind": "two_level", "energy": 1.0}},
        "initial": {"kind": "state", "state": 0},
        "schedule": {"until": 0.5, "every": 0.5},
        "diagnostics": [{"kind": "integral_fluctuation_theorem", "of": "entropy_total", "name": "mean"}],
    }
    run = physent.run(data)
    assert "probability 0 at the start, so that the mean of exp(-entropy_total) is below 1" in caplog.text
    up, down = math.exp(-0.5), math.exp(0.5)
    back = (down + up * math.exp(-(up + down) * 2 * 0.5)) / (up + down)
    assert abs(run["mean"][-1] - back) < 4 * run["mean_se"][-1] < 0.1 * (1 - back)
    assert "expected" not in run["mean"].attrs
    data["initial"] = {"kind": "distribution", "probabilities": [0.9, 0.1]}
    run = physent.run(data)
    assert run["mean"].attrs["expected"] == 1.0
    assert abs(run["mean"][-1] - 1) < 4 * run["mean_se"][-1]
