"""The public names mean the same however often and in whichever order they, and the modules behind them, are used."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import physent
from tests.forked import Run, server

ASKED_FOR = """
import importlib, inspect, sys
import physent

names, modules = sys.argv[1].split(","), [name for name in sys.argv[2].split(",") if name]
for turn in range(2):
    for name in names:
        thing = getattr(physent, name)
        exec(f"from physent import {name} as same")
        assert same is thing, (name, turn)
        assert isinstance(thing, str) if name == "__version__" else inspect.isfunction(thing), (name, turn, thing)
    for module in modules:
        importlib.import_module(module)
"""
MODULES = ("", "physent.sweeps.gather,physent.runs.loop", "physent.runs.analysis,physent.sweeps.worker")


@pytest.fixture(scope="module")
def python() -> Iterator[Run]:
    """Runs code in a process that has other packages and nothing of ours."""
    others = "import scipy.fft, netCDF4, xarray, numba, pydantic, ruamel.yaml, matplotlib.figure"
    code = "import sys, warnings; warnings.simplefilter('error'); exec(sys.argv.pop(1))"
    with server(others, code) as run:
        yield run


@pytest.mark.parametrize("modules", MODULES, ids=["no module", "two", "two others"])
@pytest.mark.parametrize("step", [1, -1], ids=["forwards", "backwards"])
def test_a_name_is_the_same_twice_in_both_orders(python: Run, tmp_path: Path, step: int, modules: str) -> None:
    done = python(tmp_path, ASKED_FOR, ",".join(physent.__all__[::step]), modules)
    assert done.returncode == 0, done.stderr


def test_modules_imported_first_hide_no_name(python: Run, tmp_path: Path) -> None:
    modules = "physent.sweeps.sweep, physent.runs.api, physent.sweeps.gather"
    done = python(tmp_path, f"import {modules}\n{ASKED_FOR}", ",".join(physent.__all__), "")
    assert done.returncode == 0, done.stderr


def test_no_module_has_the_name_of_a_function() -> None:
    """Importing a submodule would put it in the place of the function."""
    modules = {module.name for module in pkgutil.iter_modules(physent.__path__)}
    assert len(modules) > 10
    assert modules.isdisjoint(physent.__all__)


def test_dir_and_unknown_names() -> None:
    assert dir(physent) == sorted(physent.__all__)
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        physent.walk  # noqa: B018
