"""The arguments of a kernel in the memory layout that numba gives them, and launches of it through the driver.

numba looks at every argument of every launch anew, which takes 0.1 ms for twenty arrays: half as long as a step of a
hundred thousand particles. Here an array is looked at once, and a launch packs what has changed. The layout is compared
with numba's own at the first launch of each kernel; if they differ, numba launches it.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import cuda, types
from numba.core import sigutils
from numba.np.numpy_support import as_dtype

_SCALARS = {types.int64: "q", types.uint64: "Q", types.float64: "d"}


def words_of(array: Any) -> tuple[tuple[str, int], tuple[int, ...]]:
    """Type and number of axes of an array on the device, in C order; and the numbers by which a kernel knows it.

    They are two pointers of Python objects, which are null, the number of elements, the bytes of one, the address, the
    shape and the strides.
    """
    try:
        kept: tuple[tuple[str, int], tuple[int, ...]] = array.physent_words
        return kept
    except AttributeError:
        pass
    interface = array.__cuda_array_interface__
    shape, size = interface["shape"], np.dtype(interface["typestr"]).itemsize
    strides = tuple(size * int(np.prod(shape[k + 1 :], dtype=np.int64)) for k in range(len(shape)))
    given = interface["strides"]
    if array.size and tuple(given or strides) != strides:
        raise TypeError(f"an array of shape {shape} is not in C order: its strides are {given}")
    if given is None:  # numba passes the array's own strides, which differ along axes of length 0 or 1
        strides = tuple(getattr(array, "strides", strides))
    count = int(np.prod(shape, dtype=np.int64))
    words = 0, 0, count, size, interface["data"][0] or 0, *shape, *strides
    found = (np.dtype(interface["typestr"]).str, len(shape)), words
    array.physent_words = found  # the memory of an array stays where it is
    return found


class Arguments:
    """Room for the arguments of a kernel with the types ``signature``; TypeError for types that no kernel has."""

    def __init__(self, signature: str) -> None:
        declared, _ = sigutils.normalize_signature(signature)  # type: ignore[no-untyped-call]
        self.kinds: list[tuple[str, int] | str] = []
        self._begins: list[int] = []
        count = 0
        for kind in declared:
            self._begins.append(count)
            if isinstance(kind, types.Array):
                self.kinds.append((as_dtype(kind.dtype).str, kind.ndim))
                count += 5 + 2 * kind.ndim
            elif kind in _SCALARS:
                self.kinds.append(_SCALARS[kind])
                count += 1
            else:
                raise TypeError(f"{kind} is not a type that a kernel takes")
        self._room = (ctypes.c_int64 * count)()
        room: Any = memoryview(self._room).cast("B")
        self._views = {code: room.cast(code) for code in _SCALARS.values()}
        self._last: list[Any] = [None] * len(self.kinds)
        at = ctypes.addressof(self._room)
        self._pointers = (ctypes.c_void_p * count)(*range(at, at + 8 * count, 8))
        self.address = ctypes.addressof(self._pointers)
        """Address of an array of pointers to the packed numbers, none of which moves."""

    def pack(self, arguments: Sequence[Any]) -> None:
        """Pack arguments; TypeError if one does not have the declared type, or is not in C order.

        Those that are the same objects as last time are not packed again.
        """
        last, views = self._last, self._views
        for index, (kind, value) in enumerate(zip(self.kinds, arguments, strict=True)):
            if kind.__class__ is str:
                if value is not last[index]:
                    views[kind][self._begins[index]] = value
                    last[index] = value
            else:
                words = words_of(value)
                if words is not last[index]:
                    found, numbers = words
                    if found != kind:
                        told = f"argument {index} is an array of {found[0]} with {found[1]} axes"
                        raise TypeError(f"{told}, declared is one of {kind[0]} with {kind[1]}")
                    begin = self._begins[index]
                    for offset, number in enumerate(numbers):
                        views["q"][begin + offset] = number
                    last[index] = words

    def packed(self) -> list[int]:
        """What was packed, as integers."""
        return list(self._room)


class Launcher:
    """Launches of a compiled kernel through the driver, on numba's stream."""

    def __init__(self, compiled: Any, signature: str) -> None:
        from cuda.bindings import driver

        (self._one,) = compiled.overloads.values()
        self._driver = driver
        self._function = driver.CUfunction(int(self._one._codelibrary.get_cufunc().kernel.handle))
        self._stream = driver.CUstream(int(_stream_handle()))
        self._arguments = Arguments(signature)
        self._lock = threading.Lock()
        self._here = threading.local()

    def agrees(self, arguments: Sequence[Any]) -> bool:
        """Whether numba would pass the same numbers."""
        theirs: list[Any] = []
        keep: list[Any] = []
        for kind, value in zip(self._one.argument_types, arguments, strict=True):
            self._one._prepare_args(kind, value, 0, keep, theirs)
        self._arguments.pack(arguments)
        return [_bits(one) for one in theirs] == self._arguments.packed()

    def __call__(self, blocks: tuple[int, int], threads: int, shared: int, arguments: Sequence[Any]) -> None:
        """Launch without waiting; RuntimeError if the driver refuses."""
        with self._lock:
            if not hasattr(self._here, "context"):
                self._here.context = cuda.current_context()  # a thread has one when it has asked for it
            self._arguments.pack(arguments)
            (status,) = self._driver.cuLaunchKernel(
                self._function, *blocks, 1, threads, 1, 1, shared, self._stream, self._arguments.address, 0
            )
        if status:
            raise RuntimeError(f"the driver refuses to launch a kernel: {status.name}")


def launcher(compiled: Any, signature: str, arguments: Sequence[Any]) -> Launcher | None:
    """A `Launcher` if it passes these arguments as numba does; None if it does not, as another release may not."""
    try:
        found = Launcher(compiled, signature)
        return found if found.agrees(arguments) else None
    except (AttributeError, ImportError, LookupError, OverflowError, TypeError, ValueError):
        return None


def _stream_handle() -> int:
    """Of the stream on which numba launches by default."""
    from numba.cuda.cudadrv.driver import _to_core_stream

    return int(_to_core_stream(0).handle)


def _bits(value: Any) -> int:
    """An argument that numba has prepared, as an integer of 64 bits."""
    if isinstance(value, ctypes.c_double):
        return int(np.float64(value.value).view(np.int64))
    whole = int(value.value if isinstance(value, ctypes._SimpleCData) else value)
    return int(np.uint64(whole % 2**64).astype(np.int64)) if whole >= 2**63 else whole
