"""What holds in every run of this engine, for the contract suite."""

from __future__ import annotations

import numpy as np
import xarray as xr

SINCE_THE_LAST_SAMPLE = {
    "epr_drift",
    "epr_trapezoid",
    "epr_even",
    "epr_odd",
    "epr_velocity",
    "epr_noise_free",
    "configurational_temperature",
    "swim_efficiency",
    "current",
    "area_rate",
    "pressure",
    "particle_epr_even",
    "particle_epr_odd",
    "particle_epr_velocity",
    "particle_epr_noise_free",
}

AOUP = {"kind": "aoup", "speed": 1.0, "persistence_time": 1.0}
RTP = {"kind": "rtp", "speed": 1.0, "tumble_rate": 9.0}
BATHS = {"temperature": [1.0, 0.5, 2.0], "temperature_of": "particle"}


def crowd(interaction: dict[str, object], **changes: object) -> tuple[str, dict[str, object]]:
    """Sixteen particles that interact, with thermal noise and propulsion."""
    propulsion = {"kind": "aoup", "speed": 3.0, "persistence_time": 1.0}
    parameters = {
        "n": 16,
        "dimension": 2,
        "box_length": 5.0,
        "step": 2e-4,
        "temperature": 1.0,
        "propulsion": propulsion,
    }
    initial = changes.pop("initial", {"kind": "lattice"})
    schedule = {"until": 0.05, "every": 0.01}
    settings = {"parameters": parameters | {"interaction": interaction} | changes}
    return "mips", {**settings, "initial": initial, "schedule": schedule, "diagnostics": []}


VARIANTS = {
    "euler": ("abp_trap", {"parameters.integrator": "euler"}),
    "three_axes": (
        "run_and_tumble",
        {"parameters": {"dimension": 3, "n": 3, "step": 0.02, "propulsion": RTP, **BATHS}},
    ),
    "three_axes_gaussian": ("run_and_tumble", {"parameters.dimension": 3, "parameters.propulsion": AOUP}),
    "turning_in_space": (
        "abp_trap",
        {
            "parameters.dimension": 3,
            "parameters.propulsion": {"kind": "abp", "speed": 1.0, "rotational_diffusion": 0.5},
        },
    ),
    "without_noise": (
        "landauer_erasure",
        {"initial": {"kind": "point"}, "parameters.temperature": 0.0, "parameters.propulsion": AOUP},
    ),
    "lattice": (
        "driven_ring",
        {"parameters": {"dimension": 2, "n": 5, "box_length": 2.0, "step": 0.02}, "initial": {"kind": "lattice"}},
    ),
    "uniform": ("driven_ring", {"initial": {"kind": "uniform"}}),
    "repelling": crowd({"kind": "wca"}),
    "repelling_slab": crowd({"kind": "wca"}, initial={"kind": "slab"}, integrator="euler"),
    "soft_in_space": crowd({"kind": "softplus", "beta": 20.0}, dimension=3, temperature=0.0),
    "chain": crowd({"kind": "springs"}, box_length=None, initial={"kind": "point"}),
}


def conserved(run: xr.Dataset) -> None:
    """The first law."""
    np.testing.assert_allclose(run.energy - run.energy[0], run.work - run.heat, atol=1e-9)
