"""Processes that work beside this one, each on one call at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from physent.errors import RunError, described


class Helper:
    """A fresh process; what it is told, and what it answers, is pickled. It ends with this one."""

    def __init__(self) -> None:
        context = get_context("spawn")  # a forked process could not use the device
        self.pipe, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()

    def begin(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Let it call a function of a module."""
        self.pipe.send((function, arguments))

    def end(self, seconds: float | None = None) -> Any:
        """What the call returned; RunError if it raised, if its process died, or if it took longer than ``seconds``."""
        try:
            if not self.pipe.poll(seconds if seconds is None else max(0.0, seconds)):
                raise RunError("stopped: no time was left")
            good, found = self.pipe.recv()
        except (EOFError, ConnectionError):
            self._process.join(1.0)
            raise RunError(f"its process ended with {self._process.exitcode}") from None
        if not good:
            raise RunError(found)
        return found

    def stop(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _serve(pipe: Connection) -> None:
    while True:
        try:
            function, arguments = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((True, function(*arguments)))
        except Exception as error:  # noqa: BLE001 - it is told to whoever asked
            pipe.send((False, described(error)))


def answered(helpers: list[Helper], deadline: float) -> list[Helper]:
    """Those that have answered, or died, once there are any; none at the deadline (of `time.monotonic`)."""
    found = wait([one.pipe for one in helpers], max(0.0, deadline - time.monotonic()))
    return [one for one in helpers if one.pipe in found]
