"""Check everything that is claimed of a CUDA device on the one in this machine, in under four minutes.

``python -m physent.evidence.cuda -o DIR`` runs the benchmark, the tests marked `cuda` (in a clone), and the quick tier
of the validation cases whose runs the device can compute. It writes DIR/cuda.json and DIR/cuda.md, and exits with 1 if
a test or a claim fails.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import physent
from physent.core.cuda import device
from physent.errors import PhysentError
from physent.evidence import compare
from physent.evidence.bench import bench
from physent.evidence.cases import case_folders, runs_on
from physent.evidence.validate import validate

LIMIT = 230.0
"""Seconds after which no further case is begun and tests are stopped."""


def measure(folder: Path, limit: float = LIMIT) -> dict[str, Any]:
    """Benchmark, tests and validation on the device of this machine; UsageError if there is none."""
    device.require()
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"benchmark": bench(["cuda"], repeats=3)}
    tests = _begin_tests(folder)
    try:
        found["validation"] = _validation(began + limit)
        found["tests"] = _end_tests(tests, folder, began + limit)
    finally:
        if tests is not None:
            tests.kill()
    found["seconds"] = round(time.monotonic() - began, 1)
    (folder / "cuda.json").write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    (folder / "cuda.md").write_text(markdown(found), encoding="utf-8")
    return found


def _begin_tests(folder: Path) -> subprocess.Popen[bytes] | None:
    """The tests marked `cuda`; None for an installed package, which has none."""
    root = Path(physent.__file__).parents[1]
    if not (root / "tests").is_dir():
        return None
    command = [sys.executable, "-m", "pytest", "-q", "-m", "cuda and not validation", "-p", "no:cacheprovider"]
    with (folder / "tests.log").open("wb") as log:
        return subprocess.Popen(
            [*command, f"--junitxml={(folder / 'tests.xml').resolve()}", "tests"], cwd=root, stdout=log, stderr=log
        )


def _end_tests(tests: subprocess.Popen[bytes] | None, folder: Path, deadline: float) -> dict[str, Any]:
    """Numbers of tests by outcome, and the names of those that failed."""
    if tests is None:
        return {"note": "not run: only a clone of the repository has the tests"}
    try:
        tests.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return {"note": f"stopped after the time limit: see {folder / 'tests.log'}"}
    report = folder / "tests.xml"
    if not report.is_file():
        return {"note": f"did not start: see {folder / 'tests.log'}", "failed": ["pytest"]}
    cases = ElementTree.parse(report).getroot().iter("testcase")
    outcome: dict[str, Any] = {"passed": 0, "skipped": 0, "failed": []}
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            outcome["failed"].append(f"{case.get('classname')}.{case.get('name')}")
        else:
            outcome["skipped" if case.find("skipped") is not None else "passed"] += 1
    return outcome


def _validation(deadline: float) -> list[dict[str, Any]]:
    """Rows of the quick tier of every case that names a config which runs on the device."""
    rows: list[dict[str, Any]] = []
    for name, folder in case_folders().items():
        if any(runs_on(path, "cuda") for path in folder.glob("*.yaml")):
            if time.monotonic() > deadline:
                rows.append({"case": name, "claim": "", "verdict": "not run: no time was left"})
            else:
                rows += [dict(row) for row in validate([name], device="cuda")]
    return rows


def failures(found: dict[str, Any]) -> list[str]:
    """Tests and claims that failed."""
    claims = [f"{row['case']}: {row['claim']}" for row in found["validation"] if row["verdict"] == "fail"]
    return [*found["tests"].get("failed", ()), *claims]


def markdown(found: dict[str, Any]) -> str:
    """The results as a page."""
    verdicts: dict[str, int] = {}
    for row in found["validation"]:
        verdicts[row["verdict"]] = verdicts.get(row["verdict"], 0) + 1
    counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    cases = len({row["case"] for row in found["validation"]})
    tests = found["tests"]
    ran = tests.get("note") or f"{tests['passed']} passed, {len(tests['failed'])} failed, {tests['skipped']} skipped"
    done = f"Tests: {ran}. Validation, quick tier, on the device: {cases} cases, claims: {counts or 'none'}."
    lines = [
        f"# On {found['benchmark']['conditions']['device_name']}",
        "",
        f"{done} All of it took {found['seconds']:.0f} s.",
        "",
        *(f"- failed: {line}" for line in failures(found)),
        "",
        compare.markdown(found["benchmark"]),
    ]
    return "\n".join(lines)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m physent.evidence.cuda", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for cuda.json and cuda.md")
    try:
        found = measure(parser.parse_args().output)
    except PhysentError as error:
        sys.stderr.write(f"physent: {error}\n")
        return error.exit_code
    sys.stdout.write(markdown(found))
    return 1 if failures(found) else 0


if __name__ == "__main__":
    sys.exit(main())
