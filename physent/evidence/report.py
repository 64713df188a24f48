"""The report of a validation: one HTML file, complete in itself, readable without scripts and on a phone."""

from __future__ import annotations

import ast
import base64
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from physent.errors import reason
from physent.evidence import scatter
from physent.evidence.table import number
from physent.io.files import replacing
from physent.runs.provenance import machine

NAME = "report.html"
VERDICTS = ("pass", "expected-difference", "fail")
PARTS = {
    name: Template(text)
    for name, text in re.findall(
        r"<!-- (\w+) -->\n(.*?)(?=<!-- |\Z)", Path(__file__).with_name(NAME).read_text(encoding="utf-8"), re.DOTALL
    )
}


class _Html(str):
    """Text that is HTML already."""


def _part(part: str, /, **values: Any) -> _Html:
    """One part of the template with its values, escaped unless they are parts themselves."""
    return _Html(PARTS[part].substitute({k: v if isinstance(v, _Html) else escape(str(v)) for k, v in values.items()}))


def _joined(parts: Iterable[_Html]) -> _Html:
    return _Html("".join(parts))


def write_report(rows: Iterable[Mapping[str, Any]], titles: Mapping[str, Path], folder: Path) -> Path:
    """Write report.html for the rows of a results.json into the folder that holds their figures; return its path.

    ``titles`` are the folders of the cases by name, whose docstrings are the text of their sections.
    """
    path = folder / NAME
    with replacing(path) as partial:
        partial.write_text(_page(list(rows), titles, folder), encoding="utf-8")
    return path


def _page(rows: list[Mapping[str, Any]], cases: Mapping[str, Path], folder: Path) -> _Html:
    of_case = {name: [row for row in rows if row["case"] == name] for name in dict.fromkeys(r["case"] for r in rows)}
    return _part(
        "page",
        cases=len(of_case),
        claims=len(rows),
        tiers=" and ".join(sorted({row["tier"] for row in rows})) or "no",
        counts=_counts(rows),
        contents=_joined(
            _part("content", name=name, title=_text(cases, name)[0], counts=_counts(own))
            for name, own in of_case.items()
        ),
        sections=_joined(_section(name, own, cases, folder) for name, own in of_case.items()),
        seeds=_seeds(folder),
        facts=_joined(_part("fact", key=key, value=value) for key, value in _provenance().items()),
    )


def _section(name: str, rows: list[Mapping[str, Any]], cases: Mapping[str, Path], folder: Path) -> _Html:
    title, body = _text(cases, name)
    return _part(
        "section",
        name=name,
        title=title,
        paragraphs=_joined(_part("paragraph", text=text) for text in body.split("\n\n") if text),
        claims=_joined(map(_claim, rows)),
        figures=_joined(_figures(name, rows, folder)),
    )


def _figures(name: str, rows: list[Mapping[str, Any]], folder: Path) -> Iterator[_Html]:
    for figure in dict.fromkeys(figure for row in rows for figure in row["figures"]):
        yield _figure(name, figure, folder)


def _figure(name: str, figure: str, folder: Path) -> _Html:
    try:
        data = base64.b64encode((folder / figure).read_bytes()).decode()
    except OSError as error:
        return _part("lost", figure=figure, reason=reason(error))
    return _part("figure", alt=f"{name}: {Path(figure).stem.replace('_', ' ')}", data=data)


def _seeds(folder: Path) -> _Html:
    """Deviations under other seeds, if `physent.evidence.seeds` has left them in the folder."""
    rows = scatter.load(folder)
    if not rows:
        return _Html("")
    figure = _figure("other seeds", scatter.draw(rows, folder), folder)
    odd = _joined(map(_spread, scatter.odd(rows)))
    return _part("seeds", summary=scatter.summary(rows), figure=figure, explained=scatter.ODD, rows=odd)


def _spread(row: scatter.Row) -> _Html:
    d, (spread, _) = scatter.deviations(row), scatter.spread(row)
    texts = {key: row[key] for key in ("case", "claim", "reason")}
    return _part("spread", **texts, sets=len(d), spread=f"{spread:.2f}", mean=f"{d.mean():+.2f}")


def _claim(row: Mapping[str, Any]) -> _Html:
    error = row["standard_error"]
    numbers = {key: number(row[key]) for key in ("expected", "measured", "tolerance")}
    numbers["measured"] += f" ± {error:.1e}" if error is not None else ""
    texts = {key: row[key] for key in ("claim", "note", "source", "basis", "reason", "verdict")}
    return _part("claim", **texts, **numbers)


def _counts(rows: Iterable[Mapping[str, Any]]) -> _Html:
    found = Counter(row["verdict"] for row in rows)
    parts = [_part("count", verdict=verdict, count=found[verdict]).strip() for verdict in VERDICTS if found[verdict]]
    return _Html(", ".join(parts) or "no claims")


def _text(cases: Mapping[str, Path], name: str) -> tuple[str, str]:
    """First line of a case's docstring, and the rest; a script that cannot be parsed has none."""
    try:
        text = ast.get_docstring(ast.parse((cases[name] / "check.py").read_text(encoding="utf-8"))) or ""
    except (OSError, SyntaxError, KeyError):
        text = ""
    title, _, body = text.partition("\n")
    return title or name, body.strip()


def _provenance() -> dict[str, Any]:
    """When, where and with what the report was made."""
    facts = {"made": datetime.now(UTC).isoformat(timespec="seconds"), **machine(1)}
    facts.pop("threads")
    return facts
