"""Block means of stored series."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physent.diagnostics.run import declare
from physent.diagnostics.run.pooled import BLOCKS, block_means


@pytest.mark.parametrize("samples", [1, 7, 255, 256, 257, 1000])
def test_block_means(samples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(samples).normal(size=(samples, 3, 4))
    array = xr.DataArray(x.transpose(1, 0, 2), dims=("replica", "draw", "cell"))
    mean, blocks = block_means(array, "draw")
    np.testing.assert_allclose(mean, x.mean((0, 1)), rtol=1e-12, atol=1e-14)
    length = -(-samples // BLOCKS)
    assert len(blocks) == max(1, samples // length) <= BLOCKS
    np.testing.assert_allclose(blocks[0], x[: length if len(blocks) > 1 else samples].mean(0), rtol=1e-12)
    np.testing.assert_allclose(blocks[-1], x[length * (len(blocks) - 1) :].mean(0), rtol=1e-12)
    monkeypatch.setattr(declare, "BLOCK_BYTES", 5 * 3 * 4 * 8)  # read in pieces of five samples
    pieces = block_means(array, "draw")
    np.testing.assert_allclose(pieces[1], blocks, rtol=1e-13, atol=1e-15)
