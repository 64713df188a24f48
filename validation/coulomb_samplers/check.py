"""Samplers of Coulomb gases against exact laws and identities, and a test of the error bars."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from physent.config.load import load_config
from physent.diagnostics.chains import effective_sample_size, mean_and_error
from physent.engines.coulomb import ENGINE, gas, trajectories
from physent.evidence import Case, Claim
from physent.theory import coulomb_exact, ginibre, jellium_cumulants, radial_function

Floats = NDArray[np.float64]

N = 100
SCALING = "derived: the interaction adds a power of the scale, so that S = sum r^2 is a Gamma variate"
PARTS = "derived: integration by parts of x_i against the weight"
BAXTER = "Baxter 1963, doi 10.1017/S0305004100003790"
DUANE = "Duane, Kennedy, Pendleton and Roweth 1987, doi 10.1016/0370-2693(87)91197-X"
R2 = radial_function("power", exponent=2.0)
# Cumulants of sum x^2 at d = 1, N = 10, by a transfer recursion on global Chebyshev polynomials: another algorithm.
CHEBYSHEV = {
    1.0: (4.81595996001, 1.62068687461, 0.907720161157, 0.70028987),
    2.0: (4.04130511646, 0.72995062513, 0.211069063, 0.08289289587),
}
DIGITS = {1.0: (1e-10, 1e-10, 1e-10, 1e-8), 2.0: (1e-10, 1e-10, 5e-9, 1e-9)}


def check(case: Case) -> Iterator[Claim]:
    """Kernels, chains in one, two and three dimensions, a chain that is stuck, and the errors of many chains."""
    yield from _kernels(case)
    yield from _recursion()
    laws: dict[float, Floats] = {}
    for seed in (1, 2) if case.full else (1,):
        more = {"seed": seed, **({"schedule.draws": 4000} if case.full else {})}
        for beta in (1.0, 2.0, 4.0):
            run = case.run("plane.yaml", {"parameters.beta": beta, **more})
            laws[beta] = run["r2"].values
            yield from _plane(run, beta, seed)
        yield from _virials(case.run("line.yaml", more), case.run("space.yaml", more), seed)
        yield from _line(case.run("few.yaml", {"seed": seed}), seed)
        yield from _rejections(case, seed)
        yield from _log_line(case, seed)
    yield from _stuck(case)
    ratios = []
    for seed in (1, 2) if case.full else (1,):
        run = case.run("many_chains.yaml", {"seed": seed})
        for name in ("r2", "energy"):
            ratios.append(_calibrated(run[name].values))
            yield from _errors(name, *ratios[-1][:2], seed)
    _figure(case, laws, ratios[0][2])


def _z(mean: float, error: float, expected: float, **words: Any) -> Claim:
    """A mean with its error; ``allowed`` is the error that the plan of draws promises."""
    allowed = words.pop("allowed")
    return Claim(
        expected=expected,
        measured=float(mean),
        standard_error=float(error),
        tolerance=5 * allowed,
        reason="5 standard errors of a mean, at 2.5 draws for an independent one",
        **words,
    )


def _plane(run: Any, beta: float, seed: int) -> Iterator[Claim]:
    s = run["r2"].values
    shape, scale = coulomb_exact.sum_of_squares_law(N, beta)
    law = stats.gamma(shape, scale=scale)
    count = s.size / 2.5
    words: dict[str, Any] = {"source": SCALING, "basis": "exact"}
    yield _z(
        *mean_and_error(s), law.mean(), allowed=law.std() / math.sqrt(count),
        claim=f"d = 2, N = 100, beta = {beta:g}: mean of sum r^2, seed {seed}", **words,
    )  # fmt: skip
    yield _z(
        *mean_and_error((s - law.mean()) ** 2), law.var(), allowed=math.sqrt(2 / count) * law.var(),
        claim=f"d = 2, N = 100, beta = {beta:g}: variance of sum r^2, seed {seed}", **words,
    )  # fmt: skip
    # draws that count as independent: every second one, of the autocorrelation time of about two
    thin = max(2, math.ceil(3 * s.size / float(effective_sample_size(s))))
    kept = s[::thin].ravel()
    yield Claim(
        claim=f"d = 2, N = 100, beta = {beta:g}: Kolmogorov's sqrt(n) D of sum r^2 against its law, seed {seed}",
        source=SCALING,
        expected=0.0,
        measured=float(stats.kstest(kept, law.cdf).statistic * math.sqrt(kept.size)),
        tolerance=2.7,
        reason="exceeded by chance in 1 of a million tests, on draws three autocorrelation times apart",
        basis="exact",
    )
    if beta == 2.0:
        energy = run["energy"].values
        yield _z(
            *mean_and_error(energy), ginibre.mean_energy(N), allowed=energy.std() / math.sqrt(count),
            claim=f"d = 2, N = 100, beta = 2: mean energy, seed {seed}",
            source="Ginibre 1965, doi 10.1063/1.1704292; derived: sums of incomplete beta functions", basis="exact",
        )  # fmt: skip


def _virials(line: Any, space: Any, seed: int) -> Iterator[Claim]:
    for dimension, run in ((1, line), (3, space)):
        s, energy = run["r2"].values, run["energy"].values
        beta = 2.0
        # N S + sum r U' with the pair energies taken from E - N S/2
        virial = energy + N * s / 2 if dimension == 1 else 1.5 * N * s - energy
        count = virial.size / 2.5
        yield _z(
            *mean_and_error(virial), coulomb_exact.virial_mean(N, beta, dimension=dimension),
            allowed=virial.std() / math.sqrt(count), source=PARTS, basis="exact",
            claim=f"d = {dimension}, N = 100, beta = 2: mean virial d N / beta, seed {seed}",
        )  # fmt: skip
        product = (s - s.mean()) * (virial - virial.mean()) - 2 * s / beta
        yield _z(
            *mean_and_error(product), 0.0, allowed=product.std() / math.sqrt(count), source=PARTS, basis="exact",
            claim=f"d = {dimension}, N = 100: covariance of sum r^2 with the virial is 2 <sum r^2> / beta, seed {seed}",
        )  # fmt: skip
    exact = jellium_cumulants(N, R2).values
    mean, error = mean_and_error(line["r2"].values)
    yield _z(
        mean, error, float(exact[0]), allowed=math.sqrt(exact[1] / (line["r2"].size / 2.5)), basis="exact",
        claim=f"d = 1, N = 100, beta = 2: mean of sum x^2, seed {seed}", source=f"{BAXTER}; cumulant recursion",
    )  # fmt: skip


def _line(run: Any, seed: int) -> Iterator[Claim]:
    exact = jellium_cumulants(10, R2).values
    value, error = run["r2_cumulants"].values, run["r2_cumulants_se"].values
    count = run["r2"].size / 2.5
    _, k2, k3, k4, _, k6 = exact
    spreads = (k2, k4 + 2 * k2**2, k6 + 9 * k4 * k2 + 9 * k3**2 + 6 * k2**3)
    for q, spread in enumerate(spreads, start=1):
        yield Claim(
            claim=f"d = 1, N = 10, beta = 2: cumulant {q} of sum x^2 of the chains, seed {seed}",
            source=f"{BAXTER}; cumulant recursion",
            expected=float(exact[q - 1]),
            measured=float(value[q - 1]),
            standard_error=float(error[q - 1]),
            tolerance=5 * math.sqrt(spread / count),
            reason="5 exact standard errors of a k-statistic, at 2.5 draws for an independent one",
            basis="exact",
        )


def _log_line(case: Case, seed: int) -> Iterator[Claim]:
    """Eigenvalues of tridiagonal matrices at three temperatures, and chains at one of them."""
    chains = {"parameters.sampler": "hmc", "schedule.burn_in": 300}
    for beta, sampler in ((1.0, "tridiagonal"), (2.0, "tridiagonal"), (4.0, "tridiagonal"), (2.0, "hmc")):
        changes = {"parameters.beta": beta, "seed": seed, **(chains if sampler == "hmc" else {})}
        s = case.run("log_line.yaml", changes)["r2"].values
        shape, scale = coulomb_exact.sum_of_squares_law(20, beta, dimension=1)
        law = stats.gamma(shape, scale=scale)
        count = s.size / 2.5
        words: dict[str, Any] = {"source": SCALING, "basis": "exact"}
        yield _z(
            *mean_and_error(s), law.mean(), allowed=law.std() / math.sqrt(count),
            claim=f"log-gas, N = 20, beta = {beta:g}, {sampler}: mean of sum x^2, seed {seed}", **words,
        )  # fmt: skip
        yield _z(
            *mean_and_error((s - law.mean()) ** 2), law.var(), allowed=math.sqrt(2 / count) * law.var(),
            claim=f"log-gas, N = 20, beta = {beta:g}, {sampler}: variance of sum x^2, seed {seed}", **words,
        )  # fmt: skip


def _rejections(case: Case, seed: int) -> Iterator[Claim]:
    """Steps so coarse that a gas without rejections would be one part in a hundred too large.

    They start from a gas in equilibrium: from a droplet, whose nearest pairs are closer, one chain in sixty never
    moves.
    """
    small = {"parameters.n": 20, "seed": seed}
    settled = case.run("plane.yaml", {**small, "schedule.draws": 10, "output.fields": ["position"], "diagnostics": []})
    coarse = {"step_factor": 0.22, "trajectory": 1.1, "adapt": False}
    start = {"kind": "file", "path": settled.encoding["source"]}
    changes = {**small, "parameters.hmc": coarse, "schedule.draws": 1500, "initial": start}
    run = case.run("plane.yaml", changes)
    s = run["r2"].values
    shape, scale = coulomb_exact.sum_of_squares_law(20, 2.0)
    law = stats.gamma(shape, scale=scale)
    count = s.size / 2.5
    words: dict[str, Any] = {"source": SCALING, "basis": "exact"}
    yield _z(
        *mean_and_error(s), law.mean(), allowed=law.std() / math.sqrt(count),
        claim=f"d = 2, N = 20, coarse steps: mean of sum r^2, seed {seed}", **words,
    )  # fmt: skip


def _recursion() -> Iterator[Claim]:
    for beta, table in CHEBYSHEV.items():
        own = jellium_cumulants(10, R2, beta=beta).values[:4]
        for q, (value, expected, digits) in enumerate(zip(own, table, DIGITS[beta], strict=True), start=1):
            yield Claim(
                claim=f"d = 1, N = 10, beta = {beta:g}: relative error of cumulant {q} of sum x^2 by recursion",
                source=f"{BAXTER}; a transfer recursion in global Chebyshev polynomials",
                expected=0.0,
                measured=float(value / expected - 1),
                tolerance=digits,
                reason="the digits to which the other recursion had converged",
                basis="exact",
            )


def _kernels(case: Case) -> Iterator[Claim]:
    systems: dict[str, dict[str, Any]] = {
        "the plane": {"dimension": 2},
        "the plane, V = r^4/4": {"dimension": 2, "potential": {"exponent": 4.0}},
        "space": {"dimension": 3},
        "the log-gas": {"dimension": 1, "interaction": "log"},
    }
    for title, parameters in systems.items():
        config = load_config(
            {
                "engine": "coulomb",
                "seed": case.seed(5),
                "parameters": {"n": 50, "beta": 2.0, "sampler": "hmc", **parameters},
                "initial": {"kind": "droplet"},
                "schedule": {"draws": 1, "burn_in": 100},
            }
        )
        method = ENGINE.method(config)
        state = method.start(config, None)
        while method.advance(state, 0, 10**9) != 0:
            pass
        g, r = state.gas, state.position[0].copy()
        rng = np.random.default_rng(case.seed(3))
        direction = np.zeros_like(r)
        direction[: g.dimension] = rng.normal(size=(g.dimension, g.n))
        momentum = np.zeros_like(r)
        momentum[: g.dimension] = rng.normal(size=(g.dimension, g.n))
        work = gas.scratch(1, r[None], g)
        scratch: tuple[Any, Any, Any, Any, Any] = (0, *work)
        force = np.empty_like(r)
        gas.force(g, r, *scratch, force)
        h = 1e-5 / math.sqrt(g.n)
        rise = [g.beta * gas.energy(g, r + k * h * direction, *scratch) for k in (-2, -1, 1, 2)]
        slope = (rise[0] - 8 * rise[1] + 8 * rise[2] - rise[3]) / (12 * h)
        yield Claim(
            claim=f"{title}: relative difference of force and gradient of the energy along a random direction",
            source="derived: difference of fourth order",
            expected=0.0,
            measured=float(-(force * direction).sum() / slope - 1),
            tolerance=1e-6,
            reason="rounding of the energy, 1e-13, over a step of 1e-6",
            basis="derived",
        )
        step = 0.02 / gas.frequency(g) / (5 if parameters.get("interaction") else 1)
        ends, errors = [], []
        for halvings in range(3):
            there, q, error = _leapfrog(g, scratch, r, momentum, step / 2**halvings, 16 * 2**halvings)
            ends.append((there, q))
            errors.append(abs(error))
        back, _, _ = _leapfrog(g, scratch, ends[0][0], -ends[0][1], step, 16)
        yield Claim(
            claim=f"{title}: distance from the start after a trajectory and its reverse",
            source=DUANE,
            expected=0.0,
            measured=float(np.abs(back - r).max()),
            tolerance=1e-11,
            reason="rounding, as it grows over 32 steps; the trajectory itself moves charges by more than 0.01",
            basis="exact",
        )
        yield Claim(
            claim=f"{title}: order in the step of the energy error of a trajectory",
            source=DUANE,
            expected=2.0,
            measured=math.log2(errors[1] / errors[2]),
            tolerance=0.1,
            reason="next term of the error, of order four",
            basis="exact",
        )


def _leapfrog(
    g: gas.Gas, scratch: tuple[Any, Any, Any, Any, Any], r: Floats, p: Floats, step: float, steps: int
) -> tuple[Floats, Floats, float]:
    """End of a trajectory of the chain's own kernels, and its change of the total energy."""
    r, p, force = r.copy(), p.copy(), np.empty_like(r)

    def total() -> float:
        return float(g.beta * gas.energy(g, r, *scratch) + trajectories.kinetic(p))

    before = total()
    gas.force(g, r, *scratch, force)
    for _ in range(steps):
        trajectories.kick_drift(p, force, 0.5 * step, step, r)
        gas.force(g, r, *scratch, force)
        trajectories.kick_drift(p, force, 0.5 * step, 0.0, r)
    return r, p, total() - before


