"""Entropies of words of every length up to a longest one, their growth, and its error and bias."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.diagnostics.arrays import along
from physent.diagnostics.dynamics import joint_entropy, series_by_series, whole_words, words
from physent.diagnostics.entropies import Shannon
from physent.diagnostics.gate import public
from physent.diagnostics.missing import Missing
from physent.diagnostics.uncertainty import autocorrelation_time, block_bounds, block_error
from physent.diagnostics.units import Base
from physent.diagnostics.warn import unheard
from physent.errors import UsageError
from physent.typing import Floats, Integers

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


@public
def word_entropies(
    symbols: Data, length: int, *, dim: Dims = None, missing: Missing = "refuse", base: Base = None
) -> tuple[Any, Any, Any, Any]:
    """Entropies of words of 1 ... ``length`` symbols, their growth, its error and its bias: (H, h, error, bias), nats.

    ``symbols`` is (..., n) -> four arrays (..., length), or a DataArray and ``dim`` its time dimension. H is
    `block_entropy`; h = H_L - H_(L-1) is `entropy_rate`, of words counted on the same windows, and falls towards the
    entropy rate: of an orbit and a generating partition that is the Kolmogorov-Sinai entropy. Errors of h are from the
    jackknife over blocks of consecutive words, each twice the autocorrelation time of -ln p(last symbol | the others)
    or longer; if all words are equally likely, as for fair bits, they are too large. The bias is that of h to first
    order in 1/N: (K_(L-1) - K_L) / 2N for N words, K_L of them different (G. Miller, in Information Theory in
    Psychology, ed. H. Quastler, 95 (1955)). It is negative, may be subtracted, and holds for N far above K_L: for words
    that do not repeat, h falls to 0 whatever the source. Fewer than ten words per different word give a
    `PhysentWarning`. ``missing`` is that of `physent.diagnostics.missing`.

    Reference: J. P. Crutchfield and D. P. Feldman, Chaos 13, 25 (2003), 10.1063/1.1530990.
    """
    if length < 1:
        raise UsageError(f"words must have at least 1 symbol, found {length}")

    def growth(series: Integers) -> Floats:
        found = np.empty((4, length))
        for k in range(length):
            columns = whole_words(series, k + 1, missing)
            found[0, k] = joint_entropy(columns)
            with unheard():
                before = joint_entropy(columns[:-1])
            found[1, k] = np.maximum(found[0, k] - before, 0.0)
            found[2:, k] = _error_and_bias(columns)
        return found

    attrs = {"units": "1", "base": "nats", "estimator": "plug-in", "long_name": f"entropies of words up to {length}"}
    each = series_by_series(growth, length, missing, shape="(k,l)")
    h, rate, error, bias = along(lambda x: np.moveaxis(each(x), -2, 0), symbols, outputs=4, attrs=attrs)
    return h, rate, error, bias


def _error_and_bias(columns: list[Integers]) -> tuple[float, float]:
    """Of the entropy of the last symbol of each word given the others."""
    n = columns[0].size
    if not n:
        return np.nan, np.nan
    codes = [words(columns), words(columns[:-1]) if len(columns) > 1 else np.zeros(n, np.int64)]
    numbers = [np.unique(code, return_inverse=True)[1] for code in codes]
    counts = [np.bincount(number) for number in numbers]
    local = -np.log(counts[0][numbers[0]] / counts[1][numbers[1]])
    tau = max(float(autocorrelation_time(local)) if n > 1 else 1.0, 0.5 * len(columns))
    bounds = block_bounds(n, tau)
    deleted = []
    for a, b in pairwise(bounds):
        left = [all_of - np.bincount(x[a:b], minlength=all_of.size) for x, all_of in zip(numbers, counts, strict=True)]
        whole, before = (Shannon()(one / max(1, one.sum())) for one in left)
        deleted.append(float(whole - before))
    bias = (counts[1].size - counts[0].size) / (2 * n)
    return float(block_error(deleted, n, tau)), float(bias)
