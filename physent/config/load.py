"""Load a YAML file, a bundled name or a mapping as a RunConfig, or report all its problems at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from physent import engines
from physent.config import yaml
from physent.config.bundled import bundled_configs, nearest_config
from physent.config.context import context_of, legs_of
from physent.config.model import ProtocolEvent, RunConfig, json_schema, names
from physent.config.paths import PathError, dotted, put, split
from physent.config.problems import problems_of_plan, problems_of_run
from physent.config.yaml import Document, Keys, NotPlain
from physent.diagnostics.run.declare import Context
from physent.errors import ConfigError, one_line

__all__ = ["Loaded", "ProtocolEvent", "RunConfig", "Source", "json_schema", "load", "load_config", "load_plan", "names"]


@dataclass
class Written:
    """Data and their origin: a document, and overrides of it."""

    document: Document
    data: dict[str, Any]
    stem: str | None = None
    overrides: list[tuple[Keys, str]] = field(default_factory=list)
    lines: list[tuple[int, str]] = field(default_factory=list)  # (sort key, message)

    def report(self, path: Keys, message: str, line: int | None = None) -> None:
        """Add one problem, at the line or override from which ``path`` comes."""
        text = f"{dotted(path)}: {message}" if path else message
        for index, (keys, label) in reversed(list(enumerate(self.overrides))):
            if line is None and path[: len(keys)] == keys:
                self.lines.append((AFTER + index, f"{label}: {message if path == keys else text}"))
                return
        line = line if line is not None else self.document.line(path)
        name = self.document.name
        self.lines.append((line or 0, f"{name}:{line}: {text}" if line else f"{name}: {text}"))

    def set(self, text: str) -> None:
        """Apply ``a.b=VALUE``."""
        path, equals, value = text.partition("=")
        label = f"--set {one_line(text)}"
        try:
            if not equals:
                raise NotPlain("expected KEY=VALUE, such as parameters.step=1e-3")
            self.override(path.strip(), yaml.parse_value(value), label)
        except NotPlain as problem:
            self.lines.append((AFTER + len(self.overrides), f"{label}: {problem}"))

    def override(self, path: str, value: Any, label: str) -> None:
        """Set one value, or report why it cannot be set."""
        keys = split(path)
        try:
            if "" in keys:
                raise PathError("expected a dotted path such as parameters.step")
            self.data = put(self.data, keys, value)
            self.overrides.append((keys, label))
        except PathError as error:
            self.lines.append((AFTER + len(self.overrides), f"{label}: {error}"))

    def name_output(self) -> None:
        """Name the output file after the config file, unless it has a name, or the config file's is not UTF-8."""
        output = self.data.get("output", {})
        if self.stem and _is_unicode(self.stem) and isinstance(output, dict) and output.get("path") is None:
            self.data = {**self.data, "output": {**output, "path": f"{self.stem}.nc"}}

    def refuse(self) -> None:
        """Raise ConfigError if there are problems, with all of them in order, or the first `MOST_LINES`."""
        if self.lines:
            ordered = [text for _, text in sorted(self.lines, key=lambda item: item[0])]
            more = len(ordered) - MOST_LINES
            told = [f"{self.document.name}: {more} more problems"] if more > 0 else []
            raise ConfigError([*ordered[:MOST_LINES], *told])


AFTER = 1 << 40  # sorts overrides after every line of the file
MOST_LINES = 200


@dataclass(frozen=True)
class Loaded:
    """A valid config, with the results of its validation."""

    config: RunConfig
    warnings: tuple[str, ...]  # ``path: message``; for a sweep, only about the config itself
    known: Context | None  # with which its diagnostics were checked

    @property
    def engine(self) -> engines.Engine:
        """The engine of the config."""
        return engines.get(self.config.engine)

    @cached_property
    def context(self) -> Context:
        """The context of the run for diagnostics."""
        known = self.known or context_of(self.config, self.engine)
        return replace(known, legs=legs_of(self.config, self.engine))


Source = str | Path | Mapping[str, Any] | RunConfig
PlanSource = str | os.PathLike[str] | Mapping[str, Any] | Sequence[Mapping[str, Any]]


