"""Figures of a wave: space-time amplitude, peak, drift of the invariants; and a movie of |psi|^2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from physent.declare import Movie
from physent.engines.drawing import over_replicas

if TYPE_CHECKING:
    import xarray as xr

    from physent.engines import Plain


def draw(dataset: xr.Dataset, config: Plain) -> Figure:
    """|psi| over space and time of the first replica if fields are stored, entropies if any, invariants."""
    stored, entropies = "psi" in dataset, _entropies(dataset)
    kurtosis = next((name for name in map(str, dataset.data_vars) if name.endswith("_kurtosis")), None)
    shown = {"entropy": entropies, "statistics": kurtosis}
    right = ["peak", *(name for name, there in shown.items() if there), "drift"]
    figure = Figure(figsize=(9.0 if stored else 5.0, 1.7 * len(right) + 0.6))
    panels = figure.subplot_mosaic(
        [["wave", panel] if stored else [panel] for panel in right], width_ratios=[1.35, 1.0] if stored else None
    )
    if stored:
        _space_time(figure, panels["wave"], dataset)
    if entropies:
        _entropy(panels["entropy"], dataset, entropies)
    if kurtosis:
        over_replicas(panels["statistics"], dataset[kurtosis], "C0")
        panels["statistics"].axhline(2.0, color="0.5", lw=0.8, ls="--", label="Gaussian waves")
        panels["statistics"].set(ylabel=r"$\langle I^2\rangle / \langle I\rangle^2$", title="kurtosis of the wave")
        panels["statistics"].tick_params(labelbottom=False)
        panels["statistics"].legend(frameon=False, fontsize=8.0)
    peak, drift = panels["peak"], panels["drift"]
    for replica in range(dataset.sizes["replica"]):
        peak.plot(dataset.time, dataset.max_intensity[:, replica], color="C0", lw=1.2)
    peak.set(ylabel=r"max $|\psi|^2$", title="peak intensity", ylim=(0.0, None))
    peak.tick_params(labelbottom=False)
    for color, name in enumerate(_invariants(config)):
        _drift(drift, dataset, name, f"C{color}")
    drift.set(xlabel="time $t$", ylabel="|drift|, relative", yscale="log", title="invariants")
    drift.set_ylim(1e-17, 30.0 * drift.get_ylim()[1])
    drift.legend(frameon=False, ncols=3, loc="upper left", handlelength=1.0, fontsize=8.0)
    return figure


def _invariants(config: Plain) -> tuple[str, ...]:
    """The conserved quantities: no momentum in a trap, and only mass if the protocol changes the equation."""
    paths = [path for event in config.get("protocol", ()) for path in event.get("set") or ()]
    changed = {path.removeprefix("parameters.").partition(".")[0] for path in paths}
    if changed & {"potential", "sign"}:
        return ("mass",)
    trapped = config.get("parameters", {}).get("potential", {}).get("kind", "none") != "none"
    return ("mass", "energy") if trapped else ("mass", "momentum", "energy")


def _entropies(dataset: xr.Dataset) -> tuple[str, str] | None:
    """Names of the Shannon entropies of position and wavenumber, if a `wave_entropies` diagnostic has both."""
    for name in map(str, dataset.data_vars):
        other = f"{name.removesuffix('_x')}_k"
        if name.endswith("_shannon_x") and other in dataset and dataset[name].attrs.get("form") == "differential":
            return name, other
    return None


def _entropy(axes: Axes, dataset: xr.Dataset, names: tuple[str, str]) -> None:
    position, wavenumber = (dataset[name].isel(replica=0) for name in names)
    axes.plot(dataset.time, position + wavenumber, color="C0", label="$S_x + S_k$")
    axes.plot(dataset.time, position, color="C1", label="$S_x$")
    axes.plot(dataset.time, wavenumber, color="C2", label="$S_k$")
    # Bialynicki-Birula and Mycielski (1975), doi 10.1007/BF01608825
    axes.axhline(1.0 + np.log(np.pi), color="0.5", lw=0.8, ls="--", label=r"$1 + \ln\pi$")
    low, high = axes.get_ylim()
    axes.set(ylabel="entropy / nats", title="Shannon entropies", ylim=(low, high + 0.35 * (high - low)))
    axes.tick_params(labelbottom=False)
    axes.legend(frameon=False, ncols=4, loc="upper left", handlelength=1.0, columnspacing=1.0, fontsize=8.0)


def _space_time(figure: Figure, axes: Axes, dataset: xr.Dataset) -> None:
    amplitude = np.abs(dataset.psi.isel(replica=0))
    clock = amplitude.dims[0]
    image = axes.pcolormesh(dataset.x, dataset[clock], amplitude, cmap="magma", shading="nearest", rasterized=True)
    axes.set(xlabel="position $x$", ylabel="time $t$", title=r"amplitude $|\psi(x,t)|$")
    for side in ("top", "right"):
        axes.spines[side].set_visible(True)
    figure.colorbar(image, ax=axes, pad=0.02, fraction=0.05)


def _drift(axes: Axes, dataset: xr.Dataset, name: str, color: str) -> None:
    """Largest drift over replicas, relative to the value at the start or to the mass, whichever is larger."""
    change = np.abs(dataset[name] - dataset[name].isel(time=0))
    scale = np.maximum(np.abs(dataset[name].isel(time=0)), dataset.mass.isel(time=0))
    worst = (change / scale).max("replica")
    axes.plot(dataset.time, np.maximum(worst, 1e-17), color=color, label=name)


def movie(dataset: xr.Dataset, config: Plain) -> Movie | None:
    """|psi|^2 of the first replica over x, and its growing space-time diagram; None if fields are not stored."""
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
