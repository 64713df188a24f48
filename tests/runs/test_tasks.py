"""What people do with data of their own, from files as others write them, each in under 15 lines and by measured names.

Tracks of animals, a complex array on a grid, a macrostate. Nothing about the data is a parameter but what they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import physent
from physent import diagnostics as D
from physent.typing import Floats

ANIMALS, FIXES = 24, 80
PLAN = """
data:
  position: {variables: [lon_m, lat_m, depth_m], dims: {time: date, particle: tag}, units: m}
missing: [omit particles, omit windows]
diagnostics:
  - {kind: school_entropies}
  - {kind: ordinal_pattern, of: position, order: 3}
"""
NAMES = ("lon_m", "lat_m", "depth_m")


def animals(regular: bool) -> tuple[pd.DatetimeIndex, Floats]:
    """Dates, and metres from a harbour (time, animal, axis) with gaps: a school that drifts, and mills about."""
    random = np.random.default_rng(18)
    minutes = 5 * np.arange(1, FIXES + 1) if regular else np.cumsum(random.integers(1, 12, FIXES))
    place = np.array([5e4, 6e5, -40.0]) + np.cumsum(random.normal([0.4, 0, 0], 1.0, (FIXES, ANIMALS, 3)), axis=0)
    place[random.random((FIXES, ANIMALS)) < 0.01] = np.nan
    return pd.Timestamp("2026-03-01T06:00") + pd.to_timedelta(minutes, unit="min"), np.round(place, 3)


def as_csv(path: Path, dates: pd.DatetimeIndex, place: Floats) -> None:
    """A line per fix, tag by tag; a fix that failed has no line."""
    rows = [
        (f"seal_{who:02}", str(date), *place[t, who])
        for who in range(ANIMALS)
        for t, date in enumerate(dates)
        if np.isfinite(place[t, who]).all()
    ]
    pd.DataFrame(rows, columns=["tag", "date", *NAMES]).to_csv(path, index=False)


def as_netcdf(path: Path, dates: pd.DatetimeIndex, place: Floats) -> None:
    """CF: (tag, date), minutes since a day, packed in whole millimetres with a fill value, depth as float32."""
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("tag", ANIMALS)
        file.createDimension("date", None)
        clock = file.createVariable("date", "f8", ("date",))
        clock.units, clock.calendar = "minutes since 2026-03-01", "standard"
        clock[:] = (dates - pd.Timestamp("2026-03-01")) / pd.Timedelta(minutes=1)
        for axis, name in enumerate(NAMES):
            kind = "f4" if name == "depth_m" else "i4"
            variable = file.createVariable(name, kind, ("tag", "date"), fill_value=-9999, chunksizes=(5, 40))
            if kind == "i4":
                variable.scale_factor = 0.001
            variable.units = "m"
            missing = np.isnan(place[..., axis].T)
            variable[:] = np.ma.MaskedArray(np.where(missing, 0.0, place[..., axis].T), missing)


@pytest.mark.parametrize("regular", [True, False])
@pytest.mark.parametrize("write", [as_csv, as_netcdf])
@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
def test_an_oceanographer(tmp_path: Path, write: Any, regular: bool) -> None:
    """Permutation entropy and school entropies with errors of tracks with gaps; headings are not measured."""
    dates, place = animals(regular)
    write(tmp_path / "tracks", dates, place)
    source = (tmp_path / "tracks").rename(tmp_path / ("tracks.csv" if write is as_csv else "tracks.nc"))
    (tmp_path / "plan.yaml").write_text(PLAN)

    found = physent.analyze(source, tmp_path / "plan.yaml")

    if write is as_netcdf:
        with xr.open_dataset(source, engine="netcdf4") as there:
            place = np.stack([there[name].values.astype(np.float64) for name in NAMES], axis=-1).swapaxes(0, 1)
    for name, values in D.school_entropies(place, missing="omit particles").items():
        np.testing.assert_array_equal(found[name].values[:, 0], values)
    assert (found["schooling_index_se"] > 0).all()
    if write is as_csv:
        assert found["particle_name"].values.tolist() == [f"seal_{who:02}" for who in range(ANIMALS)]
    series = xr.DataArray(place, dims=("date", "tag", "axis"), coords={"date": dates})
    entropy = D.permutation_entropy(series, 3, dim="date", missing="omit windows")
    np.testing.assert_array_equal(found["ordinal_pattern_entropy"].values[0], entropy)
    left_out = int(found["ordinal_pattern_windows_omitted"].sum())
    assert left_out == entropy.attrs["windows_omitted"] > 3 * np.isnan(place[..., 0]).sum()
    assert found.attrs["windows_omitted"] == f"{left_out} (ordinal_pattern)"
    assert (found["ordinal_pattern_entropy_se"] > 0).all()
    assert "heading: of positions" in found.attrs["assumed"]
    assert ("steps from" in found.attrs["assumed"]) is not regular
    spaced = "no window spans a gap; other samples are taken as equally spaced"
    assert (spaced in found.attrs["warnings"]) is not regular


def test_an_oceanographer_with_arrays() -> None:
    """The same without a plan: three lines on the array, and a box of the tank in which the animals were."""
    _, place = animals(regular=True)
    found = D.school_entropies(place, missing="omit particles")
    tank = D.Box((40.0, 40.0, 40.0), (True, True, True), lower=(-20.0, -20.0, -20.0))
    inside = np.mod(place, 40.0) - 20.0
    wrapped = D.school_entropies(inside, box=tank, missing="omit particles")
    shifted = D.school_entropies(inside + 20.0, box=40.0, missing="omit particles")
    for name in found:
        assert np.isfinite(found[name]).all()
        np.testing.assert_allclose(wrapped[name], shifted[name], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("form", ["array", "netCDF of real parts", "netCDF of complex numbers", "numpy"])
def test_an_optics_person(tmp_path: Path, form: str) -> None:
    """Wave entropies of a field on a grid of its own, along z: a soliton that gets narrower, sech(s x) sqrt(s)."""
    z, x = np.linspace(0.0, 2.0, 5), np.linspace(-40.0, 40.0, 2048, endpoint=False)
    width = np.exp(z)[:, None]
    field = np.sqrt(width) * np.exp(1j * z[:, None]) / np.cosh(width * x)
    if form == "numpy":
        found = D.wave_entropies(xr.DataArray(field, dims=("z", "x"), coords={"x": x, "z": z}), dim="z")
    else:
        array = xr.DataArray(field.T, {"x": x, "z": z}, ("x", "z"), name="E")
        entries: dict[str, Any] = {"psi": {"variables": "E", "dims": {"time": "z"}}}
        source: Any = array
        if form == "netCDF of real parts":
            source = tmp_path / "field.nc"
            xr.Dataset({"Er": array.real, "Ei": array.imag}).to_netcdf(source, engine="netcdf4")
            entries = {f"psi_{part}": {"variables": f"E{part[0]}", "dims": {"time": "z"}} for part in ("real", "imag")}
        elif form == "netCDF of complex numbers":
            source = tmp_path / "field.nc"
            with netCDF4.Dataset(source, "w", auto_complex=True) as file:
                for name, values in (("z", z), ("x", x), ("E", field)):
                    file.createDimension(name, len(values)) if values.ndim == 1 else None
                    file.createVariable(name, values.dtype, ("z", "x")[: values.ndim] if name == "E" else (name,))[
                        :
                    ] = values
        found = physent.analyze(source, {"data": entries, "diagnostics": [{"kind": "wave_entropies"}]}).isel(replica=0)
        assert "spectrum: of psi on a period of 80" in found.attrs["assumed"]
    np.testing.assert_allclose(found["wave_entropies_shannon_x"], 2 - np.log(2) - z, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["wave_entropies_shannon_k"], 2 - np.log(np.pi) + z, rtol=0, atol=1e-9)


def test_a_statistician(tmp_path: Path) -> None:
    """A macrostate of one's own, by a rule of one's own, from a table of all systems: its entropy with an error."""
    random = np.random.default_rng(5)
    dice = random.integers(1, 7, (12, 400, 2))
    table = pd.DataFrame(
        [(run, t, *dice[t, run]) for run in range(400) for t in range(12)], columns=["run", "t", "a", "b"]
    )
    table["macrostate"] = table.a + table.b
    table.to_csv(tmp_path / "dice.csv", index=False)
    counted = {"kind": "histogram_entropy", "of": "macrostate", "low": 1.5, "high": 12.5, "cells": 11}
    plan = {"data": {"macrostate": {"variables": "macrostate", "dims": {"time": "t", "replica": "run"}}}}
    found = physent.analyze(tmp_path / "dice.csv", {**plan, "diagnostics": [counted]})
    sums = dice.sum(-1) - 2
    for t in range(12):
        estimate = D.entropy(D.count(sums[t], D.Unique(11)), "shannon", "grassberger")
        assert float(found["histogram_entropy"][t]) == pytest.approx(estimate.value, rel=1e-13)
        assert float(found["histogram_entropy_se"][t]) == pytest.approx(estimate.standard_error, rel=1e-13)
    p = (6 - np.abs(np.arange(2, 13) - 7)) / 36
    exact = -(p * np.log(p)).sum()
    away = (found["histogram_entropy"].mean() - exact) / np.sqrt((found["histogram_entropy_se"] ** 2).sum()) * 12
    assert abs(float(away)) < 4