def _stuck(case: Case) -> Iterator[Claim]:
    run = case.run("stuck.yaml", unmixed=True)
    said = run.attrs["warnings"]
    words: dict[str, Any] = {
        "source": "derived: the error of the leapfrog grows as the step squared",
        "basis": "derived",
    }
    yield Claim(
        claim="N = 1000 with four times the adapted step: mean acceptance",
        expected=0.0,
        measured=float(run["acceptance"].values[-1, 0]),
        tolerance=0.1,
        reason="the energy error is hundreds of k T in all but a few of a thousand trajectories",
        **words,
    )
    yield Claim(
        claim="the file says that the stuck chain is stuck (1: yes)",
        expected=1.0,
        measured=float("chain stuck" in said),
        tolerance=0.0,
        reason="the gate",
        **words,
    )
    yield Claim(
        claim="the file marks the statistic of the stuck chain as mixed (0: no)",
        expected=0.0,
        measured=float(run["r2_mixed"]),
        tolerance=0.0,
        reason="the gate",
        **words,
    )


def _calibrated(series: Floats) -> tuple[float, float, Floats]:
    """Spread of the chains' means over the error that they report, its standard error, and the scores."""
    means, errors = np.array([mean_and_error(chain) for chain in series.T]).T
    ratio = means.std(ddof=1) / math.sqrt(np.square(errors).mean())
    return float(ratio), 1 / math.sqrt(2 * (len(means) - 1)), (means - means.mean()) / errors


