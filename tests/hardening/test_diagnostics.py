"""The public face of `physent.diagnostics`: any argument of any function may be anything, and is told in one line."""

from __future__ import annotations

import datetime
import decimal
import fractions
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from physent import diagnostics
from physent.errors import PhysentWarning, RunError, UsageError
from tests.diagnostics.faces import calls
from tests.hardening.profile import COUNTS, bounded, fuzzed

D: Any = diagnostics  # arguments of wrong types are among what is tested


CALLS = calls()
r = np.random.default_rng(0)
DATES = pd.date_range("2026-01-01", periods=240, freq="D")
AWKWARD: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 3, 7, 2.0, 2.5, -0.5, 1e-320, 1e300, 10**30, -(10**30), 2**53 + 1, 2**63),
    *(float("nan"), float("inf"), -float("inf"), 1j, "", "2", "time", "shannon", "nonsense", "\n", b"x", "é" * 300),
    *("omit windows", "refuse", "jitter", "warn", "own", "shared", "axis", "crossings", "periodic", "renyi_2"),
    *(np.int64(3), np.int64(0), np.float32(0.5), np.float64(3.0), np.bool_(True), np.array(3), np.array(2.5)),
    *(np.datetime64("2026-01-01"), np.timedelta64(1, "D"), np.datetime64("NaT"), datetime.datetime(2026, 1, 1)),
    *(
        decimal.Decimal("0.5"),
        fractions.Fraction(1, 2),
        object(),
        int,
        len,
        lambda x: x,
        lambda: None,
        range(5),
        iter([1]),
    ),
    *([], [[]], (), {}, {"a": 1}, set(), {1, 2}, [1, "a"], [1, [2, 3]], [None, 1.0], ["a", "b"], [1, 2, 3], (0.0, 1.0)),
    *([2**70, 1], [0.5, 0.5], [[0, 1], [1, 0]], [True, False], ["time"], ["time", "time"], ("x", "y"), [float("nan")]),
    np.array([]),
    np.zeros((0, 5)),
    np.zeros((5, 0)),
    np.zeros(240),
    np.full(240, np.nan),
    np.full(240, np.inf),
    np.full(240, 1e300),
    np.full(240, 5e-324),
    r.normal(size=240) * 1e155,
    r.normal(size=240) * 1e-158,
    r.normal(size=240),
    r.normal(size=239),
    r.normal(size=(2, 240)),
    r.normal(size=(240, 2)),
    r.normal(size=(2, 3, 40)),
    r.normal(size=(1, 240)).astype(">f8"),
    r.normal(size=240).astype(np.float16),
    r.normal(size=240).astype(np.longdouble) / 3,
    r.normal(size=240) + 1j,
    r.normal(size=240).astype(object),
    r.normal(size=480)[::2],
    r.normal(size=240)[::-1],
    np.broadcast_to(1.5, 240),
    r.integers(0, 3, 240),
    r.integers(0, 2, (3, 240)).astype(np.uint8),
    r.integers(-3, 3, 240),
    r.integers(0, 9, 240) + 2**60,
    np.array([2**64 - 1, 3], np.uint64),
    np.array(["a"] * 240),
    np.ma.masked_less(r.normal(size=240), 0),
    np.ma.masked_invalid(np.ones(240)),
    np.zeros(3, [("a", float)]),
    DATES.to_numpy(),
    DATES,
    DATES - DATES[0],
    pd.Series(r.normal(size=240)),
    pd.Series(r.normal(size=240), DATES),
    pd.Series([1, None, 3], dtype="Int64"),
    pd.Series(["a", "b"]),
    pd.Series([], dtype=float),
    pd.Categorical(["a", "b"]),
    pd.DataFrame(r.normal(size=(240, 2)), DATES, ["a", "b"]),
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
    pd.DataFrame(r.normal(size=(4, 2)), pd.MultiIndex.from_product([[0, 1], [0, 1]])),
    xr.DataArray(2.5),
    xr.DataArray([]),
    xr.DataArray(r.normal(size=240), dims="time"),
    xr.DataArray(r.normal(size=240), dims="time", coords={"time": DATES}),
    xr.DataArray(r.normal(size=240), dims="time", coords={"time": np.arange(240) + 200.0}),
    xr.DataArray(r.normal(size=240), dims="time", coords={"time": np.zeros(240)}),
    xr.DataArray(r.normal(size=240), dims="time", coords={"time": [f"t{i}" for i in range(240)]}),
    xr.DataArray(r.normal(size=(240, 2)), dims=("time", "replica")),
    xr.DataArray(r.normal(size=(2, 240)), dims=("axis", "particle")),
    xr.DataArray(r.normal(size=(2, 240, 2)), dims=("draw", "time", "x")),
    xr.DataArray(r.normal(size=(20, 12)), dims=("y", "x")),
    xr.DataArray(r.normal(size=240) + 1j, dims="time"),
    xr.DataArray(r.integers(0, 2, 240), dims="draw"),
    xr.DataArray([[3, 4], [5, 6]], dims=("time", "cell")),
    xr.DataArray([0.5, 0.5], dims="cell"),
    xr.DataArray(np.arange(3), dims="cell", attrs={"space": "no json"}),
    xr.DataArray(r.normal(size=240), dims="time").chunk(time=50),
    xr.DataArray(r.normal(size=240), dims="time").chunk(time=50).data,
    xr.Variable("time", r.normal(size=240)),
    xr.Dataset(),
    xr.Dataset({"a": ("time", r.normal(size=240)), "b": ("time", r.normal(size=240))}),
    D.entropy(xr.DataArray([[30, 40], [50, 60]], dims=("time", "cell"))),
    *(
        D.Shannon(),
        D.Shannon,
        D.Renyi(2.0),
        D.LnW(),
        D.Unique(2),
        D.Unique(10**6),
        D.Levels((0.0,)),
        D.Ordinal(3),
        D.Lag(D.Unique(2)),
    ),
    D.Grid((0.0, 0.0), (1.0, 1.0), 3, outside="clip"),
    D.Product(D.Levels((0.0,)), D.Levels((0.5,))),
    D.Sphere(2, 2),
    D.Counts([1, 2, 3]),
    D.Counts(np.zeros((2, 3), int)),
    D.Weights([0.5, 0.5]),
    D.Samples(r.normal(size=(50, 2))),
    D.entropy(np.array([20, 30])),
]


