"""Runs that the suite is made of: of every bundled config, shrunk, those that reach each method of each engine."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any, get_args

from physent import engines
from physent.config import yaml
from physent.config.bundled import bundled_configs
from physent.config.load import load, load_config
from physent.config.paths import put
from physent.errors import ConfigError
from tests.random_walk import drift_config, registered, walk_config
from tests.spins import spins_config
from tests.trap import block

Data = dict[str, Any]
SIZES = ("n", "points")
CAPS = (16, 512, 4096)  # of a size; a method that no config reaches with one cap may be reached with the next
SAMPLES = 4
EVEN_BARE: tuple[Data, ...] = ({}, {"diagnostics": []})
LARGEST = 500_000  # size of a system that runs for less than a minute
TOYS: dict[str, Data] = {
    "random_walk": walk_config(),
    "drift": drift_config(),
    "spins": spins_config(),
    "trap": yaml.parse(block("the config"), "page").data,
}


def cut(data: Data, cap: int, samples: int = SAMPLES) -> Data:
    """A config with few samples, few replicas and a small system, every field stored, events at the second sample."""
    schedule = dict(data["schedule"])
    if "draws" in schedule:
        schedule |= {"draws": samples, "burn_in": min(20, schedule.get("burn_in", 0))}
        moment = schedule.get("thin", 1)
    else:
        moment = schedule.get("every", 1)
        schedule["until"] = (samples - 1) * moment
    parameters = dict(data.get("parameters", {}))
    for name in SIZES:
        if isinstance(parameters.get(name), int):
            parameters[name] = min(parameters[name], cap)
    if "transient" in parameters:
        parameters["transient"] = 0.0
    protocol = [{**event, "at": moment} for event in data.get("protocol", [])]
    small: Data = {"schedule": schedule, "parameters": parameters, "protocol": protocol}
    small |= {"replicas": min(2, data.get("replicas", 1)), "output": {"fields": "all"}}
    return {**data, **small, "sweep": {}, "checkpoint": {"wall_seconds": 0}}


def doubts(data: Data) -> tuple[str, ...] | None:
    """Warnings of a config; None if it is none."""
    try:
        return load(data).warnings
    except ConfigError:
        return None


@cache
def _parsed() -> dict[str, Data]:
    return {name: yaml.parse(path.read_text(encoding="utf-8"), name).data for name, path in bundled_configs().items()}


def written(name: str) -> Data:
    """A bundled config as it is written; a copy of one's own."""
    return deepcopy(_parsed()[name])


def _changing(data: Data) -> Data:
    """The same with a protocol, if there is none and the engine has something to change."""
    if data["protocol"]:
        return data
    config = load_config(data)
    engine, at = engines.get(config.engine), config.schedule.at(1)
    numbers = {name: value for name, value in config.parameters if type(value) is float and name not in engine.fixed}
    events: list[Data] = [{"at": at, "do": action} for action in sorted(engine.actions)]
    events += [{"at": at, "set": {name: factor * value}} for name, value in numbers.items() for factor in (1.25, 0.8)]
    tries = ({**data, "protocol": [event]} for event in events)
    return next((one for one in tries if doubts(one) == doubts(data)), data)


def _words(section: Any) -> Iterator[tuple[str, str]]:
    """Parameters that choose by a word, and the words."""
    for name, declared in section.model_fields.items():
        words = get_args(declared.annotation)
        if words and all(isinstance(word, str) for word in words):
            yield from ((name, word) for word in words)


def _tries(engine: engines.Engine, cap: int) -> Iterator[Data]:
    """Configs of one engine: as they are bundled, then with other words for what is chosen by a word."""
    bundled = [written(name) for name in bundled_configs() if name.startswith(f"{engine.name}/")]
    bundled += [TOYS[engine.name]] if engine.name in TOYS else []
    small = [cut(data, cap) for data in bundled]
    yield from small
    yield from ({**data, "diagnostics": []} for data in small)
    for name, word in _words(engine.Parameters):
        for data in small:
            chosen = put({**data, "diagnostics": []}, ("parameters", name), word)
            yield chosen
            if "step" in engine.Parameters.model_fields:  # of a method that wants one
                yield put(chosen, ("parameters", "step"), data["schedule"].get("every", 1.0) / 10)


def _smallest(engine: engines.Engine) -> Iterator[tuple[str, Data]]:
    """For each method the first config that reaches it."""
    missing = set(engine.methods)
    for cap in CAPS:
        for data in _tries(engine, cap):
            if not missing:
                return
            if doubts(data) is not None:
                config = load_config(data)
                method = engine.choose(config) if engine.choose else next(iter(engine.methods))
                if method in missing:
                    missing.remove(method)
                    yield method, _changing(data)


@cache
def bases() -> dict[str, Data]:
    """Small configs by ENGINE/METHOD."""
    with registered():
        return {f"{name}/{method}": data for name in engines.TABLE for method, data in _smallest(engines.get(name))}


@cache
def variants() -> dict[str, Data]:
    """Small configs of every other kind: each bundled one, and those that the tests of an engine add."""
    made = {}
    for name in bundled_configs():
        small = (cut(written(name), cap) | more for more in EVEN_BARE for cap in CAPS)
        made[name] = next(data for data in small if doubts(data) is not None)
    for engine in engines.TABLE:
        for name, (bundled, changes) in getattr(own(engine), "VARIANTS", {}).items():
            made[f"{engine}/{name}"] = load_config(made[f"{engine}/{bundled}"], changes).plain()
    return made


def own(name: str) -> ModuleType | None:
    """What the tests of an engine say about it: module `promises` of their folder."""
    path = f"tests.engines.{name}.promises"
    return import_module(path) if find_spec(f"tests.engines.{name}") and find_spec(path) else None
