"""Figure and movie of a gas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure

from physent.declare import Movie
from physent.engines.drawing import over_replicas
from physent.engines.hard_discs import mixture_figures
from physent.theory import walls
from physent.theory.kinetic import henderson
from physent.typing import Floats

if TYPE_CHECKING:
    import xarray as xr

    from physent.engines import Plain


MOST_DISCS = 20_000
LEAST_SEEN = 1 / 300
"""Diameter over side of the box below which a disc is smaller than a point of the drawing."""


def draw(dataset: xr.Dataset, config: Plain) -> Figure:
    """Centres of the first replica at both ends of the run if they are stored; entropies if any, Z, speeds."""
    if "species" in dataset.dims:
        return _mixture(dataset, config)
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
            add_discs(panels[name], dataset, config, thinned(present[frame].values), color="C0", rasterized=True)
            panels[name].set(title=f"$t = {float(present[present.dims[0]][frame]):.4g}$")
    if entropies:
        _entropies(panels["entropy"], dataset, config, entropies)
    over_replicas(panels["factor"], dataset.compressibility_factor, "C0", "from collisions")
    if "pressure" in dataset:
        _, length = _size(config)
        area = length * (length - dataset.attrs["diameter"])  # see theory.walls
        over_replicas(panels["factor"], dataset.pressure * area / dataset.kinetic_energy, "C1", "from the walls")
    panels["factor"].axhline(
        _factor(dataset, config), color="0.5", lw=0.8, ls="--", label="equilibrium (Henderson 1975)"
    )
    panels["factor"].set(ylabel="$PV/NT$", title="compressibility factor")
    over_replicas(panels["speeds"], dataset.mean_speed_ratio, "C0")
    panels["speeds"].axhline(2.0, color="0.5", lw=0.8, ls="--", label="Maxwell's law")
    panels["speeds"].set(xlabel="time $t$", ylabel=r"$\langle v^4\rangle/\langle v^2\rangle^2$", title="speeds")
    for name in ("factor", "speeds"):
        panels[name].ticklabel_format(useOffset=False)
        panels[name].legend(frameon=False, fontsize=8.0)
    return figure


def _mixture(dataset: xr.Dataset, config: Plain) -> Figure:
    """The same of a mixture, with temperatures, speeds and entropies of each species."""
    figure, panels, entropies = mixture_figures.panels_of(dataset)
    if "position" in dataset:
        present = dataset.position.isel(replica=0).dropna(dataset.position.dims[0], how="all")
        colors = [f"C{a}" for a in thinned(dataset.particle_species.values)]
        for name, frame in (("start", 0), ("end", -1)):
            add_discs(panels[name], dataset, config, thinned(present[frame].values), color=colors, rasterized=True)
            panels[name].set(title=f"$t = {float(present[present.dims[0]][frame]):.4g}$")
    mixture_figures.draw_species(panels, dataset, config, entropies)
    return figure


def entropies_of(dataset: xr.Dataset) -> list[str]:
    """Names of the Boltzmann entropies per disc in the file."""
    others = ("_total", "_occupied_cells", "_se", "_relative_entropy", "_without")
    names = [name for name in map(str, dataset.data_vars) if "macrostate" in dataset[name].attrs]
    return [name for name in names if not name.endswith(others)]


def thinned(discs: Floats) -> Floats:
    """At most MOST_DISCS of the rows."""
    return discs[:: -(-len(discs) // MOST_DISCS)]


def add_discs(axes: Axes, dataset: xr.Dataset, config: Plain, centres: Floats, **style: Any) -> EllipseCollection:
    """Draw the box and discs to scale; discs too small to be seen are enlarged, as the axis label then says."""
    _, length = _size(config)
    diameter = np.full(len(centres), float(dataset.attrs["diameter"]))
    if "particle_diameter" in dataset:
        diameter = thinned(dataset.particle_diameter.values)
    least = float(diameter.min())
    width = diameter * max(1.0, LEAST_SEEN * length / least) if least else np.full(len(centres), LEAST_SEEN * length)
    discs = EllipseCollection(
        width, width, np.zeros(len(centres)), units="xy", offsets=centres, transOffset=axes.transData, lw=0.0, **style
    )
    axes.add_collection(discs)
    enlarged = "" if diameter[0] >= width[0] else " (discs enlarged)"
    axes.set(xlim=(0.0, length), ylim=(0.0, length), aspect="equal", xlabel=f"$x${enlarged}", ylabel="$y$")
    return discs


def _entropies(axes: Axes, dataset: xr.Dataset, config: Plain, names: list[str]) -> None:
    """Every entropy, with two standard errors if it has one, and the common final value."""
    for color, name in enumerate(names):
        rise = dataset[name].isel(replica=0, missing_dims="ignore")
        axes.plot(dataset.time, rise, color=f"C{color}", label=name)
        if f"{name}_se" in dataset:
            error = 2 * dataset[f"{name}_se"]
            axes.fill_between(dataset.time, rise - error, rise + error, color=f"C{color}", alpha=0.3, lw=0)
    fraction = _filled(config)
    if fraction < 1:
        axes.axhline(-np.log(fraction), color="0.5", lw=0.8, ls="--", label=f"ln {1 / fraction:g}")
    axes.set(ylabel="entropy per disc / nats", title="Boltzmann entropy")
    axes.legend(frameon=False, fontsize=8.0)


def _factor(dataset: xr.Dataset, config: Plain) -> float:
    """Compressibility factor in equilibrium."""
    if "pressure" not in dataset:
        return float(henderson(dataset.attrs["packing_fraction"]))
    return walls.compressibility_factor(*_size(config), float(dataset.attrs["diameter"]))


def _size(config: Plain) -> tuple[int, float]:
    """Number of discs and side of the box."""
    return int(config["parameters"]["n"]), float(config["parameters"]["box_length"])


def _filled(config: Plain) -> float:
    """Share of the box that the gas fills at the start; 1 if the config does not specify it."""
    start = config["initial"]
    share = float(start.get("fraction", 1.0))
    return share**2 if start.get("kind") == "corner" else share


def movie(dataset: xr.Dataset, config: Plain) -> Movie | None:
    """Centres of the first replica; coloured by side of the first frame if both were filled, else by speed."""
    if "position" not in dataset:
        return None
    position = dataset.position.isel(replica=0)
    clock = str(position.dims[0])
    start = thinned(position[0].values)
    figure = Figure(figsize=(5.6, 6.8))
    panels = figure.subplot_mosaic([["gas"], ["below"]], height_ratios=[4.0, 1.2])
    gas, below = panels["gas"], panels["below"]
    discs = add_discs(gas, dataset, config, start, cmap="cividis")
    left = start[:, 0] < 0.5 * gas.get_xlim()[1]
    colors: Floats | None
    if "particle_species" in dataset:
        discs.set_facecolor([f"C{a}" for a in thinned(dataset.particle_species.values)])
        colors, title = None, "by species"
    elif left.any() and not left.all():
        colors, title = np.where(left, 0.0, 1.0), "by the side of the start"
    elif "velocity" in dataset:
        speed = np.linalg.norm(thinned(dataset.velocity.isel(replica=0)[0].values), axis=1)
        colors, title = np.clip(speed / (2.0 * np.sqrt(np.mean(speed**2))), 0.0, 1.0), "by the speed at the start"
    else:
        colors, title = np.zeros(len(left)), ""
    if colors is not None:
        discs.set_array(colors)
        discs.set_clim(0.0, 1.0)
    whole = entropies_of(dataset)
    for name in whole:
        rise = dataset[name].isel(replica=0, missing_dims="ignore")
        own = name if rise.ndim == 1 else [f"{name}, {one}" for one in mixture_figures.names_of(config)]
        below.plot(dataset.time, rise, lw=1.2, label=own)
    if whole:
        below.set(ylabel="entropy per disc / nats")
        below.legend(frameon=False, fontsize=8.0, loc="lower right")
    else:
        below.plot(dataset.time, dataset.collisions.isel(replica=0) / position.sizes["particle"], lw=1.2)
        below.set(ylabel="collisions per disc")
    below.set(xlabel="time $t$")
    now = below.axvline(float(dataset.time[0]), color="0.3", lw=1.0)

    def draw(frame: int) -> None:
        discs.set_offsets(thinned(position[frame].values))
        time = float(position[clock][frame])
        now.set_xdata([time, time])
        gas.set_title(f"$t = {time:.4g}$" + (f"; colours {title}" if title else ""))

    return Movie(figure, position.sizes[clock], draw)
