"""Rotors in equilibrium: mean field of many and of few, a ring, and the work of switching their coupling on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ive

from physent.evidence import Case, Claim
from physent.theory import kuramoto

SASA = "Sasa 2015, doi 10.1088/1367-2630/17/4/045024"
FEW = "derived: Gaussian integral over the field of n rotors, in this check"


def check(case: Case) -> Iterator[Claim]:
    """Order parameter, entropy of a rotor, correlations, and Jarzynski's equality; small systems are exact."""
    for seed in (1, 2) if case.full else (1,):
        tag = "" if seed == 1 else f", seed {seed}"
        yield from _many(case, seed, tag)
        for n in (2, 3, 10):
            yield _few(case, n, seed, tag)
        for n in (32, 3):
            yield _ring(case, n, seed, tag)
        for n, coupling in ((2, 2.0), (10, 1.0)):
            yield from _switched_on(case, n, coupling, seed, tag)
        yield from _lagging(case, seed, tag)


def few_rotors(n: int, x: float) -> tuple[float, float]:
    """Partition function over (2 pi)^n, and <r^2>, of n rotors in mean field at K/T = x.

    exp(x n r^2/2) is a Gaussian integral over a field y/x: Z = (n/x) int_0^inf y exp(-n y^2/2x) I_0(y)^n dy, and
    <r^2> = (2/n) d ln Z/dx = <y^2>/x^2 - 2/(n x).
    """
    y = np.linspace(0.0, 3 * x + 12 * np.sqrt(x / n), 400_001)
    weight = y * np.exp(n * (y + np.log(ive(0, y)) - y**2 / (2 * x)))
    total = float(np.trapezoid(weight, y))
    return n / x * total, float(np.trapezoid(weight * y**2, y)) / total / x**2 - 2 / (n * x)


def _many(case: Case, seed: int, tag: str) -> Iterator[Claim]:
    run = case.run(set={"seed": seed, "schedule.until": 120.0 if case.full else 20.0})
    exact = kuramoto.xy_order(3.0, 1.0)
    for name, expected, tolerance, reason in (
        (
            "order_parameter",
            exact,
            (0.003 if case.full else 0.005) * exact,
            "terms of order 1/n and the square of the step",
        ),
        ("rotor_entropy", kuramoto.rotor_entropy(3.0, 1.0), 0.01, "bins of 2 pi/64, terms of order 1/n"),
    ):
        mean, error = _mean(run[name][10:].mean("time"))
        yield Claim(
            claim=f"{name} of 2000 rotors in mean field at K = 3 T{tag}",
            source=f"exact for infinitely many: self-consistency of Bessel functions; {SASA}",
            expected=expected,
            measured=mean,
            tolerance=tolerance,
            reason=f"{reason}; four standard errors of 32 replicas",
            basis="exact",
            standard_error=error,
        )
    lost = run["energy"] - run["energy"][0] - run["work"] + run["heat"]
    yield Claim(
        claim=f"largest violation of dU = dw - dq, over the heat{tag}",
        source="exact: bookkeeping",
        expected=0.0,
        measured=float(abs(lost).max() / abs(run["heat"]).max()),
        tolerance=1e-11,
        reason="round-off of the sums over steps",
        basis="exact",
    )


def _few(case: Case, n: int, seed: int, tag: str) -> Claim:
    changes = {"parameters.n": n, "parameters.coupling": 2.0, "seed": seed, "replicas": 300}
    changes["schedule.until"] = 300.0 if case.full else 40.0
    run = case.run(set={**changes, "initial": {"kind": "uniform"}})
    mean, error = _mean((run["order_parameter"][10:] ** 2).mean("time"))
    exact = few_rotors(n, 2.0)[1]
    return Claim(
        claim=f"<r^2> of {n} rotors in mean field at K = 2 T{tag}",
        source=FEW,
        expected=exact,
        measured=mean,
        tolerance=(0.015 if case.full else 0.04) * exact,
        reason="four standard errors of 300 replicas",
        basis="derived",
        standard_error=error,
    )


