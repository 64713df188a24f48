"""Observables as anyone has them: their dimensions, and how those that are not given follow from others."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np

from physent.declare import Box
from physent.diagnostics import checks, missing
from physent.errors import RunError, UsageError
from physent.typing import Array, Floats

PLACES, LINE, MODES = ("particle", "axis"), ("x",), ("wavenumber",)


@dataclass(frozen=True)
class Field:
    """An observable: its inner dimensions, after those of time and replicas, and what it is.

    ``made`` of the field ``source``, as arrays (time, replica, ...) in a box, if it is not given; one that is not
    ``shown`` is never given. ``said``: attributes of labelled data that kinds read.
    """

    dims: tuple[str, ...]
    what: str
    source: str = ""
    made: Callable[[Array, Box], Array] | None = None
    shown: bool = True
    said: tuple[str, ...] = ()


def placed(position: Floats, box: Box, where: str) -> Floats:
    """Positions (..., axis) put into the box along its periodic axes; RunError for one behind walls."""
    out = position
    for axis, (start, length, loop) in enumerate(zip(box.starts, box.lengths, box.periodic, strict=True)):
        if length is None:
            continue
        x = position[..., axis]
        beyond = (x < start) | (x > start + length)
        if not beyond.any():
            continue
        if not loop:
            raise RunError(
                f"{where}: found a position {x[beyond].flat[0]:.6g} along axis {axis}, which is behind the walls of "
                f"the box, expected {start:g} to {start + length:g}: give the box of the data, or a periodic axis"
            )
        out = out.copy() if out is position else out
        out[..., axis] = np.where(beyond, start + np.mod(x - start, length), x)
    return out


def _steps(position: Floats, box: Box) -> Floats:
    """Displacements from sample to sample, the shortest ones in a periodic box."""
    steps = np.diff(position, axis=0)
    for axis, (length, loop) in enumerate(zip(box.lengths, box.periodic, strict=True)):
        if loop and length is not None:
            steps[..., axis] -= length * np.rint(steps[..., axis] / length)
    return steps


def directions(position: Floats, box: Box) -> Floats:
    """Unit chords (time, ..., axis) from the sample before to the one after, or of one step if there is no other.

    NaN for what does not move, and if a position or both of its neighbours are missing.
    """
    steps = _steps(position, box)
    none = np.full_like(position[:1], np.nan)
    back, ahead = np.concatenate([none, steps]), np.concatenate([steps, none])
    chords = np.where(np.isnan(back), ahead, np.where(np.isnan(ahead), back, back + ahead))
    lengths = np.sqrt((chords**2).sum(axis=-1, keepdims=True))
    known = (lengths > 0) & ~np.isnan(position)
    return np.asarray(np.divide(chords, lengths, out=np.full_like(chords, np.nan), where=known))


def headings(position: Floats, box: Box) -> Floats:
    """`directions`, which exist for every known position."""
    if len(position) < 2:
        raise UsageError("found one sample without headings, expected heading=, or positions at two samples or more")
    found = directions(position, box)
    lost = np.isnan(found).any(-1) & ~np.isnan(position).any(-1)
    if lost.any() and not np.isnan(position).any():
        sample, _, particle = np.argwhere(lost)[0]
        raise RunError(
            f"particle {particle} does not move about sample {sample}, so that it has no direction: give heading=, or "
            "leave it out with missing='omit particles'"
        )
    return found


def images(position: Floats, box: Box) -> Floats:
    """How often each particle has left the periodic box through each side since the first sample."""
    turns = np.zeros_like(position)
    for axis, (length, loop) in enumerate(zip(box.lengths, box.periodic, strict=True)):
        if loop and length is not None:
            turns[1:, ..., axis] = -np.cumsum(np.rint(np.diff(position[..., axis], axis=0) / length), axis=0)
    return turns + 0.0


def spectra(psi: Array, box: Box) -> Floats:
    """|psi_k|^2 by ascending wavenumber, psi_k = dx/sqrt(2 pi) sum psi exp(-ikx)."""
    import scipy.fft

    length, points = box.lengths[0], psi.shape[-1]
    assert length is not None
    found = np.empty(psi.shape)
    for sample, waves in enumerate(psi):
        transformed = scipy.fft.fft(waves, axis=1)
        density = (transformed.real**2 + transformed.imag**2) * ((length / points) ** 2 / (2 * pi))
        found[sample] = scipy.fft.fftshift(density, axes=1)
    return found


FIELDS = {
    "position": Field(PLACES, "places of the particles"),
    "velocity": Field(PLACES, "their velocities"),
    "heading": Field(
        PLACES,
        "unit vectors of their headings; if not given, the directions of the chords from the sample before to the one "
        "after, the shortest in a periodic box",
        "position",
        headings,
    ),
    "image": Field(
        PLACES,
        "how often they have left the periodic box through each side; if not given, from positions, for particles that "
        "move less than half the box from one sample to the next",
        "position",
        images,
    ),
    "covariance": Field(
        ("row", "column"),
        "covariance of positions, then momenta, or of Majorana operators a = c + c^+, then b = i(c^+ - c)",
        said=("statistics", "gaussian"),
    ),
    "radius": Field(("particle",), "distances of the particles from the centre"),
    "psi": Field(LINE, "the wave, complex, on equal steps of a periodic line"),
    "psi_real": Field(LINE, "", "psi", lambda psi, box: np.ascontiguousarray(psi.real), shown=False),
    "psi_imag": Field(LINE, "", "psi", lambda psi, box: np.ascontiguousarray(psi.imag), shown=False),
    "spectrum": Field(MODES, "|psi_k|^2 by ascending wavenumber; if not given, that of psi", "psi", spectra),
}


def said(name: str, attrs: Mapping[Hashable, Any]) -> dict[str, str]:
    """What the attributes of a labelled observable say that kinds read."""
    return {key: str(attrs[key]) for key in (FIELDS[name].said if name in FIELDS else ()) if key in attrs}


def numbers(value: Any, where: str, field: Field | None, gaps: bool = False) -> Any:
    """Real numbers, or complex ones of a wave; those of a field are finite, or NaN if there may be ``gaps``."""
    if gaps and (field is None or field.dims != LINE):
        return missing.numbers(value, where)
    if field is None:
        return checks.numbers(value, where)

    def finite(raw: Array, where: str) -> Array:
        raw = raw if field.dims == LINE and raw.dtype.kind == "c" else checks.numbers(raw, where)
        if lost := int(raw.size - np.count_nonzero(np.isfinite(raw))):
            more = "" if field.dims == LINE else ", or missing= that says what to leave out"
            raise RunError(f"{where}: found {lost} values that are NaN or infinite, expected a gapless record{more}")
        return raw

    return checks.each(value, where, finite)
