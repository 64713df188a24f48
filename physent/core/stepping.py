"""The one loop over replicas, steps and budget, and a clock for fixed steps.

A factory takes a kernel that moves one replica, and makes ``advance(first, last, target, budget, ...)`` for
`physent.core.jit.spread`: it moves replicas ``first`` to ``last`` towards ``target``, one after the other, and spends
at most ``budget`` per replica on average. The result does not depend on where the budget ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from physent.core.jit import njit, njit_inline
from physent.typing import Floats, Integers

Kernel = Callable[..., Any]


def by_work(carry: Kernel) -> Kernel:
    """``advance(first, last, target, budget, *tables)`` made from ``carry(replica, target, left, *tables)``.

    `carry` moves one replica towards ``target``, updates its clock, and returns the work spent, at most ``left`` > 0.
    """

    @njit
    def advance(first: int, last: int, target: Any, budget: int, *tables: Any) -> None:
        # The budget is common to the range: replicas that are done leave theirs to the others.
        left = budget * (last - first)
        for replica in range(first, last):
            if left > 0:
                left -= carry(replica, target, left, *tables)

    return advance


def by_blocks(block: Kernel) -> Kernel:
    """``advance(first, last, target, budget, steps, *tables)`` made from ``block(replica, begin, count, *tables)``.

    `block` makes ``count`` > 0 steps of one replica, starting with number ``begin``. ``steps`` (replica,) counts the
    steps made; ``target`` and ``budget`` are numbers of steps.
    """

    @njit_inline
    def carry(replica: int, target: int, left: int, steps: Integers, *tables: Any) -> int:
        count: int = max(0, min(left, target - steps[replica]))
        if count > 0:
            block(replica, steps[replica], count, *tables)
            steps[replica] += count
        return count

    return by_work(carry)


def by_steps(step: Kernel) -> Kernel:
    """As `by_blocks`, made from ``step(replica, number, *tables)``, which makes one step."""

    @njit_inline
    def block(replica: int, begin: int, count: int, *tables: Any) -> None:
        for number in range(begin, begin + count):
            step(replica, number, *tables)

    return by_blocks(block)


@dataclass(frozen=True)
class StepClock:
    """Time within a leg of equal steps, computed from their number, because a running sum would drift."""

    start: float
    """Time at which the leg starts."""
    step: float
    before: int = 0
    """Steps made before the leg, if steps are counted from the start of the run."""

    def count(self, target: float) -> int:
        """Number of the step that ends at ``target``."""
        return self.before + round((target - self.start) / self.step)

    def time(self, steps: Integers, target: float) -> Floats:
        """Time after ``steps`` (replica,), on the way to ``target``, which is reached exactly."""
        elapsed = np.minimum(self.start + (steps - self.before) * self.step, target)
        return np.where(steps == self.count(target), target, elapsed)
