"""Contradictions and warnings about a config of a school of fish as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from physent.declare import FileInitial, Problem
from physent.engines.couzin import parameters as declared
from physent.engines.couzin.initial import radius_of

RADII = ("repulsion_radius", "orientation_radius", "attraction_radius")
Path = tuple[str | int, ...]


def _groups(config: Any) -> Iterator[Problem]:
    parameters = config.parameters
    if parameters.groups is None:
        return
    total = sum(declared.sizes(parameters))
    if total != parameters.n:
        yield Problem(("parameters", "groups"), f"found {total} fish in all, expected n = {parameters.n}")


def _members(parameters: declared.Parameters) -> Iterator[tuple[Path, dict[str, tuple[Path, float]]]]:
    """For each kind of fish: the path of its entry, and the path and value of every parameter that a group can have."""
    for index, group in enumerate(parameters.groups or (None,)):
        here: Path = ("parameters",) if group is None else ("parameters", "groups", index)
        values: dict[str, tuple[Path, float]] = {}
        for name in declared.Group.model_fields:
            own = None if group is None else getattr(group, name)
            common: Path = ("parameters", name)
            values[name] = (common, getattr(parameters, name)) if own is None else ((*here, name), own)
        yield here, values


def _radii(config: Any) -> Iterator[Problem]:
    """Radii in order, and within half the box; a value shared by groups is reported once."""
    parameters = config.parameters
    reported: set[tuple[Path, ...]] = set()
    for _, values in _members(parameters):
        for inner, outer in pairwise(RADII):
            (inner_path, small), (path, large) = values[inner], values[outer]
            if large < small and (inner_path, path) not in reported:
                reported.add((inner_path, path))
                where = path if len(path) > 2 or len(inner_path) == 2 else inner_path
                yield Problem(where, f"found {outer} = {large} below {inner} = {small}, expected {outer} >= {inner}")
        path, attraction = values["attraction_radius"]
        half = math.inf if parameters.box_length is None else parameters.box_length / 2
        if attraction > half and (path,) not in reported:
            reported.add((path,))
            message = f"found {attraction}, expected at most half of box_length = {parameters.box_length}"
            if parameters.rule == "dewi_kadita":
                message += (
                    ": beyond it several images of a neighbour are within reach, and this rule takes only the nearest; "
                    "clusters are linked within a quarter of the box"
                )
            yield Problem(path, message, is_warning=parameters.rule == "dewi_kadita")


def _weight(config: Any) -> Iterator[Problem]:
    parameters = config.parameters
    if parameters.rule != "dewi_kadita" and parameters.orientation_weight != 1.0:
        yield Problem(
            ("parameters", "orientation_weight"),
            f"found {parameters.orientation_weight} with rule {parameters.rule}, which weights only by the number of "
            "neighbours; expected none, or rule dewi_kadita",
        )


def _stride(config: Any) -> Iterator[Problem]:
    reported = set()
    for _, values in _members(config.parameters):
        path, speed = values["speed"]
        _, repulsion = values["repulsion_radius"]
        travelled = speed * config.parameters.step
        if path not in reported and 0 < repulsion < travelled:
            reported.add(path)
            yield Problem(
                path,
                f"{speed} moves a fish by {travelled:.6g} per step, farther than the repulsion radius {repulsion}",
                is_warning=True,
            )


def _without_effect(config: Any) -> Iterator[Problem]:
    groups = config.parameters.groups or ()
    for index, event in enumerate(config.protocol):
        for name in event.set or ():
            if groups and all(getattr(group, name, None) is not None for group in groups):
                yield Problem(
                    ("protocol", index, "set", name),
                    f"changes nothing, since every group has its own {name}; expected a group without one",
                )


def _start(config: Any) -> Iterator[Problem]:
    parameters, initial = config.parameters, config.initial
    box = parameters.box_length
    if isinstance(initial, FileInitial):
        return
    if isinstance(initial, declared.Uniform):
        if box is None:
            yield Problem(("initial", "kind"), "found uniform in unbounded space, expected parameters.box_length")
        return
    if any(_groups(config)):
        return
    radius = radius_of(initial, parameters)
    if not radius:
        what = "parameters.box_length" if isinstance(initial, declared.Ring) else "a repulsion radius above 0"
        yield Problem(("initial", "radius"), f"missing, expected a number, or {what} to derive it from")
    elif box is not None and radius > box / 2:
        yield Problem(
            ("initial", "radius") if initial.radius is not None else ("parameters", "box_length"),
            f"found {initial.radius if initial.radius is not None else box}, expected the initial school, of radius "
            f"{radius:.6g}, to fit into the box",
        )


ALL = (_groups, _radii, _weight, _stride, _without_effect, _start)
