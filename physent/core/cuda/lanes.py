"""The source of functions on whole vectors (`physent.core.simd`), compiled for a device, where a thread is one lane."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any

from physent.core import simd
from physent.core.cuda.launch import device_function


@device_function
def _load(array: Any, index: int) -> float:
    return float(array[index])


@device_function
def _store(array: Any, index: int, value: float) -> None:
    array[index] = value


@device_function
def _full(value: float) -> float:
    return value


@device_function
def _widen() -> None:
    return None


_LANE = {"load": _load, "store": _store, "full": _full, "widen": _widen, "WIDTH": 1}
_made: dict[Any, Any] = {}
_begun: list[Any] = []


def one_lane(function: Any, **constants: int) -> Any:
    """A compiled function of the CPU for one lane, and with it those that it calls on whole vectors.

    ``constants`` replace globals of the same names, such as the number of lanes of a block.
    """
    source = function.py_func
    if function not in _made:
        _begun.append(function)
        scope = dict(source.__globals__)
        for name in source.__code__.co_names:
            here = scope.get(name)
            if name in constants:
                scope[name] = constants[name]
            elif name in _LANE and here is getattr(simd, name):
                scope[name] = _LANE[name]
            elif here not in _begun and _on_lanes(here, constants):  # an attribute may have a function's own name
                scope[name] = one_lane(here, **constants)
        _begun.remove(function)
        _made[function] = device_function(FunctionType(source.__code__, scope, source.__name__))
    return _made[function]


def _on_lanes(function: Any, constants: Mapping[str, int], above: tuple[Any, ...] = ()) -> bool:
    """Whether a function is compiled and knows of lanes, itself or through those that it calls."""
    source = getattr(function, "py_func", None)
    if source is None or function in above:
        return False
    used = [(name, source.__globals__.get(name)) for name in source.__code__.co_names]
    return any(
        (name in _LANE and it is getattr(simd, name))
        or (name in constants and it is not None)
        or _on_lanes(it, constants, (*above, function))
        for name, it in used
    )
