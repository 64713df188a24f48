"""The full law of a linear statistic, from its middle far into its tails, against the large-deviation form."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from physent.evidence import Case, Claim
from physent.theory import edge_cumulants, exact_cumulants, radial_function, rate_function
from physent.theory.coulomb_exact import sum_of_squares_law
from physent.theory.large_deviations import quadratic_rate_function

Floats = NDArray[np.float64]

EDGE = "De Bruyne, Le Doussal, Majumdar and Schehr 2023, arXiv 2310.16420"
KOSTLAN = "Kostlan 1992, doi 10.1016/0024-3795(92)90386-O"
LUGANNANI = "Lugannani and Rice 1980, doi 10.2307/1426607"
R2, LOG = radial_function("power", exponent=2.0), radial_function("log1p_r2")
BETA = 2.0
N = 10


class Generating(NamedTuple):
    """log <exp(t L)> of the draws' statistic at d = 2, beta = 2, exact at every N, and two derivatives."""

    n: int
    value: Floats  # f at the nodes, (n, m)
    log_weight: Floats  # of the law of each radius there

    def at(self, t: float) -> tuple[float, float, float]:
        """K, K' and K'' at t."""
        exponent = self.log_weight + t * self.value
        top = exponent.max(axis=1, keepdims=True)
        tilted = np.exp(exponent - top)
        norm = tilted.sum(axis=1, keepdims=True)
        tilted /= norm
        mean = (tilted * self.value).sum(axis=1)
        spread = (tilted * (self.value - mean[:, None]) ** 2).sum(axis=1)
        return float((np.log(norm) + top).sum()), float(mean.sum()), float(spread.sum())

    def tilt(self, level: float) -> float:
        """The t at which K' is ``level``; K' rises with t."""
        reach = 10.0 * self.n
        return float(optimize.brentq(lambda t: self.at(t)[1] - level, -reach, reach, xtol=1e-12))


def generating(n: int, f: Callable[[Floats], Floats]) -> Generating:
    """By the trapezoidal rule in log r_k, whose density is exp(2 k t - k e^(2t)) about the mode."""
    k = np.arange(1.0, n + 1)[:, None]
    left = 20 / k + 9 / np.sqrt(k)
    t = np.linspace(0, 1, 801) * (left + 9 / np.sqrt(k)) - left
    log_weight = 2 * k * (t - np.expm1(2 * t) / 2)
    log_weight -= special.logsumexp(log_weight, axis=1, keepdims=True)
    return Generating(n, f(np.sqrt(k / n) * np.exp(t)), log_weight)


def check(case: Case) -> Iterator[Claim]:
    """The rate function in closed form, the convergence of tails to it, and draws far from the mean."""
    yield from _rate()
    yield from _convergence(case)
    law = generating(N, LOG)
    for seed in (1, 2) if case.full else (1,):
        draws = 2048 if case.full else 256
        run = case.run("draws.yaml", {"seed": seed, "schedule.draws": draws})
        sample = run["statistic"].values.ravel()
        yield from _tails(sample, law, seed)
    _figure(case, sample, law)


def _rate() -> Iterator[Claim]:
    l = np.array([0.1, 0.3, 0.45, 0.6, 1.0, 2.0])  # noqa: E741
    exact = quadratic_rate_function(l)
    yield Claim(
        claim="f = r^2: largest relative error of the rate function at l from 0.1 to 2",
        source=f"{EDGE}; derived: (l - 1/2)/2 - log(2l)/4",
        expected=0.0,
        measured=float(np.abs(rate_function(l, R2) / exact - 1).max()),
        tolerance=1e-9,
        reason="Legendre transform by quadrature and root finding",
        basis="exact",
    )
    mean, variance, third, fourth = edge_cumulants(N, LOG, orders=4) * np.array([1 / N, 1, N, N**2])
    step = np.array([-2e-2, -1e-2, 1e-2, 2e-2])
    own = rate_function(mean + step, LOG)
    # chi = mean mu + beta k2 mu^2/2 + beta^2 k3 mu^3/6 + ...; its transform to fourth order in l - mean
    c2, c3, c4 = BETA * variance, BETA**2 * third, BETA**3 * fourth
    series = step**2 / (2 * c2) - c3 * step**3 / (6 * c2**3) + (3 * c3**2 / c2 - c4) * step**4 / (24 * c2**4)
    yield Claim(
        claim="f = log(1 + r^2): largest relative difference of the rate function and the series of the cumulants",
        source=f"{EDGE}; derived: the cumulants are the derivatives of the rate function's transform",
        expected=0.0,
        measured=float(np.abs(own / series - 1).max()),
        tolerance=1e-4,
        reason="next term of the series, of relative order (l - mean)^3, 8e-6 times its coefficient",
        basis="derived",
    )


def _upper_tail(law: Generating, level: float) -> float:
    """P(L > level) by the saddle point of Lugannani and Rice, relative error below 1/N."""
    t = law.tilt(level)
    k, _, second = law.at(t)
    w = math.copysign(math.sqrt(2 * (t * level - k)), t)
    u = t * math.sqrt(second)
    return float(stats.norm.sf(w) + stats.norm.pdf(w) * (1 / u - 1 / w))


