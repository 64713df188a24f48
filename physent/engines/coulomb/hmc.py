"""Hamiltonian Monte Carlo: any dimension, temperature and trap.

Duane, Kennedy, Pendleton and Roweth (1987), Phys. Lett. B 195, 216, doi 10.1016/0370-2693(87)91197-X; for Coulomb gases
Chafai and Ferre (2019), J. Stat. Phys. 174, 692, doi 10.1007/s10955-018-2195-6. A draw is one trajectory: new momenta
(unit masses), leapfrog steps in the potential beta E, accepted with probability min(1, exp(-dH)). Step and number of
steps vary by 20 % from trajectory to trajectory, independently of the state, so that no frequency is in step with them
(Neal 2011, Handbook of MCMC, chapter 5); the leapfrog map is reversible and preserves volume, so the draws have
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
from physent.core.stepping import by_work
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb.adaptation import arm_length, freeze, learn_length, learn_step, steps_of
from physent.engines.coulomb.gas import Gas
from physent.engines.coulomb.state import (
    ARMS,
    CHAIN,
    FORCE,
    MOMENTUM,
    POSITION,
    TRIAL,
    TRIAL_FORCE,
    Chains,
    Keys,
    stream_keys,
)
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
    plan, length = plan_of(config, gas)
    path = np.zeros((config.replicas, 5, gas.rows, gas.n))
    path[:, POSITION] = path[:, TRIAL] = position
    chain = np.zeros(config.replicas, dtype=CHAIN)
    chain["draw"], chain["before"], chain["length"] = plan.start, np.nan, length
    chain["log_step"] = chain["log_mean"] = plan.log_start
    state = restore(config, gas, {"path": path, **{name: chain[name] for name in chain.dtype.names or ()}})
    jit.spread(_begin, config.replicas, state)
    if not np.isfinite(state.energy).all():
        replica = int(np.argmin(np.isfinite(state.energy)))
        raise RunError(f"replica {replica}: the energy of the initial state is not finite; do two charges coincide?")
    return state


def restore(config: Any, gas: Gas, stored: Mapping[str, Any]) -> Chains:
    """Chains from their stored fields."""
    plan, _ = plan_of(config, gas)
    path = np.ascontiguousarray(stored["path"])
    chain = np.empty(config.replicas, dtype=CHAIN)
    names = chain.dtype.names or ()
    for name in names:
        chain[name] = stored[name]
    work = gases.scratch(config.replicas, path[:, TRIAL], gas)
    keys = stream_keys(config, Purpose.SAMPLER)
    views = {name: chain[name] for name in names}
    return Chains(path=path, **views, chain=chain, gas=gas, keys=keys, plan=plan, work=work)


def advance(state: Chains, target: int, budget: int) -> int:
    """Bring every chain towards draw ``target``, in at most ``budget`` leapfrog steps for each on average.

    All chains end their burn-in before one goes on. Returns the mean draw reached, rounded down: ``target`` only when
    all are there.
    """
    burning = bool((state.draw < 0).any())
    stop = min(target, 0) if burning else target
    jit.spread(_run, len(state.draw), stop, budget, state.gas, state.plan, state.keys, state.path, state.chain,
               *state.work)  # fmt: skip
    if burning:
        for c in np.flatnonzero((state.draw == 0) & np.isnan(state.before)):
            freeze(state.chain[c], state.plan.adapt_step, state.plan.adapt_length)
    return int(state.draw.sum()) // len(state.draw)


def _begin(first: int, last: int, state: Chains) -> None:
    gas = state.gas
    for c in range(first, last):
        r = state.path[c, POSITION]
        gases.force(gas, r, c, *state.work, state.path[c, FORCE])
        state.energy[c] = gases.energy(gas, r, c, *state.work)
        state.last[c] = gases.trap_energy(gas, r), state.energy[c]


@njit
def _leap(
    c: int, target: int, left: int, gas: Gas, plan: Plan, keys: Keys, path: Reals, chains: Any,
    line: Any, plane: Any, space: Any,
) -> int:  # fmt: skip
    """Chain ``c`` towards draw ``target``, in at most ``left`` leapfrog steps; how many."""
    spent, chain = 0, chains[c]
    trial, force, momentum = path[c, TRIAL], path[c, TRIAL_FORCE], path[c, MOMENTUM]
    while chain.draw < target and spent < left:
        if chain.left == 0:
            _launch(gas, plan, keys[c], path[c], chain)
            kick_drift(momentum, path[c, FORCE], 0.5 * chain.step, chain.step, trial)
        else:
            kick_drift(momentum, force, chain.step, chain.step, trial)
        gases.force(gas, trial, c, line, plane, space, force)
        chain.left -= 1
        spent += 1
        if chain.left == 0:
            kick_drift(momentum, force, 0.5 * chain.step, 0.0, trial)
            energy = gases.energy(gas, trial, c, line, plane, space)
            _land(gas, plan, keys[c], path[c], chain, energy)
    return spent


@njit
def _launch(gas: Gas, plan: Plan, key: np.uint64, path: Reals, chain: Any) -> None:
    """Fresh momenta and the steps of the next trajectory."""
    draw, momentum = chain.draw, path[MOMENTUM]
    for axis in range(gas.dimension):
        fill_normals(key, draw, axis, momentum[axis])
    for axis in range(gas.rows):
        for i in range(gas.n):
            path[TRIAL, axis, i] = path[POSITION, axis, i]
    step = np.exp(chain.log_step)
    arm = _arm(plan, draw)
    chain.left = steps_of(chain.length if arm < 0 else arm_length(chain.length, arm), step)
    jitter, _ = uniforms(key, draw, 0, _MOVE)
    chain.step = step * (1.0 + _JITTER * (2.0 * jitter - 1.0))
    chain.total = gas.beta * chain.energy + kinetic(momentum)


@njit
def _arm(plan: Plan, draw: int) -> int:
    """Which length the trajectory from ``draw`` tries; -1: none."""
    return draw % ARMS if plan.adapt_length and plan.start // 2 <= draw < 0 else -1


@njit
def _land(gas: Gas, plan: Plan, key: np.uint64, path: Reals, chain: Any, energy: float) -> None:
    """Accept the end of a trajectory, of ``energy``, or stay, and learn from it while that is wanted."""
    draw = chain.draw
    rise = gas.beta * energy + kinetic(path[MOMENTUM]) - chain.total
    probability = 0.0 if np.isnan(rise) else np.exp(-max(rise, 0.0))
    _, choice = uniforms(key, draw, 0, _MOVE)
    if choice < probability:
        chain.energy = energy
        for axis in range(gas.rows):
            for i in range(gas.n):
                path[POSITION, axis, i] = path[TRIAL, axis, i]
                path[FORCE, axis, i] = path[TRIAL_FORCE, axis, i]
    chain.accepted += probability
    chain.tried += 1
    chain.draw += 1
    if draw < 0:
        arm = _arm(plan, draw)
        trap = gases.trap_energy(gas, path[POSITION])
        if arm >= 0:
            steps = steps_of(arm_length(chain.length, arm), np.exp(chain.log_step))
            learn_length(chain, arm, steps, trap, chain.energy)
        chain.last[0], chain.last[1] = trap, chain.energy
        if plan.adapt_step:
            begun = plan.start if draw < plan.start // 2 else plan.start // 2
            learn_step(chain, draw - begun + 1, probability)


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


_run = by_work(_leap)
