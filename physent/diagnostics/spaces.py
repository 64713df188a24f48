"""Outcome spaces: how data become one of a fixed number of outcomes, and how large each outcome is.

A space is a frozen object with `size` (number of outcomes), `components` (length of the data's last axis if one outcome
takes all of it, None if every value is one), `reach` (earlier samples on the last remaining axis that an outcome looks
back on), ``measure()`` (volume of each outcome; 1 for symbols), ``encode(x)`` (integer codes, -1 for what is left out)
and ``spec()`` (plain data, from which `from_spec` makes an equal space). Nothing depends on the data, so that counts of
parts of a run may be added. NaN has no outcome: it is an error in every space.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import combinations
from math import factorial
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike

from physent.diagnostics.gate import public
from physent.diagnostics.grid import Grid, Sphere, refuse_nan
from physent.diagnostics.patches import OrdinalPatch
from physent.errors import RunError, UsageError, found, one_line
from physent.typing import Booleans, Floats, Integers

__all__ = ["Grid", "Lag", "Levels", "Ordinal", "OrdinalPatch", "Product", "Space", "Sphere", "Unique", "from_spec"]


class Space(Protocol):
    """An outcome space, as tallies use it."""

    @property
    def size(self) -> int:
        """Number of outcomes."""

    @property
    def components(self) -> int | None:
        """Length of the component axis of the data, None if there is none."""

    @property
    def reach(self) -> int:
        """Earlier samples that an outcome looks back on."""

    def measure(self) -> Floats:
        """Volume of each outcome, shape (size,)."""

    def encode(self, x: Any, /) -> Integers:
        """Codes of the data, shorter by `reach` on the last axis."""

    def spec(self) -> dict[str, Any]:
        """One entry: the kind, and its parameters as plain data."""


@public
@dataclass(frozen=True)
class Levels:
    """Which of the intervals (-inf, e_0), [e_0, e_1), ..., [e_last, inf) a value lies in; edges strictly rising."""

    edges: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse edges that do not rise."""
        object.__setattr__(self, "edges", tuple(float(edge) for edge in self.edges))
        if not self.edges or not np.all(np.isfinite(self.edges)) or np.any(np.diff(self.edges) <= 0):
            raise UsageError(f"levels: found edges {list(self.edges)}, expected finite, strictly rising numbers")

    components = None
    reach = 0

    @property
    def size(self) -> int:
        return len(self.edges) + 1

    def measure(self) -> Floats:
        """Length of each interval; the outer two are infinite."""
        return np.diff([-np.inf, *self.edges, np.inf])

    def encode(self, x: ArrayLike, /) -> Integers:
        values = np.asarray(x, np.float64)
        refuse_nan(values, "levels")
        return np.asarray(np.searchsorted(self.edges, values, side="right"), np.int32)

    def spec(self) -> dict[str, Any]:
        return {"levels": {"edges": list(self.edges)}}


@public
@dataclass(frozen=True)
class Unique:
    """Whole numbers 0, 1, ..., size - 1, each its own outcome; anything else is an error."""

    size: int

    def __post_init__(self) -> None:
        """Refuse an empty space."""
        if isinstance(self.size, bool) or self.size != int(self.size) or self.size < 1:
            raise UsageError(f"unique: size = {self.size!r}, expected a whole number >= 1")
        object.__setattr__(self, "size", int(self.size))

    components = None
    reach = 0

    def measure(self) -> Floats:
        return np.ones(self.size)

    def encode(self, x: ArrayLike, /) -> Integers:
        values = np.asarray(x)
        if values.dtype.kind == "f":
            refuse_nan(values, "unique")
        elif values.dtype.kind not in "biu":
            raise UsageError(f"unique: found data of type {values.dtype}, expected whole numbers")
        wrong = (values < 0) | (values >= self.size) | (values != np.floor(values))
        if wrong.any():
            raise RunError(f"unique: found {values[wrong].flat[0]}, expected whole numbers 0 to {self.size - 1}")
        return values.astype(np.int32 if self.size < 2**31 else np.int64)

    def spec(self) -> dict[str, Any]:
        return {"unique": {"size": self.size}}


