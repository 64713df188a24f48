"""Kinds of diagnostics as functions: the bits of a run, names or none, what is made of what, and refusals."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import xarray as xr

import physent
from physent import diagnostics
from physent.config.bundled import bundled_configs
from physent.config.context import context_of
from physent.diagnostics.run.declare import Diagnostic
from physent.diagnostics.run.kinds import KINDS
from physent.diagnostics.run.measure import OF, X, data_of
from physent.diagnostics.run.plan import Plan
from physent.engines import get
from physent.errors import PhysentWarning, RunError, UsageError
from tests.contract.bases import written
from tests.diagnostics.run.calls import CALLS, GAS

D: Any = diagnostics
NAMES = tuple(diagnostics._KINDS)
SMALL: dict[str, dict[str, Any]] = {
    "couzin/million": {"parameters.n": 3000},
    "hard_discs/ideal_gas": {"parameters.n": 5000},
    "hard_discs/million_discs": {"parameters.n": 3000},
    "langevin/mips_long": {"parameters.n": 200, "parameters.box_length": 16.2},
}

# Kinds that no bundled config names, on a config that serves them.
MORE: Mapping[str, list[dict[str, Any]]] = {
    "hard_discs/free_expansion": [
        {"kind": "composition", "x_cells": 6, "y_cells": 3, "divider": 0.4},
        {"kind": "histogram_entropy", "of": "velocity", "low": [-9, -9], "high": [9, 9], "cells": [12, 12]},
        {"kind": "boltzmann_entropy", "name": "fields", "x_cells": 4, "macrostate": "hydrodynamic"},
    ],
    "hard_discs/equation_of_state": [
        {"kind": "self_diffusion"},
        {"kind": "structure_factor", "wavenumbers": [7.0, 13.0]},
    ],
    "couzin/torus": [
        {"kind": "order_parameters", "name": "near", "radius": 4.0},
        {"kind": "outcome_entropy", "of": "heading", "space": {"sphere": {"polar": 2, "azimuthal": 4}}},
    ],
    "oscillators/kuramoto_lorentz": [{"kind": "synchronisation", "of": "angle", "angles": True}],
    "nlse/two_solitons": [{"kind": "ordinal_pattern", "of": "max_intensity", "order": 2}],
}


def entries_of(name: str) -> list[dict[str, Any]]:
    """Diagnostics of a bundled config, and further ones."""
    return [*written(name).get("diagnostics", []), *MORE.get(name, [])]


BUNDLED = [
    (name, index)
    for name in bundled_configs()
    for index, entry in enumerate(entries_of(name))
    if entry["kind"] in NAMES
]


def short(name: str, entries: list[dict[str, Any]]) -> Any:
    """The config of a run of few samples, its fields stored at each."""
    plain = physent.load_config(name).plain()
    schedule = plain["schedule"]
    samples = 9 if entries and entries[0]["kind"] in ("mean", "ordinal_pattern", "synchronisation") else 3
    late = int((entries[0].get("after") or 0.0) / schedule.get("every", 1.0)) if entries else 0
    few = {"draws": 9, "burn_in": 20, "thin": 1}
    if "draws" not in schedule:
        few = {"until": (late + samples) * schedule["every"]}
    changes = {"sweep": {}, "protocol": [], "output.fields": "all", "output.every": 1, "diagnostics": entries}
    changes |= {f"schedule.{key}": value for key, value in few.items()} | SMALL.get(name, {})
    return physent.load_config(name, {**changes, "replicas": min(2, plain["replicas"])})


def options(one: Diagnostic) -> dict[str, Any]:
    return {key: getattr(one, key, None) for key in type(one).model_fields if key not in ("kind", OF)}


def arguments(one: Diagnostic, run: xr.Dataset, box: Any, scales: Any) -> dict[str, Any]:
    """The call of a kind's function that measures a run: its stored fields, its box and its scales."""
    kind = type(one)
    found: dict[str, Any] = options(one) | {key: scales[key] for key in kind.scaled}
    if data_of(kind) == (OF,):
        names = getattr(one, OF)
        return found | {OF: {name: run[name] for name in ([names] if isinstance(names, str) else names)}}
    found |= {"box": box}
    if data_of(kind) == (X,):
        name = getattr(one, OF) or ("position" if "position" in run else "radius")
        return found | {X: run[name], OF: name}
    return found | {name: run[name] for name in data_of(kind) if name in run}


