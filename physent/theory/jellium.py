"""The Coulomb gas in one dimension, exactly: a chain of ordered particles.

In d = 1 the pair energy -|x_i - x_j| makes the weight of ordered positions x_1 < ... < x_N a product,
prod w_i(x_i), w_i(x) = exp(-beta [N V(|x|) - (2i - N - 1) x]): Gaussians of mean (2i - N - 1)/N and variance
1/(beta N) for V = x^2/2, conditioned on their order (Baxter (1963), Proc. Camb. Philos. Soc. 59, 779).
With Z_i(x, t) the integral of w_1 e^{tf} ... w_i e^{tf} over x_1 < ... < x_i < x,

    d Z_i/dx = w_i(x) e^{t f(x)} Z_{i-1}(x, t),     sum_q kappa_q t^q/q! = log Z_N(inf, t).

The recursion is for the cumulants themselves (derived here). Write log Z_i = sum_q K_q(x) t^q/q!, c_q for the same
coefficients of t f + log Z_{i-1}, and D_q = c_q - K_q. Division by Z_i gives K_q' = h B_q(D_1, ..., D_q) with
h = w_i Z_{i-1}/Z_i at t = 0 and B_q the complete Bell polynomials, which is linear in K_q:

    K_q(x) = mean over y < x, with weight w_i(y) Z_{i-1}(y), of c_q(y) + [B_q(D) - D_q](y).

No moments are ever subtracted, f is measured from its value at the middle of w_i, and x lies on panels with
Gauss-Legendre nodes in a window that moves with i, so that no accuracy is lost as N grows. The windows hold all but
e^(-depth) of the law of each x_i, w_i(x) Z_{i-1}(x) Z_{N-i}(-x), which is first found on a uniform grid with
log-linear integration (V is even). The weights w_i Z_{i-1} would not do: they lie many widths away from that law.
"""

from __future__ import annotations

import math
import warnings
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import integrate, optimize

from physent.errors import PhysentWarning
from physent.theory.droplet import QUADRATIC, Array, Radial
from physent.theory.radii import ExactCumulants, exp_beyond_linear

ORDERS = 6


def jellium_cumulants(
    n: int,
    f: Radial,
    potential: Radial = QUADRATIC,
    *,
    beta: float = 2.0,
    breaks: tuple[float, ...] = (),
    tolerance: float = 1e-6,
) -> ExactCumulants:
    """Cumulants 1..6 of sum f(|x_i|) of ``n`` particles in d = 1 at any ``beta``; V convex. O(n) work.

    ``breaks`` are distances where f is not smooth (known for a `RadialFunction`; 0 is always included). ``errors`` is
    twice the difference of two computations on different panels and windows. If it exceeds ``tolerance`` of the
    value, a PhysentWarning names the orders; if it exceeds 1 %, the value is NaN.
    """
    rims = (*breaks, *getattr(f, "breaks", ()))
    laws = _laws(n, potential, beta)
    coarse, fine = (_chain(n, f, potential, beta, rims, laws, *grid)[1] for grid in ((1.0, 44.0), (0.7, 55.0)))
    errors = 2 * np.abs(fine - coarse) + 4 * np.finfo(float).eps * np.abs(fine)
    relative = errors / np.maximum(np.abs(fine), 1e-300)
    doubtful = [str(q + 1) for q in range(ORDERS) if relative[q] > tolerance]
    if doubtful:
        warnings.warn(
            f"exact cumulants of order {', '.join(doubtful)} miss the tolerance {tolerance:g}: see errors; those with "
            "errors above 1 % are NaN",
            PhysentWarning,
            stacklevel=2,
        )
    return ExactCumulants(np.where(relative > 1e-2, np.nan, fine), errors)


def jellium_log_partition(n: int, beta: float = 2.0, potential: Radial = QUADRATIC) -> float:
    """Logarithm of Z, the integral of exp(-beta E) over all positions of ``n`` labelled particles in d = 1."""
    laws = _laws(n, potential, beta)
    return _chain(n, lambda r: 0 * r, potential, beta, (), laws, 0.7, 55.0)[0] + math.lgamma(n + 1)


def jellium_density(n: int, beta: float = 2.0, potential: Radial = QUADRATIC) -> tuple[Array, Array, Array]:
    """Positions on the line, the mean density there (norm 1) and quadrature weights, each of shape (m,).

    Exact but for rounding: the law of x_i is w_i(x) Z_{i-1}(x) Z_{n-i}(-x). Sums of weight times density times
    any smooth function are its means.
    """
    record: list[tuple[slice, Array]] = []
    laws = _laws(n, potential, beta)
    depth, width = 55.0, 0.7
    _chain(n, lambda r: 0 * r, potential, beta, (), laws, width, depth, record)
    start = np.maximum.accumulate([x[p > -depth][0] for x, p in laws])
    edges = panel_edges(np.stack([start, -start[::-1]], axis=1), (), width / math.sqrt(2 * depth))
    x, half, _, rule = panel_nodes(edges)
    weights = half * rule
    trap = n * np.asarray(potential(np.abs(x)), float)
    density = np.zeros_like(x)
    for i, (here, before) in enumerate(record, start=1):
        after = record[n - i][1][::-1, ::-1]
        law = before + after - beta * (trap[here] - (2 * i - n - 1) * x[here])
        law = np.exp(law - law.max())
        density[here] += law / (n * (law * weights[here]).sum())
    return x.ravel(), density.ravel(), weights.ravel()


