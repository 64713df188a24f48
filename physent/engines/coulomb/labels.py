"""Random labels: the charges of a gas are alike, so a solver's order of them must not be seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from physent.core.random import fill_uniforms

_SHUFFLE = 1 << 20  # draw word that no sampler reaches


def shuffled(key: np.uint64, draw: int, n: int) -> npt.NDArray[Any]:
    """A uniformly random permutation of range(n), fixed by the stream and the draw."""
    order = np.empty(n)
    fill_uniforms(key, draw, _SHUFFLE, order)
    return np.argsort(order, kind="stable")
