"""Pointwise values of plug-in information: what each joint outcome of symbols says, whose mean is the average."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.diagnostics.dynamics import DIRECT, words
from physent.diagnostics.warn import ENOUGH, warn
from physent.typing import Floats, Integers


def information(x: list[Integers], y: list[Integers], given: list[Integers]) -> Floats:
    """The logarithm of n(x, y, z) n(z) / (n(x, z) n(y, z)) at every sample, of columns (n,) of symbols.

    Its mean is the plug-in conditional mutual information. Without ``given`` columns n(z) is the number of samples.
    """
    joint = occurrences([*x, *y, *given], doubted=True)
    of_x, of_y = occurrences([*x, *given]), occurrences([*y, *given])
    of_z = occurrences(given) if given else np.full(len(joint), float(len(joint)))
    return np.asarray(np.log(joint * of_z) - np.log(of_x * of_y))


def occurrences(columns: list[Integers], *, doubted: bool = False) -> Floats:
    """How often the row of each sample occurs; if ``doubted``, a warning of under ten samples per different row."""
    code = words(columns)
    if code.max() < DIRECT:
        number: Any = np.bincount(code)
    else:
        _, code, number = np.unique(code, return_inverse=True, return_counts=True)
    seen = np.count_nonzero(number)
    if doubted and code.size < ENOUGH * seen:
        warn(
            f"words: {code.size} words of {len(columns)} symbols, {seen} of them different, fewer than {ENOUGH} each: "
            "plug-in values are biased; take a longer series, or shorter words or histories"
        )
    return np.asarray(number[code], np.float64)
