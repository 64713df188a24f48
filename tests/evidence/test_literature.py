"""The page on published claims names cases that there are, and every case that tests a published claim."""

from __future__ import annotations

import re

from physent.evidence.cases import bundled, case_folders

PAGE = (bundled().parent / "docs" / "literature.md").read_text(encoding="utf-8")
FAMILIES = "|".join(sorted({name.partition("_")[0] for name in case_folders()}))
NAMED = set(re.findall(rf"`((?:{FAMILIES})_\w+)`", PAGE)) - {"school_entropies_"}


def test_every_named_case_is_there() -> None:
    assert set(case_folders()) >= NAMED


def test_every_case_on_a_published_claim_is_named() -> None:
    for name, folder in case_folders().items():
        if 'basis="published"' in (folder / "check.py").read_text(encoding="utf-8"):
            assert name in NAMED
