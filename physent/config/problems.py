"""All problems of a config: in its sections, between them, in each protocol leg, and for each swept value."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from physent import engines, host
from physent.config.axes import Columns, columns_of, is_zip
from physent.config.context import context_of
from physent.config.messages import key_of, problems_of
from physent.config.model import RunConfig, diagnostic_kinds, inside_parameters, model_of, names, plan_model
from physent.config.paths import PathError, dotted, put, split
from physent.config.yaml import Keys
from physent.declare import Absent, Problem, each, indivisible
from physent.diagnostics.run.checks import problems as contradictions
from physent.diagnostics.run.declare import Context, Diagnostic
from physent.errors import choice, found, listing, one_line

SMALLEST, LARGEST = 1e-50, 1e50  # so that no sixth power of a number overflows or underflows
NOT_SWEPT = ("engine", "sweep", "output", "checkpoint")
NAME = re.compile("[A-Za-z][A-Za-z0-9_]*")
MOST_IN_FULL = 1000  # values or combinations of a sweep: checking the diagnostics of each takes up to 1 ms


class _Valid:
    """The valid sections of a config; reading another one raises Absent."""

    def __init__(self, sections: dict[str, Any]) -> None:
        self.__dict__.update(sections)

    def __getattr__(self, name: str) -> Any:
        if name in RunConfig.model_fields:
            raise Absent(name)
        raise AttributeError(name)


@dataclass
class Examined:
    """A config if it is valid, its problems, and the context with which its diagnostics were checked."""

    config: RunConfig | None
    problems: list[Problem]
    context: Context | None = None


def problems_of_run(data: dict[str, Any], *, from_arrays: bool = False, in_full: bool = True) -> Examined:
    """Config, with the problems of the config, of each leg of its protocol and of each value of its sweep.

    ``from_arrays``: the run starts from arrays and ignores `initial`. ``in_full``: if False, diagnostics and later legs
    of the protocol are not checked.
    """
    whole = _examined(data, starts=not from_arrays, measures=in_full)
    if not in_full:
        return whole
    seen = {(problem.path, problem.message) for problem in whole.problems}
    for problem in [*_protocol_problems(data), *_sweep_problems(data)]:
        if (problem.path, problem.message) not in seen:
            seen.add((problem.path, problem.message))
            whole.problems.append(problem)
    return whole


def _examined(data: dict[str, Any], bounds: int = 1, *, starts: bool = True, measures: bool = True) -> Examined:
    """Config, with the problems of one leg; the engine checks its first ``bounds`` protocol entries.

    ``starts``: the leg starts from `initial`. ``measures``: its diagnostics are checked.
    """
    problems = list(unfit(data, ()))
    reported = {problem.path for problem in problems} | {("engine",)}
    engine = _engine(data)
    if engine is None:
        name = data.get("engine")
        message = choice(name, names()) if "engine" in data else f"this key is missing, expected {listing(names())}"
        problems.append(Problem(("engine",), message))
    model = RunConfig if engine is None else model_of(engine.name)
    valid: dict[str, Any] = {}
    whole = Examined(None, problems)
    try:
        whole.config = model.model_validate(data, context=valid)
    except ValidationError as error:
        problems += [problem for problem in problems_of(error, model) if problem.path not in reported]
    if engine is not None:
        wrong = {path[0] for path in reported if path != ("engine",)}
        sections = {name: one for name, one in valid.items() if name not in wrong}
        starts = starts and bounds == 1
        problems += _contradictions(engine, sections, bounds, starts=starts, measures=measures, into=whole)
    if not all(problem.is_warning for problem in problems):
        whole.config = None
    return whole


def problems_of_plan(data: dict[str, Any], context: Context) -> tuple[tuple[Diagnostic, ...], list[Problem]]:
    """Diagnostics of a plan for a file, and the problems of the plan."""
    problems = list(unfit(data, ()))
    reported = {problem.path for problem in problems}
    model = plan_model(tuple(sorted(diagnostic_kinds().items())))
    try:
        listed: Any = model.model_validate(data)
    except ValidationError as error:
        return (), [*problems, *(one for one in problems_of(error, model) if one.path not in reported)]
    found = contradictions(listed.diagnostics, context, from_file=True)
    return listed.diagnostics, [*problems, *(replace(one, path=("diagnostics", *one.path)) for one in found)]


def _engine(data: dict[str, Any]) -> engines.Engine | None:
    name = data.get("engine")
    return engines.get(name) if isinstance(name, str) and name in names() else None


def unfit(value: Any, path: Keys) -> Iterator[Problem]:
    """Values that are invalid anywhere in a config: infinities and NaN, invalid text, Python objects."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from unfit(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unfit(item, (*path, index))
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem(path, f"found {found(value)}, expected a finite number")
    elif isinstance(value, int | float) and value and not SMALLEST <= abs(value) <= LARGEST:
        yield Problem(path, f"found {found(value)}, expected 0 or a magnitude from {SMALLEST:g} to {LARGEST:g}")
    elif isinstance(value, str):
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            yield Problem(path, f"found {one_line(value)}, expected Unicode text")
    elif not isinstance(value, int | float | None):
        yield Problem(path, f"found {found(value)}, expected plain data")