def _convergence(case: Case) -> Iterator[Claim]:
    l = np.array([0.3, 0.4, 0.65, 0.9])  # noqa: E741
    rates = quadratic_rate_function(l)
    for n in (10, 100, 1000):
        shape, scale = sum_of_squares_law(n, BETA)
        density = (shape - 1) * np.log(n * l) - n * l / scale - special.gammaln(shape) - shape * np.log(scale)
        top = (shape - 1) * np.log(n / 2) - n / 2 / scale - special.gammaln(shape) - shape * np.log(scale)
        error = float(np.abs((top - density) / (BETA * n**2 * rates) - 1).max())
        yield Claim(
            claim=f"f = r^2, N = {n}: largest relative difference of -log p(N l)/p(N/2) and beta N^2 I(l)",
            source=f"{EDGE}; derived: the exact Gamma law",
            expected=0.0,
            measured=error,
            tolerance=10 / n,
            reason="the next term, N log(2l) / 2, which is up to 9.7 / N of beta N^2 I at these l",
            basis="derived",
        )
    levels = np.array([0.3, 0.34, 0.44, 0.48])
    rates = rate_function(levels, LOG)
    for n in (20, 200) if not case.full else (20, 200, 1000):
        law = generating(n, LOG)
        own = []
        for level in levels:
            t = law.tilt(n * level)
            own.append((t * n * level - law.at(t)[0]) / (BETA * n**2))
        yield Claim(
            claim=f"f = log(1 + r^2), N = {n}: largest relative difference of the exact transform / beta N^2 and I(l)",
            source=f"{KOSTLAN}; {EDGE}",
            expected=0.0,
            measured=float(np.abs(np.array(own) / rates - 1).max()),
            tolerance=14 / n,
            reason="the mean lies 0.25/N above the droplet's, which is up to 11/N of I where l - mean is 0.046",
            basis="derived",
        )


def _tails(sample: Floats, law: Generating, seed: int) -> Iterator[Claim]:
    mean, variance = exact_cumulants(N, LOG).values[:2]
    for z in (-3.5, -3.0, 3.0, 3.5):
        level = float(mean + z * math.sqrt(variance))
        upper = _upper_tail(law, level)
        expected = upper if z > 0 else 1 - upper
        hits = (sample > level).sum() if z > 0 else (sample < level).sum()
        normal = stats.norm.sf(abs(z))
        share = hits / sample.size
        yield Claim(
            claim=f"f = log(1 + r^2), N = 10: probability beyond {z:+.1f} s.d. over the normal one, seed {seed}",
            source=f"{KOSTLAN}; saddle point of {LUGANNANI}",
            expected=float(expected / normal),
            measured=float(share / normal),
            standard_error=float(math.sqrt(max(hits, 1)) / sample.size / normal),
            tolerance=float(5.5 * math.sqrt(expected / sample.size) / normal + 0.01 * expected / normal),
            reason="5.5 Poisson standard errors, and 1 % for the saddle point",
            basis="derived",
        )


def _figure(case: Case, sample: Floats, law: Generating) -> None:
    mean, variance = exact_cumulants(N, LOG).values[:2]
    sd = math.sqrt(variance)
    with case.figure("full_law", (9.4, 3.7)) as figure:
        left, right = figure.subplots(1, 2)
        counts, edges = np.histogram((sample - mean) / sd, bins=60)
        middle = 0.5 * (edges[1:] + edges[:-1])
        density = counts / sample.size / np.diff(edges)
        seen = counts > 0
        left.errorbar(middle[seen], density[seen], density[seen] / np.sqrt(counts[seen]), fmt="o", ms=3, label="draws")
        z = np.linspace(-6, 6, 25)
        exact = []
        for each in z:
            t = law.tilt(mean + each * sd)
            k, _, second = law.at(t)
            exact.append(sd * math.exp(k - t * (mean + each * sd)) / math.sqrt(2 * math.pi * second))
        left.plot(z, exact, label="saddle point, exact $N$")
        top = edge_cumulants(N, LOG, orders=2)[0]
        form = np.exp(-BETA * N**2 * rate_function((mean + z * sd) / N - (mean - top) / N, LOG))
        left.plot(z, form / np.trapezoid(form, z), "--", label="large deviations, $e^{-\\beta N^2 I}$")
        left.plot(z, stats.norm.pdf(z), "k:", label="normal")
        left.set(
            yscale="log", ylim=(1e-8, 1), xlabel="(L - mean) / standard deviation", ylabel="density",
            title=r"$L=\sum\log(1+r_i^2)$, $N=10$",
        )  # fmt: skip
        left.legend(frameon=False, fontsize=8)
        l = np.linspace(0.22, 0.58, 19)  # noqa: E741
        right.plot(l, rate_function(l, LOG), "k", lw=1, label="rate function $I(l)$")
        for n, color in ((5, "C5"), (10, "C0"), (40, "C1")):
            own = generating(n, LOG)
            found = []
            for each in l:
                t = own.tilt(n * each)
                found.append((t * n * each - own.at(t)[0]) / (BETA * n * n))
            right.plot(l, found, "--", color=color, label=f"exact transform, $N={n}$")
        right.set(xlabel="$l = L/N$", ylabel=r"$-\log P/(\beta N^2)$", title="Towards the rate function")
        right.legend(frameon=False, fontsize=8)
