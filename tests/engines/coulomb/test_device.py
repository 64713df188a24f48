"""Hamiltonian Monte Carlo on a CUDA device, or in numba's simulator, against the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.core.cuda import device
from tests.engines.devices import on_both

pytestmark = [pytest.mark.cuda, pytest.mark.simulated]

SLOW = device.simulated()
KINDS: dict[str, dict[str, Any]] = {
    "log": {"dimension": 1, "interaction": "log"},
    "plane": {"dimension": 2},
    "space": {"dimension": 3},
}


def _gas(kind: str, n: int, draws: int, exponent: float = 2.0) -> dict[str, Any]:
    return {
        "engine": "coulomb",
        "seed": 2,
        "replicas": 2,
        "parameters": {
            **KINDS[kind],
            "n": n,
            "beta": 2.0,
            "potential": {"exponent": exponent},
            "sampler": "hmc",
            "hmc": {"step_factor": 0.3},
        },
        "schedule": {"draws": draws, "thin": 1, "burn_in": draws},
    }


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(("kind", "exponent"), [("log", 4.0), ("plane", 2.0), ("space", 3.0)])
@pytest.mark.filterwarnings("ignore")
def test_chains_are_those_of_the_cpu(kind: str, exponent: float, large: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trajectories, acceptance and adaptation, also if work ends inside a trajectory; gases of one block and larger."""
    from physent.engines.coulomb import flights_cuda

    if large:
        monkeypatch.setattr(flights_cuda, "LARGEST", 2)
    n = (17 if large else 6) if SLOW else 700
    cpu, cuda = on_both(_gas(kind, n, 1 if SLOW else 2, exponent), 1, works=(1, 1 << 40))
    assert np.array_equal(cpu["acceptance"] > 0, cuda["acceptance"] > 0)
    for name, bound in (("position", 1e-11), ("energy", 1e-12), ("step_size", 1e-11)):
        assert np.abs(cuda[name] - cpu[name]).max() <= bound * np.abs(cpu[name]).max(), name


def test_reciprocals_are_exact_to_round_off() -> None:
    """Over the whole range of squared distances."""
    from physent.core.cuda.launch import upload
    from tests.core.cuda.reciprocals import reciprocals

    a = np.geomspace(1e-99, 1e99, 40 if SLOW else 100_000)
    found = upload(np.zeros((2, a.size)))
    reciprocals(a.size, upload(a), found)
    one, root = found.copy_to_host()
    assert np.abs(one * a - 1.0).max() < 4e-16
    assert np.abs(root * np.sqrt(a) - 1.0).max() < 6e-16


@pytest.mark.filterwarnings("ignore")
def test_charges_at_one_place_have_infinite_energy() -> None:
    """On both devices, so that no trajectory that ends there is accepted."""
    from physent.core.cuda.launch import upload
    from tests.core.cuda.reciprocals import pair_energies

    near = np.zeros((3, 12))
    near[0], near[1, 3] = np.arange(12.0), 1e-160
    near[:, 7] = near[:, 2]
    found = upload(np.zeros((2, 12)))
    pair_energies(12, upload(near), found)
    plane, space = found.copy_to_host()
    assert np.array_equal(np.isinf(plane), np.isin(np.arange(12), [2, 7]))
    assert np.array_equal(np.isinf(space), np.isin(np.arange(12), [2, 7]))