@pytest.mark.parametrize(("name", "index"), BUNDLED)
@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
def test_the_bits_of_a_run(name: str, index: int) -> None:
    config = short(name, [entries_of(name)[index]])
    run = physent.run(config)
    one, engine = config.diagnostics[0], get(config.engine)
    context = context_of(config, engine)
    call = arguments(one, run, engine.box(config) or getattr(config.parameters, "length", None), context.scales)
    found = getattr(D, one.kind)(**call)
    assert len(found.data_vars) > 0
    for key, array in found.data_vars.items():
        if key.endswith("_exact"):  # needs the law of the gas
            continue
        assert array.dims == run[key].dims
        np.testing.assert_array_equal(array.values, run[key].values)
        for attr in ("long_name", "units"):
            assert array.attrs[attr] == run[key].attrs[attr]
    for dim in found.dims:
        if dim in found.coords:
            np.testing.assert_array_equal(found[dim], run[dim])
    plan = Plan(config, context=context)
    made = {variable.name for variable in (*plan.variables, *plan.results)}
    assert_foreign(one, made, run, engine.box(config), {key: context.scales[key] for key in type(one).scaled})


def assert_foreign(one: Diagnostic, made: set[str], run: xr.Dataset, box: Any, scales: Mapping[str, Any]) -> None:
    """What it ``made`` of the stored fields, from a Dataset with other names and order of dimensions: the same bits."""
    of = getattr(one, OF, None)
    names = ((of,) if isinstance(of, str) else of) if of else data_of(type(one))
    names = [name for name in (names if of or names != (X,) else ("position",)) if name in run]
    if "psi" in (names or data_of(type(one))) or ("psi_real" in run and not names):
        names += ["psi_real", "psi_imag"]
    clock = str(run[names[0]].dims[0])
    theirs = {clock: "moment", "replica": "copy", "particle": "who"}
    entries = {
        name: {"variables": f"their_{name}", "dims": {k: v for k, v in theirs.items() if k in run[name].dims}}
        for name in names
    }
    data = run[names].drop_attrs(deep=False).rename({name: f"their_{name}" for name in names})
    data = data.rename({k: v for k, v in theirs.items() if k in data.dims})
    data = data.map(lambda array: array.transpose(*reversed(array.dims)))
    plan: dict[str, Any] = {"data": entries, "diagnostics": [one.model_dump()]}
    if isinstance(box, D.Box) and any(box.lengths):
        plan["box"] = {"lengths": list(box.lengths), "periodic": list(box.periodic), "diameter": box.diameter}
    plan["scales"] = {key: float(np.max(value)) for key, value in scales.items()}
    found = physent.analyze(data, plan).data_vars
    assert found
    assert set(found) >= made
    for key, array in found.items():
        if not str(key).endswith("_exact"):  # needs the law of the gas
            np.testing.assert_array_equal(array, run[key], err_msg=str(key))


def test_every_kind_is_a_function() -> None:
    own = {
        "apparent_complexity",
        "block_entropy",
        "knn_entropy",
        "linear_statistic",
        "sample_entropy",
        "thermodynamic_uncertainty",
        "zero_one_test",
    }  # functions of their own
    assert set(NAMES) | own == set(KINDS)
    assert set(KINDS) <= set(D.__all__)
    assert {entries_of(name)[index]["kind"] for name, index in BUNDLED} == set(NAMES)
    for name in NAMES:
        function = getattr(D, name)
        assert function is getattr(D, name)
        assert function.__name__ == name
        assert set(options(KINDS[name].model_construct(name="x"))) <= set(inspect.signature(function).parameters)
        for key in inspect.signature(function).parameters:
            assert f"`{key}`" in function.__doc__


