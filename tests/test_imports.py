"""Who imports whom: no circle of files, one direction between folders, few modules at the root."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import physent

PACKAGE = Path(physent.__file__).parent
FILES = {
    ".".join(("physent", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

# Each may import what stands before it; those of one line do not know each other.
LAYERS = (
    ("errors", "host", "declare", "typing", "version"),
    ("core", "theory"),
    ("engines", "diagnostics"),
    ("config",),
    ("io",),
    ("runs",),
    ("sweeps", "figures"),
    ("physent", "own"),
    ("evidence",),
    ("cli",),
)
FACE = ("physent", "physent.own", "physent.__main__")  # what is public, and the command: they name what users call
WITHIN_A_LINE = {("declare", "errors"), ("host", "version")}


def _type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _nodes(tree: ast.AST, typing: bool) -> Iterator[ast.AST]:
    """Every node, those in functions included; without ``typing`` not those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if typing or not _type_checking(node):
            yield node
            yield from _nodes(node, typing)


def _target(name: str) -> str | None:
    """The file of ours that a name imports: its module, or the one that it is an attribute of."""
    while name.startswith("physent"):
        if name in FILES:
            return name
        name = name.rpartition(".")[0]
    return None


@cache
def imports(module: str, typing: bool = False) -> frozenset[str]:
    """Files of ours that a file imports, inside functions and by `lazily` too."""
    found = set()
    for node in _nodes(ast.parse(FILES[module].read_text(encoding="utf-8")), typing):
        if isinstance(node, ast.Import):
            found |= {_target(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: relative import"
            found |= {_target(f"{node.module}.{alias.name}") for alias in node.names}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lazily":
            found |= {_target(str(one.value)) for one in node.args if isinstance(one, ast.Constant)}
    return frozenset(found - {None, module})  # type: ignore[arg-type]


def folder(module: str) -> str:
    """Which part of the house a file is in."""
    return module.split(".")[1] if "." in module else module


def edges() -> Iterator[tuple[str, str]]:
    """Every import between files."""
    for module in FILES:
        for target in imports(module, typing=True):
            yield module, target


def test_no_circle_of_files() -> None:
    """Not even through imports inside functions; what only a type checker reads does not count."""
    graph = {module: set(imports(module)) for module in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" <- ".join(error.args[1])) from None


def test_imports_go_one_way() -> None:
    rank = {name: index for index, line in enumerate(LAYERS) for name in line}
    wrong = []
    for module, target in edges():
        if module in FACE:
            continue
        here, there = folder(module), folder(target)
        if here == there or (rank.get(there, 99) < rank.get(here, -1)) or (here, there) in WITHIN_A_LINE:
            continue
        wrong.append(f"{module} imports {target}")
    assert wrong == []


def test_every_folder_has_its_place() -> None:
    assert {folder(module) for module in FILES} - {"__main__"} == {name for line in LAYERS for name in line}


def test_engines_do_not_know_each_other() -> None:
    of_engines = [(a.split(".")[2:3], b.split(".")[2:3]) for a, b in edges() if folder(a) == folder(b) == "engines"]
    folders = {path.name for path in (PACKAGE / "engines").iterdir() if path.is_dir()}
    assert [(a, b) for a, b in of_engines if a != b and a and b and {*a, *b} <= folders] == []


def test_few_modules_stand_at_the_root() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 8
