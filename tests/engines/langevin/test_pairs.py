"""Interacting particles: a twin that visits all pairs, symmetries, and what makes the same list again."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import xarray as xr

import physent
from physent.config.load import load_config
from physent.core.random import Purpose, normal_pair, stream_key
from physent.core.verlet import Pairs, space_of
from physent.engines.langevin import ENGINE
from physent.engines.langevin import pair_forces as pf
from physent.engines.langevin.crowding import swim
from physent.typing import Floats
from tests.engines.langevin import runs

N, LENGTH, STEP = 30, 7.0, 2e-4
WCA = {"kind": "wca", "epsilon": 2.0, "diameter": 1.0}
ABP = {"kind": "abp", "speed": 8.0, "rotational_diffusion": 3.0}


SWIMMERS: list[tuple[int, dict[str, Any]]] = [
    (2, {"kind": "abp", "speed": 2.0, "rotational_diffusion": 0.7, "angular_velocity": 1.1}),
    (2, {"kind": "rtp", "speed": 2.0, "tumble_rate": 0.7}),
    (1, {"kind": "rtp", "speed": 2.0, "tumble_rate": 0.35}),
    (3, {"kind": "abp", "speed": 2.0, "rotational_diffusion": 0.35}),
    (3, {"kind": "aoup", "speed": 2.0, "persistence_time": 1 / 0.7}),
]
COLD = {"parameters.temperature": 0.0, "parameters.propulsion": ABP}


def config(steps: int, **parameters: Any) -> dict[str, Any]:
    """A run of `steps` steps of 30 discs in a periodic box, sampled at its ends."""
    common = {"n": N, "dimension": 2, "box_length": LENGTH, "step": STEP, "interaction": WCA, "integrator": "heun"}
    return {
        "engine": "langevin",
        "seed": 3,
        "parameters": common | parameters,
        "initial": {"kind": "lattice"},
        "schedule": {"until": steps * STEP, "every": steps * STEP},
    }


def unwrapped(run: xr.Dataset) -> Floats:
    """Positions (sample, particle, axis) of the first replica."""
    place = run["position"]
    if "image" in run:
        place = place + LENGTH * run["image"]
    return np.asarray(place.isel(replica=0).values)


def twin_force(pot: pf.Potential, x: Floats) -> Floats:
    """Sum over all pairs at nearest images, (particle, axis)."""
    apart = x[:, None] - x[None]
    apart -= LENGTH * np.rint(apart / LENGTH)
    square = (apart**2).sum(axis=2) + np.eye(len(x)) * 1e6
    slope = np.array([[pf.derivatives(pot, s)[1] for s in row] for row in square])
    return np.asarray((slope[:, :, None] * apart).sum(axis=1))


@pytest.mark.parametrize("integrator", ["heun", "euler"])
def test_twin(integrator: str) -> None:
    steps = 300
    run = physent.run(config(steps, integrator=integrator, propulsion=ABP, temperature=1.5))
    pot, key = pf.potential(pf.WCA, 2.0, 1.0), stream_key(3, Purpose.NOISE, 0)
    x, u = unwrapped(run)[0], run["propulsion"].values[0, 0]
    angle = np.arctan2(u[:, 1], u[:, 0]) / (2 * np.pi)
    for step in range(steps):
        xi = np.array([normal_pair(key, step, i, 0) for i in range(N)])
        kick, force = np.sqrt(2 * 1.5 * STEP) * xi, twin_force(pot, x)
        moved = x + STEP * (force + u) + kick
        if integrator == "heun":
            moved = x + STEP * (0.5 * (force + twin_force(pot, moved)) + u) + kick
        x = moved
        eta = np.array([normal_pair(key, step // 2, i, 1)[step % 2] for i in range(N)])
        angle = angle + np.sqrt(2 * 3.0 * STEP) * eta / (2 * np.pi)
        u = 8.0 * np.stack([np.cos(2 * np.pi * angle), np.sin(2 * np.pi * angle)], axis=1)
    assert np.abs(x - unwrapped(run)[0]).max() > 0.3  # so the list was made anew
    np.testing.assert_allclose(unwrapped(run)[1], x, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", ["wca", "harmonic", "softplus"])
def test_center_of_mass_does_not_feel_the_pairs(kind: str) -> None:
    forces = {"wca": WCA, "harmonic": {"kind": kind, "stiffness": 50.0}, "softplus": {"kind": kind, "beta": 12.0}}
    run = physent.run(config(300, interaction=forces[kind], propulsion=ABP))
    free = physent.run(config(300, interaction=None, propulsion=ABP))
    np.testing.assert_allclose(run["displacement"], free["displacement"], rtol=0, atol=1e-12)
    assert np.abs(unwrapped(run) - unwrapped(free)).max() > 1e-3


@pytest.mark.parametrize("integrator", ["heun", "euler"])
def test_a_uniform_force_acts_in_every_step(integrator: str) -> None:
    cfg = load_config(
        config(3, integrator=integrator, temperature=0.0, force={"kind": "uniform", "value": [1.0, -2.0]})
    )
    state, method = runs.begun(cfg), ENGINE.method(cfg)
    for step in range(1, 4):
        assert method.advance(state, 3 * STEP, 1) == pytest.approx(step * STEP)
    moved = method.fields(state)["displacement"][0]
    np.testing.assert_allclose(moved, [3 * STEP, -6 * STEP], rtol=0, atol=1e-14)


def test_translation() -> None:
    settings = config(100, propulsion=ABP)
    x = np.array(physent.run(settings)["position"].values[0])
    here = physent.run(settings, initial={"position": x})
    there = physent.run(settings, initial={"position": (x + np.array([2.7, -1.9])) % LENGTH})
    np.testing.assert_allclose(here["displacement"], there["displacement"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(here["energy"], there["energy"], rtol=1e-8)


def test_permutation_without_noise() -> None:
    settings = config(
        200, step=STEP, temperature=0.0, interaction={"kind": "harmonic", "stiffness": 200.0, "diameter": 1.6}
    )
    x = np.array(physent.run(settings | {"initial": {"kind": "uniform"}})["position"].values[0])
    order = np.random.default_rng(1).permutation(N)
    one, other = (physent.run(settings, initial={"position": place}) for place in (x, x[:, order]))
    np.testing.assert_allclose(unwrapped(one)[1][order], unwrapped(other)[1], rtol=0, atol=1e-11)
    np.testing.assert_allclose(one["energy"], other["energy"], rtol=1e-10)
    assert one["energy"][1] < 0.5 * one["energy"][0]


def test_half_of_a_pair_each() -> None:
    run = physent.run(config(50, temperature=0.7))
    by_particle = run["particle_entropy"].sum("particle")
    np.testing.assert_allclose(by_particle, run["heat"] / 0.7, rtol=0, atol=1e-10)


def test_sums_by_particle_are_those_of_the_replica() -> None:
    maps = [
        {"kind": "cell_map", "name": name, "weight": f"particle_epr_{name}", "cells": 3} for name in ("even", "odd")
    ]
    run = physent.run(config(200, propulsion=ABP) | {"diagnostics": maps})
    time = float(run["time"][1])
    for name in ("even", "odd"):
        total = run[f"particle_entropy_{name}"].sum("particle")[1]
        np.testing.assert_allclose(run[f"epr_{name}"][1] * time, total, rtol=1e-10)
        in_cells = run[name][1].sum([f"{name}_x", f"{name}_y"]) * (LENGTH / 3) ** 2
        np.testing.assert_allclose(in_cells, run[f"epr_{name}"][1], rtol=1e-10)
        np.testing.assert_allclose(run[f"particle_epr_{name}"][1].sum("particle"), run[f"epr_{name}"][1], rtol=1e-10)


def test_third_derivatives_at_the_middle_of_each_step() -> None:
    soft = {"kind": "softplus", "stiffness": 5.0, "beta": 12.0}
    aoup = {"kind": "aoup", "speed": 4.0, "persistence_time": 2.0}
    steps, pot = 30, pf.potential(pf.SOFTPLUS, 5.0, 1.0, 12.0)
    settings = config(steps, temperature=0.0, interaction=soft, propulsion=aoup, step=2e-3)
    settings["schedule"] = {"until": steps * 2e-3, "every": 2e-3}
    run = physent.run(settings)
    x, expected = unwrapped(run), np.zeros(N)
    for before, after in pairwise(x):
        middle, velocity = 0.5 * (before + after).T, (after - before).T / 2e-3
        first, second = (index.astype(np.uint32) for index in np.triu_indices(N, 1))
        pairs = Pairs(first, second, np.array([len(first)]))
        pf.pair_cubes(pot, space_of([LENGTH] * 2), middle.copy(), velocity.copy(), pairs, 2e-3, expected)
    factor = 0.5 * 2.0 * 2 / 4.0**2  # tau^2/(2 D_a), D_a = tau speed^2/dimension
    np.testing.assert_allclose(run["particle_entropy_velocity"][-1, 0], factor * expected, rtol=0, atol=1e-9)
    assert np.abs(expected).max() > 1e-3


def test_a_small_change_of_a_force_makes_work() -> None:
    settings = config(40) | {"schedule": {"until": 80 * STEP, "every": 40 * STEP}}
    settings["protocol"] = [{"at": 40 * STEP, "set": {"interaction.epsilon": 3.0}}]
    run = physent.run(settings)
    assert run["work"][1] == 0.0
    np.testing.assert_allclose(run["work"][2], 0.5 * run["energy"][1], rtol=1e-12)


def test_slab() -> None:
    settings = config(1, temperature=0.0) | {"initial": {"kind": "slab", "spacing": 1.17}}
    x = physent.run(settings)["position"].values[0, 0]
    apart = x[:, None] - x[None]
    apart -= LENGTH * np.rint(apart / LENGTH)
    distance = np.sqrt((apart**2).sum(axis=2)) + 10 * np.eye(N)
    assert distance.min() > 1.14
    assert np.ptp(x[:, 0]) == pytest.approx(5 * 1.17 * np.sqrt(0.75))
    assert x[:, 0].mean() == pytest.approx(LENGTH / 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameters.integrator": "exact"}, "expected heun or euler"),
        (COLD | {"diagnostics": [{"kind": "mean", "of": "epr_even"}]}, "diverges as 1/T; epr_noise_free"),
        (COLD | {"diagnostics": [{"kind": "cell_map", "weight": "particle_epr_even"}]}, "diverges as 1/T"),
        ({"parameters.box_length": 2.0}, "twice the range of interaction wca"),
        ({"initial": {"kind": "uniform"}}, "expected lattice or slab"),
        ({"parameters.interaction": {"kind": "springs"}}, "expected null"),
        ({"parameters.n": 60}, "slab is denser"),
        ({"parameters.n": 60, "initial": {"kind": "slab"}}, "layers exceed the box"),
    ],
)
def test_contradictions(change: dict[str, Any], message: str) -> None:
    with pytest.raises(physent.errors.ConfigError, match=message):
        physent.run(config(1), set=change)


@pytest.mark.parametrize(("dimension", "propulsion"), SWIMMERS)
def test_the_virial_of_the_propulsion_is_that_of_a_trap(dimension: int, propulsion: dict[str, Any]) -> None:
    """<x.u> = speed^2 Re 1/(rate + mobility k - i omega) in a harmonic trap, from sums that hold no place."""
    cfg = runs.config(
        1,
        dimension=dimension,
        n=100,
        replicas=60,
        temperature=0.0,
        mobility=1.5,
        step=0.02,
        potential={"kind": "harmonic", "stiffness": 0.8},
        propulsion=propulsion,
        initial={"kind": "point"},
    )
    state = runs.advance(cfg, runs.begun(cfg), 300)
    before = state.books.sum(axis=2)
    runs.advance(cfg, state, 100)
    found = swim(cfg.parameters, state.books.sum(axis=2) - before) / (100 * 100 * 0.02)
    turning = 1j * propulsion.get("angular_velocity", 0.0)
    expected = (2.0**2 / (0.7 + 1.5 * 0.8 + turning)).real / 1.5
    assert abs(found.mean() - expected) < 4 * found.std() / np.sqrt(60) < 0.05 * expected
