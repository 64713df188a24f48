"""Every problem of a config at once: its sections, the contradictions between them, each protocol leg, each swept value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from physent import engines
from physent.engines.declare import Absent, DrawSchedule, Problem, each
from physent.messages import choice, found, listing, problems_of
from physent.paths import PathError, dotted, put, split
from physent.runconfig import RunConfig, diagnostic_kinds, inside_parameters, model_of, names
from physent.yamlfile import Keys

NOT_SWEPT = ("engine", "sweep", "output", "checkpoint")


class _Valid:
    """The sections of a config that are valid by themselves."""

    def __init__(self, sections: dict[str, Any]) -> None:
        self.__dict__.update(sections)

    def __getattr__(self, name: str) -> Any:
        if name in RunConfig.model_fields:
            raise Absent(name)
        raise AttributeError(name)


def problems_of_run(data: dict[str, Any]) -> tuple[RunConfig | None, list[Problem]]:
    """Config, and the problems of it, of each leg of its protocol and of each value of its sweep."""
    config, problems = _examined(data)
    seen = {(problem.path, problem.message) for problem in problems}
    for problem in [*_protocol_problems(data), *_sweep_problems(data)]:
        if (problem.path, problem.message) not in seen:
            seen.add((problem.path, problem.message))
            problems.append(problem)
    return config, problems


def _examined(data: dict[str, Any]) -> tuple[RunConfig | None, list[Problem]]:
    """Config, and the problems of one leg."""
    problems = list(_unfit(data, ()))
    unfit = {problem.path for problem in problems}
    if (name := data.get("engine")) not in names() or not isinstance(name, str):
        if "engine" not in data:
            message = f"this key is missing, expected {listing(names())}"
        else:
            message = (
                choice(name, names())
                if isinstance(name, str)
                else f"found {found(name)}, expected {listing(names())}"
            )
        problems.append(Problem(("engine",), message))
        model = RunConfig
    else:
        model = model_of(name)
    valid: dict[str, Any] = {}
    config = None
    try:
        config = model.model_validate(data, context=valid)
    except ValidationError as error:
        shown = problems_of(error, model)
        problems += [
            problem for problem in shown if problem.path not in unfit and problem.path != ("engine",)
        ]
    if model is not RunConfig:
        problems += _contradictions(engines.get(str(name)), config if config is not None else _Valid(valid))
    return config if not problems or all(problem.is_warning for problem in problems) else None, problems


def _unfit(value: Any, path: Keys) -> Iterator[Problem]:
    """Numbers that are not finite and text that is not Unicode, wherever they stand."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _unfit(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unfit(item, (*path, index))
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem(path, f"found {found(value)}, expected a finite number")


def _contradictions(engine: engines.Engine, config: Any) -> Iterator[Problem]:
    return each(
        config,
        engine.check,
        lambda view: _output(engine, view),
        lambda view: _times(engine, view),
        _diagnostics,
    )


def _output(engine: engines.Engine, config: Any) -> Iterator[Problem]:
    """Stored fields are fields of the engine."""
    chosen = config.output.fields
    if isinstance(chosen, str):
        return
    fields = [variable.name for variable in engine.variables(config) if variable.is_field]
    for index, name in enumerate(chosen):
        if name not in fields:
            yield Problem(("output", "fields", index), choice(name, fields))
        elif name in chosen[:index]:
            yield Problem(("output", "fields", index), f"{name} is named twice")


def _times(engine: engines.Engine, config: Any) -> Iterator[Problem]:
    """A protocol's times lie in order inside the schedule, and its actions are the engine's."""
    if config.protocol and issubclass(engine.Schedule, DrawSchedule):
        yield Problem(("protocol",), f"{engine.name} draws samples and has no times, expected no protocol")
        return
    last = 0.0
    for index, event in enumerate(config.protocol):
        here: Keys = ("protocol", index, "at")
        if event.at < last:
            yield Problem(here, f"found {event.at!r} after {last!r}, expected entries in order of time")
        last = event.at
        if event.do is not None and event.do not in engine.actions:
            yield Problem(("protocol", index, "do"), choice(event.do, sorted(engine.actions)))
    until = config.schedule.until
    for index, event in enumerate(config.protocol):
        if event.at > until:
            yield Problem(("protocol", index, "at"), f"found {event.at!r}, expected <= until = {until!r}")


