"""Particles without interaction on a CUDA device, or in numba's simulator, against the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.core.cuda import device
from tests.engines.devices import off_by, on_both

pytestmark = [pytest.mark.cuda, pytest.mark.simulated]

SLOW = device.simulated()
DRIVING = [{"parameter": "potential.quadratic", "times": [0.0, 0.05], "values": [-1.0, 2.0]}]
HARMONIC = {"kind": "harmonic", "stiffness": 1.5}


CASES: list[dict[str, Any]] = [
    {"dimension": 1, "potential": HARMONIC, "integrator": "exact"},
    {"dimension": 2, "potential": HARMONIC, "force": {"kind": "rotational", "strength": 0.7}},
    {"dimension": 1, "potential": {"kind": "quartic", "quartic": 1.0, "quadratic": -1.0}, "driving": DRIVING},
    {"dimension": 2, "propulsion": {"kind": "abp", "speed": 2.0, "rotational_diffusion": 1.0}},
    {"dimension": 3, "potential": HARMONIC, "propulsion": {"kind": "rtp", "speed": 1.0, "tumble_rate": 9.0}},
    {"dimension": 1, "potential": {"kind": "cosine", "amplitude": 1.0, "period": 2.0}, "integrator": "euler"},
]


def _particles(**parameters: Any) -> dict[str, Any]:
    return {
        "engine": "langevin",
        "seed": 4,
        "replicas": 2,
        "parameters": {"n": 3 if SLOW else 10_001, "temperature": 0.5, "step": 0.01, **parameters},
        "initial": {"kind": "point", "at": 0.3},
        "schedule": {"until": 0.05, "every": 0.05},
    }


@pytest.mark.parametrize("parameters", CASES)
@pytest.mark.filterwarnings("ignore")
def test_particles_are_those_of_the_cpu(parameters: dict[str, Any]) -> None:
    """Potentials, propulsions, integrators and driving, with the ledger; work that ends between."""
    cpu, cuda = on_both(_particles(**parameters), 0.05, works=(1, 1 << 40))
    for name, values in cpu.items():
        if np.isfinite(values).any():
            scale = 1.0 + np.nanmax(np.abs(values))
            assert np.nanmax(np.abs(values - cuda[name])) <= 1e-12 * scale, name


@pytest.mark.parametrize(
    "parameters",
    [
        *CASES,
        {"n": 9 if SLOW else 10_001, "dimension": 2, "potential": HARMONIC, "temperature": [0.5, 1.0]},
        {"dimension": 1, "potential": HARMONIC, "temperature": 0.0},
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_sums_are_measured_there(parameters: dict[str, Any]) -> None:
    """The ledger, rates and displacements: nothing of the state is copied."""
    data = _particles(**parameters)
    if isinstance(parameters.get("temperature"), list):
        data["parameters"]["temperature_of"] = "axis"
    found = off_by(data, 0.05, near=1.0)
    assert max(found.values()) <= 1e-12, found


@pytest.mark.parametrize(
    "driving", [None, [{"parameter": "potential.stiffness", "times": [0.0, 0.05], "values": [1.5, 2.0]}]]
)
@pytest.mark.filterwarnings("ignore")
def test_entropy_of_the_law_is_measured_there(driving: Any) -> None:
    """The change of -ln p of particles from a Gaussian law, and the entropy of Hatano and Sasa."""
    data = _particles(dimension=2, potential=HARMONIC) | {"initial": {"kind": "equilibrium"}}
    if driving:
        data["parameters"]["driving"] = driving
    found = off_by(data, 0.05, near=1.0)
    assert {"entropy_system", "hatano_sasa"} & found.keys() == {"entropy_system"} | (
        {"hatano_sasa"} if driving else set()
    )
    assert max(found.values()) <= 1e-12, found
