"""Two and three charges in space: everything is an integral over one distance, or over the sides of a triangle."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from physent.diagnostics.chains import mean_and_error
from physent.evidence import Case, Claim

Floats = NDArray[np.float64]

LAWS = {
    2: "derived: the centre separates; the distance has the weight r^2 exp(-beta (r^2/2 + 1/r)), by quadrature",
    3: "derived: the centre separates; sides a, b, c have the weight abc exp(-beta sum (a^2/2 + 1/a)), by quadrature",
}


class Shape(NamedTuple):
    """Configurations about the centre, their probabilities, sum of squared distances from it, and repulsion."""

    weight: Floats
    squares: Floats
    repulsion: Floats


def check(case: Case) -> Iterator[Claim]:
    """Means and variances of energy, size and repulsion, and the covariance of the last two."""
    draws = 4000 if case.full else 300
    for seed in (1, 2) if case.full else (1,):
        for n, shape in ((2, pair), (3, triangle)):
            for beta in (0.5, 40.0):
                run = case.run(set={"seed": seed, "parameters.n": n, "parameters.beta": beta, "schedule.draws": draws})
                yield from _moments(run["r2"].values, run["energy"].values, n, beta, shape(beta), seed)


def pair(beta: float) -> Shape:
    """Two charges: n S/2 = r^2/2 + n R^2, with R the centre."""
    r, w = _nodes(beta, 400)
    return _normalised(w * r**2, r**2 / 2, 1 / r, 2, beta)


def triangle(beta: float) -> Shape:
    """Three charges: sum r^2 about the centre is (a^2 + b^2 + c^2)/3; a = y + z, b = z + x, c = x + y gives all."""
    half, w = _nodes(beta, 60)
    x, y, z = np.meshgrid(half, half, half, indexing="ij")
    a, b, c = y + z, z + x, x + y
    weight = w[:, None, None] * w[None, :, None] * w[None, None, :] * a * b * c
    return _normalised(weight, (a**2 + b**2 + c**2) / 3, 1 / a + 1 / b + 1 / c, 3, beta)


def _nodes(beta: float, points: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre up to where exp(-beta r^2/2) with the minimum of the energy taken off is below 1e-20."""
    node, weight = np.polynomial.legendre.leggauss(points)
    end = 1.5 + math.sqrt(100 / beta)
    return end * (node + 1) / 2, end * weight / 2


def _normalised(measure: Floats, squares: Floats, repulsion: Floats, n: int, beta: float) -> Shape:
    energy = n * squares / 2 + repulsion
    weight = measure * np.exp(-beta * (energy - energy.min()))
    return Shape((weight / weight.sum()).ravel(), squares.ravel(), repulsion.ravel())


def _moments(s: Floats, energy: Floats, n: int, beta: float, shape: Shape, seed: int) -> Iterator[Claim]:
    """The centre is normal and independent of the shape: n R^2 = Gamma(3/2) 2/(beta n), in the energy 3/(2 beta)."""
    w, squares, repulsion = shape

    def mean(values: Floats) -> float:
        return float((w * values).sum())

    def central(values: Floats, power: int) -> float:
        return mean((values - mean(values)) ** power)

    inner = n * squares / 2 + repulsion
    # cumulants 2 and 4 of the centre's share, Gamma(3/2) times its scale
    of_size, of_energy = 2 / (beta * n), 1 / beta
    found = {
        "sum r^2": (s, mean(squares) + 1.5 * of_size, central(squares, 2) + 1.5 * of_size**2),
        "energy": (energy, mean(inner) + 1.5 * of_energy, central(inner, 2) + 1.5 * of_energy**2),
        "sum 1/r": (energy - n * s / 2, mean(repulsion), central(repulsion, 2)),
    }
    count = s.size / 2.5
    for name, (values, exact, variance) in found.items():
        average, error = mean_and_error(values)
        yield Claim(
            claim=f"{n} charges, beta = {beta:g}: mean of {name}, seed {seed}",
            source=LAWS[n],
            expected=exact,
            measured=float(average),
            tolerance=5 * math.sqrt(variance / count),
            reason="5 standard errors of a mean, at 2.5 draws for an independent one",
            basis="exact",
            standard_error=float(error),
        )
    fourth = central(inner, 4) + 6 * central(inner, 2) * 1.5 * of_energy**2 + (9 + 3 * 2.25) * of_energy**4
    variance = found["energy"][2]
    average, error = mean_and_error((energy - found["energy"][1]) ** 2)
    yield Claim(
        claim=f"{n} charges, beta = {beta:g}: variance of the energy, seed {seed}",
        source=LAWS[n],
        expected=variance,
        measured=float(average),
        tolerance=5 * math.sqrt((fourth - variance**2) / count),
        reason="5 standard errors of a mean, at 2.5 draws for an independent one",
        basis="exact",
        standard_error=float(error),
    )
