"""Validation under other seeds: whether the rows that draw at random scatter as their standard errors state.

``python -m physent.evidence.seeds -o DIR [--sets K] [--seconds S] [--full] [CASE...]`` repeats the cases with K other
sets of seeds and writes DIR/seeds.json, and beside a results.json a report with the figure of all deviations. Named
cases replace their rows in an existing seeds.json. A case in which nothing depends on the seed is run twice, and a slow
one only as often as S seconds of processor time allow.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from physent.evidence import scatter
from physent.evidence.cases import Case, case_digest, case_folders, select
from physent.evidence.report import write_report
from physent.evidence.scatter import Row
from physent.evidence.table import read_results
from physent.evidence.validate import run_case

if TYPE_CHECKING:
    import xarray as xr


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
        Cases to repeat, every case if empty; the others' rows in an existing seeds.json are kept.
    sets : int
        Sets of seeds, at least 2.
    seconds : float
        Processor time after which a case is not repeated again, once it has two sets.
    full : bool
        The full tier instead of the quick one.
    output : path
        Folder of seeds.json, rewritten after each case.
    root : path, optional
        Folder that holds the cases, by default those that come with the package.
    """
    waiting = select(tuple(names), case_folders(root), "validation case")
    folder_out = Path(output)
    kept = [row for row in scatter.load(folder_out) if row["case"] not in waiting]
    rows: dict[tuple[str, str], Row] = {}
    spent: dict[str, float] = defaultdict(float)
    for number in range(1, sets + 1):
        runs: dict[str, xr.Dataset] = {}
        with tempfile.TemporaryDirectory(prefix="physent-seeds-") as scratch:
            try:
                for name, folder in list(waiting.items()):
                    start = time.process_time()
                    for result in run_case(Case(name, folder, full, Path(scratch), None, runs, seeds=number)):
                        _append(rows, result, case_digest(folder))
                    spent[name] += time.process_time() - start
                    mine = [row for row in rows.values() if row["case"] == name]
                    if number > 1 and (spent[name] > seconds or not any(map(scatter.random, mine))):
                        del waiting[name]
                    scatter.write([*kept, *rows.values()], folder_out)
            finally:
                for dataset in runs.values():
                    dataset.close()
    return [*kept, *rows.values()]


def _append(rows: dict[tuple[str, str], Row], result: Mapping[str, Any], digest: str) -> None:
    case, claim = key = (result["case"], result["claim"])
    empty: dict[str, Any] = {column: [] for column in scatter.COLUMNS}
    row: Any = rows.setdefault(key, {"case": case, "digest": digest, "claim": claim, "reason": "", **empty})  # type: ignore[typeddict-item]
    row["reason"] = result["reason"]
    for column in scatter.COLUMNS:
        row[column].append(result[column])


def main(arguments: list[str] | None = None) -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m physent.evidence.seeds", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("-o", "--output", required=True, metavar="DIR", type=Path)
    parser.add_argument("--sets", type=int, default=20, metavar="K")
    parser.add_argument("--seconds", type=float, default=300.0, metavar="S", help="processor time for one case")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args(arguments)
    rows = repeat(options.cases, options.sets, options.seconds, options.full, options.output)
    for row in rows:
        if "fail" in row["verdict"]:
            how_often = f"{row['verdict'].count('fail')} of {len(row['verdict'])}"
            sys.stdout.write(f"{row['case']}: {row['claim']}: fails under {how_often} sets of seeds\n")
    sys.stdout.write(scatter.summary(rows) + "\n")
    if (options.output / "results.json").is_file():
        write_report(read_results(options.output / "results.json"), case_folders(), options.output)
    else:
        scatter.draw(rows, options.output)


if __name__ == "__main__":
    main()
