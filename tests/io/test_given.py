"""Labelled arrays to start from: by name, at the coordinates of the run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import physent
from physent.errors import UsageError
from tests.hardening.bases import NLSE

SMALL = {"parameters.n": 3, "replicas": 1, "schedule.until": 0.2, "schedule.every": 0.1, "diagnostics": []}


def test_three_particles_are_not_transposed() -> None:
    """(axis, particle) is 3 x 3 as is (particle, axis)."""
    rng = np.random.default_rng(0)
    position, heading = 10 * rng.random((3, 3)), rng.normal(size=(3, 3))
    heading /= np.linalg.norm(heading, axis=1, keepdims=True)
    plain = physent.run("couzin/torus", set=SMALL, initial={"position": position, "heading": heading})
    named = {
        name: xr.DataArray(x.T, dims=("axis", "particle")) for name, x in (("position", position), ("heading", heading))
    }
    xr.testing.assert_identical(physent.run("couzin/torus", set=SMALL, initial=named)["position"], plain["position"])
    mixed = named | {"heading": heading}
    xr.testing.assert_identical(physent.run("couzin/torus", set=SMALL, initial=mixed)["position"], plain["position"])
    turned = {name: array.assign_coords(axis=[0, 1, 2]).isel(axis=[2, 0, 1]) for name, array in named.items()}
    xr.testing.assert_identical(physent.run("couzin/torus", set=SMALL, initial=turned)["position"], plain["position"])


def test_another_grid_is_refused() -> None:
    run = physent.run(NLSE)
    name = next(name for name in ("psi", "amplitude") if name in run)
    psi = run[name].isel(time=0, drop=True)
    again = physent.run(NLSE, initial={name: psi})
    np.testing.assert_allclose(again[name][0], psi, atol=1e-12)
    with pytest.raises(UsageError, match=r"initial: x goes from .* expected .* as in this config"):
        physent.run(NLSE, initial={name: psi.assign_coords(x=2 * psi.x)})


@pytest.mark.parametrize(
    ("position", "message"),
    [
        (xr.DataArray(np.zeros((3, 3))), r"position has dimensions \(dim_0, dim_1\), expected \(particle, axis\)"),
        (xr.DataArray(np.zeros((2, 3, 3)), dims=("time", "particle", "axis")), "position has dimensions"),
        (pd.DataFrame(np.zeros((3, 3))), "position is a DataFrame, expected an array or a DataArray"),
        (np.ma.masked_equal(np.eye(3), 0), "position has masked values"),
    ],
)
def test_what_does_not_say_what_it_is_is_refused(position: Any, message: str) -> None:
    with pytest.raises(UsageError, match=f"initial: {message}"):
        physent.run("couzin/torus", set=SMALL, initial={"position": position, "heading": np.eye(3)})


def test_the_only_field_may_be_bare() -> None:
    """It stands for its two parts; a real wave has no imaginary part."""
    points = NLSE["parameters"]["points"]
    wave = np.exp(1j * np.linspace(0, 2 * np.pi, points, endpoint=False))
    by_name = physent.run(NLSE, initial={"psi_real": wave.real, "psi_imag": wave.imag})
    for bare in (wave, list(wave)):
        xr.testing.assert_identical(physent.run(NLSE, initial=bare).psi, by_name.psi)
    again = physent.run(NLSE, initial=by_name.psi[0].drop_vars("time"))
    np.testing.assert_allclose(again.psi, by_name.psi, atol=1e-12)
    real = physent.run(NLSE, initial=np.full(points, 0.5))
    np.testing.assert_array_equal(real.psi_imag[0], 0.0)


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        (np.ones(7, complex), r"psi has shape \(7,\), expected \(x \d+\), or one per replica; this config has"),
        (np.full(7, "a"), "psi holds <U1, expected complex or real numbers"),
        ([[1.0], [1.0, 2.0]], "psi is not an array of numbers"),
        ("wave", "psi holds <U4, expected complex or real numbers"),
        (
            xr.DataArray(np.ones((2, 4)), dims=("time", "x")),
            r"psi has dimensions .*\.isel\(time=-1\) selects one sample",
        ),
        ({"psi": np.full(4, np.nan)}, r"psi has shape \(4,\)"),
        (pd.Series([1.0, 2.0]), "psi is a Series, expected an array or a DataArray"),
    ],
)
def test_a_bare_array_is_checked_as_one_with_a_name(initial: Any, message: str) -> None:
    with pytest.raises(UsageError, match=f"initial: {message}"):
        physent.run(NLSE, initial=initial)


def test_two_fields_need_their_names() -> None:
    with pytest.raises(UsageError, match="initial: found a ndarray, expected a mapping of position and heading to arr"):
        physent.run("couzin/torus", set=SMALL, initial=np.zeros((3, 3)))
