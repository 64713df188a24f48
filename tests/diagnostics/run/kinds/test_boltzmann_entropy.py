"""Boltzmann entropy of cells and of fields: naive twins, exact expectations, the ideal gas that expands."""

from __future__ import annotations

from collections import Counter
from math import erf, lgamma, log, pi, sqrt
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import norm

from physent.diagnostics import macrostates, phase_space
from physent.diagnostics.estimators import SHANNON
from physent.diagnostics.run.kinds.boltzmann_entropy import BoltzmannEntropy
from physent.theory import free_expansion as expansion
from physent.theory.kinetic import diameter_from_packing, excess_entropy
from tests.diagnostics.gases import DIMS, Array, Frame, declared, follow, ideal_gas, streamed
from tests.diagnostics.run.records import complaints


def by_cells(**options: Any) -> BoltzmannEntropy:
    known: dict[str, Any] = {"kind": "boltzmann_entropy", "name": "s", "x_cells": 4, "velocity_cell": 0.7}
    return BoltzmannEntropy(**(known | options))


def by_fields(**options: Any) -> BoltzmannEntropy:
    return by_cells(velocity_cell=None, macrostate="hydrodynamic", **options)


def measured(one: BoltzmannEntropy, *frames: Frame, **changes: Any) -> list[dict[str, Array]]:
    return follow(one, frames, **{**declared(), **changes})


def counted(position: Array, velocity: Array, cells: tuple[int, int], dv: float) -> Counter[tuple[int, ...]]:
    """Naive: one particle at a time."""
    return Counter(
        (int(x * cells[0]), int(y * cells[1]), int(np.floor(u / dv)), int(np.floor(v / dv)))
        for (x, y), (u, v) in zip(position, velocity, strict=True)
    )


GAS = ideal_gas(1, 3, 500)


@pytest.mark.parametrize("measure", ["shannon", "multiplicity"])
def test_naive_twin(measure: str) -> None:
    """Both definitions from single particles, at the first sample and later."""
    frames = GAS, streamed(GAS, 0.4)
    found = measured(by_cells(y_cells=2, measure=measure), *frames)
    volume = 0.7**2 / 8
    for frame, values in zip(frames, found, strict=True):
        for r in range(3):
            counts = counted(frame["position"][r], frame["velocity"][r], (4, 2), 0.7).values()
            if measure == "multiplicity":
                total = sum(k * log(volume) - lgamma(k + 1) for k in counts)
            else:
                total = 500 * (1 - log(500) - sum(k / 500 * log(k / 500 / volume) for k in counts))
            assert values["s_total"][r] == pytest.approx(total, rel=1e-12)
            assert values["s_occupied_cells"][r] == len(counts)
    assert np.all(found[0]["s"] == 0)
    np.testing.assert_allclose(found[1]["s"], (found[1]["s_total"] - found[0]["s_total"]) / 500, rtol=1e-13)


@pytest.mark.parametrize("estimator", ["plugin", "miller_madow", "grassberger"])
def test_estimators_are_those_of_counts(estimator: str) -> None:
    value = measured(by_cells(estimator=estimator), GAS)[0]["s_total"][0]
    counts = np.array([*counted(GAS["position"][0], GAS["velocity"][0], (4, 1), 0.7).values()], float)
    assert value == pytest.approx(500 * (SHANNON[estimator](counts) + log(0.7**2 / 4) + 1 - log(500)), rel=1e-12)


def test_stirling_joins_both_measures() -> None:
    """They differ by sum ln(2 pi N_a)/2 + 1/12N_a: the next term is 0.0023 even for one particle."""
    gas = ideal_gas(2, 1, 30_000, 1.0)
    both = [measured(by_cells(velocity_cell=4.0, measure=m), gas)[0]["s_total"][0] for m in ("shannon", "multiplicity")]
    counts = counted(gas["position"][0], gas["velocity"][0], (4, 1), 4.0).values()
    assert both[0] - both[1] == pytest.approx(sum(log(2 * pi * k) / 2 + 1 / (12 * k) for k in counts), abs=0.1)


