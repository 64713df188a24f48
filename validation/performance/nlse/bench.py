"""Nonlinear Schrödinger equation: CPU time at equal or better error, next to simple-idealized-1d-nlse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from physent import engines
from physent.config import load_config
from physent.core import fft
from physent.core.jit import njit
from physent.engines.nlse.initial import wave
from physent.evidence import Bound, Contestant, relative_l2
from physent.theory import solitons

HERE = Path(__file__).parent
PEER = "simple_idealized_1d_nlse"
POINTS = 1024
WORK = 20_000_000  # the runner's bound on one call of advance
Wave = np.ndarray[Any, Any]


class Outcome(NamedTuple):
    """The wave at the end, and how often the nonlinear term was evaluated."""

    psi: Wave
    evaluations: int


TASKS = {
    "two_solitons": "two solitons collide, L = 60, N = 1024, T = 10",
    "breather": "the peer's breather, L = 50, N = 1024, T = 20",
}
# Each race is run at the error that the peer reaches: with its filter, its default, 4e-7; without, about 1e-12.
STEPS = {"two_solitons": 0.016, "breather": 0.01}


def contestants() -> Iterator[Contestant]:
    """For each wave two races: against the peer as it comes, and against it with its filter switched off."""
    for name, title in TASKS.items():
        coarse = {"parameters.method": "rkn6", "parameters.step": STEPS[name]}
        races = {
            "error below 5e-7": ("rkn6", coarse, "default", True),
            "error below 1e-11": ("if_dop853", {}, "unfiltered", False),
        }
        for goal, (method, changes, mode, filtered) in races.items():
            yield Contestant(
                name=f"physent {method}",
                task=f"{title}; {goal}",
                prepare=_physent(name, changes),
                error=partial(_error, name),
                error_of="psi, relative L2",
                reference=True,
                bound=partial(_transforms_alone, POINTS),
            )
            yield Contestant(
                name=f"simple-idealized-1d-nlse, {mode}",
                task=f"{title}; {goal}",
                prepare=_peer(name, filtered),
                error=partial(_error, name),
                error_of="psi, relative L2",
                needs=PEER,
            )


def _physent(name: str, changes: dict[str, Any]) -> Callable[[], Callable[[], Outcome]]:
    def prepare() -> Callable[[], Outcome]:
        config = load_config(HERE / f"{name}.yaml", changes)
        engine = engines.get("nlse")
        until = config.schedule.until
        engine.advance(engine.initial(config), until, 1)  # compiles
        state = engine.initial(config)

        def work() -> Outcome:
            while engine.advance(state, until, WORK) != until:
                pass
            fields = engine.fields(state)
            return Outcome(fields["psi_real"][0] + 1j * fields["psi_imag"][0], int(state.evaluations[0]))

        return work

    return prepare


def _peer(name: str, filtered: bool) -> Callable[[], Callable[[], Outcome]]:
    def prepare() -> Callable[[], Outcome]:
        from simple_idealized_1d_nlse.core.solver import NLSESolver

        config = load_config(HERE / f"{name}.yaml")
        parameters, until = config.parameters, config.schedule.until
        solver = NLSESolver(parameters.length, parameters.points, use_filtering=filtered, verbose=False)
        start = wave(config, 0)

        def work() -> Outcome:
            solution = solver.solve(start, until, 2, show_progress=False, monitor_conservation=False)
            return Outcome(solution["psi"][-1], int(solution["solver_info"]["nfev"]))

        return work

    return prepare


@cache
def _truth(name: str) -> Wave:
    """The exact wave at the end; for the breather our own at twice the points and a thousandth of the tolerance."""
    config = load_config(HERE / f"{name}.yaml")
    if name == "two_solitons":
        x = config.parameters.length * (np.arange(config.parameters.points) / config.parameters.points - 0.5)
        return solitons.n_soliton(x, config.schedule.until, (2.0, 1.5), (-10.0, 10.0), (2.0, -2.0), (0.0, 0.0))
    fine = {"parameters.points": 2 * config.parameters.points, "parameters.tolerance": 1e-14}
    return _physent(name, fine)()().psi[::2]


def _error(name: str, outcome: Outcome) -> float:
    return relative_l2(outcome.psi, _truth(name))


@njit
def _pairs(count: int, tables: fft.Plan, re: Wave, im: Wave, factor: Wave, work: Wave) -> None:
    for _ in range(count):
        fft.transform(tables, re, im, factor, work, fft.BOTH)


def _transforms_alone(points: int, outcome: Outcome, count: int = 5000) -> Bound:
    """CPU time of one forward and one inverse transform for each evaluation, as our transform runs now."""
    tables = fft.plan(points)
    re, im, factor, work = np.ones(points), np.ones(points), np.full((2, points), 1 / points), np.empty(tables.work)
    _pairs(1, tables, re, im, factor, work)
    start = time.process_time()
    _pairs(count, tables, re, im, factor, work)
    pair = (time.process_time() - start) / count
    text = f"{outcome.evaluations} evaluations x {pair * 1e6:.1f} us for a pair of transforms, and nothing else"
    return Bound(text, outcome.evaluations * pair)
