"""What holds in every run of this engine, for the contract suite, and where its methods are excused."""

from __future__ import annotations

import numpy as np
import xarray as xr

STEPS_END_ON_SAMPLES = {"if_dop853"}

VARIANTS = {
    "odd": ("single_soliton", {"parameters.points": 125}),
    "odd_steps": ("modulation_instability", {"parameters.points": 125}),
    "trap": ("single_soliton", {"parameters.potential": {"kind": "harmonic", "frequency": 0.5}}),
}


def conserved(run: xr.Dataset) -> None:
    """Mass and energy."""
    np.testing.assert_allclose(run.mass[-1], run.mass[0], rtol=1e-8)
    np.testing.assert_allclose(run.energy[-1], run.energy[0], atol=1e-7 * float(abs(run.energy[0]).max() + 1))
