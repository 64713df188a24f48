"""Figure and movie of phase oscillators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from physent.declare import Movie
from physent.engines.drawing import over_replicas
from physent.theory import kuramoto

if TYPE_CHECKING:
    import xarray as xr

    from physent.engines import Plain

MOST = 5000  # oscillators drawn


def draw(dataset: xr.Dataset, config: Plain) -> Figure:
    """Order parameter, and energy or entropy production, in time; the last frame of the first replica if stored."""
    stored = "angle" in dataset
    figure = Figure(figsize=(9.0 if stored else 5.0, 4.6))
    panels = figure.subplot_mosaic(
        [["frame", "order"], ["frame", "rate"]] if stored else [["order"], ["rate"]],
        width_ratios=[1.2, 1.0] if stored else None,
    )
    over_replicas(panels["order"], dataset.order_parameter, "C0")
    expected = _stationary(config)
    if expected is not None:
        panels["order"].axhline(expected, color="0.3", lw=0.8, ls="--", label="stationary, many oscillators")
        panels["order"].legend(frameon=False, fontsize="small", loc="best")
    panels["order"].set(ylim=(0.0, 1.02), title="order parameter $r$")
    panels["order"].tick_params(labelbottom=False)
    if "epr_drift" in dataset:
        rate, title = dataset.epr_drift, "entropy flow into the medium, per oscillator"
        if "natural_frequency" in dataset and config["parameters"]["frequencies"]["kind"] == "lorentzian":
            # Without coupling it grows without bound with the number of oscillators.
            alone = (dataset.natural_frequency**2).sum("oscillator") / config["parameters"]["temperature"]
            rate, title = alone - rate, "entropy flow saved by coupling, per oscillator"
        over_replicas(panels["rate"], rate / _count(config, dataset), "C3")
        panels["rate"].set_title(title, fontsize="medium")
    else:
        over_replicas(panels["rate"], dataset.energy, "C2")
        panels["rate"].set(title="energy $U$")
    panels["rate"].set(xlabel="time $t$")
    if stored:
        _Frame(panels["frame"], dataset, config).show(-1)
    return figure


def _stationary(config: Plain) -> float | None:
    """Order parameter of infinitely many in the steady state, in mean field of equal or Lorentzian frequencies."""
    parameters, law = config["parameters"], config["parameters"]["frequencies"]
    width = law.get("width", 0.0)
    known = parameters["network"]["kind"] == "mean_field" and law["kind"] in ("identical", "lorentzian")
    changes = parameters["phase_lag"] or parameters["driving"] or config["protocol"]
    if not known or changes or parameters["coupling"] <= 0:
        return None
    return kuramoto.lorentzian_order(parameters["coupling"], width, parameters["temperature"])


def _count(config: Plain, dataset: xr.Dataset) -> int:
    network = config["parameters"]["network"]
    return int(
        dataset.sizes.get("oscillator") or config["parameters"]["n"] or np.prod(network.get("shape", 1), dtype=int)
    )


class _Frame:
    """Angles of one replica: an image of a lattice of two axes, else against the natural frequency or the index."""

    def __init__(self, axes: Axes, dataset: xr.Dataset, config: Plain) -> None:
        self._axes, self._angle = axes, dataset.angle.isel(replica=0)
        self._clock = str(self._angle.dims[0])
        shape = config["parameters"]["network"].get("shape", ())
        self._shape = shape if len(shape) == 2 else None
        if self._shape:
            self._image: Any = axes.imshow(
                np.zeros(self._shape), cmap="twilight", vmin=-np.pi, vmax=np.pi, origin="lower", interpolation="nearest"
            )
            axes.set(xlabel="site along axis 1", ylabel="site along axis 0")
            bar = axes.figure.colorbar(self._image, ax=axes, ticks=[-np.pi, 0, np.pi], shrink=0.8)
            bar.set_ticklabels([r"$-\pi$", "0", r"$\pi$"])
            return
        x, label = np.arange(self._angle.shape[1], dtype=float), "index of the oscillator"
        if "natural_frequency" in dataset:
            own = dataset.natural_frequency.isel(replica=0).values[-1]
            if np.ptp(own) > 0:
                x, label = own, r"natural frequency $\omega$"
        self._mean = dataset.mean_phase.isel(replica=0)
        self._every = slice(None, None, -(-len(x) // MOST))
        (self._points,) = axes.plot(x[self._every], np.zeros(len(x[self._every])), ".", ms=2.5, alpha=0.6)
        low, high = np.quantile(x, (0.03, 0.97))  # a Lorentzian has no end
        room = 0.05 * (high - low) or 1.0
        axes.set(xlim=(low - room, high + room), ylim=(-np.pi, np.pi), xlabel=label, yticks=[-np.pi, 0, np.pi])
        axes.set_yticklabels([r"$-\pi$", "0", r"$\pi$"])
        axes.set_ylabel("angle from the mean phase")

    def show(self, frame: int) -> None:
        """Draw one frame."""
        angle = self._angle[frame]
        if self._shape:
            self._image.set_data(angle.values.reshape(self._shape))
        else:
            apart = angle.values[self._every] - float(self._mean[frame])
            self._points.set_ydata(apart - 2 * np.pi * np.rint(apart / (2 * np.pi)))
        self._axes.set_title(f"replica 0 at time {float(angle[self._clock]):g}")


def movie(dataset: xr.Dataset, config: Plain) -> Movie | None:
    """Angles of the first replica, and the order parameter over time."""
    if "angle" not in dataset:
        return None
    figure = Figure(figsize=(5.6, 6.4))
    panels = figure.subplot_mosaic([["frame"], ["order"]], height_ratios=[4.0, 1.0])
    frame, time = _Frame(panels["frame"], dataset, config), dataset.angle[dataset.angle.dims[0]]
    panels["order"].plot(dataset.time, dataset.order_parameter.isel(replica=0), color="C0", lw=1.0)
    panels["order"].set(xlabel="time $t$", ylabel="$r$", ylim=(0.0, 1.02))
    now = panels["order"].axvline(float(time[0]), color="0.3", lw=1.0)

    def show(index: int) -> None:
        frame.show(index)
        now.set_xdata([float(time[index])] * 2)

    return Movie(figure, len(time), show)
