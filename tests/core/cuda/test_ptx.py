"""Every kernel compiles for a card, without one; needs the extra `cuda`."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec

import pytest

from physent import engines
from physent.core.cuda import device

MODULES = sorted({module for name in engines.TABLE for module in engines.get(name).twins.values()})

SPILLED = 128
"""Bytes per thread that a kernel may spill if it limits its registers, which pays if more threads at once do."""

pytestmark = pytest.mark.skipif(
    find_spec("numba_cuda") is None or device.simulated(), reason="numba-cuda is not installed: no kernel is compiled"
)


def test_every_kernel_compiles() -> None:
    """To PTX for an H100, in double precision; only where registers are limited may a few be spilled to memory."""
    from physent.core.cuda.launch import kernels
    from physent.core.cuda.ptx import ptx, usage

    for module in (*MODULES, "physent.core.cuda.bounds"):
        import_module(module)
    for kernel in kernels():
        text = ptx(kernel)
        assert not re.search(r"(add|mul|fma|cvt)\.[a-z.]*f32", text), f"{kernel.name} computes in single precision"
        found = usage(text, registers=kernel.registers)
        assert 0 < found.registers <= (kernel.registers or 255), kernel.name
        assert found.spilled <= (SPILLED if kernel.registers else 0), kernel.name
