"""Nonlinear Schrödinger equation: CPU time at equal or better error, next to simple-idealized-1d-nlse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import scipy.fft

from physent import engines
from physent.config import load_config
from physent.core import fft
from physent.engines.nlse.initial import wave
from physent.evidence import Bound, Contestant, relative_l2
from physent.theory import solitons

HERE = Path(__file__).parent
PEER = "simple_idealized_1d_nlse"
WORK = 20_000_000  # the runner's bound on one call of advance
Wave = np.ndarray[Any, Any]

TASKS = {
    "two_solitons": "two solitons collide, L = 60, N = 1024, T = 10",
    "breather": "the peer's breather, L = 50, N = 1024, T = 20",
}
# Fixed steps that stay below the error of the peer's default mode, 4e-7 and 2e-4.
COARSE = {"two_solitons": 0.025, "breather": 0.02}


def contestants() -> Iterator[Contestant]:
    """For each wave two races: against the peer as it comes, and against it with its filter switched off."""
    for name, title in TASKS.items():
        fast = {"parameters.method": "rkn6", "parameters.tolerance": 1e-10, "parameters.step": COARSE[name]}
        races = {"default": (True, fast, "rkn6"), "unfiltered": (False, {}, "if_dop853")}
        for mode, (filtered, changes, method) in races.items():
            task = f"{title}; peer {mode}"
            yield Contestant(
                name=f"physent {method}",
                task=task,
                prepare=_physent(name, changes),
                error=lambda psi, name=name: relative_l2(psi, _truth(name)),
                error_of="psi, relative L2",
                reference=True,
            )
            yield Contestant(
                name=f"simple-idealized-1d-nlse, {mode}",
                task=task,
                prepare=_peer(name, filtered),
                error=lambda psi, name=name: relative_l2(psi, _truth(name)),
                error_of="psi, relative L2",
                needs=PEER,
            )


def _physent(name: str, changes: dict[str, Any]) -> Callable[[], Callable[[], Wave]]:
    def prepare() -> Callable[[], Wave]:
        config = load_config(HERE / f"{name}.yaml", changes)
        engine = engines.get("nlse")
        until = config.schedule.until
        engine.advance(engine.initial(config), until, 1)  # compiles
        state = engine.initial(config)

        def work() -> Wave:
            while engine.advance(state, until, WORK) != until:
                pass
            fields = engine.fields(state)
            return np.asarray(fields["psi_real"][0] + 1j * fields["psi_imag"][0])

        return work

    return prepare


def _peer(name: str, filtered: bool) -> Callable[[], Callable[[], Wave]]:
    def prepare() -> Callable[[], Wave]:
        from simple_idealized_1d_nlse.core.solver import NLSESolver

        config = load_config(HERE / f"{name}.yaml")
        parameters, until = config.parameters, config.schedule.until
        solver = NLSESolver(parameters.length, parameters.points, use_filtering=filtered, verbose=False)
        start = wave(config, 0)

        def work() -> Wave:
            solution = solver.solve(start, until, 2, show_progress=False, monitor_conservation=False)
            return np.asarray(solution["psi"][-1])

        return work

    return prepare


@cache
def _truth(name: str) -> Wave:
    """The exact wave at the end; for the breather our own at twice the points and a hundredth of the tolerance."""
    config = load_config(HERE / f"{name}.yaml")
    if name == "two_solitons":
        x = config.parameters.length * (np.arange(config.parameters.points) / config.parameters.points - 0.5)
        return solitons.n_soliton(x, config.schedule.until, (2.0, 1.5), (-10.0, 10.0), (2.0, -2.0), (0.0, 0.0))
    fine = {"parameters.points": 2 * config.parameters.points, "parameters.tolerance": 1e-14}
    return _physent(name, fine)()()[::2]
