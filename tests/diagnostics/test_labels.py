"""Every public function acts on dimensions by name, and does not care how its numbers lie in memory."""

from __future__ import annotations

import dataclasses
import inspect
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from physent import diagnostics as D
from physent.diagnostics import dimensions
from physent.diagnostics.checks import times
from physent.diagnostics.table import CLASSES, ROWS
from physent.errors import RunError, UsageError
from tests.diagnostics import faces

DIMS: dict[Any, tuple[str, ...]] = {
    dimensions.clock: ("time",),
    dimensions.chain: ("time",),
    dimensions.samples: ("particle",),
    dimensions.points: ("particle", "axis"),
    dimensions.path: ("time", "axis"),
    dimensions.bodies: ("particle", "axis"),
    dimensions.field: ("y", "x"),
    dimensions.plane: ("y", "x"),
    dimensions.elements: ("size",),
    dimensions.only: ("beta",),
}
LABELLED = sorted(name for name, row in ROWS.items() if row.core is not None)
WITH_ARRAYS = sorted({name for name, row in ROWS.items() if row.core is not None} | {"count", "entropy", "weigh"})


def test_every_public_callable_is_in_the_tables() -> None:
    """A new function, class or method is behind the gate, and in the tests from here on, once it has its rows."""
    functions = {name for name in D.__all__ if inspect.isfunction(getattr(D, name))} - set(D._KINDS)
    classes = {name for name in D.__all__ if inspect.isclass(getattr(D, name))} - faces.RECORDS - faces.PROTOCOLS
    assert functions == set(ROWS) == set(faces.FUNCTIONS)
    assert classes == set(CLASSES) == set(faces.CLASSES) | {"Product"}
    assert all(hasattr(getattr(D, name), "__wrapped__") for name in functions)
    methods = {f"{name}.{method}" for name, rows in CLASSES.items() for method in rows if method != "__init__"}
    tried = set(faces.METHODS) | {"LnW.gradient", "LnW.maximum"}  # which are refused
    assert methods <= tried


def drawn(name: str, seed: int, n: int) -> dict[str, Any]:
    """The valid call with other data, series n long."""
    rng, arguments = np.random.default_rng(seed), dict(faces.FUNCTIONS[name])
    for key in ROWS[name].data:
        value = np.asarray(arguments[key])
        if key in ("beta", "mean_energy", "se", "N"):
            continue
        shape = (n,) if value.ndim == 1 else value.shape
        if key == "t":
            arguments[key] = faces.clock(n)
        elif ROWS[name].data.get("t") is not None:
            arguments[key] = np.sin(faces.clock(n) + rng.random())
        elif value.dtype.kind == "i":
            arguments[key] = rng.integers(0, 2, shape)
        else:
            arguments[key] = rng.random(shape) if value.ndim == 2 else rng.normal(size=shape)
    return arguments


