"""Boltzmann entropies of macrostates of a gas: occupied cells of phase space, and hydrodynamic fields in space cells.

Both are S_B, the logarithm of the volume of phase space of all microstates that look alike, of N identical particles of
unit mass, in nats, with h = 1 (L. Boltzmann 1877; S. Goldstein and J. L. Lebowitz, Physica D 193, 53 (2004),
10.1016/j.physd.2004.01.008). Values are per particle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy.special import gammaln, log_ndtr, xlogy

from physent.core import jit
from physent.diagnostics.estimators import SHANNON
from physent.diagnostics.phase_space import Occupied, places, space_codes, sum_moments
from physent.theory.kinetic import excess_entropy
from physent.typing import Floats, Integers

Terms: TypeAlias = Callable[[Floats], Floats]

TERMS: dict[str, Terms] = {"shannon": lambda n: np.asarray(xlogy(n, n)), "multiplicity": lambda n: gammaln(n + 1)}


def cell_entropy(counts: Integers, measure: str, estimator: str, log_volume: float, gases: int = 1) -> float:
    """S_B/N of cells of equal volume that hold counts (m,), pooled from ``gases`` gases of N = sum(counts)/gases.

    multiplicity: ln prod_a |D|^N_a / N_a! over N, which for pooled counts is that of all gases together, each with the
    density of one. shannon, by Stirling's formula: ln |D| - sum F_a ln F_a + 1 - ln N with F_a = N_a/N; it exceeds
    the first by about sum_a ln(2 pi N_a)/2N.
    """
    n = counts.astype(np.float64)
    total = n.sum()
    if measure == "multiplicity":
        return float(log_volume + np.log(gases) - gammaln(n + 1).sum() / total)
    return float(log_volume + 1 - np.log(total / gases) + SHANNON[estimator](n))


def without_one(pool: Occupied, parts: list[Occupied], measure: str, log_volume: float) -> Floats:
    """The plug-in `cell_entropy` of the pooled gases without each of them in turn, (gases,).

    Only cells that the omitted gas occupies change: sum_a g(n_a) loses g(n_a) - g(n_a - k_a) there.
    """
    term = TERMS[measure]
    n = pool.counts.astype(np.float64)
    whole, total = term(n).sum(), n.sum()
    own = np.concatenate([part.counts for part in parts]).astype(np.float64)
    place = places(pool, np.concatenate([part.codes for part in parts]))
    starts = np.cumsum([0, *(len(part.counts) for part in parts[:-1])])
    lost = np.add.reduceat(term(n[place]) - term(n[place] - own), starts)
    rest = total - np.add.reduceat(own, starts)
    gases = len(parts) - 1
    if measure == "multiplicity":
        return np.asarray(log_volume + np.log(gases) - (whole - lost) / rest)
    return np.asarray(log_volume + 1 - np.log(rest / gases) + np.log(rest) - (whole - lost) / rest)


def moments(position: Floats, velocity: Floats, cells: tuple[int, int], length: float) -> Floats:
    """Number, momentum (2) and sum of v^2 of the particles in every space cell, (replicas, cells, 4)."""
    sums = np.zeros((len(position), cells[0] * cells[1], 4))
    jit.spread(sum_moments, len(sums), space_codes(position, cells, length), velocity, sums)
    return sums


def temperatures(m: Floats) -> tuple[Floats, Floats]:
    """Flow velocity (..., cells, 2) and temperature (..., cells) of `moments`.

    T_c is half the mean square of the velocity about the flow. Cells whose particles have one velocity (a single one)
    have none: they are given that of the whole gas about its own flow. They hold so few particles that an entropy
    changes by about their share of all.
    """
    n = np.maximum(m[..., 0], 1.0)
    flow = m[..., 1:3] / n[..., None]
    square = m[..., 3] / n
    heat = (square - (flow**2).sum(-1)) / 2
    total = m.sum(-2, keepdims=True)
    mean = total[..., 1:3] / total[..., :1]
    whole = (total[..., 3] / total[..., 0] - (mean**2).sum(-1)) / 2
    return flow, np.where((m[..., 0] > 1) & (heat > 1e-13 * square), heat, whole)


def hydrodynamic_entropy(m: Floats, area: float, gases: int = 1, diameter: float | None = None) -> Floats:
    """S_B/N of density, flow and temperature in cells of equal area; m (..., cells, 4), pooled from so many gases.

    The entropy of the local Maxwellian f = N_c/(2 pi T_c A) exp(-(v - u_c)^2/2T_c), derived here from
    S/N = -(1/N) int f ln f + 1: sum_c (N_c/N) [ln(2 pi T_c A/N_c) + 2], the law of Sackur and Tetrode in each cell.
    With a ``diameter``, plus `theory.kinetic.excess_entropy` at the packing fraction of each cell: the thermodynamic
    entropy of discs. The value is low by about 2 cells/N: (cells - 1)/2N from the counts and 3/2N from each
    temperature, as 2 N_c T_c/T is chi-squared with 2 N_c - 2 degrees of freedom.
    """
    number = m[..., 0]
    share = number / number.sum(-1, keepdims=True)
    _, heat = temperatures(m)
    n = np.where(number > 0, number, 1.0) / gases
    entropy = np.log(2 * np.pi * heat * area / n) + 2
    if diameter is not None:
        entropy = entropy + excess_entropy(n * np.pi * diameter**2 / (4 * area))
    return np.asarray((share * entropy).sum(-1))


def relative_entropy(cells: Occupied, m: Floats, velocity_cell: float, estimator: str) -> float:
    """Kullback-Leibler divergence sum_a F_a ln(F_a/M_a) of occupied cells from the local Maxwellian of their moments.

    M_a is N_c/N times the integral of the Maxwellian of `temperatures` over the velocity cell, and 1/N in the cell of a
    single particle, so that both add up to 1. m (cells, 4). The plug-in value is never negative, and high by about
    (occupied cells)/2N.
    """
    n = cells.counts.astype(np.float64)
    total = n.sum()
    flow, heat = temperatures(m)
    edges = velocity_cell * (np.arange(cells.span + 1) - cells.span // 2)
    spread = np.sqrt(heat)[:, None]
    space, place = cells.space, cells.velocity + cells.span // 2
    alone = m[space, 0] < 2
    logs = np.zeros(len(n))
    for axis in (0, 1):
        z = (edges - flow[:, axis, None]) / spread
        logs += np.where(alone, 0.0, _log_share(z[:, :-1], z[:, 1:])[space, place[:, axis]])
    density = m[:, 0] / total
    return float(-SHANNON[estimator](n) - xlogy(density, density).sum() - (n * logs).sum() / total)


def _log_share(a: Floats, b: Floats) -> Floats:
    """ln[Phi(b) - Phi(a)] for a < b, from the nearer tail."""
    upper = a + b > 0
    low, high = np.where(upper, -b, a), np.where(upper, -a, b)
    top = log_ndtr(high)
    return np.asarray(top + np.log1p(-np.exp(log_ndtr(low) - top)))
