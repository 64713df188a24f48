"""The only random source: Philox4x32-10, counter-based, without hidden state.

A number is a function of (seed, purpose, replica; step, index, draw): the first three make a 64-bit stream
key, the last three the counter. Restart, thread count, vectorisation and the number of other replicas cannot
change it.

Philox4x32-10 is the ten-round generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
as 1, 2, 3", SC'11 (2011), doi 10.1145/2063384.2063405, who find it (and seven rounds) to pass BigCrush.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit, njit_inline
from physent.core.mathfun import log_positive, sincos_turn

Integer = int | np.integer[Any]

# 32-bit words are held in the lower halves of uint64 lanes. Factors are masked: the products never overflow, in
# compiled code and in plain Python alike, and LLVM maps each to one vector multiplication of 32-bit words.
_WORD = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)

_MANTISSA_SHIFT = np.uint64(12)
_ONE_BITS = np.uint64(0x3FF0000000000000)
_ONE_BELOW = 1.0 - 2.0**-53

_KEY_TAG = 0x70687973
"""Last counter word of a key derivation ("phys" in ASCII); any constant would do."""


class Purpose(IntEnum):
    """Purpose of a stream. The numbers are part of every stored result: never change or reuse one."""

    INITIAL = 1
    """Initial states: positions, velocities, phases."""
    NOISE = 2
    """Stochastic dynamics: angular or thermal noise."""
    SAMPLER = 3
    """Monte Carlo: proposals and acceptance."""
    SURROGATE = 4
    """Null models of diagnostics: shuffles, bootstrap, subsampling."""


@njit_inline
def block(
    key: np.uint64, c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Philox4x32-10 of the counter words (c0, c1, c2, c3): four 32-bit words, each in a uint64.

    Word 0 of Random123's key is the low half of `key`, word 1 the high half; counter words are below 2^32.
    """
    k0 = key & _WORD
    k1 = key >> _HALF
    for _ in range(10):  # seven rounds pass BigCrush, three more are a margin
        # Only what is multiplied has to be masked, which costs nothing: the multiplication ignores upper halves.
        p0 = (c0 & _WORD) * _MULTIPLIER_0
        p1 = (c2 & _WORD) * _MULTIPLIER_1
        c0 = (p1 >> _HALF) ^ c1 ^ k0
        c1 = p1
        c2 = (p0 >> _HALF) ^ c3 ^ k1
        c3 = p0
        k0 += _WEYL_0
        k1 += _WEYL_1
    return c0 & _WORD, c1 & _WORD, c2 & _WORD, c3 & _WORD


@njit_inline
def _unit(high: np.uint64, low: np.uint64) -> float:
    """An odd multiple of 2^-53 in (0, 1) from the upper 52 of 64 bits: no rounding, never 0 or 1."""
    bits = ((high << _HALF) | low) >> _MANTISSA_SHIFT
    return np.uint64(bits | _ONE_BITS).view(np.float64) - _ONE_BELOW


@njit_inline
def uniforms(key: np.uint64, step: Integer, index: Integer, draw: Integer) -> tuple[float, float]:
    """Two independent uniforms strictly inside (0, 1), odd multiples of 2^-53.

    `key` from `stream_key`; `step` any int64 (negative too); `index` and `draw` in [0, 2^32).
    """
    # Two words of the two's complement, so that the negative steps of a burn-in are distinct too.
    signed = np.int64(step)
    low, high = np.uint64(signed & 0xFFFFFFFF), np.uint64((signed >> 32) & 0xFFFFFFFF)
    a, b, c, d = block(key, low, high, np.uint64(index), np.uint64(draw))
    return _unit(a, b), _unit(c, d)


@njit_inline
def normal_pair(key: np.uint64, step: Integer, index: Integer, draw: Integer) -> tuple[float, float]:
    """Two independent standard normals, at most 8.58 in modulus: sqrt(-2 ln u0) (cos, sin)(2 pi u1).

    Arguments as in `uniforms`. The method of Box and Muller (1958), doi 10.1214/aoms/1177706645, because it needs no
    rejection; logarithm, sine and cosine are those of `mathfun`, which vectorise and do not depend on the machine's
    libm.
    """
    u0, u1 = uniforms(key, step, index, draw)
    return to_normals(u0, u1)


@njit_inline
def to_normals(u0: float, u1: float) -> tuple[float, float]:
    """The two normals of `normal_pair` from its uniforms."""
    radius = np.sqrt(-2.0 * log_positive(u0))
    sine, cosine = sincos_turn(u1)
    return radius * cosine, radius * sine


def _filling(pair: Callable[..., tuple[float, float]]) -> Callable[..., None]:
    @njit
    def fill(key: np.uint64, step: Integer, draw: Integer, out: npt.NDArray[np.float64]) -> None:
        pairs = out.size // 2
        for i in range(pairs):
            out[2 * i], out[2 * i + 1] = pair(key, step, i, draw)
        if out.size % 2:
            out[2 * pairs] = pair(key, step, pairs, draw)[0]

    return fill


fill_uniforms = _filling(uniforms)
"""``fill_uniforms(key, step, draw, out)``: elements 2i and 2i + 1 of `out` (n,) become ``uniforms(key, step, i,
draw)``."""

fill_normals = _filling(normal_pair)
"""``fill_normals(key, step, draw, out)``: the same with ``normal_pair(key, step, i, draw)``."""


def stream_key(seed: int, purpose: Purpose, replica: int) -> np.uint64:
    """The key of the stream (seed, purpose, replica): half of a Philox block whose key is the seed.

    `seed` in [0, 2^64), `replica` in [0, 2^32); ValueError otherwise. Two of n streams share a key with a
    chance of about n^2 / 2^65: 3e-8 for a million of them.
    """
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed must be in [0, 2^64), found {seed}")
    if not 0 <= replica < 2**32:
        raise ValueError(f"replica must be in [0, 2^32), found {replica}")
    counter = (np.uint64(word) for word in (replica, int(purpose), 0, _KEY_TAG))
    low, high, _, _ = block(np.uint64(seed), *counter)
    return np.uint64(int(high) << 32 | int(low))


def stream_keys(seed: int, purpose: Purpose, replicas: int) -> npt.NDArray[np.uint64]:
    """Keys (replicas,) of the streams of replicas 0, 1, ..., those of `stream_key`."""
    keys = np.empty(replicas, np.uint64)
    if replicas:
        stream_key(seed, purpose, replicas - 1)  # raises ValueError if one is out of range
        _fill_keys(np.uint64(seed), np.uint64(purpose), keys)
    return keys


@njit
def _fill_keys(seed: np.uint64, purpose: np.uint64, out: npt.NDArray[np.uint64]) -> None:
    for replica in range(len(out)):
        low, high, _, _ = block(seed, np.uint64(replica), purpose, np.uint64(0), np.uint64(_KEY_TAG))
        out[replica] = high << _HALF | low


def normals(seed: int, purpose: Purpose, replica: int, step: int, count: int, draw: int = 0) -> npt.NDArray[np.float64]:
    """Standard normals (count,); element i is fixed by i and the arguments other than `count`."""
    out = np.empty(count)
    fill_normals(stream_key(seed, purpose, replica), step, draw, out)
    return out


def uniform_array(
    seed: int, purpose: Purpose, replica: int, step: int, count: int, draw: int = 0
) -> npt.NDArray[np.float64]:
    """Uniforms in (0, 1) (count,); element i is fixed by i and the arguments other than `count`."""
    out = np.empty(count)
    fill_uniforms(stream_key(seed, purpose, replica), step, draw, out)
    return out
