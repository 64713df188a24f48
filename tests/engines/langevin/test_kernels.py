"""Kernels against naive twins: forces from energies, the steps and the ledger from their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.core.random import Purpose, normal_pair, stream_key
from physent.engines.langevin import rows
from physent.engines.langevin.forces import cubes, forces
from physent.engines.langevin.model import coefficients, model_of, spread
from physent.engines.langevin.state import energy as energies
from physent.engines.langevin.state import set_up
from physent.typing import Array
from tests.engines.langevin.runs import STEP, advance, begun, config, energy, potential, ran

KINDS = ("harmonic", "quadratic", "quartic", "cosine")
SMALL = 1e-4


def gradient(kind: str, x: Array) -> Array:
    """Central differences (.., 2)."""
    shifts = SMALL * np.eye(2)
    return np.stack([(energy(kind, x + s) - energy(kind, x - s)) / (2 * SMALL) for s in shifts], -1)


@pytest.mark.parametrize("kind", KINDS)
def test_forces_are_gradients(kind: str) -> None:
    """Energy, force, Laplacian and the cube of v . grad against differences of the formula of the energy."""
    cfg = config(dimension=2, potential=potential(kind), force={"kind": "rotational", "strength": 0.5})
    x, v = np.random.default_rng(1).uniform(-1.5, 1.5, (2, 8, 2))
    setup = set_up(cfg)
    np.testing.assert_allclose(energies(setup, setup.row[None], x.T[:, None].copy())[0], energy(kind, x), rtol=1e-13)
    s = np.zeros((rows.ROWS, rows.LANES))
    s[rows.POSITION : rows.POSITION + 2, :8], s[rows.NOISE : rows.NOISE + 2, :8] = x.T, v.T
    table, model = coefficients(cfg.parameters)[None], model_of(cfg.parameters)
    forces(model, table, 0, s.reshape(-1), 8, rows.POSITION, rows.FORCE)
    cubes(model, table, 0, s.reshape(-1), 8, rows.POSITION, rows.NOISE, rows.CUBE)
    found = s[:, :8]
    np.testing.assert_allclose(found[rows.FORCE : rows.FORCE + 2].T, -gradient(kind, x), atol=1e-6)
    other = found[rows.FORCE + rows.OTHER : rows.FORCE + rows.OTHER + 2]
    np.testing.assert_allclose(other, 0.5 * np.array([-x[:, 1], x[:, 0]]), rtol=1e-15)
    shifts = SMALL * np.eye(2)
    bend = sum((gradient(kind, x + shifts[a]) - gradient(kind, x - shifts[a]))[:, a] for a in (0, 1)) / (2 * SMALL)
    np.testing.assert_allclose(found[rows.FORCE + rows.CURVATURE], bend, atol=1e-4)
    h = 0.01
    third = sum(w * energy(kind, x + m * h * v) for m, w in ((2, 1), (1, -2), (-1, 2), (-2, -1))) / (2 * h**3)
    np.testing.assert_allclose(found[rows.CUBE] / STEP, third, atol=5e-3)


def twin(cfg: Any, kind: str | None, push: Array, steps: int) -> dict[str, Any]:
    """Replica 0 in two dimensions, one step at a time, u from the engine; heat is summed up on the way."""
    p = cfg.parameters
    key, state = stream_key(cfg.seed, Purpose.NOISE, 0), begun(cfg)
    t = np.broadcast_to(p.temperature, 2)
    x, total = state.position[:, 0].T.copy(), {"work": 0.0, "heat": 0.0, "even": 0.0, "odd": 0.0, "area": 0.0}
    for step in range(steps):
        u = state.motor[:2, 0].T.copy()
        xi = np.array([normal_pair(key, step, i, 0) for i in range(p.n)])
        kick = np.sqrt(2 * p.mobility * t * p.step) * xi
        f = (-gradient(kind, x) if kind else 0 * x) + push
        new = x + p.step * (p.mobility * f + u) + kick
        if p.integrator == "heun":
            predicted = (-gradient(kind, new) if kind else 0 * x) + push
            new = x + p.step * (p.mobility * 0.5 * (f + predicted) + u) + kick
        after, dx = (-gradient(kind, new) if kind else 0 * x) + push, new - x
        work = ((push + u / p.mobility) * dx).sum()
        total["work"] += work
        total["heat"] += work - (energy(kind, new) - energy(kind, x)).sum()
        total["even"] += ((0.5 * (f + after) + u / p.mobility) * dx / t).sum()
        total["odd"] += (0.5 * (f + after) * (dx - u * p.step) / t).sum()
        for place, force in ((x, f), (new, after)):
            drift = p.mobility * force + u
            total["area"] += 0.25 * p.step * (place[:, 0] * drift[:, 1] - place[:, 1] * drift[:, 0]).mean()
        x = new
        advance(cfg, state, 1)
    return total | {"position": x}


@pytest.mark.parametrize("integrator", ["heun", "euler"])
@pytest.mark.parametrize("kind", [*KINDS, None])
def test_steps_and_ledger(kind: str | None, integrator: str) -> None:
    """Nine active particles under a uniform force: place, work, heat, both entropies, area."""
    cfg = config(
        steps=7,
        n=9,
        dimension=2,
        mobility=0.8,
        temperature=0.6,
        integrator=integrator,
        potential=potential(kind) if kind else None,
        force={"kind": "uniform", "value": [0.3, -0.2]},
        propulsion={"kind": "abp", "speed": 0.7, "rotational_diffusion": 0.4, "angular_velocity": 1.0},
    )
    expected, found = twin(cfg, kind, np.array([0.3, -0.2]), 7), ran(cfg, 7)
    np.testing.assert_allclose(found["position"][0], expected["position"], atol=1e-6)
    np.testing.assert_allclose(found["work"][0], expected["work"], atol=1e-5)
    np.testing.assert_allclose(found["heat"][0], expected["heat"], atol=1e-5)
    elapsed = 7 * cfg.parameters.step
    np.testing.assert_allclose(found["epr_even"][0] * elapsed, expected["even"], atol=1e-5)
    np.testing.assert_allclose(found["epr_odd"][0] * elapsed, expected["odd"], atol=1e-5)
    np.testing.assert_allclose(found["area_rate"][0, 0] * elapsed, expected["area"], atol=1e-5)


def test_temperature_per_axis_and_per_particle() -> None:
    """The entropy of the medium is heat over temperature, axis by axis or particle by particle."""
    cfg = config(7, dimension=2, temperature=[0.5, 2.0], potential=potential("quadratic"))
    expected = twin(cfg, "quadratic", np.zeros(2), 7)
    np.testing.assert_allclose(ran(cfg, 7)["entropy_medium"][0], expected["even"], atol=1e-5)
    own = [0.5, 2.0, 1.0]
    cfg = config(7, n=3, temperature=own, temperature_of="particle", potential={"kind": "harmonic"})
    alone = [config(7, n=3, temperature=t, potential={"kind": "harmonic"}) for t in own]
    paths = [ran(one, 7)["position"][:, i] for i, one in enumerate(alone)]
    found = ran(cfg, 7)
    np.testing.assert_array_equal(found["position"], np.stack(paths, axis=1))
    heats = 0.5 * (0.4**2 - found["position"][..., 0] ** 2)
    np.testing.assert_allclose(found["particle_entropy"], heats / own, rtol=1e-12)
    np.testing.assert_allclose(found["heat"], heats.sum(axis=1), rtol=1e-12)


@pytest.mark.parametrize("integrator", ["heun", "euler"])
def test_order(integrator: str) -> None:
    """Without noise, halving the step divides the error at time 1 in a quartic well by 4 (Heun) or 2 (Euler)."""
    errors = []
    for step in (0.05, 0.025, 0.0125):
        well = {"kind": "quartic", "quartic": 1.0}
        initial = {"kind": "point", "at": 1.0}
        steps = round(1 / step)
        cfg = config(steps, step=step, temperature=0.0, potential=well, integrator=integrator, initial=initial)
        errors.append(ran(cfg, steps)["position"][0, 0, 0] - 1 / np.sqrt(3))  # x' = -x^3
    order = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(order, 2.0 if integrator == "heun" else 1.0, atol=0.15)


def test_exact_steps_do_not_depend_on_the_step() -> None:
    """Law of a step of the exact integrator: decay about the point of rest, and T/k (1 - e^{-2 mu k h})."""
    trap = {"kind": "harmonic", "stiffness": 2.0, "center": 0.5}
    force = {"kind": "uniform", "value": 0.6}
    cfg = config(1, n=50_000, step=0.7, mobility=0.5, potential=trap, force=force, integrator="exact")
    x = ran(cfg, 1)["position"].ravel()
    decay = np.exp(-0.7)
    mean, variance = 0.8 + (0.4 - 0.8) * decay, 0.5 * (1 - decay**2)
    assert abs(x.mean() - mean) < 4 * np.sqrt(variance / x.size)
    assert abs(x.var() - variance) < 4 * variance * np.sqrt(2 / x.size)


@pytest.mark.parametrize("diffused", [0.0, 1e-9, 0.02, 0.3, 4.0])
def test_a_direction_in_space_forgets_itself_at_the_rate_of_diffusion(diffused: float) -> None:
    w = spread(diffused)
    mean = 1.0 if w == 0.0 else 1.0 / np.tanh(1.0 / w) - w
    assert mean == pytest.approx(np.exp(-2.0 * diffused), abs=1e-12)
    propulsion = {"kind": "abp", "speed": 0.7, "rotational_diffusion": diffused / STEP}
    cfg = config(dimension=3, n=4000, propulsion=propulsion)
    state = begun(cfg)
    before = state.motor[:3, 0].copy()
    after = advance(cfg, state, 1).motor[:3, 0]
    np.testing.assert_allclose((after**2).sum(axis=0), 0.7**2, rtol=1e-14)
    cosine = (before * after).sum(axis=0) / 0.7**2
    assert abs(cosine.mean() - np.exp(-2.0 * diffused)) <= 4 * cosine.std() / np.sqrt(4000) + 1e-14
    axis = np.cross(before.T, after.T)  # of the turn: even on the circle
    assert np.abs(axis.mean(axis=0)).max() <= 4 * axis.std() / np.sqrt(4000) + 1e-15
