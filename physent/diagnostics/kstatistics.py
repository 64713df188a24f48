"""Cumulants of a sampled number by k-statistics, up to the sixth, with errors that include autocorrelation.

Power sums of raw values would cancel catastrophically: sum r^2 of 1000 charges has mean 500 and a sixth cumulant of
1e-13. All sums here are of powers of (x - mean)/s.d., in a second pass over the stored draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.diagnostics.chains import as_series, integrated_autocorrelation_time
from physent.diagnostics.gate import public
from physent.diagnostics.scales import exponent
from physent.diagnostics.uncertainty import jackknife_error
from physent.diagnostics.warn import warn
from physent.errors import UsageError
from physent.typing import Booleans, Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims

HIGHEST = 6
# Blocks are at least ten autocorrelation times long, which makes an error less than 3 % too small (a chain of one
# relaxation time T has tau = 2 T, and means of blocks of b draws have tau/b (1 - T/b) of the variance); at most 256.
_TIMES, _BLOCKS, _FEW = 10.0, 256, 8


@dataclass(frozen=True)
class Cumulants:
    """Cumulants 1, 2, ... of a series, shape (orders,) each."""

    value: Floats
    standard_error: Floats
    resolved: Booleans  # the error does not exceed the value
    draws_needed: Floats  # over all replicas, for the error to equal the value: draws (error / value)^2
    draws: int
    blocks: int  # of the jackknife


@public
def k_statistics(x: Data, orders: int = HIGHEST, *, dim: Dims = None) -> Floats:
    """Unbiased estimates of the cumulants 1 ... ``orders`` <= 6 of independent values (n,), NaN beyond order n.

    In central moments m_r = (1/n) sum (x - mean)^r and falling factorials n_(r) = n (n - 1) ... (n - r + 1):

        k2 = n^2 m2 / n_(2),   k3 = n^3 m3 / n_(3),   k4 = n^3 [(n+1) m4 - 3 (n-1) m2^2] / n_(4),
        k5 = n^4 [(n+5) m5 - 10 (n-1) m2 m3] / n_(5),
        k6 = n^3 [(n+1)(n^2+15n-4) m6 - 15 (n-1)^2 (n+4) m2 m4 - 10 (n-1)(n^2-n+4) m3^2 + 30 n (n-1)(n-2) m2^3] / n_(6)

    (R. A. Fisher, Proc. London Math. Soc. 30, 199 (1930), 10.1112/plms/s2-30.1.199; M. G. Kendall and A. Stuart, The
    Advanced Theory of Statistics 1, section 12.9). On a chain of autocorrelation time tau their bias is of relative
    order tau / n, far below the error.
    """
    values = as_series(x).ravel()
    _check(orders)
    centre, scale, z = _standardised(values)
    return _k_of_sums(_power_sums(z[None])[0], centre, scale)[:orders]


@public
def cumulants(series: Any, orders: int = HIGHEST, *, dim: Dims = None) -> Cumulants:
    """Cumulants 1 ... ``orders`` of a series (draws,) or (draws, replicas), pooled over replicas, with their errors.

    Values are k-statistics of all draws; errors a jackknife that leaves out one block of consecutive draws of one
    replica at a time, blocks being ten autocorrelation times long (of x or of (x - mean)^2, whichever is longer) or
    longer, at most 256 in all (H. R. Kuensch, Ann. Stat. 17, 1217 (1989), 10.1214/aos/1176347265). A replica that holds
    no such block is one block; fewer than 8 blocks give a warning. ``resolved``: the error does not exceed the value; a
    cumulant that is zero passes for resolved in one series of three, so look at the error. ``draws_needed`` scales the
    error by 1/sqrt(draws) until it equals the value that was found: an order of magnitude.
    """
    values = as_series(series)
    _check(orders)
    centre, scale, z = _standardised(values)
    sums = _power_sums(_blocks(z))
    total = sums.sum(0)
    value = _k_of_sums(total, centre, scale)
    if len(sums) < _FEW:
        warn(
            f"short series: {values.size} draws hold {len(sums)} blocks of {_TIMES:.0f} autocorrelation times"
            f" (expected at least {_FEW}): standard errors of cumulants are not resolved"
        )
    se = jackknife_error(_k_of_sums(total - sums, centre, scale)) if len(sums) > 1 else np.full(HIGHEST, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = values.size * np.square(se / value)
    return Cumulants(
        value[:orders],
        se[:orders],
        (se <= np.abs(value))[:orders],
        needed[:orders],
        values.size,
        len(sums),
    )


def _check(orders: int) -> None:
    if not 1 <= orders <= HIGHEST:
        raise UsageError(f"orders of cumulants: found {orders}, expected 1 to {HIGHEST}")


def _standardised(values: Floats) -> tuple[float, float, Floats]:
    e = exponent(values)
    values = np.ldexp(values, -e)
    centre = float(values.mean())
    centre += float((values - centre).mean())
    deviation = values - centre
    scale = float(np.sqrt(np.square(deviation).mean()))
    # a constant has no other cumulants; the rounding of its mean is not a deviation
    if scale <= 4 * np.finfo(np.float64).eps * abs(centre):
        return float(np.ldexp(centre, e)), 0.0, np.zeros_like(deviation)
    return float(np.ldexp(centre, e)), float(np.ldexp(scale, e)), deviation / scale


def _blocks(z: Floats) -> list[Floats]:
    draws, replicas = z.shape
    tau = 1.0
    if draws >= 8 and z.any():
        times = [float(integrated_autocorrelation_time(part)) for part in (z, z * z) if np.ptp(part) > 0]
        tau = max(1.0, *times)
    count = int(min(draws / (_TIMES * tau), max(1, _BLOCKS // replicas)))
    if tau < 1.5:  # independent draws are blocks of their own, however few
        count = min(draws, max(1, _BLOCKS // replicas))
    bounds = np.linspace(0, draws, max(count, 1) + 1).astype(np.int64)
    return [z[a:b, r] for r in range(replicas) for a, b in pairwise(bounds)]


def _power_sums(blocks: Any) -> Floats:
    """Sum of z^0 ... z^6 of every block, (blocks, 7)."""
    sums = np.empty((len(blocks), HIGHEST + 1))
    for row, z in zip(sums, blocks, strict=True):
        row[0], power = len(z), np.ones(len(z))
        for order in range(1, HIGHEST + 1):
            power = power * z
            row[order] = power.sum()
    return sums


def _k_of_sums(sums: Floats, centre: float, scale: float) -> Floats:
    """K-statistics (..., 6) from sums (..., 7) of powers of z = (x - centre)/scale, whose own mean is small."""
    n = sums[..., 0]
    raw = np.moveaxis(sums / n[..., None], -1, 0)
    d = raw[1]
    m2, m3, m4, m5, m6 = (
        sum(comb(r, j) * raw[j] * (-d) ** (r - j) for j in range(r + 1)) for r in range(2, HIGHEST + 1)
    )
    numerators = (
        n * d,
        n**2 * m2,
        n**3 * m3,
        n**3 * ((n + 1) * m4 - 3 * (n - 1) * m2**2),
        n**4 * ((n + 5) * m5 - 10 * (n - 1) * m2 * m3),
        n**3
        * (
            (n + 1) * (n * n + 15 * n - 4) * m6
            - 15 * (n - 1) ** 2 * (n + 4) * m2 * m4
            - 10 * (n - 1) * (n * n - n + 4) * m3**2
            + 30 * n * (n - 1) * (n - 2) * m2**3
        ),
    )
    falling = np.cumprod(n[..., None] - np.arange(HIGHEST), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        k = np.stack(numerators, axis=-1) / np.where(falling > 0, falling, np.nan) * scale ** np.arange(1, HIGHEST + 1)
    k[..., 0] += centre
    return np.asarray(k)
