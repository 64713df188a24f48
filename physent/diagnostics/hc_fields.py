"""The plane of permutation entropy and complexity for fields.

References: H. V. Ribeiro, L. Zunino, E. K. Lenzi, P. A. Santoro and R. S. Mendes, PLoS ONE 7, e40689 (2012),
10.1371/journal.pone.0040689; L. Zunino and H. V. Ribeiro, Chaos Solitons Fractals 91, 679 (2016),
arXiv:1609.01625.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from physent.diagnostics.arrays import along
from physent.diagnostics.gate import public
from physent.diagnostics.hc import entropy_complexity
from physent.diagnostics.patches import OrdinalPatch
from physent.diagnostics.tally import count
from physent.diagnostics.warn import ENOUGH, warn
from physent.errors import UsageError
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


@public
def hc_plane_2d(
    field: Data, rows: int = 2, columns: int = 2, *, row_step: int = 1, column_step: int = 1, dims: Dims = None
) -> tuple[Any, Any]:
    """Normalised permutation entropy and Jensen-Shannon complexity of a field: the point (H, C) of its patches.

    ``field`` is (..., y, x) -> two arrays (...), or a DataArray whose ``dims`` (default: `y` and `x`) are rows and
    columns; patterns and steps are those of `OrdinalPatch`, for 2 to 10 values in a patch. Plug-in: for N patches 1 - H
    of noise is about (K - 1)/(2 N ln K), K = (rows columns)!; `entropy` of ``count(field, OrdinalPatch(...))`` corrects
    it. Under ten patches per pattern seen give a `PhysentWarning`.

    Limit of use: overlapping patches are not independent, so that errors must come from several fields; patterns depend
    on which axis is read first, and a field turned by 90 degrees has another order of the same probabilities.

    References: the module's, and those of `hc_plane`.
    """
    space = OrdinalPatch(rows, columns, row_step, column_step)
    if np.ndim(field) < 2:
        raise UsageError(f"a field must be (..., rows, columns), found shape {np.shape(field)}")

    def point(values: Floats) -> tuple[Floats, Floats]:
        counts = count(values, space, (values.ndim - 2, values.ndim - 1)).n
        patches, seen = counts.sum(-1), np.count_nonzero(counts, axis=-1)
        if np.any(short := patches < ENOUGH * seen):
            warn(
                f"ordinal patches: {np.max(patches)} patches on up to {np.max(seen)} patterns seen, fewer than {ENOUGH}"
                f" each, in {np.count_nonzero(short)} of {np.size(short)} fields: H is too low; take smaller patches"
            )
        return entropy_complexity(counts / patches[..., None])

    attrs = {"units": "1", "space": f"ordinal, {rows} x {columns} values", "estimator": "plug-in"}
    h, c = along(point, field, outputs=2, attrs=attrs)
    return h, c
