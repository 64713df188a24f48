"""Tasks of a benchmark of devices, made and compiled side by side in several processes, then timed one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from physent import host
from physent.errors import PhysentError, RunError, described
from physent.evidence import devices
from physent.evidence.bench import race
from physent.evidence.cases import load_script
from physent.evidence.helpers import Helper, answered

TOGETHER = 3
"""Tasks of one engine that share a process, and so what it compiles."""

Told = Callable[[str, list[dict[str, Any]]], None]


@cache
def tasks_of(script: Path) -> dict[str, devices.Task]:
    """Tasks of a benchmark by name."""
    return {task.name: task for task in load_script(script).tasks()}


def prepare(script: Path, names: tuple[str, ...]) -> tuple[dict[str, str], dict[str, float]]:
    """Make the runs of tasks in this process; what went wrong, by task, and the seconds of compilation, by kernel."""
    troubles = {}
    for name in names:
        task = tasks_of(script)[name]
        try:
            devices.make(task, "cuda")
            if task.on_cpu is not None:
                devices.make(task, "cpu")
        except PhysentError as error:
            troubles[name] = str(error)
        except Exception as error:  # noqa: BLE001 - the other tasks of this process go on
            troubles[name] = described(error)
    return troubles, devices.compilation()


def measure(script: Path, name: str, repeats: int, rates: devices.Rates) -> list[dict[str, Any]]:
    """Rows of a task that this process has made."""
    task = tasks_of(script)[name]
    devices.run_of(task, "cuda").advance(task.block)  # the size of slices settles
    return race(list(devices.contestants(iter([task]), rates)), repeats)


def lanes_of(script: Path) -> Iterator[tuple[str, ...]]:
    """Names of tasks that share a process."""
    tasks = sorted(tasks_of(script).values(), key=lambda task: (task.config["engine"], _weight(task)))
    for _, group in groupby(tasks, lambda task: task.config["engine"]):
        names = [task.name for task in group]
        for first in range(0, len(names), TOGETHER):
            yield tuple(names[first : first + TOGETHER])


class Lanes:
    """Processes that hold the runs of all tasks."""

    def __init__(self, script: Path) -> None:
        self.script = script
        self.waiting = sorted(lanes_of(script), key=self._weight, reverse=True)
        self.ready: list[tuple[Helper, tuple[str, ...]]] = []
        self.compilation: dict[str, float] = {}
        self._working: dict[Helper, tuple[str, ...]] = {}

    def prepare(self, deadline: float, tell: Told) -> None:
        """Make and compile everything, in as many processes at once as there are processors.

        ``tell`` hears of tasks that failed, or were not ready at the deadline.
        """
        while self.waiting or self._working:
            while self.waiting and len(self._working) < host.processors() and time.monotonic() < deadline:
                helper, names = Helper(), self.waiting.pop(0)
                helper.begin(prepare, self.script, names)
                self._working[helper] = names
            done = answered(list(self._working), deadline)
            if not done:
                break
            for helper in done:
                self._settle(helper, self._working.pop(helper), tell)
        for helper, names in self._working.items():
            helper.stop()
            self.waiting.append(names)
        self._working.clear()
        for name in (name for names in self.waiting for name in names):
            tell(name, [not_timed(name, "it was not compiled in time")])

    def _weight(self, names: tuple[str, ...]) -> float:
        return max(_weight(tasks_of(self.script)[name]) for name in names)

    def _settle(self, helper: Helper, names: tuple[str, ...], tell: Told) -> None:
        try:
            troubles, seconds = helper.end()
        except PhysentError as error:
            troubles, seconds = dict.fromkeys(names, str(error)), {}
        for name, why in troubles.items():
            tell(name, [not_timed(name, why, failed=True)])
        for kernel, spent in seconds.items():
            self.compilation[kernel] = max(spent, self.compilation.get(kernel, 0.0))
        self.ready.append((helper, tuple(name for name in names if name not in troubles)))

    def conditions(self, deadline: float) -> dict[str, Any]:
        """Device and rates of the card, from a process on the quiet machine."""
        if not self.ready:
            raise RunError("no task could be made")
        helper = self.ready[0][0]
        helper.begin(devices.conditions)
        found: dict[str, Any] = helper.end(deadline - time.monotonic())
        return found

    def measure(self, repeats: int, rates: devices.Rates, deadline: float, tell: Told) -> None:
        """Time task after task; ``tell`` hears the rows of each."""
        for helper, names in self.ready:
            for name in names:
                if time.monotonic() > deadline:
                    tell(name, [not_timed(name, "no time was left")])
                    continue
                try:
                    helper.begin(measure, self.script, name, repeats, rates)
                    rows = helper.end(deadline - time.monotonic())
                except (PhysentError, OSError) as error:
                    rows = [not_timed(name, str(error), failed=True)]
                tell(name, rows)

    def stop(self) -> None:
        """End all processes, which frees the memory of the card."""
        for helper in (*self._working, *(helper for helper, _ in self.ready)):
            helper.stop()
        self._working.clear()
        self.ready.clear()


def _weight(task: devices.Task) -> float:
    """About how long it takes to make a run."""
    parameters = task.config["parameters"]
    return float(parameters.get("n") or parameters.get("points", 0.0)) * float(task.config.get("replicas", 1))


def not_timed(task: str, why: str, failed: bool = False) -> dict[str, Any]:
    """The row of a task that was not timed, for want of time or because it failed."""
    row = {"task": task, "contestant": "device", "cpu_seconds": None, "note": f"not timed: {why}"}
    return {**row, "failed": True} if failed else row
