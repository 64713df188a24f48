"""The animation of a gas: discs by the side from which they came, and their entropy below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from physent.animate import Movie
from physent.engines.hard_discs.figure import entropies_of

if TYPE_CHECKING:
    import xarray as xr

MOST_DISCS = 20_000


def movie(dataset: xr.Dataset) -> Movie | None:
    """Centres of the first replica; coloured by side of the first frame where both were filled, else by speed."""
    if "position" not in dataset:
        return None
    position = dataset.position.isel(replica=0)
    clock = str(position.dims[0])
    every = slice(None, None, -(-position.sizes["particle"] // MOST_DISCS))
    position = position.isel(particle=every)
    length = float(np.ceil(1e6 * float(position.max())) / 1e6)
    start = position[0].values
    left = start[:, 0] < 0.5 * length
    figure = Figure(figsize=(5.6, 6.8))
    panels = figure.subplot_mosaic([["gas"], ["below"]], height_ratios=[4.0, 1.2])
    gas, below = panels["gas"], panels["below"]
    if left.any() and not left.all():
        colors, title = np.where(left, 0.0, 1.0), "by the side of the start"
    elif "velocity" in dataset:
        speed = np.linalg.norm(dataset.velocity.isel(replica=0).isel(particle=every)[0].values, axis=1)
        colors, title = np.clip(speed / (2.0 * np.sqrt(np.mean(speed**2))), 0.0, 1.0), "by the speed at the start"
    else:
        colors, title = np.zeros(len(left)), ""
    size = max(0.5, 12.0 * (500 / max(500, len(left))))
    discs = gas.scatter(start[:, 0], start[:, 1], s=size, c=colors, cmap="cividis", vmin=0.0, vmax=1.0, lw=0.0)
    gas.set(xlim=(0.0, length), ylim=(0.0, length), aspect="equal", xlabel="$x$", ylabel="$y$")
    whole = entropies_of(dataset)
    for name in whole:
        below.plot(dataset.time, dataset[name].isel(replica=0, missing_dims="ignore"), lw=1.2, label=name)
    if whole:
        below.set(ylabel="entropy a disc / nats")
        below.legend(frameon=False, fontsize=8.0, loc="lower right")
    else:
        below.plot(dataset.time, dataset.collisions.isel(replica=0) / position.sizes["particle"], lw=1.2)
        below.set(ylabel="collisions a disc")
    below.set(xlabel="time $t$")
    now = below.axvline(float(dataset.time[0]), color="0.3", lw=1.0)

    def draw(frame: int) -> None:
        discs.set_offsets(position[frame].values)
        time = float(position[clock][frame])
        now.set_xdata([time, time])
        gas.set_title(f"$t = {time:.4g}$" + (f"; colours {title}" if title else ""))

    return Movie(figure, position.sizes[clock], draw)
