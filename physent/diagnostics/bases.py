"""Entropies in another unit than the nat, for people to read; everything is computed and stored in nats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from physent.diagnostics.estimate import Estimate
from physent.diagnostics.gate import public
from physent.errors import UsageError

NAMES = {2.0: "bits", 10.0: "hartleys"}


@public
def in_base(value: Any, base: float = 2.0) -> Any:
    """A value in nats in units of ln ``base``: bits by default, hartleys for 10.

    ``value`` is a number or an array, an `Estimate`, a labelled result, or the Dataset of `entropy` of labelled counts;
    what comes back is of the same kind, with its ``base`` in words. Units only, exact to rounding: bias and errors are
    in the same proportion. `UsageError` for what says that it is not in nats, such as a normalised value, and for
    Tsallis entropies and complexities, which are no logarithms and have no base. Plain numbers cannot say so.
    """
    unit = float(np.log(base))
    name = NAMES.get(base, f"ln {base:g}")
    if isinstance(value, Estimate):
        _judge(value.base, value.measure)
        return replace(value, value=value.value / unit, standard_error=value.standard_error / unit, base=name)
    if hasattr(value, "data_vars"):
        _judge(value.attrs.get("base"), value.attrs.get("measure", ""))
        found = value.assign({one: _labelled(value[one], unit, name) for one in ("value", "standard_error")})
        return found.assign_attrs(base=name)
    if hasattr(value, "dims"):
        _judge(value.attrs.get("base"), value.attrs.get("measure", ""))
        return _labelled(value, unit, name)
    return np.asarray(np.asarray(value) / unit)[()]


def _labelled(array: Any, unit: float, name: str) -> Any:
    return array.copy(data=array.to_numpy() / unit).assign_attrs(
        {**array.attrs, **({"base": name} if "base" in array.attrs else {})}
    )


def _judge(base: str | None, measure: str) -> None:
    if base != "nats":
        raise UsageError(f"in_base: found a value in {base or 'an unknown base'}, expected nats")
    if measure.partition("_")[0] in ("tsallis", "statistical"):
        raise UsageError(f"in_base: {measure} is no logarithm and has no base")
