"""Names that a disk or a library cannot take are refused in one line, by every command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import physent
from physent.cli import commands
from physent.config import yaml
from physent.config.load import load_config
from physent.errors import PhysentError
from tests.io.test_library import NLSE

BYTES = [b"caf\xe9", b"n" * 246, b"n" * 250, b"n" * 252, b"n" * 300]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode there")
@pytest.mark.parametrize("raw", BYTES, ids=lambda raw: f"{raw[:4]!r} {len(raw)}")
def test_every_command(tmp_path: Path, raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(yaml.dump(NLSE | {"sweep": {"seed": [1]}}))
    Path("plan.yaml").write_text("diagnostics:\n- {kind: conservation, of: energy}\n")
    physent.run(NLSE, output="run.nc").close()
    name = os.fsdecode(raw)
    before = sorted(map(str, Path().iterdir()))
    for command in (
        ["run", "c.yaml", "-o", f"{name}.nc", "-q"],
        ["run", f"{name}.yaml"],
        ["resume", f"{name}.nc", "-q"],
        ["plot", f"{name}.nc"],
        ["animate", f"{name}.nc", "-o", f"{name}.gif"],
        ["analyze", "run.nc", "plan.yaml", "-o", f"{name}.nc", "-q"],
        ["analyze", f"{name}.nc", "plan.yaml", "-o", "a.nc", "-q"],
        ["sweep", f"{name}.yaml", "-d", "out"],
    ):
        done = CliRunner().invoke(commands.app, command)
        assert isinstance(done.exception, PhysentError), (command, done.exception)
        assert len(str(done.exception).splitlines()) == 1, command
    assert sorted(map(str, Path().iterdir())) == before


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode there")
def test_a_config_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.yaml")
    path.write_text(yaml.dump(NLSE))
    assert load_config(path).output.path is None
    with physent.run(path, output=tmp_path / "run.nc") as made:
        assert made.attrs["finished"] == 1


def test_advice_to_make_room_only_where_there_is_none(tmp_path: Path) -> None:
    import errno

    from physent.errors import RunError
    from physent.io.files import FULL, Paths, failures

    for number in sorted(errno.errorcode):
        doing = failures(Paths.of(tmp_path / "run.nc"), "cannot write", "make room, then resume")
        with pytest.raises(RunError) as caught, doing:
            raise OSError(number, os.strerror(number))
        assert ("make room" in str(caught.value)) == (number in FULL)
        assert os.strerror(number) in str(caught.value)
