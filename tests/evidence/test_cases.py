"""The cases that come with the package, as far as they can be judged without running them all."""

from __future__ import annotations

import re

import pytest

from physent.config.bundled import bundled_configs
from physent.config.load import load_config
from physent.evidence.bench import benchmarks
from physent.evidence.cases import bundled, case_digest, case_folders, case_title, script_function
from physent.evidence.table import BEGIN
from physent.evidence.validate import validate

CASES = case_folders()


@pytest.mark.parametrize("name", CASES)
def test_a_case_is_complete(name: str) -> None:
    folder = CASES[name]
    assert re.fullmatch(r"[A-Z].{20,130}\.", case_title(folder))
    assert script_function(folder / "check.py", "check").__doc__
    configs = sorted(folder.glob("*.yaml"))
    text = (folder / "check.py").read_text()
    named = set(re.findall(r'"(\w+/\w+)"', text)) & set(bundled_configs())
    own = re.sub(r'case\.run\(\s*f?"\w+/', "", text)
    assert configs or named or "case.run(" not in own
    for config in configs:
        assert config.read_text().startswith("# yaml-language-server: $schema=../../configs/physent.schema.json\n")
        load_config(config)


@pytest.mark.parametrize("name", benchmarks())
def test_a_benchmark_has_a_title_and_one_reference_a_task(name: str) -> None:
    folder = benchmarks()[name]
    assert case_title(folder, "bench.py").endswith(".")
    contestants = list(script_function(folder / "bench.py", "contestants")())
    for task in {c.task for c in contestants}:
        assert sum(c.reference for c in contestants if c.task == task) == 1


def test_the_table_is_of_todays_cases() -> None:
    table = (bundled() / "README.md").read_text().partition(BEGIN)[2]
    listed = dict(re.findall(r"^\| (\w+) \| .* \| (?:quick|full) \| ([0-9a-f]{12}) \|$", table, re.MULTILINE))
    assert listed == {name: case_digest(folder) for name, folder in CASES.items()}, "run physent validate --full"
    claims = re.findall(r"^\| (\w+) \| .* \| (pass|expected-difference) \|", table, re.MULTILINE)
    assert {name for name, _ in claims} == set(CASES)
    assert "| fail |" not in table


@pytest.mark.parametrize("name", ["nlse_soliton", "entropy_values"])
def test_cases_for_real(name: str) -> None:
    results = validate([name])
    assert len(results) >= 5
    assert {result["verdict"] for result in results} == {"pass"}
