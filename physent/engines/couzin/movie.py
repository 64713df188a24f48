"""The animation of a school: fish in three dimensions, followed, with the order parameters below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from physent.declare import Movie

if TYPE_CHECKING:
    import xarray as xr

MOST_FISH = 2000
TAIL = 0.06  # length of a fish on the screen, as a share of the view


def movie(dataset: xr.Dataset) -> Movie | None:
    """Positions and headings of the first replica about their median, coloured by heading; P and M up to the moment."""
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
    for color, (name, label) in enumerate({"polarization": "polarisation", "rotation": "rotation"}.items()):
        order.plot(dataset.time, dataset[name].isel(replica=0), color=f"C{color}", lw=1.0, label=label)
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
    """Half the width of the view: what holds nine fish of ten at the frames looked at."""
    frames = position[np.linspace(0, len(position) - 1, min(len(position), 20)).astype(int)].values
    away = np.abs(frames - np.median(frames, axis=1, keepdims=True)).max(axis=2)
    return 1.2 * float(np.median(np.quantile(away, 0.9, axis=1))) or 1.0
