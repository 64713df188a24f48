"""State of maps and flows: points, tangent vectors, and what they have stretched since the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from physent.core import dop853, jit
from physent.core.random import Purpose, uniform_array
from physent.core.stepping import StepClock
from physent.core.tangent import NO_NUMBER, Orbits, Rule, align, stretched
from physent.engines import Arrays, EngineConfig, stored_fields
from physent.engines.chaos import initial
from physent.engines.chaos.parameters import MOST_EXPONENTS
from physent.engines.chaos.systems import Dynamics, constants_of, dynamics_of
from physent.errors import RunError, UsageError
from physent.typing import Floats, Integers

RK4 = (np.array([[0.0, 0, 0, 0], [0.5, 0, 0, 0], [0, 0.5, 0, 0], [0, 0, 1, 0]]), np.array([1.0, 2, 2, 1]) / 6)
SCHEMES = {"rk4": RK4, "dop853": (dop853.STAGES, dop853.WEIGHTS), "map": (np.zeros((0, 0)), np.zeros(0))}
WORTH_THREADS = 20_000
"""Work below which other threads would wait longer for their turn than for their part."""
LARGE = 1e148
"""Entries of tangent vectors above have squares that overflow."""
MOST_SHOWN = 6
"""Variables of a point in a message."""
USUAL = {True: 10, False: 1}
"""Steps of a flow, or of a map, between two orthonormalisations."""


@dataclass
class State:
    """Everything that evolves."""

    x: Floats  # (replica, d)
    q: Floats  # (replica, d, k) tangent vectors, as columns
    logs: Floats  # (replica, k) logarithms of stretching up to the last orthonormalisation
    volume: Floats  # (replica,) logarithm of the volume
    settled: Floats  # (replica, k + 1) both at the end of the transient
    lost: Integers  # (replica,) tangent vectors that vanished
    rough: Integers  # (replica,) tangent vectors of which little but rounding remained
    left: Integers  # (replica,) step at which the orbit left the bound, or had a fault, or -1
    fault: Integers  # (replica,) of `physent.core.tangent`
    made: Integers  # (replica,) steps since the start
    origin: int  # step of the start, or of the last restart of exponents
    target: float  # of the last call of `advance`
    last_made: Integers  # (replica,) steps and logarithms when that target was set, that is, at the previous sample
    last_logs: Floats
    last_x: Floats  # (replica, d)
    rule: Rule = field(metadata={"derived": True})
    dynamics: Dynamics = field(metadata={"derived": True})
    parameters: Any = field(metadata={"derived": True})

    @property
    def orbits(self) -> Orbits:
        """The arrays that kernels move."""
        counts = (self.lost, self.rough, self.left, self.fault)
        return Orbits(self.x, self.q, self.logs, self.volume, self.settled, *counts)

    @property
    def counted(self) -> Floats:
        """Time over which the exponents are averages, (replica,); not above 0 during the transient."""
        return np.asarray((self.made - self.origin - self.rule.transient) * self.rule.step)


def exponents_of(parameters: Any) -> int:
    """Number k of tangent vectors."""
    size = dynamics_of(parameters.system).size
    return min(size, MOST_EXPONENTS) if parameters.exponents is None else int(parameters.exponents)


def method_of(config: EngineConfig) -> str:
    """`map`, or the integrator of a flow."""
    return str(config.parameters.integrator) if dynamics_of(config.parameters.system).flow else "map"


def _rule(config: EngineConfig, origin: int) -> Rule:
    parameters = config.parameters
    dynamics = dynamics_of(parameters.system)
    step = parameters.step if dynamics.flow else 1.0
    stages, weights = SCHEMES[method_of(config)]
    return Rule(
        p=constants_of(parameters.system),
        start=dynamics.start,
        column=dynamics.column,
        diagonal=dynamics.diagonal,
        period=dynamics.period,
        step=step,
        stages=stages,
        weights=weights,
        origin=origin,
        transient=round(parameters.transient / step),
        every=parameters.reorthonormalise or USUAL[dynamics.flow],
        bound=parameters.bound,
    )


def start(config: EngineConfig, given: Arrays | None) -> State:
    """State at time 0; UsageError if a point is beyond the bound."""
    replicas, k = config.replicas, exponents_of(config.parameters)
    x = initial.points(config) if given is None else np.array(given["state"], np.float64)
    if not (np.abs(x) <= config.parameters.bound).all():
        bound = f"parameters.bound = {config.parameters.bound:g}"
        raise UsageError(f"state holds {np.abs(x).max():.6g}, expected at most {bound}")
    d, period = x.shape[1], dynamics_of(config.parameters.system).period
    turns = np.divide(x, period, out=np.zeros(x.shape), where=period > 0)
    x -= period * np.floor(turns)
    stored = {
        "x": x,
        "q": np.broadcast_to(_tangents(d, k), (replicas, d, k)).copy(),
        "logs": np.zeros((replicas, k)),
        "volume": np.zeros(replicas),
        "settled": np.zeros((replicas, k + 1)),
        "lost": np.zeros(replicas, np.int64),
        "rough": np.zeros(replicas, np.int64),
        "left": np.full(replicas, -1, np.int64),
        "fault": np.zeros(replicas, np.int64),
        "made": np.zeros(replicas, np.int64),
        "origin": 0,
        "target": 0.0,
        "last_made": np.zeros(replicas, np.int64),
        "last_logs": np.zeros((replicas, k)),
        "last_x": x.copy(),
    }
    return restore(config, stored)


def _tangents(d: int, k: int) -> Floats:
    """Orthonormal vectors (d, k) in general position: axes would stay within uncoupled parts, and out of order."""
    q = uniform_array(0, Purpose.INITIAL, 0, 0, d * k, 1).reshape(1, k, d).transpose(0, 2, 1) - 0.5  # k adds columns
    counts = np.zeros((4, 1), np.int64)
    q = np.ascontiguousarray(q)
    align(0, 1, Orbits(np.zeros((1, d)), q, np.zeros((1, k)), np.zeros(1), np.zeros((1, k + 1)), *counts))
    return np.asarray(q[0])


def restore(config: EngineConfig, stored: Mapping[str, Any]) -> State:
    """State from what was stored."""
    rule, dynamics = _rule(config, stored["origin"]), dynamics_of(config.parameters.system)
    return State(**stored, rule=rule, dynamics=dynamics, parameters=config.parameters)


def change(config: EngineConfig, state: State) -> State:
    """State at the start of a leg: exponents of the new parameters count from here, after the transient.

    Tangent vectors are set afresh: those of before may lie, to rounding, in a part of space that the new equations
    never let them leave.
    """
    changed = restore(config, stored_fields(state))
    changed.q[:] = _tangents(*changed.q.shape[1:])
    return restart(changed)


def restart(state: State) -> State:
    """The same point and tangent vectors; exponents count from here, after the transient."""
    state.origin = int(state.made[0])
    state.rule = state.rule._replace(origin=state.origin)
    align(0, len(state.x), state.orbits)
    return state


def act(state: State, action: str) -> State:
    """Carry out `restart_exponents`."""
    return restart(state)


def advance(state: State, target: float, work: int) -> float:
    """Move towards ``target``; see `Method.advance`. RunError as of `_refuse`."""
    if target != state.target:  # the first call towards this target: local exponents are differences from here
        state.target, state.last_made, state.last_logs = target, state.made.copy(), logarithms(state)
        state.last_x = state.x.copy()
    clock = StepClock(0.0, state.rule.step)
    each, count = cost(state), clock.count(target)
    budget = max(1, int(work / each))
    if each * min(budget, count - int(state.made.min())) < WORTH_THREADS:
        state.dynamics.advance(0, len(state.x), count, budget, state.made, state.orbits, state.rule)
    else:
        jit.spread(state.dynamics.advance, len(state.x), count, budget, state.made, state.orbits, state.rule)
    _refuse(state)
    return float(clock.time(state.made, target).min())


def _refuse(state: State) -> None:
    """RunError if an orbit left the bound, the Jacobian is no number, or tangent vectors overflowed."""
    over = ~(np.abs(state.q) < LARGE).all(axis=(1, 2)) if state.q.size else np.zeros(len(state.x), bool)
    ends = (state.left >= 0) | over
    if not ends.any():
        return
    replica = int(np.argmax(ends))
    step = int(state.left[replica] if state.left[replica] >= 0 else state.made[replica])
    x, bound, at = state.x[replica], state.rule.bound, f"at time {step * state.rule.step:.6g}"
    pairs = list(zip(state.dynamics.names, x, strict=True))
    if not (np.abs(x) <= bound).all():
        name, value = max(pairs, key=lambda pair: np.inf if np.isnan(pair[1]) else abs(pair[1]))
        if np.isnan(value):
            raise RunError(
                f"replica {replica}: {name} is no number {at}: a logarithm, root or power of a negative number, 0/0, "
                "or an overflow; start where the equations are defined, or choose a smaller parameters.step of a flow"
            )
        remedy = "or a larger parameters.bound" if np.isfinite(value) else "or equations that never divide by 0"
        raise RunError(
            f"replica {replica} left |x| <= {bound:g} {at}: {name} = {value:.6g}; start inside the basin of an "
            f"attractor, or choose a smaller parameters.step of a flow, {remedy}"
        )
    if state.fault[replica] == NO_NUMBER:
        near = "near" if state.dynamics.flow else "at"  # the stages of a flow are beyond x
        point = ", ".join(f"{name} = {value:.6g}" for name, value in pairs[:MOST_SHOWN])
        raise RunError(
            f"replica {replica}: the Jacobian is no number {near} {point}{', ...' * (len(pairs) > MOST_SHOWN)} {at}; "
            "choose equations with finite derivatives there, or parameters.exponents: 0"
        )
    raise RunError(
        f"replica {replica}: tangent vectors overflowed {at}: choose a smaller parameters.reorthonormalise, "
        f"found {state.rule.every}"
    )


def cost(state: State) -> float:
    """Work of a step of all replicas, in units of 10 ns, as measured within a factor of 2."""
    replicas, d, k = state.q.shape
    stages, every = max(1, len(state.rule.weights)), state.rule.every
    rows = stages * (len(state.rule.column) + d * (1 + stages // 2)) * (1 + k / 16)
    squares = d * k * k / every + (d**3 / 3 if k and not state.dynamics.flow else 0)
    return float(replicas * (2 * stages + 0.1 * rows + 0.03 * squares + 4 * k / every))


def logarithms(state: State) -> Floats:
    """Logarithms of stretching since the start, (replica, k), to this moment."""
    out: Floats = np.empty_like(state.logs)
    stretched(0, len(out), state.orbits, out)
    return out
