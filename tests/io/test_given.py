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
