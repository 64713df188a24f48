"""Files that are no outputs of ours are never replaced, emptied or waited for."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import physent
from physent.cli import commands
from physent.config import yaml
from physent.errors import UsageError
from physent.figures.animate import save_animation
from physent.figures.replaced import KNOWN
from physent.figures.save import save_figure
from physent.io.files import remove
from tests.io.test_library import NLSE

PLAN = [{"kind": "conservation", "of": "energy"}]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    physent.run(NLSE, output=tmp_path / "run.nc").close()
    return tmp_path / "run.nc"


def test_a_config_that_names_itself(tmp_path: Path) -> None:
    path = tmp_path / "self.yaml"
    path.write_text(yaml.dump(NLSE | {"output": {"path": str(path)}}))
    before = path.read_bytes()
    done = CliRunner().invoke(commands.app, ["run", str(path), "--overwrite", "--quiet"])
    assert isinstance(done.exception, UsageError)
    assert "is not a netCDF file and is not replaced" in str(done.exception)
    assert path.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="has no FIFOs")
def test_devices_and_pipes(tmp_path: Path, run: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/null")):
        calls: list[Any] = [
            lambda path=path: physent.run(NLSE, output=path, overwrite=True),
            lambda path=path: physent.run(NLSE, output=path),
            lambda path=path: physent.resume(path),
            lambda path=path: physent.open_run(path),
            lambda path=path: physent.analyze(run, PLAN, path, overwrite=True),
        ]
        for call in calls:
            with pytest.raises(UsageError):
                call()
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_links_of_our_names(tmp_path: Path) -> None:
    """What they lead to stays, and the run does not mind them."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    for suffix in (".new", ".fin", ".ckpt", ".ckpt.prev", ".ckpt.tmp"):
        (tmp_path / f"soft.nc{suffix}").symlink_to(precious)
        os.link(precious, tmp_path / f"hard.nc{suffix}")
    for name in ("soft.nc", "hard.nc"):
        physent.run(NLSE, output=tmp_path / name).close()
        assert precious.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hard.nc", "precious", "soft.nc"]
    plain = tmp_path / "plain"
    plain.write_text("ours")
    with plain.open() as held:
        remove(plain, tmp_path / "not there")
        assert held.read() == ""


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "eps", "jpg"])
def test_pictures(run: Path, kind: str) -> None:
    picture = run.with_suffix(f".{kind}")
    picture.write_bytes(b"somebody's own picture")
    with pytest.raises(UsageError, match="exists and was not made by physent"):
        save_figure(run, picture)
    assert picture.read_bytes() == b"somebody's own picture"
    save_figure(run, picture, overwrite=True)
    if kind != "jpg":  # which takes no text
        assert KNOWN in picture.read_bytes()
        save_figure(run, picture)


def test_movies(run: Path) -> None:
    movie = run.with_suffix(".gif")
    movie.write_bytes(b"somebody's own movie")
    with pytest.raises(UsageError, match="exists and was not made by physent"):
        save_animation(run, movie)
    save_animation(run, movie, overwrite=True)
    save_animation(run, movie)


def test_surroundings_of_matplotlib(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same picture, bit for bit, whatever they are."""
    import matplotlib

    picture = save_figure(run).read_bytes()
    with matplotlib.rc_context({"text.usetex": True, "font.size": 40.0, "savefig.transparent": True}):
        assert save_figure(run).read_bytes() == picture
        assert matplotlib.rcParams["text.usetex"]
    import subprocess

    environment = os.environ | {
        "MPLBACKEND": "module://matplotlib_inline.no_such_backend",
        "PYTHONPATH": str(Path(physent.__file__).parents[1]),
    }
    for backend in (environment["MPLBACKEND"], "no backend"):
        command = [sys.executable, "-m", "physent", "plot", str(run)]
        subprocess.run(command, env=environment | {"MPLBACKEND": backend}, check=True)
        assert run.with_suffix(".png").read_bytes() == picture
