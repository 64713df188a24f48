"""Figures of a Coulomb gas: density by radius, and traces of the draws; and a movie of the draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from physent.declare import Movie
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb.parameters import Parameters
from physent.theory.disc_counting import largest_radius_cdf
from physent.theory.droplet import PowerPotential

if TYPE_CHECKING:
    import xarray as xr

    from physent.engines import Plain


def draw(dataset: xr.Dataset, config: Plain) -> Figure:
    """A draw of the first replica and the radial density if fields are stored; trace and histogram of the radius."""
    field = next((name for name in ("position", "radius") if name in dataset), None)
    columns = 3 if field else 2
    figure = Figure(figsize=(3.3 * columns, 3.1))
    panels = list(np.ravel(figure.subplots(1, columns)))
    if field:
        radius = _radius(dataset[field])
        _density(panels.pop(0), dataset, radius, config)
    course, law = panels
    name = "energy" if "energy" in dataset else "max_radius"
    clock = dataset[name].dims[0]
    for replica in range(min(4, dataset.sizes["replica"])):
        course.plot(dataset[clock], dataset[name].isel(replica=replica), lw=0.6, alpha=0.8)
    course.set(xlabel="draw", ylabel="energy $E$" if name == "energy" else "largest radius", title="draws")
    values = dataset.max_radius.values.ravel()
    values = values[np.isfinite(values)]
    law.hist(values, bins=min(60, max(5, values.size // 20)), density=True, color="C0", alpha=0.7)
    gas = _gas(config)
    if gas and gas.kind == gases.PLANE and gas.beta == 2.0:
        r = np.linspace(values.min(), values.max(), 300)
        cdf = largest_radius_cdf(r, gas.n, PowerPotential(gas.exponent, gas.strength))
        law.plot(r, np.gradient(cdf, r), color="k", lw=1.0, label="exact")
        law.legend(frameon=False, fontsize=8.0)
    law.set(xlabel="largest radius", ylabel="density", title="edge")
    return figure


def _gas(config: Plain) -> gases.Gas | None:
    """The gas in a power trap, of which more is known; None in one of the user's own, which need not be at hand."""
    parameters = config["parameters"]
    kind = parameters.get("potential", {}).get("kind", "power")
    return gases.gas_of(Parameters.model_validate(parameters)) if kind == "power" else None


def _radius(field: Any) -> np.ndarray[Any, Any]:
    """Distances from the centre, (frame, replica, particle)."""
    values = field.values
    return np.asarray(np.sqrt(np.sum(values**2, axis=-1)) if field.name == "position" else values)


def _density(axes: Axes, dataset: xr.Dataset, radius: np.ndarray[Any, Any], config: Plain) -> None:
    """Normalised number of charges per unit radius, with the large-N droplet for comparison."""
    kept = radius[-max(1, 200_000 // radius[0].size) :].ravel()
    kept = kept[np.isfinite(kept)]
    axes.hist(kept, bins=60, density=True, color="C0", alpha=0.7, label="draws")
    gas = _gas(config)
    if gas and gas.kind != gases.LOG_LINE:
        r = np.linspace(0.0, gases.edge(gas), 200)[1:]
        power = gas.dimension + gas.exponent - 2.0
        axes.plot(r, gas.strength * power * r ** (power - 1.0), color="k", lw=1.0, label="large $N$")
    axes.set(xlabel="radius $r$", ylabel="density of $r$", title="charges over the radius")
    axes.legend(frameon=False, fontsize=8.0)


def movie(dataset: xr.Dataset, config: Plain) -> Movie | None:
    """Charges of the first replica, draw by draw; in three dimensions seen along z."""
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
    spread = (np.arange(position.sizes["particle"]) * 0.6180339887498949) % 1.0  # separates charges on a line

    def draw(frame: int) -> None:
        place = position[frame].values
        charges.set_offsets(place[:, :2] if axes > 1 else np.column_stack([place[:, 0], spread]))
        at = float(position[clock][frame])
        now.set_xdata([at, at])
        gas.set_title(f"draw {at:g}")

    return Movie(figure, position.sizes[clock], draw)
