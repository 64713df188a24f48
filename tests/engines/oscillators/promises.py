"""What holds in every run of this engine, for the contract suite."""

from __future__ import annotations

import numpy as np
import xarray as xr

SINCE_THE_LAST_SAMPLE = {"epr_drift", "epr_trapezoid"}

DRIVEN = [{"parameter": "coupling", "mean": 2.0, "amplitude": 1.0, "frequency": 1.0}]
VARIANTS = {
    "driven": ("kuramoto_noise", {"parameters.driving": DRIVEN, "parameters.phase_lag": 0.3}),
    "random": ("kuramoto_noise", {"parameters.frequencies.sampling": "random", "parameters.step": 0.0001}),
    "open": ("kuramoto_lattice", {"parameters.network": {"kind": "lattice", "shape": [20, 30], "periodic": False}}),
}


def conserved(run: xr.Dataset) -> None:
    """The first law, and sums of unit vectors."""
    scale = 1.0 + float(abs(run.heat).max() + abs(run.work).max())
    change = run.energy - run.energy[0]
    np.testing.assert_allclose(change, run.work - run.heat, atol=1e-11 * scale)
    assert (run.order_parameter <= 1 + 1e-12).all()
