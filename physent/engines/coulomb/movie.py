"""The animation of a gas of charges: its draws, one after the other, and the course of the largest radius."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from physent.declare import Movie

if TYPE_CHECKING:
    import xarray as xr


def movie(dataset: xr.Dataset) -> Movie | None:
    """Charges of the first replica in the droplet; in three dimensions seen along z, on a line over the draws."""
    if "position" not in dataset:
        return None
    position = dataset.position.isel(replica=0)
    clock = str(position.dims[0])
    axes = position.sizes["axis"]
    edge = float(dataset.attrs.get("droplet_edge", dataset.max_radius.median()))
    view = 1.05 * float(dataset.max_radius.isel(replica=0).max())
    figure = Figure(figsize=(5.6, 6.8))
    panels = figure.subplot_mosaic([["gas"], ["below"]], height_ratios=[4.0, 1.2])
    gas, below = panels["gas"], panels["below"]
    charges = gas.scatter(
        [], [], s=max(2.0, 24.0 * min(1.0, 200 / position.sizes["particle"])), color="C0", lw=0.0, zorder=3
    )
    if axes > 1:
        gas.add_patch(Circle((0.0, 0.0), edge, fill=False, color="0.5", lw=1.0))
        gas.set(xlim=(-view, view), ylim=(-view, view), aspect="equal", xlabel="$x$", ylabel="$y$")
    else:
        gas.set(xlim=(-view, view), ylim=(0.0, 1.0), yticks=[], xlabel="$x$")
        gas.axvspan(-edge, edge, color="0.9", lw=0.0, zorder=0)
    largest = dataset.max_radius.isel(replica=0)
    below.plot(largest[largest.dims[0]], largest, lw=0.8, color="C1")
    below.set(xlabel="draw", ylabel="largest radius")
    now = below.axvline(0.0, color="0.3", lw=1.0)
    spread = (np.arange(position.sizes["particle"]) * 0.6180339887498949) % 1.0  # on a line: apart, to be seen

    def draw(frame: int) -> None:
        place = position[frame].values
        charges.set_offsets(place[:, :2] if axes > 1 else np.column_stack([place[:, 0], spread]))
        at = float(position[clock][frame])
        now.set_xdata([at, at])
        gas.set_title(f"draw {at:g}")

    return Movie(figure, position.sizes[clock], draw)
