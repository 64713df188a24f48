"""Figure and movie of a school."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from physent.declare import Movie
from physent.engines.drawing import over_replicas

if TYPE_CHECKING:
    import xarray as xr

    from physent.engines import Plain

MOST_FISH = 2000
TAIL = 0.06  # length of a fish on the screen, as a share of the view


def draw(dataset: xr.Dataset, config: Plain) -> Figure:
    """Order parameters, size and clusters in time; the last frame of the first replica if it is stored."""
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
    _lines(panels["order"], dataset, {"polarization": "polarization", "rotation": "rotation"})
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
        _tell_gaps(axes, dataset[name], label)


def _tell_gaps(axes: Axes, values: xr.DataArray, label: str) -> None:
    """Say of samples without a centroid why: the largest cluster is connected to itself around the periodic box."""
    if np.isnan(values).any():
        text = f"no {label} while the largest cluster spans the box"
        axes.text(0.01, 0.03, text, transform=axes.transAxes, color="0.4", fontsize=7.0)


def _school(axes: Axes, dataset: xr.Dataset) -> None:
    clock = str(dataset.position.dims[0])
    last = dataset[["position", "heading"]].isel({clock: -1, "replica": 0})
    every = -(-last.sizes["particle"] // MOST_FISH)
    place, head = last.position.values[::every], last.heading.values[::every]
    size = 0.5 * float(np.ptp(place, axis=0).max()) or 1.0
    color = np.clip(0.5 + 0.5 * head, 0.0, 1.0)  # red, green and blue by heading along x, y and z
    axes.quiver(*place.T, *head.T, length=0.12 * size, colors=np.tile(color, (3, 1)))
    middle = 0.5 * (place.max(axis=0) + place.min(axis=0))
    for axis, name in enumerate("xyz"):
        axes.set(**{f"{name}lim": (middle[axis] - size, middle[axis] + size), f"{name}label": f"${name}$"})
    axes.locator_params(nbins=4)
    axes.set(title=f"replica 0 at time {float(last[clock]):g}, coloured by heading")


def movie(dataset: xr.Dataset, config: Plain) -> Movie | None:
    """Positions of the first replica about their median, coloured by heading; polarization and rotation over time."""
    if "position" not in dataset or "heading" not in dataset:
        return None
    position, heading = dataset.position.isel(replica=0), dataset.heading.isel(replica=0)
    clock = str(position.dims[0])
    every = slice(None, None, -(-position.sizes["particle"] // MOST_FISH))
    position, heading = position.isel(particle=every), heading.isel(particle=every)
    figure = Figure(figsize=(6.0, 6.4))
    panels = figure.subplot_mosaic(
        [["school"], ["order"]], height_ratios=[4.0, 1.0], per_subplot_kw={"school": {"projection": "3d"}}
    )
    school, order = panels["school"], panels["order"]
    view = _view(position)
    for name in "xyz":
        school.set(**{f"{name}lim": (-view, view), f"{name}label": f"${name}$"})
    school.locator_params(nbins=4)
    fish: Any = school.scatter(np.zeros(1), np.zeros(1), zs=np.zeros(1), s=6.0, depthshade=False)
    for color, (name, label) in enumerate({"polarization": "polarization", "rotation": "rotation"}.items()):
        first = dataset[name].isel(replica=0)
        order.plot(dataset.time, first, color=f"C{color}", lw=1.0, label=label)
        _tell_gaps(order, first, label)
    order.set(xlabel="time $t$", ylim=(0.0, 1.05))
    order.legend(frameon=False, ncols=2, fontsize=8.0, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    now = order.axvline(float(dataset.time[0]), color="0.3", lw=1.0)

    def draw(frame: int) -> None:
        place, head = position[frame].values, heading[frame].values
        middle = np.median(place, axis=0)
        fish._offsets3d = tuple((place - middle).T)
        fish.set_color(np.clip(0.5 + 0.5 * head, 0.0, 1.0))
        time = float(position[clock][frame])
        now.set_xdata([time, time])
        at = ", ".join(f"{value:.3g}" for value in middle)
        school.set_title(f"time {time:.4g}, seen from their median at ({at}); coloured by heading", fontsize=9.0)

    return Movie(figure, position.sizes[clock], draw)


def _view(position: xr.DataArray) -> float:
    """Half the width of the view: holds 90 % of the fish in typical frames, with a margin."""
    frames = position[np.linspace(0, len(position) - 1, min(len(position), 20)).astype(int)].values
    away = np.abs(frames - np.median(frames, axis=1, keepdims=True)).max(axis=2)
    return 1.2 * float(np.median(np.quantile(away, 0.9, axis=1))) or 1.0
