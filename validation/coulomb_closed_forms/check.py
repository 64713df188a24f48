"""Closed forms of Coulomb gases that other cases do not use: energies, integrals over beta, coupling, thin rings."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy import integrate, special

from physent.diagnostics.chains import mean_and_error
from physent.evidence import Case, Claim
from physent.theory import coulomb_exact, ginibre, microscopic, radial_function
from physent.theory.radii import exact_cumulants

GINIBRE = "Ginibre 1965, doi 10.1063/1.1704292"
MEHTA = "Mehta's integral: Forrester and Warnaar 2008, doi 10.1090/S0273-0979-08-01221-4"


def check(case: Case) -> Iterator[Claim]:
    """Energies of the log-gas, log Z three ways, the coupling of a droplet, cumulants of rings."""
    yield from _pairs()
    for seed in (1, 2) if case.full else (1,):
        yield from _energies(case, seed)
        yield _coupling(case, seed)
    yield from _integrals()
    yield from _rings()


def _exactly(claim: str, source: str, expected: float, measured: float, tolerance: float, reason: str) -> Claim:
    return Claim(claim, source, float(expected), float(measured), tolerance, reason, "exact")


def _pairs() -> Iterator[Claim]:
    for beta in (0.3, 1.0, 4.0):
        # (x_1 - x_2)^2 is Gamma((beta + 1)/2) times 2/beta, and <sum x^2> = 1/2 + 1/beta
        logarithm = (special.digamma((beta + 1) / 2) + math.log(2 / beta)) / 2
        yield _exactly(
            f"log-gas, N = 2, beta = {beta:g}: mean energy", "derived: centre and distance separate",
            0.5 + 1 / beta - logarithm, coulomb_exact.log_gas_mean_energy(2, beta), 1e-12, "rounding",
        )  # fmt: skip


def _energies(case: Case, seed: int) -> Iterator[Claim]:
    for beta in (0.5, 1.0, 4.0):
        changes = {"seed": seed, "parameters.beta": beta, "schedule.draws": 2000 if case.full else 300}
        energy = case.run("line.yaml", changes)["energy"].values
        mean, error = mean_and_error(energy)
        yield Claim(
            claim=f"log-gas, N = 20, beta = {beta:g}: mean energy of draws, seed {seed}",
            source=f"derived: -d log Z/d beta; {MEHTA}",
            expected=coulomb_exact.log_gas_mean_energy(20, beta),
            measured=float(mean),
            tolerance=5.5 * float(energy.std()) / math.sqrt(energy.size),
            reason="5 standard errors of independent draws, known to 2 %",
            basis="exact",
            standard_error=float(error),
        )


def _integrals() -> Iterator[Claim]:
    """Log Z by integration over the strength of the repulsion, whose mean is known for these gases."""
    for n, beta in ((2, 1.0), (20, 2.0), (50, 4.0)):

        def on_line(b: float, n: int = n, beta: float = beta) -> float:
            # Positions of the weight exp(-b E), times sqrt(b/beta).
            square = (n - 1) / 2 + 1 / b
            inner = coulomb_exact.log_gas_mean_energy(n, b) - n * square / 2
            return inner - n * (n - 1) / 4 * math.log(b / beta)

        yield _exactly(
            f"log-gas, N = {n}, beta = {beta:g}: log Z, integrated", MEHTA,
            coulomb_exact.log_gas_log_partition(n, beta),
            coulomb_exact.integrated_log_partition(n, beta, on_line, dimension=1),
            1e-8, "Gauss-Legendre in log(1 + N b/2), as the integrand has a pole at b = -2/N; rounding",
        )  # fmt: skip

    def in_plane(b: float) -> float:
        return -(float(special.digamma(b / 2 + 1)) + math.log(2 / 2.0)) / 2

    yield _exactly(
        "plane, N = 2, beta = 2: log Z, integrated", GINIBRE, ginibre.log_partition(2),
        coulomb_exact.integrated_log_partition(2, 2.0, in_plane), 1e-12, "Gauss-Legendre of a smooth function",
    )  # fmt: skip

    def moment(power: int, b: float) -> float:
        return float(
            integrate.quad(lambda r: r**power * math.exp(-(r**2) / 2 - b / r), 0, 12, epsabs=0, epsrel=1e-12)[0]
        )

    centre = (math.pi / 2) ** 1.5  # integral over the centre R, of the weight exp(-2 R^2)
    yield _exactly(
        "space, N = 2, beta = 1: log Z, integrated", "derived: centre and distance separate; adaptive quadrature",
        math.log(centre * 4 * math.pi * moment(2, 1.0)),
        coulomb_exact.integrated_log_partition(2, 1.0, lambda b: moment(1, b) / moment(2, b), dimension=3),
        2e-5, "Gauss-Legendre of an integrand that has b^2 log b at the end b = 0",
    )  # fmt: skip


def _coupling(case: Case, seed: int) -> Claim:
    run = case.run("space.yaml", {"seed": seed, "schedule.draws": 1000 if case.full else 150})
    inside = run["inside"].values
    radius = 0.7
    mean, error = mean_and_error(inside)
    spacing = radius * float(mean) ** (-1 / 3)  # of the sphere that holds one charge
    return Claim(
        claim=f"space, N = 100, beta = 2: beta over the radius of the sphere that holds a charge, seed {seed}",
        source="Brush, Sahlin and Teller 1966, doi 10.1063/1.1727895: Gamma = beta/a, 4 pi a^3 rho/3 = 1",
        expected=coulomb_exact.coupling(100, 2.0),
        measured=float(2.0 / spacing),
        tolerance=0.02 * coulomb_exact.coupling(100, 2.0),
        reason="two of the 34 charges within r = 0.7, as layers shift them across, a third of that in the coupling",
        basis="derived",
        standard_error=float(2.0 / spacing * error / mean / 3),
    )


def _rings() -> Iterator[Claim]:
    """Smooth rings as wide as the distance between charges: the variance by the structure factor of the bulk."""
    n, a, width = 10_000, 0.6, 0.8
    own = microscopic.microscopic_cumulants(n, lambda y: np.exp(-(y**2) / (2 * width**2)), a, reach=8.0)
    variance = 2 * a * math.sqrt(n * math.pi) * width**2 * (1 / width - 1 / math.sqrt(width**2 + 0.25))
    yield _exactly(
        "N = 10000, Gaussian ring of 0.8/sqrt(N) at r = 0.6: leading variance, over that by the structure factor",
        f"derived: line of length 2 pi a in a bulk of S = 1 - exp(-q^2/4); {GINIBRE}", 1.0, own[1] / variance, 1e-10,
        "quadrature of smooth functions",
    )  # fmt: skip
    full = exact_cumulants(n, radial_function("gaussian", center=a, width=width / math.sqrt(n))).values
    for q in (2, 3, 4):
        yield _exactly(
            f"N = 10000, the same ring: leading cumulant {q}, over the exact one",
            "Kostlan 1992, doi 10.1016/0024-3795(92)90386-O: independent radii", 1.0, own[q - 1] / full[q - 1],
            3 / (a * math.sqrt(n)) ** (2 if q == 2 else 1), "next term, 1/(a sqrt N) of it; its square for q = 2",
        )  # fmt: skip
    step = microscopic.microscopic_cumulants(n, lambda y: (y < 0).astype(float), a, breaks=(0.0,))
    yield _exactly(
        "N = 10000, number of charges within r = 0.6: leading variance", "Shirai 2006, doi 10.1007/s10955-006-9026-x: "
        "a sqrt(N/pi)", a * math.sqrt(n / math.pi), step[1], 1e-8 * math.sqrt(n), "quadrature between breaks",
    )  # fmt: skip
