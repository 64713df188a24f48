"""The one-dimensional nonlinear Schrödinger equation on a periodic line.

    i psi_t + 1/2 psi_xx + s |psi|^2 psi = U(x) psi,    x in [-L/2, L/2),    s = +1 focusing, -1 defocusing

in units in which dispersion and nonlinearity are 1/2 and 1. The line is a grid of N points, psi a trigonometric
polynomial: derivatives are exact in wavenumber. Methods (``resolved``):

- strang, rkn4, rkn6: palindromic splittings of order 2, 4, 6 (``core.splitting``), fixed step; they conserve the mass
  to round-off and the energy to their order.
- if_dop853: DOP853 in the interaction picture (``core.interaction``), order 8, adaptive for each replica alone; the
  estimated local L2 error per unit time stays below ``tolerance`` times the norm of psi.
  Modes that a step does not resolve are set to zero where they hold no more than noise, 1e-13 of psi: on a
  background that fills the box they would grow from round-off (``core.interaction``).
- auto: if_dop853, to a tolerance of at most 1e-5, since looser ones hardly save work (``state.LOOSEST``). Not a
  splitting: with steps as long as its accuracy allows, short waves with k^2 h = 2 pi j turn by whole turns between the
  kicks and are coupled as if there were no dispersion. They grow, slowly, until step doubling sees them: too late.

The global error is what the steps leave, times what the equation makes of it: of the order of ``tolerance`` times the
time where the wave is stable. A miss that the run itself can prove is a warning in the file (``doubts``).

dealias: half keeps the modes |k| < k_max/2, in which the cubic term is free of aliasing (a splitting removes the others
after each rotation: the mass that they carry is lost, and the mass shows it).

Invariants: mass, energy and, without potential, momentum. A harmonic potential U = (frequency x)^2 / 2 has a kink at
the seam of the box: the wave must vanish there. References: Zakharov and Shabat (1972), Sov. Phys. JETP 34, 62, for the
equation; those of the methods are in the modules named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.core import jit
from physent.core.splitting import split_steps
from physent.core.stepping import StepClock
from physent.declare import Coordinate, DrawSchedule, Problem, Section, TimeSchedule, Variable
from physent.engines import Arrays, EngineConfig
from physent.engines.nlse import checks, doubts, initial, observables
from physent.engines.nlse.interaction import STAGES, adaptive_steps
from physent.engines.nlse.parameters import Initial, Parameters
from physent.engines.nlse.state import ADAPTIVE, State, begin, psi, resolved_method, resolved_tolerance, set_up
from physent.errors import RunError, UsageError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from physent.declare import Movie

EQUATION = (
    "i psi_t + psi_xx/2 + s |psi|^2 psi = U(x) psi, s = 1 (sign: focusing) or -1 (defocusing), "
    "U = 0 (potential: none) or frequency^2 x^2/2 (harmonic)"
)

_WORK_PER_POINT = 1.0
"""Units of work (about 10 ns) that a stage takes for each point of the transform."""


class NlseEngine:
    """Engine of the nonlinear Schrödinger equation; stateless."""

    name = "nlse"
    title = "One-dimensional nonlinear Schrödinger equation"
    references: tuple[str, ...] = (
        "Zakharov and Shabat (1972), Sov. Phys. JETP 34, 62",
        "Blanes and Moan (2002), J. Comput. Appl. Math. 142, 313, doi 10.1016/S0377-0427(01)00492-7",
        "Hairer, Norsett and Wanner (1993), Solving Ordinary Differential Equations I, doi 10.1007/978-3-540-78862-1",
        "Lawson (1967), SIAM J. Numer. Anal. 4, 372, doi 10.1137/0704033",
    )
    Parameters: type[Section] = Parameters
    Initial: Any = Initial
    Schedule: type[TimeSchedule | DrawSchedule] = TimeSchedule
    headline = "max_intensity"
    fixed: frozenset[str] = frozenset({"length", "points"})
    actions: frozenset[str] = frozenset()
    initial_fields: tuple[str, ...] = ("psi_real", "psi_imag")

    def check(self, config: EngineConfig) -> Iterator[Problem]:
        """Contradictions and doubts between the config's sections."""
        return checks.problems(config)

    def variables(self, config: EngineConfig) -> tuple[Variable, ...]:
        """Everything that `fields` returns."""
        return observables.VARIABLES

    def coordinates(self, config: EngineConfig) -> tuple[Coordinate, ...]:
        """Position and wavenumber."""
        return observables.coordinates(config.parameters.length, config.parameters.points)

    def resolved(self, config: EngineConfig) -> Mapping[str, str | float]:
        """The method that ``auto`` stands for and its tolerance, and the equation, for who reads the file alone."""
        chosen: dict[str, str | float] = {"method": resolved_method(config.parameters), "equation": EQUATION}
        if config.parameters.method == "auto":
            chosen["tolerance"] = resolved_tolerance(config.parameters)
        return chosen

    def state_bytes(self, config: EngineConfig) -> int:
        """Estimate of the memory of state, work arrays of one thread, and a record in the making."""
        points, replicas = int(config.parameters.points), int(config.replicas)
        scratch = (4 * STAGES + 12) * 8 * points
        return replicas * points * 16 * 5 + scratch

    def initial(self, config: EngineConfig, given: Arrays | None = None) -> State:
        """State at the start; ``given`` holds psi_real and psi_imag, each (x,) or (replica, x)."""
        replicas, points = config.replicas, config.parameters.points
        if given is None:
            waves = np.array([initial.wave(config, replica) for replica in range(replicas)])
        else:
            real, imag = (_given(given, name, replicas, points) for name in self.initial_fields)
            waves = real + 1j * imag
        return begin(set_up(config), waves, config.schedule.start)

    def restore(self, config: EngineConfig, stored: Mapping[str, Any]) -> State:
        """State from its stored fields."""
        return State(**stored, setup=set_up(config))

    def reconfigure(self, state: State, config: EngineConfig) -> State:
        """The same wave under another sign, method, tolerance, step or dealiasing."""
        fresh = begin(set_up(config), psi(state), float(state.time.min()))
        fresh.evaluations, fresh.rejections = state.evaluations, state.rejections
        return fresh

    def act(self, state: State, action: str) -> State:
        """There are no actions: raises UsageError."""
        raise UsageError(f"found action {action}, expected none: nlse has no actions")

    def advance(self, state: State, target: float, work: int) -> float:
        """Move towards time ``target``; raises RunError where psi is not finite."""
        setup, replicas = state.setup, state.wave.shape[0]
        tables = setup.wave.tables
        cost = _WORK_PER_POINT * setup.stages * tables.work[0] // 2 * tables.work[1]
        budget = max(1, int(work / (cost * replicas)))
        if setup.method == ADAPTIVE:
            if target != state.target:
                state.target = target
                state.left[:] = 0
            jit.spread(adaptive_steps, replicas, state.wave, state.clocks, target, setup.tolerance, budget, setup.wave)
        else:
            clock = StepClock(state.leg_start, float(setup.step))
            before = state.steps.copy()
            jit.spread(
                split_steps,
                replicas,
                clock.count(target),
                budget,
                state.steps,
                state.wave,
                tables,
                setup.kicks,
                setup.factors,
                setup.wave.shift,
            )
            state.evaluations += (state.steps - before) * setup.stages
            state.time[:] = clock.time(state.steps, target)
        _refuse_not_finite(state, target)
        return float(state.time.min())

    def fields(self, state: State) -> dict[str, np.ndarray[Any, Any]]:
        """Every variable at this instant, as new arrays."""
        return observables.observe(state.setup, psi(state))

    def figure(self, dataset: xr.Dataset) -> Figure:
        """Intensity over space and time, its peak, and the drift of the invariants."""
        from physent.engines.nlse.figure import draw

        return draw(dataset)

    def movie(self, dataset: xr.Dataset) -> Movie | None:
        """Frames of the animation; None where fields are not stored."""
        from physent.engines.nlse.movie import movie

        return movie(dataset)

    def doubts(self, state: State, record: Arrays) -> Iterator[tuple[str, str]]:
        """A spectrum that the grid does not hold, a tolerance that is missed, a trapped wave that reaches the seam."""
        return doubts.found(state, record)


def _given(given: Arrays, name: str, replicas: int, points: int) -> np.ndarray[Any, Any]:
    values = np.asarray(given[name], dtype=np.float64)
    if values.shape not in ((points,), (replicas, points)):
        raise UsageError(
            f"{name} has shape {values.shape}, expected (x,) = {(points,)} or (replica, x) = {(replicas, points)}"
        )
    if not np.isfinite(values).all():
        raise UsageError(f"{name} holds a value that is not finite")
    return np.broadcast_to(values, (replicas, points))


def _refuse_not_finite(state: State, target: float) -> None:
    bad = ~(np.isfinite(state.wave.real).all(axis=1) & np.isfinite(state.wave.imag).all(axis=1))
    bad |= ~np.isfinite(state.time)
    if bad.any():
        replica = int(np.argmax(bad))
        raise RunError(
            f"replica {replica}: psi is not finite on the way to time {target:.6g}; "
            f"a smaller amplitude, or a smaller parameters.step, would help"
        )
