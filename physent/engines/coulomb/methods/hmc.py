"""Hamiltonian Monte Carlo: any dimension, temperature and trap; O(N^2) per step, O(N log N) for d = 1 with U = -r.

Duane, Kennedy, Pendleton and Roweth (1987), Phys. Lett. B 195, 216, doi 10.1016/0370-2693(87)91197-X; for Coulomb gases
Chafai and Ferre (2019), J. Stat. Phys. 174, 692, doi 10.1007/s10955-018-2195-6. Draws are correlated; each replica is
one chain, adapted separately. Kernels: ``trajectories``, ``adaptation``.

The unit of the trajectory is 1/w, w the frequency of the trap (`gas.frequency`). The unit of the step has the further
factor (N/100)^(-1/4), which keeps the acceptance constant (Beskos et al. 2013, Bernoulli 19, 1501, doi
10.3150/12-BEJ414), and for the log-gas on a line, whose modes reach w sqrt(N), (N/100)^(-1/2)/2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.core import jit
from physent.declare import Problem, Variable
from physent.engines import Arrays, EngineConfig
from physent.engines.coulomb import doubts, observables, trajectories
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb.adaptation import freeze
from physent.engines.coulomb.chain import CHAIN, FORCE, POSITION, TRIAL, Settings
from physent.engines.coulomb.gas import Gas, Keys, Scratch, gas_of
from physent.engines.coulomb.initial import droplet
from physent.engines.coulomb.methods.sampler import Sampler, stream_keys
from physent.engines.potentials import OwnPotential
from physent.errors import RunError, UsageError
from physent.typing import Array, Floats

TRAJECTORY = 1.1
"""Default length of a trajectory, in 1/w."""

FREEZING = {gases.PLANE: 140.0, gases.SPACE: 175.0}
"""Coupling near which the uniform plasma freezes.

Plane: Caillol, Levesque, Weis and Hansen (1982), J. Stat. Phys. 28, 325; space: Potekhin and Chabrier (2000), Phys.
Rev. E 62, 8554.
"""

SHORTEST_BURN_IN = 100
"""Number of trajectories below which a burn-in gets a warning."""

# Work per leapfrog step, by kind of gas: per pair, and per charge (on a line, for sorting).
_PER_PAIR = {gases.LINE: 0.0, gases.LOG_LINE: 0.025, gases.PLANE: 0.025, gases.SPACE: 0.05}
_PER_CHARGE = {gases.LINE: 10.0, gases.LOG_LINE: 2.0, gases.PLANE: 2.0, gases.SPACE: 2.0}

VARIABLES = (
    observables.ENERGY,
    observables.MAX_RADIUS,
    Variable(
        "acceptance",
        "mean acceptance probability of all trajectories since draw 0; at draw 0 itself, of the burn-in",
        may_be_nan=True,
    ),
    Variable("step_size", "leapfrog step, frozen at draw 0"),
    Variable("trajectory_length", "length of a trajectory in time, frozen at draw 0"),
    observables.POSITION,
)


@dataclass
class Chains:
    """Samples, unfinished trajectories, clocks and adaptation of all chains."""

    path: Floats  # (replica, 5, rows, n): sample and its force, end of the trajectory and its force, momenta
    chain: npt.NDArray[Any]  # of `CHAIN`, (replica,)
    gas: Gas
    keys: Keys
    settings: Settings
    work: Scratch

    @property
    def position(self) -> Floats:
        """The current samples, (replica, rows, n)."""
        return self.path[:, POSITION]

    def max_radius(self) -> Floats:
        """Largest distance from the centre, (replica,)."""
        return observables.max_radius(self.position, self.gas.dimension)


def _settings(config: EngineConfig, gas: Gas) -> tuple[Settings, float]:
    """Settings of a config, and the initial length of trajectories in time."""
    asked, start = config.parameters.hmc, config.schedule.start
    w, crowd = gases.frequency(gas), (gas.n / 100.0) ** -0.25
    unit = crowd / w
    if gas.kind == gases.LOG_LINE:  # its fastest mode, of frequency about w sqrt(N), limits the step
        unit *= 0.5 * crowd * crowd
    adapt = asked.adapt and start < 0
    length = (TRAJECTORY if asked.trajectory is None else asked.trajectory) / w
    log_start = float(np.log(asked.step_factor * unit))
    return Settings(start, log_start, adapt, adapt and asked.trajectory is None), length


def placed(config: EngineConfig, given: Arrays | None) -> Chains:
    """The initial state without forces and energies; UsageError if charges are where the trap is not tabulated."""
    gas = gas_of(config.parameters)
    settings, length = _settings(config, gas)
    path = np.zeros((config.replicas, 5, gas.rows, gas.n))
    if given is None:
        path[:, POSITION] = droplet(config, gas)
    else:
        path[:, POSITION, : gas.dimension] = np.moveaxis(given["position"], 2, 1)
    path[:, TRIAL] = path[:, POSITION]
    chain = np.zeros(config.replicas, dtype=CHAIN)
    chain["draw"], chain["before"], chain["length"], chain["batch"] = settings.start, np.nan, length, 1
    chain["log_step"] = chain["log_mean"] = settings.log_start
    state = _assembled(config, path, chain)
    _refuse_beyond(config, state)
    return state


def weighed(state: Chains) -> Chains:
    """The state; RunError if an energy is not finite."""
    energy = state.chain["energy"]
    if not np.isfinite(energy).all():
        replica = int(np.argmin(np.isfinite(energy)))
        raise RunError(f"replica {replica}: the energy of the initial state is not finite; do two charges coincide?")
    return state


def _start(config: EngineConfig, given: Arrays | None) -> Chains:
    state = placed(config, given)
    jit.spread(_begin, config.replicas, state)
    return weighed(state)


def _refuse_beyond(config: EngineConfig, state: Chains) -> None:
    """Charges must start where a trap of the user's own is tabulated."""
    trap = gases.own_trap(config.parameters)
    farthest = math.sqrt(float((state.position**2).sum(axis=1).max()))
    if trap is not None and farthest > trap.reach:
        raise UsageError(
            f"a charge starts at r = {farthest:.4g}, expected at most {trap.reach:.4g}, beyond which a charge in the "
            f"trap {config.parameters.potential.kind} has no weight"
        )


