"""Two races between threads of numba's CUDA simulator, which make results wrong now and then, mended from outside."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numba import cuda, types
from numba.np.numpy_support import as_dtype

_LOCK = threading.Lock()
_swapped: dict[int, tuple[list[int], dict[str, Any]]] = {}


def mend() -> None:
    """Replace what is not safe between threads."""
    from numba.cuda.simulator import kernel, kernelapi

    simulated: Any = kernelapi.FakeCUDAShared
    simulated.array = _array_of(simulated.array)
    vars(kernel)["swapped_cuda_module"] = _module


def _array_of(dynamic: Callable[..., Any]) -> Callable[..., Any]:
    def array(self: Any, shape: Any, dtype: Any) -> Any:
        """One array per line of source and launch; numba may give each of two threads its own."""
        if shape == 0:
            return dynamic(self, shape, dtype)
        caller = sys._getframe(1)
        with _LOCK:
            at = caller.f_code.co_filename, caller.f_lineno
            if at not in self._allocations:
                self._allocations[at] = np.empty(shape, as_dtype(dtype) if isinstance(dtype, types.Type) else dtype)
            return self._allocations[at]

    return array


@contextmanager
def _module(function: Any, simulated: Any) -> Iterator[None]:
    """Let ``cuda`` be the simulated module until the last thread leaves the functions of a module.

    numba puts the real one back when the first of them leaves.
    """
    scope = function.__globals__
    with _LOCK:
        inside, real = _swapped.setdefault(id(scope), ([0], {}))
        if inside[0] == 0:
            real.clear()
            real.update({name: value for name, value in scope.items() if value is cuda})
            scope.update(dict.fromkeys(real, simulated))
        inside[0] += 1
    try:
        yield
    finally:
        with _LOCK:
            inside[0] -= 1
            if inside[0] == 0:
                scope.update(real)