def _contradictions(
    engine: engines.Engine, valid: dict[str, Any], bounds: int, *, starts: bool, measures: bool, into: Examined
) -> Iterator[Problem]:
    leg = {**valid, "protocol": valid["protocol"][:bounds]} if "protocol" in valid else dict(valid)
    if not starts:
        leg.pop("initial", None)

    def of_engine(check: Any) -> Any:
        return lambda view: check(_Valid(leg))

    if engine.potential and (faults := [*each(_Valid(leg), engine.potential.problems)]):
        yield from faults  # nothing that evaluates it can be checked
        return
    yield from each(
        _Valid(valid),
        *map(of_engine, (indivisible, *engine.checks)),
        lambda view: _output(engine, view),
        lambda view: _times(engine, view),
        lambda view: _device(engine, view),
        _cadence,
        *([lambda view: _diagnostics(engine, view, into)] if measures else []),
    )


def _output(engine: engines.Engine, config: Any) -> Iterator[Problem]:
    """Each stored field is a field of the engine, named once."""
    chosen = config.output.fields
    if isinstance(chosen, str):
        return
    kinds = {variable.name: variable.is_field for variable in engine.variables(config)}
    fields = [name for name, is_field in kinds.items() if is_field]
    for index, name in enumerate(chosen):
        if kinds.get(name) is False:
            message = f"{name} is no field: every sample has it without being asked; expected {listing(fields)}"
            yield Problem(("output", "fields", index), message)
        elif name not in fields:
            yield Problem(("output", "fields", index), choice(name, fields))
        elif name in chosen[:index]:
            yield Problem(("output", "fields", index), f"{name} is named twice")


def _device(engine: engines.Engine, config: Any) -> Iterator[Problem]:
    """The method that the config asks for runs on the device that it names."""
    if config.device == "cpu" or (method := engine.chosen(config)) in engine.twins:
        return
    there = [name for name in names() if engines.get(name).twins]
    if key := key_of(engine.Parameters, engine.twins):
        value = getattr(config.parameters, key)
        one = f"{engine.name} with parameters.{key} {getattr(value, 'kind', value)} (method {method})"
        message = f"{one} runs on the cpu only; on cuda run parameters.{key} {listing(tuple(engine.twins))}"
    elif engine.twins:
        message = f"method {method} of {engine.name} runs on the cpu only; on cuda run {listing(tuple(engine.twins))}"
    else:
        message = f"{engine.name} runs on the cpu only; on cuda run {listing(there)}"
    yield Problem(("device",), f"found {config.device}, but {message}")


def _cadence(config: Any) -> Iterator[Problem]:
    """Fields are stored more than once."""
    every, samples = config.output.every, config.schedule.samples
    if every >= samples > 1 and config.output.fields not in ("none", ()):
        message = f"found {every} for {samples} samples: fields are stored only at the first one"
        yield Problem(("output", "every"), message, is_warning=True)