def _errors(name: str, ratio: float, error: float, seed: int) -> Iterator[Claim]:
    yield Claim(
        claim=f"512 chains, N = 10: logarithm of the spread of means over the error reported, {name}, seed {seed}",
        source="derived: the definition of an error bar",
        expected=0.0,
        measured=math.log(ratio),
        standard_error=error,
        tolerance=math.log(1.25),
        reason="a spread within a fifth of the error reported; 512 chains measure it to 3.1 %",
        basis="exact",
    )


def _figure(case: Case, laws: dict[float, Floats], scores: Floats) -> None:
    with case.figure("any_beta", (9.0, 3.4)) as figure:
        left, right = figure.subplots(1, 2, width_ratios=(1.6, 1))
        for color, (beta, s) in enumerate(laws.items()):
            shape, scale = coulomb_exact.sum_of_squares_law(N, beta)
            law = stats.gamma(shape, scale=scale)
            x = np.linspace(law.ppf(1e-5), law.ppf(1 - 1e-5), 300)
            left.hist(s.ravel(), bins=50, density=True, color=f"C{color}", alpha=0.35)
            left.plot(x, law.pdf(x), color=f"C{color}", label=rf"$\beta = {beta:g}$")
        left.set(
            xlabel=r"$\sum_i r_i^2$",
            ylabel="density",
            title="Hamiltonian Monte Carlo, $d=2$, $N=100$; lines: exact Gamma law",
        )
        left.legend(frameon=False)
        x = np.linspace(-4, 4, 200)
        right.hist(scores, bins=24, density=True, color="C5", alpha=0.6)
        right.plot(x, stats.norm.pdf(x), "k", lw=1)
        right.set(
            xlabel="deviation of a chain's mean / its error", ylabel="density", title="512 chains: do error bars hold?"
        )
