"""The flag that SIGINT and SIGTERM raise."""

from __future__ import annotations

import signal
import threading

from physent.runs.signals import Stop, stop_flag


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
