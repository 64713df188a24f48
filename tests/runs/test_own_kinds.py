"""Kinds of diagnostics from a module of the user's own: in runs, sweeps and plans, with their text in the file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import physent
from physent.cli import commands
from physent.config import imports, yaml
from physent.diagnostics import from_spec
from physent.diagnostics.run.kinds import KINDS
from physent.diagnostics.spaces import SPACES
from physent.engines.potentials import REGISTERED
from physent.errors import ConfigError, UsageError

TEXT = '''
"""Kinds of my own."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from physent.declare import Variable
from physent.diagnostics.run.declare import Diagnostic, Name
from physent.own import diagnostic, linear_statistic, potential, space


@diagnostic
class Largest(Diagnostic):
    """Largest distance from the centre."""

    kind: Literal["largest"]
    name: Name = Field(default="largest", description="name of the variable")

    def sources(self):
        return ("position",)

    def variables(self, context):
        return (Variable(self.name, "largest distance"),)

    def observe(self, record, context):
        return {self.name: (record["position"] ** 2).sum(axis=-1).max(axis=-1) ** 0.5}


@linear_statistic
def quartic(r, scale=2.0):
    """r^4 times a scale."""
    return scale * r**4


@space(size=lambda rings=3: int(rings), components=2)
def ring(x, rings=3):
    """Rings of width 0.4 about the centre; beyond them nothing counts."""
    found = ((x**2).sum(axis=-1) ** 0.5 / 0.4).astype(int)
    found[found >= rings] = -1
    return found


@potential
def soft(r, b=1.0):
    return r**2 / 2 + b * r**4 / 4
