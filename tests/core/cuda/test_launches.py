"""Launches on a device."""

from __future__ import annotations

import numpy as np
import pytest

from physent.core.cuda import device


@pytest.mark.cuda
@pytest.mark.skipif(device.simulated(), reason="the simulator launches kernels itself")
def test_launches_pass_the_arguments_that_numba_does() -> None:
    """They are compared at the first launch; if they differ, launches are slow, and this fails."""
    from physent.core.cuda.bounds import copy
    from physent.core.cuda.launch import empty, upload

    source, target = np.arange(1000.0), empty(1000)
    for factor in (1.0, 2.0):
        copy(1000, upload(factor * source), target)
        assert np.array_equal(target.copy_to_host(), factor * source)
    assert copy.quick is not None
    copy.quick, copy._launched = None, False
    copy(1, empty(0), empty(0))
    assert copy.quick is not None, "of arrays without elements, too"
