"""The command as a user types it: exit codes, one-line errors, silence, files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from physent import load_config
from physent.config.bundled import bundled_configs, folder
from physent.config.load import RunConfig, json_schema
from tests.forked import TREE, Run, server

# What takes long to load, save `cli.screen`, which looks at the standard streams.
LOADED = """\
import scipy.fft, netCDF4, xarray, numba.cpython.unicode, numba.np.arraymath, rich.progress, matplotlib.figure
import physent.cli.commands, physent.cli.describe, physent.runs.api, physent.runs.analysis, physent.figures.show
import physent.engines.nlse.engine, physent.engines.couzin.engine
"""
SMALL = """\
engine: nlse
parameters: {length: 60.0, points: 256, method: rkn4, step: 0.01}
initial: {kind: solitons, solitons: [{amplitude: 1.0, position: 0.0, velocity: 1.0}]}
schedule: {until: 0.5, every: 0.1}
"""


@pytest.fixture(scope="module", name="physent")
def _physent() -> Iterator[Run]:
    """One command, in a process of its own."""
    with server(LOADED, "import sys; from tests.cli.commands import command; command(*sys.argv[1:])") as run:
        yield lambda *arguments, cwd: run(cwd, *map(str, arguments))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A config that runs in a moment."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_run_resume_and_plot(physent: Run, small: Path, tmp_path: Path) -> None:
    """One line at the start, one at the end; the file named after the config; extension equals the longer run."""
    done = physent("run", small, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 2
    extended = physent("resume", "small.nc", "--until", "1", "--quiet", cwd=tmp_path)
    assert (extended.returncode, extended.stdout, extended.stderr) == (0, "", "")
    longer = physent(
        "run", small, "--set", "schedule.until=1.0", "-o", "longer.nc", "-q", "--threads", "2", cwd=tmp_path
    )
    assert (longer.returncode, longer.stdout, longer.stderr) == (0, "", "")
    with (
        xr.open_dataset(tmp_path / "small.nc", engine="netcdf4") as a,
        xr.open_dataset(tmp_path / "longer.nc", engine="netcdf4") as b,
    ):
        assert a.sizes["time"] == 11
        for name in b.data_vars:
            if name != "restart":
                np.testing.assert_array_equal(a[name], b[name], err_msg=str(name))
        assert (
            load_config_text(a.attrs["config"], tmp_path).schedule
            == load_config_text(b.attrs["config"], tmp_path).schedule
        )
    drawn = physent("plot", "small.nc", cwd=tmp_path)
    assert drawn.returncode == 0, drawn.stderr
    assert (tmp_path / "small.png").stat().st_size > 10_000


def load_config_text(text: str, folder: Path) -> RunConfig:
    """Config from the attribute of a file."""
    path = folder / "attribute.yaml"
    path.write_text(text)
    return load_config(path)


def test_a_files_own_config_reproduces_it(physent: Run, small: Path, tmp_path: Path) -> None:
    """The attribute `config` is a config, and gives the same bits."""
    assert physent("run", small, "--set", "replicas=2", "--set", "initial.noise_rms=1e-3", cwd=tmp_path).returncode == 0
    with xr.open_dataset(tmp_path / "small.nc", engine="netcdf4") as first:
        (tmp_path / "again.yaml").write_text(first.attrs["config"])
        assert physent("run", "again.yaml", "-o", "again.nc", cwd=tmp_path).returncode == 0
        with xr.open_dataset(tmp_path / "again.nc", engine="netcdf4") as again:
            assert again.attrs["config_sha256"] == first.attrs["config_sha256"]
            xr.testing.assert_identical(again.drop_attrs(), first.drop_attrs())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "absent.yaml"], "absent.yaml: no such file"),
        (["run", "."], "is a directory"),
        (["run", "small.yaml", "--set", "parameters.pionts=64"], "did you mean points?"),
        (["run", "small.yaml", "-o", "absent/run.nc"], "the folder absent does not exist"),
        (["run", "small.yaml", "-o", "taken.nc"], "give --overwrite"),
        (["run", "small.yaml", "-o", "."], "is a folder"),
        (["run", "nlse/two_soliton"], "did you mean nlse/two_solitons?"),
        (["resume", "absent.nc"], "no such file"),
        (["plot", "absent.nc"], "no such file"),
        (["analyze", "absent.nc", "small.yaml", "-o", "out.nc"], "no such file"),
        (["analyze", "absent.nc", "small.yaml", "-o", "taken.nc"], "absent.nc: no such file"),
        (["plot", "taken.nc", "-o", "figure.doc"], "unknown kind of figure"),
        (
            ["list", "engine"],
            "list: found text 'engine', expected engines, configs, diagnostics, validation or devices; did you mean",
        ),
        (["show", "couzin", "--set", "seed=1"], "expected it with a config only"),
        (["show", "harmonics"], "did you mean harmonic?"),
        (["validate", "nlse_solitons"], "did you mean 'nlse_soliton'?"),
        (["validate", "nlse_soliton", "--device", "gpu"], "device: found 'gpu', expected cpu or cuda"),
        (["bench", "nlsee"], "did you mean 'nlse'?"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(
    physent: Run, arguments: list[str], message: str, small: Path, tmp_path: Path
) -> None:
    """No traceback, and nothing left behind."""
    (tmp_path / "taken.nc").write_text("mine")
    before = sorted(tmp_path.iterdir())
    done = physent(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr.replace(f"{tmp_path}/", "")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "taken.nc").read_text() == "mine"


def test_check_reports_every_error_with_its_line(physent: Run, tmp_path: Path) -> None:
    """Three errors, three lines, in order."""
    (tmp_path / "bad.yaml").write_text(SMALL.replace("points: 256", "points: -1").replace("0.5", ".nan") + "sed: 1\n")
    done = physent("check", "bad.yaml", "nlse/two_solitons", cwd=tmp_path)
    assert done.returncode == 2
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == ["bad.yaml:2", "bad.yaml:4", "bad.yaml:5"]
    assert done.stdout == "nlse/two_solitons: ok\n"


def test_the_committed_schema_is_current() -> None:
    """`physent schema > configs/physent.schema.json` makes it so."""
    assert json.loads((folder("configs") / "physent.schema.json").read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize("name", bundled_configs())
def test_every_config_names_the_schema_and_itself(name: str) -> None:
    """Editors complete and check by the first line; `physent list` shows the second."""
    first, second, *_ = bundled_configs()[name].read_text(encoding="utf-8").splitlines()
    assert first == "# yaml-language-server: $schema=../physent.schema.json"
    assert second.startswith("# ")
    assert second.endswith(".")


def test_help_imports_nothing_heavy() -> None:
    """`physent --help` loads none of the numerical libraries and stays fast; `physent check` loads no xarray."""
    code = "import sys; import physent, physent.cli.commands; print(*(sys.modules.keys() & set(sys.argv[1:])));"
    code += "import physent.runs.api; assert 'xarray' not in sys.modules"
    heavy = ["numpy", "numba", "scipy", "xarray", "netCDF4", "matplotlib", "pydantic"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
    help_ = [sys.executable, "-m", "physent", "--help"]
    shown = subprocess.run(
        help_, env=os.environ | {"PYTHONPATH": str(TREE)}, capture_output=True, text=True, check=True
    )
    for command in ("run", "resume", "check", "list", "show", "schema", "analyze", "plot", "validate", "bench"):
        assert f"  {command} " in shown.stdout


def test_list_and_show(physent: Run, tmp_path: Path) -> None:
    """Everything bundled is listed; what `show` prints is a config equal to its source."""
    listed = physent("list", cwd=tmp_path).stdout
    assert all(name in listed for name in bundled_configs())
    (tmp_path / "shown.yaml").write_text(physent("show", "nlse/two_solitons", cwd=tmp_path).stdout)
    assert load_config(tmp_path / "shown.yaml") == load_config("nlse/two_solitons")
    engine = physent("show", "couzin", cwd=tmp_path).stdout
    assert engine.splitlines()[0].split()[0] == "couzin"
    assert "\n      repulsion_radius " in engine
    assert "\n      kind: mill " in engine
    assert engine not in physent("show", "nlse", cwd=tmp_path).stdout


def test_a_start_from_a_file_needs_the_same_box(physent: Run, small: Path, tmp_path: Path) -> None:
    """The same numbers on a longer box would be another wave."""
    assert physent("run", small, "-q", cwd=tmp_path).returncode == 0
    begin = (
        SMALL.partition("initial:")[0] + "initial: {kind: file, path: small.nc}\nschedule: {until: 0.2, every: 0.1}\n"
    )
    (tmp_path / "on.yaml").write_text(begin)
    assert physent("run", "on.yaml", "-q", cwd=tmp_path).returncode == 0
    with xr.open_dataset(tmp_path / "small.nc") as first, xr.open_dataset(tmp_path / "on.nc") as then:
        np.testing.assert_array_equal(first.psi_real[-1], then.psi_real[0])
        assert "initial_sha256" in then.attrs
    other = physent("run", "on.yaml", "--set", "parameters.length=50.0", "-o", "other.nc", cwd=tmp_path)
    assert other.returncode == 2
    assert other.stderr == (
        "physent: initial.path: small.nc: x goes from -30 to 29.765625, expected -25 to 24.8046875 as in this config\n"
    )
    itself = physent("run", "on.yaml", "-o", "small.nc", "--overwrite", cwd=tmp_path)
    assert (itself.returncode, len(itself.stderr.splitlines())) == (2, 1)
    assert "is the file that the run starts from" in itself.stderr
    (tmp_path / "small.nc").unlink()
    checked = physent("check", "on.yaml", cwd=tmp_path)
    told = (
        f"on.yaml: initial.path: small.nc: no such file to start from in the working directory {tmp_path.resolve()}\n"
    )
    assert (checked.returncode, checked.stderr) == (2, told)


def test_what_a_single_run_cannot_do(physent: Run, small: Path, tmp_path: Path) -> None:
    """Too large a state is refused, a sweep is not run, a finished run is not resumed; each in one line."""
    huge = physent("run", small, "--set", "parameters.points=1e9", cwd=tmp_path)
    assert huge.returncode == 2
    assert "of memory" in huge.stderr.splitlines()[-1]
    small.write_text(SMALL + "sweep: {seed: [1, 2]}\n")
    swept = physent("run", small, cwd=tmp_path)
    assert swept.returncode == 0
    assert swept.stderr == "warning: sweep of seed: a single run uses the config's own values\n"
    with xr.open_dataset(tmp_path / "small.nc") as run:
        assert run.attrs["warnings"] == "sweep of seed: a single run uses the config's own values"
    again = physent("resume", "small.nc", cwd=tmp_path)
    assert again.returncode == 0
    assert again.stdout.splitlines()[-1] == "small.nc is finished already; --until extends it"