@public
@dataclass(frozen=True)
class Ordinal:
    """Rank order of `order` samples `delay` apart on the last axis: order! outcomes in lexicographic order.

    `ties` is the rule for equal values in a window: ``stable`` ranks them by time, ``drop`` leaves the window out,
    ``error`` refuses it (Bandt and Pompe 2002, 10.1103/PhysRevLett.88.174102).
    """

    order: int
    delay: int = 1
    ties: Literal["stable", "drop", "error"] = "stable"

    def __post_init__(self) -> None:
        """Refuse orders that the codes do not cover."""
        if not 2 <= self.order <= 10 or self.order != int(self.order):
            raise UsageError(f"ordinal: order = {self.order}, expected a whole number from 2 to 10")
        if self.delay < 1 or self.delay != int(self.delay):
            raise UsageError(f"ordinal: delay = {self.delay}, expected a whole number >= 1")
        if self.ties not in ("stable", "drop", "error"):
            raise UsageError(f"ordinal: ties = {self.ties!r}, expected stable, drop or error")

    components = None

    @property
    def size(self) -> int:
        return factorial(self.order)

    @property
    def reach(self) -> int:
        return (self.order - 1) * self.delay

    def measure(self) -> Floats:
        return np.ones(self.size)

    def encode(self, x: ArrayLike, /) -> Integers:
        """Pattern of every window along the last axis, shape (..., n - (order - 1) delay)."""
        values = np.asarray(x, np.float64)
        refuse_nan(values, "ordinal")
        return self.codes(values)

    def codes(self, values: Floats, *, gaps: bool = False) -> Integers:
        """`encode`, where NaN may stand for a gap: windows that hold one have the code `missing.GAP`."""
        from physent.diagnostics import ordinal

        codes: Integers = ordinal.encode(values, self.order, self.delay, gaps=gaps)
        if self.ties == "stable":
            return codes
        tied = self._tied(values, codes.shape[-1]) & (codes >= 0)
        if self.ties == "error" and tied.any():
            raise RunError(f"ordinal: found equal values in {tied.sum()} of {tied.size} windows, expected none")
        return np.where(tied, np.int32(-1), codes)

    def _tied(self, values: Floats, windows: int) -> Booleans:
        lagged = [values[..., k * self.delay : k * self.delay + windows] for k in range(self.order)]
        return np.asarray(np.logical_or.reduce([a == b for a, b in combinations(lagged, 2)]))

    def spec(self) -> dict[str, Any]:
        return {"ordinal": {"order": int(self.order), "delay": int(self.delay), "ties": self.ties}}


@public
@dataclass(frozen=True)
class Lag:
    """The outcome of another space `steps` samples earlier on the last axis; for use in a `Product`."""

    space: Space
    steps: int = 1

    def __post_init__(self) -> None:
        """Refuse a look into the future."""
        if self.steps < 0 or self.steps != int(self.steps):
            raise UsageError(f"lag: steps = {self.steps}, expected a whole number >= 0")

    @property
    def size(self) -> int:
        return self.space.size

    @property
    def components(self) -> int | None:
        return self.space.components

    @property
    def reach(self) -> int:
        return self.steps + self.space.reach

    def measure(self) -> Floats:
        return self.space.measure()

    def encode(self, x: Any, /) -> Integers:
        """Codes of all but the last `steps` samples, which belong to the times from `steps` on."""
        codes = self.space.encode(x)
        if codes.ndim == 0 or codes.shape[-1] < self.steps:
            raise UsageError(
                f"lag: found {codes.shape[-1:] or 'no'} samples on the last axis, expected over {self.steps}"
            )
        return codes[..., : codes.shape[-1] - self.steps]

    def spec(self) -> dict[str, Any]:
        return {"lag": {"space": self.space.spec(), "steps": int(self.steps)}}


