"""Shannon entropy of probabilities on the last axis, nats."""

from __future__ import annotations

import numpy as np
from scipy.special import entr

from physent.diagnostics.arrays import Floats


def shannon(p: Floats) -> Floats:
    """Minus the sum of p ln p."""
    return np.asarray(entr(p).sum(axis=-1))
