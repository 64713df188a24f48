"""Figure of an orbit and its exponents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from physent.engines.drawing import scalars

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from physent.engines import Plain


def draw(dataset: xr.Dataset, config: Plain) -> Figure:
    """The orbit."""
    return scalars(dataset)
