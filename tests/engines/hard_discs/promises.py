"""What holds in every run of this engine, for the contract suite."""

from __future__ import annotations

import numpy as np
import xarray as xr

SINCE_THE_LAST_SAMPLE = {"compressibility_factor"}


def conserved(run: xr.Dataset) -> None:
    """Kinetic energy."""
    np.testing.assert_allclose(run.kinetic_energy, run.kinetic_energy[0].expand_dims(time=run.time), rtol=1e-12)