UNFIT = [int, len, D.Shannon, *(one for one in AWKWARD if type(one).__name__ == "function")]
"""What can be called, but not with an array, or not with two."""


@fuzzed(1000, 1.0)
@given(data=st.data())
def test_any_argument_may_be_anything(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(CALLS)))
    function, arguments = CALLS[name]
    changed = data.draw(st.lists(st.sampled_from([*arguments] or ["dim"]), min_size=1, max_size=2, unique=True))
    values = {key: data.draw(st.integers(0, len(AWKWARD) - 1)) for key in changed if key in arguments}
    called(name, function, arguments | {key: AWKWARD[index] for key, index in values.items()})


def test_a_dimension_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate dimension"):
        twice = xr.DataArray(r.normal(size=(4, 4)), dims=("time", "time"))
    with pytest.raises(UsageError, match="expected different names"):
        D.permutation_entropy(twice, 3)


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"StatisticalComplexity.maximum"}))  # which always refuses
def test_a_valid_call_is_valid(name: str) -> None:
    function, arguments = CALLS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        spelled(function, arguments)


def called(name: str, function: Any, arguments: dict[str, Any]) -> None:
    COUNTS[name] = COUNTS.get(name, 0) + 1
    with bounded(), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            spelled(function, arguments)
        except TypeError:
            handed_over = [value for key, value in arguments.items() if key in ("f", "statistic")]
            if not handed_over or handed_over[0] not in UNFIT:  # its own errors pass through
                raise
        except (UsageError, RunError) as error:
            assert len(str(error).splitlines()) == 1, repr(str(error))  # noqa: PT017
    ours = [one for one in told if issubclass(one.category, PhysentWarning)]
    assert len(ours) <= 1, [str(one.message) for one in ours]
    assert all(one.filename == __file__ for one in ours), [one.filename for one in ours]
    assert len(ours) == len(told), [f"{one.filename}:{one.lineno}: {one.message}" for one in told if one not in ours]


def spelled(function: Any, arguments: dict[str, Any]) -> Any:
    """Methods take their arguments by position."""
    by_position = hasattr(function, "__self__")
    return function(*arguments.values()) if by_position else function(**arguments)
