"""Fuzzy entropy: sample entropy whose stretches agree by degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from physent.diagnostics.arrays import along
from physent.diagnostics.gate import public
from physent.diagnostics.missing import OMIT, Missing
from physent.diagnostics.regularity import ratio_of
from physent.diagnostics.rows import of_windows
from physent.diagnostics.scales import exponent
from physent.diagnostics.units import Base
from physent.errors import UsageError
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


@public
def fuzzy_entropy(
    x: Data,
    m: int = 2,
    r: float = 0.2,
    power: float = 2.0,
    *,
    dim: Dims = None,
    missing: Missing = "refuse",
    base: Base = None,
) -> Any:
    """FuzzyEn = ln phi_m - ln phi_(m+1), nats, of a series (..., n) -> (...), or of a DataArray along ``dim``.

        phi_m = mean over pairs of exp(-d^power / r),

    d the largest difference of two of the first n - m stretches of ``m`` samples, each less its own mean, in standard
    deviations of the series. Unlike `sample_entropy` it is smooth in r, exists for short series, and does not see slow
    trends. White Gaussian noise with m = 1, power = 2 has ln(1 + 2/r)/2: stretches of one sample, less their mean,
    all agree.

    The bias is of order 1/n, 0.02 too much for 250 samples of noise, and the scatter over runs about 0.5/sqrt(n). Limit
    of use: values for different m, r or power cannot be compared, and other definitions, such as exp(-(d/r)^power),
    differ by what r means. Cost grows as n^2: 0.5 CPU s for 10^4 samples. `UsageError` for a constant series; in a
    batch it is NaN, with a warning. ``missing`` is that of `physent.diagnostics.missing`.

    Reference: W. Chen, Z. Wang, H. Xie and W. Yu, IEEE Trans. Neural Syst. Rehabil. Eng. 15, 266 (2007),
    10.1109/TNSRE.2007.897025.
    """
    if m < 1:
        raise UsageError(f"m must be at least 1, found {m}")

    def entropy(series: Floats) -> float:
        known = series[~np.isnan(series)] if missing == OMIT else series
        if not known.size:
            return np.nan
        e = exponent(known)
        values, known = np.ldexp(series, -e), np.ldexp(known, -e)
        if known.min() == known.max():
            raise UsageError("a constant series has no standard deviation, in which differences are measured")
        stretches = np.lib.stride_tricks.sliding_window_view((values - known.mean()) / known.std(), m + 1)
        if missing == OMIT:
            stretches = stretches[~np.isnan(stretches).any(-1)]
        return ratio_of(*(_agreement(part, r, power) for part in (stretches[:, :m], stretches)))

    def entropies(values: Floats) -> Floats:
        return of_windows(entropy, values, range(m + 1), missing, least=m + 2, what=f"m = {m}")

    attrs = {"long_name": f"fuzzy entropy, m {m}, r {r:g}, power {power:g}", "units": "1", "base": "nats"}
    return along(entropies, x, attrs=attrs)


def _agreement(stretches: Floats, r: float, power: float) -> float:
    """The sum over pairs of stretches (n, size) of how well they agree."""
    columns = np.ascontiguousarray((stretches - stretches.mean(axis=1, keepdims=True)).T)
    total = 0.0
    for i in range(len(stretches) - 1):
        apart = np.abs(columns[0, i + 1 :] - columns[0, i])
        for column in columns[1:]:
            np.maximum(apart, np.abs(column[i + 1 :] - column[i]), out=apart)
        total += float(np.exp((apart * apart if power == 2 else apart**power) / -r).sum())
    return total
