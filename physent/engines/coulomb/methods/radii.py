"""Independent distances from the centre, in the plane at beta = 2, in any power trap.

Under the weight prod_{i<j} |z_i - z_j|^2 prod_i exp(-2 N V(|z_i|)) the set of moduli is distributed as independent
variables with densities p_k(r) ~ r^(2k-1) exp(-2 N V(r)), k = 1 ... N (Kostlan 1992, Linear Algebra Appl. 162, 385;
Hough, Krishnapur, Peres and Virag 2006, Probab. Surv. 3, 206, doi 10.1214/154957806000000078). With V = s r^p/p,
t = 2 N s r^p/p is a Gamma(2k/p) variate. The angles are not independent, so these radii give no distances between
charges.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.gamma import fill_gammas
from physent.core.jit import njit, njit_inline
from physent.declare import Coordinate, Variable
from physent.engines import EngineConfig
from physent.engines.coulomb.gas import Gas, Keys, gas_of
from physent.engines.coulomb.methods.independent import Independent, sampler, spread
from physent.engines.coulomb.observables import MAX_RADIUS
from physent.typing import Array, Floats, Integers

RADIUS = Variable(
    "radius", "distances from the centre, in ascending order", dims=("replica", "particle"), is_field=True
)


def shapes(gas: Gas) -> Floats:
    """Shape parameters 2k/p, (n,)."""
    return np.asarray(2.0 / gas.exponent * np.arange(1, gas.n + 1))


@njit
def fill(first: int, last: int, draw: int, keys: Keys, shape: Floats, gas: Gas, out: Floats) -> None:
    """Radii of draw ``draw`` of replicas ``first`` to ``last`` into ``out`` (replica, 1, n), ascending."""
    n, half = gas.n, 0.5 * gas.exponent
    unit = half / (n * gas.strength)
    variates, ends = np.empty(n), np.empty(n + 1, dtype=np.int64)
    for replica in range(first, last):
        radius = out[replica, 0]
        fill_gammas(keys[replica], draw, 0, shape, variates)
        _sort(variates, half, ends, radius)
        for k in range(n):
            # The quadratic trap needs a square root only, far cheaper than a power.
            radius[k] = np.sqrt(unit * radius[k]) if half == 1.0 else (unit * radius[k]) ** (0.5 / half)


@njit
def _sort(t: Floats, scale: float, ends: Integers, out: Floats) -> None:
    """Elements of ``t`` (n,) in ascending order into ``out``; ``ends`` (n + 1,) is overwritten.

    Multiplied by ``scale`` they have unit density between 0 and n: on average one in each box of unit length.
    """
    n = t.shape[0]
    # After a counting sort into n boxes, each has O(1) elements out of order, which insertion corrects: O(n) in all.
    ends[:] = 0
    for k in range(n):
        ends[_box(t[k] * scale, n) + 1] += 1
    for box in range(n):
        ends[box + 1] += ends[box]
    for k in range(n):
        box = _box(t[k] * scale, n)
        out[ends[box]] = t[k]
        ends[box] += 1
    for k in range(1, n):
        item, j = out[k], k
        while j > 0 and out[j - 1] > item:
            out[j] = out[j - 1]
            j -= 1
        out[j] = item


@njit_inline
def _box(t: float, n: int) -> int:
    return int(min(t, n - 1.0))  # the law has a tail beyond n


def _coordinates(parameters: Any) -> tuple[Coordinate, ...]:
    return (Coordinate("particle", np.arange(parameters.n, dtype=np.int64), "rank by distance from the centre"),)


def _fields(state: Independent) -> dict[str, Array]:
    radius = state.position[:, 0]
    return {"max_radius": radius[:, -1].copy(), "radius": radius.copy()}


def _memory(config: EngineConfig) -> int:
    n = gas_of(config.parameters).n
    return int(8 * config.replicas * n * 2 + 64 * n)


METHOD = sampler(
    "radii",
    needs={"dimension": 2, "beta": 2},
    variables=(MAX_RADIUS, RADIUS),
    coordinates=_coordinates,
    make=spread(fill),
    fields=_fields,
    cost=lambda gas: 3.0 * gas.n,
    memory=_memory,
    rows=lambda gas: 1,
    shapes=shapes,
)
