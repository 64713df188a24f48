"""The loop over replicas, steps and budget: what it hands out, and that no cut changes a bit."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physent.core.jit import njit
from physent.core.stepping import StepClock, by_blocks, by_steps, by_work

Integers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


@njit
def _logistic(replica: int, number: int, x: Reals, rate: float) -> None:
    """A chaotic map whose result depends on the number of each step."""
    x[replica] = (rate + 0.01 * (number % 7)) * x[replica] * (1.0 - x[replica])


@njit
def _note(replica: int, begin: int, count: int, calls: Integers) -> None:
    calls[replica, 0] += 1
    calls[replica, 1] = begin
    calls[replica, 2] = count


@njit
def _trajectories(replica: int, target: int, left: int, draw: Integers, pending: Integers, spent: Integers) -> int:
    """Draw number d takes d % 3 + 1 units of work, and may end in a later call."""
    used = 0
    while draw[replica] < target and used < left:
        if pending[replica] == 0:
            pending[replica] = draw[replica] % 3 + 1
        pending[replica] -= 1
        used += 1
        if pending[replica] == 0:
            draw[replica] += 1
    spent[replica] += used
    return used


one_by_one = by_steps(_logistic)
noted = by_blocks(_note)
drawn = by_work(_trajectories)


@given(
    target=st.integers(0, 40),
    cuts=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 9)), max_size=8),
)
@settings(deadline=None, derandomize=True)
def test_no_cut_changes_a_bit(target: int, cuts: list[tuple[int, int, int]]) -> None:
    x, steps = np.linspace(0.1, 0.4, 4), np.zeros(4, dtype=np.int64)
    for first, last, budget in cuts:
        one_by_one(first, last, target, budget, steps, x, 3.7)
        assert steps.max() <= target
    one_by_one(0, 4, target, target + 1, steps, x, 3.7)
    assert steps.tolist() == [target] * 4
    twin = np.linspace(0.1, 0.4, 4)
    for number in range(target):
        for replica in range(4):
            twin[replica] = (3.7 + 0.01 * (number % 7)) * twin[replica] * (1.0 - twin[replica])
    assert x.tobytes() == twin.tobytes()


def test_a_block_is_all_that_a_replica_can_do_within_the_budget_of_all() -> None:
    steps, calls = np.array([3, 10, 12, 0, 0, 0]), np.zeros((6, 3), dtype=np.int64)
    noted(0, 5, 10, 3, steps, calls)
    assert steps.tolist() == [10, 10, 12, 8, 0, 0]
    assert calls.tolist() == [[1, 3, 7], [0, 0, 0], [0, 0, 0], [1, 0, 8], [0, 0, 0], [0, 0, 0]]


@given(budget=st.integers(1, 12))
@settings(deadline=None, derandomize=True)
def test_work_of_unequal_steps(budget: int) -> None:
    draw, pending, spent = (np.zeros(3, dtype=np.int64) for _ in range(3))
    calls, before = 0, 0
    while (draw < 7).any():
        drawn(0, 3, 7, budget, draw, pending, spent)
        assert spent.sum() - before == min(3 * budget, 3 * 13 - before)
        before, calls = int(spent.sum()), calls + 1
    assert spent.tolist() == [13] * 3  # 1 + 2 + 3 + 1 + 2 + 3 + 1
    assert calls == math.ceil(13 / budget)


@pytest.mark.parametrize("step", [0.1, 0.3, 1 / 3, 1e-3])
def test_clock_meets_every_target_exactly(step: float) -> None:
    clock = StepClock(5.0, step, before=40)
    for k in (0, 1, 7, 1000, 99999):
        target = 5.0 + k * step
        assert clock.count(target) == 40 + k
        made = np.array([40, max(40, 40 + k - 1), 40 + k])
        time = clock.time(made, target)
        assert time[2] == target
        assert (time <= target).all()
        np.testing.assert_allclose(time, 5.0 + (made - 40) * step, rtol=1e-15)


MODULE = """
import json
import numpy as np
from physent.core import jit
from physent.core.stepping import by_steps

@jit.njit
def double(replica, number, x):
    x[replica] = 2 * x[replica]

@jit.njit
def add(replica, number, x):
    x[replica] += number

doubles, adds = by_steps(double), by_steps(add)
x, steps = np.ones(3), np.zeros(3, np.int64)
doubles(0, 3, 4, 4, steps, x)
adds(0, 3, 6, 2, steps, x)
print(json.dumps([x.tolist(), jit.compilations()]))
"""


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="of compiled code only")
def test_a_second_start_compiles_nothing(tmp_path: Path) -> None:
    """Of a module outside the package, too, and two loops around different steps are never mixed up."""
    path = tmp_path / "engine.py"

    def start(text: str) -> Any:
        path.write_text(text)
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {"PHYSENT_CACHE_DIR": str(tmp_path / "cache")}
        command = [sys.executable, "-c", "import engine"]
        return json.loads(subprocess.check_output(command, env=environment, cwd=tmp_path, timeout=120))

    both = 2 * 4  # the loop, what it carries, the block and the step, of each
    assert start(MODULE) == [[25.0] * 3, both]
    assert start("# a comment\n" + MODULE) == [[25.0] * 3, 0]
    assert start(MODULE.replace("2 * x", "3 * x")) == [[90.0] * 3, both // 2]
