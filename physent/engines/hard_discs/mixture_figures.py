"""Figure of a mixture: its discs, the temperatures with their law, the speeds and entropies of each species."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from physent.engines.drawing import over_replicas
from physent.theory import mixtures
from physent.typing import Floats

if TYPE_CHECKING:
    import xarray as xr

    from physent.engines import Plain

APART = 100.0
"""Ratio of masses from which epochs are so far apart that time is drawn on a logarithmic axis."""


def names_of(config: Plain) -> list[str]:
    """Names of the species, or their indices."""
    return [one.get("name") or f"species {a}" for a, one in enumerate(config["parameters"]["species"])]


def panels_of(dataset: xr.Dataset) -> tuple[Figure, dict[str, Axes], list[str]]:
    """An empty figure with the places of discs, if they are stored, and the panels for the rest."""
    entropies = [str(n) for n, one in dataset.data_vars.items() if "macrostate" in one.attrs and _is_rise(str(n))]
    left = ["start", "end"] if "position" in dataset else []
    right = (["entropy"] if entropies else []) + ["temperature", "speeds"]
    columns = [[name for name in side for _ in range(6 // len(side))] for side in (left, right) if side]
    figure = Figure(figsize=(9.0 if left else 5.0, 6.4))
    panels: Any = figure.subplot_mosaic([list(row) for row in zip(*columns, strict=True)])
    return figure, panels, entropies


def draw_species(panels: dict[str, Axes], dataset: xr.Dataset, config: Plain, entropies: list[str]) -> None:
    """Temperatures, speeds and entropies of every species over time, with what theory says of them."""
    clock = dataset.time.values
    start, law = temperatures(dataset, config)
    final = _mean(dataset, start) if dataset.diameter.values.all() else start
    for a, name in enumerate(names_of(config)):
        over_replicas(panels["temperature"], dataset.species_temperature.isel(species=a), f"C{a}", name)
        panels["temperature"].plot(clock, law[a], color="k", lw=0.9, ls="--", label=None if a else "law")
        over_replicas(panels["speeds"], dataset.species_speed_ratio.isel(species=a), f"C{a}", name)
    for n in np.unique(_numbers(dataset)):
        label = None if n > _numbers(dataset).min() else "Maxwell's law"
        panels["speeds"].axhline(2 * n / (n + 1), color="0.5", lw=0.8, ls="--", label=label)
    panels["temperature"].set(ylabel="temperature $T_a$", title="energy per disc")
    panels["speeds"].set(xlabel="time $t$", ylabel=r"$\langle v^4\rangle/\langle v^2\rangle^2$", title="speeds")
    if entropies:
        _entropies(panels["entropy"], dataset, config, entropies, np.log(final / start))
    mass = dataset.mass.values
    for name in ("temperature", "speeds", *(("entropy",) if entropies else ())):
        if mass.max() >= APART * mass.min():
            panels[name].set_xscale("log")
            panels[name].set_xlim(clock[min(1, len(clock) - 1)], clock[-1])
        panels[name].legend(frameon=False, fontsize=8.0)


def temperatures(dataset: xr.Dataset, config: Plain) -> tuple[Floats, Floats]:
    """Temperatures at the start, (species,), and over time by theory; those of points, which never meet, stay."""
    start = dataset.species_temperature.isel(time=0).mean("replica").values
    clock = dataset.time.values
    mass, diameter = dataset.mass.values, dataset.diameter.values
    if not diameter.all():
        return start, np.repeat(start[:, None], len(clock), axis=1)
    density = _numbers(dataset) / float(config["parameters"]["box_length"]) ** 2
    return start, mixtures.temperatures(clock - clock[0], density, diameter, mass, start)


def _entropies(axes: Axes, dataset: xr.Dataset, config: Plain, entropies: list[str], heating: Floats) -> None:
    """Every rise of entropy, and where it ends from a Maxwellian, by the share of the box and the temperature."""
    for color, name in enumerate(entropies):
        rise = dataset[name].isel(replica=0, missing_dims="ignore")
        if "species" in rise.dims:
            for a, own in enumerate(names_of(config)):
                axes.plot(dataset.time, rise.isel(species=a), color=f"C{a}", label=f"{name}, {own}")
        else:
            axes.plot(dataset.time, rise, color=f"C{color + 2}", label=name)
    start = config["initial"]
    if start.get("velocities") == "maxwell" and any("species" in dataset[name].dims for name in entropies):
        shares = start["fractions"] if start["kind"] == "separated" else np.ones(len(heating))
        for a, end in enumerate(mixtures.mixing_entropy(shares) + heating):
            axes.axhline(end, color="0.5", lw=0.8, ls="--", label=None if a else "in equilibrium")
    axes.set(ylabel="entropy per disc / nats", title="Boltzmann entropy")


def _is_rise(name: str) -> bool:
    return not name.endswith(("_total", "_occupied_cells", "_se", "_relative_entropy", "_without"))


def _numbers(dataset: xr.Dataset) -> Floats:
    return np.bincount(dataset.particle_species.values).astype(np.float64)


def _mean(dataset: xr.Dataset, start: Floats) -> float:
    number = _numbers(dataset)
    return float(number @ start / number.sum())