def called(name: str, arguments: dict[str, Any]) -> list[Any]:
    """Numbers of the result."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", D.PhysentWarning)
        return flat(getattr(D, name)(**arguments))


def flat(result: Any) -> list[Any]:
    if isinstance(result, str):
        return [result]
    if dataclasses.is_dataclass(result):
        result = tuple(getattr(result, one.name) for one in dataclasses.fields(result))
        return [part for one in result if not isinstance(one, str | tuple) and one is not None for part in flat(one)]
    if isinstance(result, xr.Dataset):
        return [result[key] for key in result.data_vars]
    return [part for one in result for part in flat(one)] if isinstance(result, tuple) else [result]


def same(name: str, found: Any, expected: Any) -> None:
    """Bits, but for the order in which floats are summed over axes that lie otherwise in memory."""
    if np.asarray(found).dtype.kind == "f":
        leads = ROWS[name].leads
        np.testing.assert_allclose(found, expected, rtol=1e-11 if leads else 1e-13, atol=1e-13)
    else:
        np.testing.assert_array_equal(found, expected)


def strided(x: Any) -> Any:
    return np.repeat(x, 2, axis=0)[::2]


def read_only(x: Any) -> Any:
    copy = x.copy()
    copy.flags.writeable = False
    return copy


FORMS: dict[str, Any] = {
    "strided": strided,
    "backwards": lambda x: x[::-1].copy()[::-1],
    "column-major": np.asfortranarray,
    "read-only": read_only,
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "list": lambda x: x.tolist(),
    "dask": lambda x: xr.DataArray(x).chunk().data,
    "unmasked": np.ma.MaskedArray,
    "narrow": lambda x: x.astype(np.uint8) if x.dtype.kind == "i" else x.astype(np.float32),
    "long": lambda x: x.astype(np.int64) if x.dtype.kind == "i" else x.astype(np.longdouble),
    "variable": lambda x: x,
}


@pytest.mark.parametrize("name", WITH_ARRAYS)
@settings(max_examples=8, deadline=None, derandomize=True, database=None)
@given(form=st.sampled_from(sorted(FORMS)), seed=st.integers(0, 99), n=st.integers(200, 260), power=st.integers(-9, 9))
def test_memory_does_not_matter(name: str, form: str, seed: int, n: int, power: int) -> None:
    plain = drawn(name, seed, n)
    data = list(ROWS[name].data) or [next(key for key in ("x", "counts", "density") if key in plain)]
    for key in data:
        value = np.asarray(plain[key])
        scaled = value.dtype.kind == "f" and "particle" not in DIMS.get(ROWS[name].core, ()) and key in ("x", "series")
        plain[key] = value * 2.0**power if scaled and "t" not in data else value
        if form == "narrow" and value.dtype.kind == "f":
            plain[key] = plain[key].astype(np.float32).astype(np.float64)
    if form == "narrow" and name in ("entropy", "weigh", "natural_time", "advise", "thermodynamic_integration"):
        return  # counts beyond a byte, and times and probabilities that float32 rounds
    other = plain | {key: FORMS[form](plain[key]) for key in data}
    for a, b in zip(called(name, plain), called(name, other), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", sorted(faces.calls()))
def test_no_mask_is_dropped(name: str) -> None:
    """Every argument that holds numbers is refused if one of them is masked."""
    function, arguments = faces.calls()[name]
    for key, value in arguments.items():
        numbers = np.asarray(value) if isinstance(value, np.ndarray | tuple | float | int) else np.array("")
        if numbers.dtype.kind not in "iuf":
            continue
        mask = np.zeros(numbers.shape, bool)
        mask.flat[0] = True
        changed = arguments | {key: np.ma.MaskedArray(numbers, mask)}
        with pytest.raises((UsageError, RunError)):
            function(*changed.values()) if hasattr(function, "__self__") else function(**changed)


@pytest.mark.parametrize("name", sorted(faces.calls()))
@pytest.mark.parametrize("wrong", [0.5, True, "3", 1j])
def test_whole_numbers_are_whole(name: str, wrong: Any) -> None:
    """Half a step beside, a truth value, text and complex numbers are not rounded, cut off or taken for one."""
    function, arguments = faces.calls()[name]
    for key, value in arguments.items():
        if type(value) is int and not (key == "n_outside" and wrong is True):
            changed = arguments | {key: value + wrong if type(wrong) in (float, complex) else wrong}
            with pytest.raises(UsageError, match=r"expected a (whole )?number|must be integers|must be real"):
                function(*changed.values()) if hasattr(function, "__self__") else function(**changed)


@pytest.mark.parametrize("name", LABELLED)
@settings(max_examples=8, deadline=None, derandomize=True, database=None)
@given(data=st.data(), seed=st.integers(0, 99), n=st.integers(200, 260))
def test_dimensions_act_by_name(name: str, data: st.DataObject, seed: int, n: int) -> None:
    """Other dimensions are kept, in any order, at any coordinates; each entry is that of its own plain array."""
    row = ROWS[name]
    extra = {"mode": 2, "k": 3} if row.keeps is None else {}
    kept = {key: extra[key] for key in data.draw(st.sets(st.sampled_from(sorted(extra))) if extra else st.just(set()))}
    batch = [drawn(name, seed + i, n) for i in range(int(np.prod([*kept.values(), 1])))]
    clock = data.draw(st.sampled_from(["time", "draw", "step", "date", "anything"]))
    named = {key: batch[0][key] for key in batch[0] if key != "axis"}
    for key in row.data:
        core = DIMS[row.core][: np.ndim(batch[0][key])]
        stack = np.array([one[key] for one in batch]).reshape(*kept.values(), *np.shape(batch[0][key]))
        array = xr.DataArray(stack, dims=[*kept, *core], coords={"k": [7, 8, 9]} if "k" in kept else None)
        if core == ("time",):
            size = array.sizes["time"]
            dates = pd.date_range("2026-01-01", periods=size) if clock == "date" else 0.1 * np.arange(size)
            array = array.assign_coords(time=dates).rename(time=clock)
        array = array.transpose(*data.draw(st.permutations(array.dims)))
        named[key] = array.chunk() if data.draw(st.booleans()) else array
    if clock == "anything" and DIMS[row.core] == ("time",):
        named[row.dim or "dim"] = "anything"
    found = called(name, named)
    expected = [called(name, one) for one in batch]
    for i, one in enumerate(found):
        plain = np.array([np.asarray(part[i]) for part in expected])
        if isinstance(one, xr.DataArray):
            tail = [dim for dim in one.dims if dim not in kept]
            assert set(kept) <= set(one.dims)
            assert "k" not in kept or one["k"].values.tolist() == [7, 8, 9]
            one = one.transpose(*kept, *tail).values
            plain = plain.reshape(one.shape)
        same(name, one, plain if isinstance(found[i], xr.DataArray) else plain[0])


@pytest.mark.parametrize("name", [name for name in LABELLED if ROWS[name].core in (dimensions.clock, dimensions.chain)])
def test_pandas_rows_are_samples(name: str) -> None:
    index = pd.date_range("2026-01-01", periods=240, freq="D")
    one, two = drawn(name, 1, 240), drawn(name, 2, 240)
    data = ROWS[name].data
    series = {key: pd.Series(one[key], index) for key in data if key != "t"}
    plain = {key: value for key, value in one.items() if key != "axis"}
    for a, b in zip(called(name, plain | series), called(name, one), strict=True):
        same(name, a, b)
    if ROWS[name].keeps is None:
        frames = {key: pd.DataFrame({"a": one[key], "b": two[key]}, index) for key in data}
        for i, found in enumerate(called(name, plain | frames)):
            for column, alone in zip("ab", (one, two), strict=True):
                same(name, found.sel(column=column), called(name, alone)[i])


def test_columns_of_a_frame_are_axes_of_points() -> None:
    points = np.random.default_rng(0).random((100, 2))
    assert float(D.knn_entropy(pd.DataFrame(points, columns=["x", "y"]))) == D.knn_entropy(points)


def test_times_of_dates_are_seconds() -> None:
    dates = pd.date_range("2026-01-01", periods=3, freq="min")
    for given_as in (dates, dates.to_numpy(), list(dates), xr.DataArray(dates, dims="time"), dates - dates[0]):
        np.testing.assert_array_equal(times(given_as, "t"), [0, 60, 120])
