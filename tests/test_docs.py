"""The page on adding an engine is true: its example is added as it says, and does what its formulas say."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import physent
from physent import engines
from physent.config import yaml
from physent.core import jit
from physent.engines import Engine
from physent.errors import ConfigError
from tests.random_walk import registered

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "adding-an-engine.md").read_text(encoding="utf-8")


def block(label: str) -> str:
    """The code block after a comment of the page."""
    (text,) = re.findall(rf"<!-- {label} -->\n\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    return str(text)


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The config of the page, its engine being in the table."""
    with registered():
        ((name, path),) = re.findall(r'^    "(\w+)": "([\w.]+)",$', block("the line"), re.MULTILINE)
        module = ModuleType(path)
        monkeypatch.setitem(sys.modules, path, module)
        exec(compile(block("the engine"), "trap.py", "exec"), module.__dict__)  # noqa: S102 - the page is ours
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


def test_the_worked_example_keeps_its_bits(config: dict[str, Any], tmp_path: Path) -> None:
    """Whatever cuts the run: threads, replicas, samples, an extension."""
    small = config | {"parameters": {"n": 7}, "diagnostics": []}
    whole = physent.run(small)
    fewer = physent.run(small | {"replicas": 2, "schedule": {"until": 10.0, "every": 1.0}}, threads=2)
    np.testing.assert_array_equal(fewer.position, whole.position[::2, :2])
    physent.run(small, set={"schedule.until": 6.0}, output=tmp_path / "cut.nc").close()
    with physent.resume(tmp_path / "cut.nc", until=10.0) as extended:
        np.testing.assert_array_equal(extended.position, whole.position)
    engine, loaded = engines.get("trap"), physent.load_config(small)
    state = engine.initial(loaded)
    jit.set_threads(1)
    while engine.advance(state, 5.0, 1) != 5.0:
        pass
    np.testing.assert_array_equal(engine.fields(state)["position"], whole.position[10])


def test_the_worked_example_checks_its_config(config: dict[str, Any]) -> None:
    """Steps divide intervals."""
    with pytest.raises(ConfigError) as caught:
        physent.load_config(config, {"parameters.step": 0.3})
    assert len(caught.value.lines) == 2


def test_the_worked_example_draws(config: dict[str, Any], tmp_path: Path) -> None:
    """Its figure, and no movie."""
    run = physent.run(config, set={"parameters.n": 10, "schedule.until": 1.0, "protocol": [], "diagnostics": []})
    engines.get("trap").figure(run).savefig(tmp_path / "trap.png")
    assert engines.get("trap").movie(run) is None


def test_it_is_as_short_as_the_page_says() -> None:
    assert len(block("the engine").splitlines()) <= 150


def test_everything_that_an_engine_has_is_on_the_page() -> None:
    names = {name for name in vars(Engine) if not name.startswith("_")} | set(Engine.__annotations__)
    assert names - set(re.findall(r"`(\w+)`", PAGE)) == set()


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
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