@pytest.mark.parametrize("measure", ["shannon", "multiplicity"])
def test_pooled_replicas(measure: str) -> None:
    """One gas of all particles, at the density of one; jackknife by leaving each replica out."""
    frames = GAS, streamed(GAS, 0.4)
    found = measured(by_cells(pool="replicas", measure=measure), *frames)

    def entropy(frame: Frame, kept: list[int]) -> float:
        position, velocity = (frame[name][kept].reshape(-1, 2) for name in ("position", "velocity"))
        counts = counted(position, velocity, (4, 1), 0.7).values()
        volume, n = 0.7**2 / 4, len(position)
        if measure == "multiplicity":
            return sum(k * log(volume * len(kept)) - lgamma(k + 1) for k in counts) / n
        return 1 - log(500) - sum(k / n * log(k / n / volume) for k in counts)

    first, later = ([entropy(f, [0, 1, 2]), *(entropy(f, [a, b]) for a, b in ((1, 2), (0, 2), (0, 1)))] for f in frames)
    assert found[0]["s_total"] == pytest.approx(500 * first[0], rel=1e-12)
    np.testing.assert_allclose(found[1]["s_without"], later[1:], rtol=1e-12)
    assert found[1]["s"] == pytest.approx(later[0] - first[0], rel=1e-11)
    apart = np.subtract(later[1:], first[1:])
    assert found[1]["s_se"] == pytest.approx(np.sqrt(2 / 3 * ((apart - apart.mean()) ** 2).sum()), rel=1e-9)
    assert found[0]["s"] == found[0]["s_se"] == 0
    assert found[1]["s_occupied_cells"].shape == ()


@pytest.mark.parametrize(("boundary", "t"), [("periodic", 0.5), ("periodic", 2.5), ("walls", 1.4)])
def test_plugin_of_the_ideal_gas(boundary: Any, t: float) -> None:
    """40 gases of 5000 particles against the exact expectation, bias and all (of 0.05 to 0.1)."""
    start = ideal_gas(7, 40, 5000)
    rise = measured(by_cells(x_cells=16, velocity_cell=0.4), start, streamed(start, t, boundary))[1]["s"]
    expected = expansion.expected_rise(t, 5000, (16, 1), 0.4, boundary=boundary)
    error = rise.std(ddof=1) / np.sqrt(40)
    assert abs(rise.mean() - expected) < 4 * error
    assert error < 2e-3
    assert expansion.exact_rise(t, 16, 0.4, boundary=boundary) - expected > 8 * error


def test_miller_madow_of_many_particles_is_the_continuum() -> None:
    """1e6 particles in 8 replicas, pooled: values of the infinite gas, with an error that is right in size."""
    start = ideal_gas(8, 8, 125_000)
    times, known = [0.5, 2.5], [0.21170, 0.6915]
    one = by_cells(x_cells=16, velocity_cell=0.4, pool="replicas", estimator="miller_madow")
    for values, value in zip(measured(one, start, *(streamed(start, t) for t in times))[1:], known, strict=True):
        assert abs(values["s"] - value) < 4 * values["s_se"] + 5e-5
        assert values["s_se"] < 5e-4


def test_corner_is_the_sum_of_both_axes() -> None:
    start = ideal_gas(9, 2, 200_000)
    start["position"][..., 1] *= 0.5
    one = by_cells(x_cells=8, y_cells=8, velocity_cell=0.8, pool="replicas", estimator="miller_madow")
    rise = measured(one, start, streamed(start, 0.7))[1]
    expected = 2 * expansion.exact_rise(0.7, 8, 0.8)
    assert abs(rise["s"] - expected) < 4e-3


def test_hydrodynamic_entropy_of_equilibrium() -> None:
    """Law of Sackur and Tetrode in two dimensions less 2 cells/N; ln 2 from half the box to all of it."""
    n, runs = 2000, 100
    gases = [ideal_gas(11, runs, n, share, 2.0) for share in (0.5, 1.0)]
    values = [measured(by_fields(), gas)[0]["s_total"] / n for gas in gases]
    for share, cells, value in zip((0.5, 1.0), (2, 4), values, strict=True):
        error = value.std(ddof=1) / np.sqrt(runs)
        assert abs(value.mean() - (log(2 * pi * 2.0 * share / n) + 2 - 2 * cells / n + 1 / (2 * n))) < 4 * error
    assert values[1].mean() - values[0].mean() == pytest.approx(log(2), abs=0.012)


