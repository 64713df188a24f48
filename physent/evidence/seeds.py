"""Validation under other seeds: whether the rows that draw at random scatter as their standard errors say.

``python -m physent.evidence.seeds -o DIR [--sets K] [--seconds S] [--full] [CASE...]`` repeats the cases with K other
sets of seeds and writes DIR/seeds.json, and beside a results.json a report with the figure of all deviations. Named
cases replace their rows in a seeds.json that is there. A case in which nothing follows the seed is run twice, and one
that is slow only as often as S seconds allow.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from physent.evidence.cases import Case, case_digest, case_folders, select
from physent.evidence.validate import run_case

if TYPE_CHECKING:
    import xarray as xr

NAME = "seeds.json"


class Row(TypedDict):
    """One claim under every set of seeds; numbers that are not finite are None."""

    case: str
    digest: str
    claim: str
    expected: list[float | None]
    tolerance: list[float | None]
    measured: list[float | None]
    standard_error: list[float | None]
    verdict: list[str]
    note: list[str]


def repeat(
    names: Iterable[str] = (),
    sets: int = 20,
    seconds: float = 300.0,
    full: bool = False,
    output: Path | str = ".",
    root: Path | None = None,
) -> list[Row]:
    """Repeat cases under the sets of seeds 1 to ``sets``, write seeds.json into ``output`` and return its rows.

    Parameters
    ----------
    names : iterable of str
        Cases to repeat, every case when empty; the others' rows in a seeds.json that is there are kept.
    sets : int
        Sets of seeds, at least 2.
    seconds : float
        No further set is begun of a case that has taken as long, after the second.
    full : bool
        The full tier instead of the quick one.
    output : path
        Folder of seeds.json, rewritten after each case.
    root : path, optional
        Folder that holds the cases, by default those that come with the package.
    """
    known = case_folders(root)
    waiting = select(tuple(names), known, "validation case")
    path = Path(output) / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = [row for row in load(path) if row["case"] not in waiting]
    rows: dict[tuple[str, str], Row] = {}
    spent: dict[str, float] = defaultdict(float)
    for number in range(1, sets + 1):
        runs: dict[str, xr.Dataset] = {}
        with tempfile.TemporaryDirectory(prefix="physent-seeds-") as scratch:
            try:
                for name, folder in list(waiting.items()):
                    begin = time.perf_counter()
                    case = Case(name, folder, full, Path(scratch), None, runs, seeds=number)
                    for result in run_case(case):
                        _append(rows, result, case_digest(folder))
                    spent[name] += time.perf_counter() - begin
                    mine = [row for row in rows.values() if row["case"] == name]
                    if spent[name] > seconds and number > 1 or number == 2 and not any(map(random, mine)):
                        del waiting[name]
                    _write(path, [*kept, *rows.values()])
            finally:
                for dataset in runs.values():
                    dataset.close()
    return [*kept, *rows.values()]


def _append(rows: dict[tuple[str, str], Row], result: Mapping[str, Any], digest: str) -> None:
    key = (result["case"], result["claim"])
    if key not in rows:
        rows[key] = Row(
            case=key[0], digest=digest, claim=key[1],
            expected=[], tolerance=[], measured=[], standard_error=[], verdict=[], note=[],
        )  # fmt: skip
    row: Any = rows[key]
    for column in ("expected", "tolerance", "measured", "standard_error", "verdict", "note"):
        row[column].append(result[column])


def _write(path: Path, rows: list[Row]) -> None:
    partial = path.with_suffix(".json.part")
    partial.write_text(json.dumps(sorted(rows, key=lambda row: row["case"]), indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def load(path: Path) -> list[Row]:
    """Rows of a seeds.json; none if there is no such file."""
    rows: list[Row] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return rows


def random(row: Row) -> bool:
    """Whether the measured value of this row follows the seeds."""
    return len(set(row["measured"])) > 1


def deviations(row: Row) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(measured - expected) / standard error under every set of seeds; empty for a row without errors."""
    columns = zip(row["measured"], row["expected"], row["standard_error"], strict=True)
    return np.array([(m - e) / s for m, e, s in columns if m is not None and e is not None and s], np.float64)


def main(arguments: list[str] | None = None) -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(
        prog="python -m physent.evidence.seeds", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("-o", "--output", required=True, metavar="DIR")
    parser.add_argument("--sets", type=int, default=20, metavar="K")
    parser.add_argument("--seconds", type=float, default=300.0, metavar="S", help="longest time for one case")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args(arguments)
    rows = repeat(options.cases, options.sets, options.seconds, options.full, options.output)
    failed = [row for row in rows if "fail" in row["verdict"]]
    for row in failed:
        print(f"{row['case']}: {row['claim']}: fails in {row['verdict'].count('fail')} of {len(row['verdict'])}")
    scores = np.concatenate([deviations(row) for row in rows if random(row)] or [np.empty(0)])
    spread = math.sqrt(float(np.mean(scores**2))) if scores.size else math.nan
    print(f"{sum(map(random, rows))} random rows, {len(failed)} with a fail; r.m.s. deviation {spread:.3g} s.e.")


if __name__ == "__main__":
    main()
