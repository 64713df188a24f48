"""The report of a validation: one HTML file, complete in itself, readable without scripts and on a phone."""

from __future__ import annotations

import ast
import base64
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from physent.evidence import scatter
from physent.evidence.table import number
from physent.provenance import machine

NAME = "report.html"
VERDICTS = ("pass", "expected-difference", "fail")

STYLE = """
:root { color-scheme: light; --ink: #1b1f24; --soft: #59636e; --line: #d1d9e0; --paper: #fff; --shade: #f6f8fa;
  --pass: #1a7f37; --expected-difference: #9a6700; --fail: #cf222e; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 70rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.2rem; margin: 3rem 0 .3rem; }
p { max-width: 46rem; margin: .4rem 0; } a { color: #0550ae; }
.counts { font-size: 1.1rem; } .soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
th { background: var(--shade); font-weight: 600; }
td.number, td.verdict { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.source { overflow-wrap: anywhere; min-width: 10rem; }
td small { display: block; color: var(--soft); }
.pass { color: var(--pass); } .expected-difference { color: var(--expected-difference); }
.fail { color: var(--fail); font-weight: 700; }
figure { margin: 1rem 0; } img { max-width: 100%; height: auto; border: 1px solid var(--line); }
@media (max-width: 40rem) {
  thead { display: none; } tr { display: block; padding: .5rem 0; border-bottom: 2px solid var(--line); }
  td { display: block; border: 0; padding: .1rem 0; } td::before { content: attr(data-label) " "; color: var(--soft); }
}
"""


def write_report(rows: Iterable[Mapping[str, Any]], titles: Mapping[str, Path], folder: Path) -> Path:
    """Write report.html for the rows of a results.json into the folder that holds their figures; return its path.

    ``titles`` are the folders of the cases by name, whose docstrings are the text of their sections.
    """
    path = folder / NAME
    partial = path.with_suffix(".html.part")
    partial.write_text("".join(_page(list(rows), titles, folder)), encoding="utf-8")
    partial.replace(path)
    return path


def _page(rows: list[Mapping[str, Any]], cases: Mapping[str, Path], folder: Path) -> Iterator[str]:
    names = list(dict.fromkeys(row["case"] for row in rows))
    tiers = " and ".join(sorted({row["tier"] for row in rows})) or "no"
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>physent validation</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    yield f"<h1>physent validation</h1>\n<p class='soft'>{len(names)} cases, {len(rows)} claims, {tiers} tier</p>\n"
    yield f"<p class='counts'>{_counts(rows)}</p>\n"
    yield "<table>\n<thead><tr><th>case</th><th>what it shows</th><th>verdicts</th></tr></thead>\n<tbody>\n"
    for name in names:
        mine = [row for row in rows if row["case"] == name]
        link = f"<a href='#{escape(name)}'>{escape(name)}</a>"
        cells = (("case", link), ("shows", escape(_text(cases, name)[0])), ("verdicts", _counts(mine)))
        yield f"<tr>{''.join(map(_cell, cells))}</tr>\n"
    yield "</tbody>\n</table>\n"
    for name in names:
        yield from _section(name, [row for row in rows if row["case"] == name], cases, folder)
    yield from _seeds(folder)
    yield from _provenance()
    yield "</body>\n</html>\n"


def _section(name: str, rows: list[Mapping[str, Any]], cases: Mapping[str, Path], folder: Path) -> Iterator[str]:
    title, body = _text(cases, name)
    yield f"<section id='{escape(name)}'>\n<h2>{escape(name)}</h2>\n<p>{escape(title)}</p>\n"
    if body:
        for paragraph in body.split("\n\n"):
            yield f"<p class='soft'>{escape(paragraph)}</p>\n"
    columns = ("claim", "source", "expected", "measured", "tolerance", "verdict")
    yield f"<table>\n<thead><tr>{''.join(f'<th>{c}</th>' for c in columns)}</tr></thead>\n<tbody>\n"
    for row in rows:
        yield f"<tr>{''.join(map(_cell, zip(columns, _claim(row), strict=True)))}</tr>\n"
    yield "</tbody>\n</table>\n"
    for figure in dict.fromkeys(figure for row in rows for figure in row["figures"]):
        yield _figure(name, folder, figure)
    yield "</section>\n"


