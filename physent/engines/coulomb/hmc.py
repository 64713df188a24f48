"""Hamiltonian Monte Carlo: any dimension, temperature and trap.

Duane, Kennedy, Pendleton and Roweth (1987), Phys. Lett. B 195, 216, doi 10.1016/0370-2693(87)91197-X; for Coulomb gases
Chafai and Ferre (2019), J. Stat. Phys. 174, 692, doi 10.1007/s10955-018-2195-6. A draw is one trajectory: new momenta
(unit masses), leapfrog steps in the potential beta E, accepted with probability min(1, exp(-dH)). Step and number of
steps vary by 20 % from trajectory to trajectory, independently of the state, so that no frequency is in step with them
(Neal 2011, Handbook of MCMC, section 5.4.2.2); the leapfrog map is reversible and preserves volume, so the draws have
the wanted law for any of them, on a line too, where the force jumps as two charges pass (dH is then of first order in
the step).

Units of the step and of the trajectory: 1/w, w the frequency of the trap (`gas.frequency`), the step's times
(N/100)^(-1/4), which keeps the acceptance (Beskos et al. 2013, Bernoulli 19, 1501, doi 10.3150/12-BEJ414), and for the
log-gas on a line, whose modes go up to w sqrt(N), times (N/100)^(-1/2)/2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core import jit
from physent.core.jit import njit, njit_fast
from physent.core.random import Purpose, fill_normals, uniform_array, uniforms
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb.adaptation import (
    ARMS,
    arm_length,
    freeze,
    learn_length,
    learn_step,
    steps_of,
)
from physent.engines.coulomb.gas import Gas, Scratch
from physent.engines.coulomb.state import Chains, Clocks, Keys, Tuning, stream_keys
from physent.errors import RunError

Reals = npt.NDArray[np.float64]

TRAJECTORY = 1.1
"""Default length of a trajectory, in 1/w."""
_JITTER = 0.2
_MOVE = 3  # draw word of the jitter and the acceptance; those below are the momenta along each axis


class Plan(NamedTuple):
    """Settings of the chains."""

    start: int  # clock at the begin: minus the burn-in
    log_start: float  # logarithm of the step that adaptation begins with
    adapt_step: bool
    adapt_length: bool


class Paths(NamedTuple):
    """Sample and trajectory under way of every chain, each (replica, rows, n)."""

    position: Reals
    force: Reals
    trial: Reals
    trial_force: Reals
    momentum: Reals


def plan_of(config: Any, gas: Gas) -> tuple[Plan, float]:
    """Settings of a config, and the length in time that trajectories begin with."""
    settings, start = config.parameters.hmc, config.schedule.start
    w, crowd = gases.frequency(gas), (gas.n / 100.0) ** -0.25
    unit = crowd / w
    if gas.kind == gases.LOG_LINE:
        unit *= 0.5 * crowd * crowd
    adapt = settings.adapt and start < 0
    length = (TRAJECTORY if settings.trajectory is None else settings.trajectory) / w
    plan = Plan(start, float(np.log(settings.step_factor * unit)), adapt, adapt and settings.trajectory is None)
    return plan, length


def droplet(config: Any, gas: Gas) -> Reals:
    """Independent charges with the density of the droplet (on a log-line: uniform), (replica, rows, n)."""
    position = np.zeros((config.replicas, gas.rows, gas.n))
    radius, p, d = gases.edge(gas), gas.exponent, gas.dimension
    for replica in range(config.replicas):
        u = uniform_array(config.seed, Purpose.INITIAL, replica, 0, 3 * gas.n).reshape(3, gas.n)
        if gas.kind == gases.LOG_LINE:
            position[replica, 0] = radius * (2.0 * u[0] - 1.0)
            continue
        r = radius * u[0] ** (1.0 / (d + p - 2.0))
        if d == 1:
            position[replica, 0] = np.where(u[1] < 0.5, -r, r)
            continue
        height = 2.0 * u[2] - 1.0 if d == 3 else np.zeros(gas.n)
        across = r * np.sqrt(1.0 - height * height)
        position[replica, 0] = across * np.cos(2 * np.pi * u[1])
        position[replica, 1] = across * np.sin(2 * np.pi * u[1])
        if d == 3:
            position[replica, 2] = r * height
    return position


def begin(config: Any, gas: Gas, position: Reals) -> Chains:
    """Chains at the begin of the burn-in; raises RunError where two charges of a chain coincide."""
    replicas = config.replicas
    plan, length = plan_of(config, gas)
    zeros, ones = np.zeros(replicas), np.ones(replicas)
    stored = {
        "position": position, "force": np.empty_like(position), "trial": position.copy(),
        "trial_force": np.zeros_like(position), "momentum": np.zeros_like(position),
        "draw": np.full(replicas, plan.start, dtype=np.int64), "left": np.zeros(replicas, dtype=np.int64),
        "step": zeros.copy(), "total": zeros.copy(), "energy": zeros.copy(), "accepted": zeros.copy(),
        "tried": np.zeros(replicas, dtype=np.int64), "before": np.nan * ones, "log_step": plan.log_start * ones,
        "log_mean": plan.log_start * ones, "length": length * ones,
        "last": np.zeros((replicas, 2)), "moments": np.zeros((replicas, 2, 2)),
        "arms": np.zeros((replicas, ARMS, 4)),
    }  # fmt: skip
    state = restore(config, gas, stored)
    jit.spread(_begin, replicas, gas, _paths(state), state.clocks, state.tuning, state.work)
    if not np.isfinite(state.energy).all():
        replica = int(np.argmin(np.isfinite(state.energy)))
        raise RunError(f"replica {replica}: the energy of the initial state is not finite; do two charges coincide?")
    return state


def restore(config: Any, gas: Gas, stored: Mapping[str, Any]) -> Chains:
    """Chains from their stored fields."""
    plan, _ = plan_of(config, gas)
    work = gases.scratch(config.replicas, stored["trial"], gas)
    return Chains(**stored, gas=gas, keys=stream_keys(config, Purpose.SAMPLER), plan=plan, work=work)


def advance(state: Chains, target: int, budget: int) -> int:
    """Bring every chain to draw ``target``, in at most ``budget`` leapfrog steps each; the draw all have reached."""
    jit.spread(
        _run, len(state.draw), target, budget, state.gas, state.plan, state.keys, _paths(state), state.clocks,
        state.tuning, state.work,
    )  # fmt: skip
    return int(state.draw.min())


def _paths(state: Chains) -> Paths:
    return Paths(state.position, state.force, state.trial, state.trial_force, state.momentum)


@njit
def _begin(first: int, last: int, gas: Gas, paths: Paths, clocks: Clocks, tuning: Tuning, work: Scratch) -> None:
    for c in range(first, last):
        r = paths.position[c]
        gases.force(gas, r, work.order[c], work.spare[c], work.tile[c], paths.force[c])
        clocks.energy[c] = gases.energy(gas, r, work.order[c], work.spare[c], work.tile[c])
        tuning.last[c, 0] = gases.trap_energy(gas, r)
        tuning.last[c, 1] = clocks.energy[c]


@njit
def _run(
    first: int, last: int, target: int, budget: int, gas: Gas, plan: Plan, keys: Keys, paths: Paths, clocks: Clocks,
    tuning: Tuning, work: Scratch,
) -> None:  # fmt: skip
    """Chains ``first`` to ``last`` towards ``target``, at most ``budget`` leapfrog steps each."""
    for c in range(first, last):
        spent = 0
        trial, force, momentum = paths.trial[c], paths.trial_force[c], paths.momentum[c]
        while clocks.draw[c] < target and spent < budget:
            if clocks.left[c] == 0:
                _launch(c, gas, plan, keys[c], paths, clocks, tuning)
                kick_drift(momentum, paths.force[c], 0.5 * clocks.step[c], clocks.step[c], trial)
            else:
                kick_drift(momentum, force, clocks.step[c], clocks.step[c], trial)
            gases.force(gas, trial, work.order[c], work.spare[c], work.tile[c], force)
            clocks.left[c] -= 1
            spent += 1
            if clocks.left[c] == 0:
                kick_drift(momentum, force, 0.5 * clocks.step[c], 0.0, trial)
                _land(c, gas, plan, keys[c], paths, clocks, tuning, work)


@njit
def _launch(c: int, gas: Gas, plan: Plan, key: np.uint64, paths: Paths, clocks: Clocks, tuning: Tuning) -> None:
    """Fresh momenta and the steps of the next trajectory of chain ``c``."""
    draw = clocks.draw[c]
    momentum, trial, position = paths.momentum[c], paths.trial[c], paths.position[c]
    for axis in range(gas.dimension):
        fill_normals(key, draw, axis, momentum[axis])
    for axis in range(gas.rows):
        for i in range(gas.n):
            trial[axis, i] = position[axis, i]
    step = np.exp(tuning.log_step[c])
    clocks.left[c] = steps_of(_length(c, plan, draw, tuning), step)
    jitter, _ = uniforms(key, draw, 0, _MOVE)
    clocks.step[c] = step * (1.0 + _JITTER * (2.0 * jitter - 1.0))
    clocks.total[c] = gas.beta * clocks.energy[c] + kinetic(momentum)


@njit
def _arm(plan: Plan, draw: int) -> int:
    """Which length the trajectory from ``draw`` tries; -1: none."""
    return draw % ARMS if plan.adapt_length and plan.start // 2 <= draw < 0 else -1


@njit
def _length(c: int, plan: Plan, draw: int, tuning: Tuning) -> float:
    arm = _arm(plan, draw)
    return tuning.length[c] if arm < 0 else arm_length(tuning.length[c], arm)


@njit
def _land(
    c: int, gas: Gas, plan: Plan, key: np.uint64, paths: Paths, clocks: Clocks, tuning: Tuning, work: Scratch
) -> None:
    """Accept the end of a trajectory or stay, and learn from it while that is wanted."""
    draw, trial = clocks.draw[c], paths.trial[c]
    energy = gases.energy(gas, trial, work.order[c], work.spare[c], work.tile[c])
    rise = gas.beta * energy + kinetic(paths.momentum[c]) - clocks.total[c]
    probability = 0.0 if np.isnan(rise) else np.exp(-max(rise, 0.0))
    _, choice = uniforms(key, draw, 0, _MOVE)
    if choice < probability:
        clocks.energy[c] = energy
        for axis in range(gas.rows):
            for i in range(gas.n):
                paths.position[c, axis, i] = trial[axis, i]
                paths.force[c, axis, i] = paths.trial_force[c, axis, i]
    clocks.accepted[c] += probability
    clocks.tried[c] += 1
    clocks.draw[c] += 1
    if draw < 0:
        arm = _arm(plan, draw)
        trap = gases.trap_energy(gas, paths.position[c])
        if arm >= 0:
            steps = steps_of(_length(c, plan, draw, tuning), np.exp(tuning.log_step[c]))
            learn_length(c, tuning, arm, steps, trap, clocks.energy[c])
        tuning.last[c, 0], tuning.last[c, 1] = trap, clocks.energy[c]
        if plan.adapt_step:
            begun = plan.start if draw < plan.start // 2 else plan.start // 2
            learn_step(c, tuning, draw - begun + 1, probability)
        if draw == -1:
            freeze(c, clocks, tuning, plan.adapt_step, plan.adapt_length)


@njit_fast
def kick_drift(momentum: Reals, force: Reals, kick: float, drift: float, position: Reals) -> None:
    """Momenta by ``kick`` times the force, then positions by ``drift`` times the momenta; all (rows, n)."""
    for axis in range(position.shape[0]):
        for i in range(position.shape[1]):
            momentum[axis, i] += kick * force[axis, i]
            position[axis, i] += drift * momentum[axis, i]


@njit_fast
def kinetic(momentum: Reals) -> float:
    """Sum of p^2/2."""
    total = 0.0
    for axis in range(momentum.shape[0]):
        for i in range(momentum.shape[1]):
            total += momentum[axis, i] * momentum[axis, i]
    return 0.5 * total
