"""Figure of a jump process: what grows along the trajectories, and where they spend their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from physent.engines.drawing import over_replicas

if TYPE_CHECKING:
    import xarray as xr

    from physent.engines import Plain

LEAST = 30  # replicas of a histogram
LEDGER = {
    "work": "work",
    "heat": "heat",
    "entropy_medium": "entropy of the medium",
    "entropy_system": "entropy of the system",
}


def draw(dataset: xr.Dataset, config: Plain) -> Figure:
    """The ledger and the currents over time; the share of time of each state or site, and dwell times, if stored."""
    ledger = {name: label for name, label in LEDGER.items() if name in dataset}
    if "work" in ledger and "heat" in ledger:
        ledger.pop("entropy_medium", None)  # proportional to the heat
    currents = {str(name): str(name) for name in dataset if str(name).startswith("current")}
    share = next((name for name in ("time_in_state", "time_occupied") if name in dataset), None)
    names = ["ledger"] * bool(ledger) + ["currents"] * bool(currents)
    names += ["work"] * (
        "work" in dataset and bool(config["parameters"]["driving"]) and dataset.sizes["replica"] >= LEAST
    )
    names += ["share"] * (share is not None) + ["dwell"] * ("dwell_histogram" in dataset)
    figure = Figure(figsize=(4.6 * len(names) or 4.6, 3.4))
    for axes, name in zip(figure.subplots(1, len(names) or 1, squeeze=False)[0], names or [""], strict=True):
        if name in ("ledger", "currents"):
            _growing(axes, dataset, ledger if name == "ledger" else currents)
        elif name == "work":
            _work(axes, dataset, [one["name"] for one in config["diagnostics"] if one["kind"] == "jarzynski"])
        elif name == "share":
            _share(axes, dataset, str(share))
        elif name == "dwell":
            _dwell(axes, dataset, list(config["parameters"]["dwell"]["groups"]))
    return figure


def _growing(axes: Axes, dataset: xr.Dataset, names: dict[str, str]) -> None:
    for color, (name, label) in enumerate(names.items()):
        over_replicas(axes, dataset[name], f"C{color}", label)
    axes.set(xlabel="time $t$", title="since the start, mean over replicas")
    axes.legend(frameon=False)


def _work(axes: Axes, dataset: xr.Dataset, free_energies: list[str]) -> None:
    """Work at the end, its mean, and the free energy if a diagnostic gives it: the Crooks crossing."""
    work = dataset.work[-1].values
    axes.hist(work, bins=min(30, max(10, work.size // 50)), density=True, color="C0", alpha=0.6)
    axes.axvline(work.mean(), color="C0", lw=1.0, label=r"$\langle w \rangle$")
    if free := [name for name in free_energies if name in dataset]:
        axes.axvline(float(dataset[free[0]][-1]), color="k", lw=1.0, ls="--", label=r"$\Delta F$ (Jarzynski)")
    axes.set(xlabel="work $w$ at the end", ylabel="probability density")
    axes.legend(frameon=False)


def _share(axes: Axes, dataset: xr.Dataset, name: str) -> None:
    """Share of the time of the last stored frame."""
    times = dataset[name]
    clock, place = str(times.dims[0]), str(times.dims[-1])
    elapsed = float(times[clock][-1])
    share = times[-1] / elapsed if elapsed > 0 else times[-1]
    mean, error = share.mean("replica"), share.std("replica") / max(1.0, np.sqrt(times.sizes["replica"] - 1.0))
    what = "state" if place == "node" else "site"
    axes.errorbar(times[place], mean, error, fmt="o-" if times.sizes[place] > 12 else "o", ms=3.0, lw=1.0)
    axes.set(xlabel=what, ylabel=f"share of the time {'in it' if place == 'node' else 'full'}", ylim=(0.0, None))


def _dwell(axes: Axes, dataset: xr.Dataset, names: list[str]) -> None:
    stays = dataset.dwell_histogram[-1].sum("replica")
    middles = dataset.dwell.values
    width = 2.0 * float(middles[0])
    for index, name in enumerate(names):
        counts = stays.isel(group=index).values[:-1]  # the last bin has no upper end
        total = max(1, int(stays.isel(group=index).sum()))
        seen = counts > 0
        axes.plot(middles[:-1][seen], counts[seen] / (total * width), ".", color=f"C{index}", label=name)
    axes.set(xlabel="dwell time", ylabel="probability density", yscale="log")
    axes.legend(frameon=False)
