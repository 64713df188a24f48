"""The 0-1 test: whether what a series drives at a fixed frequency wanders off like a random walk or stays bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import fft

from physent.diagnostics.arrays import along, finite
from physent.diagnostics.gate import public
from physent.diagnostics.rows import each_row
from physent.diagnostics.scales import exponent
from physent.diagnostics.warn import warn
from physent.errors import UsageError
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims

LEAST = 100
"""Samples, below which displacements over a tenth of the series are too few."""

_STEEP, _APART, _UNDECIDED = 10.0, 0.5, (0.2, 0.8)
_PULSE = 100.0  # ratio of variances of quarters, beyond which a series is a pulse or a transient
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


@public
def zero_one_test(x: Data, frequencies: int = 100, *, dim: Dims = None) -> tuple[Any, Any]:
    """K of the 0-1 test and its spread over frequencies c: near 0 for regular series, near 1 for chaotic ones.

        z_j = sum_(i <= j) (x_i - mean) e^(i c i),   M_c(n) = < |z_(j + n) - z_j|^2 >_j,   n = 1 ... N/10,

    K_c is the correlation of M_c with n, and K its median over ``frequencies`` values of c; the spread is half of the
    interval that holds the central 68 % of the K_c. ``x`` is (..., n) -> two arrays (...), or a DataArray and ``dim``
    its time dimension. The mean is taken off, which removes the oscillating term V_osc of the reference from M_c. The
    c are spread evenly from pi/5 to 4 pi/5 as golden-ratio multiples, never at a rational part of 2 pi, so that a
    periodic series resonates with none of them; lines of a quasi-periodic spectrum may, which the median leaves out.

    Limits: it tells chaos from regular motion and not from noise, which has K near 1 too. A flow that is sampled too
    finely has its power below all c and K near 0 although it is chaotic: sample at about a quarter of its period, so
    that the series does not look smooth. Chaos in narrow bands is found late: the logistic map at r = 3.852, of
    exponent 0.125, has K = 0.05 from 4000 samples and 0.5 from 64 000. Regular series of N samples leave |K| of order
    0.01 to 0.1; a thousand samples is the usual least. Of a K below 0.8 a `PhysentWarning` says whether the range is
    over ten times the mean step, or K larger by 0.5 at low than at high frequencies (oversampled), or else K above 0.2
    (undecided). `UsageError` for fewer than 100 samples or a constant series; in a batch such a one is NaN, with a
    warning. N log N per frequency: 0.4 CPU s for 2e4 samples and 100 frequencies.

    References: G. A. Gottwald and I. Melbourne, Proc. R. Soc. A 460, 603 (2004), 10.1098/rspa.2003.1183; SIAM J. Appl.
    Dyn. Syst. 8, 129 (2009), 10.1137/080718851 (correlation, median, oversampling).
    """
    values = finite(x, "series")
    *leading, n = values.shape
    if n < LEAST:
        raise UsageError(f"the 0-1 test needs at least {LEAST} samples, found {n}")
    c = np.pi * (0.2 + 0.6 * np.mod((np.arange(frequencies) + 0.5) * _GOLDEN, 1.0))

    def both(rows: Any) -> tuple[Floats, Floats]:
        found = each_row(lambda row: _median_and_spread(row, c), rows.reshape(-1, n)).reshape(*leading, 2)
        return found[..., 0], found[..., 1]

    attrs = {"units": "1", "long_name": f"0-1 test, median and spread over {frequencies} frequencies"}
    k, spread = along(both, values, outputs=2, attrs=attrs)
    return k, spread


def _median_and_spread(series: Floats, c: Floats) -> Floats:
    x = np.ldexp(series, -exponent(series))
    if x.min() == x.max():
        raise UsageError("a constant series drives nothing: the 0-1 test needs one that varies")
    x = x - x.mean()
    k = np.array([_correlation(x, one) for one in c])
    middle = float(np.median(k))
    low, high = np.quantile(k, [0.16, 0.84])
    _doubt(x, c, k, middle)
    return np.array([middle, 0.5 * (high - low)])


def _correlation(x: Floats, c: float) -> float:
    """Of the mean square displacement with the time over which it is."""
    n = len(x)
    cut = n // 10
    z = np.cumsum(x * np.exp(1j * c * np.arange(n)))
    z -= z.mean()
    size = fft.next_fast_len(n)
    pairs = n - cut
    product = fft.ifft(fft.fft(z, size) * np.conj(fft.fft(z[:pairs], size)))[1 : cut + 1].real
    squares = np.concatenate([[0.0], np.cumsum(z.real**2 + z.imag**2)])
    moved = squares[pairs + 1 : n + 1] - squares[1 : cut + 1] + squares[pairs] - 2 * product
    return float(np.corrcoef(np.arange(1, cut + 1), moved)[0, 1])


def _doubt(x: Floats, c: Floats, k: Floats, middle: float) -> None:
    steep = np.ptp(x) / np.abs(np.diff(x)).mean()
    low, high = (float(np.median(k[part])) if part.any() else middle for part in (c < np.pi / 2, c >= np.pi / 2))
    parts = [float(part.var()) for part in np.array_split(x, 4)]
    if max(parts) > _PULSE * min(parts):
        warn(
            f"the variances of the quarters of the series are between {min(parts) / max(parts):.2g} and 1 of the "
            "largest: a pulse or a transient has K near 1 without chaos; leave out the beginning, or take a longer "
            "series"
        )
        return
    if middle >= _UNDECIDED[1]:
        return
    if steep > _STEEP or low - high > _APART:
        warn(
            f"oversampled: the range is {steep:.3g} times the mean step (expected at most {_STEEP:g}), K is {low:.2g} "
            f"at low and {high:.2g} at high frequencies: chaos would look regular; take every second sample, or fewer"
        )
    elif middle > _UNDECIDED[0]:
        warn(
            f"undecided: K = {middle:.2g} is near neither 0 nor 1: the series is too short, or only just chaotic, or "
            "regular with noise"
        )
