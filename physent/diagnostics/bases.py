"""Entropies in another unit than the nat, for people to read; everything is computed and stored in nats."""

from __future__ import annotations

from typing import Any

from physent.diagnostics.gate import public
from physent.diagnostics.units import converted


@public
def in_base(value: Any, base: float = 2.0) -> Any:
    """A value in nats in units of ln ``base``: bits by default, hartleys for 10.

    ``value`` is a number or an array, an `Estimate`, a labelled result, or a Dataset: that of `entropy` of labelled
    counts, or a run, whose variables in nats change, with their errors NAME_se. What comes back is of the same
    kind, with its ``base`` in words. Units only, exact to rounding: bias and errors are in the same proportion.
    `UsageError` for what says that it is not in nats, such as a normalised value, and for Tsallis entropies and
    complexities, which are no logarithms and have no base. Plain numbers cannot say so. Functions whose results are in
    nats take ``base`` themselves.
    """
    return converted(value, base, "nats", "in_base")
