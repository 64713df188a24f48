"""Registers and memory of every kernel, from the compiler, without a card.

``python -m physent.evidence.kernels`` prints a table in Markdown; it needs the extra `cuda`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module

from physent import engines
from physent.core.cuda.launch import kernels
from physent.core.cuda.ptx import HOPPER, ptx, usage

REGISTERS = 65536
"""Of a multiprocessor, shared by its threads."""
THREADS = 2048
"""Largest number of threads on a multiprocessor."""


def table() -> Iterator[str]:
    """A line of Markdown per kernel, for a card of compute capability 9.0 (H100, H200)."""
    import_module("physent.core.cuda.bounds")
    for name in engines.TABLE:
        for module in engines.get(name).twins.values():
            import_module(module)
    names = "kernel", "threads per block", "registers", "spilled bytes", "stack bytes", "shared bytes"
    yield f"| {' | '.join(names)} | threads by registers |"
    yield "|---|---|---|---|---|---|---|"
    for kernel in sorted(kernels(), key=lambda one: one.name):
        found = usage(ptx(kernel, HOPPER), HOPPER, kernel.registers)
        together = min(THREADS, REGISTERS // (8 * -(-found.registers // 8)))
        name = kernel.name.removeprefix("physent.")
        row = (name, kernel.threads, found.registers, found.spilled, found.stack, found.shared, together)
        yield f"| {' | '.join(map(str, row))} |"


if __name__ == "__main__":
    for line in table():
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