def test_hydrodynamic_twin_and_flow() -> None:
    """One cell at a time; a flow that differs from cell to cell carries no entropy."""
    gas = ideal_gas(12, 2, 400)
    moving = {**gas, "velocity": gas["velocity"] + np.floor(4 * gas["position"][..., :1]) * [1.5, -0.3]}
    still, flowing = (measured(by_fields(), g)[0]["s_total"] for g in (gas, moving))
    np.testing.assert_allclose(still, flowing, rtol=1e-9)
    for r in range(2):
        total = 0.0
        for cell in range(2):
            v = gas["velocity"][r][(gas["position"][r, :, 0] * 4).astype(int) == cell]
            heat = ((v - v.mean(0)) ** 2).sum() / (2 * len(v))
            total += len(v) * (log(2 * pi * heat * 0.25 / len(v)) + 2)
        assert still[r] == pytest.approx(total, rel=1e-10)


def test_hydrodynamic_pooled_and_excess() -> None:
    """Equal replicas pooled are each of them; discs at uniform density have the excess of that density."""
    gas = ideal_gas(13, 2, 4000, 1.0)
    alike = {name: values[[0, 0]] for name, values in gas.items()}
    one, pooled = (measured(by_fields(pool=pool), alike)[0] for pool in ("none", "replicas"))
    assert pooled["s_total"] == pytest.approx(one["s_total"][0], rel=1e-12)
    np.testing.assert_allclose(pooled["s_without"], one["s_total"][0] / 4000, rtol=1e-12)
    known = declared(diameter=float(diameter_from_packing(0.2, 4000)))
    discs = measured(by_fields(excess="henderson"), gas, **known)[0]["s_total"]
    plain = measured(by_fields(), gas)[0]["s_total"]
    np.testing.assert_allclose((discs - plain) / 4000, excess_entropy(0.2), rtol=3e-3)


def test_a_single_particle_in_a_cell_has_no_temperature_of_its_own() -> None:
    gas = ideal_gas(14, 1, 400)
    gas["position"][0, 0] = 0.9, 0.5
    found = measured(by_fields(), gas)[0]["s_total"]
    assert np.isfinite(found).all()
    cells = measured(by_cells(relative_entropy=True), gas)[0]
    assert np.isfinite(cells["s_relative_entropy"]).all()


def test_relative_entropy_twin() -> None:
    """From single cells and scipy's normal law; never negative, K/2N for a Maxwellian, large for two beams."""
    gas = ideal_gas(15, 2, 600)
    gas["velocity"][1, ::2, 0] = 2.1
    gas["velocity"][1, 1::2, 0] = -2.1
    found = measured(by_cells(relative_entropy=True), gas)[0]["s_relative_entropy"]
    for r in range(2):
        x, v = gas["position"][r], gas["velocity"][r]
        where = (x[:, 0] * 4).astype(int)
        total = 0.0
        for (i, _, j, k), count in counted(x, v, (4, 1), 0.7).items():
            mine = v[where == i]
            flow, heat = mine.mean(0), ((mine - mine.mean(0)) ** 2).sum() / (2 * len(mine))
            law = len(mine) / 600
            for axis, cell in enumerate((j, k)):
                law *= np.diff(norm.cdf([cell * 0.7, cell * 0.7 + 0.7], flow[axis], np.sqrt(heat)))[0]
            total += count / 600 * log(count / 600 / law)
        assert found[r] == pytest.approx(total, rel=1e-9)
    assert found[0] > 0
    assert found[1] > 0.5
    many = ideal_gas(16, 1, 200_000, 1.0)
    value = measured(by_cells(relative_entropy=True), many)[0]
    assert value["s_relative_entropy"][0] == pytest.approx(value["s_occupied_cells"][0] / 4e5, rel=0.25)


