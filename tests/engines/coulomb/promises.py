"""What holds in every run of this engine, for the contract suite."""

from __future__ import annotations

import xarray as xr


def conserved(run: xr.Dataset) -> None:
    """The droplet has an edge."""
    assert (run.max_radius < 3.0).all()
