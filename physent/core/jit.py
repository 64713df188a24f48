"""Compile flags, kernel cache and thread policy, in one place."""

from __future__ import annotations

import itertools
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, TypeVar, cast

import numba

from physent import host
from physent.core.cache import KernelCache

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])

_FAST = {"nsz", "arcp", "contract", "afn", "reassoc"}

_compilations = 0


def njit(function: F) -> F:
    """Compile a kernel in nopython mode: GIL released, no fastmath, division by zero gives inf or NaN.

    It is compiled when first called, and kept on disk (`physent.core.cache`).
    """
    return _compile(function)


def njit_inline(function: F) -> F:
    """As `njit`, for a small callee that LLVM must inline, so that the caller's inner loop can vectorise."""
    return _compile(function, forceinline=True)


def njit_fast(function: F) -> F:
    """As `njit`, with reassociation and contraction; NaN and infinity keep their meaning. Never for event dynamics."""
    return _compile(function, fastmath=_FAST)


def njit_fast_inline(function: F) -> F:
    """As `njit_fast`, for a small callee that LLVM must inline."""
    return _compile(function, fastmath=_FAST, forceinline=True)


def compilations() -> int:
    """Number of kernels that this process has compiled because they were not on disk."""
    return _compilations


def _compile(function: F, **flags: Any) -> F:
    # Set explicitly: a callee without the flag would inherit it from a fast caller.
    flags.setdefault("fastmath", False)
    compiled = numba.njit(nogil=True, error_model="numpy", **flags)(function)
    # A private attribute. Without it, kernels are compiled at every start (another numba) or never (NUMBA_DISABLE_JIT).
    if hasattr(compiled, "_cache"):
        compiled._cache = KernelCache(compiled.py_func, compiled.targetoptions, announce)
    return cast(F, compiled)


def announce(name: str) -> None:
    """Count and tell a compilation that starts now."""
    global _compilations
    _compilations += 1
    log.info("compiling %s", name)


_threads = 1
_pool: tuple[ThreadPoolExecutor, int, int] | None = None  # the pool, its size, and the process that made it
_pool_guard = threading.Lock()


def set_threads(count: int | None) -> None:
    """Set the number of threads of `spread` (1 until this is called); None: all usable processors."""
    global _threads
    _threads = max(1, host.processors() if count is None else count)


def spread(kernel: Callable[..., object], items: int, *args: object) -> None:
    """Call ``kernel(first, last, *args)`` so that the ranges cover ``range(items)``, one range per thread.

    The kernel must treat items independently (one replica's serial work, or one particle's gather), so that results
    do not depend on the ranges. When all calls have ended, it returns, or raises the error of one of them.
    """
    parts = min(_threads, items)
    if parts <= 1:
        kernel(0, items, *args)
        return
    bounds = [items * part // parts for part in range(parts + 1)]
    (first, last), *others = itertools.pairwise(bounds)
    pool = _workers(parts - 1)
    futures = [pool.submit(kernel, a, b, *args) for a, b in others]
    try:
        kernel(first, last, *args)
    finally:
        wait(futures)
    for future in futures:
        future.result()


def _workers(count: int) -> ThreadPoolExecutor:
    """A pool of at least `count` threads, made once, because starting threads costs more than many kernel calls."""
    global _pool
    with _pool_guard:
        # Threads do not survive a fork. A replaced pool ends its threads when its last user releases it.
        if _pool is None or _pool[1] < count or _pool[2] != os.getpid():
            _pool = ThreadPoolExecutor(count, "physent"), count, os.getpid()
        return _pool[0]
