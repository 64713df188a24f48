"""Cases under other seeds: independent draws, the same rows, and a figure that tells wrong errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special

from physent.evidence import cases, scatter, seeds
from physent.evidence.cases import SEEDS_APART, Case
from physent.evidence.claims import SIGMAS, chance
from physent.evidence.validate import validate

CHECK = '''"""A case that draws.

Means of 50 numbers.
"""
import numpy as np
from physent.evidence import Claim

def check(case):
    for name, stated in (("right", 1.0), ("too small", 0.4)):
        x = np.random.default_rng(case.seed(len(name))).normal(size=50)
        yield Claim(
            claim=f"mean whose error is {name}", source="derived", expected=0.0, measured=float(x.mean()),
            tolerance=1.0, reason="far more than chance", basis="exact",
            standard_error=stated * float(x.std(ddof=1) / np.sqrt(50)),
        )
'''
STILL = CHECK.replace("case.seed(len(name))", "1")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (("draws", CHECK), ("still", STILL)):
        (tmp_path / "cases" / name).mkdir(parents=True)
        (tmp_path / "cases" / name / "check.py").write_text(text)
    return tmp_path / "cases"


def test_rows_are_repeated_and_judged(root: Path, tmp_path: Path) -> None:
    rows = seeds.repeat(sets=40, root=root, output=tmp_path)
    assert rows == scatter.load(tmp_path) or sorted(map(str, rows)) == sorted(map(str, scatter.load(tmp_path)))
    sets = {(row["case"], row["claim"]): len(row["measured"]) for row in rows}
    assert set(sets.values()) == {40, 2}
    assert [count for (case, _), count in sets.items() if case == "still"] == [2, 2]
    right, small = (row for row in rows if row["case"] == "draws")
    assert len(set(right["measured"])) == 40
    assert 0.55 < scatter.spread(right)[0] < 1.45  # four standard errors of a spread of 40
    assert scatter.odd(rows) == [small]
    assert scatter.spread(small)[0] > 1.5
    assert "2 rows that depend on their seeds, under 40 to 40 sets" in scatter.summary(rows)


def test_errors_of_few_replicas_are_right_on_average() -> None:
    """Means of 4 normals in units of their own errors follow Student, of variance 3; in those of the row, 1."""
    x = np.random.default_rng(12).normal(size=(400, 4))
    row: Any = {"measured": x.mean(1), "expected": np.zeros(400), "standard_error": x.std(1, ddof=1) / 2}
    scatter_of_spread = 4 * np.sqrt(1 / (2 * 399) + 1 / (2 * 3 * 400))
    assert abs(scatter.spread(row)[0] - 1) < scatter_of_spread
    assert np.sqrt(np.mean((row["measured"] / row["standard_error"]) ** 2)) > 1.3  # sqrt(3) for ever more sets


def test_the_first_set_is_that_of_validate(root: Path, tmp_path: Path) -> None:
    first = validate(["draws"], root=root)[0]["measured"]
    assert Case("draws", root, full=False, scratch=tmp_path).seed(7) == 7
    rows = seeds.repeat(["draws"], sets=2, root=root, output=tmp_path)
    assert first not in rows[0]["measured"]
    assert rows[0]["measured"][0] == np.random.default_rng(5 + SEEDS_APART).normal(size=50).mean()


def test_a_run_has_the_seed_of_its_set(tmp_path: Path, monkeypatch: Any) -> None:
    seen: list[dict[str, Any]] = []

    def simulate(source: Any, output: Path, changes: dict[str, Any]) -> _NoRun:
        seen.append(changes)
        return _NoRun()

    monkeypatch.setattr(cases, "simulate", simulate)
    (tmp_path / "case.yaml").write_text(
        "engine: couzin\nseed: 5\nparameters: {n: 10, orientation_radius: 2.0, attraction_radius: 4.0}\n"
        "initial: {kind: ball}\nschedule: {until: 1.0, every: 1.0}\n"
    )
    for number in (0, 2):
        case = Case("case", tmp_path, full=False, scratch=tmp_path, seeds=number)
        case.run()
        case.run(set={"seed": 1, "parameters.n": 12})
    assert [changes.get("seed") for changes in seen] == [None, 1, 5 + 2 * SEEDS_APART, 1 + 2 * SEEDS_APART]


class _NoRun:
    attrs: dict[str, Any] = {}  # noqa: RUF012


def test_rows_of_other_cases_are_kept_and_the_report_shows_them(root: Path, tmp_path: Path, monkeypatch: Any) -> None:
    out = tmp_path / "out"
    validate(root=root, output=out)
    assert "Deviations under other seeds" not in (out / "report.html").read_text()
    seeds.repeat(["still"], sets=2, root=root, output=out)
    monkeypatch.setattr(seeds, "case_folders", lambda root_=None: cases.case_folders(root))
    seeds.main(["draws", "-o", str(out), "--sets", "12"])
    assert {row["case"] for row in json.loads((out / "seeds.json").read_text())} == {"draws", "still"}
    text = (out / "report.html").read_text()
    assert "Deviations under other seeds" in text
    assert "mean whose error is too small" in text.partition("Deviations under other seeds")[2]
    assert 'alt="other seeds: deviations" src="data:image/png;base64,' in text


def test_chance_is_students_quantile() -> None:
    assert chance((1.0, 10**7)) == pytest.approx(SIGMAS, rel=1e-5)
    assert chance((0.5, 10**6), (0.5, 10**6)) == pytest.approx(SIGMAS / np.sqrt(2), rel=1e-4)
    # nine degrees of freedom: the tail by quadrature of Student's density
    density = lambda t: special.gamma(5) / (3 * np.sqrt(np.pi) * special.gamma(4.5)) * (1 + t * t / 9) ** -5  # noqa: E731
    tail = integrate.quad(density, chance((1.0, 10)), np.inf)[0]
    assert tail == pytest.approx(special.ndtr(-SIGMAS), rel=1e-6)
    assert chance((1.0, 10), (1.0, 10)) < np.sqrt(2) * chance((1.0, 10))
