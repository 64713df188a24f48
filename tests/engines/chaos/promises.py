"""What holds in every run of this engine, for the contract suite."""

from __future__ import annotations

import numpy as np
import xarray as xr

SINCE_THE_LAST_SAMPLE = {"local_lyapunov"}
VARIANTS = {"transient": ("lorenz", {"parameters.transient": 0.1, "parameters.exponents": 2})}


def conserved(run: xr.Dataset) -> None:
    """The sum of all exponents is the divergence."""
    if "lyapunov" in run and run.sizes["exponent"] == run.sizes["component"] and not np.isnan(run.divergence[-1]).any():
        size = float(abs(run.lyapunov[-1]).max())
        np.testing.assert_allclose(run.lyapunov[-1].sum("exponent"), run.divergence[-1], atol=1e-5 * size)
