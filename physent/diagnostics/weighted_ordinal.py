"""Weighted permutation entropy: ordinal patterns that count by the variance of their window."""

from __future__ import annotations

from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.diagnostics.arrays import along
from physent.diagnostics.entropies import Shannon
from physent.diagnostics.gate import public
from physent.diagnostics.missing import OMIT, Missing
from physent.diagnostics.ordinal import check_window, encode, pattern_attrs
from physent.diagnostics.rows import of_windows
from physent.diagnostics.scales import exponent
from physent.diagnostics.tally import weigh
from physent.diagnostics.units import Base
from physent.diagnostics.warn import ENOUGH, warn
from physent.errors import RunError
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


@public
def weighted_permutation_entropy(
    x: Data,
    order: int = 5,
    delay: int = 1,
    *,
    dim: Dims = None,
    normalize: bool = False,
    missing: Missing = "refuse",
    base: Base = None,
) -> Any:
    """Shannon entropy of ordinal patterns whose windows weigh as their variance, nats, or as a fraction of ln order!.

        p(pattern) = sum of the variances of its windows / sum of those of all windows,   plug-in.

    x is (..., n) -> (...), or a DataArray along ``dim``; patterns as in `permutation_entropy`. It sees bursts and drops
    the patterns of noise of small amplitude. `count` of ``Ordinal(order, delay)`` with weights of your own is the same.

    A series whose samples can be exchanged, such as noise of any law, has ln order!, less about (order! - 1)(1 + v)/2n
    by the bias, v the variance of the weights in units of their mean squared. There is no correction of the bias, and
    no standard error: of weights only the spread over series is known. Under ten windows per pattern seen give a
    `PhysentWarning`. Limit of use: with heavy tails a few windows decide, and the value falls for that reason alone.
    `RunError` for a constant series; in a batch it is NaN, with a warning. ``missing`` is that of
    `physent.diagnostics.missing`.

    Reference: B. Fadlallah, B. Chen, A. Keil and J. Principe, Phys. Rev. E 87, 022911 (2013),
    10.1103/PhysRevE.87.022911.
    """
    check_window(order, delay)
    sparse: list[tuple[int, int]] = []  # windows and patterns seen, in rows with too few windows

    def entropy(series: Floats) -> float:
        known = series[~np.isnan(series)] if missing == OMIT else series
        if not known.size:
            return np.nan
        values = np.ldexp(series, -exponent(known))
        windows = len(values) - (order - 1) * delay
        parts = [values[i * delay : i * delay + windows] for i in range(order)]
        mean = np.add.reduce(parts) / order
        variance = np.add.reduce([(part - mean) ** 2 for part in parts]) / order
        codes = encode(values, order, delay, gaps=missing == OMIT)
        if missing == OMIT:
            codes, variance = codes[codes >= 0], variance[codes >= 0]
            if not codes.size:
                return np.nan
        if known.min() == known.max() or not variance.any():
            raise RunError("every window is constant, so that no pattern has a weight")
        p = np.asarray(weigh(np.bincount(codes, variance, factorial(order))).p)
        seen = int(np.count_nonzero(p))
        if codes.size < ENOUGH * seen:
            sparse.append((codes.size, seen))
        h = float(Shannon()(p))
        return h / np.log(factorial(order)) if normalize else h

    def entropies(values: Floats) -> Floats:
        at, what = range(0, order * delay, delay), f"a window of order {order}, delay {delay}"
        return of_windows(entropy, values, at, missing, least=(order - 1) * delay + 1, what=what)

    attrs = {"long_name": "weighted permutation entropy", "units": "1", "base": "1" if normalize else "nats"}
    found = along(entropies, x, attrs=attrs | pattern_attrs(order, delay))
    if sparse:
        windows, seen = min(sparse, key=lambda one: one[0] / one[1])
        warn(
            f"ordinal patterns: {windows} windows on {seen} patterns seen, fewer than {ENOUGH} each, in"
            f" {len(sparse)} of {np.size(found)} series: the value is too low; take a longer series or a lower order"
        )
    return found
