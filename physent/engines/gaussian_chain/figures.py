"""Figure of a chain: a map of energy or density over sites and time, entropies, levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from physent.engines.drawing import over_replicas

if TYPE_CHECKING:
    import xarray as xr

    from physent.engines import Plain

MAPS = {"density": "fermions per site", "site_energy": "energy of a site", "kinetic_energy_site": "kinetic energy"}


def draw(dataset: xr.Dataset, config: Plain) -> Figure:
    """The first replica's map, the entropies of blocks over time, and the occupation of modes at the end."""
    maps = [name for name in MAPS if name in dataset and dataset.sizes["time"] > 1]
    blocks = [str(name) for name, one in dataset.data_vars.items() if str(one.dims[-1]).endswith(("_block", "_pair"))]
    names = [*maps[:1], *(["blocks"] if blocks else []), *(["occupation"] if "occupation" in dataset else [])]
    if not names:
        names = ["energy"]
    figure = Figure(figsize=(4.6 * len(names), 3.6))
    panels = dict(zip(names, figure.subplots(1, len(names), squeeze=False)[0], strict=True))
    for name, axes in panels.items():
        if name in MAPS:
            one = dataset[name].isel(replica=0)
            image = axes.pcolormesh(one["site"], one["time"], one.values, shading="nearest", rasterized=True)
            figure.colorbar(image, ax=axes)
            axes.set(xlabel="site", ylabel="time", title=MAPS[name])
        elif name == "blocks":
            _blocks(axes, dataset, blocks)
        elif name == "occupation":
            one = dataset[name].isel(time=-1)
            for row in one.values[:3]:
                axes.plot(np.arange(len(row)), row, ".", ms=3)
            axes.set(xlabel="mode, by ascending energy", title="occupation of modes at the end")
        else:
            over_replicas(axes, dataset[name], "C0")
            axes.set(xlabel="time", title=name)
    return figure


def _blocks(axes: object, dataset: xr.Dataset, names: list[str]) -> None:
    from matplotlib.axes import Axes

    assert isinstance(axes, Axes)
    color = 0
    for name in names:
        one = dataset[name]
        places = one.attrs.get("blocks", "").split("; ")
        for index in range(one.sizes[one.dims[-1]]):
            what = places[index] if str(one.dims[-1]).endswith("_block") and index < len(places) else str(index)
            over_replicas(axes, one.isel({one.dims[-1]: index}), f"C{color % 10}", f"{name}, {what}")
            color += 1
    axes.set(xlabel="time", title="entropies, in nats")
    if color <= 8:
        axes.legend(frameon=False, fontsize=7)
