"""Boltzmann entropy, in nats per particle, of a gas that expands into a larger box; cells in position and velocity.

The macrostate is the number of the N particles in each cell (L/nx)(L/ny) dv dv. Its entropy, per particle and
without constants, is S = -sum_a F_a ln F_a with F_a = N_a/N for equal cells, for N so large that fluctuations are
negligible. The gas initially fills the share `fraction` q of the box (of each side, for a corner), in equilibrium at
temperature T; Delta S is S less its value at the start and ends at -ln q.

Free motion by itself disperses a gas over the cells: after a time t, particles of one velocity cell come from a stretch
dv t, and Delta S depends only on tau = dv t / Lp once dv t is much larger than a cell (`free_rise`); Lp is
the `spatial_period`. Collisions disperse it whatever dv is (`rise_with_collisions`). Both mechanisms are described by
P. L. Garrido, S. Goldstein, D. A. Huse and J. L. Lebowitz, arXiv:2403.07519 (2024); the collapse in dv t, the
oscillation and the opposite limit, in one dimension, by S. Chakraborti, A. Dhar, S. Goldstein, A. Kundu
and J. L. Lebowitz, J. Phys. A 55, 394002 (2022), arXiv:2109.07742. The formulas are derived here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, xlogy

from physent.theory.kinetic import rate_by_speed
from physent.theory.poisson_cells import expected_plugin

Array: TypeAlias = NDArray[np.float64]
Boundary: TypeAlias = Literal["periodic", "walls"]

BUILD_UP = 0.355
"""Delay L/v_th of `rise_with_collisions`: collisions mix only what free motion has brought together. Fitted to
simulations of the periodic box: 0.350 to 0.358, each +- 0.002, for a mean free path of 2 L and times above 0.6, and
0.35 to 0.39, each +- 0.01, for 10 L and times above 1 (`validation/discs_collisions`).
"""

_REACH = 9.0  # in thermal speeds; a Maxwellian holds 2e-19 beyond


def spatial_period(length: float, boundary: Boundary) -> float:
    """Period of the free motion: L in a periodic box, 2L between walls (method of images)."""
    return length if boundary == "periodic" else 2 * length


def free_rise(tau: ArrayLike, fraction: float = 0.5) -> Array:
    """Delta S of the ideal gas from a strip, for cells fine in x, at tau = dv t / Lp >= 0; shape of ``tau``.

    The density of a velocity cell at phase u, over its first value, is the mean of a square wave of duty q over a
    window tau: h(u) = [F(u + tau) - F(u)]/tau, F(x) = q floor(x) + min(x - floor(x), q), and
    Delta S = -(1/q) int_0^1 h ln h du. With tau = k + f, k an integer, the window holds k q plus what f covers of one
    period: hi = min(f, q) for a share |f - q| of the phases, lo = max(f + q - 1, 0) for a share |1 - f - q|, and all
    values in between with equal weight for the remaining share 2 (hi - lo). So the rise is exactly tau/2q while
    tau <= q and tau <= 1 - q, and -ln q at every integer tau. For q = 1/2 it dips below that by 0.01873 at tau = 1.5
    and by at most 0.01952, at 1.437. For a corner of q x q the rises of the two axes add.
    """
    return _rise(np.asarray(tau, np.float64), np.ones(1), np.ones(1), fraction)


def growth_rate(velocity_cell: float, length: float, boundary: Boundary, fraction: float = 0.5) -> float:
    """Initial rate dv/(2 q Lp) of `free_rise`; dv/L or, between walls, dv/2L for half a box."""
    return velocity_cell / (2 * fraction * spatial_period(length, boundary))


def rise_with_collisions(
    time: ArrayLike,
    velocity_cell: float,
    rate: float,
    *,
    length: float = 1.0,
    boundary: Boundary = "periodic",
    temperature: float = 1.0,
    fraction: float = 0.5,
    delay: float = BUILD_UP,
    nodes: int = 48,
) -> Array:
    """Delta S from a strip with both free motion and collisions (``rate`` nu per particle); shape of ``time``.

    For t >> L/v_th the density h of `free_rise` varies on a scale so fine that scattered particles come back uniformly:
    dh/dt = -nu(v) (h - q), h = q + (h_tau - q) exp(-nu(v) (t - t0)), and Delta S = -(1/q) <int h ln h du>, averaged
    over Maxwell's law with nu(v) of `kinetic.rate_by_speed`; t0 = ``delay`` L/v_th. It is a function of tau = dv t/Lp
    and nu t, or of nu t and the ratio (dv/Lp)/nu of the two rates of production. For dv -> 0 it is the entropy of
    mixing (1 +- e^-nu t)/2, averaged. It fails if the mean free path is well below L. The average over
    e = v^2/2T is a Gauss-Laguerre rule of ``nodes`` nodes.
    """
    t = np.asarray(time, np.float64)
    energy, weight = np.polynomial.laguerre.laggauss(nodes)
    mixing = np.maximum(t - delay * length / np.sqrt(temperature), 0.0) * rate
    rates = rate_by_speed(np.sqrt(2 * energy))
    kept = np.exp(-rates * mixing[..., None])
    return _rise(velocity_cell * t / spatial_period(length, boundary), kept, weight, fraction)


def _rise(tau: Array, kept: Array, weight: Array, q: float) -> Array:
    """-(1/q) <int h ln h du> with h = q + (h_tau - q) kept; kept (..., speeds), weight (speeds,)."""
    if not 0 < q <= 1:
        raise ValueError(f"fraction is {q}, expected 0 < fraction <= 1")
    if np.any(tau < 0):
        raise ValueError("tau or time is negative, expected values >= 0")
    tau = np.maximum(tau, 1e-300)  # tau = 0 is the limit: the square wave itself
    whole = np.floor(tau)
    part = tau - whole
    hi, lo = np.minimum(part, q), np.maximum(part + q - 1, 0.0)
    shares = np.abs(part - q), np.abs(1 - part - q), 2 * (hi - lo)
    high, low = (q + ((whole * q + covered) / tau - q)[..., None] * kept for covered in (hi, lo))
    entropy = (
        shares[0][..., None] * xlogy(high, high)
        + shares[1][..., None] * xlogy(low, low)
        + shares[2][..., None] * _mean_h_log_h(low, high)
    )
    return np.asarray(-(entropy @ weight) / q)


def _mean_h_log_h(low: Array, high: Array) -> Array:
    """Mean of h ln h over [low, high]: [h^2/2 ln h - h^2/4] over the width, or its series if that would cancel."""
    width, middle = high - low, (high + low) / 2
    narrow = width < 1e-3 * np.maximum(middle, 1e-300)

    def integral(h: Array) -> Array:
        return np.asarray(h * xlogy(h, h) / 2 - h**2 / 4)

    exact = (integral(high) - integral(low)) / np.where(narrow, 1.0, width)
    # h ln h has the second derivative 1/h; the next term is width^4/(960 h^3), below 1e-15.
    return np.where(narrow, xlogy(middle, middle) + width**2 / np.where(narrow, 24 * middle, 1.0), exact)


def half_time(time: ArrayLike, rise: ArrayLike, final: float = float(np.log(2))) -> float:
    """Time at which Delta S first reaches half of ``final``, by linear interpolation between samples (n,).

    Raises ValueError if it never does.
    """
    t, s = np.asarray(time, np.float64), np.asarray(rise, np.float64)
    above = np.flatnonzero(s >= final / 2)
    if len(above) == 0 or (above[0] == 0 and s[0] > final / 2):
        raise ValueError(f"Delta S is {s.min():.4g} to {s.max():.4g}, expected to cross {final / 2:.4g}")
    k = max(int(above[0]), 1)
    return float(t[k - 1] + (t[k] - t[k - 1]) * (final / 2 - s[k - 1]) / (s[k] - s[k - 1]))


def velocity_edges(velocity_cell: float, temperature: float = 1.0) -> Array:
    """Edges of velocity cells [k dv, (k + 1) dv) that cover nine thermal speeds to either side; 0 is an edge."""
    count = int(np.ceil(_REACH * np.sqrt(temperature) / velocity_cell))
    return np.asarray(velocity_cell * np.arange(-count, count + 1))


def cell_probabilities(
    time: float,
    cells: int,
    velocity_cell: float,
    *,
    length: float = 1.0,
    boundary: Boundary = "periodic",
    temperature: float = 1.0,
    fraction: float = 0.5,
) -> Array:
    """Exact probability of every cell (x, v_x) of the ideal gas at a time; shape (cells, velocity cells).

    The gas starts in 0 <= x < q L. A particle at x with v came from x - v t, with the box repeated with the period Lp
    (mirror images between walls), so p = (1/qL) int g(v) [G(b - v t) - G(a - v t)] dv for a cell [a, b), where
    G(y) is the filled length between 0 and y and g Maxwell's law. G is linear between the ends of filled stretches, and
    a line times a Gaussian is integrated in closed form: int_a^b g (c + s (v - a)) dv =
    (c - s a) [Phi(b) - Phi(a)] + s T [g(a) - g(b)]. Velocity cells are those of `velocity_edges`. An infinite time
    gives equilibrium.
    """
    edges = velocity_edges(velocity_cell, temperature)
    if np.isinf(time):
        speeds = _gaussian_pieces(edges, np.ones_like(edges), temperature)
        return np.tile(speeds / cells, (cells, 1))
    period = spatial_period(length, boundary)
    filled = _filled_ends(length, boundary, fraction)
    integrals = []
    for x in length / cells * np.arange(cells + 1):
        reach = np.abs(edges[-1]) * time + period
        turns = period * np.arange(np.floor((x - reach) / period), np.ceil((x + reach) / period) + 1)
        kinks = (x - (turns[:, None] + filled).ravel()) / time if time > 0 else np.empty(0)
        v = np.union1d(edges, kinks[(kinks > edges[0]) & (kinks < edges[-1])])
        pieces = _gaussian_pieces(v, _filled_length(x - v * time, period, filled), temperature)
        integrals.append(np.add.reduceat(pieces, np.searchsorted(v, edges[:-1])))
    return np.maximum(np.diff(integrals, axis=0) / (fraction * length), 0.0)


def exact_rise(
    time: ArrayLike,
    cells: int,
    velocity_cell: float,
    *,
    length: float = 1.0,
    boundary: Boundary = "periodic",
    temperature: float = 1.0,
    fraction: float = 0.5,
) -> Array:
    """Delta S of the ideal gas from a strip in finite cells, for many particles; shape of ``time``.

    The other axis is in equilibrium and adds nothing; for a corner the rises of the two axes add.
    """

    def entropy(t: float) -> float:
        p = cell_probabilities(
            t, cells, velocity_cell, length=length, boundary=boundary, temperature=temperature, fraction=fraction
        )
        return float(-xlogy(p, p).sum())

    return _since_start(entropy, time)


def expected_rise(
    time: ArrayLike,
    n: float,
    cells: tuple[int, int],
    velocity_cell: float,
    *,
    length: float = 1.0,
    boundary: Boundary = "periodic",
    temperature: float = 1.0,
    fraction: tuple[float, float] = (0.5, 1.0),
) -> Array:
    """Expected plug-in Delta S of n ideal-gas particles in cells (nx, ny, dv, dv), with its bias; shape of ``time``.

    ``fraction`` of each side is filled initially: (q, 1) for a strip, (q, q) for a corner. The probability of a
    four-dimensional cell is the product of those of the two axes; `poisson_cells.expected_plugin` gives its entropy.
    The bias grows as the gas spreads over more cells, so the final value lies below -ln q for any finite n.
    """

    def entropy(t: float) -> float:
        x, y = (
            cell_probabilities(
                t, count, velocity_cell, length=length, boundary=boundary, temperature=temperature, fraction=share
            )
            for count, share in zip(cells, fraction, strict=True)
        )
        return float(expected_plugin(np.outer(x, y).ravel(), n))

    return _since_start(entropy, time)


def hydrodynamic_rise(
    time: ArrayLike,
    cells: int,
    *,
    length: float = 1.0,
    boundary: Boundary = "periodic",
    temperature: float = 1.0,
    fraction: float = 0.5,
) -> Array:
    """Delta S of the ideal gas from a strip, by density, flow and temperature in ``cells`` along x; shape of ``time``.

    Derived here. The filled stretches, repeated with the period Lp, are a series sum_k c_k exp(ikx); free motion turns
    x into x - v t, and the mean of v^j exp(-ikvt) over Maxwell's law is exp(-k^2 t^2 T/2) times 1, -iktT and
    T - (ktT)^2. Integrated over a cell, these give its share p of the particles, p <v> and p <v^2>. The other axis
    stays at T, so a cell has the temperature (<v^2> - <v>^2 + T)/2, and the entropy of the local Maxwellians is
    sum_c p_c ln(T_c/p_c) up to a constant. Cells with less than 1e-10 of the particles are left out, which changes it
    by less than 1e-8. It ends at -ln q, whatever the cells.
    """
    period = spatial_period(length, boundary)
    filled = _filled_ends(length, boundary, fraction)
    edges = np.linspace(0.0, length, cells + 1)
    start = np.diff(_filled_length(edges, period, filled)) / (fraction * length)

    def entropy(t: float) -> float:
        if t == 0:
            return float(-xlogy(start, start).sum() + np.log(temperature))
        last = int(np.ceil(_REACH * period / (2 * np.pi * t * np.sqrt(temperature))))
        k = 2 * np.pi / period * np.arange(1, last + 1)
        waves = np.exp(-1j * np.outer(k, filled))
        factor = (
            1j * (waves[:, 1::2] - waves[:, ::2]).sum(axis=1) / (k * period) * np.exp(-((k * t) ** 2) * temperature / 2)
        )
        inside = np.diff(np.exp(1j * np.outer(k, edges)), axis=1) / (1j * k[:, None])
        means = [1.0, -1j * k * t * temperature, temperature - (k * t * temperature) ** 2]
        even = [1.0 / cells, 0.0, temperature / cells]
        p, flow, heat = (
            rest + 2 * ((factor * mean) @ inside).real / (fraction * length)
            for mean, rest in zip(means, even, strict=True)
        )
        p, flow, heat = (sums[p > 1e-10] for sums in (p, flow, heat))
        local = (heat / p - (flow / p) ** 2 + temperature) / 2
        return float((p * np.log(local / p)).sum())

    return _since_start(entropy, time)


def _since_start(entropy: Callable[[float], float], time: ArrayLike) -> Array:
    """``entropy`` less its value at 0, at each of the times; shape of ``time``."""
    times = np.asarray(time, np.float64)
    start = entropy(0.0)
    return np.array([entropy(float(t)) - start for t in times.ravel()]).reshape(times.shape)


def _filled_ends(length: float, boundary: Boundary, fraction: float) -> Array:
    """Starts and ends of the filled stretches of one period, in order: (start, end, start, end ...)."""
    if boundary == "periodic":
        return np.array([0.0, fraction * length])
    return np.array([0.0, fraction * length, (2 - fraction) * length, 2 * length])


def _filled_length(y: Array, period: float, filled: Array) -> Array:
    whole = np.floor(y / period)
    rest = y - whole * period
    begins, ends = filled[::2], filled[1::2]
    return np.asarray(whole * (ends - begins).sum() + (np.clip(rest[:, None], begins, ends) - begins).sum(1))


def _gaussian_pieces(v: Array, values: Array, temperature: float) -> Array:
    """Integral of Maxwell's law times the line through ``values`` at v, over each interval of v; (len(v) - 1,)."""
    spread = np.sqrt(temperature)
    density = np.exp(-(v**2) / (2 * temperature)) / np.sqrt(2 * np.pi * temperature)
    # On the positive side by upper tails, so that small probabilities keep their digits.
    share = np.where(v[:-1] > 0, ndtr(-v[:-1] / spread) - ndtr(-v[1:] / spread), np.diff(ndtr(v / spread)))
    width = np.diff(v)
    slope = np.diff(values) / width
    return np.asarray((values[:-1] - slope * v[:-1]) * share - slope * temperature * np.diff(density))