def _times(engine: engines.Engine, config: Any) -> Iterator[Problem]:
    """The times of a protocol are in order and within the schedule, and its actions are those of the engine."""
    if config.protocol and not _changes(engine):
        yield Problem(("protocol",), f"{engine.name} cannot change during a run, expected no protocol")
        return
    counted = config.schedule.clock.dtype == "int64"
    last = 0.0
    for index, event in enumerate(config.protocol):
        here: Keys = ("protocol", index, "at")
        if event.at < last:
            yield Problem(here, f"found {event.at!r} after {last!r}, expected entries in order of time")
        last = event.at
        if counted and not float(event.at).is_integer():
            yield Problem(
                here, f"found {event.at!r}, expected a whole number: {config.schedule.clock.name}s are counted"
            )
        if event.do is not None and event.do not in engine.actions:
            yield Problem(("protocol", index, "do"), choice(event.do, sorted(engine.actions)))
    if not config.protocol:
        return
    key, end = config.schedule.end
    latest = config.schedule.at(config.schedule.samples - 1) if counted else end
    for index, event in enumerate(config.protocol):
        if event.at > latest:
            limit = f"{key} = {end!r}" if latest == end else f"the last {config.schedule.clock.name}, {latest}"
            yield Problem(("protocol", index, "at"), f"found {event.at!r}, expected <= {limit}")


def _changes(engine: engines.Engine) -> bool:
    """Whether a protocol can change anything."""
    return bool(engine.actions) or not engine.fixed >= engine.Parameters.model_fields.keys()


def _diagnostics(engine: engines.Engine, config: Any, into: Examined) -> Iterator[Problem]:
    """Every observable exists and is stored as its diagnostic requires, and no two variables share a name."""
    # A run that exceeds the memory is refused later; here its coordinates alone might not fit.
    if config.diagnostics and engine.state_bytes(config) <= host.memory():
        into.context = context_of(config, engine)
        for problem in contradictions(config.diagnostics, into.context):
            yield replace(problem, path=("diagnostics", *problem.path))


def _protocol_problems(data: dict[str, Any]) -> Iterator[Problem]:
    """Problems that each entry of the protocol adds to those of the previous leg."""
    engine, protocol = _engine(data), data.get("protocol")
    if engine is None or not isinstance(protocol, list) or not protocol or not _changes(engine):
        return
    leg = {**data, "sweep": {}}
    start = _examined(leg)
    known = set(_keyed(start))
    for index, entry in enumerate(protocol):
        changes = entry.get("set") if isinstance(entry, dict) else None
        written: dict[Keys, Keys] = {}
        for path, value in changes.items() if isinstance(changes, dict) else ():
            here: Keys = ("protocol", index, "set", path)
            keys = inside_parameters(path)
            try:
                _refuse_fixed(engine, keys)
                leg = put(leg, ("parameters", *keys), value)
                written["parameters", *keys] = here
            except PathError as error:
                yield Problem(here, str(error))
        # The leg starts with this entry and ends with the next: problems that only its end causes belong to the next.
        for last, blamed in ((index, ("protocol", index)), (index + 1, ("protocol", index + 1, "at"))):
            whole = _examined({**leg, "protocol": protocol[index : last + 1]}, bounds=2)
            if changes and last == index and start.config and whole.config:
                yield from _redeclared(engine, start.config, whole.config, blamed)
            now = _keyed(whole, first=index)
            for key in [key for key in now if key not in known]:
                of_protocol = key[0][:1] == ("protocol",)
                yield now[key] if of_protocol else _moved(now[key], written, blamed)
            known |= now.keys()


def _redeclared(engine: engines.Engine, first: RunConfig, leg: RunConfig, entry: Keys) -> Iterator[Problem]:
    """A variable of the record that a leg does not define: it must be defined in the whole run."""
    now = {one.name: one.dims for one in engine.variables(leg)}
    for one in engine.variables(first):
        if now.get(one.name) != one.dims:
            why = engine.absent(leg).get(one.name, "its dimensions would change")
            message = f"{one.name} is recorded from the start, and would not be defined after this entry: {why}"
            yield Problem((*entry, "set"), message)
            return


def _refuse_fixed(engine: engines.Engine, keys: Keys) -> None:
    if keys[0] in RunConfig.model_fields and keys[0] not in engine.Parameters.model_fields:
        raise PathError(f"a protocol sets only parameters, it cannot set {keys[0]}")
    if engine.fixed >= engine.Parameters.model_fields.keys():
        raise PathError(f"the parameters of {engine.name} cannot change during a run")
    path = dotted(keys)
    if any(f"{path}.".startswith(f"{name}.") or name.startswith(f"{path}.") for name in engine.fixed):
        raise PathError(f"a protocol cannot set the box or a size, and {path} is one")


