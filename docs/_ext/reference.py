"""Reference pages made from the package itself, so that they cannot be out of date.

{options} ENGINE       parameters, initial states and schedule of an engine: types, defaults, bounds, descriptions
{options} run          what a config of any engine has
{options} diagnostics  every kind of diagnostic
{api} MODULE [NAMES]   functions and classes with their docstrings, which are plain text and read as Markdown
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.inspect import stringify_signature

from physent import engines
from physent.config.messages import kinds, members, unwrapped
from physent.config.model import Cadence, FileInitial, Output, ProtocolEvent, RunConfig
from physent.config.words import default_of, type_of_field
from physent.declare import Section
from physent.diagnostics.run.kinds import KINDS


def code(text: str) -> str:
    """Literal text."""
    return f"`{text}`"


def table(section: type[Section]) -> Iterator[str]:
    """The keys of a section."""
    shown = {key: field for key, field in section.model_fields.items() if key != "kind"}
    if not shown:
        yield "No keys of its own."
        return
    yield "| key | type | default | what |"
    yield "| --- | --- | --- | --- |"
    for key, field in shown.items():
        default = default_of(field)
        absent = "of the engine" if field.annotation is Any else "required"
        shown_default = absent if default is None else code(default)
        cells = (code(key), type_of_field(field, code), shown_default, field.description or "")
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def titled(title: str, section: type[Section], level: int) -> Iterator[str]:
    """A section with its docstring and its keys."""
    yield from ["", f"{'#' * level} {title}", "", markdown(section), "", *table(section), ""]
    for field in section.model_fields.values():
        for option in members(field.annotation):
            inner = unwrapped(option)
            if isinstance(inner, type) and issubclass(inner, Section):
                yield from nested(inner)


def nested(section: type[Section]) -> Iterator[str]:
    """A section inside a section, as a definition."""
    name = "".join(kinds(section)) or section.__name__
    yield from ["", f"`{name}`: {markdown(section)}", "", *table(section), ""]


def of_engine(name: str) -> Iterator[str]:
    """Everything that an engine adds to a config."""
    engine = engines.get(name)
    yield from titled("`parameters`", engine.Parameters, 3)
    yield from ["", "### `initial`", ""]
    for option in members(engine.Initial):
        section = unwrapped(option)
        if section is not FileInitial:
            yield from titled(f"`kind: {''.join(kinds(section))}`", section, 4)
    yield from titled("`schedule`", engine.Schedule, 3)
    context = ", ".join(f"`{key}`" for key in sorted(engine.fixed)) or "none"
    yield from ["", f"A protocol cannot change: {context}. It can `do`: {', '.join(engine.actions) or 'nothing'}.", ""]


def of_run() -> Iterator[str]:
    """What configs of all engines share."""
    yield from ["### Top level", "", *table(RunConfig), ""]
    for title, section in {"`protocol`": ProtocolEvent, "`output`": Output, "`checkpoint`": Cadence}.items():
        yield from titled(title, section, 3)
    yield from titled("`initial: {kind: file}`", FileInitial, 3)


def of_diagnostics() -> Iterator[str]:
    """All kinds."""
    for name, section in KINDS.items():
        yield from titled(f"`{name}`", section, 3)


def markdown(thing: Any) -> str:
    """The docstring, with what Markdown would take for markup made literal outside of code."""
    text = inspect.getdoc(thing) or ""
    lines = []
    for line in text.splitlines():
        if line.startswith("    "):
            lines.append(line)
            continue
        parts = re.split(r"(`+[^`]+`+)", line)
        lines.append(
            "".join(part if part.startswith("`") else re.sub(r"([*_<>$|\[\]])", r"\\\1", part) for part in parts)
        )
    return "\n".join(lines)


def entry(module: ModuleType, name: str) -> Iterator[str]:
    """One function or class, or a module's constant."""
    thing = getattr(module, name)
    kind = "class" if inspect.isclass(thing) else "function"
    signature = ""
    if kind == "function" or "__init__" in vars(thing) or hasattr(thing, "_fields"):
        bare = inspect.signature(thing).replace(return_annotation=inspect.Signature.empty)
        signature = stringify_signature(inspect.signature(thing) if kind == "function" else bare)
    yield from [f"````{{py:{kind}}} {name}{signature}", f":module: {module.__name__}", "", markdown(thing), "````", ""]


class Generated(SphinxDirective):
    """Markdown, parsed in place."""

    required_arguments = 1
    has_content = False

    def lines(self) -> Iterator[str]:
        """The Markdown."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes("\n".join(self.lines()), allow_section_headings=True)


class Options(Generated):
    """Keys of a config."""

    def lines(self) -> Iterator[str]:
        match self.arguments[0]:
            case "run":
                return of_run()
            case "diagnostics":
                return of_diagnostics()
        return of_engine(self.arguments[0])


class Api(Generated):
    """Docstrings of a module."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[Any] = {}

    def lines(self) -> Iterator[str]:
        module = importlib.import_module(self.arguments[0])
        names = self.arguments[1].split() if len(self.arguments) > 1 else public(module)
        if len(self.arguments) == 1:
            yield from [markdown(module), ""]
        for name in names:
            yield from entry(module, name)


def public(module: ModuleType) -> list[str]:
    """Functions and classes that a module defines and does not hide, in the order of its source."""
    own = [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", None) == module.__name__ and callable(thing)
    ]
    return getattr(module, "__all__", own)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("options", Options)
    app.add_directive("api", Api)
    return {"parallel_read_safe": True}
