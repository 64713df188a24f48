"""Standard figure of a Coulomb gas: the charges, their density over the radius, the course of the draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from physent.engines.coulomb import gas as gases
from physent.theory.disc_counting import largest_radius_cdf
from physent.theory.droplet import PowerPotential

if TYPE_CHECKING:
    import xarray as xr


def draw(dataset: xr.Dataset) -> Figure:
    """A draw of the first replica and the radial density where fields are stored; course and law of the radius."""
    field = next((name for name in ("position", "radius") if name in dataset), None)
    columns = 3 if field else 2
    figure = Figure(figsize=(3.3 * columns, 3.1))
    panels = list(np.ravel(figure.subplots(1, columns)))
    if field:
        radius = _radius(dataset[field])
        _density(panels.pop(0), dataset, radius)
    course, law = panels
    name = "energy" if "energy" in dataset else "max_radius"
    clock = dataset[name].dims[0]
    for replica in range(min(4, dataset.sizes["replica"])):
        course.plot(dataset[clock], dataset[name].isel(replica=replica), lw=0.6, alpha=0.8)
    course.set(xlabel="draw", ylabel="energy $E$" if name == "energy" else "largest radius", title="draws")
    values = dataset.max_radius.values.ravel()
    values = values[np.isfinite(values)]
    law.hist(values, bins=min(60, max(5, values.size // 20)), density=True, color="C0", alpha=0.7)
    gas = _gas(dataset)
    if gas is not None and gas.kind == gases.PLANE and gas.beta == 2.0:
        r = np.linspace(values.min(), values.max(), 300)
        cdf = largest_radius_cdf(r, gas.n, PowerPotential(gas.exponent, gas.strength))
        law.plot(r, np.gradient(cdf, r), color="k", lw=1.0, label="exact")
        law.legend(frameon=False, fontsize=8.0)
    law.set(xlabel="largest radius", ylabel="density", title="edge")
    return figure


def _radius(field: Any) -> np.ndarray[Any, Any]:
    """Distances from the centre, (frame, replica, particle)."""
    values = field.values
    return np.asarray(np.sqrt(np.sum(values**2, axis=-1)) if field.name == "position" else values)


def _density(axes: Axes, dataset: xr.Dataset, radius: np.ndarray[Any, Any]) -> None:
    """Charges per unit of radius, normalised, beside that of the droplet at large N."""
    kept = radius[-max(1, 200_000 // radius[0].size) :].ravel()
    kept = kept[np.isfinite(kept)]
    axes.hist(kept, bins=60, density=True, color="C0", alpha=0.7, label="draws")
    gas = _gas(dataset)
    if gas is not None and gas.kind != gases.LOG_LINE:
        r = np.linspace(0.0, gases.edge(gas), 200)[1:]
        power = gas.dimension + gas.exponent - 2.0
        axes.plot(r, gas.strength * power * r ** (power - 1.0), color="k", lw=1.0, label="large $N$")
    axes.set(xlabel="radius $r$", ylabel="density of $r$", title="charges over the radius")
    axes.legend(frameon=False, fontsize=8.0)


def _gas(dataset: xr.Dataset) -> gases.Gas | None:
    """Gas of the config in the file's attributes."""
    if "config" not in dataset.attrs:
        return None
    from physent.config import yaml
    from physent.engines.coulomb.parameters import Parameters

    found = yaml.parse_value(dataset.attrs["config"])
    return gases.gas_of(Parameters.model_validate(found["parameters"]))