def _ring(case: Case, n: int, seed: int, tag: str) -> Claim:
    longer = 8 if case.full else 1
    changes = {"seed": seed, "parameters.network.shape": [n], "replicas": 1600 // n}
    run = case.run("ring.yaml", {**changes, "schedule.until": 100.0 * longer})
    mean, error = _mean(-run["energy"][20:].mean("time") / (1.5 * n))
    exact = kuramoto.ring_correlation(n, 1.5)
    return Claim(
        claim=f"mean cosine between neighbours in a ring of {n} rotors at K = 1.5 T{tag}",
        source="exact: transfer matrix in Fourier modes; Joyce 1967, doi 10.1103/PhysRev.155.478",
        expected=exact,
        measured=mean,
        tolerance=(0.005 if case.full else 0.01) * exact,
        reason="square of the step; four standard errors of the replicas",
        basis="exact",
        standard_error=error,
    )


def _switched_on(case: Case, n: int, coupling: float, seed: int, tag: str) -> Iterator[Claim]:
    """K from 0, where uniform angles are equilibrium, to ``coupling`` in one unit of time."""
    ramp = {"parameter": "coupling", "times": [0.0, 1.0], "values": [0.0, coupling]}
    changes: dict[str, Any] = {"parameters.n": n, "parameters.driving": [ramp], "parameters.step": 0.05, "seed": seed}
    changes |= {"replicas": 20_000 if case.full else 5000, "initial": {"kind": "uniform"}}
    run = case.run(set={**changes, "schedule": {"until": 1.0, "every": 1.0}})
    weight = np.exp(-run["work"].values[-1])
    exact = few_rotors(n, coupling)[0]
    yield Claim(
        claim=f"<exp(-w/T)> over its value exp(-dF/T), K/T from 0 to {coupling:g}, {n} rotors{tag}",
        source=f"Jarzynski 1997, doi 10.1103/PhysRevLett.78.2690; dF {FEW}",
        expected=1.0,
        measured=float(weight.mean()) / exact,
        tolerance=0.02 if case.full else 0.04,
        reason="four standard errors of the replicas",
        basis="exact",
        standard_error=float(weight.std() / np.sqrt(weight.size)) / exact,
    )


def _lagging(case: Case, seed: int, tag: str) -> Iterator[Claim]:
    """Two rotors that drive each other round by a phase lag.

    Their difference p is in equilibrium, of density exp(K cos(a) cos(p)/2D); their mean, which diffuses by D/2, has the
    velocity -(K/2) sin(a) (1 + cos p): the entropy production is (K^2/2D) sin(a)^2 <(1 + cos p)^2>.
    """
    k, lag, noise = 2.0, 0.8, 0.5
    changes: dict[str, Any] = {"parameters.n": 2, "parameters.coupling": k, "parameters.temperature": noise}
    changes |= {"parameters.phase_lag": lag, "seed": seed, "initial": {"kind": "uniform"}, "replicas": 1000}
    run = case.run(set={**changes, "schedule": {"until": 200.0 if case.full else 50.0, "every": 5.0}})
    p = np.linspace(-np.pi, np.pi, 4001)[:-1]
    weight = np.exp(k * np.cos(lag) * np.cos(p) / (2 * noise))
    exact = k**2 / (2 * noise) * np.sin(lag) ** 2 * float(((1 + np.cos(p)) ** 2) @ weight / weight.sum())
    later = run.isel(time=slice(1, None))
    heated = (later["entropy_medium"][-1] - later["entropy_medium"][0]) / float(later["time"][-1] - later["time"][0])
    for name, rate in (("epr_drift", later["epr_drift"][1:].mean("time")), ("entropy_medium per time", heated)):
        mean, error = _mean(rate)
        yield Claim(
            claim=f"{name} of two rotors in mean field with a phase lag of {lag}{tag}",
            source="derived: difference and mean of the angles are independent diffusions, in this check",
            expected=exact,
            measured=mean,
            tolerance=(0.005 if case.full else 0.015) * exact,
            reason="square of the step; four standard errors of 1000 replicas",
            basis="exact",
            standard_error=error,
        )


def _mean(values: Any) -> tuple[float, float]:
    """Mean over replicas and its standard error."""
    array: npt.NDArray[np.float64] = values.values
    return float(array.mean()), float(array.std(ddof=1) / np.sqrt(array.size))