def _diagnostics(config: Any) -> Iterator[Problem]:
    if not diagnostic_kinds():
        for index, entry in enumerate(config.diagnostics):
            kind = entry.get("kind") if isinstance(entry, dict) else entry
            yield Problem(
                ("diagnostics", index),
                f"found {found(kind)}, but there are no diagnostic kinds to choose from",
            )


def _protocol_problems(data: dict[str, Any]) -> Iterator[Problem]:
    """Problems that each entry of the protocol adds to those of the leg before it."""
    name, protocol = data.get("engine"), data.get("protocol")
    if (
        name not in names()
        or not isinstance(protocol, list)
        or issubclass(engines.get(str(name)).Schedule, DrawSchedule)
    ):
        return
    engine = engines.get(str(name))
    leg = {**data, "sweep": {}}
    known = _keyed(leg)
    for index, entry in enumerate(protocol):
        changes = entry.get("set") if isinstance(entry, dict) else None
        if not isinstance(changes, dict):
            continue
        written = {}
        for path, value in changes.items():
            here: Keys = ("protocol", index, "set", path)
            keys = inside_parameters(path)
            if keys[0] in RunConfig.model_fields and keys[0] not in engine.Parameters.model_fields:
                yield Problem(here, f"a protocol sets parameters, it cannot set {keys[0]}")
            elif any(dotted(keys[: length + 1]) in engine.fixed for length in range(len(keys))):
                yield Problem(here, f"a protocol cannot set the box or a size, and {dotted(keys)} is one")
            else:
                try:
                    leg = put(leg, ("parameters", *keys), value)
                    written["parameters", *keys] = here
                except PathError as error:
                    yield Problem(here, str(error))
        now = _keyed(leg)
        yield from _moved(now, known, written, ("protocol", index))
        known = now


def _sweep_problems(data: dict[str, Any]) -> Iterator[Problem]:
    """Problems that each value of the sweep, by itself, adds to those of the config."""
    sweep = data.get("sweep")
    if not isinstance(sweep, dict) or not sweep:
        return
    base = {**data, "sweep": {}, "protocol": data.get("protocol", [])}
    known = _keyed(base)
    for path, values in sweep.items():
        here: Keys = ("sweep", path)
        keys = split(path)
        if keys[0] in NOT_SWEPT:
            yield Problem(here, f"a sweep cannot set {keys[0]}")
            continue
        reported: set[tuple[Keys, str]] = set()
        for index, value in _swept(values):
            try:
                now = _keyed(put(base, keys, value))
            except PathError as error:
                yield Problem(here, str(error))
                break
            for problem in _moved(now, known, {keys: (*here, index)}, here):
                general = problem.path[:2], problem.message
                if general not in reported:
                    reported.add(general)
                    yield Problem(here, problem.message) if "unknown key" in problem.message else problem


def _swept(values: Any) -> Iterator[tuple[int, Any]]:
    """Values to try: all of a list, both ends of a range (bounds that hold there hold between)."""
    if isinstance(values, list):
        yield from enumerate(values)
    elif isinstance(values, dict) and isinstance(ends := values.get("range"), list) and len(ends) == 2:
        start, stop = ends
        if isinstance(start, int) and isinstance(stop, int) and start < stop:
            yield from enumerate(dict.fromkeys((start, stop - 1)))


def _keyed(data: dict[str, Any]) -> dict[tuple[Keys, str], Problem]:
    return {(problem.path, problem.message): problem for problem in _examined(data)[1]}


def _moved(
    now: Mapping[tuple[Keys, str], Problem],
    known: Mapping[tuple[Keys, str], Problem],
    written: Mapping[Keys, Keys],
    entry: Keys,
) -> Iterator[Problem]:
    """New problems, at the place in the protocol or sweep that brought them."""
    for key, problem in now.items():
        if key in known:
            continue
        for target, place in written.items():
            if problem.path[: len(target)] == target:
                path: Keys = (*place, *problem.path[len(target) :])
                yield Problem(path, problem.message, problem.is_warning)
                break
        else:
            yield Problem(
                entry, f"makes {dotted(problem.path)} invalid: {problem.message}", problem.is_warning
            )
