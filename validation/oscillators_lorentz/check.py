"""Kuramoto's model of Lorentzian frequencies, with noise and without: at the end, on the way, and what it saves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.evidence import Case, Claim
from physent.theory import kuramoto

WIDTH, NOISE = 0.5, 0.3
HIERARCHY = "derived: hierarchy of moments, closed by the pole of the Lorentzian (physent.theory.kuramoto)"
OTT = "Ott and Antonsen 2008, doi 10.1063/1.2930766"


def check(case: Case) -> Iterator[Claim]:
    """Order parameters at the end and in between, and the entropy production that synchronisation saves."""
    for seed in (1, 2) if case.full else (1,):
        tag = "" if seed == 1 else f", seed {seed}"
        runs = {(k, d): _run(case, seed, k, d) for k, d in ((2.0, 0.0), (2.2, NOISE))}
        yield from _in_time(case, seed, 2.0, 0.0, OTT, 0.005 if case.full else 0.02, tag)
        yield _at_the_end(runs[2.0, 0.0], 2.0, 0.0, 0.002, f"exact: sqrt(1 - 2 gamma/K); {OTT}", tag)
        yield from _in_time(case, seed, 2.2, NOISE, HIERARCHY, 0.01 if case.full else 0.03, tag)
        source = "derived: r = I_(1+nu)(x)/I_nu(x), nu = gamma/D, x = K r/D (physent.theory.kuramoto)"
        yield _at_the_end(runs[2.2, NOISE], 2.2, NOISE, 0.005, source, tag)
        if case.full:  # near its onset order fluctuates slowly
            runs[1.8, NOISE] = _run(case, seed, 1.8, NOISE)
            yield _at_the_end(runs[1.8, NOISE], 1.8, NOISE, 0.02, source, tag)
        yield _saved(case, seed, tag)
        if seed == 1:
            with case.figure("order") as figure:
                axes = figure.subplots()
                for color, ((k, d), run) in enumerate(runs.items()):
                    time = run["time"].values
                    axes.plot(time, kuramoto.lorentzian_order_in_time(time, k, WIDTH, d, 0.2), f"C{color}")
                    axes.plot(time, run["order_parameter"].mean("replica"), f"C{color}.", label=f"K = {k:g}, D = {d:g}")
                axes.set(xlabel="time", ylabel="order parameter; lines: theory")
                axes.legend(frameon=False)


def _run(case: Case, seed: int, coupling: float, noise: float) -> Any:
    changes = {"parameters.coupling": coupling, "parameters.temperature": noise, "seed": seed}
    changes |= {} if noise else {"parameters.n": 1000}  # without noise it hardly fluctuates
    return case.run(set={**changes, "schedule.until": 100.0 if case.full else 30.0})


def _in_time(
    case: Case, seed: int, coupling: float, noise: float, source: str, tolerance: float, tag: str
) -> Iterator[Claim]:
    """Of many oscillators: angles are shuffled against the frequencies, and r fluctuates as n^-1/2 on its way."""
    n, step = (128_000, 0.025) if case.full else (16_000, 0.05)
    changes = {"parameters.coupling": coupling, "parameters.temperature": noise, "seed": seed, "parameters.n": n}
    run = case.run(set={**changes, "parameters.step": step, "schedule": {"until": 4.0, "every": 2.0}})
    for time in (2.0, 4.0):
        values = run["order_parameter"].sel(time=time).values
        (exact,) = kuramoto.lorentzian_order_in_time([time], coupling, WIDTH, noise, 0.2)
        yield Claim(
            claim=f"order parameter at time {time:g} from 0.2, K = {coupling:g}, D = {noise:g}{tag}",
            source=source,
            expected=float(exact),
            measured=float(values.mean()),
            tolerance=tolerance * float(exact),
            reason=f"fluctuations of {n} oscillators: four standard errors of 32 replicas",
            basis="derived",
            standard_error=float(values.std(ddof=1) / np.sqrt(values.size)),
        )


def _at_the_end(run: Any, coupling: float, noise: float, tolerance: float, source: str, tag: str) -> Claim:
    values = run["order_parameter"].sel(time=slice(15.0, None)).mean("time").values
    exact = kuramoto.lorentzian_order(coupling, WIDTH, noise)
    return Claim(
        claim=f"stationary order parameter, K = {coupling:g}, D = {noise:g}{tag}",
        source=source,
        expected=exact,
        measured=float(values.mean()),
        tolerance=tolerance * exact,
        reason="terms of order 1/n; four standard errors of 32 replicas",
        basis="derived",
        standard_error=float(values.std(ddof=1) / np.sqrt(values.size)),
    )


def _saved(case: Case, seed: int, tag: str) -> Claim:
    """With a step that resolves the fastest of 500."""
    n, coupling = 500, 2.2
    changes: dict[str, Any] = {"parameters.n": n, "parameters.coupling": coupling, "parameters.temperature": NOISE}
    changes |= {"parameters.step": 0.0025, "seed": seed, "initial.order": 0.5}
    changes |= {"schedule.until": 60.0 if case.full else 15.0}
    run = case.run(set=changes)
    omega = WIDTH * np.tan(np.pi * ((np.arange(n) + 0.5) / n - 0.5))
    rate = run["epr_drift"].sel(time=slice(5.5, None)).mean("time").values
    saved = ((omega**2).sum() / NOISE - rate) / n
    exact = kuramoto.entropy_production_saved(coupling, WIDTH, NOISE)
    return Claim(
        claim=f"entropy production saved by coupling, per oscillator, K = {coupling:g}, D = {NOISE:g}{tag}",
        source="derived: gamma K r^2/D, by the same pole (physent.theory.kuramoto)",
        expected=exact,
        measured=float(saved.mean()),
        tolerance=(0.02 if case.full else 0.06) * exact,
        reason="terms of order 1/n; four standard errors of 32 replicas",
        basis="derived",
        standard_error=float(saved.std(ddof=1) / np.sqrt(saved.size)),
    )
