"""The flag that signals raise, and what the second one does."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from physent.config import yaml
from physent.runs.signals import Stop, stop_flag
from tests.io.test_library import NLSE


def test_first_signal_is_a_flag_and_handlers_come_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    for number in (signal.SIGINT, signal.SIGTERM):
        with stop_flag() as stop:
            states = [stop.requested]
            signal.raise_signal(number)
            states.append(stop.requested)
        assert states == [False, True]
        assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


def test_other_threads_touch_no_handler() -> None:
    seen: list[Stop] = []

    def body() -> None:
        with stop_flag() as stop:
            seen.append(stop)

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert not seen[0].requested
    assert signal.getsignal(signal.SIGINT) is before


def test_the_second_interrupt_is_a_keyboard_interrupt_in_python() -> None:
    with stop_flag() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.requested
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
def test_the_second_interrupt_ends_a_command_at_once() -> None:
    code = (
        "import signal; from physent.runs.signals import Stop, stop_flag; Stop.deadly = True\n"
        "with stop_flag():\n    signal.raise_signal(signal.SIGINT)\n    signal.raise_signal(signal.SIGINT)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGINT


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU"])
def test_signals_of_terminals_and_batch_systems(name: str) -> None:
    number = getattr(signal, name)
    assert signal.getsignal(number) == signal.SIG_DFL
    with stop_flag() as stop:
        signal.raise_signal(number)
        assert stop.requested
    assert signal.getsignal(number) == signal.SIG_DFL
    seen: list[int] = []
    for handler in (signal.SIG_IGN, lambda number, _: seen.append(number)):  # as under nohup, or of the caller
        signal.signal(number, handler)
        try:
            with stop_flag() as stop:
                signal.raise_signal(number)
                assert not stop.requested
        finally:
            signal.signal(number, signal.SIG_DFL)
    assert seen == [number]


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
@pytest.mark.parametrize("name", ["SIGHUP", "SIGUSR1", "SIGXCPU"])
def test_a_command_saves_on_them(tmp_path: Path, name: str) -> None:
    config = NLSE | {"schedule": {"until": 1000.0, "every": 0.01}, "checkpoint": {"wall_seconds": 1000.0}}
    (tmp_path / "long.yaml").write_text(yaml.dump(config))
    command = [
        sys.executable,
        "-m",
        "physent",
        "run",
        str(tmp_path / "long.yaml"),
        "-o",
        str(tmp_path / "run.nc"),
        "-q",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 120.0
        while not (tmp_path / "run.nc").exists() and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(getattr(signal, name))
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "state saved" in said