def called(name: str, data: Mapping[str, Any], **changes: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysentWarning)
        return getattr(D, name)(**data, **(CALLS[name][1] | changes))


def plain(name: str) -> dict[str, Any]:
    return {key: array for key, (_, array) in CALLS[name][0].items()}


def same(found: Any, expected: Any) -> None:
    values = found.data_vars if isinstance(found, xr.Dataset) else found
    assert {key for key in expected if key in values} >= set(values)
    for key in values:
        np.testing.assert_array_equal(np.asarray(found[key]), expected[key], err_msg=key)


def read_only(x: Any) -> Any:
    x = x.copy()
    x.flags.writeable = False
    return x


FORMS: dict[str, Any] = {
    "read-only": read_only,
    "backwards": lambda x: x[::-1].copy()[::-1],
    "column-major": np.asfortranarray,
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "list": lambda x: x.tolist(),
    "dask": lambda x: xr.DataArray(x).chunk().data,
    "narrow": lambda x: x.astype(np.float32) if x.dtype.kind == "f" else x,
}


def test_every_kind_has_a_call() -> None:
    assert set(CALLS) == set(NAMES)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_memory_and_names_do_not_matter(name: str) -> None:
    expected = called(name, plain(name))
    assert any(np.isfinite(value).any() for value in expected.values())
    for form, change in FORMS.items():
        if name == "radial_density" and form == "narrow":  # distances that float32 rounds
            continue
        same(called(name, {key: change(array) for key, array in plain(name).items()}), expected)
    labelled = {key: xr.DataArray(array, dims=dims, name="x") for key, (dims, array) in CALLS[name][0].items()}
    found = called(name, labelled)
    same(found, expected)
    turned = {key: array.transpose(*reversed(array.dims)).chunk() for key, array in labelled.items()}
    same(called(name, turned), expected)
    renamed = {key: array.rename(time="frame") for key, array in labelled.items()}
    other = called(name, renamed, dim="frame")
    same(other, expected)
    for key in found.data_vars:
        assert other[key].dims == tuple("frame" if dim == "time" else dim for dim in found[key].dims)


@pytest.mark.parametrize(
    "name", sorted(set(CALLS) - {"histogram_entropy", "outcome_entropy"})
)  # of any plain array: replicas come second
def test_a_replica_by_itself(name: str) -> None:
    """What has the dimension replica is that of each; without the dimension, the result lacks it too."""
    one = {key: array[:, :1] for key, array in plain(name).items()}
    whole, bare = called(name, one), called(name, {key: array[:, 0] for key, array in one.items()})
    for key, dims in whole.dims.items():
        at = tuple(0 if dim == "replica" else slice(None) for dim in dims)
        np.testing.assert_array_equal(bare[key], whole[key][at])
        assert bare.dims[key] == tuple(dim for dim in dims if dim != "replica")


def walk(steps: int = 30, loop: float | None = None) -> tuple[Any, Any]:
    rng = np.random.default_rng(3)
    free = 3 + np.cumsum(rng.normal(size=(steps, 12, 3)) * 0.4, axis=0)
    return free, free if loop is None else np.mod(free, loop)


def test_headings_follow_from_positions() -> None:
    free, folded = walk(loop=6.0)
    chords = np.concatenate([free[1:2] - free[:1], free[2:] - free[:-2], free[-1:] - free[-2:-1]])
    heading = chords / np.linalg.norm(chords, axis=-1, keepdims=True)
    found = D.order_parameters(folded, box=6.0, radius=1.0)
    twin = D.order_parameters(folded, heading, box=6.0, radius=1.0)
    for key in twin:
        np.testing.assert_allclose(found[key], twin[key], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        found.order_parameters_polarization, np.linalg.norm(heading.mean(1), axis=-1), rtol=1e-10
    )
    still = folded.copy()
    still[:, 4] = 1.0
    with pytest.raises(RunError, match="particle 4 does not move about sample 0"):
        D.school_entropies(still, box=6.0)
    with pytest.raises(UsageError, match="found one sample without headings"):
        D.school_entropies(folded[0], box=6.0)


