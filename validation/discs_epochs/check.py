"""Three epochs of a gas of masses 10 000 and 1: the light discs, the heavy ones, and both together.

Each species starts with one speed. Its <v^4>/<v^2>^2 rises from 1 to 2 as in a gas of its own, because heavy discs are
at rest for the light ones, and light ones hardly push heavy ones: in units of its own collision time the half time
is that of a gas of one kind, which is simulated here too. The temperatures become equal last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.diagnostics.uncertainty import jackknife_error
from physent.evidence import Case, Claim
from physent.theory import kinetic, mixtures

N, SIGMA = 64, 0.01
MASS, START = np.array([1e4, 1.0]), np.array([1.5, 0.5])
DEGOND = "Degond and Lucquin-Desreux 1996, Math. Models Methods Appl. Sci. 6, 405: times 1, sqrt(m_H/m_L), m_H/m_L"

Floats = npt.NDArray[np.float64]


def check(case: Case) -> Iterator[Claim]:
    """Half times of the three epochs."""
    for seed in (1, 2) if case.full else (1,):
        tag = f", seed {seed}" if seed > 1 else ""
        replicas = 256 if case.full else 48
        rates = [float(kinetic.collision_rate(N, SIGMA, t / m)) for t, m in zip(START, MASS, strict=True)]
        early = case.run(set={"seed": seed, "replicas": 4 * replicas, **_until(6.0 / rates[1])})
        late = case.run(set={"seed": seed, "replicas": replicas})
        single = _single(case, seed, 4 * replicas)
        light = _half(early["time"].values, early["species_speed_ratio"].values[:, :, 1], 1.5)
        heavy = _half(late["time"].values, late["species_speed_ratio"].values[:, :, 0], 1.5)
        t = late["time"].values
        law = mixtures.relaxation(t, np.full(2, float(N)), np.full(2, SIGMA), MASS, START)
        theory = float(np.interp(-0.5, law[1] - law[0], t))
        warm = late["species_temperature"].values
        both = _half(t, warm[:, :, 1] - warm[:, :, 0], -0.5)
        wider = 1.0 if case.full else 1.5
        for name, half, rate, allowed in (("light", light, rates[1], 0.12), ("heavy", heavy, rates[0], 0.2)):
            yield Claim(
                claim=f"half time of <v^4>/<v^2>^2 of the {name} discs, in collision times with their own kind{tag}",
                source="derived: the other species hardly changes their speeds; a gas of one kind, simulated here",
                expected=single[0],
                measured=half[0] * rate,
                tolerance=wider * allowed * single[0],
                reason="the other species, 1/N, and five standard errors",
                basis="simulated",
                standard_error=float(np.hypot(half[1] * rate, single[1])),
            )
        yield Claim(
            claim=f"half time of the difference of temperatures, over that of the theory{tag}",
            source="derived: theory.mixtures.relaxation",
            expected=1.0,
            measured=both[0] / theory,
            tolerance=0.15 if case.full else 0.35,
            reason="T of 64 discs fluctuates by a tenth; five standard errors",
            basis="derived",
            standard_error=both[1] / theory,
        )
        yield _order("heavy over that of light", heavy, light, 100 / np.sqrt(3.0), wider * 0.25, tag)
        yield _order("both over that of heavy", both, heavy, theory * rates[0] / single[0], 0.45, tag)
        if seed == 1:
            _draw(case, early, late, law)


def _order(
    what: str, one: tuple[float, float], other: tuple[float, float], expected: float, tol: float, tag: str
) -> Claim:
    ratio = one[0] / other[0]
    return Claim(
        claim=f"half time of {what}{tag}",
        source=DEGOND,
        expected=float(expected),
        measured=ratio,
        tolerance=tol * float(expected),
        reason="sqrt(m_H T_L/m_L T_H) in the kinetic theory of the first two, its numerical factors in the last; five "
        "standard errors",
        basis="derived",
        standard_error=ratio * float(np.hypot(one[1] / one[0], other[1] / other[0])),
    )


def _until(time: float) -> dict[str, Any]:
    return {"schedule": {"until": time, "every": time / 60}}


def _single(case: Case, seed: int, replicas: int) -> tuple[float, float]:
    """Half time and error, in collision times, of a gas of one kind."""
    rate = float(kinetic.collision_rate(N, SIGMA))
    gas = {"seed": seed, "replicas": replicas, "parameters": {"n": N, "diameter": SIGMA}, **_until(6.0 / rate)}
    run = case.run(set=gas)
    half, error = _half(run["time"].values * rate, run["mean_speed_ratio"].values, 1.5)
    return half, error


def _half(time: Floats, values: Floats, level: float) -> tuple[float, float]:
    """When the mean over replicas of a series that rises reaches the level, and the jackknife error."""

    def reached(mean: Floats) -> float:
        after = int(np.argmax(mean >= level))
        return float(np.interp(level, mean[after - 1 : after + 1], time[after - 1 : after + 1]))

    n, whole = values.shape[1], values.sum(axis=1)
    without = np.array([reached((whole - values[:, r]) / (n - 1)) for r in range(n)])
    return reached(whole / n), float(jackknife_error(without))


def _draw(case: Case, early: Any, late: Any, law: Floats) -> None:
    with case.figure("epochs") as figure:
        axes = figure.subplots()
        for a, name, run in ((1, "light", early), (0, "heavy", late)):
            ratio = run["species_speed_ratio"].values[1:, :, a].mean(axis=1) - 1.0
            axes.semilogx(
                run["time"].values[1:], ratio, f"C{a}", label=rf"$\langle v^4\rangle/\langle v^2\rangle^2-1$, {name}"
            )
        t = late["time"].values[1:]
        warm = late["species_temperature"].values[1:].mean(axis=1)
        axes.semilogx(t, 1.0 - warm[:, 0] + warm[:, 1], "C2", label="$1-(T_H-T_L)$")
        axes.semilogx(t, (1.0 - law[0] + law[1])[1:], "k--", lw=1.0, label="theory")
        axes.set(xlabel="time $t$", ylim=(0.0, 1.2), title="Masses 10 000 : 1")
        axes.legend(frameon=False)
