"""Deliberate faults: each must make a validation case fail, so that the cases are shown to see what they are for.

`faults.yaml` lists them. That the list still fits the sources is tested always; the faults are planted, one at a time
into a copy of the sources, where ``PHYSENT_FAULTS=1`` asks for it (half an hour).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
from ruamel.yaml import YAML

from physent.evidence.cases import case_folders
from physent.evidence.claims import Result

ROOT = Path(__file__).parents[2]
SOURCES = ("physent", "validation", "configs")
LAYERS = ("nlse", "hard_discs", "couzin", "coulomb", "langevin", "diagnostics")
RUNS_TO_ITS_END = "the case runs to its end"


class Fault(NamedTuple):
    """One entry of the list: ``old`` becomes ``new`` in ``file``, and ``case`` must fail in that tier."""

    engine: str
    what: str
    file: str
    old: str
    new: str
    case: str
    tier: Literal["quick", "full"]
    by: Literal["claim", "engine"]  # what notices: a claim, or the engine, which ends the run

    def __str__(self) -> str:
        return f"{self.engine}: {self.what}"


def faults() -> list[Fault]:
    """Every entry of the list."""
    entries: list[dict[str, Any]] = YAML(typ="safe").load((Path(__file__).parent / "faults.yaml").read_text("utf-8"))
    return [Fault(**{"tier": "quick", "by": "claim", **entry}) for entry in entries]


FAULTS = faults()
planting = pytest.mark.skipif(os.environ.get("PHYSENT_FAULTS") != "1", reason="set PHYSENT_FAULTS=1 to plant faults")


def validated(folder: Path, case: str, tier: str, fault: Fault | None = None) -> tuple[int, list[Result], str]:
    """Exit code, rows and output of ``physent validate`` by a copy of the sources in ``folder``, with a fault or none.

    The copy has a kernel cache of its own: whatever runs was compiled from it.
    """
    copy, out = folder / "sources", folder / "out"
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    if fault is not None:
        path = copy / fault.file
        path.write_text(path.read_text("utf-8").replace(fault.old, fault.new), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "physent", "validate", case, "-o", str(out), *(["--full"] if tier == "full" else [])],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "PHYSENT_CACHE_DIR": str(folder / "kernels")},
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    said = done.stdout + done.stderr
    results = out / "results.json"
    return done.returncode, json.loads(results.read_text("utf-8")) if results.exists() else [], said


def test_every_layer_has_three_different_faults() -> None:
    assert set(Counter(fault.engine for fault in FAULTS)) == set(LAYERS)
    assert min(Counter(fault.engine for fault in FAULTS).values()) >= 3
    assert len({(fault.file, fault.old) for fault in FAULTS}) == len(FAULTS)


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_list_fits_the_sources(fault: Fault) -> None:
    assert fault.file.startswith("physent/")
    assert (ROOT / fault.file).read_text("utf-8").count(fault.old) == 1
    assert fault.old != fault.new
    assert fault.case in case_folders()
    assert fault.tier in ("quick", "full")
    assert fault.by in ("claim", "engine")


@planting
@pytest.mark.parametrize(("case", "tier"), sorted({(fault.case, fault.tier) for fault in FAULTS}))
def test_the_case_passes_without_a_fault(case: str, tier: str, tmp_path: Path) -> None:
    code, results, said = validated(tmp_path, case, tier)
    assert code == 0, said
    assert {result["verdict"] for result in results} <= {"pass", "expected-difference"}


@planting
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_fails_its_case(fault: Fault, tmp_path: Path) -> None:
    code, results, said = validated(tmp_path, fault.case, fault.tier, fault)
    failed = [result for result in results if result["verdict"] == "fail"]
    ended = [result for result in failed if result["claim"] == RUNS_TO_ITS_END]
    assert code == 1, said
    assert ended if fault.by == "engine" else len(failed) > len(ended), said
