"""Lempel-Ziv complexity of 1976: how many new phrases a sequence is made of, in linear time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from physent.core.jit import njit, njit_inline
from physent.diagnostics.arrays import along, symbols_of
from physent.diagnostics.gate import public
from physent.typing import Integers

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


@public
def lz76_phrases(symbols: Data, *, dim: Dims = None) -> Any:
    """Number of phrases of the exhaustive history of each sequence (..., n) of integer symbols: (...).

    Each phrase is the shortest that does not occur before; an occurrence may reach into the phrase, up to its last
    symbol. An incomplete last one counts: 0001101001000101 is 0.001.10.100.1000.101, six phrases. For c phrases of n
    symbols, c ln n / n tends to the entropy rate in nats per symbol (in bits, c log_2 n / n, it is also known as the
    normalised complexity of a binary sequence).

    The count is exact; the rate is not: of random bits it is 4 % too large for n = 1000 and 1 % for 10^6, of 256 random
    symbols 15 % too small for 10^6. Limit of use: compare sequences of one length, or with `surrogates` by shuffling;
    a threshold that makes symbols of numbers is part of the result. Linear in n: 0.2 CPU s for 10^6 bits.

    References: A. Lempel and J. Ziv, IEEE Trans. Inf. Theory 22, 75 (1976), 10.1109/TIT.1976.1055501; F. Kaspar and
    H. G. Schuster, Phys. Rev. A 36, 842 (1987), 10.1103/PhysRevA.36.842 (the count); the automaton of all parts of a
    sequence, A. Blumer et al., Theor. Comput. Sci. 40, 31 (1985), 10.1016/0304-3975(85)90157-4.
    """

    def phrases(values: Any) -> Any:
        series = symbols_of(values)
        *leading, n = series.shape
        # as symbols 0, 1, ... of those that occur, which the links of a state are searched for
        _, number = np.unique(series, return_inverse=True)
        flat = number.reshape(-1, n).astype(np.int32)
        found = np.zeros(len(flat), dtype=np.int64)
        states, edges = np.empty((4, 2 * n + 1), np.int32), np.empty((3, 3 * n + 1), np.int32)
        _parse(flat, states, edges, found)
        return found.reshape(leading)

    return along(phrases, symbols, attrs={"long_name": "LZ76 phrases", "units": "1"})


# Rows of states: length of the longest part that ends in it, suffix link, first edge, free. Rows of edges: symbol,
# target, next edge of the state. A sequence of n symbols has at most 2n states and 3n edges.
_LENGTH, _LINK, _EDGE = 0, 1, 2
_SYMBOL, _TARGET, _NEXT = 0, 1, 2


@njit_inline
def _find(states: Integers, edges: Integers, state: int, symbol: int) -> Any:
    """The edge of the state with the symbol, -1 if there is none."""
    edge = states[_EDGE, state]
    while edge >= 0 and edges[_SYMBOL, edge] != symbol:
        edge = edges[_NEXT, edge]
    return edge


@njit
def _parse(sequences: Integers, states: Integers, edges: Integers, phrases: Integers) -> None:
    # The automaton of all parts of what came before grows by one symbol per step; `here` is its state after the phrase
    # so far, of `length` symbols. A symbol that leads nowhere ends the phrase.
    for row in range(sequences.shape[0]):
        states[_LENGTH, 0], states[_LINK, 0], states[_EDGE, 0] = 0, -1, -1
        used, made, last, here, length = 1, 0, 0, 0, 0
        for t in range(sequences.shape[1]):
            symbol = sequences[row, t]
            edge = _find(states, edges, here, symbol)
            if edge >= 0:
                here, length = edges[_TARGET, edge], length + 1
            else:
                phrases[row] += 1
                here, length = 0, 0
            new = used
            used += 1
            states[_LENGTH, new], states[_LINK, new], states[_EDGE, new] = states[_LENGTH, last] + 1, 0, -1
            p = last
            while p >= 0 and _find(states, edges, p, symbol) < 0:
                edges[_SYMBOL, made], edges[_TARGET, made], edges[_NEXT, made] = symbol, new, states[_EDGE, p]
                states[_EDGE, p] = made
                made += 1
                p = states[_LINK, p]
            if p >= 0:
                q = edges[_TARGET, _find(states, edges, p, symbol)]
                if states[_LENGTH, q] == states[_LENGTH, p] + 1:
                    states[_LINK, new] = q
                else:
                    copy = used
                    used += 1
                    states[_LENGTH, copy], states[_LINK, copy] = states[_LENGTH, p] + 1, states[_LINK, q]
                    states[_EDGE, copy] = -1
                    edge = states[_EDGE, q]
                    while edge >= 0:
                        edges[_SYMBOL, made], edges[_TARGET, made] = edges[_SYMBOL, edge], edges[_TARGET, edge]
                        edges[_NEXT, made] = states[_EDGE, copy]
                        states[_EDGE, copy] = made
                        made += 1
                        edge = edges[_NEXT, edge]
                    while p >= 0:
                        edge = _find(states, edges, p, symbol)
                        if edge < 0 or edges[_TARGET, edge] != q:
                            break
                        edges[_TARGET, edge] = copy
                        p = states[_LINK, p]
                    states[_LINK, q] = states[_LINK, new] = copy
                    if here == q and length <= states[_LENGTH, copy]:
                        here = copy
            last = new
        phrases[row] += length > 0