def test_displacements_follow_from_folded_positions() -> None:
    free, folded = walk(loop=6.0)
    found = D.self_diffusion(folded, np.ones_like(free), box=6.0)
    np.testing.assert_allclose(found.self_diffusion_msd, ((free - free[0]) ** 2).sum(-1).mean(-1), rtol=1e-10)
    image = np.floor(free / 6.0)
    same(D.self_diffusion(folded, np.ones_like(free), image, box=6.0), found)


def test_places_are_put_into_the_box() -> None:
    free, folded = walk(loop=6.0)
    expected = D.pair_correlation(folded, max_separation=2.0, box=6.0, cells=6)
    same(D.pair_correlation(free, max_separation=2.0, box=(6.0, 6.0, 6.0), cells=6), expected)
    same(D.pair_correlation(free, max_separation=2.0, box=D.Box.cube(6.0, 3), cells=6), expected)


def test_a_wave_of_ones_own() -> None:
    """A sech: S_x and S_k are 2.1621 together, whatever the units of x; a plane wave fills the line."""
    x = np.linspace(-20, 20, 512, endpoint=False)
    psi = xr.DataArray(1 / np.cosh(x) + 0j, dims="x", coords={"x": x})
    found = D.wave_entropies(psi)
    total = found.wave_entropies_shannon_x + found.wave_entropies_shannon_k
    assert float(total) == pytest.approx(4 - np.log(2 * np.pi), abs=1e-6)
    flat = D.wave_entropies(np.exp(2j * np.pi * x / 40), box=40.0, space="position")
    assert flat.wave_entropies_shannon_x == pytest.approx(np.log(40.0), rel=1e-12)
    with pytest.raises(UsageError, match="give box="):
        D.wave_entropies(psi.values)


def test_order_parameters_are_those_of_the_engine() -> None:
    config = short("couzin/torus", [])
    run, reach = physent.run(config), get("couzin").scales(config)["reach"]
    assert np.ptp(reach) == 0
    found = D.order_parameters(run, radius=float(np.max(reach)))
    for key in ("polarization", "rotation", "spread", "cluster_count", "nearest_neighbor_distance"):
        np.testing.assert_array_equal(found[f"order_parameters_{key}"], run[key])


TRACKS = xr.DataArray(walk()[0], dims=("time", "individual", "axis"))
WRONG: dict[str, Any] = {
    "no such option value": lambda: D.school_entropies(TRACKS, definition="other"),
    "a bound": lambda: D.pair_correlation(TRACKS, max_separation=-1.0),
    "contradiction": lambda: D.boltzmann_entropy(TRACKS, TRACKS, x_cells=3),
    "missing data": lambda: D.self_diffusion(TRACKS, box=9.0),
    "edges": lambda: D.school_entropies(TRACKS, box=(9.0, 9.0)),
    "uneven": lambda: D.school_entropies(TRACKS, box=(90.0, 90.0, 80.0)),
    "walls": lambda: D.school_entropies(abs(TRACKS), box=D.Box((9e9,) * 3, (False,) * 3)),
    "no box": lambda: D.composition(TRACKS[..., :2], x_cells=2, y_cells=2),
    "names": lambda: D.school_entropies(TRACKS.rename(time="when")),
    "unknown name": lambda: D.school_entropies(TRACKS, dim="when"),
    "names of plain arrays": lambda: D.school_entropies(TRACKS.values, dim="time"),
    "both kinds": lambda: D.school_entropies(TRACKS, TRACKS.values),
    "one axis": lambda: D.school_entropies(np.arange(4.0)),
    "complex": lambda: D.school_entropies(TRACKS + 1j),
    "mask": lambda: D.school_entropies(np.ma.masked_less(TRACKS.values, 2.0)),
    "NaN": lambda: D.school_entropies(TRACKS.where(TRACKS > 2)),
    "no units": lambda: D.order_parameters(TRACKS, 2 * TRACKS, radius=1.0),
    "too few": lambda: D.school_entropies(TRACKS[:, :5]),
    "empty": lambda: D.mean([]),
    "shapes": lambda: D.boltzmann_entropy(GAS, GAS[:, :, :5], x_cells=2, velocity_cell=1.0, box=1.0),
    "no data": lambda: D.wave_statistics(),
    "a Dataset without": lambda: D.school_entropies(xr.Dataset({"a": ("time", [1.0])})),
    "scale": lambda: D.school_entropies(TRACKS, reach=-1.0),
    "start of a box": lambda: D.school_entropies(TRACKS, box=D.Box((9.0,) * 3, (True,) * 3, lower=(1.0, 2.0))),
}


