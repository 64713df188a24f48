"""What is generated in docs/ is current: the reference pages word for word, the gallery in names, digests, pictures."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import physent
from physent import diagnostics, engines
from physent.config.bundled import bundled_configs
from physent.config.model import model_of
from physent.diagnostics.run.kinds import KINDS

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(autouse=True)
def _no_toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines that other tests have put into the table are not in the pages."""
    for name in engines.TABLE.keys() - {folder.name for folder in Path(engines.__file__).parent.iterdir()}:
        monkeypatch.delitem(engines.TABLE, name)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The modules that make the pages."""
    monkeypatch.syspath_prepend(DOCS / "_ext")
    import gallery  # type: ignore[import-not-found]
    import reference  # type: ignore[import-not-found]

    yield gallery, reference
    for name in ("gallery", "reference", "api_pages", "marked"):
        del sys.modules[name]


def test_reference_pages_are_current(made: Any) -> None:
    """Run `python docs/_ext/reference.py` after a change of a key, a signature or a docstring."""
    _, reference = made
    for path, text in reference.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path}: run python docs/_ext/reference.py"


def test_every_key_and_every_function_is_there() -> None:
    """Also those inside a kind; a key with a default is not called required."""
    for name in engines.TABLE:
        page = (DOCS / "configuration" / f"{name}.md").read_text(encoding="utf-8")
        schema = model_of(name).model_json_schema()
        own = {key: schema["properties"][key] for key in ("parameters", "initial", "schedule")}
        expected = set(_keys(own, schema["$defs"])) - {"kind", "path", "sample"}
        assert expected == set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)), name
    coulomb = (DOCS / "configuration" / "coulomb.md").read_text(encoding="utf-8")
    assert coulomb.partition("## `initial`")[2].lstrip().startswith("May be left out")
    page = (DOCS / "api" / "diagnostics.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^### (\w+)$", page, re.MULTILINE)) == {*diagnostics.__all__, *KINDS}
    page = (DOCS / "api" / "physent.md").read_text(encoding="utf-8")
    assert {"__version__", *re.findall(r"^### (\w+)$", page, re.MULTILINE)} == set(physent.__all__)


def _keys(node: Any, definitions: dict[str, Any]) -> Iterator[str]:
    """Names of all properties at or below a node of a JSON schema."""
    if isinstance(node, dict):
        yield from node.get("properties", ())
        yield from _keys(
            definitions[node["$ref"].rpartition("/")[2]] if "$ref" in node else [*node.values()], definitions
        )
    elif isinstance(node, list):
        for one in node:
            yield from _keys(one, definitions)


def test_the_gallery_is_current(made: Any) -> None:
    """Run `python docs/_ext/gallery.py` after a change of a config."""
    gallery, _ = made
    assert gallery.shown() == gallery.digests()
    assert gallery.PAGE.read_text(encoding="utf-8") == gallery.page()
    pictures = {path for path in (DOCS / "gallery").rglob("*") if path.is_file()}
    assert pictures == {gallery.picture(name) for name in bundled_configs()}
    for path in pictures:
        assert path.read_bytes().startswith(b"\x89PNG"), path
        assert path.stat().st_size < 75_000, path
    assert sum(path.stat().st_size for path in pictures) < 36_000 * len(pictures)


def test_an_engine_in_the_table_is_on_a_page_of_its_own(made: Any) -> None:
    """As soon as the table has it, with what its sections hold."""
    from tests.random_walk import registered

    _, reference = made
    with registered():
        pages = reference.pages()
    assert "## `parameters`" in pages[DOCS / "configuration" / "random_walk.md"]
    for page in ("configuration.md", "index.md"):
        assert "random_walk" in pages[DOCS / page]
