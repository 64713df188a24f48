"""Distance of a symbol sequence from its own reversal: a lower bound of the entropy that its source produces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import rel_entr

from physent.diagnostics.arrays import along
from physent.diagnostics.dynamics import DIRECT, series_by_series, whole_words, words
from physent.diagnostics.gate import public
from physent.diagnostics.missing import Missing
from physent.diagnostics.units import Base
from physent.diagnostics.warn import ENOUGH, warn
from physent.errors import UsageError
from physent.typing import Integers

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


@public
def time_irreversibility(
    symbols: Data,
    length: int,
    *,
    pseudocount: float = 0.0,
    dim: Dims = None,
    missing: Missing = "refuse",
    base: Base = None,
) -> Any:
    """Kullback-Leibler divergence D_L of the words of ``length`` symbols from the same words read backwards, nats.

        D_L = sum_w p(w) ln( p(w) / p(reversed w) )

    ``symbols`` is (..., n) -> (...), or a DataArray and ``dim`` its time dimension. D_1 = 0; the slope D_L - D_(L-1),
    per step, grows to the entropy production of a stationary source in units of k_B, or to a lower bound of it if
    the symbols hide part of the state; for a Markov chain D_2 is the rate itself. Valid for symbols even under
    time reversal.

    A word that occurs while its reverse never does makes the plug-in value infinite. ``pseudocount`` is added to both
    counts of every pair seen at least once and makes the value finite, biased towards zero. Without it the bias is
    upwards, and for a reversible source both are above zero by chance, by up to (different words) / n: compare with
    shuffled symbols. Fewer than ten words per different word give a `PhysentWarning`. ``missing`` is that of
    `physent.diagnostics.missing`.

    References: E. Roldan and J. M. R. Parrondo, Phys. Rev. Lett. 105, 150607 (2010), 10.1103/PhysRevLett.105.150607.
    """
    if pseudocount < 0:
        raise UsageError(f"pseudocount must not be negative, found {pseudocount}")

    sparse: list[tuple[int, int]] = []  # numbers of words and of different ones, in rows with too few words

    def divergence(series: Integers) -> float:
        columns = whole_words(series, length, missing)
        if not columns[0].size:
            return np.nan
        both = words([np.concatenate([a, b]) for a, b in zip(columns, reversed(columns), strict=True)])
        if both.max() >= DIRECT:
            both = np.unique(both, return_inverse=True)[1]
        forward, backward = (np.bincount(half, minlength=both.max() + 1) for half in np.split(both, 2))
        counted, different = int(forward.sum()), int(np.count_nonzero(forward))
        if counted < ENOUGH * different:
            sparse.append((counted, different))
        seen = forward + backward > 0
        p, q = (count[seen] + pseudocount for count in (forward, backward))
        return max(0.0, float(rel_entr(p / p.sum(), q / q.sum()).sum()))

    attrs = {
        "long_name": f"time irreversibility, words of {length}",
        "units": "1",
        "base": "nats",
        "estimator": "plug-in",
    }
    value = along(series_by_series(divergence, length, missing), symbols, attrs=attrs)
    if sparse:
        worst = min(sparse, key=lambda one: one[0] / one[1])
        warn(
            f"words: {worst[0]} words of {length} symbols, {worst[1]} of them different, fewer than {ENOUGH} each, in"
            f" {len(sparse)} of {np.size(value)} series: the value is too high; take longer series or shorter words"
        )
    return value
