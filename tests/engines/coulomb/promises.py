"""What holds in every run of this engine, for the contract suite."""

from __future__ import annotations

import xarray as xr

VARIANTS = {
    "hmc_log": ("log_gas_1d", {"parameters.sampler": "hmc", "schedule.burn_in": 20}),
    "hmc_line": ("jellium_1d", {"parameters.sampler": "hmc", "schedule.burn_in": 20}),
}


def conserved(run: xr.Dataset) -> None:
    """The droplet has an edge."""
    assert (run.max_radius < 3.0).all()
