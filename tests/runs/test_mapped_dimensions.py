"""What one entry of `data:` says of a dimension holds for the others; no observable has the name of a dimension."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import physent
from physent.errors import UsageError

OF_NOISE = [{"kind": "sample_entropy", "of": "noise"}, {"kind": "mean", "of": "noise"}]
IN_TIME = {"variables": "noise", "dims": {"time": "t"}}


def table() -> pd.DataFrame:
    t = np.arange(400) / 8
    return pd.DataFrame({"t": t, "noise": np.random.default_rng(1).normal(size=400), "sine": np.sin(t)})


def analysed(tmp_path: Path, data: dict[str, Any], source: str) -> xr.Dataset:
    whole: Any = table()
    if source == "csv":
        whole.to_csv(tmp_path / "series.csv", index=False)
        whole = os.fspath(tmp_path / "series.csv")
    elif source == "dataset":
        whole = whole.set_index("t").to_xarray()
    return physent.analyze(whole, {"data": data, "diagnostics": OF_NOISE})


@pytest.mark.parametrize("source", ["csv", "pandas", "dataset"])
@pytest.mark.parametrize(
    "beside", [{"sine": {"variables": "sine", "dims": {"time": "t"}}}, {"t": IN_TIME | {"variables": "t"}}]
)
def test_a_mapping_holds_for_every_entry(tmp_path: Path, source: str, beside: dict[str, Any]) -> None:
    expected = analysed(tmp_path, {"noise": IN_TIME}, source)
    found = analysed(tmp_path, {"noise": "noise", **beside}, source)
    xr.testing.assert_identical(found.drop_attrs(), expected.drop_attrs())
    assert f"noise: t is time, as in data.{next(iter(beside))}" in found.attrs["assumed"].split("\n")
    assert "the same at every time" not in found.attrs["assumed"]


def test_a_mapping_of_ones_own_comes_first() -> None:
    """An entry with a clock keeps it; particles are those that another entry names."""
    data = xr.Dataset(
        {"place": (("t", "cell"), np.arange(24.0).reshape(8, 3)), "size": (("t", "cell"), np.ones((8, 3)))}
    )
    plan = {"place": {"variables": "place", "dims": {"time": "t", "particle": "cell"}}, "size": {"variables": "size"}}
    mean = [{"kind": "mean", "of": "size"}]
    assert physent.analyze(data, {"data": plan, "diagnostics": mean})["mean_size"].dims == ("particle",)
    own = {**plan, "size": {"variables": "size", "dims": {"time": "t", "x": "cell"}}}
    assert physent.analyze(data, {"data": own, "diagnostics": mean})["mean_size"].dims == ("x",)


@pytest.mark.parametrize("source", ["csv", "pandas", "dataset"])
def test_an_observable_with_the_name_of_a_dimension(tmp_path: Path, source: str) -> None:
    with pytest.raises(UsageError) as caught:
        analysed(tmp_path, {"time": "t", "noise": IN_TIME}, source)
    assert str(caught.value).endswith("data.time: found the name of a dimension, expected another name")
    expected = analysed(tmp_path, {"noise": IN_TIME}, source)
    found = analysed(tmp_path, {"t": "t", "noise": IN_TIME}, source)
    xr.testing.assert_identical(found.drop_attrs(), expected.drop_attrs())
