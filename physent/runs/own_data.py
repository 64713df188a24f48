"""Data of one's own as the plan describes them: named, in order, in float64, with all that diagnostics see of a run.

What the plan leaves open is taken in the one way that `assumed` tells, or refused in one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.config import imports as own
from physent.config import yaml
from physent.config.load import Written
from physent.config.model import Output
from physent.config.own_data import CLOCKS, OwnData, Source, checked, short
from physent.declare import Box, Clock, Coordinate, Variable
from physent.diagnostics.run import particles
from physent.diagnostics.run.declare import DATA, Context
from physent.diagnostics.run.fields import placed, said
from physent.diagnostics.run.particles import LABELS
from physent.diagnostics.run.plan import Plan
from physent.errors import UsageError, choice
from physent.io.layout import FORMAT_VERSION
from physent.io.mapped import Steps
from physent.io.others import opened_data
from physent.runs import provenance
from physent.runs.clock import moments
from physent.runs.derived import with_derived
from physent.runs.doubts import of_components, of_names
from physent.runs.fixes import BODIES, longest_gap, refuse_own_clocks
from physent.runs.work import Work, layout_of
from physent.typing import Array
from physent.version import VERSION

if TYPE_CHECKING:
    import xarray as xr

ORDER = {name: place for place, name in enumerate(("replica", "particle", "x", "y", "z", "row", "column"))}
AXIS = "axis"
COUNTED = ("replica", "particle", AXIS)
SPACE = ("x", "y", "z")
PARTS = {
    "real": lambda values: values["r"] if values.dtype.names else values.real,
    "imag": lambda values: values["i"] if values.dtype.names else values.imag,
}


@dataclass(frozen=True)
class Read:
    """Data as diagnostics see them."""

    dataset: xr.Dataset
    clock: Clock
    context: Context
    names: Mapping[str, tuple[str, ...]]  # of the items along a dimension, if they have any
    assumed: tuple[str, ...]
    irregular: str  # how the steps of the clock differ; empty if they do not
    how: Mapping[str, str]  # derived observables were made
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """An observable in the data: its components, their dimensions renamed to ours."""

    name: str
    entry: Source
    parts: tuple[xr.DataArray, ...]

    @property
    def dims(self) -> tuple[str, ...]:
        return tuple(map(str, self.parts[0].dims))


@contextmanager
def reading_data(source: Any, plan: OwnData) -> Iterator[tuple[Read, str]]:
    """The data that a plan describes, and what to call them; UsageError in one line if they are not there."""
    columns = [name for entry in plan.data.values() for name in entry.variables]
    keys = [name for entry in plan.data.values() for name in _in_order(entry.dims)]
    mapped_here = {name for entry in plan.data.values() for name in entry.dims}
    usual = [() if mapped_here & {*group} else group for group in (CLOCKS, ("replica",), ("particle",))]
    with opened_data(source, list(dict.fromkeys(columns)), list(dict.fromkeys(keys)), usual) as (dataset, label):
        yield _read(dataset, plan, label), label


def of_data(read: Read, here: Written, given: OwnData, label: str) -> Work:
    """The work of a plan on data; ConfigError if its diagnostics do not fit them."""
    context = read.context
    doubtful = [*checked(here, given, context), *read.doubts]
    plan = Plan(given, context=context)
    series = [one.name for one in given.diagnostics if one.chosen(context).series()]
    if read.irregular and series:
        gaps = "steps over 1.5 times the median are gaps, and no window spans a gap; other "
        doubtful.append(
            f"{context.clock}: {read.irregular}: {gaps if 'windows' in given.omitted else ''}samples are taken as "
            f"equally spaced ({', '.join(series)}); `resample:` in the plan interpolates"
        )
    coordinates = (*(Coordinate(dim, values, dim) for dim, values in context.coordinates.items()), *plan.coordinates)
    layout = layout_of(plan, read.clock, read.dataset[context.clock].values, coordinates, Output())
    needed = {name for _, name, _ in plan.sources()}
    history = str(read.dataset.attrs.get("history", ""))
    attributes: dict[str, str | int | float] = {
        "Conventions": "CF-1.11",
        "title": "Diagnostics of data",
        "history": "\n".join(filter(None, [history, provenance.event()])),
        "source": f"physent {VERSION}",
        "format_version": FORMAT_VERSION,
        "finished": 1,
        "plan": yaml.dump(short(given)),
        "data": label,
        "assumed": "\n".join([*read.assumed, *(read.how[name] for name in read.how if name in needed)]),
        "warnings": "",
        **provenance.machine(1),
        **own.attributes(given),
    }
    return Work(read.dataset, plan, layout, attributes, tuple(doubtful), tuple(read.names.items()), may_have_gaps=True)


def _in_order(dims: Mapping[str, str]) -> list[str]:
    """Theirs, the clock first."""
    return [dims[name] for name in sorted(dims, key=lambda name: (name not in CLOCKS, ORDER.get(name, 9)))]


def _read(dataset: xr.Dataset, plan: OwnData, label: str) -> Read:
    import xarray

    from physent.io.mapped import mapped

    assumed: list[str] = []
    found = [_find(dataset, name, plan, label, assumed) for name in plan.data]
    clock_name = _clock_of(found, label)
    count = next((part.sizes[clock_name] for one in found for part in one.parts if clock_name in part.dims), None)
    every = None if plan.resample is None else plan.resample.every
    at = _coordinate(found, clock_name)
    times = moments(at, count, clock_name, every, label, assumed)
    sizes, names = _sizes(found, clock_name, label)
    if "replica" not in sizes:
        assumed.append("one replica")
    assumed += [f"{sizes[dim]} {dim}s ({', '.join(_theirs(found, dim))})" for dim in names if dim in BODIES]
    coordinates: dict[str, Array] = {dim: np.arange(size) for dim, size in {"replica": 1, **sizes}.items()}
    for dim in sizes:
        values = _coordinate(found, dim)
        if values is not None and values.dtype.kind in "iuf" and dim not in COUNTED:
            coordinates[dim] = np.asarray(values.values, np.float64)
        elif values is None and dim in SPACE:
            _refuse_wave(found, dim, plan, label)
            start, step = _grid(dim, len(coordinates[dim]), plan, assumed)
            coordinates[dim] = start + coordinates[dim] * step
    variables: dict[str, Variable] = {}
    made: dict[str, Any] = {}
    for one in found:
        stacked = len(one.entry.variables) > 1
        inner = [dim for dim in one.dims if dim not in (clock_name, "replica", AXIS)]
        inner.sort(key=lambda dim: ORDER.get(dim, 9))
        dims = ("replica", *inner, *((AXIS,) if stacked or AXIS in one.dims else ()))
        if "replica" in sizes and "replica" not in one.dims:
            dims = dims if len(dims) > 1 else ()  # one number for all replicas
            assumed.append(f"{one.name}: the same in every replica")
        if clock_name not in one.dims:
            assumed.append(f"{one.name}: the same at every {clock_name}")
        if stacked:
            coordinates[AXIS] = np.arange(len(one.parts))
        shape = {clock_name: len(times.values), **{dim: len(coordinates[dim]) for dim in dims}}
        steps = _steps(one, times.steps, plan, assumed)
        if steps is None:
            where = f"{label}: data.{one.name}"
            refuse_own_clocks(one.parts[0], clock_name, times.values, where, one.entry.fill)
        for name, convert in _reals(one):
            units = one.entry.units or str(one.parts[0].attrs.get("units", "1"))
            attrs = one.parts[0].attrs
            variables[name] = Variable(name, str(attrs.get("long_name", name)), units, dims, attrs=said(name, attrs))
            made[name] = mapped(
                [part.variable for part in one.parts],
                shape,
                convert=convert,
                stacked=stacked,
                steps=steps,
                periods=_periods(name, shape, plan),
            )
    _agree_on_axis(variables, made, plan, label)
    _refuse_box(plan, coordinates, label)
    if plan.box is not None and AXIS in variables.get("position", Variable("", "")).dims:
        made["position"] = _in_box(made["position"], plan.box.box, f"{label}: data.position")
    clock = Clock(clock_name, times.units, "time" if clock_name == "time" else clock_name, "float64")
    used = {dim for variable in variables.values() for dim in variable.dims}
    if twice := [name for name in variables if name in (clock_name, *used)]:
        raise UsageError(f"{label}: data.{twice[0]}: found the name of a dimension, expected another name")
    coordinates = {dim: values for dim, values in coordinates.items() if dim in used}
    beside = [coord for one in found for part in one.parts for name, coord in part.coords.items() if name in LABELS]
    labels = particles.labels({one.name: one.values for one in beside if one.dims == ("particle",)}, label)
    if particles.SPECIES in labels and particles.MASS not in labels:
        assumed.append(f"{particles.MASS}: 1 for all")
    context = Context(
        variables=variables,
        coordinates={**coordinates, **labels},
        clock=clock_name,
        samples=len(times.values),
        box=None if plan.box is None else plan.box.box,
        scales={name: np.asarray(value, np.float64) for name, value in plan.scales.items()},
        reserved=frozenset((*variables, *coordinates, clock_name)),
        owner=DATA,
        since=times.units.removeprefix("seconds since ") if at is not None and at.dtype.kind == "M" else "",
        omitted=plan.omitted,
    )
    whole = xarray.Dataset(made, coords={clock_name: times.values, **coordinates}, attrs=dataset.attrs)
    whole, changes, how = with_derived(whole, context)
    assumed.append(_space(plan))
    doubts = [text for one in found for text in of_components(one.name, one.parts, one.entry.units)]
    doubts += of_names(names)
    stated = tuple(dict.fromkeys(assumed))
    return Read(whole, clock, replace(context, **changes), names, stated, times.irregular, how, tuple(doubts))


def _find(dataset: xr.Dataset, name: str, plan: OwnData, label: str, assumed: list[str]) -> _Found:
    entry = plan.data[name]
    for theirs in entry.variables:
        if theirs not in dataset.variables:
            there = choice(theirs, [str(one) for one in dataset.data_vars])
            raise UsageError(f"{label}: data.{name}.variables: {there}")
    arrays = [dataset[theirs] for theirs in entry.variables]
    here = [str(dim) for dim in arrays[0].dims if all(dim in one.dims for one in arrays)]
    more = plan.mapped_elsewhere(name, here)
    assumed += [f"{name}: {theirs} is {ours}, as in data.{other}" for ours, (theirs, other) in more.items()]
    entry = entry.model_copy(update={"dims": entry.dims | {ours: theirs for ours, (theirs, _) in more.items()}})
    parts = [_renamed(one, name, entry, label, assumed) for one in arrays]
    if len({frozenset(part.dims) for part in parts}) > 1:
        dims = ", ".join(f"{part.name} has ({', '.join(map(str, part.dims))})" for part in parts)
        raise UsageError(f"{label}: data.{name}.variables: {dims}, expected the same dimensions")
    if name == "psi" and not any(map(_is_complex, parts)):
        real = " and ".join(entry.variables) + (" is real" if len(parts) == 1 else " are real")
        raise UsageError(
            f"{label}: data.psi: {real}, expected a complex variable: name its parts psi_real and psi_imag"
        )
    if len(parts) > 1 and AXIS in parts[0].dims:
        raise UsageError(f"{label}: data.{name}: found a list of components that have a dimension axis already")
    return _Found(name, entry, tuple(parts))


def _renamed(array: xr.DataArray, name: str, entry: Source, label: str, assumed: list[str]) -> xr.DataArray:
    """An array with our names of dimensions."""
    if array.dtype.kind not in "biuf" and not _is_complex(array):
        raise UsageError(f"{label}: {array.name} holds {array.dtype}, expected numbers (data.{name})")
    here = [str(dim) for dim in array.dims]
    for ours, theirs in entry.dims.items():
        if theirs not in here:
            raise UsageError(
                f"{label}: data.{name}.dims.{ours}: {choice(theirs, here)}, the dimensions of {array.name}"
            )
    new = {theirs: ours for ours, theirs in entry.dims.items()}
    if not {*new.values(), *here} & {*CLOCKS}:
        dated = [dim for dim in here if dim in array.coords and _is_dated(array.coords[dim]) and dim not in new]
        rest = dated or (["row"] if "row" in here else [])
        if len(rest) == 1:
            new[rest[0]] = "time"
            assumed.append(f"{rest[0]} is time")
    after = [new.get(dim, dim) for dim in here]
    twice = [dim for dim in after if after.count(dim) > 1]
    if twice:
        raise UsageError(f"{label}: data.{name}.dims: {array.name} has a dimension {twice[0]} of its own: map it too")
    bare = array.drop_vars([one for one in array.coords if one not in (*here, *LABELS)])
    return bare.rename({old: ours for old, ours in new.items() if old != ours})


def _is_complex(array: xr.DataArray) -> bool:
    """Whether an array is complex, or one of netCDF's pairs r, i."""
    return array.dtype.kind == "c" or array.dtype.names == ("r", "i")


