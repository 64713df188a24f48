"""Runs of tiny systems with extreme numbers: a finished file of sound numbers, or one line and nothing half-made."""

from __future__ import annotations

import signal
import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from physent.errors import Interrupted
from physent.runs import api, loop
from tests.hardening.bases import any_of_them
from tests.hardening.profile import fuzzed, survives
from tests.hardening.schema import configs

PATIENCE = 0.3  # seconds after which a run is interrupted, as a user would do


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def interrupted(began: float) -> loop.Report:
    """Progress callback that presses Ctrl-C when it has waited long enough."""

    def report(progress: api.Progress) -> None:
        if time.monotonic() - began > PATIENCE:
            signal.raise_signal(signal.SIGINT)

    return report


def carried_out(data: Any, path: Path) -> None:
    job = api.prepare(data)
    api.check_start(job)
    if job.samples > 1000 or job.memory_bytes > 1 << 26 or job.file_bytes > 1 << 26:
        return
    try:
        api.start(job, path, report=interrupted(time.monotonic()), threads=1)
    except Interrupted:
        with api.open_run(path) as dataset:
            assert dataset.attrs["finished"] == 0
        return
    with api.open_run(path) as dataset:
        assert dataset.attrs["finished"] == 1
        dataset.load()


@given(data=configs(any_of_them(), wrong=False))
@fuzzed(gate=24, share=0.05)
def test_a_tiny_run_ends_or_is_refused(folder: Path, data: Any) -> None:
    path = folder / "run.nc"
    for old in folder.iterdir():
        old.unlink()
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "REPORT_SECONDS", 0.0)
        survives("run", lambda: carried_out(data, path))
    left = {one.name for one in folder.iterdir()}
    assert left <= {"run.nc", "run.nc.ckpt", "run.nc.ckpt.prev"}
    assert left in (set(), {"run.nc"}) or "run.nc" in left
