"""What the kinds for particles share: which field gives their places, and the box that they are in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeVar

import numpy as np

from physent.declare import Coordinate, Problem
from physent.diagnostics import radial
from physent.diagnostics.run.declare import DATA, Context, Diagnostic
from physent.errors import UsageError
from physent.typing import Array, Floats, Integers

Of = Literal["position", "radius"]
D = TypeVar("D", bound=Diagnostic)
_NO_BOX = {
    "the engine": "the engine has no box_length, or it is null",
    "the call": "give box=, its edge or a `Box`",
}


SPECIES, MASS, DIAMETER = "particle_species", "particle_mass", "particle_diameter"
"""Coordinates along `particle` of a mixture: the species of each particle, 0, 1, ..., its mass (1) and diameter."""
LABELS = (SPECIES, MASS, DIAMETER)


def labels(found: Mapping[Any, Any], where: str) -> dict[str, Array]:
    """The coordinates of a mixture among ``found``, checked once; UsageError if they label no species."""
    kept = {name: np.asarray(found[name]) for name in LABELS if name in found}
    if kept and SPECIES not in kept:
        raise UsageError(f"{where}: found {next(iter(kept))} without {SPECIES}, expected both, or none")
    for name, values in kept.items():
        if values.dtype.kind not in "iuf" or not np.isfinite(values).all():
            raise UsageError(f"{where}: {name}: found values that are no finite numbers, expected numbers")
    if not kept:
        return {}
    species = kept[SPECIES]
    there = np.unique(species)
    if not np.array_equal(there, np.arange(len(there))):
        raise UsageError(
            f"{where}: {SPECIES}: found the labels {', '.join(f'{one:g}' for one in there[:6])}, expected 0, 1, ... "
            "with none left out"
        )
    for name, values in kept.items():
        if name == MASS and not (values > 0).all():
            raise UsageError(f"{where}: {name}: found {values.min():g}, expected positive masses")
        for one in there:
            if name != SPECIES and np.ptp(own := values[species == one]) > 0:
                raise UsageError(
                    f"{where}: {name}: found {own.min():g} and {own.max():g} in species {one:g}, expected one value"
                )
    return kept


def species_of(context: Context) -> Integers | None:
    """Species of every particle; None if all are of one kind."""
    found = context.coordinates.get(SPECIES)
    return None if found is None else np.asarray(found, np.int64)


def number_of_species(context: Context) -> int:
    """How many species there are, 0 if particles have no species."""
    species = species_of(context)
    return 0 if species is None else int(species.max()) + 1


def strangers(species: tuple[int, ...], context: Context) -> Iterator[Problem]:
    """Species that are not there; none are in a gas of one kind."""
    number = number_of_species(context)
    if not number:
        yield Problem(("species",), f"{context.owner} has no species: the particles have no coordinate {SPECIES}")
    elif beyond := [one for one in species if not 0 <= one < number]:
        yield Problem(("species",), f"found {beyond[0]}, expected a species from 0 to {number - 1}")


def masses_of(context: Context) -> Floats:
    """Mass of every species."""
    species = species_of(context)
    assert species is not None
    mass = context.coordinates.get(MASS, np.ones(len(species)))
    return np.array([mass[np.argmax(species == a)] for a in range(number_of_species(context))])


def of_species(array: Array, one: int, context: Context) -> Array:
    """The particles of a species, of an array (replica, particle, ...)."""
    return np.ascontiguousarray(array[:, species_of(context) == one])


def species_axis(context: Context) -> tuple[Coordinate, ...]:
    """The dimension `species`, unless the run has it."""
    if "species" in context.coordinates:
        return ()
    return (Coordinate("species", np.arange(number_of_species(context)), "index of the species"),)


def field_of(of: Of | None) -> Of:
    """The field that distances from the centre come from."""
    return of or "position"


def chosen(one: D, context: Context) -> D:
    """The same diagnostic; it reads `radius` if its `of` is left open and a run has no `position`."""
    if getattr(one, "of", None) is None and "position" not in context.variables and "radius" in context.variables:
        return one.model_copy(update={"of": "radius"})
    return one


def radii(record: Mapping[str, Any], of: Of | None) -> Floats:
    """Distances (replica, particle) from the centre in a record."""
    name = field_of(of)
    return radial.distances(record[name]) if name == "position" else np.asarray(record[name], np.float64)


def dimension_of(context: Context, of: Of | None) -> int:
    """Dimension of space: that of the positions, or for distances of the declared box (2 without one)."""
    if field_of(of) == "position":
        return len(context.coordinates["axis"])
    return 2 if context.box is None else context.box.axes


def unfit(context: Context, of: Of | None) -> Iterator[Problem]:
    """A field that has no particles or no axes."""
    name = field_of(of)
    wanted = ("replica", "particle", "axis") if name == "position" else ("replica", "particle")
    if context.variables[name].dims != wanted:
        yield Problem(("of",), misfit(name, wanted, context))


def misfit(name: str, wanted: tuple[str, ...], context: Context) -> str:
    """Message about dimensions that are not those of particles; of data with the place in the plan that names them."""
    found = context.variables[name].dims
    text = f"{name} has dims ({', '.join(found)}), expected ({', '.join(wanted)})"
    strange, lacking = ([dim for dim in one if dim not in other] for one, other in ((found, wanted), (wanted, found)))
    if context.owner == DATA and lacking:
        of = f"found {strange[0]}, expected {lacking[0]}" if strange else f"expected {lacking[0]} too"
        return f"{text}; data.{name}.dims: {of}"
    return text


def no_box(context: Context) -> str:
    """Why there is no box."""
    return _NO_BOX.get(context.owner, "the plan has no `box:`")


def uneven(context: Context) -> Iterator[Problem]:
    """A box that is neither a square or cube with the same boundaries all round, nor open space."""
    box = context.box
    if box is not None and (len(set(box.lengths)) > 1 or len(set(box.periodic)) > 1):
        yield Problem(("kind",), f"found a box with edges {box.lengths}, expected equal edges with equal boundaries")


def unboxed(one: Diagnostic, context: Context) -> Iterator[Problem]:
    """No square or cube for a diagnostic that needs one."""
    yield from (found := list(uneven(context)))
    if not found and side_of(context) is None:
        yield Problem(("kind",), f"{one.kind} needs a box: {no_box(context)}")


def side_of(context: Context) -> float | None:
    """Edge of the square or cube that holds the particles; None in open space."""
    return None if context.box is None else context.box.side


def side(context: Context) -> float:
    """The same of a run that passes `unboxed`."""
    length = side_of(context)
    assert length is not None
    return length


def starts(context: Context) -> tuple[float, ...]:
    """Where each axis of the box starts."""
    assert context.box is not None
    return context.box.starts


def has_walls(context: Context) -> bool:
    """Whether the particles are between walls."""
    return context.box is not None and context.box.has_walls


def diameter_of(context: Context) -> float:
    """Diameter of the particles, 0 for points."""
    return 0.0 if context.box is None else context.box.diameter
