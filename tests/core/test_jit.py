"""Compile flags, the count of compilations, and `spread`."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physent.core import jit

Array = npt.NDArray[np.float64]
compiled = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="of compiled code only")


@jit.njit
def quotient(a: float, b: float) -> float:
    return a / b


@jit.njit_inline
def half(x: float) -> float:
    return 0.5 * x


@jit.njit_fast
def halves(x: Array, out: Array) -> int:
    bad = 0
    for i in range(x.size):
        out[i] = half(x[i])
        if math.isnan(out[i]) or math.isinf(out[i]):
            bad += 1
    return bad


@jit.njit
def cumulate(first: int, last: int, x: Array, out: Array) -> None:
    for item in range(first, last):
        total = 0.0
        for i in range(x.shape[1]):
            total += math.sin(x[item, i])
        out[item] = total


@jit.njit
def applied(function: Callable[[float], float], x: float) -> float:
    return function(x)


@compiled
def test_division_by_zero_does_not_raise() -> None:
    assert quotient(1.0, 0.0) == math.inf
    assert math.isnan(quotient(0.0, 0.0))


def test_fast_kernels_honour_nan_and_infinity() -> None:
    x = np.array([1.0, np.nan, np.inf, -4.0])
    out = np.empty(4)
    assert halves(x, out) == 2
    assert np.array_equal(out, [0.5, np.nan, np.inf, -2.0], equal_nan=True)


@compiled
def test_each_compilation_is_counted_and_said(caplog: pytest.LogCaptureFixture) -> None:
    half(2.0)
    caplog.clear()
    before = jit.compilations()
    assert [applied(half, 2.0), applied(half, 3.0)] == [1.0, 1.5]  # with a function as argument, never kept on disk
    assert jit.compilations() == before + 1
    messages = [record.getMessage() for record in caplog.records if record.name == "physent.core.jit"]
    assert messages == ["compiling tests.core.test_jit.applied"]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    yield
    jit.set_threads(1)


def test_bits_do_not_depend_on_threads() -> None:
    x = np.linspace(0.0, 9.0, 7 * 1000).reshape(7, 1000)
    results = []
    for threads in (1, 2, 3, 7, 16):
        jit.set_threads(threads)
        out = np.empty(7)
        jit.spread(cumulate, 7, x, out)
        results.append(out.tobytes())
    assert len(set(results)) == 1


@given(items=st.integers(0, 50), threads=st.integers(1, 6))
@settings(deadline=None, derandomize=True)
def test_ranges_cover_all_items_once_and_evenly(items: int, threads: int) -> None:
    calls: list[tuple[int, int]] = []
    jit.set_threads(threads)
    jit.spread(lambda first, last: calls.append((first, last)), items)
    assert sorted(item for first, last in calls for item in range(first, last)) == list(range(items))
    sizes = [last - first for first, last in calls]
    assert max(sizes) - min(sizes) <= 1
    assert len(calls) == max(1, min(items, threads))


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_an_exception_comes_out_when_all_calls_have_ended(failing: int) -> None:
    ended: list[int] = []

    def kernel(first: int, last: int) -> None:
        if first == failing:
            raise ArithmeticError(f"in {first}")
        time.sleep(0.05)
        ended.append(first)

    jit.set_threads(3)
    with pytest.raises(ArithmeticError, match=f"in {failing}"):
        jit.spread(kernel, 3)
    assert sorted(ended) == sorted({0, 1, 2} - {failing})
    jit.spread(lambda first, last: ended.append(-1), 3)
    assert ended.count(-1) == 3


def test_threads_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jit, "_pool", None)
    jit.set_threads(3)
    seen: set[int] = set()
    barrier = threading.Barrier(3, timeout=30)

    def kernel(first: int, last: int) -> None:
        barrier.wait()
        seen.add(threading.get_ident())

    for _ in range(20):
        jit.spread(kernel, 3)
    assert len(seen) == 3
    assert threading.get_ident() in seen


def test_from_several_threads_at_once() -> None:
    jit.set_threads(2)
    x = np.ones((4, 100))
    outs = [np.zeros(4) for _ in range(4)]
    users = [threading.Thread(target=jit.spread, args=(cumulate, 4, x, out)) for out in outs]
    for user in users:
        user.start()
    for user in users:
        user.join()
    jit.spread(cumulate, 4, x, expected := np.empty(4))
    assert all(np.array_equal(out, expected) for out in outs)


def test_default_is_every_usable_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 2, 5}, raising=False)
    jit.set_threads(None)
    calls: list[int] = []
    jit.spread(lambda first, last: calls.append(first), 100)
    assert len(calls) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_after_a_fork_and_at_exit() -> None:
    script = """
import os
from physent.core import jit
jit.set_threads(3)
calls = []
jit.spread(lambda first, last: calls.append(first), 3)
child = os.fork()
jit.spread(lambda first, last: calls.append(first), 3)
if child:
    assert os.waitpid(child, 0)[1] == 0
assert sorted(calls) == [0, 0, 1, 1, 2, 2]
"""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
