"""The chains: a reversible map, an error of second order, adaptation that ends, chains that do not move."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.engines.coulomb import ENGINE, gas, trajectories
from tests.engines.coulomb.runs import Reals, advance, begin, config, sample

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


def test_one_charge() -> None:
    """No pairs: independent normal coordinates of variance 1/(beta N)."""
    for dimension in (1, 2, 3):
        record = sample(config(dimension=dimension, n=1, sampler="hmc", burn_in=200, draws=4000, beta=2.0))
        x = record["position"].reshape(-1)
        assert np.mean(x**2) == pytest.approx(0.5, rel=0.1)
