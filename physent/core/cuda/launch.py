"""Kernels and arrays on the device.

A kernel is a Python function that uses ``numba.cuda``, with one declared signature. It is compiled for the device at
its first launch, or to PTX without a device. All work is on one stream, in order.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import config, cuda

from physent.core import jit
from physent.core.cuda import device, scalars
from physent.core.cuda.arguments import Launcher, launcher
from physent.errors import RunError

SIMULATED = device.simulated()

THREADS = 4 if SIMULATED else 128
"""Threads per block of kernels whose results do not depend on it; in the simulator each one is a thread of Python."""

MOST_ROWS = 65535
"""Largest number of blocks of a grid along y."""

KERNELS: list[Kernel] = []
"""Every kernel of the imported modules."""
TYPICAL: list[Callable[[], object]] = []
"""Makers of kernels, with typical sizes, of modules that make a kernel per size."""

if SIMULATED:
    from physent.core.cuda import simulator

    simulator.mend()
    sys.setswitchinterval(2e-4)  # the simulator polls its threads in a loop, which must take turns with them
elif find_spec("numba_cuda") is not None:
    scalars.register()
    # A short run may not fill the card, and its user cannot help that.
    vars(config)["CUDA_LOW_OCCUPANCY_WARNINGS"] = 0


class Kernel:
    """A kernel: ``name(items, *arguments)`` launches one thread per item, and returns before it has run."""

    def __init__(self, function: Callable[..., None], signature: str, threads: int, registers: int = 0) -> None:
        self.function = function
        self.signature = signature
        self.threads = threads
        self.registers = registers
        self.seconds = 0.0  # of compilation, in this process
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.quick: Launcher | None = None
        self._launched = False
        KERNELS.append(self)

    @cached_property
    def compiled(self) -> Any:
        """The kernel for this machine's device."""
        if SIMULATED:
            return cuda.jit(self.function)
        jit.announce(self.name)
        began = time.perf_counter()
        compiled = cuda.jit(self.signature, max_registers=self.registers or None)(self.function)
        self.seconds = time.perf_counter() - began
        return compiled

    def __call__(self, items: int, *arguments: Any, rows: int = 1) -> None:
        """Launch blocks of ``threads`` along x that cover ``items``, for each of ``rows`` along y.

        There may be more threads than items, and fewer rows of blocks than ``rows`` (a grid has at most `MOST_ROWS`): a
        kernel compares its x with the number of items, and goes through its rows by
        ``range(cuda.blockIdx.y, rows, cuda.gridDim.y)``.
        """
        self.blocks((-(-items // self.threads), min(rows, MOST_ROWS)), self.threads, *arguments)

    def blocks(self, blocks: int | tuple[int, int], threads: int, *arguments: Any, shared: int = 0) -> None:
        """Launch ``blocks`` of ``threads`` threads with ``shared`` bytes of dynamic shared memory."""
        if SIMULATED:
            self._refuse_other_types(arguments)
        if self.quick is not None:
            self.quick((blocks, 1) if isinstance(blocks, int) else blocks, threads, shared, arguments)
            return
        self.compiled[blocks, threads, 0, shared](*arguments)
        if not SIMULATED and not self._launched:
            self._launched, self.quick = True, launcher(self.compiled, self.signature, arguments)

    def _refuse_other_types(self, arguments: tuple[Any, ...]) -> None:
        """Raise TypeError, as a card would and the simulator does not, for arguments of other types than declared."""
        from numba import types
        from numba.core import sigutils
        from numba.misc.special import typeof
        from numba.np.numpy_support import as_dtype

        declared, _ = sigutils.normalize_signature(self.signature)  # type: ignore[no-untyped-call]
        for index, (kind, value) in enumerate(zip(declared, arguments, strict=True)):
            if isinstance(kind, types.Array):
                fits = (value.ndim, value.dtype) == (kind.ndim, as_dtype(kind.dtype)) and value.flags.c_contiguous
            else:
                fits = typeof(value) == kind  # type: ignore[no-untyped-call]
            if not fits:
                raise TypeError(f"argument {index} of {self.name} is {value!r:.80}, declared is {kind}")


def kernel(signature: str, threads: int = THREADS, registers: int = 0) -> Callable[[Callable[..., None]], Kernel]:
    """Decorator of a kernel, with the types of its arguments: ``@kernel("void(float64[:, ::1], int64)")``.

    ``threads`` per block affect only the speed, unless the kernel sums over its block; the simulator takes its own
    number. ``registers`` is the largest number per thread, for more threads at once; 0 leaves it to the compiler.
    """
    return lambda function: Kernel(function, signature, THREADS if SIMULATED else threads, registers)


def kernels() -> list[Kernel]:
    """Every kernel of the imported modules; those that are made per size, for typical ones."""
    for make in TYPICAL:
        make()
    return KERNELS


if SIMULATED:

    def product(x: float, y: float) -> float:
        """The rounded product x y."""
        return x * y

else:
    from numba.cuda import libdevice

    product = libdevice.dmul_rn
    """The rounded product x y, which is not fused with a sum that it enters: for the bits of the CPU."""


def device_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that only kernels call; one that both devices share is an `njit` of `physent.core.jit`."""
    compiled: Callable[..., Any] = cuda.jit(device=True)(function)
    return compiled


@contextlib.contextmanager
def _room(size: int) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if "OUT_OF_MEMORY" not in str(error):
            raise
        raise RunError(
            f"{device.name()} has {device.free_bytes() / 1e9:.3g} GB of free memory left, and {size / 1e9:.3g} GB more "
            "are needed; choose a smaller system, or fewer replicas"
        ) from None


def empty(shape: int | tuple[int, ...], dtype: npt.DTypeLike = np.float64) -> Any:
    """An array on the device; RunError if it does not fit."""
    with _room(int(np.prod(shape)) * np.dtype(dtype).itemsize):
        return cuda.device_array(shape, dtype)


def upload(array: npt.NDArray[Any]) -> Any:
    """A copy on the device of an array, in C order; RunError if it does not fit."""
    with _room(array.nbytes):
        return cuda.to_device(np.ascontiguousarray(array))


def pinned(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A copy of an array on the host, in C order: in page-locked memory, to which copies run at the speed of the bus.

    In ordinary memory if the host allows no more to be locked.
    """
    if not array.size:
        return array
    copy: npt.NDArray[Any] = np.empty(array.shape, array.dtype)
    with contextlib.suppress(Exception):  # drivers refuse in their own ways
        copy = cuda.pinned_array(array.shape, array.dtype)
    copy[...] = array
    return copy


def wait() -> None:
    """Wait until every launched kernel has run."""
    cuda.synchronize()
