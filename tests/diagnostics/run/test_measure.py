"""Kinds of diagnostics as functions: the bits of a run, names or none, what is made of what, and refusals."""

from __future__ import annotations

import inspect
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
from physent.engines import get

D: Any = diagnostics
NAMES = tuple(diagnostics._KINDS)
SMALL = {"couzin/million": {"parameters.n": 3000}, "hard_discs/million_discs": {"parameters.n": 3000}}

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
    "couzin/torus": [{"kind": "order_parameters", "name": "near", "radius": 4.0}],
    "nlse/two_solitons": [{"kind": "ordinal_pattern", "of": "max_intensity", "order": 2}],
}


def entries_of(name: str) -> list[dict[str, Any]]:
    """Diagnostics of a bundled config, and further ones."""
    return [*physent.load_config(name).plain()["diagnostics"], *MORE.get(name, [])]


CALLS = [
    (name, index)
    for name in bundled_configs()
    for index, entry in enumerate(entries_of(name))
    if entry["kind"] in NAMES
]


def short(name: str, entries: list[dict[str, Any]]) -> Any:
    """The config of a run of few samples, its fields stored at each."""
    plain = physent.load_config(name).plain()
    schedule = plain["schedule"]
    samples = 9 if entries[0]["kind"] == "mean" else 3
    few = {"draws": 9, "burn_in": 20, "thin": 1} if "draws" in schedule else {"until": samples * schedule["every"]}
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


@pytest.mark.parametrize(("name", "index"), CALLS)
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


def test_every_kind_is_a_function() -> None:
    own = {"apparent_complexity", "knn_entropy", "linear_statistic"}  # functions of their own
    assert set(NAMES) | own == set(KINDS)
    assert set(KINDS) <= set(D.__all__)
    assert {entries_of(name)[index]["kind"] for name, index in CALLS} == set(NAMES)
    for name in NAMES:
        function = getattr(D, name)
        assert function is getattr(D, name)
        assert function.__name__ == name
        assert set(options(KINDS[name].model_construct(name="x"))) <= set(inspect.signature(function).parameters)
        for key in inspect.signature(function).parameters:
            assert f"`{key}`" in function.__doc__
