"""The chains: a reversible map, an error of second order, adaptation that ends, chains that do not move."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from physent.engines.coulomb import ENGINE, gas, trajectories
from tests.engines.coulomb.runs import Reals, advance, begin, config, effective, sample

SYSTEMS: dict[str, dict[str, Any]] = {
    "line": {"dimension": 1},
    "log_line": {"dimension": 1, "interaction": "log"},
    "plane": {"dimension": 2, "potential": {"exponent": 4.0}},
    "space": {"dimension": 3, "potential": {"exponent": 3.0, "strength": 2.0}},
}


def leapfrog(g: gas.Gas, r: Reals, p: Reals, step: float, steps: int) -> tuple[Reals, Reals, float]:
    """End of a trajectory with the kernels of the chain, and its change of the total energy."""
    scratch = 0, *gas.scratch(1, r[None], g)
    r, p, f = r.copy(), p.copy(), np.empty_like(r)

    def total() -> float:
        return g.beta * gas.energy(g, r, *scratch) + trajectories.kinetic(p)

    before = total()
    gas.force(g, r, *scratch, f)
    for _ in range(steps):
        trajectories.kick_drift(p, f, 0.5 * step, step, r)
        gas.force(g, r, *scratch, f)
        trajectories.kick_drift(p, f, 0.5 * step, 0.0, r)
    return r, p, total() - before


def start(system: str, n: int = 30) -> tuple[gas.Gas, Reals, Reals]:
    """A typical configuration, after some trajectories, and momenta."""
    cfg = config(n=n, sampler="hmc", burn_in=100, **SYSTEMS[system])
    state = begin(cfg)
    advance(cfg, state, 0)
    momentum = np.zeros_like(state.position[0])
    momentum[: cfg.parameters.dimension] = np.random.default_rng(2).normal(size=(cfg.parameters.dimension, n))
    return state.gas, state.position[0], momentum


@pytest.mark.parametrize("system", SYSTEMS)
def test_reversible(system: str) -> None:
    g, r, p = start(system)
    step = 0.02 / gas.frequency(g)
    there, q, _ = leapfrog(g, r, p, step, 40)
    assert np.abs(there - r).max() > 0.02
    back, q, _ = leapfrog(g, there, -q, step, 40)
    np.testing.assert_allclose(back, r, atol=1e-11)
    np.testing.assert_allclose(-q, p, atol=1e-10)


@pytest.mark.parametrize("system", ["log_line", "plane", "space"])
def test_energy_error_is_of_second_order(system: str) -> None:
    g, r, p = start(system)
    step = 0.01 / gas.frequency(g) / (5 if system == "log_line" else 1)
    errors = [abs(leapfrog(g, r, p, step / 2**k, 20 * 2**k)[2]) for k in range(3)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.1)


def test_energy_error_on_a_line_falls_with_the_step() -> None:
    """The force jumps where two charges pass: first order, with an irregular sum over the passages."""
    g, r, p = start("line")
    step = 0.2 / gas.frequency(g)
    errors = [abs(leapfrog(g, r, p, step / 2**k, 5 * 2**k)[2]) for k in (0, 5, 10)]
    assert errors[0] > 4 * errors[1] > 16 * errors[2]


def test_adaptation_ends_at_draw_zero() -> None:
    cfg = config(n=50, sampler="hmc", burn_in=400, draws=300, replicas=3, hmc={"step_factor": 3.0})
    state = begin(cfg)
    advance(cfg, state, 0)
    frozen = {name: state.chain[name].copy() for name in ("log_step", "length", "arms", "moments", "log_mean")}
    record = sample(cfg, state=state)
    for name, value in frozen.items():
        np.testing.assert_array_equal(state.chain[name], value)
    assert len(set(frozen["log_step"])) == 3  # each by itself
    assert np.all(np.abs(record["acceptance"][-1] - 0.85) < 0.15)  # five standard deviations of the adaptation
    assert np.all(record["step_size"] == np.exp(frozen["log_step"]))
    assert (frozen["arms"][:, :, 0] == 40).all()


def test_without_adaptation_nothing_changes() -> None:
    cfg = config(n=100, sampler="hmc", burn_in=100, draws=3, hmc={"adapt": False, "step_factor": 0.2})
    record = sample(cfg)
    assert record["step_size"] == pytest.approx(0.2 / np.sqrt(2.0 * 100))
    assert record["trajectory_length"] == pytest.approx(1.1 / np.sqrt(2.0 * 100))


def test_a_given_trajectory_is_kept() -> None:
    cfg = config(n=100, sampler="hmc", burn_in=200, draws=3, hmc={"trajectory": 0.7})
    record = sample(cfg)
    assert record["trajectory_length"] == pytest.approx(0.7 / np.sqrt(2.0 * 100))


def doubts(cfg: Any, draws: int) -> list[str]:
    state = begin(cfg)
    advance(cfg, state, draws)
    method = ENGINE.method(cfg)
    return [key for key, _ in method.doubts(state, method.fields(state))]


def test_stuck_chain_is_flagged() -> None:
    """N = 1000 with a step four times the best one: no trajectory is accepted, and all else looks plausible."""
    stuck = config(n=1000, sampler="hmc", burn_in=0, draws=20, hmc={"adapt": False, "step_factor": 0.6})
    assert doubts(stuck, 12) == ["acceptance"]
    assert doubts(stuck, 5) == []  # too few to judge
    good = config(n=100, sampler="hmc", burn_in=0, draws=20, hmc={"adapt": False, "step_factor": 0.15})
    assert doubts(good, 12) == []
    assert doubts(config(sampler="matrix"), 12) == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_a_rejected_trajectory_leaves_behind_is_not_read(system: str) -> None:
    """NaN in everything but the sample and its force changes no bit of the next draws."""
    cfg = config(n=12, sampler="hmc", replicas=2, burn_in=100, **SYSTEMS[system])
    plain, other = begin(cfg), begin(cfg)
    for state in (plain, other):
        advance(cfg, state, 0)
        advance(cfg, state, 3)
    assert (other.chain["left"] == 0).all()
    other.path[:, 2:] = np.nan
    for state in (plain, other):
        advance(cfg, state, 9)
        assert (state.chain["accepted"] > 4).all()
    np.testing.assert_array_equal(plain.position, other.position)
    assert np.isfinite(other.path).all()


def test_divergent_trajectories_do_not_end_a_chain() -> None:
    """A quartic trap, steps that leave the range of doubles now and then: the chain goes on, and keeps the law.

    Mean of sum x^4: (N - 1)/2 + d/beta = 12.5 by the virial law.
    """
    cfg = config(dimension=1, interaction="log", n=24, beta=1.0, seed=1, replicas=2, draws=2001, burn_in=300,
                 potential={"exponent": 4.0})  # fmt: skip
    state = begin(cfg)
    advance(cfg, state, 0)
    sums = []
    for draw in range(1, 2001):
        if draw % 50 == 0:
            # One step ten times too long: inf, and NaN from inf times 0 in the row that the line does not use.
            kept = state.chain["log_step"].copy()
            state.chain["log_step"] += np.log(1e3)
            advance(cfg, state, draw)
            state.chain["log_step"] = kept
        else:
            advance(cfg, state, draw)
        sums.append((state.path[:, 0, 0] ** 4).sum(axis=1))
    assert np.isnan(state.path).sum() == 0
    assert (state.chain["longest"] < 30).all()
    mean, error = effective(np.array(sums))
    assert abs(mean - 12.5) < 4 * error
    assert error < 0.1
    assert not dict(ENGINE.method(cfg).doubts(state, ENGINE.method(cfg).fields(state)))


def test_a_chain_that_stops_late_is_found() -> None:
    """From a sample that no trajectory leaves: the mean acceptance is still above 0.4."""
    cfg = config(n=10, sampler="hmc", draws=2000, burn_in=200, beta=4.0)
    method, state = ENGINE.method(cfg), begin(cfg)
    advance(cfg, state, 400)
    assert not dict(method.doubts(state, method.fields(state)))
    state.chain["energy"] -= 1e6
    advance(cfg, state, 600)
    record = method.fields(state)
    assert record["acceptance"][0] > 0.4
    found = dict(method.doubts(state, record))
    assert list(found) == ["standstill"]
    # The last trajectories before the change may have been rejected too: round-off decides.
    words = re.search(r"(\d+) trajectories in a row were rejected by draw 600 \(replica 0\)", found["standstill"])
    assert words is not None
    assert 200 <= int(words[1]) < 220


@pytest.mark.parametrize("system", SYSTEMS)
def test_virial_of_the_wrong_law(system: str) -> None:
    """Chains at one temperature, judged by that temperature and by one half as high."""
    cfg = config(n=10, sampler="hmc", draws=2000, burn_in=300, replicas=2, **SYSTEMS[system])
    method, state = ENGINE.method(cfg), begin(cfg)
    advance(cfg, state, 1500)
    assert not dict(method.doubts(state, method.fields(state)))
    state.gas = state.gas._replace(beta=2.0 * state.gas.beta)
    found = dict(method.doubts(state, method.fields(state)))
    assert list(found) == ["virial"]
    assert "expected dimension n / beta" in found["virial"]


def test_one_charge() -> None:
    """No pairs: independent normal coordinates of variance 1/(beta N)."""
    for dimension in (1, 2, 3):
        record = sample(config(dimension=dimension, n=1, sampler="hmc", burn_in=200, draws=4000, beta=2.0))
        x = record["position"].reshape(-1)
        assert np.mean(x**2) == pytest.approx(0.5, rel=0.1)
