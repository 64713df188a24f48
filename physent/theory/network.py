"""Markov jump processes on graphs: laws in time, entropy production, and the fluctuations of counted currents.

A graph of n states has m edges: ``edges`` (m, 2) integers, the states i and j at the ends of each, and ``rates``
(m, 2), from i to j and back. Parallel edges are separate channels, each with its own heat. Rates are per unit of
time, entropies are in units of k_B, and a current is positive from i to j. A generator L is (n, n) with columns that
sum to zero, dp/dt = L p (J. Schnakenberg, Rev. Mod. Phys. 48, 571 (1976), 10.1103/RevModPhys.48.571).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse, special
from scipy.sparse import csgraph
from scipy.sparse.linalg import expm_multiply

Array = npt.NDArray[np.float64]

LARGEST = 4096
"""States of the largest generator, which is a full matrix."""
_DENSE = 512


def generator(edges: npt.ArrayLike, rates: npt.ArrayLike, states: int | None = None) -> Array:
    """Generator (n, n) of the graph, n = ``states`` or the largest index + 1.

    ValueError for shapes that do not fit, rates that are negative or not finite, an edge from a state to itself, or
    more than 4096 states.
    """
    ends, k = _graph(edges, rates)
    n = _size(ends, states)
    full = np.zeros((n, n))
    for (i, j), rate in (((ends[:, 0], ends[:, 1]), k[:, 0]), ((ends[:, 1], ends[:, 0]), k[:, 1])):
        np.add.at(full, (j, i), rate)
        np.add.at(full, (i, i), -rate)
    return full


def propagate(generator: npt.ArrayLike, p: npt.ArrayLike, t: float) -> Array:
    """Law after the time ``t``, exp(L t) p, of the law ``p`` (n,): dense to 512 states, else sparse times vector."""
    full = np.asarray(generator, float)
    if len(full) <= _DENSE:
        found = linalg.expm(full * t) @ np.asarray(p, float)
    else:
        found = expm_multiply(sparse.csr_array(full) * t, np.asarray(p, float), traceA=t * full.trace())
    return np.asarray(np.maximum(found, 0), float)


def stationary(generator: npt.ArrayLike) -> Array:
    """Stationary law (n,): L p = 0, sum p = 1. ValueError if there are several.

    To 512 states by elimination without subtractions, so that rare states have full relative accuracy (W. K. Grassmann,
    M. I. Taksar and D. P. Heyman, Oper. Res. 33, 1107 (1985), 10.1287/opre.33.5.1107), else by a linear solve.
    """
    full = np.asarray(generator, float)
    n = len(full)
    closed = _closed_class(full)
    if len(closed) < n:
        p = np.zeros(n)
        p[closed] = stationary(full[np.ix_(closed, closed)])
        return p
    if n > _DENSE:
        system = full.copy()
        system[-1] = 1
        return np.asarray(np.maximum(linalg.solve(system, np.eye(n)[-1], overwrite_a=True), 0))
    rate = full.T.copy()
    for last in range(n - 1, 0, -1):
        rate[:last, last] /= rate[last, :last].sum()
        rate[:last, :last] += np.outer(rate[:last, last], rate[last, :last])
    p = np.ones(n)
    for state in range(1, n):
        p[state] = p[:state] @ rate[:state, state]
    return np.asarray(p / p.sum())


def currents(edges: npt.ArrayLike, rates: npt.ArrayLike, p: npt.ArrayLike) -> Array:
    """Net current p_i k_ij - p_j k_ji of each edge, (m,), per unit of time, in the law ``p`` (n,)."""
    ends, k = _graph(edges, rates)
    flow = np.asarray(p, float)[ends] * k
    return np.asarray(flow[:, 0] - flow[:, 1])


def entropy_production(edges: npt.ArrayLike, rates: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Total entropy production per unit of time in the law ``p`` (n,), sum_edges J ln(p_i k_ij/(p_j k_ji)) >= 0.

    Schnakenberg's sum; with the stationary law it is also the entropy that flows into the medium. Infinite if an edge
    is passed in one direction only.
    """
    ends, k = _graph(edges, rates)
    flow = np.asarray(p, float)[ends] * k
    return float((special.rel_entr(flow[:, 0], flow[:, 1]) + special.rel_entr(flow[:, 1], flow[:, 0])).sum())


