"""Tables that are written from the JSON of a benchmark, and the form of those that stand in the repository."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from physent.config import yaml
from physent.errors import RunError
from physent.evidence import speed
from physent.evidence.bench import benchmarks, conditions
from physent.evidence.cases import script_function

ROOT = Path(__file__).parents[2]
PERFORMANCE = ROOT / "validation" / "performance"


def row(contestant: str, ratio: float | None, **more: Any) -> dict[str, Any]:
    number = None if ratio is None else 0.5 * ratio
    times = dict.fromkeys(("cpu_seconds", "cpu_low", "cpu_high"), number)
    known = {"benchmark": "b", "task": "t | u", "contestant": contestant, **times, "repeats": 3, "ratio": ratio}
    rest = {"ratio_low": ratio, "ratio_high": ratio, "rate": None, "rate_of": "", "error": None, "error_of": ""}
    return {**known, **rest, "bound": "", "bound_seconds": None, "note": "", **more}


def test_both_tables_are_written_anew(tmp_path: Path) -> None:
    rows = [row("physent", 1.0, rate=2.341e6, rate_of="steps/s"), row("peer", 12.34), row("absent", None)]
    results, all_rows, front = (tmp_path / name for name in ("b.json", "all.md", "front.md"))
    results.write_text(json.dumps({"conditions": conditions(), "results": rows}))
    for page in (all_rows, front):
        page.write_text(f"# Mine\n{speed.BEGIN}\nold\n{speed.END}\nkept\n")
    headlines = tmp_path / "headlines.yaml"
    headlines.write_text("headlines:\n  - {benchmark: b, task: t | u, headline: A task}\n")
    for _ in range(2):
        speed.write_tables(results, all_rows, front, headlines)
    assert "| A task | 2 340 000 steps/s | peer: 12.3 |" in front.read_text().splitlines()
    assert "| t \\| u | peer | 6.17 [6.17, 6.17] | 12.3 [12.3, 12.3] |" in all_rows.read_text()
    for page in (all_rows, front):
        assert "old" not in page.read_text()
        assert page.read_text().count("Measured 20") == 1
        assert page.read_text().endswith(f"{speed.END}\nkept\n")
    part = tmp_path / "part.md"
    begin, end = (mark.format(names="b") for mark in (speed.PART_BEGIN, speed.PART_END))
    part.write_text(f"{speed.BEGIN}\nall\n{speed.END}\n{begin}\nold\n{end}\n")
    speed.write_part(results, part)
    assert "\nall\n" in part.read_text()
    assert "old" not in part.read_text()
    assert "| t \\| u | peer |" in part.read_text()
    headlines.write_text("headlines:\n  - {benchmark: b, task: other, headline: A task}\n")
    with pytest.raises(RunError, match="no task 'other' of b"):
        speed.write_tables(results, all_rows, front, headlines)


def test_headlines_are_tasks_of_the_benchmarks() -> None:
    path = PERFORMANCE / "headlines.yaml"
    named = {(e["benchmark"], e["task"]) for e in yaml.parse(path.read_text(), str(path)).data["headlines"]}
    found = {
        (name, contestant.task)
        for name, folder in benchmarks(PERFORMANCE).items()
        for contestant in script_function(folder / "bench.py", "contestants")()
    }
    assert named <= found


@pytest.mark.parametrize("page", [ROOT / "README.md", PERFORMANCE / "README.md"], ids=["front", "all"])
def test_tables_in_the_repository_say_when_and_where(page: Path) -> None:
    table = page.read_text(encoding="utf-8").partition(speed.BEGIN)[2].partition(speed.END)[0]
    assert re.search(r"Measured \d{4}-\d\d-\d\d on .+ \(\d+ processors\)\. .* Peers: [^.]+\d", table)
    assert len(re.findall(r"^\| .+ \|$", table, re.MULTILINE)) >= 10
