"""Nonlinear Schrödinger equation: CPU time at equal or smaller error, against simple-idealized-1d-nlse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.fft

from physent import engines
from physent.config.load import load_config
from physent.core import fft
from physent.core.jit import njit
from physent.engines.nlse.initial import wave
from physent.evidence import Bound, Contestant, relative_l2
from physent.theory import solitons

HERE = Path(__file__).parent
PEER = "simple_idealized_1d_nlse"
WORK = 20_000_000  # work per call of advance, about as in a run
Wave = np.ndarray[Any, Any]


class Outcome(NamedTuple):
    """The wave at the end (of the first realisation), and the number of evaluations of the nonlinear term."""

    psi: Wave
    evaluations: int


TITLES = {
    "two_solitons": "two solitons collide, L = 60, N = 1024, T = 10",
    "breather": "the peer's breather, L = 50, N = 1024, T = 20",
}
# The peer with its defaults, and with the loosest tolerance that the error of its filter, 4e-7, justifies. Without the
# filter, stability bounds its step, whatever the tolerance.
FILTERED: dict[str, dict[str, Any]] = {"default": {}, "rtol 1e-6": {"rtol": 1e-6, "atol": 1e-8}}
UNFILTERED: dict[str, dict[str, Any]] = {"no filter": {"use_filtering": False}}
# For each error, the cheapest of our methods that stays below it. The reference for the breather is accurate to 2e-12.
GOALS: tuple[tuple[str, str, str, float], ...] = (
    ("two_solitons", "1e-6", "rkn6", 0.02),
    ("two_solitons", "1e-8", "rkn6", 0.01),
    ("two_solitons", "1e-10", "if_dop853", 1.5e-9),
    ("two_solitons", "1e-12", "if_dop853", 2.5e-11),
    ("breather", "1e-6", "rkn6", 0.0125),
    ("breather", "1e-8", "rkn6", 0.00625),
    ("breather", "1e-10", "rkn6", 0.0032),
)
SIZES = (512, 1024, 2048, 4096)
REALISATIONS, REACH = 16, 5.0  # of turbulence.yaml
WHOLE = 1000 * 60.0
ENSEMBLE = (
    f"integrable turbulence, N = 1024: {REALISATIONS} realisations to T = {REACH:g}, "
    f"of which 1000 to T = 60 take {WHOLE / (REALISATIONS * REACH):g} times as long (extrapolated)"
)


def contestants() -> Iterator[Contestant]:
    """One race per wave and error, with the peer's filter if its error allows that; then one race per grid."""
    for name, goal, method, setting in GOALS:
        peers = FILTERED | UNFILTERED if goal == "1e-6" else UNFILTERED
        yield from _race(name, f"{TITLES[name]}; error below {goal}", method, setting, peers)
    for points in SIZES:
        title = f"two solitons through each other, L = 60, N = {points}, T = 1; error below 1e-10 from N = 1024 on"
        changes = {"parameters.points": points}
        yield from _race("crossing", title, "if_dop853", 1e-9, UNFILTERED, changes, once=points > 2048)
    yield from _ensemble()


def _ensemble() -> Iterator[Contestant]:
    """A splitting, and the peer with its step bounded by stability, need the same time per unit time at any time."""
    entrant = partial(
        Contestant,
        task=ENSEMBLE,
        error=partial(_error, "turbulence", 1024),
        error_of="psi of one, relative L2",
        units=lambda _: REALISATIONS * REACH,
        rate_of=f"realisations x time/s (1000 to T = 60 are {WHOLE:g})",
    )
    for method, reference in (("strang", True), ("rkn4", False)):
        prepare = _physent("turbulence", {"parameters.method": method, "parameters.step": 0.004})
        yield entrant(f"physent {method}, step 0.004", prepare=prepare, reference=reference, bound=_transforms_alone)
    for mode, options in {"default": {}, "no filter": {"use_filtering": False}}.items():
        prepare = _peer("turbulence", options, {})
        yield entrant(f"simple-idealized-1d-nlse, {mode}", prepare=prepare, needs=PEER, once=True)


def _race(
    name: str,
    task: str,
    method: str,
    setting: float,
    peers: dict[str, dict[str, Any]],
    changes: dict[str, Any] | None = None,
    once: bool = False,
) -> Iterator[Contestant]:
    changes = changes or {}
    key = "tolerance" if method == "if_dop853" else "step"
    ours = changes | {"parameters.method": method, f"parameters.{key}": setting}
    points = changes.get("parameters.points", 1024)
    entrant = partial(
        Contestant,
        task=task,
        error=partial(_error, name, points),
        error_of="psi, relative L2",
        units=lambda outcome: outcome.evaluations,
        rate_of="evaluations/s",
    )
    yield entrant(f"physent {method}", prepare=_physent(name, ours), reference=True, bound=_transforms_alone)
    for mode, options in peers.items():
        prepare = _peer(name, options, changes)
        slow = once or (name, mode) == ("breather", "no filter")
        yield entrant(f"simple-idealized-1d-nlse, {mode}", prepare=prepare, needs=PEER, once=slow)


