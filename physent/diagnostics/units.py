"""Units of entropies: results in nats become results in units of ln base, values and errors alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from physent.diagnostics import checks
from physent.errors import UsageError

Base: TypeAlias = float | None
"""The argument `base` of functions whose results are in nats, or may be: the gate converts these, not the function."""

NAMES = {2.0: "bits", 10.0: "hartleys"}
BASE = checks.real(1, above=True)
ERROR = "_se"
TOLD = "``base`` is the unit of values and errors: 2 for bits, 10 for hartleys; None for nats, as everything is stored."


def converted(value: Any, base: float, unit: str | None, where: str) -> Any:
    """A result in units of ln ``base``: a number or an array in ``unit``, or what says its unit itself.

    A DataArray says it in its attribute `base`, as do the variables of a Dataset, of which those in nats change, each
    with its error NAME_se; an `Estimate`, and the Dataset of `entropy`, say it of their value and standard error.
    `UsageError` unless something is in nats, and for what is no logarithm.
    """
    ln, name = unit_of(base)
    if is_dataclass(value) and not isinstance(value, type):
        one: Any = value
        _judge(one.base, one.measure, where)
        return replace(one, value=one.value / ln, standard_error=one.standard_error / ln, base=name)
    if hasattr(value, "data_vars"):
        return _dataset(value, ln, name, where)
    if isinstance(value, tuple):
        return tuple(converted(one, base, unit, where) for one in value)
    if hasattr(value, "dims"):
        _judge(value.attrs.get("base"), value.attrs.get("measure", ""), where)
        return _array(value, ln, name)
    _judge(unit, "", where)
    return np.asarray(np.asarray(value) / ln)[()]


def unit_of(base: float) -> tuple[float, str]:
    """What a value in nats is divided by, and the name of the unit."""
    return float(np.log(base)), NAMES.get(base, f"ln {base:g}")


def relabelled(attrs: Mapping[str, Any], ln: float, name: str) -> dict[str, Any]:
    """Attributes of a variable in the unit."""
    base = {"base": name} if "base" in attrs else {}
    return {**attrs, **base, **({"maximum": attrs["maximum"] / ln} if "maximum" in attrs else {})}


def _dataset(value: Any, ln: float, name: str, where: str) -> Any:
    if "base" in value.attrs:  # of `entropy`
        _judge(value.attrs["base"], value.attrs.get("measure", ""), where)
        names, attrs = ["value", "standard_error"], {"base": name}
    else:
        names, attrs = logarithms({one: array.attrs for one, array in value.data_vars.items()}), {}
        if not names:
            _judge(None, "", where)
    return value.assign({one: _array(value[one], ln, name) for one in names}).assign_attrs(attrs)


def logarithms(attrs: Mapping[Any, Mapping[str, Any]]) -> list[Any]:
    """Names of the variables in nats, by their attributes, and of their errors."""
    found = [name for name, own in attrs.items() if own.get("base") == "nats" and not _is_plain(own.get("measure", ""))]
    return [*found, *(f"{name}{ERROR}" for name in found if f"{name}{ERROR}" in attrs)]


def _array(array: Any, ln: float, name: str) -> Any:
    return array.copy(data=array.to_numpy() / ln).assign_attrs(relabelled(array.attrs, ln, name))


def _judge(base: str | None, measure: str, where: str) -> None:
    if base != "nats":
        raise UsageError(f"{where}: found a value in {base or 'an unknown base'}, expected nats")
    if _is_plain(measure):
        raise UsageError(f"{where}: {measure} is no logarithm and has no base")


def _is_plain(measure: str) -> bool:
    return measure.partition("_")[0] in ("tsallis", "statistical")