def _sweep_problems(data: dict[str, Any]) -> Iterator[Problem]:
    """Problems that each single step of the sweep adds to those of the config."""
    sweep = data.get("sweep")
    if not isinstance(sweep, dict) or not sweep:
        return
    base = {**data, "sweep": {}}
    in_full = sum(len(values) for values in sweep.values() if isinstance(values, list)) <= MOST_IN_FULL
    known = set(_keyed(_examined(base)))
    swept: dict[Keys, Keys] = {}  # by which axis
    for key, axis in sweep.items():
        columns = columns_of(key, axis)
        refused = [*_refused_names(key, axis), *_refused_paths(columns, swept)]
        if refused:
            yield from refused
            continue
        if not columns:
            continue
        yield from _twice(key, axis, columns)
        places = {split(path): place for path, (place, _) in columns.items()}
        try:
            for index, row in _rows(columns):
                now = _keyed(_examined(_with(base, row), measures=in_full))
                for problem in [problem for problem in now if problem not in known]:
                    of_path = now[problem].message.startswith("unknown key")
                    at = () if of_path else (index,)
                    written: dict[Keys, Keys] = {keys: (*place, *at) for keys, place in places.items()}
                    yield _moved(now[problem], written, ("sweep", key))
                    known |= {problem} if of_path else set()
        except PathError as error:
            yield Problem(("sweep", key), str(error))


def _refused_names(key: str, axis: Any) -> Iterator[Problem]:
    if is_zip(axis) and not NAME.fullmatch(key):
        yield Problem(
            ("sweep", key), f"found {found(key)}, expected a name for the axis: a letter, then letters, digits and _"
        )


def _refused_paths(columns: Columns, swept: dict[Keys, Keys]) -> Iterator[Problem]:
    """What cannot be swept, or is by another axis: ``swept`` is completed."""
    for path, (place, _) in columns.items():
        keys = split(path)
        if keys[0] in NOT_SWEPT:
            yield Problem(place, f"a sweep cannot set {keys[0]}")
        others = [one for one in swept if one[: len(keys)] == keys[: len(one)]]
        if others:
            yield Problem(place, f"{dotted(others[0])} is swept by {dotted(swept[others[0]])} already")
        swept[keys] = place


def _twice(key: str, axis: Any, columns: Columns) -> Iterator[Problem]:
    """Steps that are the same: their points would be one run."""
    seen = set()
    for index, row in enumerate(zip(*(values for _, values in columns.values()), strict=False)):
        step = _hashable(list(row))
        if step in seen and isinstance(axis, list):
            yield Problem(("sweep", key, index), f"{found(axis[index])} occurs twice")
        elif step in seen:
            yield Problem(("sweep", key), f"step {index} is the same as an earlier one")
        seen.add(step)


def _rows(columns: Columns) -> Iterator[tuple[int, dict[Keys, Any]]]:
    """Steps to check: all of lists, both ends of sequences (bounds that hold there hold in between)."""
    count = min(len(values) for _, values in columns.values())
    whole = all(isinstance(values, list) for _, values in columns.values())
    for index in range(count) if whole else dict.fromkeys((0, count - 1)):
        at = index if whole or not index else 1
        yield at, {split(path): values[index] for path, (_, values) in columns.items()}


def _with(data: dict[str, Any], row: Mapping[Keys, Any]) -> dict[str, Any]:
    for keys, value in row.items():
        data = put(data, keys, value)
    return data


def _hashable(value: Any) -> Any:
    """A hashable stand-in, the same for equal values."""
    if isinstance(value, dict):
        return frozenset((key, _hashable(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(map(_hashable, value))
    return value if isinstance(value, str | int | float | None) else repr(value)


def _keyed(examined: Examined, first: int = 0) -> dict[tuple[Keys, str], Problem]:
    """Problems by path and message; the protocol that was examined starts with entry ``first`` of the whole one."""
    problems = {}
    for problem in examined.problems:
        path = problem.path
        if first and path[:1] == ("protocol",) and len(path) > 1:
            path = ("protocol", first + int(path[1]), *path[2:])
        problems[path, problem.message] = replace(problem, path=path)
    return problems


def _moved(problem: Problem, written: Mapping[Keys, Keys], entry: Keys) -> Problem:
    """The problem, at the place in the protocol or sweep that causes it."""
    for target, origin in written.items():
        if problem.path[: len(target)] == target:
            return replace(problem, path=(*origin, *problem.path[len(target) :]))
    return replace(problem, path=entry, message=f"makes {dotted(problem.path)} invalid: {problem.message}")