'''
GAS: dict[str, Any] = {
    "engine": "coulomb",
    "parameters": {"dimension": 2, "n": 8, "beta": 2.0},
    "schedule": {"draws": 40},
    "replicas": 2,
}
OURS: list[dict[str, Any]] = [
    {"kind": "largest"},
    {"kind": "quartic", "scale": 3.0},
    {"kind": "quartic", "name": "two"},
    {"kind": "outcome_entropy", "name": "rings", "of": "position", "space": {"ring": {}}, "estimator": "plugin"},
]


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Path]:
    """The file; what it registers is gone afterwards."""
    path = tmp_path / "mine.py"
    path.write_text(TEXT)
    tables: list[dict[Any, Any]] = [KINDS, SPACES, imports._LOADED, *REGISTERED.values()]
    before = [dict(table) for table in tables]
    yield path
    for table, old in zip(tables, before, strict=True):
        table.clear()
        table.update(old)


def test_in_a_run(module: Path, tmp_path: Path) -> None:
    """The numbers are the functions'; cumulants as for built-in statistics; the text and its hash are in the file."""
    with pytest.raises(ConfigError, match=r"diagnostics\.0\.kind: found text 'largest', expected"):
        physent.run({**GAS, "diagnostics": OURS})
    run = physent.run({**GAS, "diagnostics": OURS}, imports=[module], output=tmp_path / "run.nc")
    r = np.sqrt((run.position**2).sum("axis"))
    np.testing.assert_allclose(run.largest, r.max("particle"), rtol=1e-14)
    np.testing.assert_allclose(run.quartic, 3 * (r**4).sum("particle"), rtol=1e-13)
    np.testing.assert_allclose(run.two, 2 * (r**4).sum("particle"), rtol=1e-13)
    assert run.quartic_cumulants.dims == ("order",)
    inside = [np.histogram(one, 3, (0, 1.2))[0] for one in r.values.reshape(-1, 8)]
    shannon = [-sum(n / sum(ns) * np.log(n / sum(ns)) for n in ns if n) for ns in inside]
    np.testing.assert_allclose(run.rings.values.ravel(), shannon, rtol=1e-13, atol=1e-15)
    assert json.loads(run.rings.attrs["space"]) == {"ring": {"rings": 3}}
    (stored,) = json.loads(run.attrs["imports"])
    assert stored == {"file": "mine.py", "text": TEXT, "sha256": hashlib.sha256(TEXT.encode()).hexdigest()}
    run.close()
    again = physent.analyze(tmp_path / "run.nc", OURS, imports=[module])
    with physent.open_run(tmp_path / "run.nc") as run:
        for name in ("largest", "quartic", "two", "rings"):
            np.testing.assert_array_equal(again[name], run[name])
        assert again.attrs["imports"] == run.attrs["imports"]
    assert "imports" not in physent.run(GAS).attrs


def test_in_a_sweep(module: Path, tmp_path: Path) -> None:
    """In worker processes; with another text the points are made again."""
    plan = {**GAS, "diagnostics": OURS, "sweep": {"parameters.n": [4, 6]}}
    with physent.sweep(plan, tmp_path / "out", workers=1, imports=[module]) as swept:
        first = swept.quartic.load()
    for index, n in enumerate((4, 6)):
        single = physent.run({**GAS, "diagnostics": OURS}, set={"parameters.n": n})
        np.testing.assert_array_equal(first.isel(n=index), single.quartic)
    module.write_text(TEXT.replace("scale * r**4", "2 * scale * r**4"))
    with physent.sweep(plan, tmp_path / "out", workers=1, imports=[module]) as swept:
        np.testing.assert_allclose(swept.quartic, 2 * first, rtol=1e-14)


def test_on_the_command_line(module: Path, tmp_path: Path) -> None:
    config = tmp_path / "gas.yaml"
    config.write_text(json.dumps({**GAS, "diagnostics": OURS}))
    call = ["run", str(config), "-o", str(tmp_path / "run.nc"), "-q"]
    assert CliRunner().invoke(commands.app, call).exit_code != 0
    done = CliRunner().invoke(commands.app, [*call, "--import", str(module)])
    assert done.exit_code == 0, done.output
    with xr.open_dataset(tmp_path / "run.nc") as run:
        assert {"largest", "quartic", "two"} <= set(run.variables)
    listed = CliRunner().invoke(commands.app, ["list", "diagnostics", "--import", str(module)])
    assert re.search(r"^  largest +Largest distance from the centre", listed.stdout, re.MULTILINE)


def test_the_page_shows_a_module_that_works(module: Path) -> None:
    """The file and the config of the page, as they stand there."""
    page = (Path(__file__).parents[2] / "docs" / "adding-a-diagnostic.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"```{file} (\S+)\n(?::language: python\n)?(.*?)```", page, re.DOTALL))
    module.write_text(shown["mine.py"])
    run = physent.run(yaml.parse(shown["mine.yaml"], "mine.yaml").data, imports=[module])
    r = np.sqrt((run.position**2).sum("axis"))
    np.testing.assert_allclose(run.largest, r.max("particle"), rtol=1e-14)
    np.testing.assert_allclose(run.quartic, 2 * (r**4).sum("particle"), rtol=1e-13)
    assert run.attrs["warnings"] == ""


def test_an_error_of_ones_own_names_its_line(module: Path) -> None:
    """One line for the command line: that of the module, or what the plan says of a wrong name in `observe`."""
    line = 1 + TEXT[: TEXT.index("return {self.name: (record")].count("\n")
    for old, new, message in (
        ('record["position"]', 'record["place"]', rf"mine\.py:{line}: in observe: KeyError: 'place'$"),
        ("return {self.name: (rec", 'return {"a": (rec', r"^largest: observe lacks \['largest'\]"),
    ):
        module.write_text(TEXT.replace(old, new))
        with pytest.raises((KeyError, ValueError)) as caught:
            physent.run({**GAS, "diagnostics": [{"kind": "largest"}]}, imports=[module])
        assert re.search(message, imports.blamed(caught.value) or "")
    assert imports.blamed(ValueError("of others")) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n1 / 0", r"mine\.py:2: cannot be imported: ZeroDivisionError: division by zero"),
        ("def f(:", r"mine\.py: cannot be imported: SyntaxError"),
        (TEXT.replace('"largest"]', '"mean"]'), "mean is a kind of the package, expected another name"),
        (TEXT.replace("(Diagnostic)", ""), "expected a class that derives from Diagnostic"),
        (TEXT.replace("scale=2.0", "name=2.0"), "quartic has the parameter name, expected another name"),
        (TEXT.replace("def ring", "def grid"), "grid is a space of the package, expected another name"),
    ],
)
def test_what_cannot_be_imported(text: str, message: str, module: Path) -> None:
    """One line, and nothing is kept."""
    module.write_text(text)
    with pytest.raises(UsageError, match=message):
        imports.load_files([module])
    assert imports.PREFIX + "mine" not in imports._LOADED
    with pytest.raises(UsageError, match=r"absent\.py: cannot be imported: No such file"):
        imports.load_files([module.with_name("absent.py")])


def test_spaces_of_ones_own(module: Path) -> None:
    """From plain data, also inside others; what they cannot count is one line."""
    imports.load_files([module])
    one = from_spec({"product": [{"ring": {"rings": 2}}, {"ring": {}}]})
    assert (one.size, one.spec()) == (6, {"product": [{"ring": {"rings": 2}}, {"ring": {"rings": 3}}]})
    counted = {"kind": "outcome_entropy", "of": "position"}
    for text, space, message in (
        (TEXT, {"ring": {"width": 1}}, r"space: ring: found \{'width': 1\}, expected parameters among rings"),
        (TEXT, {"rung": {}}, "space: found 'rung', expected one of grid, .* ring"),
        (TEXT, {"ring": {"rings": 0}}, "space: ring: size is 0, expected a whole number >= 1"),
        (TEXT.replace("components=2", "components=3"), {"ring": {}}, "found cells in 3 coordinates, position has 2"),
    ):
        module.write_text(text)
        with pytest.raises(ConfigError, match=rf"diagnostics\.0\.{message}" if "cells" not in message else message):
            physent.run({**GAS, "diagnostics": [{**counted, "space": space}]}, imports=[module])
    for text, message in (
        ("found[found >= rings] = 9", r"ring gives 9, expected whole numbers -1 to 2"),
        ("found = 0.5 * found", r"ring gives float64 of shape \(2, 8\)|ring gives float64 of shape \(\d+, 8\)"),
    ):
        module.write_text(TEXT.replace("found[found >= rings] = -1", text))
        run = physent.run({**GAS, "diagnostics": [{**counted, "space": {"ring": {}}}]}, imports=[module])
        assert np.isnan(run.outcome_entropy).any()
        assert re.search(message, run.attrs["warnings"])


def test_a_function_of_another_shape(module: Path) -> None:
    """No number is stored, and the run says why."""
    module.write_text(TEXT.replace("scale * r**4", "scale"))
    run = physent.run({**GAS, "diagnostics": [{"kind": "quartic"}]}, imports=[module])
    assert np.isnan(run.quartic).all()
    assert "quartic gives shape () for distances of shape (8,)" in run.attrs["warnings"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_on_workers_of_a_cluster(module: Path, tmp_path: Path) -> None:
    """A Dask worker executes the text that it is sent; the file need not be there."""
    distributed = pytest.importorskip("distributed")
    plan = {**GAS, "diagnostics": OURS, "sweep": {"parameters.n": [4, 6]}}
    plan |= {"parameters": {**GAS["parameters"], "potential": {"kind": "soft"}}}
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": True, "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(**options) as cluster:
        imports.load_files([module])
        module.unlink()
        physent.sweep(plan, tmp_path / "out", scheduler=cluster.scheduler_address).close()
    with physent.open_sweep(tmp_path / "out") as swept:
        single = physent.run({**plan, "sweep": {}}, set={"parameters.n": 6})
        for name in ("quartic", "rings", "energy"):
            np.testing.assert_array_equal(swept[name].isel(n=1), single[name])
