"""A job: what follows from a config is made once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from physent.cli import commands
from physent.config import load, problems, yaml
from physent.diagnostics.run.plan import Plan
from physent.errors import UsageError
from physent.io.layout import Layout
from physent.runs import api, job
from tests.random_walk import registered, walk_config

ONCE = dict.fromkeys(("validation", "plan", "layout", "context"), 1)
MEAN = {"kind": "mean", "of": ["spread"]}


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each of the parts of a job is made."""
    counts: Counter[str] = Counter()

    def count(label: str, holder: Any, name: str) -> None:
        real = getattr(holder, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            counts[label] += 1
            return real(*arguments, **options)

        monkeypatch.setattr(holder, name, counted)

    count("validation", problems, "_examined")
    count("plan", Plan, "__init__")
    count("layout", Layout, "__init__")
    count("context", problems, "context_of")
    count("context", load, "context_of")
    return counts


@pytest.mark.parametrize("diagnostics", [[MEAN], []], ids=["measured", "bare"])
def test_a_run_makes_each_part_once(
    tmp_path: Path, made: Counter[str], diagnostics: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "walk.yaml"
    source.write_text(yaml.dump(walk_config(diagnostics=diagnostics)))
    commands.run(str(source))
    assert made == ONCE
    assert (tmp_path / "walk.nc").exists()


def test_a_config_made_plain_is_validated_once(made: Counter[str]) -> None:
    """Also with the empty sections that a file does not write."""
    plain = load.load_config(walk_config(diagnostics=[MEAN])).plain()
    made.clear()
    job.prepare(plain)
    assert made == ONCE


def test_a_job_is_passed_on_as_it_is(tmp_path: Path, made: Counter[str]) -> None:
    ready = job.prepare(walk_config())
    made.clear()
    assert job.prepare(ready) is ready
    api.start(ready, tmp_path / "out.nc")
    assert not made
    assert isinstance(ready.plan, Plan)
    assert isinstance(ready.layout, Layout)


def test_the_state_of_a_run_that_was_made_may_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("physent.host.memory", lambda: 10)
    with pytest.raises(UsageError, match=r"the state takes 6\.4e-08 GB, this machine has 1e-08 GB"):
        job.prepare(walk_config())
    assert job.prepare(walk_config(), to_run=False).samples == 40
