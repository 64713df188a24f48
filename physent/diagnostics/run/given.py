"""Arrays with and without names of dimensions as the records of a run: (time, replica, particle, axis) and so on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from math import pi
from typing import Any

import numpy as np

from physent.declare import Box, Variable
from physent.diagnostics import checks, dimensions
from physent.diagnostics.run import particles
from physent.diagnostics.run.declare import Context, Omitted
from physent.diagnostics.run.fields import LINE, MODES, PLACES, Field, numbers, placed, said
from physent.errors import RunError, UsageError, one_line
from physent.typing import Array, Floats

REPLICA = "replica"


@dataclass(frozen=True)
class Given:
    """Fields (time, replica, ...) with their inner dimensions, the clock, and what results need to be labelled again.

    ``coords`` is None for plain arrays; ``lacks`` are the dimensions that the data do not have.
    """

    fields: Mapping[str, Array]
    dims: Mapping[str, tuple[str, ...]]
    clock: str
    times: Floats
    lacks: frozenset[str]
    coords: Mapping[Hashable, Any] | None
    known: Mapping[str, Field]
    box: Box | None = None
    omitted: tuple[Omitted, ...] | None = None
    said: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by attributes of the data

    def context(self, scales: Mapping[str, Any]) -> Context:
        """What a diagnostic can see of these data."""
        coordinates: dict[str, Array] = {REPLICA: np.arange(next(iter(self.fields.values())).shape[1])}
        for name, dims in self.dims.items():
            coordinates |= {d: np.arange(n) for d, n in zip(dims, self.fields[name].shape[2:], strict=True)}
        for name in (*LINE, *MODES):
            if name in coordinates and self.coords is not None and name in self.coords:
                coordinates[name] = np.asarray(self.coords[name].values, np.float64)
            elif name in coordinates and self.box is not None:
                coordinates[name] = _even(name, len(coordinates[name]), self.box)
        if self.coords is not None:
            beside = {name: one.values for name, one in self.coords.items() if one.dims == ("particle",)}
            coordinates |= particles.labels(beside, "the data")
        variables = {
            name: Variable(
                name,
                name,
                dims=(REPLICA, *dims),
                is_field=name in self.known,
                attrs=self.said.get(name, {}),
                may_be_nan=True,
            )
            for name, dims in self.dims.items()
        }
        return Context(
            variables,
            coordinates,
            self.clock,
            len(self.times),
            self.box,
            scales,
            owner="the call",
            omitted=self.omitted,
        )

    def within(self, value: Any, where: str) -> Given:
        """The same in a box: a number, edges, a `Box`, or None; places are put into it along its periodic axes."""
        if "psi" in self.fields:
            return replace(self, box=_line(value, self, where))
        if "spectrum" in self.fields:
            return replace(self, box=box_of(value, 1, where))
        if "heading" in self.fields:
            _are_units(self.fields["heading"], f"{where}: heading")
        if (position := self.fields.get("position")) is None:
            return replace(self, box=box_of(value, None, where))
        box = box_of(value, position.shape[-1], where)
        fields = self.fields if box is None else {**self.fields, "position": placed(position, box, where)}
        return replace(self, box=box, fields=fields)

    def completed(self, names: tuple[str, ...], where: str) -> Given:
        """With all of ``names``, made of others if they are not given, and without the rest."""
        fields, dims = dict(self.fields), dict(self.dims)
        for name in names:
            if name in fields:
                continue
            one = self.known.get(name)
            if one is None or one.made is None or one.source not in fields:
                raise UsageError(f"{where}: {one.source if one and not one.shown else name} is missing")
            source = fields[one.source]
            box = self.box or Box.cube(None, source.shape[-1])
            try:
                fields[name], dims[name] = one.made(source, box), one.dims
            except (UsageError, RunError) as error:
                raise type(error)(f"{where}: {error}") from None
        return replace(self, fields={name: fields[name] for name in names}, dims={name: dims[name] for name in names})


def box_of(value: Any, axes: int | None, where: str) -> Box | None:
    """A `Box` of a number (a periodic cube), of edges (periodic; None: unbounded), or as it is."""
    if value is None:
        return None
    if not isinstance(value, Box):
        edges = list(value) if isinstance(value, list | tuple) else np.asarray(value).tolist()
        edges = edges if isinstance(edges, list) else [edges] * (axes or 1)
        if any(edge is not None and (isinstance(edge, bool) or not isinstance(edge, float | int)) for edge in edges):
            raise UsageError(f"{where}: box = {one_line(str(value))}, expected a length, lengths or a Box")
        value = Box(tuple(None if e is None else float(e) for e in edges), tuple(e is not None for e in edges))
    box: Box = value
    if (axes is not None and box.axes != axes) or len(box.periodic) != box.axes:
        raise UsageError(f"{where}: box has {box.axes} edges, the data have {axes} axes")
    for length, loop in zip(box.lengths, box.periodic, strict=True):
        if (length is None and loop) or (length is not None and not 0 < length < np.inf):
            raise UsageError(f"{where}: box has an edge of {length}, expected a positive number (None: unbounded)")
    if len(box.starts) != box.axes or not np.isfinite(box.starts).all():
        raise UsageError(f"{where}: box.lower is {box.lower}, expected one number for each of {box.axes} axes")
    return box


def _length(edge: Any) -> float | None:
    return None if edge is None else float(edge)


def _are_units(heading: Floats, where: str) -> None:
    off = np.abs(np.sqrt((heading**2).sum(axis=-1)) - 1)
    if (off > 1e-5).any():  # what float32 keeps
        raise UsageError(f"{where} has lengths that differ from 1 by up to {np.nanmax(off):.2g}, expected unit vectors")


def _line(value: Any, given: Given, where: str) -> Box:
    """The periodic line of a wave: what is given, or as many steps as there are points of its coordinate x."""
    if value is not None:
        box = box_of(value, 1, where)
        assert box is not None
        return box
    x = None if given.coords is None else given.coords.get("x")
    if x is None or x.size < 2 or x.dtype.kind not in "iuf":
        raise UsageError(f"{where}: psi has no coordinate of places: give box=, the length of the periodic line")
    steps = np.diff(x.values.astype(np.float64))
    if not (steps.min() > 0 and np.ptp(steps) <= 1e-6 * steps.mean()):
        raise UsageError(f"{where}: the places x of psi are not at equal ascending steps")
    return Box.cube(float(x[-1] - x[0]) / (x.size - 1) * x.size, 1)


def _even(name: str, points: int, box: Box) -> Floats:
    length = box.lengths[0]
    if length is None:
        return np.arange(points, dtype=np.float64)
    if name in LINE:
        return np.asarray(np.arange(points) * (length / points))
    return np.asarray(2 * pi * np.fft.fftshift(np.fft.fftfreq(points, length / points)))


def taken(
    data: Mapping[str, Any],
    known: Mapping[str, Field],
    dim: Any,
    axes: Any,
    t: Any,
    where: str,
    omitted: tuple[Omitted, ...] | None = None,
) -> Given:
    """The data of a call, ``known`` observables or any, which all have names of dimensions or all have none."""
    gaps = bool(omitted)
    arrays = {name: numbers(value, f"{where}: {name}", known.get(name), gaps) for name, value in data.items()}
    if not arrays:
        raise UsageError(f"{where}: found no data")
    labelled = [checks.is_labelled(array) for array in arrays.values()]
    if all(labelled):
        if t is not None:
            raise UsageError(f"{where}: t is for plain arrays, the data have a clock of their own")
        return _labelled(arrays, known, dim, axes, where)
    if any(labelled):
        raise UsageError(f"{where}: found arrays with and without names of dimensions, expected one kind")
    for key, named in (("dim", dim), ("axes", axes)):
        if named is not None:
            raise UsageError(f"{where}: {key} names dimensions, but the data have none with a name")
    return _plain(arrays, known, t, where)


def _plain(arrays: Mapping[str, Array], known: Mapping[str, Field], t: Any, where: str) -> Given:
    fields, dims = {}, {}
    sizes: dict[str, int] = {}
    outer = 0
    for index, (name, array) in enumerate(arrays.items()):
        inner = known[name].dims if name in known else _places(array.ndim - 2)
        extra = array.ndim - len(inner)
        if not (0 if name in known else 1) <= extra <= 2:
            raise UsageError(
                f"{where}: {name} has shape {array.shape}, expected ([time, [replica,]] {', '.join(inner)})"
            )
        if index and extra != outer:
            raise UsageError(f"{where}: {name} has {extra} axes of time and replicas, the data before it {outer}")
        outer, dims[name] = extra, inner
        shape = (*array.shape[:extra], *(1,) * (2 - extra), *array.shape[extra:])
        for one, size in zip(("time", REPLICA, *inner), shape, strict=True):
            if sizes.setdefault(one, size) != size:
                raise UsageError(f"{where}: {name} has {size} along {one}, expected {sizes[one]} as before")
        fields[name] = _ready(array.reshape(shape))
    lacks = frozenset(("time", REPLICA)[outer:])
    times = np.arange(float(sizes["time"]))
    if t is not None:
        times = np.asarray(checks.times(t, f"{where}: t"), np.float64)
        if times.shape != (sizes["time"],):
            raise UsageError(f"{where}: t has shape {times.shape}, expected ({sizes['time']},)")
    return Given(fields, dims, "time", times, lacks, None, known)


def _places(axes: int) -> tuple[str, ...]:
    """Names of the axes of plain arrays after those of time and replicas."""
    return PLACES[: max(axes, 0)] if axes <= len(PLACES) else tuple(f"dim_{axis}" for axis in range(axes))


def _labelled(arrays: Mapping[str, Any], known: Mapping[str, Field], dim: Any, axes: Any, where: str) -> Given:
    dim, axes = (checks.names(value, f"{where}: {key}") for key, value in (("dim", dim), ("axes", axes)))
    renamed, clocks, inner_of = [], [], {}
    for name, array in arrays.items():
        clock = _clock(array, dim, where)
        rest = [one for one in array.dims if one not in (clock, REPLICA)]
        inner_of[name] = _inner(known.get(name), array, rest, axes, f"{where}: {name}")
        clocks.append(clock)
        renamed.append(array.rename({old: new for old, new in zip(rest, inner_of[name], strict=True) if old != new}))
    if len(set(clocks)) > 1 or len({REPLICA in array.dims for array in renamed}) > 1:
        have = " and ".join(map(checks.dims_of, renamed))
        raise UsageError(f"{where}: found {have}, expected the same dimensions of time and replicas")
    joined = dimensions.together(renamed, where, ("axis",))
    own, lacks = clocks[0], {REPLICA} - set(renamed[0].dims)
    clock = "time" if own is None else str(own)
    lacks |= {clock} if own is None else set()
    fields, dims = {}, {}
    for (name, inner), array in zip(inner_of.items(), joined, strict=True):
        order = known[name].dims if name in known else sorted(inner, key=lambda one: one == PLACES[-1])
        whole = array.expand_dims(dict.fromkeys(lacks, 1)).transpose(clock, REPLICA, *order)
        fields[name], dims[name] = _ready(whole.to_numpy()), tuple(map(str, order))
    length = len(next(iter(fields.values())))
    coords = {name: coord for array in reversed(joined) for name, coord in array.coords.items()}
    times = np.arange(float(length))
    if own in coords and coords[own].dtype.kind in "iufmMO":
        times = np.asarray(checks.times(coords[own].values, f"{where}: {own}"), np.float64)
        dimensions.judge_times(coords[own].values, clock)
    told = {name: said(name, array.attrs) for name, array in arrays.items() if name in known}
    return Given(fields, dims, clock, times, frozenset(lacks), coords, known, said=told)


def _ready(array: Array) -> Array:
    return np.ascontiguousarray(array, np.complex128 if array.dtype.kind == "c" else np.float64)


def _clock(array: Any, dim: Any, where: str) -> Hashable | None:
    """The clock if there is one: what ``dim`` names, or else one by its name or its dates."""
    if dim is not None or any(name in array.dims for name in dimensions.CLOCKS) or dimensions.dated(array):
        (found,) = dimensions.clock(array, dim, None, where)
        return found
    return None


def _inner(field: Field | None, array: Any, rest: list[Any], axes: Any, where: str) -> list[str]:
    """Our names of the dimensions beside those of time and replicas, in the order of the data."""
    if field is None:
        return [str(one) for one in rest]
    expected = field.dims
    if set(rest) == set(expected):
        return [str(one) for one in rest]
    found: dict[Hashable, str] = {}
    if expected == PLACES:
        space = axes or tuple(one for one in dimensions.AXES if one in rest)
        found |= dict.fromkeys(space[:1], "axis")
    left = [one for one in rest if one not in found]
    if len(left) > 1:  # the one of particles has its name then
        left = [one for one in left if one in dimensions.BODIES]
    found |= dict.fromkeys(left, expected[0])
    if set(found) != set(rest) or len(found) != len(expected):
        raise UsageError(
            f"{where} has dimensions {checks.dims_of(array)}, expected {', '.join(expected)}, and at most a "
            "clock and replica: name them (dim=, axes=) or rename them"
        )
    return [found[one] for one in rest]
