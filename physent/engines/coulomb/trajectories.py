"""Leapfrog trajectories of chains: kernels of Hamiltonian Monte Carlo.

A draw is one trajectory: new momenta (unit masses), leapfrog steps in the potential beta E, accepted with probability
min(1, exp(-dH)). The step, and with it the length of the trajectory, varies randomly by 20 %, independently of the
state, so that it is in resonance with no frequency (Neal 2011, Handbook of MCMC, chapter 5). The leapfrog map is
reversible and preserves volume, so the draws have the right law for any step; also on a line, where the force jumps
when charges cross (dH is then of first order in the step).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.jit import njit, njit_fast
from physent.core.random import fill_normals, uniforms
from physent.core.stepping import by_work
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb.adaptation import arm_length, learn_length, learn_step, steps_of
from physent.engines.coulomb.chain import ARMS, BATCHES, FORCE, MOMENTUM, POSITION, TRIAL, TRIAL_FORCE, Settings
from physent.engines.coulomb.gas import Gas, Keys
from physent.typing import Floats

_JITTER = 0.2
_MOVE = 3  # draw word of jitter and acceptance; the words below are for the momenta along each axis


@njit
def _leap(
    c: int, target: int, left: int, gas: Gas, settings: Settings, keys: Keys, path: Floats, chains: Any,
    line: Any, plane: Any, space: Any, table: Any,
) -> int:  # fmt: skip
    """Move chain ``c`` towards draw ``target``, in at most ``left`` leapfrog steps; returns their number."""
    spent, chain = 0, chains[c]
    trial, force, momentum = path[c, TRIAL], path[c, TRIAL_FORCE], path[c, MOMENTUM]
    while chain.draw < target and spent < left:
        if chain.left == 0:
            _launch(gas, settings, keys[c], path[c], chain)
            kick_drift(momentum, path[c, FORCE], 0.5 * chain.step, chain.step, trial)
        else:
            # The half kicks at the end of one step and at the start of the next are merged.
            kick_drift(momentum, force, chain.step, chain.step, trial)
        gases.force(gas, trial, c, line, plane, space, table, force)
        chain.left -= 1
        spent += 1
        if chain.left == 0:  # momenta at the time of the positions, for the energy
            kick_drift(momentum, force, 0.5 * chain.step, 0.0, trial)
            energy = gases.energy(gas, trial, c, line, plane, space, table)
            _land(gas, settings, keys[c], path[c], chain, energy, table)
    return spent


@njit
def _launch(gas: Gas, settings: Settings, key: np.uint64, path: Floats, chain: Any) -> None:
    """Fresh momenta and the steps of the next trajectory."""
    draw, momentum = chain.draw, path[MOMENTUM]
    # Rows beyond the dimension (the log-gas, which the kernels lay in the plane) stay at rest, and so on the line; a
    # trajectory that left the range of doubles may have left NaN in them.
    for axis in range(gas.rows):
        if axis < gas.dimension:
            fill_normals(key, draw, axis, momentum[axis])
        else:
            momentum[axis] = 0.0
    for axis in range(gas.rows):
        for i in range(gas.n):
            path[TRIAL, axis, i] = path[POSITION, axis, i]
    prepare(settings, key, chain)
    chain.total = gas.beta * chain.energy + kinetic(momentum)


@njit
def prepare(settings: Settings, key: np.uint64, chain: Any) -> None:
    """Number and length of the steps of the trajectory that starts now."""
    step, arm = np.exp(chain.log_step), _arm(settings, chain.draw)
    chain.left = steps_of(chain.length if arm < 0 else arm_length(chain.length, arm), step)
    # The jitter does not change the number of steps, so it changes the length of the trajectory.
    jitter, _ = uniforms(key, chain.draw, 0, _MOVE)
    chain.step = step * (1.0 + _JITTER * (2.0 * jitter - 1.0))


@njit
def _arm(settings: Settings, draw: int) -> int:
    """Index of the length that the trajectory from ``draw`` tries; -1: none."""
    return draw % ARMS if settings.adapt_length and settings.start // 2 <= draw < 0 else -1


@njit
def _land(gas: Gas, settings: Settings, key: np.uint64, path: Floats, chain: Any, energy: float, table: Any) -> None:
    """Accept the end of a trajectory, of ``energy``, or stay; during the burn-in, adapt to the outcome."""
    rise = gas.beta * energy + kinetic(path[MOMENTUM]) - chain.total
    probability, accepted = judge(key, chain, rise, energy)
    trap = chain.last[0]
    if accepted:
        for axis in range(gas.rows):
            for i in range(gas.n):
                path[POSITION, axis, i] = path[TRIAL, axis, i]
                path[FORCE, axis, i] = path[TRIAL_FORCE, axis, i]
        trap = gases.trap_energy(gas, path[POSITION], table)
    pulled = gases.pull(gas, path[POSITION], trap, table) if chain.draw >= 0 else 0.0
    book(gas, settings, chain, probability, trap, pulled)


@njit
def judge(key: np.uint64, chain: Any, rise: float, energy: float) -> tuple[float, bool]:
    """Probability to accept the end of a trajectory, of ``energy``, and whether it is accepted.

    ``rise`` is that of beta E plus the kinetic energy.
    """
    # Not finite: the trajectory left the range of doubles, or two charges met.
    probability = np.exp(-max(rise, 0.0)) if np.isfinite(rise) else 0.0
    _, choice = uniforms(key, chain.draw, 0, _MOVE)  # the partner of the jitter, and independent of it
    chain.stayed += 1
    if choice < probability:
        chain.stayed = 0
        chain.energy = energy
    chain.longest = max(chain.longest, chain.stayed)
    return probability, choice < probability


@njit
def book(gas: Gas, settings: Settings, chain: Any, probability: float, trap: float, pulled: float) -> None:
    """Enter a draw; ``trap`` and ``pulled`` are the energy of the trap and `gas.pull` of the sample."""
    draw = chain.draw
    if draw >= 0:
        _note_virial(chain, gases.virial(gas, pulled, chain.energy - trap))
    chain.accepted += probability  # has the same mean as the number of acceptances, and less scatter
    chain.tried += 1
    chain.draw += 1
    if draw < 0:
        arm = _arm(settings, draw)
        if arm >= 0:
            steps = steps_of(arm_length(chain.length, arm), np.exp(chain.log_step))
            learn_length(chain, arm, steps, trap, chain.energy)
        if settings.adapt_step:
            # Adaptation restarts half way, because the first half describes the initial state, not the gas.
            begun = settings.start if draw < settings.start // 2 else settings.start // 2
            learn_step(chain, draw - begun + 1, probability)
    chain.last[0], chain.last[1] = trap, chain.energy


@njit
def _note_virial(chain: Any, value: float) -> None:
    """Add the virial of a draw to its batch; batches are twice as long when all are full."""
    if chain.noted == BATCHES * chain.batch:  # memory stays bounded however long the chain
        for j in range(BATCHES // 2):
            chain.virial[j] = chain.virial[2 * j] + chain.virial[2 * j + 1]
        for j in range(BATCHES // 2, BATCHES):
            chain.virial[j] = 0.0
        chain.batch *= 2
    chain.virial[chain.noted // chain.batch] += value
    chain.noted += 1


@njit_fast
def kick_drift(momentum: Floats, force: Floats, kick: float, drift: float, position: Floats) -> None:
    """Add ``kick`` times the force to momenta, then ``drift`` times the momenta to positions; all (rows, n)."""
    for axis in range(position.shape[0]):
        for i in range(position.shape[1]):
            momentum[axis, i] += kick * force[axis, i]
            position[axis, i] += drift * momentum[axis, i]


@njit_fast
def kinetic(momentum: Floats) -> float:
    """Sum of p^2/2."""
    total = 0.0
    for axis in range(momentum.shape[0]):
        for i in range(momentum.shape[1]):
            total += momentum[axis, i] * momentum[axis, i]
    return 0.5 * total


run = by_work(_leap)
