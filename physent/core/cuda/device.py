"""The CUDA device of this process: what keeps it from being used, its name and its memory.

With ``NUMBA_ENABLE_CUDASIM=1`` the device is numba's simulator: kernels run in Python, slowly, and need neither a card
nor the extra.
"""

from __future__ import annotations

import functools
import os
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from physent import host
from physent.errors import UsageError, reason

EXTRA = 'pip install "physent[cuda]"'
REMEDY = "or leave out `device`"


def simulated() -> bool:
    """Whether kernels run in numba's simulator."""
    from numba import config

    return bool(vars(config)["ENABLE_CUDASIM"])


@functools.cache
def trouble() -> str | None:
    """Why no kernel can run on a CUDA device, and the remedy, in one line; None if nothing prevents it."""
    if simulated():
        return None
    if find_spec("numba_cuda") is None:
        return f"numba-cuda is not installed: {EXTRA}, {REMEDY}"
    try:
        from numba import cuda

        if not cuda.is_available():
            return _missing(cuda)
        cuda.current_context()
    except Exception as error:  # noqa: BLE001 - drivers and versions fail in their own ways, and all mean no device
        return f"numba-cuda {metadata.version('numba-cuda')} cannot use a device ({reason(error)}): {EXTRA}, {REMEDY}"
    return None


def _missing(cuda: Any) -> str:
    """Whether the driver or the device is missing, and the remedy."""
    from numba.cuda.cudadrv.driver import driver

    if driver.initialization_error is not None:
        why = " ".join(driver.initialization_error.split()).rstrip(".")
        return f"there is no usable CUDA driver ({why}): install NVIDIA's driver, {REMEDY}"
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None:
        return f"no CUDA device is visible with CUDA_VISIBLE_DEVICES={hidden!r}: name one there, {REMEDY}"
    return f"there is no CUDA device, or no library to compile for it: {EXTRA} on a machine with one, {REMEDY}"


def require() -> None:
    """Raise UsageError if no kernel can run on a device."""
    why = trouble()
    if why is not None:
        raise UsageError(f"device: found cuda, but {why}")


def name() -> str:
    """Name of the device in use; call `require` first."""
    if simulated():
        return "CUDA simulator of numba"
    from numba import cuda

    found = cuda.get_current_device().name
    return found.decode() if isinstance(found, bytes) else str(found)


def free_bytes() -> float:
    """Bytes of free memory on the device; main memory in the simulator."""
    if simulated():
        return host.memory()
    from numba import cuda

    return float(cuda.current_context().get_memory_info().free)


def facts() -> dict[str, str | int]:
    """The device and the versions that determine its results: attributes of a file."""
    found: dict[str, str | int] = {"device_name": name(), "numba_cuda_version": host.version("numba-cuda")}
    if not simulated():
        from numba import cuda

        major, minor = cuda.get_current_device().compute_capability
        found |= {"device_compute_capability": f"{major}.{minor}"}
    return found
