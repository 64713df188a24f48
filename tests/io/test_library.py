"""Every call of the netCDF library holds the lock, and threads live together, also with a user's own xarray."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

import physent
from physent.io import library
from physent.runs.analysis import write_analysis
from tests.random_walk import drift_config, registered

TREE = Path(physent.__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(TREE)}
LONG = os.environ.get("PHYSENT_LONG_TESTS")


NLSE: dict[str, Any] = {
    "engine": "nlse",
    "parameters": {"length": 20.0, "points": 32, "method": "strang", "step": 0.01},
    "initial": {"kind": "plane_wave", "amplitude": 1.0, "mode": 1, "noise_rms": 0.01},
    "schedule": {"until": 0.05, "every": 0.01},
    "checkpoint": {"wall_seconds": 0.01},
    "diagnostics": [{"kind": "ordinal_pattern", "of": "energy", "order": 2, "name": "o"}],
}


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


class _Checked:
    """A dataset or variable that is only to be touched while the lock is held."""

    def __init__(self, inner: Any) -> None:
        object.__setattr__(self, "inner", inner)

    def _ours(self) -> Any:
        assert library.LOCK._is_owned(), "the netCDF library was called without the lock"  # type: ignore[attr-defined]
        return object.__getattribute__(self, "inner")

    def __getattr__(self, name: str) -> Any:
        if name in ("isopen", "data_model"):
            return getattr(object.__getattribute__(self, "inner"), name)
        if name == "variables":  # plain Python too
            held = object.__getattribute__(self, "inner").variables
            return {key: _Checked(variable) for key, variable in held.items()}
        value = getattr(self._ours(), name)
        if name == "createVariable":
            return lambda *args, **options: _Checked(value(*args, **options))
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._ours(), name, value)

    def __getitem__(self, key: Any) -> Any:
        return self._ours()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._ours()[key] = value

    def __len__(self) -> int:
        return len(self._ours())


def test_every_call_holds_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = netCDF4.Dataset

    def checked(path: Path, mode: Any = "r", **options: Any) -> Any:
        return _Checked(original(os.fspath(path), mode, **options))

    monkeypatch.setattr(library, "dataset", checked)
    config = drift_config(output={"path": None, "every": 2, "fields": "all"})
    physent.run(config, output=tmp_path / "run.nc").close()
    physent.resume(tmp_path / "run.nc", until=8.0).close()
    write_analysis(tmp_path / "run.nc", [{"kind": "conservation", "of": "spread"}], tmp_path / "out.nc")
    physent.sweep({**NLSE, "sweep": {"seed": [1, 2]}}, tmp_path / "sweep", workers=1).close()


def test_only_one_door() -> None:
    for file in (TREE / "physent").rglob("*.py"):
        if file.name != "library.py":
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                assert not (isinstance(node, ast.Attribute) and node.attr == "open_dataset" and _of(node) == "xr"), file
                assert not (isinstance(node, ast.Call) and _name(node.func) == "netCDF4.Dataset"), file


def _of(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else ""


def _name(node: ast.AST) -> str:
    return f"{_of(node)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def test_a_lock_that_is_held_when_it_is_shared_is_released() -> None:
    inner = threading.Lock()
    inner.acquire()
    shared = library._Shared(inner)
    assert shared.locked()
    shared.release()
    with shared, shared:
        assert inner.locked()
        assert library.LOCK._is_owned()  # type: ignore[attr-defined]
    assert not shared.locked()
    with shared:
        taken: list[bool] = []
        other = threading.Thread(target=lambda: taken.append(shared.acquire(blocking=False)))
        other.start()
        other.join()
        assert taken == [False]


STRESS = """
    import sys, threading
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path
    import numpy as np
    import xarray as xr
    import physent

    folder, threads, runs = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    from tests.io.test_library import NLSE as config
    expected = physent.run(config, set={"seed": 0})
    physent.run(config, output=folder / "given.nc").close()

    def work(thread):
        for k in range(runs):
            out = folder / f"{thread}-{k}.nc" if k % 2 else None
            with physent.run(config, set={"seed": 0}, output=out, threads=1) as made:
                assert np.array_equal(made.psi_real.values, expected.psi_real.values)

    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(work, thread) for thread in range(threads)]
        while not all(future.done() for future in futures):
            with xr.open_dataset(folder / "given.nc", engine="netcdf4") as mine:
                mine.load()
                assert mine.sizes["time"] == 6
        for future in futures:
            future.result()
    print("ended")
"""


@pytest.mark.parametrize(("threads", "runs"), [(8, 50) if LONG else (8, 3)])
def test_threads_beside_a_users_own_reads(tmp_path: Path, threads: int, runs: int) -> None:
    script = tmp_path / "stress.py"
    script.write_text(textwrap.dedent(STRESS))
    command = [sys.executable, str(script), str(tmp_path), str(threads), str(runs)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "ended\n"), done.stderr[-2000:]


def test_xarray_may_be_loaded_before_or_after(tmp_path: Path) -> None:
    for first, second in (("xarray", "physent.io.library"), ("physent.io.library", "xarray")):
        code = (
            f"import {first}, {second}; from physent.io import library; library.share_lock(); library.share_lock();"
            "from xarray.backends.netCDF4_ import NETCDF4_PYTHON_LOCK as lock;"
            "exec('with lock, lock, library.LOCK: assert library.LOCK._is_owned()')"
        )
        subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=True)


def test_numbers_are_read_as_ever(tmp_path: Path) -> None:
    with physent.run(drift_config(), output=tmp_path / "run.nc") as made, netCDF4.Dataset(tmp_path / "run.nc") as plain:
        assert np.array_equal(made.spread.values, plain["spread"][:])