def _physent(name: str, changes: dict[str, Any]) -> Callable[[], Callable[[], Outcome]]:
    def prepare() -> Callable[[], Outcome]:
        config = load_config(HERE / f"{name}.yaml", changes)
        method = engines.get("nlse").method(config)
        until = config.schedule.until
        method.advance(method.start(config, None), until, 1)  # compile
        state = method.start(config, None)

        def work() -> Outcome:
            while method.advance(state, until, WORK) != until:
                pass
            fields = method.fields(state)
            return Outcome(fields["psi_real"][0] + 1j * fields["psi_imag"][0], int(state.evaluations.sum()))

        return work

    return prepare


def _peer(name: str, options: dict[str, Any], changes: dict[str, Any]) -> Callable[[], Callable[[], Outcome]]:
    def prepare() -> Callable[[], Outcome]:
        from simple_idealized_1d_nlse.core.solver import NLSESolver

        config = load_config(HERE / f"{name}.yaml", changes)
        parameters, until = config.parameters, config.schedule.until
        tolerances = {key: value for key, value in options.items() if key != "use_filtering"}
        filtered = options.get("use_filtering", True)
        solver = NLSESolver(parameters.length, parameters.points, use_filtering=filtered, verbose=False)
        starts = [wave(config, replica) for replica in range(config.replicas)]

        def work() -> Outcome:
            quiet = {"show_progress": False, "monitor_conservation": False}
            solutions = [solver.solve(start, until, 2, **quiet, **tolerances) for start in starts]
            return Outcome(solutions[0]["psi"][-1], sum(int(one["solver_info"]["nfev"]) for one in solutions))

        return work

    return prepare


@cache
def _truth(name: str, points: int) -> Wave:
    """The exact wave at the end; if none is known, our own result at a thousandth of the tolerance.

    For the breather it also has twice the points. The noise of the turbulence is the same for any number of points.
    """
    if name == "turbulence":
        fine = {"replicas": 1, "parameters.method": "if_dop853", "parameters.step": None}
        return _physent(name, fine)()().psi
    config = load_config(HERE / f"{name}.yaml", {"parameters.points": points})
    if name == "breather":
        fine = {"parameters.points": 2 * points, "parameters.tolerance": 1e-14}
        return _physent(name, fine)()().psi[::2]
    x = config.parameters.length * (np.arange(points) / points - 0.5)
    given = [(s.amplitude, s.position, s.velocity, s.phase) for s in config.initial.solitons]
    return solitons.n_soliton(x, config.schedule.until, *zip(*given, strict=True))


def _error(name: str, points: int, outcome: Outcome) -> float:
    return relative_l2(outcome.psi, _truth(name, points))


@njit
def _pairs(count: int, tables: fft.Tables, re: Wave, im: Wave, factor: Wave, work: Wave) -> None:
    for _ in range(count):
        fft.transform(tables, re, im, factor, work, fft.BOTH)


def _transforms_alone(outcome: Outcome, count: int = 5000) -> Bound:
    """CPU time of one forward and one inverse transform per evaluation, with our transform timed now.

    The text also gives the time for a pair of transforms by a library: pyfftw if it is installed, else scipy.fft.
    """
    points = outcome.psi.size
    tables = fft.tables_of(points)
    re, im, factor, work = np.ones(points), np.ones(points), np.full((2, points), 1 / points), np.empty(tables.work)
    _pairs(1, tables, re, im, factor, work)
    pair = _cpu_seconds(lambda: _pairs(count, tables, re, im, factor, work)) / count
    name, call = _library(points)
    call()
    other = _cpu_seconds(lambda: [call() for _ in range(count)]) / count
    text = (
        f"{outcome.evaluations} evaluations x {pair * 1e6:.1f} us for a pair of transforms, and nothing else "
        f"({name} {other * 1e6:.1f} us)"
    )
    return Bound(text, outcome.evaluations * pair)


def _cpu_seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def _library(points: int) -> tuple[str, Callable[[], object]]:
    """A forward and an inverse transform in place, on one thread, by the fastest installed library."""
    if find_spec("pyfftw") is None:
        psi = np.ones(points, dtype=np.complex128)
        return "scipy.fft", lambda: scipy.fft.ifft(scipy.fft.fft(psi, overwrite_x=True), overwrite_x=True)
    pyfftw = import_module("pyfftw")

    buffer = pyfftw.empty_aligned(points, dtype="complex128")
    options = {"flags": ("FFTW_MEASURE",), "threads": 1}
    forward = pyfftw.FFTW(buffer, buffer, direction="FFTW_FORWARD", **options)
    inverse = pyfftw.FFTW(buffer, buffer, direction="FFTW_BACKWARD", normalise_idft=True, **options)
    buffer[:] = 1.0

    def pair() -> None:
        forward.execute()
        inverse.execute()

    return "pyfftw", pair
