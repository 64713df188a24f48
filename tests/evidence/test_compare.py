"""Two benchmark files: what is slower beyond the noise, and what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from physent.cli import commands
from physent.errors import UsageError
from physent.evidence import bench
from physent.evidence.compare import compare, differences, markdown, read_benchmark, regressions


def row(contestant: str, cpu: float, ratio: float = 1.0, spread: float = 0.01, **more: Any) -> dict[str, Any]:
    near = spread if contestant != "ours" else 0.0
    return {
        "benchmark": "b", "task": "t", "contestant": contestant, "cpu_seconds": cpu, "cpu_low": cpu * (1 - spread),
        "cpu_high": cpu * (1 + spread), "repeats": 5, "ratio": ratio, "ratio_low": ratio * (1 - near),
        "ratio_high": ratio * (1 + near), "error": None, "error_of": "", "bound": "", "bound_seconds": None, "note": "",
    } | more  # fmt: skip


def file(*rows: dict[str, Any], **conditions: Any) -> dict[str, Any]:
    return {"conditions": bench.conditions() | conditions, "results": list(rows)}


def verdicts(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    return [found[-1] for found in compare(before, now)]


def test_what_was_measured_once_is_told() -> None:
    once = file(row("ours", 1.0) | {"repeats": 1}, row("peer", 9.0, 9.0))
    assert next(iter(compare(once, once)))[1] == "peer"
    assert any(line.startswith("1 contestants were measured once") for line in differences(once, once))
    assert not differences(file(row("ours", 1.0)), file(row("ours", 1.0)))


def test_beyond_the_noise_and_within_it() -> None:
    base = file(row("ours", 1.0), row("peer", 9.0, 9.0))
    assert verdicts(base, base) == ["same", "same"]
    assert verdicts(base, file(row("ours", 1.2), row("peer", 9.0, 7.5))) == ["slower", "slower"]
    assert verdicts(base, file(row("ours", 0.8), row("peer", 9.0, 11.0))) == ["faster", "faster"]
    assert verdicts(base, file(row("ours", 1.03), row("peer", 9.0, 8.8))) == ["same", "same"]
    noisy = file(row("ours", 1.2, spread=0.3), row("peer", 9.0, 7.5, spread=0.3))
    assert verdicts(base, noisy) == ["same", "same"]
    assert regressions(list(compare(base, file(row("ours", 1.2))))) == 1


def test_a_busy_machine_slows_all_alike() -> None:
    before, now = file(row("peer", 9.0, 9.0)), file(row("peer", 18.0, 9.1))
    assert verdicts(before, now) == ["same"]


def test_what_cannot_be_compared_is_left_out() -> None:
    gone = row("peer", 9.0, 9.0, cpu_seconds=None)
    once = row("slow", 9.0, 9.0, repeats=1)
    assert verdicts(file(gone, once), file(row("peer", 9.0, 9.0), row("new", 1.0), once)) == []
    assert differences(file(cpu="a"), file(cpu="b")) == ["cpu: a before, b now"]
    assert differences(file(), file()) == []


def test_files_and_their_table(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(file(row("ours", 1.0))))
    assert verdicts(read_benchmark(path), read_benchmark(path)) == ["same"]
    assert "| t | ours | 1 [0.99, 1.01] |" in markdown(read_benchmark(path))
    for text in ("", "[]", '{"results": [{}]}'):
        path.write_text(text)
        with pytest.raises(UsageError, match="no readable benchmark file"):
            read_benchmark(path)
    done = CliRunner().invoke(commands.app, ["bench", "--compare", str(path)])
    assert isinstance(done.exception, UsageError)


def test_a_regression_ends_the_command_with_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "old.json"
    old.write_text(json.dumps(file(row("ours", 1.0))))
    monkeypatch.setattr(bench, "bench", lambda *args, **options: file(row("ours", 2.0)))
    out = tmp_path / "new.json"
    done = CliRunner().invoke(commands.app, ["bench", "-o", str(out), "--compare", str(old)])
    assert done.exit_code == 1
    assert "slower" in done.output
    assert out.with_suffix(".md").read_text().startswith("Measured 20")


def test_files_of_others_are_not_replaced(tmp_path: Path) -> None:
    from physent.errors import UsageError
    from physent.evidence.compare import refuse_others

    mine = tmp_path / "README.md"
    mine.write_text("mine")
    other = tmp_path / "other.json"
    other.write_text("{}")
    for name, message in (
        ("README.json", "would be replaced by the table"),
        ("README.md", "its table has this name"),
        ("other.json", "no readable benchmark file"),
        ("none/b.json", "does not exist"),
        ("n" * 300, "cannot be written"),
    ):
        with pytest.raises(UsageError, match=message):
            refuse_others(tmp_path / name)
    refuse_others(tmp_path / "new.json")
    other.write_text('{"results": []}')
    other.with_suffix(".md").write_text("its table")
    refuse_others(other)
