"""Independent distances from the centre, in the plane at beta = 2, in any power trap.

The weight prod_{i<j} |z_i - z_j|^2 prod_i exp(-2 N V(|z_i|)) makes the set of moduli that of independent variables with
densities p_k(r) ~ r^(2k-1) exp(-2 N V(r)), k = 1 ... N (Kostlan 1992, Linear Algebra Appl. 162, 385, doi
10.1016/0024-3795(92)90386-O; Hough, Krishnapur, Peres and Virag 2009, Zeros of Gaussian Analytic Functions, theorem
4.7.3). With V = s r^p/p the substitution t = 2 N s r^p/p makes t a Gamma(2k/p) variate. Their angles are not
independent: these radii say nothing about distances between charges.
"""

from __future__ import annotations

import numpy as np

from physent.core.gamma import fill_gammas
from physent.core.jit import njit
from physent.engines.coulomb.gas import Gas
from physent.engines.coulomb.state import Keys, Reals


def shapes(gas: Gas) -> Reals:
    """Shape parameters 2k/p, (n,)."""
    return np.asarray(2.0 / gas.exponent * np.arange(1, gas.n + 1))


@njit
def fill(first: int, last: int, draw: int, keys: Keys, shape: Reals, gas: Gas, out: Reals) -> None:
    """Radii of draw ``draw`` of replicas ``first`` to ``last`` into ``out`` (replica, 1, n), the k-th law k-th."""
    unit = gas.exponent / (2.0 * gas.n * gas.strength)
    for replica in range(first, last):
        radius = out[replica, 0]
        fill_gammas(keys[replica], draw, 0, shape, radius)
        for k in range(gas.n):
            if gas.exponent == 2.0:
                radius[k] = np.sqrt(unit * radius[k])
            else:
                radius[k] = (unit * radius[k]) ** (1.0 / gas.exponent)
