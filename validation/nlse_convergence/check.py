"""Orders of convergence in time step and points, and what each method's error costs in evaluations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

from physent import engines
from physent.config.load import load_config
from physent.engines.nlse.initial import wave
from physent.evidence import Case, Claim, relative_l2
from physent.theory import solitons

STRANG = "Strang 1968, doi 10.1137/0705041"
BLANES_MOAN = "Blanes and Moan 2002, doi 10.1016/S0377-0427(01)00492-7"
# Order, window, source, and the numbers of steps: below the resonances of step and short waves (where errors fall
# faster than their order, on a soliton down to 1e-10), above the round-off of 1e-13.
METHODS = {
    "strang": (2.0, 0.05, STRANG, (50, 100, 200)),
    "rkn4": (4.0, 0.05, BLANES_MOAN, (80, 100, 125, 160)),
    "rkn6": (6.0, 0.2, BLANES_MOAN, (50, 64, 80)),
}


def check(case: Case) -> Iterator[Claim]:
    """Slope of the error over the step for each fixed-step method, and its fall when the points are doubled."""
    truth = case.run("gaussian.yaml")["psi"].values[-1, 0]
    errors: dict[str, list[float]] = {}
    for method, (order, window, source, counts) in METHODS.items():
        steps = [1 / count for count in counts]
        errors[method] = []
        for step in steps:
            changes = {"parameters.method": method, "parameters.step": step}
            errors[method].append(relative_l2(case.run("gaussian.yaml", changes)["psi"].values[-1, 0], truth))
        slope = np.polyfit(np.log(steps), np.log(errors[method]), 1)[0]
        yield Claim(
            claim=f"order of convergence of {method}",
            source=source,
            expected=order,
            measured=float(slope),
            tolerance=window,
            reason=f"errors from {errors[method][0]:.0e} to {errors[method][-1]:.0e}; the round-off is 1e-13",
            basis="exact",
        )
    yield from _spectral(case)
    yield from _work(case)
    with case.figure("orders") as figure:
        axes = figure.subplots()
        for method, (_, _, _, counts) in METHODS.items():
            axes.loglog([1 / count for count in counts], errors[method], "o-", label=method)
        axes.set(xlabel="step", ylabel="relative L2 error", title="Spreading pulse, t = 1")
        axes.legend()


def _spectral(case: Case) -> Iterator[Claim]:
    errors = []
    for points in (256, 512):
        run = case.run("soliton.yaml", {"parameters.points": points})
        exact = solitons.soliton(run["x"].values, float(run["time"][-1]), 2.0, -1.0, 1.0)
        errors.append(relative_l2(run["psi"].values[-1, 0], exact))
    yield Claim(
        claim="single soliton: error with 512 points over error with 256 points",
        source="Trefethen 2000, doi 10.1137/1.9780898719598",
        expected=0.0,
        measured=errors[1] / errors[0],
        tolerance=1e-4,
        reason="sech has its nearest pole at i pi/4: the error falls as exp(-pi k/4), e^-12 from k = 16 to 32",
        basis="exact",
    )


SETTINGS: dict[str, tuple[str, tuple[float, ...]]] = {
    "strang": ("step", (0.02, 0.005, 0.00125, 0.0003125)),
    "rkn4": ("step", (0.1, 0.05, 0.025, 0.0125, 0.00625, 0.003125)),
    "rkn6": ("step", (0.1, 0.05, 0.025, 0.0125, 0.00625, 0.004)),
    "if_dop853": ("tolerance", (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11)),
    "auto": ("tolerance", (1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11)),
}
PEER = "simple_idealized_1d_nlse"


def _work(case: Case) -> Iterator[Claim]:
    """Error of the wave over evaluations of its nonlinear term, for two solitons that pass through each other."""
    config = load_config(case.folder / "collision.yaml")
    until, given = config.schedule.until, config.initial.solitons
    x = config.parameters.length * (np.arange(config.parameters.points) / config.parameters.points - 0.5)
    columns = zip(*((s.amplitude, s.position, s.velocity, s.phase) for s in given), strict=True)
    exact = solitons.n_soliton(x, until, *columns)
    found: dict[str, list[tuple[int, float]]] = {}
    for method, (key, values) in SETTINGS.items():
        runs = [_run(case, {"parameters.method": method, f"parameters.{key}": value}) for value in values]
        found[method] = [(count, relative_l2(psi, exact)) for count, psi in runs]
    tolerances = SETTINGS["auto"][1]
    yield Claim(
        claim="largest error of method auto over tolerance times time, tolerances of 1e-3 to 1e-11",
        source="derived: the sum of local errors, each below tolerance times its step, times what the wave makes of it",
        expected=0.0,
        measured=max(error / (value * until) for value, (_, error) in zip(tolerances, found["auto"], strict=True)),
        tolerance=10.0,
        reason="solitons are stable: an error grows no faster than linearly, by what it changes of their velocities",
        basis="derived",
    )
    if find_spec(PEER) is not None:
        found["simple-idealized-1d-nlse"] = [_peer(case, exact, filtered) for filtered in (True, False)]
    with case.figure("work_and_error") as figure:
        axes = figure.subplots()
        for name, points in found.items():
            style = {"auto": "o", "simple-idealized-1d-nlse": "*"}.get(name, ".-")
            face = "none" if name == "auto" else None
            axes.loglog(*zip(*points, strict=True), style, label=name, markerfacecolor=face)
        axes.set(
            xlabel="evaluations of the nonlinear term",
            ylabel="relative L2 error",
            title=f"Two solitons pass through each other, t = {until:g}",
        )
        axes.legend()


def _run(case: Case, changes: Mapping[str, Any]) -> tuple[int, np.ndarray]:
    """Evaluations, and the wave at the end; a file has no place for the number of evaluations."""
    config = load_config(case.folder / "collision.yaml", dict(changes))
    method = engines.get("nlse").method(config)
    state, until = method.start(config, None), config.schedule.until
    while method.advance(state, until, 10**8) != until:
        pass
    fields = method.fields(state)
    return int(state.evaluations[0]), fields["psi_real"][0] + 1j * fields["psi_imag"][0]


def _peer(case: Case, exact: np.ndarray, filtered: bool) -> tuple[int, float]:
    from simple_idealized_1d_nlse.core.solver import NLSESolver
    from threadpoolctl import threadpool_limits

    config = load_config(case.folder / "collision.yaml")
    parameters = config.parameters
    solver = NLSESolver(parameters.length, parameters.points, use_filtering=filtered, verbose=False)
    quiet = {"show_progress": False, "monitor_conservation": False}
    with threadpool_limits(limits=1):
        solution = solver.solve(wave(config, 0), config.schedule.until, 2, **quiet)
    return int(solution["solver_info"]["nfev"]), relative_l2(solution["psi"][-1], exact)
