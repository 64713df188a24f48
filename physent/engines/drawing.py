"""Shared parts of the engines' figures: lines over replicas, and a default figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def over_replicas(axes: Axes, variable: xr.DataArray, color: str, label: str | None = None) -> None:
    """One line per replica over the clock for up to three replicas; else the mean with a band of two standard errors.

    ``variable`` has the dimensions (clock, replica).
    """
    clock = variable[variable.dims[0]]
    if variable.sizes["replica"] <= 3:
        for replica, line in enumerate(variable.values.T):
            axes.plot(clock, line, color=color, label=None if replica else label)
        return
    mean = variable.mean("replica")
    error = variable.std("replica", ddof=1) / np.sqrt(variable.count("replica"))
    axes.plot(clock, mean, color=color, label=label)
    axes.fill_between(clock, mean - 2 * error, mean + 2 * error, color=color, alpha=0.3, lw=0)


def scalars(dataset: xr.Dataset) -> Figure:
    """Every variable of (clock, replica) over the clock, one panel each, two in a row."""
    names = [str(name) for name, one in dataset.data_vars.items() if one.dims[1:] == ("replica",)]
    if not names:
        return Figure(figsize=(4.5, 2.2))
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(4.5 * columns, 2.2 * rows))
    panels = figure.subplots(rows, columns, sharex=True, squeeze=False)
    for axes, name in zip(panels.flat, names, strict=False):
        over_replicas(axes, dataset[name], "C0")
        axes.set_title(str(dataset[name].attrs.get("long_name", name)), loc="left", fontsize=9.0)
    for axes in panels.flat[len(names) :]:
        axes.remove()
    clock = str(dataset[names[0]].dims[0])
    for axes in panels[-1]:
        axes.set_xlabel(clock)
    return figure
