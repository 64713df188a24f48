"""Many small gases on a CUDA device, or in numba's simulator, against the CPU."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from physent import engines
from physent.config.load import load_config
from physent.core import events
from physent.core.cuda import device
from physent.engines import Array, Method
from tests.engines.devices import on_both

pytestmark = [pytest.mark.cuda, pytest.mark.simulated]

SLOW = device.simulated()
N, REPLICAS = (6, 2) if SLOW else (100, 300)
GASES: dict[str, dict[str, Any]] = {
    "torus": {"n": N, "packing_fraction": 0.2},
    "dilute": {"n": N, "packing_fraction": 0.005},
    "walls": {"n": N, "packing_fraction": 0.2, "boundary": "walls"},
    "mixture": {
        "n": N,
        "packing_fraction": 0.2,
        "boundary": "walls",
        "species": [{"n": N // 2, "mass": 3.0, "size": 1.5}, {"n": N - N // 2}],
    },
}


def _data(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "engine": "hard_discs",
        "seed": 5,
        "replicas": REPLICAS,
        "parameters": GASES[kind],
        "initial": {"kind": "uniform"},
        "schedule": {"until": 8.0, "every": 0.25},
        **more,
    }


def _method(kind: str, on: str) -> tuple[Method, Any]:
    config = load_config(_data(kind, device=on))
    return engines.get("hard_discs").method(config), config


def _until(method: Method, state: Any, target: float) -> dict[str, Array]:
    while method.advance(state, target, 1 << 40) < target:
        pass
    return method.fields(state)


def _agree(cpu: dict[str, Array], cuda: dict[str, Array], bound: float = 1e-10) -> None:
    """Paths and sums to ``bound``, counts exactly."""
    for name in set(cpu) - {"position", "image"}:
        if cpu[name].dtype == np.int64:
            assert np.array_equal(cpu[name], cuda[name]), name
        else:
            assert np.array_equal(np.isnan(cpu[name]), np.isnan(cuda[name])), name
            scale = 1.0 + np.nanmax(np.abs(cpu[name]), initial=0.0)
            assert np.nanmax(np.abs(cpu[name] - cuda[name]), initial=0.0) <= bound * scale, name
    assert np.abs(cpu["position"] + cpu["image"] - cuda["position"] - cuda["image"]).max() <= bound


@pytest.mark.parametrize("kind", GASES)
@pytest.mark.filterwarnings("ignore")
def test_gases_are_those_of_the_cpu(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few collisions per disc, in pieces of work that end between them; also when times are set back at an era."""
    ring_of = events.ring_of

    def short(items: int, rate: float) -> tuple[int, float]:
        buckets, scale = ring_of(items, rate)
        return buckets, scale * 64.0

    if kind == "walls":
        monkeypatch.setattr(events, "ring_of", short)
    target = {"torus": 0.25, "dilute": 1.5, "walls": 0.25, "mixture": 0.3}[kind] if SLOW else 0.05
    if kind == "dilute" and not SLOW:
        target = 0.12  # a collision multiplies an error by sixty
    cpu, cuda = on_both(_data(kind), target, works=(1, 1, 1 << 40))
    assert cpu["collisions"].min() > 0
    _agree(cpu, cuda)
    assert np.abs(cuda["kinetic_energy"] / N - 1.0).max() < 1e-13


@pytest.mark.filterwarnings("ignore")
def test_reversed_gases_return() -> None:
    """To where they started, with the sums going on."""
    method, config = _method("torus", "cuda")
    state, until = method.start(config, None), 0.25 if SLOW else 0.05
    begin = method.fields(state)
    there = _until(method, state, until)
    assert method.act is not None
    state = method.act(state, "reverse_velocities")
    back = _until(method, state, 2 * until)
    apart = back["position"] - begin["position"]
    assert np.abs(apart - np.rint(apart)).max() < 1e-10
    assert np.abs(back["velocity"] + begin["velocity"]).max() < 1e-9
    assert np.array_equal(back["collisions"], 2 * there["collisions"])


@pytest.mark.filterwarnings("ignore")
def test_checkpoints_of_both_devices() -> None:
    """One of the device continues there bit by bit; either continues on the other device, also between samples."""
    methods = {on: _method("torus", on) for on in ("cpu", "cuda")}
    half, whole = (0.1, 0.2) if SLOW else (0.03, 0.06)
    ends = {}
    for on, (method, config) in methods.items():
        state = method.start(config, None)
        _until(method, state, half)
        for _ in range(2):
            method.advance(state, whole, 1)
        kept = deepcopy(method.store(state))
        ends[on] = _until(method, state, whole)
        for other, (continued, own) in methods.items():
            found = _until(continued, continued.restore(own, deepcopy(kept)), whole)
            if other == on:
                assert all(np.array_equal(ends[on][name], found[name], equal_nan=True) for name in found)
            else:
                _agree(ends[on], found)
    _agree(ends["cpu"], ends["cuda"])
