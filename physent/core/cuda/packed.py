"""Positions in one word each, to find most of those that are out of reach by four instructions per candidate.

A byte of a word holds a coordinate in steps of a 64th of the reach, modulo 256. The difference of two words is taken
as one number: a borrow between bytes makes a difference one step too small, which the reach of the test allows for.
What passes may be out of reach, by a few steps or by a multiple of 256 of them, and must be tested again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.cuda.launch import SIMULATED, device_function

STEPS = 64
"""Steps per reach. Candidates within less than two reaches along an axis are never confused with others."""

_FARTHEST = 2.0**44
"""Number of steps from the origin up to which rounding shifts a coordinate by less than a hundredth of a step."""

_ERROR = 2.36
"""Steps by which the distance of two words may be wrong: each coordinate is rounded by one, and half of one more for a
borrow in two of them, (1 + 2.25 + 2.25)^(1/2), and a hundredth for the rounding of coordinates."""

_ALL = 1 << 20
"""More than any sum of squares of three bytes."""

if SIMULATED:
    WORD = 1
    """Addresses from one word of a list to the next."""

    def address(words: Any, index: Any) -> np.uint32:
        """Address of an element of an array of words in shared memory."""
        return np.uint32(index)

    def word_at(words: Any, at: np.uint32) -> np.uint32:
        """The word at an address within an array."""
        return np.uint32(words[at])

    def push(
        words: Any,
        base: np.uint32,
        at: np.uint32,
        slot: np.uint32,
        k: Any,
        one: Any,
        other: Any,
        limit: Any,
        left: Any,
        mask: Any,
    ) -> np.uint32:
        """Store ``slot`` + k if k < ``left`` and two words are near; returns the place for the next one.

        The list is a ring from address ``base``: its places are 32 words apart, modulo ``mask`` + 1.

        Near: the sum of the squares of the bytes, with their signs, of the difference is at most ``limit``.
        """
        d = (int(one) - int(other)) & 0xFFFFFFFF
        if k < left and sum(((d >> b & 255 ^ 128) - 128) ** 2 for b in (0, 8, 16, 24)) <= limit:
            words[base + (at & mask)] = slot + np.uint32(k)
            at = np.uint32(at + 32 * WORD)
        return at

    def two_at(array: Any, at: np.uint64) -> tuple[float, float]:
        """Numbers ``at``, which is even, and at + 1 of an array that begins at a multiple of 16 bytes: one access."""
        return array[at], array[at + np.uint64(1)]

    def put_two(array: Any, at: np.uint64, one: float, two: float) -> None:
        """Store two numbers there."""
        array[at], array[at + np.uint64(1)] = one, two

    def nought() -> float:
        """0, set by an instruction that stays in its branch: threads that do not take it execute nothing for it."""
        return 0.0

    def any_lane(flag: Any) -> Any:
        """Whether the flag of any thread of the warp is set; in the simulator, which has no warps, that of this one."""
        return flag

else:
    from physent.core.cuda.instructions import (  # noqa: F401
        address,
        any_lane,
        nought,
        push,
        put_two,
        two_at,
        word_at,
    )

    WORD = 4


@device_function
def steps(x, rate, offset):  # type: ignore[no-untyped-def]
    """A coordinate in whole steps, ``rate`` per unit length; 0 if it is too far away to be resolved."""
    number = x * rate + offset
    return int(np.floor(number)) if -_FARTHEST < number < _FARTHEST else 0


@device_function
def word(x, y, z):  # type: ignore[no-untyped-def]
    """The word of three coordinates in steps."""
    return np.uint32((x & 255) + ((y & 255) << 8) + ((z & 255) << 16))


@device_function
def word_of(x, y, z, rate):  # type: ignore[no-untyped-def]
    """The word of a candidate; two offsets by half a step centre the error of a borrow."""
    return word(steps(x, rate, 0.0), steps(y, rate, 0.5), steps(z, rate, 0.5))


@device_function
def limit_of(x, y, z, rate, reach):  # type: ignore[no-untyped-def]
    """Largest sum of squares (`push`) of a candidate within ``reach`` of a point; one too far away takes them all."""
    far = max(abs(x), abs(y), abs(z)) * rate
    most = reach * rate + _ERROR
    return np.int32(most * most) + 2 if far < _FARTHEST - 2.0 * STEPS else _ALL  # 1 for a borrow from the empty byte
