"""Two benchmark files side by side, and what became slower beyond the noise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from physent.errors import UsageError, reason

COLUMNS = ("task", "contestant", "before", "now", "change", "verdict")
NOISE = 0.05  # a smaller change is ascribed to the machine, whatever the quartiles of a few repeats are
SAME = ("cpu", "python_version", "numba_version", "numpy_version")

Row = Mapping[str, Any]
Key = tuple[str, str, str]


def read_benchmark(path: Path) -> dict[str, Any]:
    """A file of `physent bench -o`; UsageError if it is not one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        rows = found["results"]
        if not all({"benchmark", "task", "contestant", "cpu_seconds"} <= row.keys() for row in rows):
            raise KeyError("results")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path}: no readable benchmark file, expected one of `physent bench -o`: {reason(error)}"
        ) from None
    return dict(found)


def refuse_others(output: Path) -> None:
    """Raise UsageError if ``output``, or the table beside it, is a file that no benchmark wrote, or cannot be made."""
    table = output.with_suffix(".md")
    if table == output:
        raise UsageError(f"{output}: its table has this name, expected NAME.json")
    try:
        there = [path for path in (output, table) if path.exists()]
        if not output.parent.is_dir():
            raise UsageError(f"{output}: the folder {output.parent} does not exist")
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {reason(error)}") from None
    if output in there:
        read_benchmark(output)
    elif there:
        raise UsageError(f"{table} would be replaced by the table of {output}: expected another output")


def compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Rows of `COLUMNS` for every contestant in both files.

    A contestant with a peer beside it is judged by the ratio of their times, which a busy machine changes little; one
    without a peer by its CPU time. It is slower (or faster) when the quartiles of the repeats do not overlap and the
    medians differ by more than 5 %.
    """
    old = {_key(row): row for row in before["results"]}
    for row in now["results"]:
        other = old.get(_key(row))
        if other is None or row["cpu_seconds"] is None or other["cpu_seconds"] is None:
            continue
        kind = _judged(row)
        if kind is None:
            continue
        was, is_now = other[kind], row[kind]
        if was is None or is_now is None:
            continue
        change = is_now / was - 1
        unit = " s" if kind == "cpu_seconds" else "x"
        numbers = (f"{was:.3g}{unit}", f"{is_now:.3g}{unit}", f"{change:+.1%}")
        yield (row["task"], row["contestant"], *numbers, _verdict(other, row, kind))


def regressions(rows: list[tuple[str, ...]]) -> int:
    """How many rows are slower."""
    return sum(row[-1] == "slower" for row in rows)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What makes the two files hard to compare: another processor, other versions."""
    one, two = before.get("conditions", {}), now.get("conditions", {})
    found = [f"{key}: {one.get(key)} before, {two.get(key)} now" for key in SAME if one.get(key) != two.get(key)]
    once = sum(row["cpu_seconds"] is not None and row["repeats"] < 2 for row in now["results"])
    return [*found, f"{once} contestants were measured once and are not compared (--repeats)"] if once else found


def _key(row: Row) -> Key:
    return row["benchmark"], row["task"], row["contestant"]


def _judged(row: Row) -> str | None:
    """Which number is compared: the peer's ratio to us, or our own time; None for a contestant measured once."""
    if row["repeats"] < 2:
        return None
    return "cpu_seconds" if row["ratio"] is None or row["ratio"] == row["ratio_low"] == row["ratio_high"] else "ratio"


def _verdict(before: Row, now: Row, kind: str) -> str:
    low, high = ("cpu_low", "cpu_high") if kind == "cpu_seconds" else ("ratio_low", "ratio_high")
    more = now[low] > before[high] and now[kind] > before[kind] * (1 + NOISE)
    less = now[high] < before[low] and now[kind] < before[kind] * (1 - NOISE)
    if kind == "ratio":  # of a peer's time to ours: if it falls, we are slower
        more, less = less, more
    return "slower" if more else "faster" if less else "same"


def markdown(results: Mapping[str, Any]) -> str:
    """The table of a benchmark as Markdown, with machine, versions and date."""
    from physent.evidence.bench import table_rows

    columns, rows = table_rows(results)
    lines = [
        conditions(results),
        "",
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
        *(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def conditions(results: Mapping[str, Any]) -> str:
    """A sentence on when, where and with what the benchmark ran."""
    facts = results["conditions"]
    peers = ", ".join(f"{name} {version}" for name, version in facts["peers"].items()) or "none installed"
    keys = ("physent", "python", "numba", "numpy")
    versions = ", ".join(f"{key} {facts[f'{key}_version']}" for key in keys)
    card = ""
    if "device_copy_bytes_per_second" in facts:
        copy, operations = facts["device_copy_bytes_per_second"], facts["device_operations_per_second"]
        card = (
            f" Device: {facts['device_name']}, in the same run {copy / 1e12:.3g} TB/s in a copy and "
            f"{operations / 1e12:.3g} TFLOP/s in double precision."
        )
    return (
        f"Measured {facts['date'][:10]} on {facts['cpu']} ({facts['cpu_count']} processors). {facts['clock']}; medians "
        f"with quartiles over interleaved repeats. {versions}. Peers: {peers}.{card}"
    )