def entropy_flow(edges: npt.ArrayLike, rates: npt.ArrayLike, p: npt.ArrayLike) -> float:
    """Entropy that flows into the medium per unit of time in the law ``p`` (n,), sum_edges J ln(k_ij/k_ji)."""
    ends, k = _graph(edges, rates)
    flow = np.asarray(p, float)[ends] * k
    used = flow > 0
    with np.errstate(divide="ignore"):
        return float(flow[used] @ np.log(k[used] / k[:, ::-1][used]))


def current_moments(
    edges: npt.ArrayLike, rates: npt.ArrayLike, steps: npt.ArrayLike, states: int | None = None
) -> tuple[float, float]:
    """Mean and variance per unit of time of a count: i -> j along an edge adds its step to it, j -> i subtracts it.

    ``steps`` is (m,). The largest eigenvalue J s + V s^2/2 + ... of the tilted generator L + s L1 + s^2 L2/2 to second
    order, L1 and L2 being the rates times step and step^2 (J. L. Lebowitz and H. Spohn, J. Stat. Phys. 95, 333 (1999),
    10.1023/A:1004589714161): J = 1.L1.p and V = 1.L2.p + 2 1.L1.x, L x = (J - L1) p, 1.x = 0.
    """
    ends, k = _graph(edges, rates)
    full = generator(edges, rates, states)
    d, n = np.asarray(steps, float), len(full)
    if d.shape != (len(k),):
        raise ValueError(f"steps of shape {d.shape}, expected one per edge, ({len(k)},)")
    p = stationary(full)
    flow = p[ends] * k
    mean = float(d @ (flow[:, 0] - flow[:, 1]))
    counted = np.bincount(ends[:, 1], d * flow[:, 0], n) - np.bincount(ends[:, 0], d * flow[:, 1], n)
    system, source = full.copy(), mean * p - counted
    replaced = int(p.argmax())  # a row of the closed class, which the others imply
    system[replaced], source[replaced] = 1, 0
    x = linalg.solve(system, source, overwrite_a=True)
    leaving = np.bincount(ends[:, 0], d * k[:, 0], n) - np.bincount(ends[:, 1], d * k[:, 1], n)
    return mean, float(d**2 @ flow.sum(1) + 2 * leaving @ x)


def dwell_times(generator: npt.ArrayLike, inside: npt.ArrayLike, entry: npt.ArrayLike, t: float) -> tuple[float, ...]:
    """Mean, second moment and P(longer than ``t``) of the time in states ``inside`` (k,), entered by ``entry`` (k,).

    Phase-type law: with Q the generator among these states, survival 1.exp(Q t).entry and moments n! 1.(-Q)^-n.entry
    (M. F. Neuts, Matrix-Geometric Solutions in Stochastic Models, 1981, ch. 2).
    """
    chosen = np.asarray(inside, int)
    q = np.asarray(generator, float)[np.ix_(chosen, chosen)]
    first = linalg.solve(-q, np.asarray(entry, float))
    return float(first.sum()), float(2 * linalg.solve(-q, first).sum()), float(propagate(q, entry, t).sum())


def _graph(edges: npt.ArrayLike, rates: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], Array]:
    ends, k = np.asarray(edges), np.asarray(rates, float)
    if ends.ndim != 2 or ends.shape[1] != 2 or k.shape != ends.shape or ends.dtype.kind not in "iu":
        raise ValueError(f"edges {ends.dtype} {ends.shape} and rates {k.shape}, expected integers (m, 2) and (m, 2)")
    if not np.all(np.isfinite(k) & (k >= 0)):
        raise ValueError("a rate is negative or not finite")
    if np.any(ends < 0) or np.any(ends[:, 0] == ends[:, 1]):
        raise ValueError("an edge has a negative state, or joins a state to itself")
    return ends.astype(np.int64), k


def _size(ends: npt.NDArray[np.int64], states: int | None) -> int:
    least = int(ends.max(initial=-1)) + 1
    n = least if states is None else states
    if not least <= n <= LARGEST or n == 0:
        raise ValueError(f"{n} states and edges to state {least - 1}, expected {least} to {LARGEST} states")
    return n


def _closed_class(full: Array) -> npt.NDArray[np.int64]:
    """States of the one class that is never left; ValueError if there are several."""
    _, label = csgraph.connected_components(sparse.csr_array(full.T != 0), directed=True, connection="strong")
    leaky = np.unique(label[np.nonzero((full != 0) & (label[:, None] != label))[1]])
    closed = np.setdiff1d(np.unique(label), leaky)
    if len(closed) > 1:
        raise ValueError(
            f"{len(closed)} classes of states are never left, expected one: the stationary law is not unique"
        )
    return np.nonzero(label == closed[0])[0]
