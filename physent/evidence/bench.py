"""Benchmarks: contestants that solve the same task, timed side by side in one process.

Rounds are interleaved, so that a busy machine slows every contestant alike; the clock is CPU time of the
process with one BLAS thread, and the median is that of the ratios within each round.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from physent.evidence.cases import bundled, folders, load_script, select
from physent.evidence.contestants import Contestant
from physent.runs.provenance import machine

PEERS = (
    "antropy",
    "dewi-kadita",
    "dppy",
    "EntropyHub",
    "gillespy2",
    "infomeasure",
    "ordpy",
    "peccary",
    "rebop",
    "scikit-learn",
    "simple-idealized-1d-nlse",
)


def benchmarks(root: Path | None = None) -> dict[str, Path]:
    """Every benchmark's folder by name; ``root`` defaults to those that come with the package."""
    return folders(bundled() / "performance" if root is None else root, "bench.py")


def bench(
    names: Iterable[str] = (),
    repeats: int = 3,
    output: Path | str | None = None,
    report: Callable[[str, int, int], None] | None = None,
    root: Path | None = None,
) -> dict[str, Any]:
    """Time the named benchmarks (all if none are named); return machine, versions and a row per contestant.

    ``output`` is a file for the same as JSON.

    A row holds ``benchmark, task, contestant, cpu_seconds`` (median) with ``cpu_low, cpu_high`` (quartiles),
    ``repeats``, ``ratio`` (CPU time over that of the task's reference contestant, median over the rounds)
    with ``ratio_low, ratio_high``, then ``rate, rate_of`` (units per CPU second, of the median), ``error, error_of,
    bound, bound_seconds, note``. UsageError for an unknown name.
    """
    chosen = select(tuple(names), benchmarks(root), "benchmark")
    rows: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    for done, (name, folder) in enumerate(chosen.items()):
        if report:
            report(name, done, len(chosen))
        script = load_script(folder / "bench.py")
        contestants = list(script.contestants())
        for task in dict.fromkeys(c.task for c in contestants):
            group = [c for c in contestants if c.task == task]
            rows += [{"benchmark": name, **row} for row in race(group, repeats)]
        more |= getattr(script, "conditions", dict)()
    results = {"conditions": {**conditions(), **more}, "results": rows}
    if output is not None:
        Path(output).write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return results


def race(contestants: Sequence[Contestant], repeats: int) -> list[dict[str, Any]]:
    """Rows of one task: every contestant once per round, in the order given."""
    from threadpoolctl import threadpool_limits

    references = [c.name for c in contestants if c.reference]
    if len(references) != 1:
        raise ValueError(f"task {contestants[0].task!r} has {len(references)} reference contestants, expected one")
    here = [c for c in contestants if not c.missing and (not c.needs or find_spec(c.needs) is not None)]
    seconds: dict[str, list[float]] = {c.name: [] for c in here}
    outcome: dict[str, Any] = {}
    for done in range(repeats):
        for contestant in here:
            if done and contestant.once:
                continue
            work = contestant.prepare()
            with threadpool_limits(limits=1):  # of the libraries loaded by now, those of a peer too
                start = time.process_time()
                outcome[contestant.name] = work()
                spent = time.process_time() - start
            clock = contestant.clock
            seconds[contestant.name].append(clock(outcome[contestant.name]) if clock else spent)
    base = seconds.get(references[0], [])
    return [_row(c, seconds[c.name], base, outcome[c.name]) if c in here else _skipped(c) for c in contestants]


def _row(contestant: Contestant, seconds: list[float], base: list[float], outcome: Any) -> dict[str, Any]:
    low, middle, high = quartiles(seconds)
    # strict=False: a contestant that is timed once is compared only with the reference of the first round
    ratios = quartiles([own / other for own, other in zip(seconds, base, strict=False)]) if base else (None,) * 3
    bound = contestant.bound(outcome) if contestant.bound else None
    return {
        "task": contestant.task,
        "contestant": contestant.name,
        "cpu_seconds": middle,
        "cpu_low": low,
        "cpu_high": high,
        "repeats": len(seconds),
        "ratio": ratios[1],
        "ratio_low": ratios[0],
        "ratio_high": ratios[2],
        "rate": contestant.units(outcome) / middle if contestant.units else None,
        "rate_of": contestant.rate_of,
        "error": contestant.error(outcome) if contestant.error else None,
        "error_of": contestant.error_of,
        "bound": bound.text if bound else "",
        "bound_seconds": bound.seconds if bound else None,
        "note": contestant.note,
    }


def _skipped(contestant: Contestant) -> dict[str, Any]:
    note = contestant.missing or f"{contestant.needs} is not installed"
    return {"task": contestant.task, "contestant": contestant.name, "cpu_seconds": None, "note": note}


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """First quartile, median and third quartile; a single value is all three."""
    if len(values) == 1:
        return (values[0],) * 3
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def conditions() -> dict[str, Any]:
    """When, where and with what a benchmark ran."""
    peers = {}
    for name in PEERS:
        with suppress(metadata.PackageNotFoundError):
            peers[name] = metadata.version(name)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        **machine(threads=1),
        "peers": peers,
        "clock": "CPU time of the process, one BLAS thread",
    }


COLUMNS = ("task", "contestant", "CPU s", "x reference", "rate", "error", "bound", "note")


def table_rows(results: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Column titles, and one tuple of texts per contestant."""
    rows: list[tuple[str, ...]] = []
    for row in results["results"]:
        if row["cpu_seconds"] is None:
            rows.append((row["task"], row["contestant"], *("-" * 5), row["note"]))
            continue
        time_text = f"{row['cpu_seconds']:.3g} [{row['cpu_low']:.3g}, {row['cpu_high']:.3g}]"
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:.3g} [{row['ratio_low']:.3g}, {row['ratio_high']:.3g}]"
        error = "-" if row["error"] is None else f"{row['error']:.1e} ({row['error_of']})"
        rate = "-" if row.get("rate") is None else f"{row['rate']:.3g} {row['rate_of']}"
        bound = "-" if row["bound_seconds"] is None else f"{row['bound_seconds']:.3g} s: {row['bound']}"
        rows.append((row["task"], row["contestant"], time_text, ratio, rate, error, bound, row["note"]))
    return COLUMNS, rows
