"""Discs of one speed become Maxwellian: the fourth moment, its first growth, the law of speeds at the end.

The whole relaxation is compared with the homogeneous Boltzmann equation of discs, solved here by Bird's Monte Carlo:
pairs drawn at random, accepted with a chance in proportion to their relative speed, and scattered with a uniform impact
parameter. Nothing of the event-driven dynamics enters it: no positions, no diameter.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.stats import kstest

from physent.core.random import Purpose, uniform_array
from physent.evidence import Case, Claim
from physent.theory import kinetic

PHI, N = 0.01, 5000
TIMES = (0.5, 1.0, 2.0, 3.0, 5.0)
BOLTZMANN = "derived: homogeneous Boltzmann equation of discs, by Monte Carlo (Bird 1994, ch. 11) in this case's folder"
LATTICE = {0.5: 1.104, 1.0: 1.232, 2.0: 1.450, 3.0: 1.613, 5.0: 1.823}
"""Simulated before from a lattice, where the first collisions wait until discs have flown to their neighbours."""

FIRST = 128 / 225 / 2 * 4 * np.sqrt(2 / np.pi) / np.pi
"""Growth of <v^4>/<v^2>^2 at the start per 1/nu, nu that of equilibrium: 0.2890. Derived here: two discs of speed 1 at
the angle theta collide at a rate in proportion to g = 2 sin(theta/2). With G = cos(theta/2) the speed of their centre,
their squared speeds become 1 +- G g cos(psi), psi between G and the new relative velocity, and at first these are at
right angles, so that the sum of fourth powers gains 2 G^2 g^2 sin^2(chi) with chi the angle of scattering. A uniform
impact parameter makes <sin^2 chi> = 8/15, and g-weighted angles make <G^2 g^2> = 8/15: 128/225 for two discs in every
collision. <g> is 4 v/pi against sqrt(pi T) in equilibrium, with v^2 = 2 T."""

Floats = npt.NDArray[np.float64]


def check(case: Case) -> Iterator[Claim]:
    """Moments against the Boltzmann equation at five times, and the law of speeds after twenty collision times."""
    solved = boltzmann(400_000 if case.full else 200_000, 5.0, 0.05, case.seed(5))
    for seed in (1, 2) if case.full else (1,):
        tag = f", seed {seed}" if seed > 1 else ""
        time, ratio, speeds = _relaxed(case, seed)
        yield from _table(time, ratio, solved, tag)
        yield from _start(case, time, ratio, tag)
        yield from _end(ratio, speeds, tag)
        if seed == 1:
            _draw(case, time, ratio, solved, speeds)


def _relaxed(case: Case, seed: int) -> tuple[Floats, Floats, Floats]:
    """Times nu t, <v^4>/<v^2>^2 (times, replicas), and v^2/2T at the first and at the last sample."""
    sigma = float(kinetic.diameter_from_packing(PHI, N))
    rate = float(kinetic.collision_rate(N, sigma))
    every = 0.25 / rate
    run = case.run(
        set={
            "seed": seed,
            "replicas": 96 if case.full else 32,
            "schedule.every": every,
            "schedule.until": 80 * every,
        }
    )
    velocity = run["velocity"].values
    energies = np.array([np.square(velocity[k]).sum(axis=-1).ravel() / 2 for k in (0, -1)])
    return run["time"].values * rate, run["mean_speed_ratio"].values, energies


def boltzmann(particles: int, until: float, step: float, seed: int) -> tuple[Floats, Floats, Floats]:
    """Times nu t, <v^4>/<v^2>^2 and its standard error, of the homogeneous Boltzmann equation from equal speeds.

    In a step of nu dt, pairs are tried N nu dt gmax / (2 sqrt(pi T)) times, accepted with the chance g/gmax; within a
    step a particle is tried at most once, so that steps are short and their number of trials well below N/2.
    """
    count = round(until / step)
    angle = 2 * np.pi * uniform_array(seed, Purpose.SURROGATE, 0, 0, particles)
    v = np.sqrt(2) * np.column_stack([np.cos(angle), np.sin(angle)])
    ratios = [1.0]
    largest = 8.0  # of two discs: beyond it lie 1e-7 of the pairs in equilibrium
    trials = particles * step * largest / (2 * np.sqrt(np.pi))
    for k in range(1, count + 1):
        drawn = uniform_array(seed, Purpose.SURROGATE, 1, k, particles)
        order = np.argsort(drawn)
        pairs = int(trials) + (drawn[0] < trials % 1)
        i, j = order[:pairs], order[pairs : 2 * pairs]
        chance, impact = (uniform_array(seed, Purpose.SURROGATE, purpose, k, pairs) for purpose in (2, 3))
        g = v[j] - v[i]
        hit = chance * largest < np.hypot(g[:, 0], g[:, 1])
        i, j, g, b = i[hit], j[hit], g[hit], 2 * impact[hit] - 1
        # Component of g along the line of centres, which is at arcsin(b) to g, times that line.
        cosine = np.sqrt(1 - b**2)[:, None]
        change = cosine * (cosine * g + b[:, None] * np.column_stack([-g[:, 1], g[:, 0]]))
        v[i] += change
        v[j] -= change
        squares = np.square(v).sum(axis=1)
        ratios.append(float(np.mean(squares**2) / np.mean(squares) ** 2))
    ratio = np.array(ratios)
    # Variance of the squares about their regression on the energy, which is fixed: 4 in equilibrium, for <v^2> = 2.
    times = np.asarray(step * np.arange(count + 1), np.float64)
    return times, ratio, np.where(ratio > 1, 2 / np.sqrt(particles), 0.0)


def _table(time: Floats, ratio: Floats, solved: tuple[Floats, Floats, Floats], tag: str) -> Iterator[Claim]:
    when, expected, spread = solved
    for at in TIMES:
        k, j = int(np.argmin(np.abs(time - at))), int(np.argmin(np.abs(when - at)))
        error = float(ratio[k].std(ddof=1) / np.sqrt(ratio.shape[1]))
        yield Claim(
            claim=f"<v^4>/<v^2>^2 at nu t = {at:g} from equal speeds, phi = 0.01{tag}",
            source=f"{BOLTZMANN}; from a lattice {LATTICE[at]} was simulated before",
            expected=float(expected[j]),
            measured=float(ratio[k].mean()),
            tolerance=0.03,
            reason="terms of order phi; five standard errors of simulation and solution together",
            basis="derived",
            standard_error=float(np.hypot(error, spread[j])),
        )


def _start(case: Case, time: Floats, ratio: Floats, tag: str) -> Iterator[Claim]:
    """First growth from two early samples: 2 r(1)/h - r(2)/2h has the slope without its curvature."""
    h = float(time[1])
    rise = ratio - ratio[0]
    slope = (4 * rise[1] - rise[2]) / (2 * h)
    yield Claim(
        claim=f"growth of <v^4>/<v^2>^2 per collision time, at the start from equal speeds{tag}",
        source="derived: one collision of two discs of equal speed, in closed form in this case's check.py",
        expected=float(FIRST),
        measured=float(slope.mean()),
        tolerance=0.015 if case.full else 0.025,
        reason="third derivative over steps of nu t = 1/4; five standard errors",
        basis="derived",
        standard_error=float(slope.std(ddof=1) / np.sqrt(slope.size)),
    )


def _end(ratio: Floats, speeds: Floats, tag: str) -> Iterator[Claim]:
    final = ratio[-20:].mean(axis=0)
    yield Claim(
        claim=f"<v^4>/<v^2>^2 of {N} discs for nu t from 15 to 20{tag}",
        source="derived: velocities uniform on the sphere of fixed energy and momentum, theory.kinetic.speed_ratio",
        expected=float(kinetic.speed_ratio(N, momentum_is_fixed=True)),
        measured=float(final.mean()),
        tolerance=0.02,
        reason="what is left of the start, exp(-0.37 * 17) = 0.002; five standard errors",
        basis="exact",
        standard_error=float(final.std(ddof=1) / np.sqrt(final.size)),
    )
    found = kstest(speeds[1], "expon")
    yield Claim(
        claim=f"law of v^2/2T at nu t = 20: Kolmogorov's distance from an exponential, times sqrt(N){tag}",
        source="exact: Maxwell's law of speeds",
        expected=0.0,
        measured=float(found.statistic * np.sqrt(speeds.shape[1])),
        tolerance=1.95,
        reason="exceeded by chance in 1 of 1000 trials",
        basis="exact",
    )


def _draw(case: Case, time: Floats, ratio: Floats, solved: tuple[Floats, Floats, Floats], speeds: Floats) -> None:
    with case.figure("relaxation", size=(9.0, 3.9)) as figure:
        left, right = figure.subplots(1, 2)
        left.plot(time, ratio.mean(axis=1), "C0", label="event-driven dynamics")
        left.plot(solved[0], solved[1], "C1--", label="Boltzmann equation")
        left.plot(time[:8], 1 + FIRST * time[:8], "k:", lw=1.0, label="first collision, exact")
        left.plot(list(LATTICE), list(LATTICE.values()), "C3x", ms=5, label="simulated before, from a lattice")
        left.axhline(2.0, color="0.6", lw=0.8, ls="--")
        left.set(xlabel=r"collisions of a disc $\nu t$", ylabel=r"$\langle v^4\rangle/\langle v^2\rangle^2$")
        left.set(xlim=(0, 12), title="From one speed to Maxwell's law")
        left.legend(frameon=False)
        v = np.sqrt(2 * speeds[1])
        right.hist(v, bins=np.arange(0, 5, 0.1), density=True, color="C0", alpha=0.5, label=r"$\nu t = 20$")
        x = np.linspace(0, 5, 200)
        right.plot(x, kinetic.speed_density(x), "C1", label=r"$v\,e^{-v^2/2}$")
        right.axvline(np.sqrt(2), color="k", ls=":", label="start")
        right.set(xlabel=r"speed $v/\sqrt{T}$", ylabel="density", title="Speeds")
        right.legend(frameon=False)
