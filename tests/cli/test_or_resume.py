"""`physent run --or-resume`: one command for the first start and every later one of a job."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import physent
from physent.cli import commands
from physent.config import yaml
from physent.config.load import load_config
from physent.errors import UsageError
from tests.crashes import half_run
from tests.io.test_library import NLSE


def test_run_or_resume(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(yaml.dump(NLSE))
    out = tmp_path / "run.nc"
    command = ["run", str(tmp_path / "run.yaml"), "-o", str(out), "--or-resume", "--quiet"]
    half_run(out, NLSE | {"output": {"path": "run.nc"}}, samples=3)  # as the file names it
    for _ in range(2):
        assert CliRunner().invoke(commands.app, command).exit_code == 0
    with physent.open_run(out) as made:
        assert (made.attrs["finished"], made.attrs["history"].count("\n")) == (1, 1)
    other = CliRunner().invoke(commands.app, [*command, "--set", "seed=7"])
    assert isinstance(other.exception, UsageError)
    assert "is a run of another config" in str(other.exception)
    out.unlink()
    assert CliRunner().invoke(commands.app, command).exit_code == 0


def test_one_change_as_text() -> None:
    with pytest.raises(UsageError) as caught:
        load_config(NLSE, "parameters.pionts=64")
    assert len(str(caught.value).splitlines()) == 1
    assert load_config(NLSE, "seed=7").seed == 7
