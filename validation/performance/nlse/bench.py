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
# Steps with which rkn6 stays below the error that the peer's filter leaves at any of its tolerances, 4e-7.
STEPS = {"two_solitons": 0.016, "breather": 0.01}
# The peer as it comes, and as loosely as the error of its filter allows; without filter, stability bounds its step.
FILTERED: dict[str, dict[str, Any]] = {"default": {}, "rtol 1e-6": {"rtol": 1e-6, "atol": 1e-8}}
UNFILTERED: dict[str, dict[str, Any]] = {"no filter": {"use_filtering": False}}


def contestants() -> Iterator[Contestant]:
    """For each wave two races: at the error of the peer's filter, and without that filter."""
    for name, title in TASKS.items():
        coarse: dict[str, Any] = {"parameters.method": "rkn6", "parameters.step": STEPS[name]}
        for goal, method, changes, peers in (
            ("error below 5e-7", "rkn6", coarse, FILTERED),
            ("error below 1e-11", "if_dop853", {}, UNFILTERED),
        ):
            entrant = partial(
                Contestant, task=f"{title}; {goal}", error=partial(_error, name), error_of="psi, relative L2"
            )
            prepare = _physent(name, changes)
            yield entrant(f"physent {method}", prepare=prepare, reference=True, bound=_transforms_alone)
            for mode, options in peers.items():
                yield entrant(f"simple-idealized-1d-nlse, {mode}", prepare=_peer(name, options), needs=PEER)


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


def _peer(name: str, options: dict[str, Any]) -> Callable[[], Callable[[], Outcome]]:
    def prepare() -> Callable[[], Outcome]:
        from simple_idealized_1d_nlse.core.solver import NLSESolver

        config = load_config(HERE / f"{name}.yaml")
        parameters, until = config.parameters, config.schedule.until
        tolerances = {key: value for key, value in options.items() if key != "use_filtering"}
        filtered = options.get("use_filtering", True)
        solver = NLSESolver(parameters.length, parameters.points, use_filtering=filtered, verbose=False)
        start = wave(config, 0)

        def work() -> Outcome:
            solution = solver.solve(start, until, 2, show_progress=False, monitor_conservation=False, **tolerances)
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


def _transforms_alone(outcome: Outcome, count: int = 5000) -> Bound:
    """CPU time of one forward and one inverse transform for each evaluation, as our transform runs now."""
    points = outcome.psi.size
    tables = fft.plan(points)
    re, im, factor, work = np.ones(points), np.ones(points), np.full((2, points), 1 / points), np.empty(tables.work)
    _pairs(1, tables, re, im, factor, work)
    start = time.process_time()
    _pairs(count, tables, re, im, factor, work)
    pair = (time.process_time() - start) / count
    text = f"{outcome.evaluations} evaluations x {pair * 1e6:.1f} us for a pair of transforms, and nothing else"
    return Bound(text, outcome.evaluations * pair)
