"""Differential entropies, mutual information and sample entropy of laws with closed forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, exp1, ndtr
from scipy.stats import poisson

from physent.core.random import Purpose, normals, uniform_array
from physent.diagnostics import (
    Grid,
    Renyi,
    Sphere,
    Weights,
    count,
    entropy,
    knn_entropy,
    ksg_mutual_information,
    sample_entropy,
    spacing_entropy,
    weigh,
)
from physent.diagnostics.estimators import grassberger
from physent.evidence import Case, Claim

Floats = NDArray[np.float64]

GAMMA = float(np.euler_gamma)
COVER = "Cover and Thomas 2006, Elements of Information Theory, table 17.1"
METHODS = ("nearest neighbours", "spacings")


def check(case: Case) -> Iterator[Claim]:
    """Sampled laws by neighbours and spacings, then binned and gridded laws, an ideal gas, and pairs."""
    samples, runs = (40_000 if case.full else 10_000), 20
    measured: dict[str, dict[str, tuple[float, float]]] = {}
    for name, (draw, exact, source) in laws(case).items():
        x = np.array([draw(run, samples) for run in range(runs)])
        values = {METHODS[0]: knn_entropy(x if x.ndim == 3 else x[..., None])}
        if x.ndim == 2 and "Cauchy" not in name:
            values[METHODS[1]] = spacing_entropy(x)
        measured[name] = {}
        for method, value in values.items():
            error = float(value.std(ddof=1) / np.sqrt(runs))
            measured[name][method] = float(value.mean()) - exact, error
            yield Claim(
                claim=f"{name}: differential entropy by {method}",
                source=source,
                expected=exact,
                measured=float(value.mean()),
                tolerance=0.025,
                reason="five standard errors, and the bias at edges, heavy tails and gaps, of order N^(-1/d) or m/N",
                basis="exact",
                standard_error=error,
            )
    with case.figure("errors", size=(7.4, 4.2)) as figure:
        _draw(figure, measured)
    yield from _binned()
    yield from _soliton()
    yield from _gas(case, 200_000)
    yield from _directions(case, 400_000)
    yield _grassberger()
    yield from _pairs(case, samples // 2, runs)


def laws(case: Case) -> dict[str, tuple[Callable[[int, int], Floats], float, str]]:
    """How to draw n points in a given run, the exact entropy, and where it stands."""

    def u(run: int, n: int, draw: int = 0) -> Floats:
        return uniform_array(case.seed(7), Purpose.SURROGATE, run, 0, n, draw)

    def z(run: int, n: int, d: int) -> Floats:
        return normals(case.seed(8), Purpose.SURROGATE, run, 0, n * d).reshape(n, d)

    def disc(run: int, n: int) -> Floats:
        radius, angle = np.sqrt(u(run, n)), 2 * np.pi * u(run, n, 1)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)

    def laplace(run: int, n: int) -> Floats:
        v = u(run, n) - 0.5
        return np.asarray(-np.sign(v) * np.log(1 - 2 * np.abs(v)))

    mehta = "Mehta 2004, Random Matrices, 3rd ed., sec. 1.5: Wigner's surmise"
    return {
        "normal in the plane": (lambda run, n: z(run, n, 2), float(np.log(2 * np.pi * np.e)), COVER),
        "exponential": (lambda run, n: -np.log(u(run, n)), 1.0, COVER),
        "Laplace": (laplace, float(1 + np.log(2)), COVER),
        "Cauchy": (lambda run, n: np.tan(np.pi * (u(run, n) - 0.5)), float(np.log(4 * np.pi)), COVER),
        "uniform disc": (disc, float(np.log(np.pi)), "derived: the logarithm of its area"),
        "semicircle of radius 2": (
            lambda run, n: 2 * disc(run, n)[:, 0],
            float(np.log(2 * np.pi) - 0.5),
            "Voiculescu 1993, 10.1007/BF02100060; the first coordinate of a uniform disc",
        ),
        "spacings of GOE, surmise": (
            lambda run, n: np.sqrt(-4 * np.log(u(run, n)) / np.pi),
            float(1 - np.log(np.pi) / 2 + GAMMA / 2),
            mehta,
        ),
        "spacings of GUE, surmise": (
            lambda run, n: np.sqrt(np.pi / 8) * np.sqrt((z(run, n, 3) ** 2).sum(-1)),
            float(np.log(np.pi / 2) + GAMMA - 0.5),
            mehta,
        ),
    }


def _exactly(claim: str, source: str, expected: float, measured: float, tolerance: float, reason: str) -> Claim:
    return Claim(claim, source, expected, measured, tolerance, reason, "exact")


def _binned() -> Iterator[Claim]:
    h = 0.5 * np.log(2 * np.pi * np.e)
    for width, excess in ((0.5, 0.010310), (1.0, 0.040020), (2.0, 0.152882)):
        edges = np.arange(-40, 41) * width
        p = np.where(edges[1:] > 0, ndtr(-edges[:-1]) - ndtr(-edges[1:]), np.diff(ndtr(edges)))
        value = entropy(Weights(p / p.sum(), np.full(len(p), width)), differential=True).value
        yield _exactly(
            f"normal law in cells of {width} sigma: excess of the differential entropy",
            "derived: width^2/24 and higher terms, summed over the cells",
            excess,
            value - h,
            1e-6,
            "the expected value has six digits",
        )
    x = np.linspace(-30, 30, 4001)
    for q in (0.5, 2.0, 3.0):
        value = entropy(weigh(np.exp(-(x**2) / 2), x[1] - x[0]), Renyi(q), differential=True).value
        exact = 0.5 * np.log(2 * np.pi) + 0.5 * np.log(q) / (q - 1)
        yield _exactly(
            f"normal law: differential Renyi entropy of order {q:g}",
            "Zografos and Nadarajah 2005, 10.1016/j.spl.2004.12.012",
            exact,
            value,
            1e-12,
            "trapezoidal sums of an analytic function, and rounding",
        )


def _soliton() -> Iterator[Claim]:
    n, length = 4096, 80.0
    x = (np.arange(n) - n // 2) * length / n
    for eta in (1.0, 2.0):
        psi = eta / np.cosh(eta * x)
        spectrum = np.abs(np.fft.fft(psi)) ** 2
        dx, dk = length / n, 2 * np.pi / length
        for name, density, mu, exact in (
            ("x", psi**2, dx, 2 - np.log(2 * eta)),
            ("k", spectrum, dk, 2 - np.log(np.pi / eta)),
        ):
            yield _exactly(
                f"soliton {eta:g} sech({eta:g} x): entropy in {name}",
                "derived: integrals of sech^2 ln sech^2, the transform of sech being sech",
                exact,
                entropy(weigh(density, mu), differential=True).value,
                1e-9,
                "the tails beyond the box are e^-80, and the sums are trapezoidal",
            )


def _gas(case: Case, n: int) -> Iterator[Claim]:
    velocity = np.clip(normals(case.seed(9), Purpose.SURROGATE, 0, 0, 2 * n).reshape(n, 2), -4.99, 4.99)
    position = np.stack([uniform_array(case.seed(9), Purpose.SURROGATE, 0, 1, n, draw) for draw in (0, 1)], axis=-1)
    one = entropy(count(np.hstack([position, velocity]), _phase_space(1.0)), differential=True)
    position[:, 0] *= 2
    two = entropy(count(np.hstack([position, velocity]), _phase_space(2.0)), differential=True)
    source = "Sackur 1911, 10.1002/andp.19113411502, and Tetrode 1912: ln V + 1 + ln(2 pi T/m) by position and velocity"
    yield Claim(
        claim="ideal gas on a unit square: entropy per particle by position and velocity",
        source=source,
        expected=float(1 + np.log(2 * np.pi)),
        measured=float(one.value - 2 * 0.25 / 24),
        tolerance=0.015,
        reason="five standard errors; cells of 1/2 add (1/2)^2/24 for each velocity, which is taken off",
        basis="exact",
        standard_error=float(one.standard_error),
    )
    yield _exactly(
        "ideal gas: gain of the entropy per particle when the square doubles with its cells",
        source,
        float(np.log(2)),
        float(two.value - one.value),
        1e-12,
        "the counts are the same",
    )


def _phase_space(length: float) -> Grid:
    return Grid((0, 0, -5, -5), (length, 1, 5, 5), (2, 2, 20, 20))


def _directions(case: Case, n: int) -> Iterator[Claim]:
    """Isotropic directions, and those about (1, 1, 1) of concentration 2, in cells of equal area and of equal angle."""
    u, v = (uniform_array(case.seed(12), Purpose.SURROGATE, 0, 0, n, draw) for draw in (0, 1))
    axes = np.array([[1, -1, 0], [1, 1, -2], [1, 1, 1]]) / np.sqrt([[2], [6], [3]])
    kappa = 2.0
    laws = {
        "isotropic": (2 * u - 1, np.log(4 * np.pi), 0.001),
        "von Mises-Fisher, concentration 2": (
            1 + np.log(u + (1 - u) * np.exp(-2 * kappa)) / kappa,
            np.log(4 * np.pi * np.sinh(kappa) / kappa) + 1 - kappa / np.tanh(kappa),
            0.012,
        ),
    }
    for law, (cosine, exact, tolerance) in laws.items():
        sine = np.sqrt(1 - cosine**2)
        x = np.column_stack([sine * np.cos(2 * np.pi * v), sine * np.sin(2 * np.pi * v), cosine]) @ axes
        for cells, equal_area in (("area", True), ("angle", False)):
            one = entropy(count(x, Sphere(24, 48, equal_area)), differential=True)
            yield Claim(
                claim=f"{law} directions: differential entropy in cells of equal {cells}",
                source="Mardia and Jupp 2000, Directional Statistics, sec. 9.3; the logarithm of the sphere's area",
                expected=float(exact),
                measured=float(one.value),
                tolerance=tolerance,
                reason="five standard errors; cells of 0.13 add up to 0.0015 where the density is not constant",
                basis="exact",
                standard_error=float(one.standard_error),
            )


def _grassberger() -> Claim:
    """A single cell with n counts has the estimate ln n - G(n), which gives G."""
    n = np.arange(1.0, 400.0)
    g = np.log(n) - grassberger(n[:, None])
    z = np.array([0.1, 1.0, 3.0, 10.0, 100.0])
    means = np.array([(poisson.pmf(n, one) * n * g).sum() for one in z])
    return _exactly(
        "Grassberger's G: largest error of the mean of n G(n) over Poisson numbers of mean 0.1 to 100",
        "Grassberger 2003, arXiv:physics/0307138: z ln z + z E1(2z)",
        0.0,
        float(np.abs(means - z * np.log(z) - z * exp1(2 * z)).max()),
        1e-9,
        "rounding of the Poisson law",
    )


def _pairs(case: Case, n: int, runs: int) -> Iterator[Claim]:
    rho = 0.8
    z = [normals(case.seed(10), Purpose.SURROGATE, run, 0, 2 * n).reshape(2, n) for run in range(runs)]
    values = np.array([ksg_mutual_information(a, rho * a + np.sqrt(1 - rho**2) * b) for a, b in z])
    yield _mean("two normals of correlation 0.8: mutual information", COVER, -0.5 * np.log(1 - rho**2), values, 0.025)
    short = 4000
    source = "Richman and Moorman 2000, 10.1152/ajpheart.2000.278.6.H2039, their probability of a match in closed form"
    values = np.array([sample_entropy(a[:short]) for a, _ in z[:4]])
    yield _mean("independent normals: sample entropy, r = 0.2 sigma", source, -np.log(erf(0.1)), values, 0.05)
    values = np.array(
        [sample_entropy(uniform_array(case.seed(11), Purpose.SURROGATE, run, 0, short)) for run in range(4)]
    )
    r = 0.2 / np.sqrt(12)
    yield _mean("independent uniforms: sample entropy, r = 0.2 sigma", source, -np.log(2 * r - r**2), values, 0.05)


def _mean(claim: str, source: str, exact: Any, values: Floats, tolerance: float) -> Claim:
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    reason = "five standard errors over independent samples"
    return Claim(claim, source, float(exact), float(values.mean()), tolerance, reason, "exact", error)


def _draw(figure: Any, measured: dict[str, dict[str, tuple[float, float]]]) -> None:
    axes = figure.subplots()
    names = list(measured)
    for number, method in enumerate(METHODS):
        rows = [(i, *measured[name][method]) for i, name in enumerate(names) if method in measured[name]]
        place, value, error = np.array(rows).T
        axes.errorbar(
            value, place + 0.12 * (2 * number - 1), xerr=error, fmt="os"[number], ms=4, capsize=2, label=method
        )
    axes.axvline(0, color="0.5", lw=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(xlabel="measured - exact entropy, nats (bars: standard error)")
    axes.legend()
