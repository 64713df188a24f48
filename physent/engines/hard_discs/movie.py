"""The animation of a gas: discs by the side from which they came, and their entropy below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from physent.declare import Movie
from physent.engines.hard_discs.figure import add_discs, entropies_of, thinned

if TYPE_CHECKING:
    import xarray as xr


def movie(dataset: xr.Dataset) -> Movie | None:
    """Centres of the first replica; coloured by side of the first frame where both were filled, else by speed."""
    if "position" not in dataset:
        return None
    position = dataset.position.isel(replica=0)
    clock = str(position.dims[0])
    start = thinned(position[0].values)
    figure = Figure(figsize=(5.6, 6.8))
    panels = figure.subplot_mosaic([["gas"], ["below"]], height_ratios=[4.0, 1.2])
    gas, below = panels["gas"], panels["below"]
    discs = add_discs(gas, dataset, start, cmap="cividis")
    left = start[:, 0] < 0.5 * gas.get_xlim()[1]
    if left.any() and not left.all():
        colors, title = np.where(left, 0.0, 1.0), "by the side of the start"
    elif "velocity" in dataset:
        speed = np.linalg.norm(thinned(dataset.velocity.isel(replica=0)[0].values), axis=1)
        colors, title = np.clip(speed / (2.0 * np.sqrt(np.mean(speed**2))), 0.0, 1.0), "by the speed at the start"
    else:
        colors, title = np.zeros(len(left)), ""
    discs.set_array(colors)
    discs.set_clim(0.0, 1.0)
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
        discs.set_offsets(thinned(position[frame].values))
        time = float(position[clock][frame])
        now.set_xdata([time, time])
        gas.set_title(f"$t = {time:.4g}$" + (f"; colours {title}" if title else ""))

    return Movie(figure, position.sizes[clock], draw)
