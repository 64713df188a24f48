"""The evidence behind every stated number: validation cases and benchmarks.

A validation case is a folder with run configs and a ``check.py`` whose ``check(case)`` yields every `Claim`;
a benchmark is a folder with a ``bench.py`` whose ``contestants()`` yields every `Contestant` of its tasks.
"""

from __future__ import annotations

from physent.evidence.bench import Bound, Contestant, bench, bench_rows, benchmarks
from physent.evidence.cases import Case, case_folders, case_title
from physent.evidence.claims import Claim, Result, relative_l2
from physent.evidence.report import claim_rows, failed, read_results, write_readme
from physent.evidence.suite import validate

__all__ = [
    "Bound",
    "Case",
    "Claim",
    "Contestant",
    "Result",
    "bench",
    "bench_rows",
    "benchmarks",
    "case_folders",
    "case_title",
    "claim_rows",
    "failed",
    "read_results",
    "relative_l2",
    "validate",
    "write_readme",
]
