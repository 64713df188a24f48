"""Dispersion entropy: how evenly words of amplitude classes occur."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

from physent.core.jit import njit
from physent.diagnostics.arrays import along
from physent.diagnostics.entropies import Shannon
from physent.diagnostics.gate import public
from physent.diagnostics.missing import OMIT, Missing, lost_windows
from physent.diagnostics.rows import of_windows
from physent.diagnostics.scales import exponent
from physent.diagnostics.units import Base
from physent.diagnostics.warn import ENOUGH, warn
from physent.errors import UsageError
from physent.typing import Booleans, Floats, Integers

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims

LARGEST = 2**24
"""Dispersion patterns that are counted at most."""


@public
def dispersion_entropy(
    x: Data,
    m: int = 2,
    classes: int = 6,
    delay: int = 1,
    *,
    normalize: bool = False,
    dim: Dims = None,
    missing: Missing = "refuse",
    base: Base = None,
) -> Any:
    """Shannon entropy of the dispersion patterns in nats (plug-in), or as a fraction of m ln ``classes``.

    Each sample is in one of ``classes`` intervals that are equally likely under a normal law with the mean and standard
    deviation of the series; a pattern is the classes of ``m`` samples, ``delay`` apart. x is (..., n) -> (...), or a
    DataArray along ``dim``. Unlike `permutation_entropy` it sees amplitudes, and repeated values are no ties.

    White Gaussian noise has m ln ``classes``, less (classes^m - 1)/2n by the bias of the plug-in value; under ten
    windows per pattern seen give a `PhysentWarning`. Limit of use: outliers stretch the intervals until all else is in
    one class, and the law of the samples changes the value as much as their order in time. For intervals of your own,
    take `block_entropy` of ``Levels(edges).encode(x)``. `UsageError` for a constant series; in a batch it is NaN, with
    a warning. ``missing`` is that of `physent.diagnostics.missing`.

    Reference: M. Rostaghi and H. Azami, IEEE Signal Process. Lett. 23, 610 (2016), 10.1109/LSP.2016.2542881.
    """
    if m < 1 or delay < 1 or classes < 2:
        raise UsageError(f"expected m, delay >= 1 and classes >= 2, found {m}, {delay} and {classes}")
    if classes**m > LARGEST:
        raise UsageError(f"{classes} classes give {classes}^{m} patterns, expected at most 2^24")
    sparse: list[tuple[int, int]] = []  # windows and patterns seen, in rows with too few windows

    def entropy(series: Floats) -> float:
        gaps = np.isnan(series) if missing == OMIT else np.zeros(0, bool)
        known = series[~gaps] if gaps.size else series
        if not known.size:
            return np.nan
        e = exponent(known)
        values, known = np.ldexp(series, -e), np.ldexp(known, -e)
        if known.min() == known.max():
            raise UsageError("a constant series has no standard deviation, in which its classes are measured")
        edges = known.mean() + known.std() * ndtri(np.arange(1, classes) / classes)
        counts = np.zeros(classes**m, dtype=np.int64)
        lost = lost_windows(gaps, range(0, m * delay, delay)) if gaps.size else gaps
        _count(values, edges, m, delay, lost, counts)
        windows, seen = int(counts.sum()), int(np.count_nonzero(counts))
        if not windows:
            return np.nan
        if windows < ENOUGH * seen:
            sparse.append((windows, seen))
        h = float(Shannon()(counts / windows))
        return h / (m * np.log(classes)) if normalize else h

    def entropies(values: Floats) -> Floats:
        at, what = range(0, m * delay, delay), f"a pattern of m = {m}, delay = {delay}"
        return of_windows(entropy, values, at, missing, least=(m - 1) * delay + 1, what=what)

    attrs = {"units": "1", "base": "1" if normalize else "nats", "estimator": "plug-in"}
    attrs["long_name"] = f"dispersion entropy, m {m}, classes {classes}, delay {delay}"
    found = along(entropies, x, attrs=attrs)
    if sparse:
        windows, seen = min(sparse, key=lambda one: one[0] / one[1])
        warn(
            f"dispersion patterns: {windows} windows on {seen} patterns seen, fewer than {ENOUGH} each, in"
            f" {len(sparse)} of {np.size(found)} series: the value is too low; take a longer series, or smaller m or"
            " classes"
        )
    return found


@njit
def _count(x: Floats, edges: Floats, m: int, delay: int, lost: Booleans, counts: Integers) -> None:
    # classes by passes over the edges, which vectorise; the word of a window from m of them
    classes = np.zeros(len(x), dtype=np.int32)
    for edge in edges:
        for i in range(len(x)):
            classes[i] += np.int32(x[i] >= edge)
    base = len(edges) + 1
    for i in range(len(x) - (m - 1) * delay):
        if len(lost) and lost[i]:
            continue
        code = np.int64(0)
        for j in range(m):
            code = code * base + classes[i + j * delay]
        counts[code] += 1
