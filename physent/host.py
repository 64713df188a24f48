"""How much memory this machine has."""

from __future__ import annotations

import math
import os


def physical() -> float:
    """Bytes of main memory; infinity where the system does not tell."""
    if not hasattr(os, "sysconf"):
        return math.inf
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
