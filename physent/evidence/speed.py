"""What a benchmark writes: the tables of validation/performance/README.md and README.md.

``python -m physent.evidence.speed BENCH.json validation/performance/README.md README.md`` writes both tables anew from
the JSON of ``physent bench -o BENCH.json``; with the first page only, the JSON of single benchmarks, such as
``physent bench information -o BENCH.json``, goes into their table there, which the line `PART_BEGIN` with their names
marks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from physent.config import yaml
from physent.errors import RunError
from physent.evidence.compare import conditions, markdown, read_benchmark
from physent.evidence.table import cell, replace_between

BEGIN = "<!-- speed: generated from the JSON of physent bench, do not edit -->"
END = "<!-- end of the speeds -->"
PART_BEGIN = "<!-- speed of {names}: generated from the JSON of physent bench {names}, do not edit -->"
PART_END = "<!-- end of the speeds of {names} -->"


def write_tables(results: Path, readme: Path, front: Path, headlines: Path) -> None:
    """Replace the generated parts of ``readme`` (all rows) and ``front`` (those that ``headlines``, YAML, names)."""
    measured = read_benchmark(results)
    chosen = yaml.parse(headlines.read_text(encoding="utf-8"), str(headlines)).data["headlines"]
    replace_between(readme, BEGIN, END, markdown(measured))
    replace_between(front, BEGIN, END, headline_table(measured, chosen))


def write_part(results: Path, readme: Path) -> None:
    """Replace the generated table in ``readme`` of the benchmarks that the results are of."""
    measured = read_benchmark(results)
    names = " ".join(sorted({row["benchmark"] for row in measured["results"]}))
    replace_between(readme, PART_BEGIN.format(names=names), PART_END.format(names=names), markdown(measured))


def headline_table(measured: Mapping[str, Any], headlines: Iterable[Mapping[str, str]]) -> str:
    """One line per task, under its headline: the reference contestant, and the CPU time of others as a multiple."""
    lines = ["| task | physent | CPU time of others, as a multiple |", "|---|---|---|"]
    for entry in headlines:
        rows = [
            row
            for row in measured["results"]
            if (row["benchmark"], row["task"]) == (entry["benchmark"], entry["task"]) and row["cpu_seconds"] is not None
        ]
        if not rows:
            raise RunError(f"the results have no task {entry['task']!r} of {entry['benchmark']}")
        own = next(row for row in rows if row["ratio"] == 1.0)
        done = (
            f"{plain(own['rate'])} {own['rate_of']}" if own["rate"] is not None else f"{own['cpu_seconds']:.3g} CPU s"
        )
        others = ", ".join(f"{row['contestant']}: {plain(row['ratio'])}" for row in rows if row is not own)
        lines.append(f"| {cell(entry['headline'])} | {cell(done)} | {cell(others) or '-'} |")
    return "\n".join((*lines, "", conditions(measured))) + "\n"


def plain(value: float) -> str:
    """Three digits, without a power of ten if the number is large."""
    return f"{value:.3g}" if value < 1000 else f"{float(f'{value:.3g}'):,.0f}".replace(",", " ")


if __name__ == "__main__":
    page = Path(sys.argv[2])
    if len(sys.argv) == 3:
        write_part(Path(sys.argv[1]), page)
    else:
        write_tables(Path(sys.argv[1]), page, Path(sys.argv[3]), page.with_name("headlines.yaml"))
