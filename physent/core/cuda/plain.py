"""Arrays inside a kernel as arguments of functions that both devices share."""

from __future__ import annotations

from typing import Any

from physent.core.cuda.launch import SIMULATED, device_function


def _unwrapped(array: Any) -> Any:
    item = vars(array).get("_item") if hasattr(array, "__dict__") else None
    return array if item is None else item._ary


@device_function
def _itself(array: Any) -> Any:
    return array


plain = _unwrapped if SIMULATED else _itself
"""The array; in the simulator, which hands its own wrappers to kernels, the NumPy array inside."""
