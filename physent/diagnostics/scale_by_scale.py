"""Sample entropy scale by scale: what averaging over longer and longer stretches leaves of the irregularity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from physent.diagnostics.agreement import agreeing_pairs
from physent.diagnostics.arrays import along, finite
from physent.diagnostics.gate import public
from physent.diagnostics.missing import OMIT, Missing, judge, lost_windows, note
from physent.diagnostics.regularity import ratio_of, tolerance_of
from physent.diagnostics.rows import each_row
from physent.diagnostics.scales import exponent
from physent.diagnostics.units import Base
from physent.errors import UsageError
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


@public
def multiscale_entropy(
    x: Data,
    scales: int = 20,
    m: int = 2,
    r: float = 0.15,
    *,
    tolerance: float | None = None,
    dim: Dims = None,
    base: Base = None,
    missing: Missing = "refuse",
) -> Any:
    """`sample_entropy` of the means over stretches of 1, 2, ..., ``scales`` samples, nats: (..., n) -> (..., scales).

    Stretches do not overlap, a last incomplete one is left out, and the tolerance is that of scale 1: ``r`` standard
    deviations of the series, or ``tolerance``. Of a DataArray along ``dim``, with the new dimension ``scale``. White
    noise falls with scale s, -ln erf(r sqrt(s) / 2) if it is Gaussian; 1/f noise stays level.

    If A pairs agree on m + 1 samples, the relative error of the share that the value is the logarithm of is at least
    A^(-1/2); infinite if A = 0; NaN, with a warning, if none agrees on m. Limit of use: n/s stretches must be over
    10^m; the falling variance of the means lowers the value by itself, which is no loss of complexity. `UsageError` for
    a constant series without ``tolerance``, and for fewer than m + 2 stretches. Cost: 2 CPU s for scale 1 of 10^6
    samples of noise, in proportion to 1/s.

    ``missing`` is that of `physent.diagnostics.missing`, for windows of m + 1 stretches; their number is summed over
    scales.

    Reference: M. Costa, A. L. Goldberger and C.-K. Peng, Phys. Rev. Lett. 89, 068102 (2002),
    10.1103/PhysRevLett.89.068102.
    """
    if m < 1:
        raise UsageError(f"m must be at least 1, found {m}")

    def entropies(values: Floats) -> Floats:
        series = finite(values, "series", gaps=missing == OMIT)
        *leading, n = series.shape
        if scales < 1 or n // scales < m + 2:
            raise UsageError(f"scales must be 1 to {n // (m + 2)} for {n} samples and m = {m}, found {scales}")
        flat = series.reshape(-1, n)
        steps = range(1, scales + 1)
        if missing == OMIT:
            lost = [lost_windows(np.isnan(_means(flat, scale)), range(m + 1)) for scale in steps]
            judge(lost[0])
            note(sum(int(one.sum()) for one in lost))
        near = each_row(lambda row: _tolerance(row, r, tolerance), flat)
        found = [[_at(row, scale, m, limit) for scale in steps] for row, limit in zip(flat, near, strict=True)]
        return np.array(found).reshape(*leading, scales)

    how = f"{r:g} standard deviations" if tolerance is None else f"{tolerance:g}"
    attrs = {"long_name": f"multiscale entropy, m {m}, tolerance {how}", "units": "1", "base": "nats"}
    return along(entropies, x, attrs=attrs)


def _tolerance(row: Floats, r: float, tolerance: float | None) -> float:
    known = row[~np.isnan(row)]
    return tolerance_of(known, r, tolerance) if known.size else np.nan


def _means(rows: Floats, scale: int) -> Floats:
    """Means (..., n // scale) over stretches."""
    whole = rows.shape[-1] // scale * scale
    return np.asarray(rows[..., :whole].reshape(*rows.shape[:-1], -1, scale).mean(axis=-1))


def _at(row: Floats, scale: int, m: int, near: float) -> float:
    if np.isnan(near):
        return np.nan
    means = _means(np.ldexp(row, -exponent(row[~np.isnan(row)])), scale)
    stretches = np.lib.stride_tricks.sliding_window_view(means, m + 1)
    return ratio_of(*agreeing_pairs(stretches[~np.isnan(stretches).any(-1)], near))