def load_config(source: Source, overrides: Iterable[str] | Mapping[str, Any] = ()) -> RunConfig:
    """Validated config from a YAML file, a bundled name (``nlse/two_solitons``), a mapping or another config.

    ``overrides`` are ``"a.b=VALUE"`` texts (VALUE is YAML) or a mapping of dotted paths to values, applied
    before validation. The default output of a file is its own stem + ``.nc``, that of a mapping None.
    Raises ConfigError with all problems at once, one line each.
    """
    return load(source, overrides).config


def load(
    source: Source,
    overrides: Iterable[str] | Mapping[str, Any] = (),
    *,
    from_arrays: bool = False,
    in_full: bool = True,
) -> Loaded:
    """As `load_config`, with the results of validation; options as in `problems_of_run`."""
    if isinstance(overrides, str):
        overrides = (overrides,)
    here = _opened(source)
    if isinstance(overrides, Mapping):
        for path, value in overrides.items():
            here.override(path, _plain(value), f"set {one_line(path)}")
    else:
        for text in overrides:
            here.set(text)
    here.name_output()
    for fault in here.document.faults:
        here.report(fault.path, fault.message, fault.line)
    whole = problems_of_run(here.data, from_arrays=from_arrays, in_full=in_full)
    for problem in whole.problems:
        if not problem.is_warning:
            here.report(problem.path, problem.message)
    here.refuse()
    assert whole.config is not None
    doubtful = (problem for problem in whole.problems if problem.is_warning and problem.path[:1] != ("sweep",))
    return Loaded(whole.config, tuple(f"{dotted(p.path)}: {p.message}" for p in doubtful), whole.context)


def written_plan(source: PlanSource) -> Written:
    """A plan as it is written: a YAML file with a `diagnostics:` list, a mapping with one, or the list."""
    if isinstance(source, str | os.PathLike):
        document = yaml.read(Path(source), begins="diagnostics:")
    else:
        data = _plain(source)
        document = Document("plan", data if isinstance(data, dict) else {"diagnostics": data})
    here = Written(document, document.data)
    for fault in document.faults:
        here.report(fault.path, fault.message, fault.line)
    return here


def load_plan(source: PlanSource, config: RunConfig, context: Context) -> tuple[RunConfig, list[str]]:
    """The config of a run with the diagnostics of a plan instead of its own, and warnings about them.

    A plan is a YAML file with a `diagnostics:` list, a mapping with one, or the list. ``context`` describes the run's
    file. Raises ConfigError with all problems at once, one line each.
    """
    here = written_plan(source)
    diagnostics, problems = problems_of_plan(here.data, context)
    for problem in problems:
        if not problem.is_warning:
            here.report(problem.path, problem.message)
    here.refuse()
    doubtful = [f"{dotted(problem.path)}: {problem.message}" for problem in problems]
    return config.model_copy(update={"diagnostics": diagnostics}), doubtful


def _opened(source: str | Path | Mapping[str, Any] | RunConfig) -> Written:
    if isinstance(source, RunConfig):
        data = source.plain()
        return Written(Document("config", data), data)
    if isinstance(source, Mapping):
        data = _plain(source)
        return Written(Document("config", data), data)
    path = Path(source)
    try:
        missing = not path.exists()
        bundled = bundled_configs().get(str(source).removesuffix(".yaml")) if not path.is_file() else None
    except (OSError, ValueError) as error:
        raise ConfigError([f"{str(source)!r:.80}: no such file: {error}"]) from error
    if bundled is not None:
        path = bundled
    elif missing:
        near = nearest_config(str(source))
        hint = f"; did you mean {near}?" if near else "; `physent list configs` names them"
        raise ConfigError([f"{source}: no such file, and no bundled config of this name{hint}"])
    document = yaml.read(path)
    return Written(document, document.data, path.stem)


def _plain(value: Any) -> Any:
    """Python data, including NumPy scalars and arrays, tuples and paths, as YAML would load them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return _plain(value.tolist()) if hasattr(value, "tolist") else value


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
