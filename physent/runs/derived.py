"""Observables that follow from others: made, block by block, if a diagnostic reads one that the data do not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.declare import Box, Variable
from physent.diagnostics.run.declare import Context
from physent.diagnostics.run.fields import directions
from physent.io.mapped import computed
from physent.typing import Array, Floats

if TYPE_CHECKING:
    import xarray as xr

EVEN = 1e-6  # relative difference up to which points of a grid are equally spaced


@dataclass(frozen=True)
class Made:
    """A derived observable: its declaration, its values, its new dimension, and how it was made."""

    variable: Variable
    values: xr.Variable
    coordinates: Mapping[str, Array]
    how: str


@dataclass(frozen=True)
class Derived:
    """How one observable follows from others; `make` gives the reason if it does not follow from these."""

    needs: tuple[str, ...]
    make: Callable[[xr.Dataset, Context], Made | str]


def _spectrum(dataset: xr.Dataset, context: Context) -> Made | str:
    """|psi_k|^2, psi_k = dx/sqrt(2 pi) sum psi exp(-ikx), of a wave on a periodic grid, as the engine nlse has it."""
    dims = context.variables["psi_real"].dims
    if dims != ("replica", "x"):
        return f"psi has the dimensions {', '.join(dims)}, expected replica, x: a field on a line"
    x = context.coordinates["x"]
    steps = np.diff(x)
    if len(x) < 2:
        return "x has one point, expected a grid"
    if not (np.abs(steps - steps[0]) <= EVEN * abs(steps[0])).all():
        return (
            f"x has steps from {steps.min():.6g} to {steps.max():.6g}, expected equal ones: interpolate psi to such a "
            "grid first"
        )
    side = None if context.box is None or context.box.axes != 1 else context.box.side
    period = float((x[-1] - x[0]) / (len(x) - 1) * len(x)) if side is None else side
    dx = period / len(x)

    def density(real: Floats, imag: Floats) -> Floats:
        import scipy.fft

        transformed = scipy.fft.fft(real + 1j * imag, axis=-1)
        squares = (transformed.real**2 + transformed.imag**2) * (dx**2 / (2 * np.pi))
        return np.asarray(scipy.fft.fftshift(squares, axes=-1))

    wavenumber = 2 * np.pi * np.fft.fftshift(np.fft.fftfreq(len(x), dx))
    parts = [dataset[name].variable for name in ("psi_real", "psi_imag")]
    values = computed(parts, density, (context.clock, "replica", "wavenumber"))
    variable = Variable("spectrum", "spectral density of psi, |psi_k|^2", dims=("replica", "wavenumber"))
    return Made(variable, values, {"wavenumber": wavenumber}, f"spectrum: of psi on a period of {period:.10g}")


def _heading(dataset: xr.Dataset, context: Context) -> Made | str:
    """Directions of motion, as the functions of diagnostics make them."""
    dims = context.variables["position"].dims
    if dims[-1:] != ("axis",):
        return "position has no components, expected a list of variables, such as [x, y, z]"
    if context.samples < 2:
        return f"no dimension is {context.clock}, expected positions at two times or more, or variables for heading"
    box = context.box or Box.cube(None, len(context.coordinates["axis"]))
    values = computed([dataset["position"].variable], lambda x: directions(x, box), (context.clock, *dims), reach=1)
    variable = Variable("heading", "unit vectors along the chords of positions", dims=dims)
    how = "of positions, from the sample before to the one after, or of one step if there is no other"
    shortest = ", the shortest way through the periodic box" if any(box.periodic) else ""
    return Made(variable, values, {}, f"heading: {how}{shortest}; missing for what does not move")


DERIVED: dict[str, Derived] = {
    "spectrum": Derived(("psi_real", "psi_imag"), _spectrum),
    "heading": Derived(("position",), _heading),
}


def derived(dataset: xr.Dataset, context: Context) -> dict[str, Made | str]:
    """Every observable that follows from the data and is not among them, or why it does not."""
    return {
        name: one.make(dataset, context)
        for name, one in DERIVED.items()
        if name not in context.variables and {*one.needs} <= context.variables.keys()
    }


def with_derived(dataset: xr.Dataset, context: Context) -> tuple[xr.Dataset, dict[str, Any], dict[str, str]]:
    """The dataset with derived observables, what changes in its context, and how each was made."""
    found = derived(dataset, context)
    made = {name: one for name, one in found.items() if isinstance(one, Made)}
    coordinates = {**context.coordinates, **{dim: at for one in made.values() for dim, at in one.coordinates.items()}}
    changes = {
        "variables": {**context.variables, **{name: one.variable for name, one in made.items()}},
        "coordinates": coordinates,
        "absent": {name: why for name, why in found.items() if isinstance(why, str)},
    }
    whole = dataset.assign({name: one.values for name, one in made.items()}).assign_coords(coordinates)
    return whole, changes, {name: one.how for name, one in made.items()}
