"""Kernels compiled without a device: their PTX, and the registers and spills that the assembler reports for it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from unittest import mock

from physent.core.cuda.launch import Kernel

HOPPER = (9, 0)
"""Compute capability of an H100 or H200."""


@dataclass(frozen=True)
class Usage:
    """What a kernel uses: registers and local memory per thread, shared memory per block."""

    registers: int
    spilled: int  # bytes stored to local memory because registers ran out
    stack: int  # bytes of local memory
    shared: int  # bytes, without the dynamic part


@contextlib.contextmanager
def _pretending(capability: tuple[int, int]) -> Iterator[None]:
    """Numba asks for the device in use when a kernel calls a function compiled for both."""
    there = SimpleNamespace(compute_capability=capability)
    with (
        mock.patch("numba.cuda.dispatcher.get_current_device", return_value=there),
        mock.patch("numba.cuda.compiler.get_current_device", return_value=there),
    ):
        yield


def ptx(kernel: Kernel, capability: tuple[int, int] = HOPPER) -> str:
    """PTX of a kernel for its declared signature; needs numba-cuda, not a device."""
    from numba import cuda

    with _pretending(capability):
        text, _ = cuda.compile_ptx(kernel.function, kernel.signature, cc=capability)
    return str(text)


def usage(text: str, capability: tuple[int, int] = HOPPER, registers: int = 0) -> Usage:
    """What the assembler reports for the PTX of one kernel; needs nvJitLink, which comes with the extra `cuda`.

    ``registers``: as of `Kernel`.
    """
    from cuda.bindings import nvjitlink

    arch = f"-arch=sm_{capability[0]}{capability[1]}"
    options = [arch, "-Xptxas=-v", *([f"-maxrregcount={registers}"] if registers else [])]
    linker = nvjitlink.create(len(options), options)
    try:
        data = text.encode()
        nvjitlink.add_data(linker, nvjitlink.InputType.PTX, data, len(data), "kernel")
        nvjitlink.complete(linker)
        log = bytearray(nvjitlink.get_info_log_size(linker))
        nvjitlink.get_info_log(linker, log)
    finally:
        nvjitlink.destroy(linker)
    told = log.decode()

    def count(pattern: str) -> int:
        found = re.search(pattern, told)
        return int(found[1]) if found else 0

    return Usage(
        count(r"Used (\d+) registers"),
        count(r"(\d+) bytes spill stores"),
        count(r"(\d+) bytes stack frame"),
        sum(map(int, re.findall(r"\.shared .*\[(\d+)\];", text))),
    )
