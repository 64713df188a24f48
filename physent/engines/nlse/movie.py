"""The animation of a wave: |psi|^2 over x, and the space-time picture as it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from physent.declare import Movie

if TYPE_CHECKING:
    import xarray as xr


def movie(dataset: xr.Dataset) -> Movie | None:
    """Intensity of the first replica."""
    if "psi" not in dataset:
        return None
    psi = dataset.psi.isel(replica=0)
    clock = str(psi.dims[0])
    x, at = dataset.x.values, dataset[clock].values
    highest = float(dataset.max_intensity.isel(replica=0).max()) * 1.05
    figure = Figure(figsize=(6.4, 5.6))
    panels = figure.subplot_mosaic([["profile"], ["history"]], height_ratios=[1.0, 1.4], sharex=True)
    profile, history = panels["profile"], panels["history"]
    (line,) = profile.plot(x, np.zeros_like(x), lw=1.2)
    profile.set(ylim=(0.0, highest), ylabel=r"$|\psi|^2$", xlim=(x[0], x[-1]))
    rows = min(len(at), 400)
    picture = np.full((rows, len(x)), np.nan)
    image = history.imshow(
        picture,
        origin="lower",
        aspect="auto",
        extent=(x[0], x[-1], at[0], at[-1]),
        cmap="magma",
        vmin=0.0,
        vmax=highest,
    )
    history.set(xlabel="position $x$", ylabel="time $t$")
    figure.colorbar(image, ax=history, pad=0.02, fraction=0.05, label=r"$|\psi|^2$")
    reached = -1

    def draw(frame: int) -> None:
        nonlocal reached
        last = min(rows - 1, frame * rows // len(at))
        for row in range(reached + 1, last + 1):
            picture[row] = np.abs(psi[min(len(at) - 1, row * len(at) // rows)].values) ** 2
        reached = max(reached, last)
        image.set_data(picture)
        line.set_ydata(np.abs(psi[frame].values) ** 2)
        profile.set_title(f"$t = {float(at[frame]):.4g}$")

    return Movie(figure, len(at), draw)
