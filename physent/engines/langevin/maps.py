"""Maps of active particles that interact: where entropy is produced, and who moves where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

if TYPE_CHECKING:
    import xarray as xr

    from physent.engines import Plain

PER_CELL = 4.0  # particles in a cell of the map, on average
LOCAL = {
    "particle_epr_even": "$u$ even",
    "particle_epr_velocity": "velocity odd",
    "particle_epr_noise_free": "noise-free",
    "particle_epr_odd": "$u$ odd",
}


def local_rate(dataset: xr.Dataset) -> str | None:
    """The rate by particle that a map can show: in a periodic plane, with places stored."""
    known = [name for name in LOCAL if name in dataset]
    plane = "position" in dataset and dataset.sizes["axis"] == 2
    return known[0] if known and plane else None


def entropy_map(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    """Entropy production per area and time of the first replica, since the sample before the last."""
    name, length = local_rate(dataset), config["parameters"]["box_length"]
    assert name is not None
    last: Any = dataset[["position", name]].isel({str(dataset[name].dims[0]): -1, "replica": 0})
    x, rate = last.position.values, last[name].values
    cells = max(2, int(np.sqrt(len(x) / PER_CELL)))
    span = [[0.0, length]] * 2 if length else None
    total, columns, rows = np.histogram2d(x[:, 0], x[:, 1], bins=cells, range=span, weights=rate)
    density = total.T / (np.diff(columns)[0] * np.diff(rows)[0])
    low, high = float(density.min()), float(density.max())
    signed = low < -0.05 * high
    shown = {"cmap": "RdBu_r", "vmin": -max(high, -low), "vmax": max(high, -low)} if signed else {"cmap": "viridis"}
    mesh = axes.pcolormesh(columns, rows, density, rasterized=True, **shown)
    axes.figure.colorbar(mesh, ax=axes, label="per area and time")
    axes.set_title(f"entropy production, {LOCAL[name]}", loc="left")
    axes.set(xlabel="$x$", ylabel="$y$", aspect="equal")


def phases(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    """Largest cluster and swim efficiency over time."""
    from physent.engines.drawing import over_replicas

    names = {"largest_cluster_fraction": "largest cluster", "swim_efficiency": "swim efficiency"}
    for color, (name, label) in enumerate(names.items()):
        if name in dataset:
            over_replicas(axes, dataset[name], f"C{color}", label)
    axes.set(xlabel="time $t$", ylim=(0.0, 1.05))
    axes.set_title("phases", loc="left")
    axes.legend(frameon=False, fontsize=8.0)