def _begin(first: int, last: int, state: Chains) -> None:
    gas, chain = state.gas, state.chain
    for c in range(first, last):
        r = state.path[c, POSITION]
        gases.force(gas, r, c, *state.work, state.path[c, FORCE])
        chain["energy"][c] = gases.energy(gas, r, c, *state.work)
        chain["last"][c] = gases.trap_energy(gas, r, state.work.table), chain["energy"][c]


def _assembled(config: EngineConfig, path: Floats, chain: npt.NDArray[Any]) -> Chains:
    gas = gas_of(config.parameters)
    trap = gases.own_trap(config.parameters)
    work = gases.scratch(config.replicas, path[:, TRIAL], gas, None if trap is None else trap.table)
    return Chains(path, chain, gas, stream_keys(config), _settings(config, gas)[0], work)


def _store(state: Chains) -> dict[str, Any]:
    return {"path": state.path, **{name: state.chain[name] for name in CHAIN.names or ()}}


def _restore(config: EngineConfig, stored: Mapping[str, Any]) -> Chains:
    chain = np.zeros(config.replicas, dtype=CHAIN)
    chain["batch"] = 1
    for name in set(CHAIN.names or ()) & set(stored):  # files of earlier versions lack what only doubts read
        chain[name] = stored[name]
    return _assembled(config, np.ascontiguousarray(stored["path"]), chain)


def _advance(state: Chains, target: int, work: int) -> int:
    """Advance all chains; none passes draw 0 before all have ended their burn-in.

    Returns the mean draw reached, rounded down: ``target`` only if all chains have reached it.
    """
    gas, draw = state.gas, state.chain["draw"]
    cost = gas.n * (_PER_PAIR[gas.kind] * gas.n + _PER_CHARGE[gas.kind])
    budget = max(1, int(work / (cost * len(draw))))
    burning = bool((draw < 0).any())
    stop = min(target, 0) if burning else target
    jit.spread(trajectories.run, len(draw), stop, budget, gas, state.settings, state.keys, state.path, state.chain,
               *state.work)  # fmt: skip
    # At draw 0, which every chain reaches exactly, because the burn-in stops there.
    if burning:
        for c in np.flatnonzero((draw == 0) & np.isnan(state.chain["before"])):
            freeze(state.chain[c], state.settings.adapt_step, state.settings.adapt_length)
    return int(draw.sum()) // len(draw)


def _scalars(state: Chains) -> dict[str, Array]:
    chain = state.chain
    tried = chain["tried"]
    return {
        "energy": chain["energy"].copy(),
        "acceptance": np.where(tried > 0, chain["accepted"] / np.maximum(tried, 1), chain["before"]),
        "step_size": np.exp(chain["log_step"]),
        "trajectory_length": chain["length"].copy(),
        "max_radius": np.array(state.max_radius()),
    }


def _fields(state: Chains) -> dict[str, Array]:
    return _scalars(state) | {"position": observables.by_particle(state.position, state.gas.dimension)}


def _memory(config: EngineConfig) -> int:
    gas = gas_of(config.parameters)
    return int(8 * config.replicas * gas.n * (5 * gas.rows + 4) + 64 * gas.n)


def _force_is_bounded(config: EngineConfig) -> Iterator[Problem]:
    exponent = gas_of(config.parameters).exponent
    if exponent < 1 and not isinstance(config.parameters.potential, OwnPotential):
        message = (
            f"found {exponent}, expected >= 1: the force at the centre is unbounded, and sampler hmc cannot integrate "
            "it; at dimension 2, beta 2 take sampler radii if distances suffice"
        )
        yield Problem(("parameters", "potential", "exponent"), message)


def _gas_is_liquid(config: EngineConfig) -> Iterator[Problem]:
    gas = gas_of(config.parameters)
    strength, limit = gases.coupling(gas), FREEZING.get(gas.kind, math.inf)
    if strength is not None and strength > limit:
        message = (
            f"coupling Gamma = {strength:.4g} is beyond the freezing of the one-component plasma, near {limit:g}: "
            "chains of sampler hmc may stay in the first order that they reach; compare replicas (R-hat)"
        )
        yield Problem(("parameters", "beta"), message, is_warning=True)


def _start_is_forgotten(config: EngineConfig) -> Iterator[Problem]:
    burn_in = config.schedule.burn_in
    if burn_in < SHORTEST_BURN_IN:
        what = "to adapt the steps and to forget the start" if config.parameters.hmc.adapt else "to forget the start"
        message = f"found {burn_in}, expected >= {SHORTEST_BURN_IN} trajectories for sampler hmc {what}"
        yield Problem(("schedule", "burn_in"), message, is_warning=True)


METHOD = Sampler(
    needs={},
    any_trap=True,
    variables=VARIABLES,
    coordinates=observables.coordinates,
    checks=(_force_is_bounded, _gas_is_liquid, _start_is_forgotten),
    start=_start,
    store=_store,
    restore=_restore,
    advance=_advance,
    fields=_fields,
    scalars=_scalars,
    doubts=doubts.doubts,
    memory=_memory,
)
