"""Structure of the gas of discs: pairs off contact, long waves against the compressibility, density at a wall."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from physent.evidence import Case, Claim
from physent.evidence.claims import chance
from physent.theory import kinetic

Floats = NDArray[np.float64]

OVERLAP = "derived: to first order in density g = 1 + n A(r), A the overlap of the two discs that exclude a third"
COMPRESSIBILITY = (
    "Hansen and McDonald 2013, Theory of Simple Liquids, ch. 4: S(0) = 1/(d(Z phi)/d phi), Z of Clisby and McCoy 2006"
)
CONTACT = "Henderson, Abraham and Barker 1976, doi 10.1080/00268977600101021: the density of centres at a wall is P/T"
SECOND = 4 * kinetic.VIRIAL[3] / 8
"""Of phi^2 in g at contact, from Z = 1 + 2 phi g: 2.13. Nowhere is g's second order larger."""


def check(case: Case) -> Iterator[Claim]:
    """A dilute gas, one between walls, and in the full tier a dense one."""
    for seed in (1, 2) if case.full else (1,):
        yield from _dilute(case, seed)
        yield _wall(case, seed)
        if case.full:
            yield _long_waves(case, seed)


def overlap(r: Floats) -> Floats:
    """Area common to two discs of radius 1 whose centres are r <= 2 apart; 0 beyond."""
    half = np.minimum(r / 2, 1.0)
    return np.asarray(2 * np.arccos(half) - 2 * half * np.sqrt(1 - half**2))


def _dilute(case: Case, seed: int) -> Iterator[Claim]:
    run = case.run("dilute.yaml", {"seed": seed, "schedule.until": 6.0 if case.full else 1.2})
    sigma, n = 0.0079, 1024
    phi = float(kinetic.packing_fraction(n, sigma))
    counts = run["pairs_counts"].values[1:].sum(axis=0)  # (replica, cell), each pair twice
    edges = np.linspace(sigma, 2.5 * sigma, counts.shape[1] + 1)
    alone = (len(run["time"]) - 1) * n * (n - 1) * np.pi * np.diff(edges**2)
    node, weight = np.polynomial.legendre.leggauss(8)
    for first, last in ((0, 5), (5, 10), (10, 15)):
        g = counts[:, first:last].sum(axis=1) / alone[first:last].sum()
        a, b = edges[first] / sigma, edges[last] / sigma
        r = (a + b) / 2 + (b - a) / 2 * node
        exact = 1 + 4 * phi / np.pi * float((weight * r * overlap(r)).sum() / (weight * r).sum())
        error = float(g.std(ddof=1) / math.sqrt(g.size))
        yield Claim(
            claim=f"phi = {phi:.3f}: mean pair correlation from {a:g} to {b:g} diameters, seed {seed}",
            source=OVERLAP,
            expected=exact,
            measured=float(g.mean()),
            tolerance=SECOND * phi**2 + 1 / n + chance((error, g.size)),
            reason=f"second order in density, {SECOND * phi**2:.4f} at contact; 1/N; 5 standard errors",
            basis="derived",
            standard_error=error,
        )


def _wall(case: Case, seed: int) -> Claim:
    """Density of centres in layers along all four walls, extrapolated to the wall by a quadratic of its logarithm."""
    run = case.run("walls.yaml", {"seed": seed, "schedule.until": 20.0 if case.full else 4.0})
    n, phi = 256, 0.2
    sigma = float(kinetic.diameter_from_packing(phi, n))
    start = 10  # samples; the start is random insertion and twenty collisions
    position = run["position"].values[start:]
    nearest = np.minimum(position, 1 - position) - sigma / 2
    edges = np.linspace(0, 0.8 * sigma, 9)
    # Layers are read off away from the corners, where there are two walls: discs at 3 diameters from the other axis.
    away = nearest[..., ::-1] > 3 * sigma
    length = 4 * (1 - 7 * sigma)
    cells = np.stack(
        [((nearest >= a) & (nearest < b) & away).sum(axis=(0, 2, 3)) for a, b in pairwise(edges)],
        axis=1,
    )
    density = cells / (len(position) * length * np.diff(edges))
    middle = (edges[1:] + edges[:-1]) / (2 * sigma)
    at_wall = np.exp(np.polynomial.polynomial.polyfit(middle, np.log(density).T, 2)[0])
    pressure = run["pressure"].values[start + 1 :].mean(axis=0)
    # `pressure` is the force over the sides of the box, of which the centres reach L - sigma.
    ratio = at_wall / (pressure / (1 - sigma))
    error = float(ratio.std(ddof=1) / math.sqrt(ratio.size))
    return Claim(
        claim=f"walls, phi = {phi:g}: density of centres at the wall over P/T, seed {seed}",
        source=CONTACT,
        expected=1.0,
        measured=float(ratio.mean()),
        tolerance=0.01 + chance((error, ratio.size)),
        reason="cubic term of the profile over 0.8 diameters, and corners, 1 %; 5 standard errors",
        basis="exact",
        standard_error=error,
    )


def _long_waves(case: Case, seed: int) -> Claim:
    run = case.run("long_waves.yaml", {"seed": seed})
    phi, n = 0.3, 256
    power = run["structure_power"].values[8:, :, 0].mean(axis=0) / n
    error = float(power.std(ddof=1) / math.sqrt(power.size))
    h = 1e-4
    stiffness = float(((phi + h) * kinetic.virial(phi + h) - (phi - h) * kinetic.virial(phi - h)) / (2 * h))
    # 1/S = 1 - n c(k), and c falls as 1 - k^2 <r^2>/4 with <r^2> <= sigma^2/2, as in a uniform disc.
    k_sigma = 2 * math.pi * float(kinetic.diameter_from_packing(phi, n))
    bend = k_sigma**2 / 8 * (1 - 1 / stiffness)
    return Claim(
        claim=f"phi = {phi:g}: structure factor at k sigma = {k_sigma:.2f}, over its limit of long waves, seed {seed}",
        source=COMPRESSIBILITY,
        expected=1.0,
        measured=float(power.mean()) * stiffness,
        tolerance=bend + chance((error * stiffness, power.size)),
        reason=f"curvature at small k, at most {bend:.3f}; 5 standard errors",
        basis="exact",
        standard_error=error * stiffness,
    )
