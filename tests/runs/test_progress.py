"""The line that follows a run in an interactive session."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import physent
from physent.runs import loop, progress
from physent.runs.loop import Progress
from tests.hardening.bases import NLSE


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session with a person at it, who sees every report."""
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    monkeypatch.setattr(progress, "SILENT_SECONDS", -1.0)
    monkeypatch.setattr(progress, "BETWEEN_SECONDS", -1.0)


def test_scripts_print_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert not progress.is_interactive()
    physent.run(NLSE)
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("prompt")
def test_a_session_shows_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It ends with all samples; a report of one's own, or progress=False, leaves it out."""
    run = physent.run(NLSE, output=tmp_path / "run.nc")
    count = run.sizes["time"]
    run.close()
    *_, last = capsys.readouterr().out.rstrip("\n").split("\r")
    assert last.startswith(f"sample {count}/{count} [{'#' * 20}] 100 % ")
    physent.resume(tmp_path / "run.nc", until=2 * float(run.time[-1])).close()
    assert f"sample {2 * count - 1}/{2 * count - 1}" in capsys.readouterr().out
    physent.run(NLSE, progress=False)
    physent.run(NLSE, report=lambda status: None)
    assert capsys.readouterr().out == ""


def test_a_line_may_be_asked_for(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a report; a quick run shows none even then."""
    seen: list[Progress] = []
    monkeypatch.setattr(progress, "SILENT_SECONDS", 1e9)
    physent.run(NLSE, report=seen.append, progress=True)
    assert seen
    assert "sample" not in capsys.readouterr().out
    monkeypatch.setattr(progress, "SILENT_SECONDS", -1.0)
    physent.run(NLSE, report=seen.append, progress=True)
    assert "sample" in capsys.readouterr().out


def test_compilations_are_told_to_the_line_alone(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Handlers of others hear what they would have heard; the logger is as it was."""
    caplog.set_level(logging.WARNING)
    logger = logging.getLogger(progress.COMPILER)
    heard: list[str] = []
    other = logging.Handler()
    other.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    root = logging.getLogger()
    root.addHandler(other)
    before = (logger.level, list(logger.filters))
    try:
        with progress.following(None, True) as report:
            assert report is not None
            logger.info("compiling _kernel")
            logger.warning("a warning")
    finally:
        root.removeHandler(other)
    assert capsys.readouterr().out == "\rcompiling _kernel ...\n"
    assert heard == ["a warning"]
    assert (logger.level, list(logger.filters)) == before


def test_a_compilation_at_the_end_does_not_stay(capsys: pytest.CaptureFixture[str]) -> None:
    """The line ends with the last samples, whatever is compiled after them."""
    with progress.counting(None, True) as report:
        assert report is not None
        report("seed = 1", 0, 1)
        logging.getLogger(progress.COMPILER).info("compiling one")
        logging.getLogger(progress.COMPILER).info("compiling another")
    shown = capsys.readouterr().out.split("\r")
    assert [text.partition(" ")[0] for text in shown] == ["", "point", "compiling", "compiling", "point"]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Progress(0.0, 0.0, 1, 5, 0.0, "P", float("nan")), "sample 1/5 [....................]   0 % 0/s, P nan"),
        (Progress(0.25, 1.0, 2, 5, 3.0, "P", 0.5), "sample 2/5 [#####...............]  25 % 0:30 left, 3/s, P 0.5"),
        (Progress(1e-3, 1.0, 2, 5, 3.0, "P", 0.5), "sample 2/5 [....................]   0 % 2:46:30 left, 3/s, P 0.5"),
        (Progress(1.0, 4.0, 5, 5, 3.0, "P", 0.5), "sample 5/5 [####################] 100 % 10.0 s, 3/s, P 0.5"),
    ],
)
def test_the_text(status: Progress, text: str) -> None:
    assert progress._described(status, 10.0) == text


@pytest.mark.usefixtures("prompt")
def test_points_of_a_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.counting(None, None) as report:
        assert report is not None
        report("seed = 1", 0, 2)
        report("seed = 2", 1, 2)
    first, second = capsys.readouterr().out.strip("\r\n").split("\r")
    assert first.startswith("point 1/2 [##########..........]  50 % seed = 1, ")
    assert second.startswith("point 2/2 [####################] 100 % seed = 2, ")


@pytest.mark.usefixtures("prompt")
def test_a_cell_of_a_notebook_holds_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is replaced, not printed, so that a saved notebook keeps the last one only."""
    told: list[tuple[str, str]] = []

    class Handle:
        def display(self, data: dict[str, str], *, raw: bool) -> None:
            told.append(("new", data["text/plain"]))

        def update(self, data: dict[str, str], *, raw: bool) -> None:
            told.append(("instead", data["text/plain"]))

    shell = SimpleNamespace(kernel=object())
    module = SimpleNamespace(get_ipython=lambda: shell, display=SimpleNamespace(DisplayHandle=Handle))
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)  # however fast the machine is
    physent.run(NLSE)
    assert capsys.readouterr().out == ""
    assert len(told) > 1
    assert [how for how, _ in told] == ["new", *["instead"] * (len(told) - 1)]
    assert "100 %" in told[-1][1]
    shell.kernel = None  # IPython in a terminal
    physent.run(NLSE)
    assert "100 %" in capsys.readouterr().out
