"""What the engine promises to the runner: state, record, restart, replicas, sampling, actions, complaints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.engines.hard_discs import arrays
from physent.engines.hard_discs.methods import event_driven
from physent.errors import RunError
from tests.engines.hard_discs.runs import (
    advance,
    begun,
    config,
    fields,
    gas,
    least_distance,
    method_of,
    reverse,
    stored,
)

BASES: list[dict[str, Any]] = [
    {"n": 60, "packing_fraction": 0.1},
    {"n": 50, "packing_fraction": 0.35, "boundary": "walls", "kind": "strip", "fraction": 0.7},
    {"n": 40, "diameter": 0.0},
    {"n": 40, "diameter": 0.0, "boundary": "walls"},
    {"n": 64, "mean_free_path": 0.3, "kind": "corner"},
]


def test_memory_of_a_disc() -> None:
    """At most 130 bytes."""
    for n, phi in ((20_000, 0.01), (20_000, 0.6), (70_000, 0.1)):
        state = begun(config(n=n, packing_fraction=phi, boundary="walls")) if phi < 0.02 else None
        if state is not None:
            assert sum(np.asarray(value).nbytes for value in stored(state).values()) <= 130 * n
        assert event_driven.memory(config(n=n, packing_fraction=phi)) <= 130 * n


@pytest.mark.parametrize("base", BASES)
def test_observables_are_their_definitions(base: dict[str, Any]) -> None:
    cfg = config(replicas=2, **base)
    state = begun(cfg)
    first = fields(state)
    assert np.isnan(first["compressibility_factor"]).all()
    advance(state, 0.2)
    middle = fields(state)
    advance(state, 0.5)
    last = fields(state)
    v2 = np.square(last["velocity"]).sum(axis=2)
    np.testing.assert_allclose(last["kinetic_energy"], v2.sum(axis=1) / 2, rtol=1e-14)
    np.testing.assert_allclose(last["momentum"], last["velocity"].sum(axis=1), atol=1e-13)
    np.testing.assert_allclose(last["mean_speed_ratio"], np.square(v2).mean(axis=1) / v2.mean(axis=1) ** 2, rtol=1e-13)
    factor = 1 + (last["virial"] - middle["virial"]) / (2 * last["kinetic_energy"] * 0.3)
    np.testing.assert_allclose(last["compressibility_factor"], factor, rtol=1e-13)
    np.testing.assert_array_equal(last["collisions_by_speed"].sum(axis=1), 2 * last["collisions"])
    if cfg.parameters.diameter == 0.0:
        assert not last["collisions"].any()
        np.testing.assert_array_equal(last["compressibility_factor"], 1.0)
    else:
        assert (last["collisions"] > middle["collisions"]).all()
    if cfg.parameters.boundary == "walls":
        pressure = (last["wall_momentum"] - middle["wall_momentum"]) / (4 * 0.3)
        np.testing.assert_allclose(last["pressure"], pressure, rtol=1e-12)
        assert not last["image"].any()
    assert (last["position"] >= 0).all()
    assert (last["position"] <= 1).all()


def test_conservation_over_a_million_collisions() -> None:
    """Energy and momentum to round-off, and never an overlap."""
    state = begun(config(n=200, packing_fraction=0.4))
    energy = fields(state)["kinetic_energy"]
    target = 0.0
    while state.counts[0, arrays.COLLISIONS] < 10**6:
        target += 1.0
        advance(state, target)
        assert least_distance(state) > 1 - 1e-12
    record = fields(state)
    assert abs(record["kinetic_energy"] / energy - 1) < 1e-13
    assert abs(record["momentum"]).max() < 1e-13 * 200
    assert state.sums[0, arrays.DEVIATION] < 1e-12


def test_loschmidt() -> None:
    """Turned round early, the gas goes back to where it came from; after many collisions it has forgotten."""
    cfg = config("strip", n=2000, packing_fraction=0.05, velocities="equal_speed")
    for time, returns in ((0.01, True), (0.5, False)):
        state = begun(cfg)
        start = fields(state)
        advance(state, time)
        state = reverse(state)
        advance(state, 2 * time)
        end = fields(state)
        miss = np.median(np.abs(end["position"] + end["image"] - start["position"]))
        assert (miss < 1e-9) if returns else (miss > 1e-3)
        if returns:
            assert end["collisions"][0] > 1500
            np.testing.assert_allclose(end["velocity"], -start["velocity"], atol=1e-6)
            assert (end["position"][..., 0] <= 0.5 + 1e-9).mean() == 1.0


@pytest.mark.parametrize("base", BASES)
def test_reversal_keeps_what_is_cumulative(base: dict[str, Any]) -> None:
    state = begun(config(replicas=2, **base))
    advance(state, 0.3)
    before = fields(state)
    after = fields(reverse(state))
    for name, value in before.items():
        turned = -value if name in ("velocity", "momentum") else value
        np.testing.assert_allclose(after[name], turned, rtol=1e-13, atol=1e-13, err_msg=name)


def test_discs_in_each_other_end_the_run() -> None:
    deep = gas([[0.5, 0.5], [0.58, 0.5]], [[1.0, 0.0], [-1.0, 0.0]], 0.1)
    with pytest.raises(RunError, match=r"replica 0: .* has a relative error of 1\.8e-01"):
        method_of(deep).advance(deep, 1.0, 10**9)


@pytest.mark.parametrize(("factor", "is_doubted"), [(1.0, False), (1.5, True)])
def test_a_temperature_that_is_not_that_of_the_gas_is_doubted(factor: float, is_doubted: bool) -> None:
    """Velocities of one's own are taken as they are; 400 of them have their energy to 4/sqrt(400) = 20 %."""
    rng = np.random.default_rng(8)
    state = begun(
        config(n=400, diameter=0.0, temperature=2.0),
        {"position": rng.random((1, 400, 2)), "velocity": rng.normal(size=(1, 400, 2)) * np.sqrt(2.0 * factor)},
    )
    told = dict(method_of(state).doubts(state, fields(state)))
    assert list(told) == ["temperature"] * is_doubted
    advance(state, 0.1)
    assert not list(method_of(state).doubts(state, fields(state)))


def test_tiny_discs_touch_at_their_distance() -> None:
    """Round-off of a contact is that of coordinates, not of free paths of 1000 boxes, nor of (distance/diameter)^2."""
    state = begun(config("strip", n=200, mean_free_path=1000.0, replicas=2))
    advance(state, 150.0)
    assert state.counts[:, arrays.COLLISIONS].sum() > 20
    assert state.sums[:, arrays.DEVIATION].max() < 8 * np.finfo(float).eps / state.box.diameter