def screened_edge(s: npt.ArrayLike) -> Array:
    """Large-n density over that of the bulk, at ``s`` of any shape, s = (|x| - 1) sqrt(beta n) in V = x^2/2.

    In d = 1 a screening length holds sqrt(n) particles, so the edge obeys the Poisson-Boltzmann equation: with
    rho = u/2, log rho = const - beta n (x^2/2 - int |x - y| rho(y) dy) gives (log u)'' = u - 1 (derived here).
    Then phi = log u has phi'^2/2 = e^phi - 1 - phi, and neutrality phi' + s -> 0 beyond the edge.
    """
    points = np.asarray(s, float)
    start = -400.0
    first = math.sqrt(2 * (-start - 1))

    def slope(_: float, phi: Array) -> Array:
        return -np.sqrt(2 * exp_beyond_linear(phi))

    last = min(float(points.min(initial=0.0)), 0.0) - 1
    inside = integrate.solve_ivp(
        slope, (first, last), [start], method="DOP853", rtol=1e-11, atol=1e-13, dense_output=True
    )
    if not inside.success:
        raise RuntimeError(f"edge profile: {inside.message}")
    return np.where(points < first, np.exp(inside.sol(np.minimum(points, first).ravel())[0].reshape(points.shape)), 0.0)


def _chain(
    n: int,
    f: Radial,
    potential: Radial,
    beta: float,
    rims: tuple[float, ...],
    laws: list[tuple[Array, Array]],
    width: float,
    depth: float,
    record: list[tuple[slice, Array]] | None = None,
) -> tuple[float, Array]:
    """Log of the integral over ordered positions, and cumulants 1..6, on panels of ``width`` standard deviations
    in windows where the law of x_i is above e^(-depth) of its maximum. ``record`` gathers the panels of each x_i
    and log Z_{i-1} on them, up to a constant.
    """
    start = np.maximum.accumulate([x[p > -depth][0] for x, p in laws])
    ends = np.stack([start, -start[::-1]], axis=1)
    edges = panel_edges(ends, rims, width / math.sqrt(2 * depth))
    x, half, cumulative, weights = panel_nodes(edges)
    trap, value = n * np.asarray(potential(np.abs(x)), float), np.asarray(f(np.abs(x)), float)
    log_z, k = np.zeros_like(x), np.zeros((ORDERS, *x.shape))
    offset, middle = 0.0, []
    for i in range(1, n + 1):
        first = max(int(np.searchsorted(edges, ends[i - 1][0], "right")) - 1, 0)
        last = max(int(np.searchsorted(edges, ends[i - 1][1], "left")), first + 1)
        here = np.s_[first:last]
        if record is not None:
            record.append((here, log_z[here].copy()))
        log_weight = log_z[here] - beta * (trap[here] - (2 * i - n - 1) * x[here])
        top = float(log_weight.max())
        weight = np.exp(log_weight - top)
        centre = np.unravel_index(int(weight.argmax()), weight.shape)
        middle.append(float(value[here][centre]))

        def integrals(g: Array, size: Array = half[here]) -> tuple[Array, float]:
            totals = np.cumsum((g * weights * size).sum(axis=1))
            before = np.concatenate([[0.0], totals[:-1]])[:, None]
            return before + size * (g @ cumulative.T), float(totals[-1])

        norm, whole = integrals(weight)
        # next to the left end, where the law is e^(-depth) of its maximum, ratios are round-off: use the first good one
        good = int(np.argmax(norm.ravel() > 1e-6 * norm.ravel()[weights.size - 1]))
        norm.ravel()[:good] = norm.ravel()[good]
        shift = value[here] - middle[-1]
        deviations: list[Array] = []
        for q in range(1, ORDERS + 1):
            source = k[q - 1, here] + (shift if q == 1 else 0.0)
            inner, outer = integrals(weight * (source + _bell_without_last(deviations)))
            inner.ravel()[:good] = inner.ravel()[good]
            k[q - 1, here] = inner / norm
            k[q - 1, last:] = outer / whole
            deviations.append(source - k[q - 1, here])
        log_z[here], log_z[last:] = np.log(norm), math.log(whole)
        offset += top
    cumulants = k[:, -1, -1].copy()
    cumulants[0] += math.fsum(middle)
    return offset + float(log_z[-1, -1]), cumulants


