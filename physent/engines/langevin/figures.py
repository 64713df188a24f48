"""Figure of overdamped particles: the ledger, rates of entropy production, and what the last sample holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from physent.engines.drawing import over_replicas
from physent.engines.langevin import maps

if TYPE_CHECKING:
    import xarray as xr

    from physent.engines import Plain

MOST_POINTS = 5000
_ENOUGH = 100  # replicas for a histogram
_RATES = {
    "epr_drift": "drift",
    "epr_trapezoid": "trapezoid",
    "epr_even": "$u$ even",
    "epr_odd": "$u$ odd",
    "epr_velocity": "velocity",
    "epr_noise_free": "noise-free",
}


def draw(dataset: xr.Dataset, config: Plain) -> Figure:
    """Work, heat and energy; entropies; rates of entropy production; law of the work, or places."""
    shown = [_ledger]
    if "entropy_medium" in dataset:
        shown.append(_entropies)
    if any(name in dataset for name in _RATES):
        shown.append(_rates)
    if maps.local_rate(dataset):
        shown.append(maps.entropy_map)
    if dataset.sizes["replica"] >= _ENOUGH and config["parameters"]["driving"]:
        shown.append(_work)
    elif "position" in dataset:
        shown.append(_places)
    else:
        shown.append(_spread)
    if "largest_cluster_fraction" in dataset:
        shown.append(maps.phases)
    rows = -(-len(shown) // 2)
    figure = Figure(figsize=(9.0, 2.9 * rows))
    panels = figure.subplots(rows, 2, squeeze=False)
    for axes in panels.flat[len(shown) :]:
        axes.remove()
    for panel, axes in zip(shown, panels.flat, strict=False):
        panel(axes, dataset, config)
    return figure


def _over_time(axes: Axes, dataset: xr.Dataset, names: dict[str, str], title: str) -> None:
    for color, (name, label) in enumerate(names.items()):
        if name in dataset:
            over_replicas(axes, dataset[name], f"C{color}", label)
    axes.set_title(title, loc="left")
    axes.set_xlabel("time $t$")
    axes.legend(frameon=False, fontsize=8.0)


def _ledger(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    names = {"work": "work on the system", "heat": "heat into the medium", "energy": "energy"}
    _over_time(axes, dataset, names, "energy, per replica")


def _entropies(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    names = {"entropy_medium": "medium", "entropy_system": "system", "entropy_total": "total"}
    _over_time(axes, dataset, names, "entropy since the start, per replica")


def _rates(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    later = dataset.isel({str(dataset.work.dims[0]): slice(1, None)})
    axes.ticklabel_format(useOffset=False)
    _over_time(axes, later, _RATES, "rate of entropy production, per replica")


def _spread(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    _over_time(axes, dataset, {"mean_square_displacement": "mean square displacement"}, "motion")


def jarzynski_temperature(config: Plain) -> float | None:
    """T of <e^{-w/T}> = e^{-dF/T}: of a start in equilibrium with U at the one temperature of the run; else None."""
    parameters, initial = config["parameters"], config["initial"]
    t, force = parameters["temperature"], parameters.get("force") or {}
    stays = not any("temperature" in path for event in config.get("protocol") or () for path in event.get("set") or ())
    equilibrium = initial["kind"] == "equilibrium" and initial.get("temperature") in (None, t)
    known = isinstance(t, float | int) and t > 0 and equilibrium and stays and force.get("kind") != "uniform"
    return float(t) if known else None


def _work(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    """The law of the work at the end, and if w gives dF also e^{(dF - w)/T} times it, that of -w in reverse."""
    work, t = dataset.work[-1].values, jarzynski_temperature(config)
    bins = np.linspace(work.min(), work.max(), min(80, int(np.sqrt(work.size)))).tolist()
    axes.hist(work, bins, density=True, color="C0", alpha=0.6, label="$P(w)$")
    clock = float(dataset[str(dataset.work.dims[0])][-1])
    if t and float(np.exp(-(work - work.min()) / t).mean()) * work.size > 10:
        low = work.min()
        difference = low - t * np.log(np.exp(-(work - low) / t).mean())
        weights = np.exp((difference - work) / t)
        axes.hist(
            work, bins, weights=weights, density=True, color="C1", alpha=0.5, label="$P(w)\\,e^{(\\Delta F-w)/T}$"
        )
        label = f"$\\Delta F = -T\\,\\ln\\langle e^{{-w/T}}\\rangle$ = {difference:.3g}"
        axes.axvline(difference, color="0.2", lw=1.0, ls=":", label=label)
    axes.set_title(f"work at time {clock:g}", loc="left")
    axes.set(xlabel="work $w$", ylabel="density")
    axes.legend(frameon=False, fontsize=8.0)


def _places(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    last: Any = dataset.position.isel({str(dataset.position.dims[0]): -1})
    axes.set_title(
        "places at the last sample" if last.sizes["axis"] == 1 else "replica 0 at the last sample", loc="left"
    )
    if last.sizes["axis"] == 1:
        axes.hist(last.values.ravel(), 60, density=True, color="C0", alpha=0.6)
        axes.set(xlabel="$x$", ylabel="density")
        return
    x = last.isel(replica=0).values[:MOST_POINTS]
    axes.scatter(x[:, 0], x[:, 1], s=6.0 if len(x) < 1000 else 1.0, color="C0")
    axes.set(xlabel="$x$", ylabel="$y$", aspect="equal")
