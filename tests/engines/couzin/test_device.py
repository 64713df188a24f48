"""Schools on a CUDA device, or in numba's simulator, against the CPU."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest

from physent.config.load import load_config
from physent.core.cells import grid_of
from physent.core.cuda import device
from physent.engines.couzin.methods import cells
from tests.engines.couzin.twins import COUZIN, difference, moved, random_schools
from tests.engines.devices import ahead, off_by

pytestmark = [pytest.mark.cuda, pytest.mark.simulated]

ROUND_OFF = 1e-12


@pytest.fixture
def cells_cuda() -> Any:
    """The module, which cannot be imported without the extra `cuda`."""
    return import_module("physent.engines.couzin.methods.cells_cuda")


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


@pytest.mark.filterwarnings("ignore")
def test_order_is_measured_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all fish and of the largest cluster, open and periodic, by cells and by pairs: nothing is copied."""
    count, most = (3, 12) if device.simulated() else (200, 400)
    for index, data in enumerate(random_schools(count, most)):
        data["parameters"].pop("groups", None)
        monkeypatch.setattr(cells, "FROM", 1 if index % 3 else 10**9)
        found = off_by(data, 0.1)
        assert max(found.values()) <= 1e-12, found


@pytest.mark.filterwarnings("ignore")
def test_cells_of_half_the_side(cells_cuda: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step and the orders are those of the CPU, for which the fish are sorted by whole cells."""
    monkeypatch.setattr(cells_cuda, "chosen", lambda grids, n: grids[1])
    count, most = (2, 7) if device.simulated() else (100, 400)
    for data in random_schools(count, most):
        config = load_config(data)
        if COUZIN.chosen(config) == "cells":
            assert difference(config, moved(config, "cells", "cpu"), moved(config, "cells", "cuda")) <= ROUND_OFF
            data["parameters"].pop("groups", None)
            found = off_by(data, 0.1)
            assert max(found.values()) <= ROUND_OFF, found


def test_only_a_crowd_in_a_box_has_half_cells(cells_cuda: Any) -> None:
    """Above 84 neighbours, by the config."""
    side = 20.001  # of ten whole cells
    for box, neighbours, half in ((side, 30, False), (side, 82, False), (side, 86, True), (None, 300, False)):
        n = round(side**3 * neighbours / (4.0 / 3.0 * np.pi * 2.0**3))
        grids = tuple(grid_of(n, 2.0, [box or 0.0] * 3, refine) for refine in (1, 2))
        assert cells_cuda.chosen(grids, n) is grids[half]


SCHOOLS: dict[str, tuple[float | None, list[tuple[float, float, float]]]] = {
    "a chain around the box, and a pair": (
        4.0,
        [
            (3.4, 0.5, 0.5),
            (0.2, 0.5, 0.5),
            (1.0, 0.6, 0.5),
            (1.8, 0.5, 0.5),
            (2.6, 0.5, 0.6),
            (0.3, 2.5, 2.5),
            (0.9, 2.5, 2.5),
        ],
    ),
    "a chain across two faces, and a lone fish": (
        4.0,
        [(2.3, 2.5, 0.5), (3.9, 0.2, 2.0), (3.2, 3.8, 2.0), (0.6, 0.5, 2.2), (1.3, 0.9, 2.1)],
    ),
    "two pairs, and a fish far away": (
        None,
        [(80.0, 0.0, -7.0), (0.0, 0.0, 0.0), (5.0, 0.0, 0.0), (5.5, 0.0, 0.1), (0.7, 0.2, 0.0)],
    ),
    "one fish": (None, [(0.1, 0.2, 0.3)]),
}


@pytest.mark.parametrize("name", SCHOOLS)
@pytest.mark.parametrize("by_cells", [True, False])
@pytest.mark.filterwarnings("ignore")
def test_clusters_are_those_of_the_cpu(name: str, by_cells: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that spans the box, one across its faces, among equals the first, and fish without a neighbour in reach."""
    box, places = SCHOOLS[name]
    monkeypatch.setattr(cells, "FROM", 1 if by_cells else 10**9)
    data = {
        "engine": "couzin",
        "parameters": {
            "n": len(places), "repulsion_radius": 0.1, "orientation_radius": 0.5, "attraction_radius": 1.0,
            "speed": 1e-6, "box_length": box,
        },
        "initial": {"kind": "ball"},
        "schedule": {"until": 0.1, "every": 0.1},
    }  # fmt: skip
    heading = np.random.default_rng(3).standard_normal((1, len(places), 3))
    found = off_by(data, 0.1, given={"position": np.array([places]), "heading": heading})
    assert max(found.values()) <= 1e-12, found


def test_schools_with_groups_are_measured_on_the_cpu() -> None:
    """The same numbers, from a copy."""
    config = load_config(next(random_schools(1)), {"device": "cuda"})
    assert config.parameters.groups is not None
    method = COUZIN.method(config)
    state = method.start(config, None)
    method.advance(state, 0.1, 1)
    assert method.scalars is not None
    quick, whole = method.scalars(state), method.fields(state)
    assert "front_position" in quick
    assert all(np.array_equal(quick[name], whole[name], equal_nan=True) for name in quick)
    assert ahead(method, state, 0.2, 1) > 0.1


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


@pytest.mark.parametrize(("box", "half"), [(None, 0), (8.0, 0), (8.0, 1)])
def test_lists_of_neighbours_that_overflow(
    box: float | None, half: int, cells_cuda: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More fish within reach than a list holds, some of them at one place, some across an edge of the box."""
    monkeypatch.setattr(cells_cuda, "chosen", lambda grids, n: grids[half])
    n, rng = cells_cuda.CAPACITY + 20, np.random.default_rng(5)
    data = {
        "engine": "couzin",
        "parameters": {
            "n": n, "repulsion_radius": 0.05, "orientation_radius": 1.0, "attraction_radius": 2.0, "box_length": box,
        },
        "initial": {"kind": "ball"},
        "schedule": {"until": 0.1, "every": 0.1},
    }  # fmt: skip
    position = rng.uniform(-0.5, 0.5, (1, n, 3))
    position[0, 1] = position[0, 0]
    heading = rng.standard_normal((1, n, 3))
    heading /= np.linalg.norm(heading, axis=-1, keepdims=True)
    config = load_config(data, {"device": "cuda"})
    found = []
    for method in (COUZIN.methods["cells"], COUZIN.twin("cells")):
        state = method.start(config, {"position": position % box if box else position, "heading": heading})
        method.advance(state, 0.1, 1 << 30)
        found.append(method.fields(state))
    assert difference(config, *found) <= ROUND_OFF
