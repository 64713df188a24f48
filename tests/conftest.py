"""Tests marked `cuda` need a device (or numba's simulator: ``NUMBA_ENABLE_CUDASIM=1 pytest -m cuda``)."""

from __future__ import annotations

import pytest

from physent.core.cuda import device


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `cuda` where there is no device."""
    if item.get_closest_marker("cuda") and (trouble := device.trouble()):
        pytest.skip(f"no CUDA device: {trouble.partition(':')[0]}")
