"""The standard figure of a gas: discs at the start and at the end, and what they did in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

if TYPE_CHECKING:
    import xarray as xr

MOST_DISCS = 20_000


def draw(dataset: xr.Dataset) -> Figure:
    """Centres of the first replica at both ends of the run where they are stored; entropies if any, Z, speeds."""
    stored = "position" in dataset
    entropies = entropies_of(dataset)
    left = ["start", "end"] if stored else []
    right = (["entropy"] if entropies else []) + ["factor", "speeds"]
    rows = 6
    columns = [[name for name in side for _ in range(rows // len(side))] for side in (left, right) if side]
    figure = Figure(figsize=(9.0 if stored else 5.0, 6.0))
    panels = figure.subplot_mosaic([list(row) for row in zip(*columns, strict=True)])
    if stored:
        present = dataset.position.isel(replica=0).dropna(dataset.position.dims[0], how="all")
        for name, frame in (("start", 0), ("end", -1)):
            _discs(panels[name], present[frame].values, float(present[present.dims[0]][frame]))
            panels[name].set(xlim=(0.0, float(present.max())), ylim=(0.0, float(present.max())))
    for name in entropies:
        panels["entropy"].plot(dataset.time, dataset[name].isel(replica=0, missing_dims="ignore"), label=name)
    if entropies:
        panels["entropy"].set(ylabel="entropy a disc / nats", title="Boltzmann entropy")
        panels["entropy"].legend(frameon=False, fontsize=8.0)
    _series(panels["factor"], dataset, "compressibility_factor", "$PV/NT$", "compressibility factor")
    _series(panels["speeds"], dataset, "mean_speed_ratio", r"$\langle v^4\rangle/\langle v^2\rangle^2$", "speeds")
    panels["speeds"].axhline(2.0, color="0.5", lw=0.8, ls="--")
    panels["speeds"].set(xlabel="time $t$")
    return figure


def entropies_of(dataset: xr.Dataset) -> list[str]:
    """Names of the Boltzmann entropies a disc that diagnostics gave."""
    others = ("_total", "_occupied_cells", "_se", "_relative_entropy", "_without")
    names = [name for name in map(str, dataset.data_vars) if "macrostate" in dataset[name].attrs]
    return [name for name in names if not name.endswith(others)]


def _discs(axes: Axes, centres: np.ndarray[tuple[int, int], np.dtype[np.float64]], time: float) -> None:
    shown = centres[:: max(1, len(centres) // MOST_DISCS)]
    axes.plot(shown[:, 0], shown[:, 1], ".", ms=1.0, color="C0", rasterized=True)
    axes.set(aspect="equal", xlabel="$x$", ylabel="$y$", title=f"$t = {time:.4g}$")


def _series(axes: Axes, dataset: xr.Dataset, name: str, label: str, title: str) -> None:
    for replica in range(min(10, dataset.sizes["replica"])):
        axes.plot(dataset.time, dataset[name][:, replica], lw=1.0)
    axes.set(ylabel=label, title=title)
