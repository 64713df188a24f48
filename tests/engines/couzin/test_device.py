"""Schools on a CUDA device, or in numba's simulator, against the CPU."""

from __future__ import annotations

import numpy as np
import pytest

from physent.config.load import load_config
from physent.core.cuda import device
from physent.engines.couzin.methods import cells
from tests.engines.couzin.twins import COUZIN, difference, moved, random_schools

pytestmark = [pytest.mark.cuda, pytest.mark.simulated]

ROUND_OFF = 1e-12


@pytest.fixture(autouse=True)
def _cells_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "FROM", 1)


def test_a_noisy_step_is_that_of_the_cpu() -> None:
    """Open and periodic, groups, blind cones, both rules, several replicas; by cells where there is room for them."""
    count, most = (8, 12) if device.simulated() else (200, 400)
    found = []
    for data in random_schools(count, most):
        config = load_config(data)
        on_cpu = moved(config, COUZIN.chosen(config), "cpu")
        for name in {COUZIN.chosen(config), "all_pairs"}:
            found.append((difference(config, on_cpu, moved(config, name, "cuda")), name, data))
    assert {name for _, name, _ in found} == {"cells", "all_pairs"}
    assert max(found, key=lambda one: one[0])[0] <= ROUND_OFF


def test_bits_do_not_depend_on_the_size_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor on the order in which fish are counted, which differs with it."""
    from physent.core.cuda.launch import KERNELS

    config = load_config(next(random_schools(1)))
    found = []
    for threads in (32, 3, 7):
        for kernel in KERNELS:
            monkeypatch.setattr(kernel, "threads", threads)
        found.append(moved(config, "cells", "cuda"))
    for other in found[1:]:
        assert all(np.array_equal(found[0][name], other[name]) for name in ("position", "heading"))


def test_replicas_ahead_wait() -> None:
    """A state of the CPU may hold replicas at different steps."""
    data = next(random_schools(2)) | {"replicas": 2, "schedule": {"until": 0.2, "every": 0.2}}
    config = load_config(data, {"device": "cuda"})
    method = COUZIN.method(config)
    state = method.start(config, None)
    whole = method.start(config, None)
    assert method.advance(whole, 0.2, 1 << 30) == 0.2
    assert method.advance(state, 0.2, 1) == 0.1
    stored = method.store(state)
    stored["swarm"], stored["steps"] = stored["swarm"].copy(), np.array([1, 0])
    stored["swarm"][1], stored["who"][1] = (
        method.store(method.start(config, None))["swarm"][1],
        range(config.parameters.n),
    )
    state = method.restore(config, stored)
    assert method.advance(state, 0.2, 1) == 0.1
    assert method.advance(state, 0.2, 1) == 0.2
    assert np.array_equal(method.fields(state)["position"], method.fields(whole)["position"])


@pytest.mark.filterwarnings("ignore:invalid value")  # of the simulator, which is NumPy
def test_a_position_that_overflows_is_told() -> None:
    """As on the CPU, with the replica."""
    data = {
        "engine": "couzin",
        "device": "cuda",
        "parameters": {"n": 2, "orientation_radius": 1.0, "attraction_radius": 2.0, "speed": 1e50},
        "initial": {"kind": "ball"},
        "schedule": {"until": 0.1, "every": 0.1},
    }
    config = load_config(data)
    method = COUZIN.method(config)
    state = method.start(config, None)
    state.arrays["swarm"][0, 0, 0] = np.inf
    with pytest.raises(Exception, match="replica 0: a position is not finite on the way to time"):
        method.advance(state, 0.1, 1)