@public
@dataclass(frozen=True, init=False)
class Product:
    """Pairs, triples ... of outcomes, row-major: ``Product(a, b).encode((x, y))`` or, of one array, ``encode(x)``.

    If factors look back on earlier samples (`Lag`, `Ordinal`), they are matched at their last sample, so that
    ``Product(a, Lag(a, 1))`` is the pair (now, one step before). What one factor leaves out, the product leaves out.
    """

    spaces: tuple[Space, ...]

    def __init__(self, *spaces: Space) -> None:
        object.__setattr__(self, "spaces", spaces)
        if strange := [space for space in spaces if isinstance(space, type) or not hasattr(space, "encode")]:
            raise UsageError(f"product: found {found(strange[0])}, expected spaces")
        if not spaces:
            raise UsageError("product: found no spaces, expected at least one")
        if self.size >= 2**62:
            raise UsageError(f"product: {self.size} outcomes, expected fewer than 2^62")

    @property
    def size(self) -> int:
        size = 1
        for space in self.spaces:
            size *= space.size
        return size

    @property
    def components(self) -> int | None:
        """That of the factors if they agree, so that one array can feed all of them; else None."""
        found = {space.components for space in self.spaces}
        return found.pop() if len(found) == 1 else None

    @property
    def reach(self) -> int:
        return max(space.reach for space in self.spaces)

    def measure(self) -> Floats:
        mu = np.ones(1)
        for space in self.spaces:
            mu = np.multiply.outer(mu, space.measure()).reshape(-1)
        return mu

    def encode(self, x: Any, /) -> Integers:
        """Codes of a tuple with one array per factor, or of one array that feeds all factors."""
        data = x if isinstance(x, tuple) else (x,) * len(self.spaces)
        if len(data) != len(self.spaces):
            raise UsageError(f"product: found {len(data)} arrays, expected {len(self.spaces)}, one per factor")
        return self.join([space.encode(part) for space, part in zip(self.spaces, data, strict=True)])

    def join(self, factors: list[Integers]) -> Integers:
        """One code for the codes of all factors."""
        if self.reach:
            length = min(codes.shape[-1] for codes in factors)
            factors = [codes[..., codes.shape[-1] - length :] for codes in factors]
        if len({codes.shape for codes in factors}) > 1:
            raise UsageError(f"product: factors give shapes {[codes.shape for codes in factors]}, expected one shape")
        joint = np.zeros(factors[0].shape, np.int64)
        least = np.zeros(factors[0].shape, np.int64)
        for space, codes in zip(self.spaces, factors, strict=True):
            joint = joint * space.size + codes
            least = np.minimum(least, codes)
        return np.where(least < 0, least, joint)

    def spec(self) -> dict[str, Any]:
        return {"product": [space.spec() for space in self.spaces]}


@public
def from_spec(spec: Any) -> Space:
    """The space that plain data describe: one key, the kind, with its parameters, as ``{"unique": {"size": 3}}``.

    Raises `UsageError` for an unknown kind, an unknown or a missing parameter.
    """
    if not isinstance(spec, Mapping) or len(spec) != 1:
        raise UsageError(f"space: found {one_line(repr(spec))}, expected one key, one of {', '.join(SPACES)}")
    kind, values = next(iter(spec.items()))
    if kind == "product":
        if not isinstance(values, list | tuple):
            raise UsageError(f"product: found {one_line(repr(values))}, expected a list of spaces")
        return Product(*map(from_spec, values))
    if kind not in SPACES:
        raise UsageError(f"space: found {one_line(repr(kind))}, expected one of {', '.join(SPACES)}")
    known = [field.name for field in fields(SPACES[kind])]
    if not isinstance(values, Mapping) or not set(values) <= set(known):
        expected = f"parameters among {', '.join(known)}" if known else "no parameters: {}"
        raise UsageError(f"{kind}: found {one_line(repr(values))}, expected {expected}")
    if kind == "lag" and "space" in values:
        values = {**values, "space": from_spec(values["space"])}
    try:
        space: Space = SPACES[kind](**values)
    except TypeError as error:
        raise UsageError(f"{kind}: {error}") from None
    return space


BUILT_IN: dict[str, type[Any]] = {
    "grid": Grid,
    "sphere": Sphere,
    "ordinal": Ordinal,
    "levels": Levels,
    "unique": Unique,
    "product": Product,
    "lag": Lag,
    "ordinal_patch": OrdinalPatch,
}
SPACES = dict(BUILT_IN)
"""All kinds, also those of an imported module (`run.own.space`)."""
