"""The caption of all standard figures, and what engines share to draw them: lines over replicas."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

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


OWN = {"kind": "equations", "evolution": "map", "variables": {"x": "1 - a*x**2"}, "constants": {"a": 1.5}}


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("chaos/logistic", {"parameters.system.r": 3.3}, ": system = logistic (r = 3.3), transient = 100, "),
        (
            "chaos/logistic",
            {"parameters.system": OWN, "initial": {"kind": "point", "at": [0.1]}},
            ": system = equations (evolution = map, a = 1.5), transient",
        ),
        ("gaussian_chain/neel_quench", {}, ": n = 400, model = hopping, seed"),
    ],
)
def test_caption_tells_what_was_chosen(name: str, changes: dict[str, object], words: str) -> None:
    """The kind of system, and its constants other than their defaults."""
    config = load_config(name, changes)
    attributes = {"title": "T", "engine": config.engine, "config": config.to_yaml(), "seed": config.seed}
    assert words in style.caption(attributes, 400)


def _orbit(system: dict[str, object], every: float, step: float | None = None) -> Line2D:
    parameters = {"system": system, "transient": 100.0, "exponents": 0, "step": step}
    schedule = {"until": 400.0, "every": every}
    config = {"engine": "chaos", "seed": 1, "parameters": parameters, "initial": {"kind": "box"}, "schedule": schedule}
    return style.of_engine(physent.run(config)).axes[0].lines[0]


def test_few_points_are_dots_and_far_samples_are_not_joined() -> None:
    """A cycle of two is two points, which pixels would hide; lines between far samples of a flow are no orbit."""
    assert _orbit({"kind": "logistic", "r": 3.3}, 1.0).get_marker() == "."
    assert _orbit({"kind": "logistic", "r": 4.0}, 1.0).get_marker() == ","
    far, close = (_orbit({"kind": "lorenz"}, every, 0.01) for every in (0.5, 0.02))
    assert (far.get_linestyle(), far.get_marker()) == ("None", ",")
    assert (close.get_linestyle(), close.get_marker()) == ("-", "None")


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
