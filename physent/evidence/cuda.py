"""Check all that physent claims about CUDA devices, on the one in this machine, in under four minutes.

``python -m physent.evidence.cuda -o DIR`` makes and compiles the runs of the benchmark in several processes and times
them one at a time; then come, side by side, the tests marked `cuda` (in a clone) and the quick tier of the validation
cases whose runs the device can compute. It writes DIR/cuda.json and DIR/cuda.md as results come, and DIR/tests.log. It
exits with 1 if a task, a test or a claim fails.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import physent
from physent import host
from physent.core.cuda import device
from physent.errors import PhysentError
from physent.evidence import bench, compare, payoff
from physent.evidence.cases import case_folders, runs_on
from physent.evidence.devices import Rates
from physent.evidence.helpers import Helper, answered
from physent.evidence.lanes import Lanes, not_timed, tasks_of
from physent.evidence.marked import Tests
from physent.evidence.validate import validate

LIMIT = 234.0
"""Seconds after which whatever still runs is stopped."""
COMPILED, TIMED = 0.45, 0.65
"""Parts of the limit by which the runs of the benchmark are compiled, and timed."""
REPEATS = 5
STOPPED = "not run: the command was stopped before"


class Results:
    """What is found, on disk as it comes."""

    def __init__(self, folder: Path, script: Path, cases: Sequence[str], began: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.tasks = tasks_of(script)
        self.began = began  # of `time.monotonic`
        self.conditions: dict[str, Any] = {**bench.conditions(), "processors": host.processors(), **device.facts()}
        self.timings = {name: [not_timed(name, "the command was stopped before")] for name in self.tasks}
        self.claims: dict[str, list[dict[str, Any]]] = {name: [_not_run(name, STOPPED)] for name in cases}
        self.tests: dict[str, Any] = {"note": STOPPED}
        self.troubles: list[str] = []
        self.compilation: dict[str, float] = {}
        self.seconds: dict[str, float] = {}

    def timed(self, task: str, rows: list[dict[str, Any]]) -> None:
        """Keep the rows of a task."""
        self.timings[task] = rows
        self.write()

    def checked(self, case: str, rows: list[dict[str, Any]]) -> None:
        """Keep the claims of a case."""
        self.claims[case] = rows
        self.write()

    def ended(self, stage: str) -> None:
        """Note how long a stage took."""
        self.seconds[stage] = round(time.monotonic() - self.began - sum(self.seconds.values()), 1)
        self.write()

    def found(self) -> dict[str, Any]:
        """Everything, for JSON."""
        rows = [{"benchmark": "cuda", **row} for rows in self.timings.values() for row in rows]
        return {
            "benchmark": {"conditions": self.conditions, "results": rows},
            "smallest": payoff.smallest(self.tasks.values(), rows),
            "compilation_seconds": self.compilation,
            "tests": self.tests,
            "validation": [row for rows in self.claims.values() for row in rows],
            "failures": self.failures(),
            "seconds": self.seconds,
        }

    def write(self) -> None:
        """Write both files."""
        found = self.found()
        text = json.dumps(found, indent=1, allow_nan=False) + "\n"
        (self.folder / "cuda.json").write_text(text, encoding="utf-8")
        (self.folder / "cuda.md").write_text(self.markdown(), encoding="utf-8")

    def failures(self) -> list[str]:
        """Tasks, tests and claims that failed."""
        tasks = [f"{row['task']}: {row['note']}" for rows in self.timings.values() for row in rows if "failed" in row]
        rows = [row for rows in self.claims.values() for row in rows if row["verdict"] == "fail"]
        claims = [f"{row['case']}: {row['claim']} {row.get('note', '')}".rstrip() for row in rows]
        return [*self.troubles, *tasks, *self.tests.get("failed", ()), *claims]

    def markdown(self) -> str:
        """The results as a page."""
        tests = self.tests
        numbers = ", ".join(
            f"{len(tests[key]) if key == 'failed' else tests[key]} {key}" for key in tests if key != "note"
        )
        ran = "; ".join(text for text in (numbers, tests.get("note")) if text)
        verdicts: dict[str, int] = {}
        for rows in self.claims.values():
            for row in rows:
                verdicts[row["verdict"]] = verdicts.get(row["verdict"], 0) + 1
        counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())) or "none"
        spent = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in self.seconds.items())
        rows = [row for rows in self.timings.values() for row in rows]
        slowest = sorted(self.compilation.items(), key=lambda pair: -pair[1])[:5]
        kernels = ", ".join(f"{name.removeprefix('physent.')} {seconds:.1f} s" for name, seconds in slowest)
        done = f"Tests: {ran}. Validation, quick tier, on the device: {len(self.claims)} cases, claims: {counts}."
        lines = [
            f"# On {self.conditions['device_name']}",
            "",
            f"{done} Seconds: {spent or 'not yet known'}. Slowest to compile: {kernels or 'not yet known'}.",
            "",
            *(f"- failed: {line}" for line in self.failures()),
            *(f"- {name}: {rows[0]['verdict']}" for name, rows in self.claims.items() if not rows[0]["claim"]),
            "",
            compare.conditions({"conditions": self.conditions}),
            "",
            *payoff.page(self.tasks.values(), rows),
        ]
        return "\n".join(lines) + "\n"


def _not_run(case: str, why: str) -> dict[str, Any]:
    return {"case": case, "claim": "", "verdict": why}


def measure(
    folder: Path,
    limit: float = LIMIT,
    script: Path | None = None,
    cases: Sequence[str] | None = None,
    tests: Sequence[str] | None = None,
) -> Results:
    """Benchmark, tests and validation on the device of this machine; UsageError if there is none.

    The script of the benchmark, names of validation cases, and files of tests default to those that come with the
    package.
    """
    began = time.monotonic()
    device.require()
    script = bench.benchmarks()["cuda"] / "bench.py" if script is None else script
    known = cases_on_device()
    chosen = known if cases is None else {name: known[name] for name in cases}
    results = Results(folder, script, list(chosen), began)
    results.write()
    _benchmark(results, script, limit)
    here = Tests(Path(physent.__file__).parents[1], folder / "tests.log", max(1, host.processors() // 2), tests)
    try:
        _validation(results, chosen, began + limit, here)
        results.tests = here.outcome(began + limit)
    finally:
        here.stop()
    results.ended("tests and validation")
    return results


def _benchmark(results: Results, script: Path, limit: float) -> None:
    lanes = Lanes(script)
    try:
        lanes.prepare(results.began + COMPILED * limit, results.timed)
        results.compilation = lanes.compilation
        results.ended("compilation")
        results.conditions |= lanes.conditions(results.began + TIMED * limit)
        card = (results.conditions[f"device_{name}_per_second"] for name in ("copy_bytes", "operations"))
        lanes.measure(REPEATS, Rates(*card), results.began + TIMED * limit, results.timed)
    except PhysentError as error:  # the tests may tell why
        results.troubles.append(f"benchmark: {error}")
    finally:
        lanes.stop()
    results.ended("timing")


def cases_on_device() -> dict[str, str]:
    """Every case that names a config which runs on the device, with the engine of the first one."""
    from physent.config.load import load_config

    found = {}
    for name, folder in case_folders().items():
        for path in sorted(folder.glob("*.yaml")):
            if runs_on(path, "cuda"):
                found[name] = load_config(path).engine
                break
    return found


def checks(case: str) -> list[dict[str, Any]]:
    """Rows of the quick tier of a case on the device."""
    return [dict(row) for row in validate([case], device="cuda")]


def _validation(results: Results, cases: dict[str, str], deadline: float, tests: Tests) -> None:
    """Cases in several processes, each of which takes those of the engine that it has compiled first.

    They are about half as many as processors while the tests run, then as many.
    """
    left = dict(cases)
    idle = [Helper() for _ in range(min(len(left), max(1, host.processors() - host.processors() // 2)))]
    working: dict[Helper, str] = {}
    engines: dict[Helper, str] = {}
    try:
        while left or working:
            spare = 0 if tests.running() else host.processors() - len(idle) - len(working)
            idle += [Helper() for _ in range(min(spare, len(left) - len(idle)))]
            while left and idle and time.monotonic() < deadline:
                helper = idle.pop()
                case = _next(left, engines.get(helper))
                engines[helper] = left.pop(case)
                working[helper] = case
                helper.begin(checks, case)
            done = answered(list(working), deadline)
            if not done:
                break
            for helper in done:
                case = working.pop(helper)
                try:
                    results.checked(case, helper.end())
                    idle.append(helper)
                except PhysentError as error:
                    results.checked(
                        case, [{**_not_run(case, "fail"), "claim": "it runs to its end", "note": str(error)}]
                    )
                    helper.stop()
                    idle.append(Helper())
    finally:
        for helper in (*idle, *working):
            helper.stop()
    for case in left:
        results.checked(case, [_not_run(case, "not run: no time was left")])
    for case in working.values():
        results.checked(case, [_not_run(case, "stopped: no time was left")])


def _next(left: dict[str, str], engine: str | None) -> str:
    """A case of the same engine, or of the one with most cases left."""
    kinds = list(left.values())
    most = engine if engine in kinds else max(kinds, key=kinds.count)
    return next(case for case, kind in left.items() if kind == most)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m physent.evidence.cuda", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for cuda.json, cuda.md and tests.log")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of BLAS, in each of the processes: there is one per processor
    try:
        results = measure(parser.parse_args().output)
    except PhysentError as error:
        sys.stderr.write(f"physent: {error}\n")
        return error.exit_code
    sys.stdout.write(results.markdown())
    return 1 if results.failures() else 0


if __name__ == "__main__":
    sys.exit(main())
