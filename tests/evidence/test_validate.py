from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from physent.errors import Interrupted, RunError, UsageError
from physent.evidence import cases
from physent.evidence.cases import case_digest, case_folders, case_title
from physent.evidence.table import BEGIN, END, HEADLINES, read_results, write_headlines, write_readme
from physent.evidence.validate import table_rows, validate

HEAD = """from physent.evidence import Claim

def claim(text, measured, **more):
    keys = {"source": "derived", "expected": 1.0, "tolerance": 0.1, "reason": "because", "basis": "exact"}
    return Claim(claim=text, measured=measured, **(keys | more))

def check(case):
"""
BODIES = {
    "passes": "    yield claim('one', 1.05)\n    yield claim('noisy one', 1.0, standard_error=0.02)\n",
    "fails": "    yield claim('one', 1.2)\n",
    "raises": "    yield claim('one', 1.0)\n    raise OSError('no\\nspace')\n",
    "differs": "    yield claim('one', 5.0, basis='published', difference='it drifts')\n",
    "silent": "    return iter(())\n",
    "repeats": "    yield claim('one', 1.0)\n    yield claim('one', 1.0)\n",
    "tiers": "    yield claim('quick', 1.0)\n    if case.full:\n        yield claim('full', 1.0)\n",
    "draws": ("    with case.figure('line') as f:\n        f.subplots().plot([0, 1])\n    yield claim('one', 1.0)\n"),
    "runs": (
        "    yield claim('one', float(case.run('case.yaml')['x'][-1]))\n"
        "    yield claim('again', float(case.run('case.yaml')['x'][-1]))\n"
        "    yield claim('changed', float(case.run('case.yaml', {'parameters.a': 1.0})['x'][-1]))\n"
        "    yield claim('bundled', float(case.run('engine/name')['x'][-1]))\n"
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "validation"
    for name, body in BODIES.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "check.py").write_text(f'"""Fake case {name}.\n\nMore.\n"""\n{HEAD}{body}')
        (folder / name / "case.yaml").write_text("engine: none\n")
    (folder / "performance").mkdir()
    return folder


def verdicts(root: Path, name: str, **options: Any) -> list[str]:
    return [result["verdict"] for result in validate([name], root=root, **options)]


def test_verdicts_of_fake_cases(root: Path) -> None:
    assert verdicts(root, "passes") == ["pass", "pass"]
    assert verdicts(root, "fails") == ["fail"]
    assert verdicts(root, "differs") == ["expected-difference"]


def test_a_case_that_raises_is_listed_with_one_line(root: Path) -> None:
    made, raised = validate(["raises"], root=root)
    assert (made["verdict"], raised["verdict"]) == ("pass", "fail")
    assert raised["note"] == "OSError: no space"
    assert raised["expected"] is None


@pytest.mark.parametrize(("name", "note"), [("silent", "no claim"), ("repeats", "made twice")])
def test_a_case_without_a_usable_claim_fails(root: Path, name: str, note: str) -> None:
    last = validate([name], root=root)[-1]
    assert last["verdict"] == "fail"
    assert note in last["note"]


def test_a_broken_script_fails_alone(root: Path) -> None:
    (root / "fails" / "check.py").write_text("def check(case: int\n")
    results = validate(["fails", "passes"], root=root)
    assert [r["verdict"] for r in results] == ["fail", "pass", "pass"]
    assert "SyntaxError" in results[0]["note"]


def test_tiers(root: Path) -> None:
    assert [r["claim"] for r in validate(["tiers"], root=root)] == ["quick"]
    rows = validate(["tiers"], full=True, root=root)
    assert [(r["claim"], r["tier"]) for r in rows] == [("quick", "full"), ("full", "full")]


def test_an_interrupt_is_no_verdict(root: Path) -> None:
    (root / "fails" / "check.py").write_text(
        "from physent.errors import Interrupted\ndef check(case):\n    raise Interrupted('stopped')\n"
    )
    with pytest.raises(Interrupted):
        validate(["fails"], root=root)


def test_unknown_case_names_the_nearest(root: Path) -> None:
    with pytest.raises(UsageError, match="no validation case 'fail'; did you mean 'fails'"):
        validate(["fail"], root=root)
    with pytest.raises(UsageError, match="expected one of: differs"):
        validate(["zzz"], root=root)


def test_every_case_is_found_and_titled(root: Path) -> None:
    assert sorted(case_folders(root)) == sorted(BODIES)
    assert case_title(root / "fails") == "Fake case fails."


def test_results_json_and_figures(root: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    report = tmp_path / "report"
    validate(["draws", "raises"], output=report, root=root, report=lambda *args: seen.append(args))
    rows = read_results(report / "results.json")
    assert isinstance(json.loads((report / "results.json").read_text()), list)
    required = {"case", "claim", "source", "expected", "measured", "standard_error", "tolerance", "verdict"}
    assert all(required <= row.keys() for row in rows)
    assert [row["case"] for row in rows] == ["draws", "raises", "raises"]
    assert rows[0]["figures"] == ["draws/line.png"]
    assert (report / "draws" / "line.png").read_bytes().startswith(b"\x89PNG")
    assert seen == [("draws", 0, 2), ("raises", 1, 2)]


def test_a_run_is_made_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, Path, dict[str, Any]]] = []

    def fake(source: Path | str, output: Path, changes: dict[str, Any]) -> xr.Dataset:
        calls.append((str(source), output, changes))
        return xr.Dataset({"x": ("t", np.ones(3))})

    monkeypatch.setattr(cases, "simulate", fake)
    assert verdicts(root, "runs") == ["pass"] * 4
    assert [(source, changes) for source, _, changes in calls] == [
        (str(root / "runs" / "case.yaml"), {}),
        (str(root / "runs" / "case.yaml"), {"parameters.a": 1.0}),
        ("engine/name", {}),
    ]
    assert len({output for _, output, _ in calls}) == 3
    assert not calls[0][1].parent.exists()


