"""Species of different mass and diameter: a naive twin, the gas of one kind, what is conserved, refusals."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import xarray as xr

import physent
from physent import theory
from physent.diagnostics import boltzmann_entropy
from physent.errors import ConfigError, UsageError
from physent.figures import style
from tests.engines.hard_discs.runs import advance, begun, config, fields, reverse

HEAVY = {"n": 4, "mass": 5.0, "size": 2.0, "temperature": 2.0}
LIGHT = {"n": 8, "mass": 0.5, "temperature": 0.5}


def mixture(boundary: str = "periodic", **changes: Any) -> Any:
    """Twelve discs of two species."""
    parameters: dict[str, Any] = {"n": 12, "diameter": 0.06, "species": [HEAVY, LIGHT], "boundary": boundary}
    return config(**(parameters | changes))


class Twin:
    """Discs in the unit box by the formulas: the earliest of all contacts and reflections, one after the other."""

    def __init__(self, cfg: Any, x: Any, v: Any) -> None:
        listed = cfg.parameters.species
        self.mass = np.concatenate([np.full(one.n, one.mass) for one in listed])
        self.size = np.concatenate([np.full(one.n, one.size * cfg.parameters.diameter) for one in listed])
        self.walls = cfg.parameters.boundary == "walls"
        self.x, self.v, self.given = x.copy(), v.copy(), 0.0

    def contact(self, i: int, j: int) -> tuple[float, Any]:
        best, way = np.inf, np.zeros(2)
        shifts = [(0, 0)] if self.walls else [(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
        for shift in shifts:
            r, u = self.x[j] - self.x[i] + shift, self.v[j] - self.v[i]
            b, c = r @ u, r @ r - ((self.size[i] + self.size[j]) / 2) ** 2
            d = b * b - (u @ u) * c
            if b < 0 < d and c > -1e-12 and c / (np.sqrt(d) - b) < best:
                best = max(c, 0.0) / (np.sqrt(d) - b)
                way = r + best * u
        return best, way

    def go(self, time: float) -> None:
        while time > 0:
            pairs = [(*self.contact(i, j), i, j) for j in range(len(self.x)) for i in range(j)]
            wait, way, i, j = min(pairs, key=lambda pair: pair[0])
            face = np.inf
            if self.walls:
                edge = np.where(self.v > 0, 1 - self.size[:, None] / 2, self.size[:, None] / 2)
                waits = (edge - self.x) / self.v
                face, (k, axis) = waits.min(), np.unravel_index(waits.argmin(), waits.shape)
            step = min(wait, face, time)
            self.x += step * self.v
            time -= step
            if step == face:
                self.given += 2 * self.mass[k] * abs(self.v[k, axis])
                self.v[k, axis] *= -1
            elif step == wait:
                mu = self.mass[i] * self.mass[j] / (self.mass[i] + self.mass[j])
                kick = 2 * mu * ((self.v[j] - self.v[i]) @ way) / (way @ way) * way
                self.v[i] += kick / self.mass[i]
                self.v[j] -= kick / self.mass[j]
            if not self.walls:
                self.x %= 1.0


@pytest.mark.parametrize("boundary", ["periodic", "walls"])
def test_a_naive_twin(boundary: str) -> None:
    cfg = mixture(boundary)
    state = begun(cfg)
    start = fields(state)
    twin = Twin(cfg, start["position"][0], start["velocity"][0])
    advance(state, 0.7)
    twin.go(0.7)
    found = fields(state)
    assert found["collisions"][0] > 5
    np.testing.assert_allclose(found["position"][0], twin.x, atol=1e-9)
    np.testing.assert_allclose(found["velocity"][0], twin.v, atol=1e-8)
    if boundary == "walls":
        assert found["wall_momentum"][0] == pytest.approx(twin.given, rel=1e-10)


def test_equal_species_are_the_gas_of_one_kind() -> None:
    plain = config(n=60, diameter=0.05, until=1.0)
    coloured = config(n=60, diameter=0.05, until=1.0, species=[{"n": 20}, {"n": 40}])
    one = begun(plain)
    start = fields(one)
    other = begun(coloured, {name: start[name] for name in ("position", "velocity")})
    advance(one, 1.0)
    advance(other, 1.0)
    first, second = fields(one), fields(other)
    for name in ("position", "velocity", "image", "collisions", "virial"):
        np.testing.assert_array_equal(first[name], second[name])
    assert first["kinetic_energy"] == pytest.approx(second["kinetic_energy"], rel=1e-14)
    np.testing.assert_array_equal(first["collisions_by_speed"], second["collisions_by_speed"].sum(axis=1))


def test_what_is_conserved_and_counted() -> None:
    state = begun(mixture())
    start = fields(state)
    advance(state, 2.0)
    end = fields(state)
    assert end["kinetic_energy"] == pytest.approx(start["kinetic_energy"], rel=1e-13)
    np.testing.assert_allclose(end["momentum"], 0.0, atol=1e-13)
    mass = np.repeat([5.0, 0.5], [4, 8])[:, None]
    assert end["kinetic_energy"][0] == pytest.approx((mass * end["velocity"][0] ** 2).sum() / 2)
    np.testing.assert_allclose(end["species_temperature"] @ [4, 8], end["kinetic_energy"])
    pairs = end["collisions_by_pair"][0]
    assert pairs[0, 1] == pairs[1, 0] > 0
    assert pairs[0, 0] + pairs[0, 1] + pairs[1, 1] == end["collisions"][0]
    by_species = end["collisions_by_speed"][0].sum(axis=1)
    np.testing.assert_array_equal(by_species, pairs.sum(axis=1) + np.diag(pairs))
    entropy = theory.mixtures.velocity_entropy(end["species_temperature"], [5.0, 0.5])
    np.testing.assert_allclose(end["species_velocity_entropy"], entropy)


@pytest.mark.parametrize("diameter", [0.03, 0.0])
def test_reversed_it_returns(diameter: float) -> None:
    state = begun(mixture("walls", diameter=diameter))
    start = fields(state)
    advance(state, 0.4)
    back = reverse(state)
    advance(back, 0.8)
    end = fields(back)
    np.testing.assert_allclose(end["position"], start["position"], atol=1e-9)
    np.testing.assert_allclose(end["velocity"], -start["velocity"], atol=1e-8)
    assert diameter == 0.0 or end["collisions_by_pair"].sum() > 0


def test_every_species_starts_with_its_own_temperature() -> None:
    for kind in ("maxwell", "equal_speed"):
        start = fields(
            begun(config(n=60, diameter=0.01, species=[HEAVY | {"n": 20}, LIGHT | {"n": 40}], velocities=kind))
        )
        for own, mass in ((start["velocity"][0, :20], 5.0), (start["velocity"][0, 20:], 0.5)):
            np.testing.assert_allclose(mass * own.sum(axis=0), 0.0, atol=1e-12)
        np.testing.assert_allclose(start["species_temperature"][0], [2.0, 0.5], rtol=1e-14)


@pytest.mark.parametrize("phi", [0.02, 0.3])
def test_each_species_starts_in_its_slab(phi: float) -> None:
    listed = [{"n": 30}, {"n": 90, "mass": 9.0}]
    cfg = physent.load_config(
        {
            "engine": "hard_discs",
            "parameters": {"n": 120, "packing_fraction": phi, "species": listed, "boundary": "walls"},
            "initial": {"kind": "separated", "fractions": [0.25, 0.75]},
            "schedule": {"until": 1.0, "every": 1.0},
        }
    )
    x, sigma = fields(begun(cfg))["position"][0], np.sqrt(4 * phi / (np.pi * 120))
    assert x[:30, 0].min() > sigma / 2 * (1 - 1e-9)
    assert x[:30, 0].max() < 0.25 - sigma / 2 * (1 - 1e-9)
    assert x[30:, 0].min() > 0.25 + sigma / 2 * (1 - 1e-9)


def test_unequal_discs_find_room() -> None:
    cfg = config(n=80, packing_fraction=0.44, species=[{"n": 20, "size": 3.0}, {"n": 60}])
    x = fields(begun(cfg))["position"][0]
    unit = float(np.sqrt(4 * 0.44 / (np.pi * (20 * 9 + 60))))
    size = np.repeat([3 * unit, unit], [20, 60])
    apart = np.abs(x[:, None] - x)
    distance = np.hypot(*np.moveaxis(np.minimum(apart, 1 - apart), -1, 0)) + 9 * np.eye(80)
    assert (distance / ((size[:, None] + size) / 2)).min() > 1 - 1e-9


def test_given_places_know_who_is_large() -> None:
    listed = [{"n": 2, "size": 3.0}, {"n": 2}]
    cfg = config(n=4, diameter=0.04, species=listed)
    v = np.zeros((1, 4, 2))
    x = np.array([[[0.2, 0.2], [0.7, 0.7], [0.2, 0.285], [0.2, 0.33]]])
    begun(cfg, {"position": x, "velocity": v})
    x[0, 2, 1] = 0.27
    with pytest.raises(UsageError, match=r"discs 0 and 2 .* 0.07 apart, expected at least half the sum .* 0.08"):
        begun(cfg, {"position": x, "velocity": v})


REFUSED = [
    ([{"n": 5}, {"n": 6}], {}, r"species: have 11 discs, expected n = 12"),
    ([{"n": 6}, {"n": 6, "mass": 0.0}], {}, r"species.1.mass: found 0.0, expected >= 1e-12"),
    ([{"n": 6}, {"n": 6, "weight": 2.0}], {}, r"species.1.weight: unknown key"),
    ([{"n": 1}, {"n": 11}], {}, r"species.0.n: found 1, expected >= 2"),
    ([{"n": 6}, {"n": 6, "size": 2.0}], {"diameter": None, "mean_free_path": 0.1}, r"mean_free_path: each species"),
    (
        [{"n": 6}, {"n": 6, "size": 2.0}],
        {"diameter": None, "packing_fraction": 0.5},
        r"at most 0.48 for unequal discs",
    ),
]


@pytest.mark.parametrize(("species", "changes", "message"), REFUSED)
def test_refused(species: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        mixture(species=species, **changes)


def test_starts_that_need_species() -> None:
    with pytest.raises(ConfigError, match=r"initial.kind: separated needs parameters.species"):
        config("separated", n=10, diameter=0.01)
    with pytest.raises(ConfigError, match=r"initial.fractions: found 2 slabs, expected one for each of 3 species"):
        config("separated", n=12, diameter=0.01, species=[{"n": 4}, {"n": 4}, {"n": 4}])


def test_a_config_without_species_keeps_its_text() -> None:
    assert "species" not in config(n=10, diameter=0.01).plain()["parameters"]


@pytest.mark.parametrize(("diameter", "ends"), [(0.01, [56 / 44] * 3), (0.0, [1.0, 2.0, 3.0])])
@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
def test_the_figure_of_three_species_shows_where_they_end(diameter: float, ends: list[float]) -> None:
    listed = [{"n": 36, "temperature": 1.0}, {"n": 4, "temperature": 2.0}, {"n": 4, "temperature": 3.0}]
    entry = {"kind": "boltzmann_entropy", "name": "s", "x_cells": 2, "velocity_cell": 1.0, "species": "each"}
    changes = {"replicas": 1, "schedule.until": 0.2, "initial": {"kind": "uniform"}, "diagnostics": [entry]}
    gas = {"parameters.n": 44, "parameters.packing_fraction": None, "parameters.diameter": diameter}
    run = physent.run(physent.load_config("hard_discs/mixing", {**changes, **gas, "parameters.species": listed}))
    (panel,) = (axes for axes in style.of_engine(run).axes if "Boltzmann" in axes.get_title() + axes.get_title("left"))
    levels = [np.asarray(line.get_ydata(), float)[0] for line in panel.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(levels, np.log(ends) - np.log([1.0, 2.0, 3.0]), atol=1e-9)


@pytest.mark.parametrize(("cells", "told"), [(2, True), (10, False)])
def test_a_divider_inside_a_cell_is_told_of(cells: int, told: bool, caplog: pytest.LogCaptureFixture) -> None:
    entry = {"kind": "boltzmann_entropy", "name": "s", "velocity_cell": 3.0, "species": "each", "x_cells": cells}
    start = {"initial": {"kind": "separated", "fractions": [0.3, 0.7]}, "schedule.until": 0.1, "replicas": 1}
    gas = {"parameters.n": 2000, "parameters.species": [{"n": 600}, {"n": 1400}], "diagnostics": [entry]}
    physent.run(physent.load_config("hard_discs/mixing", {**start, **gas, "output.fields": []}))
    assert ("species 0 fills x <= 0.29" in caplog.text) == told
    assert ("inside a cell" in caplog.text) == told


GOOD = {"particle_species": [0, 1, 1], "particle_mass": [1.0, 2.0, 2.0]}
BAD: list[tuple[dict[str, Any], str]] = [
    ({"particle_species": [1, 2, 2]}, "found the labels 1, 2, expected 0, 1, ..."),
    ({"particle_species": [-1, 0, 1]}, "found the labels -1, 0, 1"),
    ({"particle_species": [0.5, 0.0, 1.0]}, "found the labels 0, 0.5, 1"),
    ({"particle_species": [0.0, np.nan, 1.0]}, "no finite numbers"),
    ({"particle_species": ["a", "b", "b"]}, "no finite numbers"),
    ({"particle_mass": [1.0, 2.0, 3.0]}, "particle_mass: found 2 and 3 in species 1, expected one value"),
    ({"particle_mass": [0.0, 2.0, 2.0]}, "found 0, expected positive"),
]


@pytest.mark.parametrize(("changes", "message"), BAD)
@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
def test_labels_of_own_data_are_checked(changes: dict[str, Any], message: str) -> None:
    data = xr.DataArray(np.full((2, 3, 2), 0.3), dims=("time", "particle", "axis"))
    for labels in (GOOD, GOOD | changes, {"particle_mass": GOOD["particle_mass"]}):
        given = data.assign_coords({name: ("particle", values) for name, values in labels.items()})
        call = {"velocity": given, "box": 1.0, "x_cells": 2, "velocity_cell": 1.0}
        if labels is GOOD:
            boltzmann_entropy(given, **call, temperature=1.0)
            continue
        expected = message if "particle_species" in labels else "without particle_species"
        with pytest.raises(UsageError, match=re.escape(expected)):
            boltzmann_entropy(given, **call, temperature=1.0)
