"""Hard discs in equilibrium: collision rates, equation of state, contact, walls, speeds, self-diffusion.

Each replica is an independent gas, and errors are those of the mean over replicas. Energy and momentum of every replica
are fixed, which shifts rates by 1/2N, below 0.05 %. The pressure does not shift in this order, because the relative
velocities are larger by as much as there are fewer pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from physent.evidence import Case, Claim
from physent.theory import kinetic, walls

HENDERSON = "Henderson 1975, doi 10.1080/00268977500102511"
CLISBY = "Clisby and McCoy 2006, doi 10.1007/s10955-005-8080-0: ten virial coefficients"
TENSION = "derived: line tension of a wall (Helfand, Frisch and Lebowitz 1961), theory.walls"
GASS = "Enskog for discs: Gass 1971, doi 10.1063/1.1675116; contact value of Verlet and Levesque 1982"
CONTACT_CELLS = 8
REACH = 1.3

Floats = npt.NDArray[np.float64]


class Run(NamedTuple):
    """A run in equilibrium and what theory says of its gas."""

    data: Any
    phi: float
    n: int
    replicas: int
    sigma: float
    rate: float
    duration: float


def mean(values: Any) -> tuple[float, float]:
    """Mean over replicas and its standard error."""
    v = np.asarray(values, np.float64)
    return float(v.mean()), float(v.std(ddof=1) / np.sqrt(v.size))


def check(case: Case) -> Iterator[Claim]:
    """Fluids from a hundredth to a half of the area, and one between walls."""
    phis = (0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6) if case.full else (0.01, 0.1, 0.3, 0.5)
    for seed in (1, 2) if case.full else (1,):
        tag = f", seed {seed}" if seed > 1 else ""
        fluids = [_fluid(case, phi, seed) for phi in phis]
        for fluid in fluids:
            yield from _rate_and_pressure(fluid, tag)
        speeds = _by_speed(fluids[0])
        yield from _speeds(*speeds, tag)
        yield from _diffusion(fluids[0], tag)
        contact = {fluid.phi: _contact(fluid) for fluid in fluids if fluid.phi in (0.1, 0.3, 0.5)}
        for fluid in fluids:
            if fluid.phi in contact:
                yield _contact_value(fluid, *contact[fluid.phi][2:], tag)
        yield from _walls(case, seed, tag)
        if seed == 1:
            _draw(case, fluids, contact, speeds)


def _fluid(case: Case, phi: float, seed: int) -> Run:
    """So many collision times that the error of Z is below 0.05 %."""
    dense = phi > 0.05
    n, replicas = 1024, 16 if dense else 32
    times, every = (150.0, 15.0 if dense else 0.5)
    if case.full:
        times *= 4 if dense else 4 / 3
    sigma = float(kinetic.diameter_from_packing(phi, n))
    rate = float(kinetic.collision_rate(n, sigma))
    changes: dict[str, Any] = {
        "seed": seed,
        "replicas": replicas,
        "parameters.n": n,
        "parameters.packing_fraction": phi,
        "schedule.every": every / rate,
        "schedule.until": round(times / every) * every / rate,
    }
    changes |= {"output.fields": ["position"]} if dense else {"diagnostics": [{"kind": "self_diffusion"}]}
    data = case.run(set=changes)
    return Run(data, phi, n, replicas, sigma, rate, float(data["time"][-1]))


def _rate_and_pressure(fluid: Run, tag: str) -> Iterator[Claim]:
    collisions = fluid.data["collisions"].values
    ratio, error = mean(2 * collisions[-1] / (fluid.n * fluid.duration * fluid.rate))
    if fluid.phi < 0.35:
        yield Claim(
            claim=f"phi = {fluid.phi:g}: collision rate of a disc over 2 sqrt(pi T) n sigma chi{tag}",
            source=GASS,
            expected=1.0,
            measured=ratio,
            tolerance=0.005,
            reason="chi is accurate to 0.2 % there; five standard errors",
            basis="published",
            standard_error=error,
        )
    z, error = mean(fluid.data["compressibility_factor"].values[1:].mean(axis=0))
    if fluid.phi < 0.45:
        yield Claim(
            claim=f"phi = {fluid.phi:g}: P V / N T from the virial, against Henderson{tag}",
            source=HENDERSON,
            expected=float(kinetic.henderson(fluid.phi)),
            measured=z,
            tolerance=0.003 * float(kinetic.henderson(fluid.phi)),
            reason="the formula is accurate to 0.15 % up to 0.4; five standard errors",
            basis="published",
            standard_error=error,
        )
    if fluid.phi > 0.25:
        virial = float(kinetic.virial(fluid.phi))
        yield Claim(
            claim=f"phi = {fluid.phi:g}: P V / N T from the virial, against the virial series{tag}",
            source=CLISBY,
            expected=virial,
            measured=z,
            tolerance=0.004 * virial,
            reason="the tail is an estimate, 0.2 % at 0.5 and 0.6; five standard errors",
            basis="published",
            standard_error=error,
        )


def _by_speed(fluid: Run) -> tuple[Floats, Floats, Floats, Floats]:
    """Speeds, measured rates over nu with their errors, and theory, each averaged over half a thermal speed."""
    counts = fluid.data["collisions_by_speed"].values[-1].astype(np.float64)
    edges = np.arange(0.0, 3.01, 0.5)
    counts = counts[:, :30].reshape(len(counts), 6, 5).sum(axis=2)
    weight = np.exp(-(edges[:-1] ** 2) / 2) - np.exp(-(edges[1:] ** 2) / 2)
    rates = counts / (fluid.n * fluid.duration * weight * fluid.rate)
    v = np.linspace(0.0, 3.0, 3001)
    density = kinetic.speed_density(v)
    cell = np.minimum((v / 0.5).astype(int), 5)
    theory = np.bincount(cell, density * kinetic.rate_by_speed(v)) / np.bincount(cell, density)
    speed = np.bincount(cell, density * v) / np.bincount(cell, density)
    return speed, rates.mean(axis=0), rates.std(axis=0, ddof=1) / np.sqrt(len(rates)), theory


def _speeds(speed: Floats, measured: Floats, error: Floats, theory: Floats, tag: str) -> Iterator[Claim]:
    for v, own, se, expected in zip(speed, measured, error, theory, strict=True):
        yield Claim(
            claim=f"phi = 0.01: collision rate over its mean, of discs with speeds about {v:.2f} sqrt(T){tag}",
            source="derived: mean distance of a point from a Gaussian one, Rice 1945, theory.kinetic.rate_by_speed",
            expected=float(expected),
            measured=float(own),
            tolerance=0.02 * float(expected),
            reason="terms of order phi; five standard errors",
            basis="derived",
            standard_error=float(se),
        )


def _diffusion(fluid: Run, tag: str) -> Iterator[Claim]:
    msd = fluid.data["self_diffusion_msd"].values
    vacf = fluid.data["self_diffusion_vacf"].values
    k = 10
    x = 5.0  # nu t
    d, error = mean(msd[k] * fluid.rate**2 / (4 * (x - 1 + np.exp(-x))))
    yield Claim(
        claim=f"phi = 0.01: D over T / nu, from the mean square displacement at nu t = 5{tag}",
        source=f"{GASS}; one exponential for the velocity correlation",
        expected=1.0,
        measured=d,
        tolerance=0.05,
        reason="first Sonine approximation, 2 %, and the start of the long-time tail; five standard errors",
        basis="derived",
        standard_error=error,
    )
    kept, error = mean(vacf[2] / vacf[0])
    yield Claim(
        claim=f"phi = 0.01: velocity autocorrelation at nu t = 1{tag}",
        source="derived: a collision takes 2 T of <v.v> on average, theory.kinetic.diffusion; one exponential",
        expected=float(np.exp(-1.0)),
        measured=kept,
        tolerance=0.04,
        reason="first Sonine approximation; five standard errors",
        basis="derived",
        standard_error=error,
    )


def _contact(fluid: Run) -> tuple[Floats, Floats, float, float]:
    """Distances over sigma, g there, and g at contact by a quadratic of ln g with its error over replicas."""
    edges = fluid.sigma * np.linspace(1.0, REACH, CONTACT_CELLS + 1)
    area = np.pi * np.diff(edges**2)
    position = fluid.data["position"].values[1:]
    counts = np.zeros((fluid.replicas, CONTACT_CELLS))
    for frame in position:
        for replica, centres in enumerate(frame):
            inside = np.where(centres >= 1.0, 0.0, centres)
            tree = cKDTree(inside, boxsize=1.0)
            pairs = tree.query_pairs(edges[-1], output_type="ndarray")
            apart = np.abs(inside[pairs[:, 0]] - inside[pairs[:, 1]])
            distance = np.hypot(*np.minimum(apart, 1.0 - apart).T)
            counts[replica] += np.histogram(np.maximum(distance, edges[0]), edges)[0]
    g = counts / (len(position) * fluid.n * (fluid.n - 1) / 2 * area)
    r = (edges[1:] + edges[:-1]) / (2 * fluid.sigma)
    weights = np.sqrt(counts.mean(axis=0))
    at_one = np.exp([np.polyval(np.polyfit(r - 1, np.log(own), 2, w=weights), 0.0) for own in g])
    return r, g.mean(axis=0), *mean(at_one)


def _contact_value(fluid: Run, value: float, error: float, tag: str) -> Claim:
    return Claim(
        claim=f"phi = {fluid.phi:g}: pair correlation at contact, from pairs in snapshots{tag}",
        source=f"derived: (Z - 1) / 2 phi of the virial theorem; Z by {CLISBY}",
        expected=float((kinetic.virial(fluid.phi) - 1) / (2 * fluid.phi)),
        measured=value,
        tolerance=(0.1 if fluid.phi < 0.4 else 0.05) * value,
        reason="extrapolated by a quadratic of the logarithm from eight cells up to 1.3 sigma; five standard errors",
        basis="derived",
        standard_error=error,
    )


def _walls(case: Case, seed: int, tag: str) -> Iterator[Claim]:
    """A large box, in which the edge matters little, and two small ones in which it matters much."""
    until = 8.0 if case.full else 4.0
    large, sigma = _between_walls(case, 0.1, 1024, 16, until, seed)
    pressure, error = mean(large["wall"])
    difference, error_between = mean(large["wall"] - large["virial"])
    yield Claim(
        claim=f"walls, phi = 0.1: F (L - sigma) / N T from the walls minus that from the virial{tag}",
        source="derived: virial theorem for centres in (L - sigma)^2, 2 N T = 2 F (L - sigma) - d(virial)/dt",
        expected=0.0,
        measured=difference,
        tolerance=0.004,
        reason="the sum of r.v, which the theorem takes for steady, over the time of the run; five standard errors",
        basis="exact",
        standard_error=error_between,
    )
    yield _edge(0.1, 1024, sigma, (pressure, error), 0.003, tag)
    for phi, tolerance in ((0.1, 0.005), (0.3, 0.01)):
        small, sigma = _between_walls(case, phi, 100, 64, 2 * until, seed)
        yield _edge(phi, 100, sigma, mean(small["wall"]), tolerance, tag)


def _between_walls(
    case: Case, phi: float, n: int, replicas: int, until: float, seed: int
) -> tuple[dict[str, Floats], float]:
    """F (L - sigma) / N T of every replica, from the walls and from the virial, and the diameter."""
    sigma = float(kinetic.diameter_from_packing(phi, n))
    own = {"seed": seed, "replicas": replicas, "schedule.every": until, "schedule.until": until}
    gas = {"parameters.n": n, "parameters.packing_fraction": phi, "parameters.boundary": "walls"}
    run = case.run(set={**own, **gas})
    wall = run["pressure"].values[-1] * (1 - sigma) / n
    return {"wall": wall, "virial": run["compressibility_factor"].values[-1]}, sigma


def _edge(phi: float, n: int, sigma: float, found: tuple[float, float], tolerance: float, tag: str) -> Claim:
    z = walls.compressibility_factor(n, 1.0, sigma)
    return Claim(
        claim=f"walls, phi = {phi:g}, N = {n}: F (L - sigma) / N T, F the force on a wall{tag}",
        source=f"{TENSION}; {HENDERSON}",
        expected=z,
        measured=found[0],
        tolerance=tolerance * z,
        reason=f"of first order in sigma/L = {sigma:.3f}, scaled particles; (sigma/L)^2 and 1/N; five standard errors",
        basis="derived",
        standard_error=found[1],
    )


def _draw(case: Case, fluids: list[Run], contact: dict[float, Any], speeds: Any) -> None:
    phi = np.linspace(0.0, 0.62, 200)
    with case.figure("equilibrium", size=(9.0, 7.0)) as figure:
        state, rest, rates, pairs = figure.subplots(2, 2).flat
        own = np.array([mean(f.data["compressibility_factor"].values[1:].mean(axis=0)) for f in fluids])
        x = np.array([fluid.phi for fluid in fluids])
        state.plot(phi, kinetic.henderson(phi), "C1", lw=1.0, label="Henderson")
        state.plot(phi, kinetic.virial(phi), "C2--", lw=1.0, label="virial series")
        state.plot(x, own[:, 0], "C0o", ms=4, label="simulation")
        state.set(xlabel=r"packing fraction $\varphi$", ylabel=r"$PV/NT$", title="Equation of state")
        state.legend(frameon=False)
        rest.axhline(0, color="C2", lw=1.0, ls="--")
        rest.plot(phi, 100 * (kinetic.henderson(phi) / kinetic.virial(phi) - 1), "C1", lw=1.0)
        series = kinetic.virial(x)
        rest.errorbar(x, 100 * (own[:, 0] / series - 1), 200 * own[:, 1] / series, fmt="C0o", ms=4)
        rest.set(xlabel=r"packing fraction $\varphi$", ylabel="% above the virial series", ylim=(-0.5, 1.2))
        rest.set_title("the same, enlarged (bars: 2 s.e.)")
        speed, value, error, _ = speeds
        v = np.linspace(0, 3, 100)
        rates.plot(v, kinetic.rate_by_speed(v), "C1", lw=1.0, label="kinetic theory")
        rates.errorbar(speed, value, 2 * error, fmt="C0o", ms=4, label=r"simulation, $\varphi = 0.01$")
        rates.set(xlabel=r"speed $v/\sqrt{T}$", ylabel=r"$\nu(v)/\nu$", title="Fast discs collide more often")
        rates.legend(frameon=False)
        for i, (fraction, (r, g, at_one, error)) in enumerate(contact.items()):
            pairs.plot(r, g, f"C{i}o-", ms=3, lw=0.8, label=rf"$\varphi = {fraction:g}$")
            pairs.errorbar([1.0], [at_one], [2 * error], fmt=f"C{i}s", ms=4)
            pairs.plot(1.0, (kinetic.virial(fraction) - 1) / (2 * fraction), f"C{i}x", ms=9)
        pairs.set(xlabel=r"$r/\sigma$", ylabel="$g(r)$", title="Pairs; cross: contact value from the pressure")
        pairs.legend(frameon=False)
