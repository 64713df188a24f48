"""Entropies of symbol sequences in time: words, their rate of growth, and the flow of information between two series.

Symbols are integers 0, 1, 2, ...; a space encodes anything else. Estimates are plug-in: an entropy of N words is low by
about (different words - 1) / (2 N), so that the number of words bounds the length that can be resolved. Fewer than ten
words per different word give a `PhysentWarning`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from physent.diagnostics.arrays import along, symbols_of
from physent.diagnostics.entropies import Shannon
from physent.diagnostics.gate import public
from physent.diagnostics.missing import OMIT, Missing, encoded, judge, lost_windows, symbols
from physent.diagnostics.units import Base
from physent.diagnostics.warn import ENOUGH, warn
from physent.errors import UsageError
from physent.typing import Booleans, Integers

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims

# Up to this many possible words they are counted by number, beyond it by sorting those that occur.
DIRECT = 1 << 22


class Encoder(Protocol):
    """A space as the functions here see it."""

    def encode(self, x: Any, /) -> Any:
        """The symbol 0, 1, 2, ... of each element of ``x``."""


@public
def block_entropy(
    symbols: Data, length: int, *, dim: Dims = None, missing: Missing = "refuse", base: Base = None
) -> Any:
    """Shannon entropy H_L of the words of ``length`` successive symbols, nats, plug-in.

    ``symbols`` is (..., n) -> (...), or a DataArray and ``dim`` its time dimension. All overlapping words count.
    ``missing`` is that of `physent.diagnostics.missing`.

    References: C. E. Shannon, Bell Syst. Tech. J. 27, 379 (1948), 10.1002/j.1538-7305.1948.tb01338.x.
    """

    def entropy(series: Integers) -> float:
        return float(joint_entropy(whole_words(series, length, missing)))

    attrs = {"long_name": f"block entropy, length {length}", "units": "1", "base": "nats", "estimator": "plug-in"}
    return along(series_by_series(entropy, length, missing), symbols, attrs=attrs)


@public
def entropy_rate(
    symbols: Data, length: int, *, dim: Dims = None, missing: Missing = "refuse", base: Base = None
) -> Any:
    """Entropy of a symbol given the ``length`` - 1 before it, H_L - H_(L-1), nats per step, plug-in.

    It falls to the entropy rate as ``length`` grows, exactly reached at L = k + 1 for a Markov chain of order k; both
    entropies are counted on the same windows, so that it is never negative. Shapes and ``missing`` as
    `block_entropy`.

    Reference: J. P. Crutchfield and D. P. Feldman, Chaos 13, 25 (2003), 10.1063/1.1530990.
    """

    def rate(series: Integers) -> float:
        words = whole_words(series, length, missing)
        return float(np.maximum(joint_entropy(words) - joint_entropy(words[:-1]), 0.0))

    attrs = {"long_name": f"entropy rate, words of {length}", "units": "1", "base": "nats", "estimator": "plug-in"}
    return along(series_by_series(rate, length, missing), symbols, attrs=attrs)


@public
def transfer_entropy(
    x: Data,
    y: Data,
    space: Encoder | None = None,
    k: int = 1,
    l: int = 1,  # noqa: E741
    *,
    delay: int = 1,
    dim: Dims = None,
    missing: Missing = "refuse",
    base: Base = None,
) -> Any:
    """Information, nats per step, that the last ``l`` values of ``x`` hold on the next of ``y`` beyond y's last ``k``.

        T(x -> y) = I( y_(t+1) ; x_(t+1-d) ... x_(t-d-l+2) | y_t ... y_(t-k+1) ),  plug-in, d the delay of the source.

    ``x`` and ``y`` have one shape (..., n) -> (...); ``space`` encodes both, or they are symbols already. Independent
    series of n samples over K symbols give about (K - 1)^2 K^k / (2 n) at l = 1, the bias: compare with the value
    after a shift of ``x`` by many correlation times (`surrogate_test`). `local_transfer_entropy` has its terms,
    `knn_transfer_entropy` takes numbers without a space: coarse cells hide part of what numbers tell, and fine ones add
    bias (y' = y/2 + 0.6 x + noise: 0.21 nats; 0.08 in 2 cells of equal shares, 0.15 in 4, 0.19 in 8). ``missing`` is
    that of `physent.diagnostics.missing`, for windows of the next value and both histories.

    References: T. Schreiber, Phys. Rev. Lett. 85, 461 (2000), 10.1103/PhysRevLett.85.461 (k: history of the target,
    l: of the source); the delay, M. Wibral et al., PLoS ONE 8, e55809 (2013), 10.1371/journal.pone.0055809.
    """
    if k < 1 or l < 1:
        raise UsageError(f"histories must be at least one step long, found k = {k}, l = {l}")
    if delay < 1:
        raise UsageError(f"delay must be at least one step, found {delay}")

    longest = max(k, l + delay - 1)

    def histories(source: Integers, target: Integers) -> list[Integers]:
        """The last k symbols of the target, its next one, and the last l of the source."""
        return [
            *windows(target[longest - k :], k + 1),
            *windows(source[longest - l - delay + 1 : source.size - delay], l),
        ]

    def information(source: Any, target: Any) -> float:
        a, b = (coded(one, space, missing) for one in (source, target))
        if a.shape != b.shape:
            raise UsageError(f"the two series must have one length, found {a.size} and {b.size}")
        columns = histories(a, b)
        if missing == OMIT:
            whole = np.logical_and.reduce([column >= 0 for column in columns])
            lost.append(~whole)
            columns = [column[whole] for column in columns]
        history, future, past = columns[:k], columns[k], columns[k + 1 :]
        value = (
            joint_entropy([*history, future])
            - joint_entropy(history)
            - joint_entropy([*history, *past, future])
            + joint_entropy([*history, *past])
        )
        return float(np.maximum(value, 0.0))

    lost: list[Booleans] = []
    attrs = {"long_name": "transfer entropy", "units": "1", "base": "nats", "estimator": "plug-in", "k": k, "l": l}
    found = along(np.vectorize(information, signature="(n),(n)->()"), x, y, attrs=attrs)
    if lost:
        judge(np.array(lost))
    return found


def coded(series: Any, space: Encoder | None, missing: Missing) -> Any:
    """The symbols of a series, negative for those that are missing if windows with such are omitted."""
    if missing == OMIT:
        return symbols(series, "symbols") if space is None else encoded(space, series)
    return symbols_of(series if space is None else space.encode(series))


def words(columns: list[Integers]) -> Integers:
    """Number the joint values of equally long symbol series, so that equal rows have equal numbers (mixed radix)."""
    sizes = [int(column.max()) + 1 for column in columns]
    if np.sum(np.log2(sizes)) > 62:
        raise UsageError(f"words of {len(columns)} symbols out of {max(sizes)} are too many to number")
    code = columns[0].copy()
    for column, size in zip(columns[1:], sizes[1:], strict=True):
        code *= size
        code += column
    return code


def whole_words(series: Any, length: int, missing: Missing) -> list[Integers]:
    """`windows` of a series of symbols, those with a missing one left out."""
    if missing != OMIT:
        return windows(symbols_of(series), length)
    columns = windows(np.asarray(series), length)
    whole = np.logical_and.reduce([column >= 0 for column in columns])
    return [column[whole] for column in columns]


def series_by_series(function: Any, length: int, missing: Missing, shape: str = "()") -> Any:
    """``function`` of each series of a batch (..., n), with a word on the words of ``length`` that are omitted."""
    each = np.vectorize(function, signature=f"(n)->{shape}")

    def of_all(symbols: Any) -> Any:
        found = each(symbols)
        if missing == OMIT:
            judge(lost_windows(np.asarray(symbols) < 0, range(length)))
        return found

    return of_all


def windows(series: Integers, length: int) -> list[Integers]:
    """``length`` views of the series: the first, second, ... symbol of every word."""
    if length < 1 or length > series.size:
        raise UsageError(f"words must have 1 to {series.size} symbols in this series, found {length}")
    end = series.size - length + 1
    return [series[i : i + end] for i in range(length)]


def joint_entropy(columns: list[Integers]) -> Any:
    """Plug-in entropy of the words whose first, second, ... symbols the columns are."""
    if not columns:
        return 0.0
    if not columns[0].size:
        return np.nan
    code = words(columns)
    counts = np.bincount(code) if code.max() < DIRECT else np.unique(code, return_counts=True)[1]
    seen = np.count_nonzero(counts)
    if code.size < ENOUGH * seen:
        warn(
            f"words: {code.size} words of {len(columns)} symbols, {seen} of them different, fewer than {ENOUGH} each: "
            "plug-in values are biased; take a longer series, or shorter words or histories"
        )
    return Shannon()(counts / code.size)
