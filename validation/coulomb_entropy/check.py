"""Entropy of Coulomb gases: partition functions, integration over beta, and the part given by pairs of charges."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import integrate, special

from physent.diagnostics.chains import mean_and_error
from physent.diagnostics.thermodynamics import ThermodynamicIntegral, thermodynamic_integration
from physent.evidence import Case, Claim
from physent.theory import coulomb_exact, ginibre
from physent.theory.jellium import jellium_log_partition

Floats = NDArray[np.float64]

GINIBRE = "Ginibre 1965, doi 10.1063/1.1704292"
FRENKEL = "Frenkel and Smit 2002, Understanding Molecular Simulation, section 7.1"
NETTLETON = "Nettleton and Green 1958, doi 10.1063/1.1744724"
BETA = (0.01, 0.02, 0.04, 0.08, 0.16, 0.3, 0.5, 0.8, 1.2, 1.6, 2.0)
N = 20


def check(case: Case) -> Iterator[Claim]:
    """Closed forms in integer arithmetic and for two charges, a sweep over beta, estimates of chains."""
    yield from _closed_forms()
    for seed in (1, 2) if case.full else (1,):
        energy, error = _sweep(case, seed)
        result = thermodynamic_integration(BETA, energy, error, _start(BETA[0]))
        yield from _integrated(result, seed)
        run = case.run("plane.yaml", {"seed": seed, **({"schedule.draws": 1000} if case.full else {})})
        yield from _pairs(run, seed)
    _figure(case, result, run)


def _closed_forms() -> Iterator[Claim]:
    for n in (2, 10, 100, 400):
        # the powers of pi aside, Z is a ratio of whole numbers
        whole, power = math.factorial(n), n ** (n * (n + 1) // 2)
        for k in range(1, n + 1):
            whole *= math.factorial(k - 1)
        yield Claim(
            claim=f"plane, beta = 2, N = {n}: log Z",
            source=f"{GINIBRE}; N! pi^N prod Gamma(k) / N^(N(N+1)/2) in whole numbers",
            expected=math.log(whole) - math.log(power) + n * math.log(math.pi),
            measured=ginibre.log_partition(n),
            tolerance=1e-11 * max(1.0, abs(ginibre.log_partition(n))),
            reason="1e-11 relative: rounding of the sum of log Gamma",
            basis="exact",
        )
    yield Claim(
        claim="plane, beta = 2, N = 2: mean energy",
        source="derived: centre and difference separate; 3/2 - psi(2)/2",
        expected=1.5 - float(special.digamma(2)) / 2,
        measured=ginibre.mean_energy(2),
        tolerance=1e-12,
        reason="rounding",
        basis="exact",
    )
    for beta in (0.5, 2.0):
        centre = math.sqrt(math.pi / (2 * beta))
        line = integrate.quad(lambda u, b: math.exp(-b * (u * u / 2 - u)), 0, 40, args=(beta,), epsabs=0, points=[1])[0]
        log = integrate.quad(lambda u, b: u**b * math.exp(-b * u * u / 2), 0, 40, args=(beta,), epsabs=0, points=[1])[0]
        for what, own, other in (
            ("jellium", jellium_log_partition(2, beta), line),
            ("log-gas", coulomb_exact.log_gas_log_partition(2, beta), log),
        ):
            yield Claim(
                claim=f"line, {what}, beta = {beta:g}, N = 2: log Z",
                source="derived: centre and difference separate; adaptive quadrature",
                expected=math.log(2 * centre * other),
                measured=own,
                tolerance=1e-8,
                reason="adaptive quadrature, 1.5e-8 at worst",
                basis="exact",
            )


def _sweep(case: Case, seed: int) -> tuple[Floats, Floats]:
    """Mean energies along the bundled sweep, and their errors.

    The size of the gas, S = sum r^2, is independent of its shape: E = N S/2 - N(N-1)/4 log S + (shape), and the mean
    of the first two, of which most of the noise is, follows from the Gamma law of S. Each beta has a seed of its own:
    chains of one seed draw the same random numbers, and their energies at neighbouring beta have correlations of 0.5
    to 0.8, which the error of the integral does not know.
    """
    few = {} if case.full else {"schedule.draws": 250, "schedule.burn_in": 300, "replicas": 16}
    found = []
    for point, beta in enumerate(BETA):
        changes = {"sweep": {}, "parameters.beta": beta, "seed": 100 * seed + point, **few}
        run = case.run("coulomb/thermodynamic_integration", changes)
        s = run["trap"].values
        mean, error = mean_and_error(run["energy"].values - N * s / 2 + N * (N - 1) / 4 * np.log(s))
        shape, scale = coulomb_exact.sum_of_squares_law(N, beta)
        size = N * shape * scale / 2 - N * (N - 1) / 4 * (float(special.digamma(shape)) + math.log(scale))
        found.append((mean + size, error))
    mean, error = np.array(found).T
    return mean, error


def _start(beta: float) -> float:
    """Log Z at a small beta to second order of the interaction, from the trap only.

    There |x_i - x_j|^2 is exponential of mean m = 4/(beta N), and <sum U> = N(N-1)/4 (gamma - log m).
    """
    mean = N * (N - 1) / 4 * (float(np.euler_gamma) - math.log(4 / (beta * N)))
    # half the variance of sum U: pi^2/24 for each pair, and for each two pairs with one charge in common the
    # covariance of log|x| of normal vectors of correlation 1/2, Li_2(1/4)/4
    pairs = N * (N - 1) / 2
    variance = pairs * math.pi**2 / 24 + pairs * 2 * (N - 2) * float(special.spence(0.75)) / 4
    return coulomb_exact.ideal_log_partition(N, beta) - beta * mean + beta**2 / 2 * variance


def _integrated(result: ThermodynamicIntegral, seed: int) -> Iterator[Claim]:
    exact = ginibre.log_partition(N)
    yield Claim(
        claim=f"plane, N = 20: log Z at beta = 2 by integration from beta = 0.01, over the exact value, seed {seed}",
        source=f"{GINIBRE}; {FRENKEL}",
        expected=1.0,
        measured=float(result.log_z[-1] / exact),
        standard_error=float(result.log_z_se[-1] / abs(exact)),
        tolerance=1e-3,
        reason="0.1 %, the errors of the eleven mean energies; that of the quadrature is smaller",
        basis="exact",
    )
    entropy = ginibre.configurational_entropy(N)
    yield Claim(
        claim=f"plane, N = 20: entropy per charge at beta = 2 by integration, seed {seed}",
        source=f"{GINIBRE}; log Z + 2 <E>",
        expected=entropy / N,
        measured=float(result.entropy[-1] / N),
        standard_error=float(result.entropy_se[-1] / N),
        tolerance=0.015,
        reason="0.1 % of log Z, and the error of the last mean energy",
        basis="exact",
    )


def _one_body() -> float:
    def integrand(r: float) -> float:
        rho = float(ginibre.density(r, 100))
        return -2 * math.pi * r * float(special.xlogy(rho, rho))

    return float(integrate.quad(integrand, 0, 2, points=[0.8, 1.0, 1.2], limit=200)[0])


def _pairs(run: xr.Dataset, seed: int) -> Iterator[Claim]:
    found = {name: float(run[f"entropy_{name}"]) for name in ("one_body", "s2", "two_body", "exact")}
    error = {name: float(run[f"entropy_{name}_se"]) for name in ("one_body", "s2", "two_body")}
    yield Claim(
        claim=f"plane, N = 100: entropy of the density of a charge, seed {seed}",
        source=f"{GINIBRE}; quadrature of -rho log rho",
        expected=_one_body(),
        measured=found["one_body"],
        standard_error=error["one_body"],
        tolerance=0.006,
        reason="shells of 0.023 blur the edge and make it wider: up to 0.002; 5 standard errors",
        basis="exact",
    )
    yield Claim(
        claim=f"plane, N = 100: two-body excess entropy per charge in the bulk, seed {seed}",
        source=f"{NETTLETON}; derived for Ginibre's g: pi^2/12 - 1",
        expected=ginibre.BULK_TWO_BODY_ENTROPY,
        measured=found["s2"],
        standard_error=error["s2"],
        tolerance=0.01,
        reason="cells of 0.0067 in distance, 5 standard errors",
        basis="derived",
    )
    yield Claim(
        claim=f"plane: share of the bulk's excess entropy that pairs of charges show, seed {seed}",
        source="derived: (pi^2/12 - 1) / (log(2 pi)/2 - 1 - gamma/2)",
        expected=0.4802,
        measured=found["s2"] / ginibre.BULK_EXCESS_ENTROPY,
        standard_error=error["s2"] / abs(ginibre.BULK_EXCESS_ENTROPY),
        tolerance=0.03,
        reason="5 standard errors and the cells of the pair correlation: no estimate by pairs is the entropy",
        basis="derived",
    )
    yield Claim(
        claim=f"plane, N = 100: exact entropy per charge given by the diagnostic, seed {seed}",
        source=f"{GINIBRE}; 87.4915612554 / 100, by an earlier sum",
        expected=0.874915612554,
        measured=found["exact"],
        tolerance=1e-11,
        reason="digits of the earlier sum",
        basis="exact",
    )


def _figure(case: Case, result: ThermodynamicIntegral, run: xr.Dataset) -> None:
    with case.figure("entropy", (9.6, 3.6)) as figure:
        left, right = figure.subplots(1, 2, width_ratios=(1.3, 1))
        left.errorbar(
            result.beta, result.entropy / N, result.entropy_se / N, fmt="o-", ms=4, lw=1, label="integrated, $N=20$"
        )
        ideal = [coulomb_exact.ideal_log_partition(N, b) / N + 1 for b in result.beta]
        left.plot(result.beta, ideal, "k--", lw=0.8, label="trap only")
        left.plot(2, ginibre.configurational_entropy(N) / N, "*", ms=13, color="C1", label=r"exact at $\beta=2$")
        left.set(
            xscale="log",
            xlabel=r"inverse temperature $\beta$",
            ylabel="entropy per charge [nats]",
            title="Integration over $\\beta$",
        )
        left.legend(frameon=False, fontsize=8)
        bars = {
            "nearest neighbours\nas if independent": float(run["entropy_knn_mean"]),
            "density only": float(run["entropy_one_body"]),
            "density and pairs": float(run["entropy_two_body"]),
            "exact": float(run["entropy_exact"]),
        }
        right.barh(list(bars), list(bars.values()), color=["C5", "C0", "C0", "C1"])
        for row, value in enumerate(bars.values()):
            right.text(value + 0.01, row, f"{value:.3f}", va="center", fontsize=9)
        right.set(
            xlabel="entropy per charge [nats]",
            xlim=(0, max(bars.values()) * 1.18),
            title=r"$\beta=2$, $N=100$: pairs see half",
        )
        right.invert_yaxis()
