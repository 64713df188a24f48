"""The evidence behind every stated number: validation cases (`validate`) and benchmarks (`bench`).

A validation case is a folder with run configs and a ``check.py`` whose ``check(case)`` yields every `Claim`;
a benchmark is a folder with a ``bench.py`` whose ``contestants()`` yields every `Contestant` of its tasks.
"""

from __future__ import annotations

from physent.evidence.cases import Case
from physent.evidence.claims import Claim, chance, of_mean, relative_l2
from physent.evidence.contestants import Bound, Contestant

__all__ = ["Bound", "Case", "Claim", "Contestant", "chance", "of_mean", "relative_l2"]