def _bell_without_last(d: list[Array]) -> Array | float:
    """Complete Bell polynomial B_q of D_1..D_q without its term D_q, for q = len(d) + 1 (Comtet (1974), p. 307)."""
    match len(d):
        case 0:
            return 0.0
        case 1:
            return d[0] ** 2
        case 2:
            return 3 * d[0] * d[1] + d[0] ** 3
        case 3:
            return 4 * d[0] * d[2] + 3 * d[1] ** 2 + 6 * d[0] ** 2 * d[1] + d[0] ** 4
        case 4:
            a, b, c, e = d
            return 5 * a * e + 10 * b * c + 10 * a**2 * c + 15 * a * b**2 + 10 * a**3 * b + a**5
    a, b, c, e, g = d
    pairs = 6 * a * g + 15 * b * e + 10 * c**2
    return pairs + 15 * a**2 * e + 60 * a * b * c + 15 * b**3 + 20 * a**3 * c + 45 * a**2 * b**2 + 15 * a**4 * b + a**6


def _laws(n: int, potential: Radial, beta: float) -> list[tuple[Array, Array]]:
    """For each particle a uniform grid of positions and the log density of x_i there, 0 at its maximum."""
    if n < 1 or not beta > 0:
        raise ValueError(f"n {n}, beta {beta}: expected positive numbers")
    half = [_reach(n, i, potential, beta) for i in range(n // 2 + 1, n + 1)]
    reach = [*((-b, -a) for a, b in reversed(half[n % 2 :])), *half]
    step = min(b - a for a, b in half) / 600
    slots = [(round(a / step), round(b / step)) for a, b in reach]
    last = max(b for _, b in slots)
    x: Array = np.asarray(step * np.arange(-last, last + 1))
    trap = n * np.asarray(potential(np.abs(x)), float)
    log_z, before, own = np.zeros_like(x), [], []
    for i, (a, b) in enumerate(slots, start=1):
        here = np.s_[a + last : b + last + 1]
        before.append(log_z[here].copy())
        own.append(-beta * (trap[here] - (2 * i - n - 1) * x[here]))
        weight = before[-1] + own[-1]
        fall = np.abs(np.diff(weight)) + 1e-8
        pieces = np.maximum(weight[1:], weight[:-1]) + np.log(-np.expm1(-fall) / fall)
        log_z[here] = np.logaddexp.accumulate(np.concatenate([[weight[0]], pieces]))
        log_z[b + last + 1 :] = log_z[b + last]
        log_z -= log_z[b + last]
    laws: list[tuple[Array, Array]] = []
    for i, (a, b) in enumerate(slots):
        law = own[i] + before[i] + before[n - 1 - i][::-1]
        laws.append((x[a + last : b + last + 1], law - law.max()))
    return laws


def _reach(n: int, i: int, potential: Radial, beta: float, depth: float = 60.0) -> tuple[float, float]:
    """Where w_i, i > N/2, falls to e^(-depth) of its maximum, on either side of it."""

    def cost(x: float) -> float:
        return float(beta * (n * potential(abs(x)) - (2 * i - n - 1) * x))

    far = 1e-3
    while cost(far * 2) < cost(far):
        far *= 2
        if far > 1e6:
            raise ValueError("the trap does not hold the gas within 1e6")
    top = float(optimize.minimize_scalar(cost, bounds=(0, 2 * far), method="bounded").x)
    least = cost(top)
    ends = []
    for side in (-1.0, 1.0):
        step = 1e-3
        while cost(top + side * step) < least + depth:
            step *= 2
            if step > 1e7:
                raise ValueError("the trap does not hold the gas within 1e6")
        ends.append(float(optimize.brentq(lambda x: cost(x) - least - depth, top, top + side * step, xtol=1e-6 * step)))
    return ends[0], ends[1]


def panel_edges(ends: Array, rims: tuple[float, ...], fraction: float) -> Array:
    """Edges, even about 0, of panels no wider than ``fraction`` of half the narrowest window, split at 0 and rims."""
    size = fraction * float(np.diff(ends).min()) / 2
    last = float(ends[-1, 1])
    marks = sorted({0.0, last, *(abs(rim) for rim in rims if 0 < abs(rim) < last)})
    pieces = [np.linspace(a, b, 1 + math.ceil((b - a) / size))[1:] for a, b in pairwise(marks)]
    right = np.concatenate(pieces)
    return np.concatenate([-right[::-1], [0.0], right])


def panel_nodes(edges: Array, count: int = 18) -> tuple[Array, Array, Array, Array]:
    """Gauss-Legendre nodes of each panel, its half width, the matrix of integrals from -1 to each node of (-1, 1), and
    the weights there.
    """
    nodes, weights = np.polynomial.legendre.leggauss(count)
    basis = np.polynomial.legendre.legvander(nodes, count - 1)
    coefficients = (basis * weights[:, None]).T * (np.arange(count)[:, None] + 0.5)
    integrated = np.polynomial.legendre.legint(coefficients, lbnd=-1)
    half = np.diff(edges)[:, None] / 2
    cumulative = np.asarray(np.polynomial.legendre.legval(nodes, integrated).T, float)
    return edges[:-1, None] + half * (1 + nodes), half, cumulative, weights
