"""Gamma variates by counter: element i is a function only of (key, step, i) and its shape.

Marsaglia and Tsang (2000), ACM Trans. Math. Softw. 26, 363, doi 10.1145/358407.358414: for shape a >= 1, with
d = a - 1/3, c = 1/sqrt(9 d) and a standard normal x, the number d v, v = (1 + c x)^3, is accepted if
log u < x^2/2 + d (1 - v + log v). A shape below 1 is raised by one, and the result multiplied by u'^(1/a).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit
from physent.core.mathfun import log_positive
from physent.core.random import Integer, fill_normals, fill_uniforms, normal_pair, uniforms

Reals = npt.NDArray[np.float64]


@njit
def fill_gammas(key: np.uint64, step: Integer, draw: Integer, shape: Reals, out: Reals) -> None:
    """Fill ``out`` (n,) with Gamma(shape_i, 1) variates, ``shape`` (n,) positive; uses draws from ``draw`` on.

    First attempts of elements 2i and 2i + 1 share the pairs of draws ``draw`` and ``draw`` + 1 of index i. Later
    attempts, which are rare, take two draws each from ``draw`` + 3 on; a shape below 1 also takes ``draw`` + 2.
    """
    # Every attempt has draws of its own: how often one element is rejected changes no other element.
    n = shape.shape[0]
    chances = np.empty(n)
    fill_normals(key, step, draw, out)
    fill_uniforms(key, step, draw + 1, chances)
    for i in range(n):
        out[i] = _attempt(shape[i], out[i], chances[i])
    for i in range(n):
        word = draw + 3
        while out[i] < 0.0:
            x, _ = normal_pair(key, step, i, word)
            u, _ = uniforms(key, step, i, word + 1)
            out[i] = _attempt(shape[i], x, u)
            word += 2
        if shape[i] < 1.0:
            u, _ = uniforms(key, step, i, draw + 2)
            out[i] *= np.exp(log_positive(u) / shape[i])


@njit
def _attempt(shape: float, x: float, u: float) -> float:
    """A variate of ``shape`` (raised by one if it is below 1), or -1 if the attempt is rejected."""
    # Below 1: (shape + 1) - 1/3.
    d = shape - 1.0 / 3.0 if shape >= 1.0 else shape + 2.0 / 3.0
    root = 1.0 + x / (3.0 * np.sqrt(d))
    v = root * root * root
    if root <= 0.0:
        return -1.0
    square = x * x
    # The paper's squeeze, a lower bound of the acceptance probability: it spares most attempts the logarithms.
    if u < 1.0 - 0.0331 * square * square:
        return float(d * v)
    if log_positive(u) < 0.5 * square + d * (1.0 - v + log_positive(v)):
        return float(d * v)
    return -1.0
