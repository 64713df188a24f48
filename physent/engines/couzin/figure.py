"""The standard figure of a school: the fish in space, polarisation and rotation, and how far apart they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from physent.engines.drawing import over_replicas

if TYPE_CHECKING:
    import xarray as xr

MOST_ARROWS = 2000


def draw(dataset: xr.Dataset) -> Figure:
    """Order parameters, size and clusters in time; the last frame of the first replica where it is stored."""
    stored = "position" in dataset and "heading" in dataset
    figure = Figure(figsize=(9.0 if stored else 5.0, 5.4))
    right = ["order", "size", "clusters"]
    panels = figure.subplot_mosaic(
        [["school", panel] if stored else [panel] for panel in right],
        width_ratios=[1.35, 1.0] if stored else None,
        per_subplot_kw={"school": {"projection": "3d"}} if stored else None,
    )
    if stored:
        _school(panels["school"], dataset)
    _lines(panels["order"], dataset, {"polarization": "polarisation", "rotation": "rotation"})
    panels["order"].set_title("order parameters", loc="left")
    panels["order"].set(ylim=(0.0, 1.05), yticks=(0.0, 0.5, 1.0))
    _lines(panels["size"], dataset, {"spread": "spread", "nearest_neighbor_distance": "nearest neighbour"})
    panels["size"].set_title("size", loc="left")
    panels["size"].set(ylabel="length", ylim=(0.0, None))
    _lines(panels["clusters"], dataset, {"cluster_count": "clusters"})
    panels["clusters"].set_title("number of clusters", loc="left")
    panels["clusters"].set(xlabel="time $t$", ylim=(0.0, None))
    for name in ("order", "size"):
        panels[name].tick_params(labelbottom=False)
        panels[name].legend(
            frameon=False, ncols=2, loc="lower right", bbox_to_anchor=(1.0, 1.0), handlelength=1.0, fontsize=8.0
        )
    return figure


def _lines(axes: Axes, dataset: xr.Dataset, names: dict[str, str]) -> None:
    for color, (name, label) in enumerate(names.items()):
        over_replicas(axes, dataset[name], f"C{color}", label)


def _school(axes: Axes, dataset: xr.Dataset) -> None:
    clock = str(dataset.position.dims[0])
    last = dataset[["position", "heading"]].isel({clock: -1, "replica": 0})
    every = -(-last.sizes["particle"] // MOST_ARROWS)
    place, head = last.position.values[::every], last.heading.values[::every]
    size = 0.5 * float(np.ptp(place, axis=0).max()) or 1.0
    color = np.clip(0.5 + 0.5 * head, 0.0, 1.0)  # red, green and blue by heading along x, y and z
    axes.quiver(*place.T, *head.T, length=0.12 * size, colors=np.tile(color, (3, 1)))
    middle = 0.5 * (place.max(axis=0) + place.min(axis=0))
    for axis, name in enumerate("xyz"):
        axes.set(**{f"{name}lim": (middle[axis] - size, middle[axis] + size), f"{name}label": f"${name}$"})
    axes.locator_params(nbins=4)
    axes.set(title=f"replica 0 at time {float(last[clock]):g}, coloured by heading")