def _is_dated(values: Any) -> bool:
    return values.dtype.kind == "M" or (values.dtype == object and hasattr(values.values.flat[0], "calendar"))


def _clock_of(found: Sequence[_Found], label: str) -> str:
    clocks = {dim for one in found for dim in one.dims if dim in CLOCKS}
    if len(clocks) > 1:
        raise UsageError(
            f"{label}: data: found the clocks {' and '.join(sorted(clocks))}, expected one for all variables"
        )
    return next(iter(clocks), "time")


def _coordinate(found: Sequence[_Found], dim: str) -> xr.DataArray | None:
    """Values along a dimension, if the data have some."""
    return next((part.coords[dim] for one in found for part in one.parts if dim in part.coords), None)


def _sizes(found: Sequence[_Found], clock: str, label: str) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Length of every dimension but the clock, and names along it if the data have text there."""
    sizes: dict[str, int] = {}
    values: dict[str, tuple[str, Array]] = {}
    for one in found:
        for part in one.parts:
            for dim, size in part.sizes.items():
                if sizes.setdefault(str(dim), size) != size:
                    raise UsageError(f"{label}: data.{one.name}: {dim} has length {size}, elsewhere {sizes[str(dim)]}")
                if dim in part.coords:
                    here = part.coords[dim].values
                    other, known = values.setdefault(str(dim), (one.name, here))
                    if not np.array_equal(known, here):
                        raise UsageError(f"{label}: data.{one.name}: {dim} has other values than in data.{other}")
    names = {
        dim: tuple(map(str, here.tolist()))
        for dim, (_, here) in values.items()
        if dim != clock and here.dtype.kind not in "iuf"
    }
    sizes.pop(clock, None)
    return sizes, names


def _refuse_wave(found: Sequence[_Found], dim: str, plan: OwnData, label: str) -> None:
    """A wave whose places nobody has given: its entropies depend on their distance."""
    for one in found:
        if dim in one.dims and one.name in ("psi", "psi_real", "psi_imag") and plan.box is None:
            raise UsageError(
                f"{label}: data.{one.name}: psi has no coordinate of places {dim}: add `box: {{lengths: [...], "
                "periodic: true}` to the plan, the length of the periodic line"
            )


def _grid(dim: str, points: int, plan: OwnData, assumed: list[str]) -> tuple[float, float]:
    """Start and distance of grid points that the data give no places for: those of the box, else 0 and 1."""
    place = SPACE.index(dim)
    box = None if plan.box is None or plan.box.box.axes <= place else plan.box.box
    length = None if box is None else box.lengths[place]
    start, step = (0.0, 1.0) if box is None or length is None else (box.starts[place], length / points)
    assumed.append(f"{dim}: {points} points from {start:.10g}, {step:.10g} apart")
    return start, step


def _reals(one: _Found) -> Iterator[tuple[str, Any]]:
    """Name and conversion of the real observables that an array holds: of a complex one both parts."""
    if any(map(_is_complex, one.parts)):
        for part, take in PARTS.items():
            yield f"{one.name}_{part}", lambda values, take=take: np.asarray(take(values), np.float64)
    elif one.entry.fill:
        fill = one.entry.fill
        yield one.name, lambda values: np.where(np.isin(values, fill), np.nan, np.asarray(values, np.float64))
    else:
        yield one.name, lambda values: np.asarray(values, np.float64)


def _agree_on_axis(variables: Mapping[str, Variable], made: Mapping[str, Any], plan: OwnData, label: str) -> None:
    """Refuse vectors of several dimensions of space."""
    lengths = {name: made[name].sizes[AXIS] for name, one in variables.items() if AXIS in one.dims}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise UsageError(f"{label}: data: found components {told}, expected as many for each vector")


def _periods(name: str, shape: Mapping[str, int], plan: OwnData) -> Array | None:
    """Of the components of positions in a box that fits them, NaN for an axis that is not periodic."""
    if name != "position" or plan.box is None or shape.get(AXIS) != plan.box.box.axes:
        return None
    pairs = zip(plan.box.edges, plan.box.loops, strict=True)
    return np.array([np.nan if length is None or not loop else length for length, loop in pairs])


def _in_box(position: xr.Variable, box: Box, where: str) -> xr.Variable:
    from physent.io.mapped import computed

    return computed([position], lambda x: placed(x, box, where), [str(dim) for dim in position.dims])


def _steps(one: _Found, steps: Steps | None, plan: OwnData, assumed: list[str]) -> Steps | None:
    """How the series of an observable are interpolated, with the longest gap across which they are."""
    if steps is None or plan.resample is None or steps.dim not in one.dims:
        return steps
    longest = plan.resample.gap
    if longest is None:
        longest = max(plan.resample.every, longest_gap(one.parts[0], steps.dim, steps.times, one.entry.fill))
    assumed.append(f"{one.name}: each series interpolated over its own values, up to {longest:.6g} apart")
    return replace(steps, longest=longest)


def _theirs(found: Sequence[_Found], dim: str) -> list[str]:
    """What the data call a dimension of ours."""
    return list(dict.fromkeys(one.entry.dims.get(dim, dim) for one in found if dim in one.dims))


def _space(plan: OwnData) -> str:
    if plan.box is None:
        return "open space"
    runs = "" if plan.box.lower is not None else "each axis of the box runs from 0 to its length"
    puts = "positions are put into the box along its periodic axes" if any(plan.box.loops) else ""
    return "\n".join(filter(None, [runs, puts]))


def _refuse_box(plan: OwnData, coordinates: Mapping[str, Array], label: str) -> None:
    axes = len(coordinates.get(AXIS, ()))
    if plan.box is not None and axes and plan.box.box.axes != axes:
        raise UsageError(f"{label}: box.lengths: found {plan.box.box.axes} lengths, the vectors have {axes} components")
