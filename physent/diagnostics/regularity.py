"""Sample entropy: how rarely two stretches of a series that agree for ``m`` samples also agree on the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from physent.diagnostics.agreement import agreeing_pairs
from physent.diagnostics.arrays import along
from physent.diagnostics.gate import public
from physent.diagnostics.missing import OMIT, Missing
from physent.diagnostics.rows import of_windows
from physent.diagnostics.scales import exponent
from physent.diagnostics.units import Base
from physent.diagnostics.warn import warn
from physent.errors import UsageError
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


@public
def sample_entropy(
    x: Data,
    m: int = 2,
    r: float = 0.2,
    *,
    tolerance: float | None = None,
    dim: Dims = None,
    missing: Missing = "refuse",
    base: Base = None,
) -> Any:
    """SampEn = -ln(A / B), nats, of a series (..., n) -> (...), or of a DataArray along ``dim``.

    B counts the pairs among the first n - m stretches of ``m`` samples that differ nowhere by more than the tolerance,
    A those that agree on the next sample too (a pair counts once, no stretch with itself). The tolerance is ``r``
    standard deviations of each series, or ``tolerance`` in the units of ``x``. Infinite if no pair agrees on
    m + 1 samples; NaN, with a warning, if none agrees on m. A constant series has no standard deviation and is refused
    unless there is a ``tolerance``; in a batch it is NaN, with a warning that counts such rows. ``missing`` is that of
    `physent.diagnostics.missing`, for windows of m + 1 samples.

    Reference: J. S. Richman and J. R. Moorman, Am. J. Physiol. 278, H2039 (2000), 10.1152/ajpheart.2000.278.6.H2039.
    """
    if m < 1:
        raise UsageError(f"m must be at least 1, found {m}")

    def entropy(series: Floats) -> float:
        known = series[~np.isnan(series)] if missing == OMIT else series
        if not known.size:
            return np.nan
        near = tolerance_of(known, r, tolerance)
        stretches = np.lib.stride_tricks.sliding_window_view(np.ldexp(series, -exponent(known)), m + 1)
        if missing == OMIT:
            stretches = stretches[~np.isnan(stretches).any(-1)]
        return ratio_of(*agreeing_pairs(stretches, near))

    def entropies(series: Floats) -> Floats:
        return of_windows(entropy, series, range(m + 1), missing, least=m + 2, what=f"m = {m}")

    how = f"{r:g} standard deviations" if tolerance is None else f"{tolerance:g}"
    attrs = {"long_name": f"sample entropy, m {m}, tolerance {how}", "units": "1", "base": "nats"}
    return along(entropies, x, attrs=attrs)


def tolerance_of(series: Floats, r: float, tolerance: float | None) -> float:
    """The tolerance of a series (n,) in units of 2^e, e its `exponent`; refused unless it is positive."""
    e = exponent(series)
    values = np.ldexp(series, -e)
    constant = values.min() == values.max()  # which its standard deviation is not, by the rounding of the mean
    near = (0.0 if constant else r * float(values.std())) if tolerance is None else float(np.ldexp(tolerance, -e))
    if not near > 0:
        raise UsageError(f"the tolerance must be positive, found {near:g} (is the series constant?)")
    return near


def ratio_of(shorter: float, longer: float) -> float:
    """ln(shorter / longer) of the pairs that agree on m samples and on one more: NaN, with a warning, or infinite."""
    if shorter == 0:
        warn("no two stretches of m samples agree: the value is NaN; take a larger tolerance")
        return np.nan
    return float(np.log(shorter) - np.log(longer)) if longer else np.inf
