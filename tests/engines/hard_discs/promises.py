"""What holds in every run of this engine, for the contract suite."""

from __future__ import annotations

import numpy as np
import xarray as xr

SINCE_THE_LAST_SAMPLE = {"compressibility_factor"}

VARIANTS = {
    "ideal_walls": ("ideal_gas", {"parameters.boundary": "walls"}),
    "ideal_torus": ("ideal_gas", {"parameters.boundary": "periodic"}),
    "dense_torus": ("dense_walls", {"parameters.boundary": "periodic"}),
    "mixture_walls": ("mixing", {"parameters.boundary": "walls"}),
    "mixture_torus": ("mixing", {"initial": {"kind": "uniform"}}),
    "ideal_mixture": ("mixing", {"parameters.packing_fraction": None, "parameters.diameter": 0.0}),
    "free_path": ("loschmidt", {"parameters": {"n": 64, "mean_free_path": 0.3}}),
}


def conserved(run: xr.Dataset) -> None:
    """Kinetic energy."""
    np.testing.assert_allclose(run.kinetic_energy, run.kinetic_energy[0].expand_dims(time=run.time), rtol=1e-12)
