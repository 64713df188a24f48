"""The pages of docs/api/: public functions and classes, with their signatures and docstrings."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from marked import doc, plain, rows

import physent
from physent import diagnostics, theory
from physent.diagnostics.run.kinds import KINDS

INTERNAL = {"gram", "jets"}  # of physent.theory
WIDTH = 100


def signature(name: str, thing: Any) -> str:
    """The call of a function or class as in its source, one argument per line if it is long."""
    bound = inspect.signature(thing)
    parts = [str(one.replace(annotation=bound.empty)) for one in bound.parameters.values()]
    for index, one in enumerate(bound.parameters.values()):
        if one.annotation is not bound.empty:
            told, equals = inspect.formatannotation(one.annotation).strip("'\""), " = " if "=" in parts[index] else ""
            head, _, value = parts[index].partition("=")
            parts[index] = f"{head}: {told}{equals}{value}"
    kind = [one.kind for one in bound.parameters.values()]
    if inspect.Parameter.KEYWORD_ONLY in kind and inspect.Parameter.VAR_POSITIONAL not in kind:
        parts.insert(kind.index(inspect.Parameter.KEYWORD_ONLY), "*")
    if inspect.Parameter.POSITIONAL_ONLY in kind:
        parts.insert(max(i for i, one in enumerate(kind) if one is inspect.Parameter.POSITIONAL_ONLY) + 1, "/")
    returned = bound.return_annotation
    end = "" if inspect.isclass(thing) or returned is bound.empty else f" -> {inspect.formatannotation(returned)}"
    end = end.replace("'", "")
    line = f"{name}({', '.join(parts)}){end}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{name}(", *(f"    {part}," for part in parts), f"){end}"])


def summary(thing: Any) -> str:
    """The first sentence of a docstring."""
    first = " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())
    return plain(re.split(r"(?<=[a-z)\]`0-9][.]) (?=[A-Z`])", first)[0])


def entry(name: str, thing: Any) -> Iterator[str]:
    """One function or class."""
    yield from [f"### {name}", ""]
    if not inspect.isclass(thing) or "__init__" in vars(thing) or hasattr(thing, "_fields"):
        yield from ["```python", signature(name, thing), "```", ""]
    yield from [doc(thing), ""]


def entries(module: ModuleType, names: Iterable[str]) -> Iterator[str]:
    """A table of functions and classes, then each."""
    things = {name: getattr(module, name) for name in names}
    yield from rows(("name", "what"), ((f"[`{n}`](#{n.lower()})", summary(thing)) for n, thing in things.items()))
    yield ""
    for name, thing in things.items():
        yield from entry(name, thing)


def own(module: ModuleType) -> list[str]:
    """Functions and classes that a module defines and does not hide, in the order of its source."""
    return [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", None) == module.__name__ and callable(thing)
    ]


def of_package() -> Iterator[str]:
    """The functions of `physent` itself."""
    yield from ["# physent", "", "## Functions", ""]
    yield from entries(physent, [name for name in physent.__all__ if not name.startswith("_")])


def of_the_library() -> Iterator[str]:
    """The functions of `physent.diagnostics`: its own, and those made from the kinds."""
    yield from ["# physent.diagnostics", "", doc(diagnostics), ""]
    public = [name for name in diagnostics.__all__ if name not in KINDS]
    yield from ["## Estimators", "", *entries(diagnostics, sorted(public, key=str.lower))]
    yield from ["## Kinds of a config, as functions", "", *entries(diagnostics, list(KINDS))]


def of_theory() -> Iterator[str]:
    """The modules of `physent.theory`, each with its functions."""
    names = [one.name for one in iter_modules(theory.__path__) if one.name not in INTERNAL]
    modules = {name: importlib.import_module(f"physent.theory.{name}") for name in names}
    yield from ["# physent.theory", "", doc(theory), ""]
    yield from rows(("module", "what"), ((f"[`{name}`](#{name})", summary(one)) for name, one in modules.items()))
    for name, module in modules.items():
        yield from ["", f"## {name}", "", doc(module), ""]
        for function in getattr(module, "__all__", own(module)):
            yield from entry(function, getattr(module, function))
