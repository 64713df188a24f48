"""What holds in every run of this engine, for the contract suite."""

from __future__ import annotations

import numpy as np
import xarray as xr

_HALF_WAY = [{"at": 0.5, "set": {"temperature": 1.5, "model.prefactor": 2.0}}]
VARIANTS = {
    "driven_and_set": ("work_extraction", {"protocol": _HALF_WAY, "replicas": 3}),
    "set_energies": ("three_state_ring", {"protocol": [{"at": 0.1, "set": {"model.energies.1": 2.0}}]}),
    "sites_in_a_ring": (
        "ssep",
        {
            "parameters.model": {"kind": "exclusion", "sites": 70, "hop_left": 0.3, "periodic": True},
            "initial": {"kind": "stationary", "particles": 30},
        },
    ),
}


def conserved(run: xr.Dataset) -> None:
    """The first law, the time, and that particles come and go through the ends only."""
    if "work" in run:
        gained = run.energy - run.energy[0]
        scale = 1e-12 * float(1 + abs(run.work).max() + abs(run.energy).max())
        np.testing.assert_allclose(gained, run.work - run.heat, atol=scale)
    if "time_in_state" in run:
        np.testing.assert_allclose(run.time_in_state.sum("node"), run.time.broadcast_like(run.events), rtol=1e-6)
    if "bond_current" in run and run.sizes["bond"] > run.sizes["site"]:
        came = run.bond_current.isel(bond=0) - run.bond_current.isel(bond=-1)
        np.testing.assert_array_equal(run.particles - run.particles[0], came)
