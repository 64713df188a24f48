"""What methods of the engine share beside the move itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from physent.engines import Method
from physent.engines.langevin import record, state
from physent.engines.langevin.rows import BOOKS


def method(advance: Callable[[Any, float, int], float]) -> Method:
    """A method of the engine, from the function that moves its particles."""
    return Method(
        start=state.start,
        restore=state.restore,
        advance=advance,
        fields=record.fields,
        scalars=record.scalars,
        change=state.change,
        doubts=record.doubts,
        memory=lambda config: 8 * config.replicas * config.parameters.n * (BOOKS + 24),
    )