def test_rows_for_a_table(root: Path) -> None:
    _, rows = table_rows(validate(["passes", "raises", "differs"], root=root))
    assert ("passes", "noisy one", "1", "1 ± 2.0e-02", "0.1", "pass", "derived") in rows
    assert any("OSError: no space" in row[3] for row in rows)
    assert any("it drifts" in row[3] for row in rows)


def test_readme_is_rewritten_below_its_marker(root: Path, tmp_path: Path) -> None:
    validate(["passes", "differs"], output=tmp_path, root=root)
    readme = tmp_path / "README.md"
    readme.write_text(f"# Mine\n{BEGIN}\nold\n")
    write_readme(tmp_path / "results.json", readme, root)
    text = readme.read_text()
    assert text.startswith("# Mine\n")
    assert "old" not in text
    assert f"| passes | Fake case passes. | quick | {case_digest(root / 'passes')} |" in text
    assert text.count("| differs | one | 1 | 5 (it drifts) | 0.1 | expected-difference | derived |") == 1
    write_readme(tmp_path / "results.json", readme, root)
    assert readme.read_text() == text


def test_a_digest_follows_the_sources(root: Path) -> None:
    before = case_digest(root / "fails")
    (root / "fails" / "case.yaml").write_text("engine: other\n")
    assert case_digest(root / "fails") != before


def test_unreadable_results_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    for text in ("{", '{"a": 1}', "[1]"):
        path.write_text(text)
        with pytest.raises(RunError, match=r"results\.json"):
            read_results(path)


def test_headlines_of_a_readme(root: Path, tmp_path: Path) -> None:
    validate(["passes", "fails"], root=root, output=tmp_path)
    readme, headlines = tmp_path / "README.md", tmp_path / "headlines.yaml"
    readme.write_text(f"# Mine\n{HEADLINES}\nold\n{END}\nkept\n")
    headlines.write_text("headlines:\n  - {case: passes, claim: noisy one, headline: One | only}\n")
    write_headlines(tmp_path / "results.json", readme, headlines)
    text = readme.read_text()
    row = "| One \\| only | 1 | 1 ± 2.0e-02 | 0.1 | exact | [passes](validation/passes/check.py) |"
    assert row in text.splitlines()
    assert text.count("| exact |") == 1
    assert "old" not in text
    assert text.endswith(f"{END}\nkept\n")
    readme.write_text("nothing\n")
    with pytest.raises(RunError, match="expected the lines"):
        write_headlines(tmp_path / "results.json", readme, headlines)
    headlines.write_text("headlines:\n  - {case: passes, claim: none, headline: x}\n")
    with pytest.raises(RunError, match="no claim 'none' of passes"):
        write_headlines(tmp_path / "results.json", readme, headlines)
