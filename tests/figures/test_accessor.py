"""`.physent` on objects of xarray, which neither package waits for."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import xarray as xr

import physent
from physent import diagnostics as D
from physent.diagnostics.run.kinds import KINDS
from physent.diagnostics.table import ROWS
from physent.errors import UsageError

SERIES: Any = xr.DataArray(np.random.default_rng(2).normal(size=(400, 3)), dims=("time", "site"), name="u")
TRACKS: Any = xr.DataArray(
    np.random.default_rng(3).normal(size=(6, 20, 3)).cumsum(0), dims=("time", "particle", "axis")
)


def test_functions_of_an_array() -> None:
    xr.testing.assert_identical(
        SERIES.physent.permutation_entropy(order=3, dim="time"), D.permutation_entropy(SERIES, order=3, dim="time")
    )
    xr.testing.assert_identical(SERIES.physent.permutation_entropy(3), D.permutation_entropy(SERIES, 3))
    other: Any = SERIES[:, 0] + SERIES[:, 1]
    for name in ("ksg_mutual_information", "thermodynamic_uncertainty"):
        assert getattr(SERIES[:, 0].physent, name)(other) == getattr(D, name)(SERIES[:, 0], other)
    counts = SERIES.physent.count(D.Levels((0.0,)), dim="time")
    xr.testing.assert_identical(counts, D.count(SERIES, D.Levels((0.0,)), dim="time"))
    xr.testing.assert_identical(counts.physent.entropy(), D.entropy(counts))
    xr.testing.assert_identical(TRACKS.physent.school_entropies(box=90.0), D.school_entropies(TRACKS, box=90.0))


def test_functions_of_a_dataset() -> None:
    data: Any = xr.Dataset({"position": TRACKS, "velocity": TRACKS, "other": SERIES[:6]})
    call: Any = {"radius": 2.0}
    xr.testing.assert_identical(data.physent.order_parameters(**call), D.order_parameters(TRACKS, **call))
    both: Any = xr.Dataset({"u": SERIES[:, 0], "v": SERIES[:, 1]})
    assert set(both.physent.mean().data_vars) == {f"mean_{n}{end}" for n in "uv" for end in ("", "_se", "_ess")}


def test_it_is_the_table() -> None:
    """All that takes data is there, with the signature of the function but its first data."""
    listed = set(dir(SERIES.physent))
    assert {name for name, row in ROWS.items() if row.data and row.core is not None} | set(KINDS) <= listed
    assert set(KINDS) - set(ROWS) <= set(dir(xr.Dataset().physent))
    rest = inspect.signature(SERIES.physent.hc_plane).parameters
    assert ["x", *rest] == list(inspect.signature(D.hc_plane).parameters)
    assert SERIES.physent.hc_plane.__doc__ == D.hc_plane.__doc__
    for wrong in ("walk", "Grid", "from_spec", "plot"):
        assert not hasattr(SERIES.physent, wrong)
        assert wrong not in listed
    with pytest.raises(TypeError):
        SERIES.physent.hc_plane(3, 1, x=SERIES)


def test_the_figure_of_a_run() -> None:
    run: Any = physent.run("couzin/torus", set={"schedule.until": 4.0, "schedule.every": 2.0, "parameters.n": 20})
    figure = run.physent.plot()
    assert len(figure.axes) > 2
    assert "n = 20" in figure.get_suptitle()
    with pytest.raises(UsageError, match="expected a run of physent"):
        xr.Dataset({"u": SERIES}).physent.plot()


def test_a_warning_points_at_the_caller() -> None:
    with pytest.warns(D.PhysentWarning, match="biased low") as caught:
        SERIES[:50].physent.permutation_entropy(3, dim="time")
    assert [warning.filename for warning in caught] == [__file__]


ORDERS = {
    "xarray later": "import sys, physent\nassert 'xarray' not in sys.modules\nimport xarray as xr",
    "xarray first": "import xarray as xr\nimport physent",
    "twice": "import physent, importlib\nimportlib.reload(physent)\nfrom xarray import DataArray\nimport xarray as xr",
    "a part of it": "import physent\nimport xarray.core.dataarray\nimport xarray as xr",
}


@pytest.mark.parametrize("order", ORDERS)
def test_whichever_is_imported_first(order: str) -> None:
    code = f"{ORDERS[order]}\nassert xr.DataArray([1.0]).physent.mean\nassert xr.Dataset().physent.plot"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
