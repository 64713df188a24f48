"""Ordinal patterns of fields: the rank order of the values in a patch of rows and columns.

References: H. V. Ribeiro, L. Zunino, E. K. Lenzi, P. A. Santoro and R. S. Mendes, PLoS ONE 7, e40689 (2012),
10.1371/journal.pone.0040689; L. Zunino and H. V. Ribeiro, Chaos Solitons Fractals 91, 679 (2016),
arXiv:1609.01625.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from physent.diagnostics.gate import public
from physent.diagnostics.grid import refuse_nan
from physent.diagnostics.missing import GAP
from physent.errors import UsageError
from physent.typing import Floats, Integers


@public
@dataclass(frozen=True)
class OrdinalPatch:
    """Rank order of `rows` x `columns` values of a field, on its last two axes: (rows columns)! outcomes.

    Values are `row_step` and `column_step` cells apart and are read row by row; ties rank in that order. Outcomes are
    those of `Ordinal`, in lexicographic order; a field (..., y, x) has (y - (rows - 1) row_step) times
    (x - (columns - 1) column_step) of them, which overlap.
    """

    rows: int = 2
    columns: int = 2
    row_step: int = 1
    column_step: int = 1

    def __post_init__(self) -> None:
        """Refuse patches of too few or too many values."""
        if min(self.rows, self.columns, self.row_step, self.column_step) < 1:
            raise UsageError(f"ordinal patch: found {self}, expected whole numbers >= 1")
        if not 2 <= self.rows * self.columns <= 10:
            raise UsageError(f"ordinal patch: {self.rows} x {self.columns} values, expected 2 to 10")

    components = None
    reach = 0
    plane: ClassVar[bool] = True
    """An outcome spans the last two axes, which are then counted over."""

    @property
    def size(self) -> int:
        return factorial(self.rows * self.columns)

    def measure(self) -> Floats:
        return np.ones(self.size)

    def encode(self, x: ArrayLike, /) -> Integers:
        """Pattern of every patch, shape (..., y - (rows - 1) row_step, x - (columns - 1) column_step)."""
        values = np.asarray(x, np.float64)
        refuse_nan(values, "ordinal patch")
        return self.codes(values)

    def codes(self, values: Floats, *, gaps: bool = False) -> Integers:
        """`encode`, where NaN may stand for a gap: patches that hold one have the code `missing.GAP`."""
        y = values.shape[-2] - (self.rows - 1) * self.row_step if values.ndim > 1 else 0
        width = values.shape[-1] - (self.columns - 1) * self.column_step if values.ndim > 1 else 0
        if min(y, width) < 1:
            raise UsageError(f"ordinal patch: found a field of shape {values.shape}, too small for {self}")
        corners = [(a * self.row_step, b * self.column_step) for a in range(self.rows) for b in range(self.columns)]
        parts = [values[..., a : a + y, b : b + width] for a, b in corners]
        codes = np.zeros(parts[0].shape, np.int32)
        for i, j in combinations(range(len(parts)), 2):
            codes += np.int32(factorial(len(parts) - 1 - i)) * (parts[i] > parts[j])
        if gaps:
            codes[np.logical_or.reduce([np.isnan(part) for part in parts])] = GAP
        return codes

    def spec(self) -> dict[str, Any]:
        steps = {"row_step": int(self.row_step), "column_step": int(self.column_step)}
        return {"ordinal_patch": {"rows": int(self.rows), "columns": int(self.columns), **steps}}
