"""Particles on sites against the same lists in plain Python, and against the master equation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from physent.core.random import Purpose, stream_key, uniforms
from physent.engines.jump.lattice import Sites
from physent.theory import exclusion, network
from tests.engines.jump.runs import ASEP, after, config, method_of, record

RING = {"kind": "exclusion", "sites": 9, "hop_right": 1.0, "hop_left": 0.3, "periodic": True}
TASEP = {"kind": "exclusion", "sites": 4, "inject_left": 0.7, "eject_right": 0.4}


def movable(sites: Any, ring: bool) -> tuple[list[int], list[int]]:
    """Bonds over which a particle can move to the right, and to the left."""
    n = len(sites)
    pairs = [(b, b, (b + 1) % n) for b in range(n)] if ring else [(b, b - 1, b) for b in range(1, n)]
    right = [bond for bond, a, b in pairs if sites[a] and not sites[b]]
    return right, [bond for bond, a, b in pairs if sites[b] and not sites[a]]


def swap_out(items: list[int], one: int) -> None:
    items[items.index(one)] = items[-1]
    items.pop()


def written_out(one: Any, replica: int, sites: list[int], until: float) -> tuple[list[int], dict[int, int], float]:
    """Sites, passages of each bond, and the entropy of the medium."""
    model, key = one.parameters.model, stream_key(one.seed, Purpose.NOISE, replica)
    n, last = len(sites), one.parameters.model.sites
    lists, now, events, entropy = movable(sites, model.periodic), 0.0, 0, 0.0
    net: dict[int, int] = {}
    left = -math.log(uniforms(key, 0, 0, 0)[0])
    while True:
        first = model.eject_left if sites[0] else model.inject_left
        end = model.eject_right if sites[-1] else model.inject_right
        parts = [model.hop_right * len(lists[0]), model.hop_left * len(lists[1]), first, end]
        now += left / sum(parts)
        if now > until:
            return sites, net, entropy
        events += 1
        u, v = uniforms(key, events, 0, 0)
        left, x = -math.log(u), v * sum(parts)
        kind = next(k for k in range(4) if x < sum(parts[: k + 1]))
        x -= sum(parts[:kind])
        if kind < 2:
            bond = lists[kind][int(x / (model.hop_left if kind else model.hop_right))]
            way, flipped = 1 - 2 * kind, [bond, (bond + 1) % n] if model.periodic else [bond - 1, bond]
            entropy += way * math.log(model.hop_right / model.hop_left)
        elif kind == 2:
            bond, way, flipped = 0, 1 - 2 * sites[0], [0]
            entropy += way * math.log(model.inject_left / model.eject_left)
        else:
            bond, way, flipped = last, 2 * sites[-1] - 1, [n - 1]
            entropy += way * math.log(model.eject_right / model.inject_right)
        net[bond] = net.get(bond, 0) + way
        bonds = n if model.periodic else n + 1
        near = [(bond - 1) % bonds, bond, (bond + 1) % bonds]
        before = movable(sites, model.periodic)
        for b in near:
            for k in (0, 1):
                if b in before[k]:
                    swap_out(lists[k], b)
        for site in flipped:
            sites[site] = 1 - sites[site]
        then = movable(sites, model.periodic)
        for b in near:
            for k in (0, 1):
                if b in then[k]:
                    lists[k].append(b)


@pytest.mark.parametrize(
    ("model", "initial"),
    [(ASEP, {"kind": "distribution", "probabilities": [0.5]}), (RING, {"kind": "stationary", "particles": 4})],
    ids=["open", "ring"],
)
def test_against_the_lists_written_out(model: dict[str, Any], initial: dict[str, Any]) -> None:
    one = config(model, initial, replicas=3, seed=8)
    begun = method_of(one).start(one, None).now.sites.tolist()
    found = record(one, 40.0)
    for replica in range(3):
        sites, net, entropy = written_out(one, replica, begun[replica], 40.0)
        assert found["state"][replica].tolist() == sites
        assert {b: n for b, n in enumerate(found["bond_current"][replica]) if n} == {b: n for b, n in net.items() if n}
        np.testing.assert_allclose(found["entropy_medium"][replica], entropy, atol=1e-11)
        assert found["events"][replica] > 50


@pytest.mark.parametrize(("model", "particles"), [(ASEP, None), (RING, 4)], ids=["open", "ring"])
def test_lists_hold_the_movable_bonds_at_all_times(model: dict[str, Any], particles: int | None) -> None:
    one = config(model, {"kind": "stationary", "particles": particles}, replicas=1, seed=2)
    for time in np.arange(1.0, 30.0):
        now: Sites = after(one, float(time)).now
        for kind, bonds in enumerate(movable(now.sites[0].tolist(), one.parameters.model.periodic)):
            listed = now.bonds[0, kind, : now.lengths[0, kind]]
            assert sorted(listed.tolist()) == bonds
            np.testing.assert_array_equal(now.place[0, listed], np.arange(len(bonds)))


def test_arrangements_of_four_sites_have_the_law_of_the_master_equation() -> None:
    one = config(TASEP, {"kind": "state", "state": [1, 0, 0, 1]}, replicas=8000, seed=3)
    found = record(one, 1.5)["state"] @ (1 << np.arange(4))
    (ends, rates), _ = exclusion.lattice(4, inject_left=0.7, eject_right=0.4)
    p = network.propagate(network.generator(ends, rates, 16), np.eye(1, 16, 0b1001)[0], 1.5)
    share = np.bincount(found, minlength=16) / 8000
    assert (np.abs(share - p) <= 4 * np.sqrt(p * (1 - p) / 8000) + 1e-12).all()


def test_the_stationary_start_has_the_stationary_law() -> None:
    one = config(TASEP, replicas=8000, seed=6)
    found = method_of(one).start(one, None).now.sites @ (1 << np.arange(4))
    (ends, rates), _ = exclusion.lattice(4, inject_left=0.7, eject_right=0.4)
    p = network.stationary(network.generator(ends, rates, 16))
    share = np.bincount(found, minlength=16) / 8000
    assert (np.abs(share - p) <= 4 * np.sqrt(p * (1 - p) / 8000) + 1e-12).all()


def test_time_occupied_is_the_integral_of_the_occupation() -> None:
    one = config(ASEP, replicas=1, seed=5, schedule={"until": 1.0, "every": 1.0})
    times = np.linspace(0.0, 3.0, 3001)
    occupied = np.array([record(one, float(t))["state"][0] for t in times[::100]])
    whole = record(one, 3.0)["time_occupied"][0]
    assert ((whole >= 0) & (whole <= 3.0)).all()
    coarse = occupied[:-1].mean(axis=0) * 3.0
    assert np.abs(coarse - whole).max() < 0.5
    always = config({**ASEP, "hop_right": 0.0, "hop_left": 0.0}, {"kind": "state", "state": [0, 1, 1, 0, 0, 1, 0]})
    np.testing.assert_allclose(record(always, 7.0)["time_occupied"][0, 1:6], [7.0, 7.0, 0.0, 0.0, 7.0])
