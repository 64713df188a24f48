"""Tests marked `cuda` need a device (or numba's simulator: ``NUMBA_ENABLE_CUDASIM=1 pytest -m cuda``)."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from physent import engines
from physent.core.cuda import device

LONGEST = ("test_simulator", "test_processes", "test_sweep", "test_outlet", "test_commands")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The files that take longest first, so that no process ends long after the others.

    Of tests that are chosen by the marker `cuda`, those of one engine come together: each process compiles its kernels.
    """
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))
    if "cuda" in config.option.markexpr:
        items.sort(key=lambda item: [name in item.nodeid for name in engines.TABLE], reverse=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `cuda` where there is no device."""
    if item.get_closest_marker("cuda") and (trouble := device.trouble()):
        pytest.skip(f"no CUDA device: {trouble.partition(':')[0]}")


@pytest.fixture
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep makes its points in this process, by what its workers call: for tests of what becomes of the points."""
    from physent.sweeps import sweep
    from physent.sweeps.pool import Task
    from physent.sweeps.worker import Answer, run_point

    def run_here(tasks: Iterator[Task], workers: int, stop: Any) -> Generator[tuple[Task, Answer]]:
        for task in tasks:
            sent = json.loads(json.dumps(task._asdict()))
            yield task, run_point(sent["config"], sent["path"], imports=sent["imports"])

    monkeypatch.setattr(sweep, "run_locally", run_here)
