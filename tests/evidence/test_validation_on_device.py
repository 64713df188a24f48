"""The quick tier of every case whose runs a CUDA device can compute holds there too."""

from __future__ import annotations

import pytest

from physent.evidence.cases import case_folders, runs_on
from physent.evidence.validate import validate

pytestmark = [pytest.mark.cuda, pytest.mark.validation]

CASES = [
    name for name, folder in case_folders().items() if any(runs_on(path, "cuda") for path in folder.glob("*.yaml"))
]


@pytest.mark.parametrize("name", CASES)
def test_it_holds_on_the_device(name: str) -> None:
    """Every claim passes, or differs from a published one as it does on the CPU."""
    rows = validate([name], device="cuda")
    assert rows
    assert [row["claim"] for row in rows if row["verdict"] == "fail"] == []
