"""What holds in every run of this engine, for the contract suite."""

from __future__ import annotations

import numpy as np
import xarray as xr


def conserved(run: xr.Dataset) -> None:
    """Headings are unit vectors."""
    if "heading" in run:
        exact = 1e-12 if run.heading.dtype == np.float64 else 1e-6
        np.testing.assert_allclose((run.heading**2).sum("axis"), 1.0, atol=exact)
    assert (run.polarization <= 1 + 1e-12).all()
