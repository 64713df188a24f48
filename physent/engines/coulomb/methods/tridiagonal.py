"""Eigenvalues of tridiagonal matrices: the log-gas on a line at any beta in a quadratic trap.

O(N^2) per draw. Dumitriu and Edelman (2002), J. Math. Phys. 43, 5830, doi 10.1063/1.1507823: normal variates of
variance 1 on the diagonal, and chi variates of beta (N-1), ..., 2 beta, beta degrees of freedom, divided by sqrt(2), on
the off-diagonal give eigenvalues of weight prod_{i<j} |l_i - l_j|^beta exp(-sum l_i^2 / 2). The gas has
exp(-beta N s sum x_i^2 / 2), so x = l / sqrt(beta N s). A chi variate of k degrees of freedom divided by sqrt(2) is the
square root of a Gamma(k/2) variate.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from physent.core.gamma import fill_gammas
from physent.core.random import fill_normals
from physent.engines import EngineConfig
from physent.engines.coulomb import observables
from physent.engines.coulomb.gas import Gas, Keys, gas_of
from physent.engines.coulomb.methods import eigenvalues
from physent.engines.coulomb.methods.eigenvalues import shuffled
from physent.engines.coulomb.methods.independent import sampler
from physent.typing import Floats

_BESIDE = 1  # draw word of the off-diagonal; that of the diagonal is 0


def shapes(gas: Gas) -> Floats:
    """Shape parameters beta k/2 of the squared off-diagonal elements, (n - 1,)."""
    return np.asarray(0.5 * gas.beta * np.arange(gas.n - 1, 0, -1))


def fill(first: int, last: int, draw: int, keys: Keys, shape: Floats, gas: Gas, out: Floats) -> None:
    """Positions of draw ``draw`` of replicas ``first`` to ``last`` into row 0 of ``out`` (replica, 2, n)."""
    n = gas.n
    scale = 1.0 / np.sqrt(gas.beta * n * gas.strength)
    diagonal, beside = np.empty(n), np.empty(n - 1)
    for replica in range(first, last):
        fill_normals(keys[replica], draw, 0, diagonal)
        fill_gammas(keys[replica], draw, _BESIDE, shape, beside)
        # sterf: eigenvalues only, in O(n^2)
        values = scipy.linalg.eigvalsh_tridiagonal(diagonal, np.sqrt(beside), check_finite=False, lapack_driver="sterf")
        out[replica, 0] = scale * values[shuffled(keys[replica], draw, n)]


def _memory(config: EngineConfig) -> int:
    gas = gas_of(config.parameters)
    return int(8 * config.replicas * gas.n * 3 * gas.rows + 64 * gas.n)


METHOD = sampler(
    "tridiagonal",
    needs={"dimension": 1, "interaction": "log", "exponent": 2},
    variables=eigenvalues.VARIABLES,
    coordinates=observables.coordinates,
    make=eigenvalues.solve(fill),
    fields=eigenvalues.fields,
    cost=lambda gas: 1.3 * gas.n**2,
    memory=_memory,
    shapes=shapes,
)
