"""Eigenvalues of complex Gaussian matrices: the gas in the plane at beta = 2 in a quadratic trap.

O(N^3) per draw. Ginibre (1965), J. Math. Phys. 6, 440, doi 10.1063/1.1704292: independent entries with <|G_ij|^2> = 1
have eigenvalues of weight prod_{i<j} |z_i - z_j|^2 exp(-sum |z_i|^2); z/sqrt(N s) has that of the gas with V = s r^2/2.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg

from physent.core.random import fill_normals
from physent.engines import EngineConfig
from physent.engines.coulomb import observables
from physent.engines.coulomb.gas import Gas, Keys, gas_of
from physent.engines.coulomb.methods import eigenvalues
from physent.engines.coulomb.methods.eigenvalues import shuffled
from physent.engines.coulomb.methods.independent import sampler
from physent.typing import Floats


def fill(first: int, last: int, draw: int, keys: Keys, shape: Floats, gas: Gas, out: Floats) -> None:
    """Positions of draw ``draw`` of replicas ``first`` to ``last`` into ``out`` (replica, 2, n), randomly labelled."""
    n = gas.n
    scale = 1.0 / np.sqrt(2.0 * n * gas.strength)
    for replica in range(first, last):
        entries = np.empty(2 * n * n)
        fill_normals(keys[replica], draw, 0, entries)
        matrix = entries.view(np.complex128).reshape(n, n)
        z = scale * scipy.linalg.eigvals(matrix, overwrite_a=True, check_finite=False)
        z = z[shuffled(keys[replica], draw, n)]
        out[replica, 0], out[replica, 1] = z.real, z.imag


def _memory(config: EngineConfig) -> int:
    gas = gas_of(config.parameters)
    return int(8 * config.replicas * gas.n * 3 * gas.rows + 40 * gas.n**2)  # the matrix, and the solver's copy


METHOD = sampler(
    "matrix",
    needs={"dimension": 2, "beta": 2, "exponent": 2},
    variables=eigenvalues.VARIABLES,
    coordinates=observables.coordinates,
    make=eigenvalues.solve(fill),
    fields=eigenvalues.fields,
    cost=lambda gas: 0.1 * gas.n**3,
    memory=_memory,
)
