"""Boxes of equal cells in one or several components, and equal-area cells on the sphere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, cast, get_args

import numpy as np
from numpy.typing import ArrayLike

from physent.diagnostics import kernels
from physent.diagnostics.checks import EXACT, refuse_masked
from physent.diagnostics.gate import public
from physent.errors import RunError, UsageError, one_line
from physent.typing import Array, Floats, Integers

Outside = Literal["error", "drop", "clip", "count"]
T = TypeVar("T")


@public
@dataclass(frozen=True)
class Grid:
    """Equal cells between low and high: of a number, or of the components on the last axis.

    With numbers for low, high and cells the space is one-dimensional and every value of an array is a point. With
    sequences (one entry per component; a plain number then holds for all) the last axis of the data is the components
    and the cells are in row-major order. A cell is closed below and open above, the last one closed, as in
    `numpy.histogramdd`; a periodic axis is folded into [low, high). NaN is always an error. `outside` is the rule for
    values beyond an axis that is not periodic: ``error``; ``drop`` leaves the point out (it is reported in n_outside);
    ``clip`` makes the end cells reach to infinity; ``count`` gives such points one more cell, the last, of infinite
    measure.
    """

    low: float | tuple[float, ...]
    high: float | tuple[float, ...]
    cells: int | tuple[int, ...]
    periodic: bool | tuple[bool, ...] = False
    outside: Outside = "error"

    def __post_init__(self) -> None:
        """Bring all fields to one number of components; refuse boxes that are empty or not finite."""
        fields: tuple[Any, ...] = (self.low, self.high, self.cells, self.periodic)
        given = [value.tolist() if isinstance(value, np.ndarray) else value for value in fields]
        lengths = {len(value) for value in given if isinstance(value, list | tuple)}
        if len(lengths) > 1:
            raise UsageError(f"grid: low, high, cells, periodic have {sorted(lengths)} components, expected one number")
        axes = lengths.pop() if lengths else None
        for name, kind, value in zip(
            ("low", "high", "cells", "periodic"), (float, float, int, bool), given, strict=True
        ):
            object.__setattr__(self, name, _spread(name, kind, value, axes))
        outside: Any = self.outside
        if not isinstance(outside, str) or outside not in get_args(Outside):
            raise UsageError(
                f"grid: outside = {one_line(repr(self.outside))}, expected one of {', '.join(get_args(Outside))}"
            )
        for low, high, cells in zip(_tuple(self.low), _tuple(self.high), _tuple(self.cells), strict=True):
            if not (np.isfinite(low) and np.isfinite(high) and low < high):
                raise UsageError(f"grid: found low {low:g} and high {high:g}, expected finite numbers with low < high")
            if cells < 1:
                raise UsageError(f"grid: found {cells} cells, expected at least 1")
        if self.size >= 2**53:
            raise UsageError(f"grid: {self.size} cells, expected fewer than 2^53")
        if np.any(self.box[:, 4] > 0.1):
            raise UsageError("grid: cells are narrower than float64 resolves at low and high")

    @property
    def components(self) -> int | None:
        """Length of the component axis of the data, None for a plain number."""
        return len(self.low) if isinstance(self.low, tuple) else None

    @property
    def shape(self) -> tuple[int, ...]:
        """Cells along each component."""
        return _tuple(self.cells)

    @property
    def size(self) -> int:
        inner = 1
        for cells in self.shape:
            inner *= cells
        return inner + (self.outside == "count")

    @property
    def reach(self) -> int:
        return 0

    @property
    def edges(self) -> tuple[Floats, ...]:
        """Cell edges along each component."""
        limits = zip(_tuple(self.low), _tuple(self.high), self.shape, strict=True)
        return tuple(np.linspace(low, high, cells + 1) for low, high, cells in limits)

    @property
    def box(self) -> Floats:
        """The rows that `kernels.encode_block` reads, one per component."""
        low, high, cells = (np.array(_tuple(v), np.float64) for v in (self.low, self.high, self.cells))
        width = (high - low) / cells
        # Rounding of u - low, of the quotient and of the edges together stays below this, in units of a cell.
        shift = 4 * np.finfo(np.float64).eps * (cells + (np.abs(low) + np.abs(high)) / width)
        clip = np.full(len(cells), self.outside == "clip")
        return np.column_stack([low, high, width, 1 / width, shift, cells, _tuple(self.periodic), clip])

    def measure(self) -> Floats:
        """Volume of each cell, shape (size,); infinite for the cell that counts what lies outside, and for end cells
        that take it in.
        """
        box = self.box
        volume = float(np.prod((box[:, 1] - box[:, 0]) / box[:, 5]))
        mu = np.full(self.size, volume)
        if self.outside == "count":
            mu[-1] = np.inf
        elif self.outside == "clip":
            cells = mu.reshape([int(count) for count in box[:, 5]])
            for axis, periodic in enumerate(np.broadcast_to(_tuple(self.periodic), (len(box),))):
                if not periodic:
                    np.moveaxis(cells, axis, 0)[[0, -1]] = np.inf
        return mu

    def encode(self, x: ArrayLike) -> Integers:
        """Cell of every point, -1 for a dropped one; shape of x without its component axis."""
        points = self.points(x)
        codes = np.empty(points.shape[:-1], np.int32 if self.size < 2**31 else np.int64)
        flat = points.reshape(-1, points.shape[-1])
        kernels.encode_points(0, len(flat), flat, self.box, codes.reshape(-1))
        if np.any(codes < 0):
            self.check(points)
            if self.outside == "count":
                codes[codes < 0] = self.size - 1
        return codes

    def points(self, x: ArrayLike) -> Floats:
        """The data as contiguous float64 (..., components)."""
        refuse_masked(x, "grid")
        points = np.ascontiguousarray(x, np.float64)
        if self.components is None:
            return points.reshape(*np.shape(x), 1)
        if points.ndim == 0 or points.shape[-1] != self.components:
            raise UsageError(f"grid: found data of shape {points.shape}, expected (..., {self.components})")
        return points

    def check(self, points: Floats) -> None:
        """Raise for what the rules do not allow; called if the kernel found a point in no cell."""
        refuse_nan(points, "grid")
        folded = np.array(_tuple(self.periodic))
        if np.any(np.isinf(points[..., folded])):
            raise RunError("grid: found an infinite value on a periodic axis, expected finite ones")
        beyond = (~folded & ((points < np.array(self.low)) | (points > np.array(self.high)))).any(-1)
        if self.outside == "error" and beyond.any():
            first = ", ".join(f"{value:.6g}" for value in points[beyond][0])
            raise RunError(
                f"grid: {beyond.sum()} of {beyond.size} points lie outside [{self.low}, {self.high}],"
                f" the first at ({first}); widen it or set outside: drop, clip or count"
            )

    def spec(self) -> dict[str, Any]:
        fields = ("low", "high", "cells", "periodic", "outside")
        values: Mapping[str, Any] = {name: getattr(self, name) for name in fields}
        return {"grid": {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}}


@public
@dataclass(frozen=True)
class Sphere:
    """Directions: polar x azimuthal cells, uniform in cos(theta) and in phi, so that every cell has the same area.

    The data's last axis is (x, y, z), of any length but zero; cells are row-major in (theta from +z, phi from -pi).
    ``equal_area=False`` makes the cells uniform in theta instead, as some programs do: an isotropic law is then not
    the uniform one, its probabilities are ``measure() / (4 pi)``.
    """

    polar: int
    azimuthal: int
    equal_area: bool = True

    def __post_init__(self) -> None:
        """Refuse fewer than one cell."""
        for name in ("polar", "azimuthal"):
            object.__setattr__(self, name, _scalar(f"sphere: {name}", int, getattr(self, name)))
            if getattr(self, name) < 1:
                raise UsageError(f"sphere: {name} = {getattr(self, name)}, expected at least 1")

    @property
    def components(self) -> int:
        return 3

    @property
    def shape(self) -> tuple[int, int]:
        """Polar and azimuthal cells."""
        return self.polar, self.azimuthal

    @property
    def size(self) -> int:
        return self.polar * self.azimuthal

    @property
    def reach(self) -> int:
        return 0

    @property
    def grid(self) -> Grid:
        """The plane grid of (-cos theta, phi), or of (theta, phi)."""
        low, high = (-1.0, 1.0) if self.equal_area else (0.0, np.pi)
        return Grid((low, -np.pi), (high, np.pi), self.shape)

    def measure(self) -> Floats:
        """Solid angle of each cell, shape (size,), 4 pi in all."""
        if self.equal_area:
            return np.full(self.size, 4 * np.pi / self.size)
        bands = -np.diff(np.cos(np.linspace(0, np.pi, self.polar + 1))) * 2 * np.pi / self.azimuthal
        return np.repeat(bands, self.azimuthal)

    def encode(self, x: ArrayLike) -> Integers:
        return self.grid.encode(self.angles(x))

    def angles(self, x: ArrayLike) -> Floats:
        """Coordinates on `grid`, shape (..., 2)."""
        vectors = np.asarray(x, np.float64)
        if vectors.ndim == 0 or vectors.shape[-1] != 3:
            raise UsageError(f"sphere: found data of shape {vectors.shape}, expected (..., 3)")
        refuse_nan(vectors, "sphere")
        length = np.sqrt((vectors**2).sum(-1))
        if not np.all((length > 0) & (length < np.inf)):
            raise RunError("sphere: found a vector of length zero or infinity, expected directions")
        cosine = np.clip(vectors[..., 2] / length, -1, 1)
        polar = -cosine if self.equal_area else np.arccos(cosine)
        return np.stack([polar, np.arctan2(vectors[..., 1], vectors[..., 0])], axis=-1)

    def spec(self) -> dict[str, Any]:
        return {"sphere": {"polar": self.polar, "azimuthal": self.azimuthal, "equal_area": self.equal_area}}


def refuse_nan(x: Array, where: str) -> None:
    """The rule of every space: a value that is not a number has no outcome."""
    # The minimum is NaN if any value is, at a tenth of the cost of looking at each.
    if x.size and np.isnan(x.min()):
        bad = int(np.count_nonzero(np.isnan(x)))
        raise RunError(f"{where}: found {bad} NaN among {x.size} values, expected numbers")


def _tuple(value: T | tuple[T, ...]) -> tuple[T, ...]:
    return cast("tuple[T, ...]", value) if isinstance(value, tuple) else (value,)


def _spread(name: str, kind: type, value: Any, axes: int | None) -> Any:
    if axes is None:
        return _scalar(f"grid: {name}", kind, value)
    values = value if isinstance(value, list | tuple) else [value] * axes
    return tuple(_scalar(f"grid: {name}", kind, entry) for entry in values)


def _scalar(where: str, kind: type, value: Any) -> Any:
    one = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
    is_number = isinstance(one, int | float | np.integer | np.floating | np.bool_)
    fits = is_number and (kind is bool or not isinstance(one, bool | np.bool_))
    try:
        plain = kind(one) if fits else None
    except (TypeError, ValueError, OverflowError):
        plain = None
    if plain is None or plain != one or (kind is int and abs(plain) > EXACT):
        raise UsageError(f"{where} = {one_line(repr(value))}, expected a number of type {kind.__name__}")
    return plain