@pytest.mark.parametrize("name", WRONG)
def test_refusals_are_one_line(name: str) -> None:
    with pytest.raises((UsageError, RunError)) as caught:
        WRONG[name]()
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    assert text.split(":")[0] in NAMES


WORDS: dict[str, Any] = {
    "max_separation: found -1.0, expected > 0": lambda: D.pair_correlation(TRACKS, max_separation=-1.0),
    "order: found 2.5, expected an integer": lambda: D.ordinal_pattern(TRACKS, order=2.5),
    "high: found text 'b', expected a number": lambda: D.histogram_entropy(TRACKS, low=0, high="b", cells=3),
    "wavenumbers.1: found text 'b', expected a number": lambda: D.structure_factor(TRACKS, wavenumbers=[1, "b"]),
    "name: found text '1a', expected a name: a letter": lambda: D.school_entropies(TRACKS, name="1a"),
    "self_diffusion needs a box: give box=": lambda: D.self_diffusion(TRACKS, TRACKS),
}


@pytest.mark.parametrize("text", WORDS)
def test_refusals_say_what_was_expected(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        WORDS[text]()
    assert text in str(caught.value)
    assert "nput should" not in str(caught.value)


def test_unknown_options_are_errors_of_python() -> None:
    with pytest.raises(TypeError):
        D.school_entropies(TRACKS, lengths=3)
    with pytest.raises(TypeError):
        D.pair_correlation(TRACKS)


WITH_PARTICLES = [
    name
    for name, (data, _) in CALLS.items()
    if name != "histogram_entropy" and any("particle" in d for d, _ in data.values())
]


@pytest.mark.parametrize("name", WITH_PARTICLES)
def test_particles_with_gaps_are_left_out(name: str) -> None:
    """A sample is measured without the particles that lack a value, to the bits of a call without them."""
    data, lacking = plain(name), [3, 7]
    holed = {key: array.copy() for key, array in data.items()}
    for key, (dims, _) in CALLS[name][0].items():
        at: list[Any] = [slice(None)] * len(dims)
        at[dims.index("particle")] = lacking
        if key != list(data)[-1] or len(data) == 1:
            holed[key][tuple(at)] = np.nan
    kept = {
        key: np.delete(array, lacking, axis=CALLS[name][0][key][0].index("particle")) for key, array in data.items()
    }
    with pytest.raises((RunError, UsageError), match="NaN"):
        called(name, holed)
    if KINDS[name].model_construct(name=name).origin():  # what relates samples to the first one needs all
        with pytest.raises(RunError, match="missing values"):
            called(name, holed, missing="omit particles")
        return
    found, expected = called(name, holed, missing="omit particles"), called(name, kept)
    sampled = [key for key in expected if "time" in expected.dims[key]]
    assert sampled
    for key in sampled:
        np.testing.assert_array_equal(found[key], expected[key], err_msg=key)


@pytest.mark.parametrize("missing", ["drop", [], ["refuse", "omit windows"], 3, None])
def test_words_for_missing_values(missing: Any) -> None:
    with pytest.raises(UsageError, match=r"school_entropies: missing = .*, expected refuse, omit particles"):
        D.school_entropies(TRACKS, missing=missing)


def test_one_warning_points_at_the_caller() -> None:
    with pytest.warns(PhysentWarning, match="particles are beyond max_radius") as caught:
        D.radial_density(TRACKS, max_radius=0.5)
    assert [warning.filename for warning in caught] == [__file__]
