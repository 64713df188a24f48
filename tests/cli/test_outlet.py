"""Readers of a command's output may go away, and terminals may have few letters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import physent
from physent.config import yaml
from tests.io.test_library import NLSE

TREE = str(Path(physent.__file__).parents[1])

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")


def shell(script: str, folder: Path, **surroundings: str) -> subprocess.CompletedProcess[str]:
    commands = {"PHYSENT": f"{sys.executable} -m physent", "COMMANDS": f"{sys.executable} -m tests.cli.commands"}
    environment = os.environ | {"PYTHONPATH": TREE} | commands | surroundings
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("command", "made"), [("run c.yaml -o run.nc", "run.nc"), ("sweep c.yaml -d out --workers 1", "out/sweep.nc")]
)
@pytest.mark.parametrize("streams", ["", "2>&1"])
def test_the_work_goes_on(tmp_path: Path, command: str, made: str, streams: str) -> None:
    (tmp_path / "c.yaml").write_text(yaml.dump(NLSE | {"sweep": {"seed": [1, 2]}}))
    done = shell(f"$PHYSENT {command} {streams} | head -n 1; echo ${{PIPESTATUS[0]}}", tmp_path)
    assert done.stdout.splitlines()[-1] == "0"
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert not list(tmp_path.glob("*.ckpt"))
    with physent.open_run(tmp_path / made) as finished:
        assert finished.attrs["finished"] == 1


def test_short_commands(tmp_path: Path) -> None:
    for command in ("schema", "list", "show nlse/two_solitons"):
        done = shell(f"$PHYSENT {command} | true; echo ${{PIPESTATUS[0]}}", tmp_path)
        assert (done.stdout, done.stderr) == ("0\n", "")


def test_a_terminal_of_ascii(tmp_path: Path) -> None:
    ascii_only = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    (tmp_path / "c.yaml").write_text(yaml.dump(NLSE))
    (tmp_path / "é.yaml").write_text(yaml.dump(NLSE))
    script = "$COMMANDS 'check c.yaml é.yaml' list 'run {0}.yaml -o {0}.nc' 'plot {0}.nc'"
    for name, utf8, code in (("c", "0", 0), ("é", "1", 0), ("é", "0", 2)):
        done = shell(script.format(name), tmp_path, **ascii_only, PYTHONUTF8=utf8)
        assert done.returncode == code, done.stderr
        assert utf8 == "1" or done.stdout.isascii()
        assert (tmp_path / f"{name}.png").exists() == (code == 0)
        if code:
            assert done.stderr.splitlines()[-1].endswith("the encoding of names here: set PYTHONUTF8=1")
        for made in tmp_path.glob("*.[np][cn]*"):
            made.unlink()


def test_without_docstrings_and_asserts(tmp_path: Path) -> None:
    """Under -OO; the kernels are compiled anew, so only what needs none."""
    (tmp_path / "bad.yaml").write_text("engine: nlse\nsed: 3\n")
    commands = (
        "list schema 'show nlse' 'show nlse/two_solitons' 'check nlse/two_solitons' 'check bad.yaml' 'run --help'"
    )
    done = shell(f"{sys.executable} -OO -m tests.cli.commands -k {commands} > /dev/null", tmp_path)
    codes = [line.split()[1] for line in done.stderr.splitlines() if line.startswith("exit ")]
    assert codes == ["0", "0", "0", "0", "0", "2", "0"]
    assert "Traceback" not in done.stderr
    assert "bad.yaml:2: sed: unknown key; did you mean seed?" in done.stderr


def test_compiling_is_told_once_on_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(yaml.dump(NLSE))
    script = (
        "import logging, sys; from physent.cli import screen\n"
        "with screen._messages(False):\n"
        "    for name in 'ab':\n        logging.getLogger('physent.core.jit').info('compiling %s', name)\n"
        "with screen._messages(True):\n    logging.getLogger('physent.core.jit').info('compiling c')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": TREE},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (
        "",
        "physent: compiling kernels, once on this machine; it takes up to a minute\n",
    )