def _figure(name: str, folder: Path, figure: str) -> str:
    try:
        data = base64.b64encode((folder / figure).read_bytes()).decode()
    except OSError as error:
        return f"<p class='fail'>{escape(figure)}: {escape(error.strerror or 'cannot be read')}</p>\n"
    alt = f"{name}: {Path(figure).stem.replace('_', ' ')}"
    return f"<figure><img alt='{escape(alt)}' src='data:image/png;base64,{data}'></figure>\n"


def _seeds(folder: Path) -> Iterator[str]:
    """Deviations under other seeds, when `physent.evidence.seeds` has left them in the folder."""
    rows = scatter.load(folder)
    if not rows:
        return
    yield f"<section id='seeds'>\n<h2>Deviations under other seeds</h2>\n<p>{escape(scatter.summary(rows))}</p>\n"
    yield _figure("other seeds", folder, scatter.draw(rows, folder))
    columns = ("case", "claim", "sets", "spread", "mean", "reason")
    yield f"<p class='soft'>{escape(scatter.ODD)}</p>\n"
    yield f"<table>\n<thead><tr>{''.join(f'<th>{c}</th>' for c in columns)}</tr></thead>\n<tbody>\n"
    for row in scatter.odd(rows):
        d, (spread, _) = scatter.deviations(row), scatter.spread(row)
        texts = (row["case"], row["claim"], str(len(d)), f"{spread:.2f}", f"{d.mean():+.2f}", row["reason"])
        yield f"<tr>{''.join(map(_cell, zip(columns, map(escape, texts), strict=True)))}</tr>\n"
    yield "</tbody>\n</table>\n</section>\n"


def _claim(row: Mapping[str, Any]) -> tuple[str, ...]:
    measured = number(row["measured"])
    if row["standard_error"] is not None:
        measured += f" ± {row['standard_error']:.1e}"
    return (
        f"{escape(row['claim'])}<small>{escape(row['note'])}</small>",
        f"{escape(row['source'])}<small>{escape(row['basis'])}</small>",
        number(row["expected"]),
        measured,
        f"{number(row['tolerance'])}<small>{escape(row['reason'])}</small>",
        f"<span class='{row['verdict']}'>{row['verdict']}</span>",
    )


def _cell(labelled: tuple[str, str]) -> str:
    label, content = labelled
    kind = "number" if label in ("case", "expected", "measured") else label
    return f"<td data-label='{label}' class='{kind}'>{content}</td>"


def _counts(rows: Iterable[Mapping[str, Any]]) -> str:
    found = Counter(row["verdict"] for row in rows)
    parts = [f"<span class='{verdict}'>{found[verdict]} {verdict}</span>" for verdict in VERDICTS if found[verdict]]
    return ", ".join(parts) or "no claims"


def _text(cases: Mapping[str, Path], name: str) -> tuple[str, str]:
    """First line of a case's docstring, and the rest; a script that cannot be parsed has none."""
    try:
        text = ast.get_docstring(ast.parse((cases[name] / "check.py").read_text(encoding="utf-8"))) or ""
    except (OSError, SyntaxError, KeyError):
        text = ""
    title, _, body = text.partition("\n")
    return title or name, body.strip()


def _provenance() -> Iterator[str]:
    """When, where and with what the report was made."""
    facts = {"made": datetime.now(UTC).isoformat(timespec="seconds"), **machine(1)}
    facts.pop("threads")
    yield "<section id='provenance'>\n<h2>Provenance</h2>\n<table><tbody>\n"
    for key, value in facts.items():
        yield f"<tr><th>{escape(key)}</th><td data-label=''>{escape(str(value))}</td></tr>\n"
    yield "</tbody></table>\n</section>\n"
