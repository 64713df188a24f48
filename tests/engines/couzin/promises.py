"""What holds in every run of this engine, for the contract suite."""

from __future__ import annotations

import numpy as np
import xarray as xr

VARIANTS = {
    "cells_in_the_open": ("torus", {"parameters.n": 512, "parameters.attraction_radius": 6.0}),
    "cells_in_a_box": ("ten_thousand", {"parameters.n": 512, "parameters.box_length": 30.0}),
}


def conserved(run: xr.Dataset) -> None:
    """Headings are unit vectors."""
    if "heading" in run:
        exact = 1e-12 if run.heading.dtype == np.float64 else 1e-6
        np.testing.assert_allclose((run.heading**2).sum("axis"), 1.0, atol=exact)
    assert (run.polarization <= 1 + 1e-12).all()