def test_edges_belong_to_the_cell_above() -> None:
    """Also at negative velocities and where k dv is rounded."""
    k = np.arange(-200, 200)
    velocity = np.stack([k * 0.1, np.nextafter(k * 0.1, -np.inf)], axis=-1)[None]
    position = np.tile([0.25, 1.0], (1, 400, 1))
    codes = phase_space.phase_codes(position, velocity, (4, 2), 1.0, 0.1)
    span = codes.span
    np.testing.assert_array_equal(codes.codes[0] // span**2, 3)
    np.testing.assert_array_equal(codes.codes[0] // span % span - span // 2, k)
    np.testing.assert_array_equal(codes.codes[0] % span - span // 2, k - 1)


def test_sorted_and_tabulated_counts_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = GAS, streamed(GAS, 0.3)
    one = by_cells(pool="replicas", relative_entropy=True)
    tabulated = measured(one, *frames)
    monkeypatch.setattr(phase_space, "_TABLE", -(10**9))
    for table, sort in zip(tabulated, measured(one, *frames), strict=True):
        for name, values in table.items():
            np.testing.assert_array_equal(values, sort[name])


@pytest.mark.parametrize("one", [by_cells(relative_entropy=True), by_fields(), by_cells(measure="multiplicity")])
def test_a_replica_does_not_depend_on_the_others(one: BoltzmannEntropy) -> None:
    alone = {name: values[:1] for name, values in GAS.items()}
    fast = {**GAS, "velocity": GAS["velocity"] * np.array([1.0, 3.0, 9.0])[:, None, None]}
    for name, values in measured(one, alone)[0].items():
        np.testing.assert_array_equal(values, measured(one, fast)[0][name][:1])


def test_it_counts_what_is_stored() -> None:
    """Positions below the divider that float32 rounds up to it, and beyond the box."""
    length = 0.3
    gas = {"position": np.full((1, 50, 2), np.nextafter(length, 0)), "velocity": np.zeros((1, 50, 2))}
    values = measured(by_cells(), gas, dtype="float32", **declared(length))[0]
    assert values["s_occupied_cells"] == 1


def test_a_particle_outside_is_nan_in_its_replica() -> None:
    told: dict[str, str] = {}
    gas = {**GAS, "position": GAS["position"].copy()}
    gas["position"][1, 3, 0] = 1.5
    found = measured(by_cells(), gas, told=told)[0]
    assert np.isnan(found["s_total"]).tolist() == [False, True, False]
    assert "expected in [0, 1]" in told["diagnostics.s.nan"]
    gas = {**GAS, "velocity": GAS["velocity"].copy()}
    gas["velocity"][2, 3, 0] = np.nan
    assert np.isnan(measured(by_cells(), gas)[0]["s_total"]).tolist() == [False, False, True]


def test_a_divider_inside_a_cell_is_told() -> None:
    gas = ideal_gas(3, 1, 2000)

    def said(one: BoltzmannEntropy, gas: Frame, **changes: Any) -> str:
        told: dict[str, str] = {}
        measured(one, gas, streamed(gas, 0.3), told=told, **changes)
        return told.get("diagnostics.s", "")

    assert "the gas fills x <= 0.4999 at first, which is inside a cell of width 0.2" in said(by_cells(x_cells=5), gas)
    assert said(by_cells(x_cells=4), gas) == ""
    assert said(by_cells(x_cells=5), ideal_gas(3, 1, 2000, 1.0)) == ""
    corner = {**gas, "position": gas["position"] * [1, 0.5]}
    assert "fills y <=" in said(by_cells(y_cells=1), corner)
    walled = {**gas, "position": 0.05 + gas["position"] * [0.8, 0.9]}
    assert said(by_cells(x_cells=2), walled, **declared(diameter=0.1)) == ""


def test_too_fine_cells_are_told_beforehand() -> None:
    """K/N at the end: 0.29 at N = 1e5, dv = 0.1, 16 cells (exact expectation of occupied cells)."""
    fields = {name: (DIMS, np.zeros((2, 100_000, 2))) for name in ("position", "velocity")}
    known = declared()
    (problem,) = complaints(by_cells(x_cells=16, velocity_cell=0.1), fields, **known)
    assert problem.is_warning
    assert problem.message.startswith("undersampled: about 289")
    assert "the entropy is then 0.26 nats per particle below" in problem.message
    for one in (
        by_cells(x_cells=16, velocity_cell=0.8),
        by_cells(x_cells=16, velocity_cell=0.4, estimator="miller_madow"),
        by_fields(),
    ):
        assert complaints(one, fields, **known) == []
    assert complaints(by_cells(x_cells=16, velocity_cell=0.8, measure="multiplicity"), fields, **known)
    assert complaints(by_fields(y_cells=100), fields, **known)


def test_the_lack_of_entropy_that_is_told_is_that_of_drawn_particles() -> None:
    n, dv, rng = 500, 0.5, np.random.default_rng(1)
    plug_in = np.empty(100)
    for trial in range(len(plug_in)):
        cells = np.column_stack([rng.integers(0, 16, n), np.floor(rng.normal(size=(n, 2)) / dv)])
        share = np.unique(cells, axis=0, return_counts=True)[1] / n
        plug_in[trial] = -np.sum(share * np.log(share))
    edges = np.arange(-10, 10 + dv, dv)
    one = np.diff([0.5 * erf(edge / sqrt(2)) for edge in edges])
    exact = log(16) - 2 * np.sum(one * np.log(one, where=one > 0, out=np.zeros_like(one)))
    _, lack = by_cells(x_cells=16, velocity_cell=dv)._at_the_end(n, dv)
    # Counts of a fixed number of particles: 1/2n less than with Poisson counts.
    assert lack == pytest.approx(exact - plug_in.mean() + 0.5 / n, abs=4 * plug_in.std() / 10)
    assert lack > 0.5


def test_refusals() -> None:
    fields = {name: (DIMS, np.zeros((1, 100_000, 2))) for name in ("position", "velocity")}
    (problem,) = complaints(by_cells(pool="replicas", velocity_cell=2.0), fields, **declared())
    assert problem.message == "found 1 replica, expected >= 2"
    flat = {name: (DIMS, np.zeros((1, 100, 3))) for name in ("position", "velocity")}
    (problem,) = complaints(by_cells(), flat, **declared())
    assert problem.message == "found 3 axes of space, expected 2"
    cases: list[tuple[dict[str, Any], str]] = [
        ({"velocity_cell": None}, "found none, expected the width of velocity cells"),
        ({"excess": "henderson"}, "belongs to macrostate: hydrodynamic"),
        ({"macrostate": "hydrodynamic"}, "neither velocity_cell"),
        ({"macrostate": "hydrodynamic", "velocity_cell": None, "estimator": "miller_madow"}, "neither velocity_cell"),
        ({"macrostate": "hydrodynamic", "velocity_cell": None, "relative_entropy": True}, "is that of macrostate"),
        ({"measure": "multiplicity", "estimator": "grassberger"}, "grassberger belongs to shannon"),
    ]
    for options, message in cases:
        with pytest.raises(ValidationError, match=message):
            by_cells(**options)


def test_cells_too_many_to_number() -> None:
    told: dict[str, str] = {}
    found = measured(by_cells(velocity_cell=1e-9), GAS, told=told)[0]
    assert np.isnan(found["s_total"]).all()
    assert "expected < 2^53" in told["diagnostics.s.nan"]


def test_moments_twin() -> None:
    m = macrostates.moments(GAS["position"], GAS["velocity"], (2, 3), 1.0)
    assert m.shape == (3, 6, 4)
    inside = (GAS["position"][2, :, 0] < 0.5) & (GAS["position"][2, :, 1] * 3 // 1 == 1)
    v = GAS["velocity"][2][inside]
    np.testing.assert_allclose(m[2, 1], [len(v), *v.sum(0), (v**2).sum()], rtol=1e-12)
