"""Damaged run files: the numbers that were written, or one line that says what is wrong; never another number."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from physent import api, engines
from physent.analysis import analyze
from physent.config import load_config
from physent.errors import RunError
from physent.io.given import given as given_arrays
from physent.plot import save_figure
from physent.sweep import open_sweep
from tests.crashes import contents
from tests.hardening import files
from tests.hardening.files import ATTRIBUTES, NAMES, RUNS, VALUES, damage
from tests.hardening.profile import fuzzed, survives
from tests.random_walk import registered

OBSERVED = {"walk": "spread", "drift": "spread", "nlse": "mass", "coulomb": "max_radius"}


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Every run, finished and not, in memory: what is tested is not the disk."""
    memory = Path("/dev/shm")
    with registered(), TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        files.make(Path(folder))
        (Path(folder) / "work").mkdir()
        yield Path(folder)


def loaded(path: Path) -> xr.Dataset | None:
    """What a file holds; None where the netCDF library finds that a block is not as it was written."""
    with api.open_run(path) as dataset:
        try:
            return dataset.load()
        except RuntimeError as error:
            if "HDF error" in str(error) or "Filter error" in str(error):
                return None
            raise


def plan(name: str) -> list[dict[str, Any]]:
    return [{"kind": "ordinal_pattern", "of": OBSERVED[name], "order": 2}]


def begun(name: str, path: Path) -> None:
    """As a run that starts from the file."""
    config = load_config(RUNS[name] | {"initial": {"kind": "file", "path": str(path)}, "protocol": []})
    given_arrays(config, engines.get(config.engine), None)


def uses(name: str, path: Path) -> dict[str, Callable[[], object]]:
    """Everything that is done with a run file, what changes it last."""
    found: dict[str, Callable[[], object]] = {
        "analyze": lambda: analyze(path, plan(name)),
        "begin": lambda: begun(name, path),
        "sweep": lambda: open_sweep(path.parent).close(),
        "resume": lambda: api.carry_on(path),
    }
    if name in ("nlse", "coulomb"):
        found["plot"] = lambda: save_figure(path, path.with_suffix(".png"))
    return found


def used(name: str, path: Path, good: xr.Dataset, what: str) -> None:
    """Use a file that may be damaged; whatever can be read of it is what was written."""
    seen: list[xr.Dataset | None] = []
    if survives("file", lambda: seen.append(loaded(path))) and seen[0] is not None:
        for key, variable in seen[0].variables.items():
            if key in good.variables:
                cut = tuple(slice(size) for size in variable.shape)
                np.testing.assert_array_equal(variable.values, good[key].values[cut], err_msg=str(key))
    shutil.copy(path, path.with_name("sweep.nc"))
    survives("use", uses(name, path)[what])


@pytest.mark.parametrize("state", ["", "_half"])
@pytest.mark.parametrize("name", RUNS)
def test_damaged_bytes(home: Path, name: str, state: str) -> None:
    source, work = home / f"{name}{state}", home / "work"
    raw = {one: (source / one).read_bytes() for one in NAMES if (source / one).exists()}
    good = loaded(source / "run.nc")
    api.carry_on(shutil.copytree(source, home / f"{name}{state}_whole", dirs_exist_ok=True) / "run.nc")
    whole = contents(home / f"{name}{state}_whole" / "run.nc")
    assert good is not None

    @given(data=st.data())
    @fuzzed(gate=8, share=0.03)
    def hurt(data: st.DataObject) -> None:
        target = data.draw(st.sampled_from(("run.nc", *raw)))
        changed = data.draw(damage(raw[target]))
        what = data.draw(st.sampled_from(("resume", "resume", *uses(name, work))))
        for one, content in raw.items():
            (work / one).write_bytes(changed if one == target else content)
        try:
            used(name, work / "run.nc", good, what)
            if what == "resume" and not (work / "run.nc.ckpt").exists():
                resumed_right(work / "run.nc", whole)
            assert not list(work.glob("*.fin")) + list(work.glob("*.new")) + list(work.glob("*.tmp"))
        finally:
            for left in work.iterdir():
                left.unlink()

    hurt()


def resumed_right(path: Path, whole: dict[str, bytes]) -> None:
    """A run that could be carried to its end holds the bits of an undisturbed one, where it can be read."""
    try:
        found = contents(path)
    except (OSError, RuntimeError, AttributeError):
        return
    for key in set(found) & set(whole):
        assert key.startswith("@") or found[key] == whole[key], key


@pytest.mark.parametrize("name", ["drift"])
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_attributes_that_mean_nothing(home: Path, tmp_path: Path, name: str, attribute: str) -> None:
    path = tmp_path / "run.nc"
    for value in (None, *VALUES):
        path.unlink(missing_ok=True)  # the library keeps a damaged file open, by its inode
        shutil.copy(home / name / "run.nc", path)
        if attribute == "user_diagnostics" and value is None:
            continue
        files.edit(path, attribute, value)
        shutil.copy(path, tmp_path / "sweep.nc")
        survives("attribute", lambda: loaded(path))
        for what, use in uses(name, path).items():
            if what != "plot" or value in (None, "", 1):
                survives("attribute", use)
    assert {one.name for one in tmp_path.iterdir()} <= {"run.nc", "sweep.nc", "run.png"}


@pytest.mark.parametrize("name", ["drift", "nlse"])
@pytest.mark.parametrize("how", ["omit", "rename", "shape", "kind"])
def test_variables_that_are_not_there(home: Path, tmp_path: Path, name: str, how: str) -> None:
    source, path = home / name / "run.nc", tmp_path / "run.nc"
    for variable in files.names_of(source):
        path.unlink(missing_ok=True)
        files.rewritten(source, path, **{how: variable})
        shutil.copy(path, tmp_path / "sweep.nc")
        survives("variable", lambda: loaded(path))
        for use in uses(name, path).values():
            survives("variable", use)


def test_checkpoint_of_another_run(home: Path, tmp_path: Path) -> None:
    for name in RUNS:
        for other in set(RUNS) - {name}:
            for one in ("run.nc.ckpt", "run.nc.ckpt.prev"):
                shutil.copy(home / f"{other}_half" / one, tmp_path / one)
            shutil.copy(home / f"{name}_half" / "run.nc", tmp_path / "run.nc")
            before = (tmp_path / "run.nc").read_bytes()
            with pytest.raises(RunError, match="not the run of its checkpoint"):
                api.carry_on(tmp_path / "run.nc")
            assert (tmp_path / "run.nc").read_bytes() == before
