"""The caption of all standard figures, and what engines share to draw them: lines over replicas."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

import physent
from physent.config.load import load_config
from physent.engines import drawing
from physent.figures import style


def test_caption_tells_what_is_no_default() -> None:
    config = load_config("couzin/torus", {"replicas": 3, "parameters.n": 50})
    attributes = {"title": "Fish", "engine": "couzin", "config": config.to_yaml(), "seed": config.seed}
    text = style.caption(attributes, 40)
    words = text.replace("\n", " ")
    assert words.startswith("Fish: n = 50, orientation_radius = 3")
    assert words.endswith(f"3 replicas, seed {config.seed}")
    assert "speed" not in words
    assert max(map(len, text.splitlines())) <= 40
    for finished, end in ((1, "seed 1"), (0, "seed 1, unfinished")):
        told = style.caption(attributes | {"seed": 1, "finished": finished}, 400)
        assert told.endswith(end)


def test_mean_and_error_of_many_replicas() -> None:
    values = np.random.default_rng(1).normal(size=(7, 25))
    values[3, 4] = np.nan
    variable = xr.DataArray(values, dims=("time", "replica"), coords={"time": np.arange(7.0)})
    axes = Figure().subplots()
    drawing.over_replicas(axes, variable, "C0", "mean")
    np.testing.assert_allclose(np.asarray(axes.lines[0].get_ydata()), np.nanmean(values, axis=1))
    (band,) = (one for one in axes.collections if isinstance(one, PolyCollection))
    edges = np.asarray(band.get_paths()[0].vertices)
    heights = [np.ptp(edges[edges[:, 0] == time, 1]) for time in range(1, 6)]
    counts = np.isfinite(values).sum(axis=1)
    np.testing.assert_allclose(heights, (4 * np.nanstd(values, axis=1, ddof=1) / np.sqrt(counts))[1:6])
    few = Figure().subplots()
    drawing.over_replicas(few, variable[:, :2], "C0", "each")
    assert len(few.lines) == 2
    assert not few.collections


def test_rounding_is_not_magnified() -> None:
    run = physent.run(load_config("langevin/run_and_tumble", {"schedule.until": 5.0, "parameters.n": 20}))
    rate = run.epr_noise_free
    run["epr_noise_free"] = 500.0 * (1.0 + 1e-12 * xr.ones_like(rate).cumsum(rate.dims[0]))
    (axes,) = (axes for axes in style.of_engine(run).axes if "rate" in axes.get_title("left") + axes.get_title())
    low, high = axes.get_ylim()
    assert 10.0 < high - low < 100.0
