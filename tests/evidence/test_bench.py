from __future__ import annotations

import json
from pathlib import Path

import pytest

from physent.errors import UsageError
from physent.evidence import Bound, Contestant
from physent.evidence.bench import bench, benchmarks, quartiles, race, table_rows

SCRIPT = '''"""Fake benchmark."""
from physent.evidence import Bound, Contestant

def spin(count):
    def prepare():
        return lambda: sum(range(count))
    return prepare

def check(out):
    return abs(out - 1999999000000)

def contestants():
    told = {"units": lambda out: 200_000, "rate_of": "terms/s", "note": "a sum"}
    yield Contestant("ours", "sum", spin(200_000), reference=True, bound=lambda out: Bound("none", 1e-6), **told)
    yield Contestant("slow", "sum", spin(2_000_000), error=check, error_of="sum", once=True)
    yield Contestant("absent", "sum", spin(1), needs="no_such_module_anywhere")
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "bench.py").write_text(SCRIPT)
    return tmp_path


def test_rows_ratios_and_skipped_peers(root: Path, tmp_path: Path) -> None:
    assert list(benchmarks(root)) == ["fake"]
    out = bench(["fake"], repeats=3, output=tmp_path / "bench.json", root=root)
    ours, slow, absent = out["results"]
    assert (ours["ratio"], ours["repeats"], ours["bound_seconds"]) == (1.0, 3, 1e-6)
    assert (ours["rate"], ours["rate_of"], ours["note"]) == (200_000 / ours["cpu_seconds"], "terms/s", "a sum")
    assert (slow["rate"], slow["repeats"]) == (None, 1)
    assert slow["ratio"] > 2
    assert slow["error"] == 0
    assert absent["note"] == "no_such_module_anywhere is not installed"
    assert absent["cpu_seconds"] is None
    assert {"cpu", "cpu_count", "numpy_version", "peers", "date", "threads"} <= out["conditions"].keys()
    assert [row[1] for row in table_rows(out)[1]] == ["ours", "slow", "absent"]
    assert json.loads((tmp_path / "bench.json").read_text()) == out


def test_rounds_are_interleaved_and_prepared_outside_the_clock() -> None:
    order: list[str] = []

    def contestant(name: str, **more: bool) -> Contestant:
        def prepare() -> object:
            order.append(f"prepare {name}")
            return lambda: order.append(name)

        return Contestant(name, "task", prepare, **more)  # type: ignore[arg-type]

    race([contestant("a", reference=True), contestant("b"), contestant("c", once=True)], 2)
    assert order == [
        *("prepare a", "a", "prepare b", "b", "prepare c", "c"),
        *("prepare a", "a", "prepare b", "b"),
    ]


def test_one_reference_a_task() -> None:
    with pytest.raises(ValueError, match="0 reference contestants"):
        race([Contestant("a", "task", lambda: lambda: None)], 1)


def test_unknown_benchmark(root: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'fake'"):
        bench(["fke"], root=root)


def test_quartiles() -> None:
    assert quartiles([2.0]) == (2.0, 2.0, 2.0)
    assert quartiles([1.0, 2.0, 3.0, 4.0, 5.0]) == (2.0, 3.0, 4.0)
    assert Bound("fft", 1.0).seconds == 1.0
