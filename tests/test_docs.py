"""The pages on extending are true: their examples are added as they say, and do what their formulas say."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import physent
from physent import engines
from physent.config import yaml
from physent.engines import Engine, Method
from physent.errors import ConfigError
from tests import trap
from tests.random_walk import registered
from tests.trap import PAGE, block

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The config of the page, its engine being in the table where the page puts it."""
    with registered():
        ((name, path),) = re.findall(r'^    "(\w+)": "([\w.]+)",$', block("the line"), re.MULTILINE)
        monkeypatch.setitem(sys.modules, path, trap)
        monkeypatch.setitem(engines.TABLE, name, path)
        yield yaml.parse(block("the config"), "page").data


def test_the_worked_example_is_exact(config: dict[str, Any]) -> None:
    """Mean, variance and entropy are those of the Gaussian law, before and after the quench."""
    run = physent.run(config)
    t, k = run.time.values, 4.0
    before = -np.expm1(-2 * t)
    after = before[10] * np.exp(-2 * k * (t - 5.0)) - np.expm1(-2 * k * (t - 5.0)) / k
    variance = np.where(t <= 5.0, before, after)
    mean = np.where(t <= 5.0, 3.0 * np.exp(-t), 3.0 * np.exp(-5.0 - k * (t - 5.0)))
    x = run.position.values.reshape(len(t), -1)
    assert (x[0] == 3.0).all()
    count = x.shape[1]
    assert (abs(x.mean(axis=1) - mean) <= 4.5 * np.sqrt(variance / count)).all()
    assert (abs(x.var(axis=1) - variance) <= 4.5 * variance * np.sqrt(2 / count)).all()
    gauss = 0.5 * np.log(2 * np.pi * np.e * variance[5:, None])
    found = run.entropy.values[5:]
    assert (abs(found - gauss) <= 4.5 * run.entropy_se.values[5:] + 1e-3).all()  # cells of 0.04 on a width of 0.5
    np.testing.assert_allclose(run.mean_square, (run.position**2).mean("particle"), rtol=1e-12)


def test_the_worked_example_checks_its_config(config: dict[str, Any]) -> None:
    """Steps divide intervals."""
    with pytest.raises(ConfigError) as caught:
        physent.load_config(config, {"parameters.step": 0.3})
    assert len(caught.value.lines) == 2


def test_it_is_as_short_as_the_page_says() -> None:
    assert len(block("the engine").splitlines()) <= 80


def test_everything_that_an_engine_has_is_on_the_page() -> None:
    records = {one.name for record in (Engine, Method) for one in fields(record)}
    methods = {name for record in (Engine, Method) for name in vars(record) if not name.startswith("_")}
    assert (records | methods) - set(re.findall(r"`(\w+)(?:\(.*?\))?`", PAGE)) == set()


def test_the_start_from_a_file_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of the page on hard discs starts from the states that it writes."""
    monkeypatch.chdir(tmp_path)
    page = (DOCS / "theory" / "hard_discs.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```{python}\n(import physent.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)  # noqa: S102 - the page is ours
    run = names["run"]
    for name in ("position", "velocity"):
        np.testing.assert_array_equal(run[name][0, 0], names[name][1])
    np.testing.assert_allclose(run.kinetic_energy, 3 * 0.06, rtol=1e-12)
    assert run.collisions[-1] > 0


def test_links_lead_somewhere() -> None:
    """Relative links of the pages exist."""
    for page in DOCS.rglob("*.md"):
        text = re.sub(r"^    .*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)  # without literal blocks
        for target in re.findall(r"(?<!\\)\]\(([^)#]+?)(?:#[^)]*)?\)", text):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
