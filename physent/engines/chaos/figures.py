"""Figure of an orbit and its exponents; movie of points on the attractor, or of sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from physent.declare import Movie
from physent.engines.drawing import over_replicas
from physent.typing import Floats

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from physent.engines import Plain

FEW = 6
"""Exponents up to which each is drawn over time, and replicas up to which each orbit is drawn."""
SHOWN = 20_000
FEW_POINTS = 100
"""Points, those within 1e-3 of the width counted once, up to which each is drawn as a dot that can be seen."""
JOINED = 0.1
"""Median way between two samples of a flow, in units of the larger width, up to which lines join them."""
FRAMES = 300
FLOWS = ("lorenz", "rossler", "henon_heiles", "lorenz96", "dysts")


def is_flow(config: Plain) -> bool:
    """Whether time is continuous."""
    system = config["parameters"]["system"]
    return system["kind"] in FLOWS or system.get("evolution") == "flow"


def names_of(dataset: xr.Dataset) -> list[str]:
    """Variables of the system with one number per replica."""
    own = [str(name) for name, one in dataset.data_vars.items() if one.dims == ("time", "replica")]
    return [name for name in own if name not in ("ks_entropy", "kaplan_yorke_dimension", "divergence")
            and str(dataset[name].attrs.get("long_name", "")).startswith("variable ")]  # fmt: skip


def draw(dataset: xr.Dataset, config: Plain) -> Figure:
    """The orbit, as points, curve or map of sites over time; the exponents over time, or their spectrum."""
    names, sites = names_of(dataset), "site" in dataset.dims and "x" in dataset
    parts = ((_orbit, names), (_sites, sites), (_pooled, _over_replicas(dataset)), (_exponents, "lyapunov" in dataset))
    panels = [draw for draw, there in parts if there]
    figure = Figure(figsize=(4.8 * max(1, len(panels)), 4.0), layout="constrained")
    for panel, axes in zip(panels, figure.subplots(1, max(1, len(panels)), squeeze=False)[0], strict=False):
        panel(axes, dataset, config)
    return figure


def _plane(names: list[str]) -> tuple[str, str]:
    """The two variables that are drawn: the first, and the third of three or else the second."""
    return names[0], names[2] if len(names) == 3 else names[1]


def _orbit(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    names, flow = names_of(dataset), is_flow(config)
    late = dataset.isel(time=dataset["time"].values >= config["parameters"]["transient"])
    late = late if late.sizes["time"] > 2 else dataset
    if dataset.sizes["replica"] > 100 and len(names) > 1:
        a, b = _plane(names)
        at = dataset.isel(time=dataset.sizes["time"] // 2)
        axes.plot(at[a].values[:SHOWN], at[b].values[:SHOWN], ",", color="C0")
        axes.set(xlabel=a, ylabel=b, title=f"all replicas at time {float(at['time']):g}")
        return
    for replica in range(min(dataset.sizes["replica"], 2 if flow else 1)):
        one = late.isel(replica=replica, time=slice(SHOWN))
        if len(names) == 1:
            series = one[names[0]].values
            axes.plot(series[:-1], series[1:], _marker(series[:-1], series[1:]), color="C0")
            axes.set(xlabel=f"{names[0]} at a sample", ylabel=f"{names[0]} at the next")
            continue
        a, b = _plane(names)
        joined = flow and _close(one[a].values, one[b].values)
        style = {"lw": 0.3} if joined else {"ls": "none", "marker": _marker(one[a].values, one[b].values)}
        axes.plot(one[a].values, one[b].values, color=f"C{replica}", **style)
        axes.set(xlabel=a, ylabel=b)
    axes.set_title("orbit after the transient")


def _marker(x: Floats, y: Floats) -> str:
    """A pixel, or a dot if so few points are different that pixels could not be seen."""
    scaled = [np.round(1e3 * (one - one.min()) / (np.ptp(one) or 1.0)) for one in (x, y)]
    return "." if len(np.unique(scaled, axis=1).T) <= FEW_POINTS else ","


def _close(x: Floats, y: Floats) -> bool:
    """Whether straight lines between samples follow the orbit."""
    return bool(np.median(np.hypot(np.diff(x), np.diff(y))) <= JOINED * max(np.ptp(x), np.ptp(y)))


def _sites(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    one = dataset["x"].isel(replica=0, time=slice(-min(400, dataset.sizes["time"]), None))
    image = axes.pcolormesh(one["site"], one["time"], one.values, shading="nearest", rasterized=True, cmap="RdBu_r")
    axes.figure.colorbar(image, ax=axes, label="x")
    axes.set(xlabel="site", ylabel="time", title="x at the end of the run")


def _over_replicas(dataset: xr.Dataset) -> list[str]:
    """Diagnostics of all replicas together, such as the entropy of a cloud."""
    pooled = [str(name) for name, one in dataset.data_vars.items() if one.dims == ("time",)]
    return [name for name in pooled if not name.endswith(("_se", "_coverage"))]


def _pooled(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    rate = np.nan
    if "local_lyapunov" in dataset:  # of the last interval: tangent vectors are aligned by then
        local = dataset["local_lyapunov"].isel(time=-1)
        rate = float(local.where(local > 0, 0.0).sum("exponent").mean())
    for index, name in enumerate(_over_replicas(dataset)):
        one = dataset[name]
        axes.plot(one["time"], one.values, ".-", color=f"C{index}", label=name)
        begin = int(np.argmax(one.values > 1.0))
        line = one.values[begin] + rate * (one["time"].values - float(one["time"][begin]))
        below = line < np.nanmax(one.values)
        axes.plot(one["time"].values[below], line[below], ":", color="0.4", label="growth by the positive exponents")
    axes.set(xlabel="time", ylabel="nats", title="all replicas together")
    axes.legend(frameon=False, fontsize=7)


def _exponents(axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
    spectrum = dataset["lyapunov"]
    count, size = spectrum.sizes["exponent"], dataset.sizes.get("component", 0)
    unit = "nats per unit time" if is_flow(config) else "nats per step"
    axes.axhline(0.0, color="0.7", lw=0.8)
    if count > FEW:
        for row in spectrum.isel(time=-1).values[:3]:
            axes.plot(np.arange(1, count + 1), row, ".-", ms=3, lw=0.8)
        final = dataset.isel(time=-1).mean("replica")
        title = f"sum {float(final['lyapunov'].sum()):.4f}, divergence {float(final['divergence']):.4f}"
        axes.set(xlabel="number of the exponent", ylabel=unit, title=title if count == size else "exponents at the end")
        return
    for index in range(count):
        over_replicas(axes, spectrum.isel(exponent=index), f"C{index}", f"$\\lambda_{index + 1}$")
    if count == size and count > 1:
        over_replicas(axes, spectrum.sum("exponent", skipna=False), "k", "sum of all")
        exact = float(dataset["divergence"].isel(time=-1).mean())
        axes.axhline(exact, color="0.5", ls=":", lw=2, label=f"divergence {exact:.4f}")
    settled = spectrum.isel(time=slice(spectrum.sizes["time"] // 10, None)).mean("replica").values
    low, high = np.nanmin(settled), np.nanmax(settled)
    room = 0.1 * max(high - low, 0.2 * abs(high), 1e-3)
    axes.set(xlabel="time", ylabel=unit, title="Lyapunov exponents", ylim=(min(low, 0.0) - room, max(high, 0.0) + room))
    axes.legend(frameon=False, fontsize=7)


def movie(dataset: xr.Dataset, config: Plain) -> Movie | None:
    """Points of all replicas over the attractor, or x of the sites of one replica."""
    names, figure = names_of(dataset), Figure(figsize=(4.8, 4.4), layout="constrained")
    every = -(-dataset.sizes["time"] // FRAMES)
    frames = dataset.isel(time=slice(None, None, every))
    axes = figure.subplots()
    if "site" in dataset.dims and "x" in dataset:
        profile = frames["x"].isel(replica=0).values
        (line,) = axes.plot(frames["site"], profile[0], ".-", ms=4)
        axes.set(xlabel="site", ylabel="x", ylim=(profile.min(), profile.max()))
        points = np.stack([np.broadcast_to(frames["site"].values, profile.shape), profile], axis=-1)
    elif len(names) > 1:
        a, b = _plane(names)
        points = np.stack([frames[a].values, frames[b].values], axis=-1)[:, :SHOWN]
        if dataset.sizes["replica"] <= FEW:
            axes.plot(dataset[a].values.ravel()[:SHOWN], dataset[b].values.ravel()[:SHOWN], ",", color="0.8")
        (line,) = axes.plot([], [], "o" if dataset.sizes["replica"] <= FEW else ",", ms=5, color="C3")
        low, high = points.reshape(-1, 2).min(axis=0), points.reshape(-1, 2).max(axis=0)
        axes.set(xlabel=a, ylabel=b, xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    else:
        return None

    def frame(index: int) -> None:
        line.set_data(points[index, :, 0], points[index, :, 1])
        axes.set_title(f"time {float(frames['time'][index]):g}")

    return Movie(figure, frames.sizes["time"], frame)
