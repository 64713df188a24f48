"""The one place with compile flags, cache and thread policy."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def njit(function: F) -> F:
    """Compile a kernel in nopython mode, releasing the GIL, without fastmath."""
    return cast(F, numba.njit(nogil=True, error_model="numpy")(function))


def njit_inline(function: F) -> F:
    """As `njit`, for a small callee that LLVM must inline, so that the caller's inner loop can vectorise."""
    return cast(F, numba.njit(nogil=True, error_model="numpy", forceinline=True)(function))


def njit_fast(function: F) -> F:
    """As `njit`, with reassociation and contraction allowed, NaN and infinity still honoured. Never in event dynamics."""
    return cast(
        F,
        numba.njit(nogil=True, error_model="numpy", fastmath={"nsz", "arcp", "contract", "afn", "reassoc"})(
            function
        ),
    )


_threads = 1


def set_threads(count: int) -> None:
    """Number of threads that `spread` uses from now on."""
    global _threads
    _threads = max(1, count)


def spread(kernel: Callable[..., object], items: int, *args: object) -> None:
    """Call ``kernel(first, last, *args)`` so that the ranges cover ``range(items)``, one range a thread.

    The kernel must treat items independently (one replica's serial work, or one particle's gather), so that bits do
    not depend on the ranges.
    """
    parts = min(_threads, items)
    bounds = [items * part // parts for part in range(parts + 1)]
    if parts == 1:
        kernel(0, items, *args)
        return
    with ThreadPoolExecutor(parts) as pool:
        for future in [pool.submit(kernel, a, b, *args) for a, b in zip(bounds, bounds[1:], strict=False)]:
            future.result()
