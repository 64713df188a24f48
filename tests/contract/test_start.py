"""A run starts from arrays or from a frame of a file as it starts by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import physent
from physent.errors import UsageError
from physent.runs import api
from tests.contract.conftest import Base
from tests.contract.test_bits import assert_same


def frame(base: Base, path: Path) -> dict[str, Any]:
    """Fields of the second sample."""
    with physent.open_run(path) as run:
        return {
            name: run[name][1].values if name in run else getattr(run[name.rpartition("_")[0]][1].values, name[-4:])
            for name in base.starts_from
        }


def test_arrays_and_file_are_the_same_start(base: Base, whole: Path, tmp_path: Path) -> None:
    if not base.starts_from:
        pytest.skip("it records no state to start from")
    arrays = frame(base, whole)
    from_file = {**base.data, "initial": {"kind": "file", "path": str(whole), "sample": 1}}
    try:
        api.start(base.data, tmp_path / "arrays.nc", initial=arrays, threads=1)
    except UsageError:
        with pytest.raises(UsageError):
            api.start(from_file, tmp_path / "file.nc", threads=1)
        return
    api.start(from_file, tmp_path / "file.nc", threads=1)
    again = frame(base, tmp_path / "file.nc")
    with physent.open_run(tmp_path / "arrays.nc") as one, physent.open_run(tmp_path / "file.nc") as two:
        assert_same(one, two, [str(name) for name in one.data_vars if name != "restart"])
        assert one.attrs["initial_sha256"] == two.attrs["initial_sha256"]
        for name, array in arrays.items():
            first = one.isel({base.config.schedule.clock.name: 0})
            there = first[name] if name in first else getattr(first[name.rpartition("_")[0]].values, name[-4:])
            if base.config.schedule.start == base.config.schedule.at(0):
                np.testing.assert_allclose(there, array, rtol=0, atol=1e-12 * max(1.0, np.abs(array).max()))
            assert np.shape(again[name]) == array.shape


def test_wrong_arrays_are_refused(base: Base, whole: Path, tmp_path: Path) -> None:
    """A name that is missing, another shape, NaN: in one line that names the array, and no file is left."""
    if not base.starts_from:
        pytest.skip("it records no state to start from")
    arrays = frame(base, whole)
    name = base.starts_from[0]
    broken = np.array(arrays[name], dtype=float)
    broken.flat[-1] = np.nan
    wrong = [({}, "found"), ({**arrays, name: arrays[name][..., :-1]}, name), ({**arrays, name: broken}, name)]
    for given, found in wrong:
        with pytest.raises(UsageError, match=f"initial: .*{found}") as caught:
            api.start(base.data, tmp_path / "run.nc", initial=given)
        assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_dimensions_of_named_arrays_may_come_in_any_order(base: Base, whole: Path, tmp_path: Path) -> None:
    if not base.starts_from:
        pytest.skip("it records no state to start from")
    arrays = frame(base, whole)
    with physent.open_run(whole) as run:
        clock = base.config.schedule.clock.name
        named = {}
        for name, array in arrays.items():
            stored = run[name] if name in run else run[name.rpartition("_")[0]]
            like = stored.isel({clock: 1}, drop=True)
            named[name] = like.copy(data=array).transpose(*reversed(like.dims))
    try:
        api.start(base.data, tmp_path / "arrays.nc", initial=arrays, threads=1)
    except UsageError:
        with pytest.raises(UsageError):
            api.start(base.data, tmp_path / "named.nc", initial=named, threads=1)
        return
    api.start(base.data, tmp_path / "named.nc", initial=named, threads=1)
    with physent.open_run(tmp_path / "arrays.nc") as one, physent.open_run(tmp_path / "named.nc") as two:
        assert one.attrs["initial_sha256"] == two.attrs["initial_sha256"]
