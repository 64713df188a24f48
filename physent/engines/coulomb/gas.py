"""The gas of a config: its droplet, scales, energy and force.

The weight is exp(-beta E), E = N sum_i V(|x_i|) + sum_{i<j} U(|x_i - x_j|), V(r) = s r^p / p.

Droplet (large N, derived here): the mass fraction inside r is g(r) = r^(d-1) V'(r), from Gauss's law, as
-U'(r) = r^(1-d); it ends at g(R) = 1, R = s^(-1/(d+p-2)). For the log-gas on the line the edge a follows from
int_{-a}^{a} x V'(x) / sqrt(a^2 - x^2) dx = pi (finite-interval condition of Tricomi's solution), that is
s a^p Gamma((p+1)/2) = sqrt(pi) Gamma(p/2 + 1).

Frequency of the trap, for unit masses in the potential beta E: w^2 = beta N Lap V(R)/d.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import gamma

from physent.core import pairs
from physent.core.jit import njit, njit_fast
from physent.engines.coulomb import tabulated
from physent.engines.coulomb.tabulated import Table, Trap, trap_of
from physent.engines.potentials import OwnPotential
from physent.typing import Floats, Integers

Keys = npt.NDArray[np.uint64]

LINE, LOG_LINE, PLANE, SPACE = range(4)

CONVENTION = "weight exp(-beta E), E = N sum_i V(|x_i|) + sum_{i<j} U(|x_i - x_j|), V(r) = "
REPULSION = ("U(r) = -r", "U(r) = -log r", "U(r) = -log r", "U(r) = 1/r")


class Gas(NamedTuple):
    """Constants of a config for kernels."""

    kind: int  # LINE, LOG_LINE, PLANE or SPACE
    dimension: int
    rows: int  # number of coordinates in kernels: they treat the log-gas on a line as one in the plane
    n: int
    beta: float
    exponent: float
    strength: float


class Scratch(NamedTuple):
    """Work arrays of the pair energy that a gas has, replica first, and its table; those of the others are None.

    Kernels are compiled per argument types, so None removes the branches of the other pair energies.
    """

    line: Integers | None  # (replica, 2, n): ranking, and scratch to sort it
    plane: Floats | None  # `pairs.tiles`
    space: Floats | None
    table: Table | None = None  # of a trap of the user's own


def gas_of(parameters: Any) -> Gas:
    """Gas of a config's parameters."""
    kind = (LINE, PLANE, SPACE)[parameters.dimension - 1]
    if kind == LINE and parameters.interaction == "log":
        kind = LOG_LINE
    rows = (1, 2, 2, 3)[kind]
    potential, n, beta, trap = parameters.potential, parameters.n, parameters.beta, own_trap(parameters)
    if trap is None:
        return Gas(kind, parameters.dimension, rows, n, beta, potential.exponent, potential.strength)
    gas = Gas(kind, parameters.dimension, rows, n, beta, trap.exponent, 1.0)
    return gas._replace(strength=math.exp(growth(gas) * (log_edge(gas) - math.log(trap.edge))))


def own_trap(parameters: Any) -> Trap | None:
    """The trap of a config if it is the user's own; UsageError if it does not hold the charges, or is not smooth."""
    own, p = parameters.potential, parameters
    if not isinstance(own, OwnPotential):
        return None
    return trap_of(own, p.dimension, p.dimension == 1 and p.interaction == "log", p.n, p.beta)


def convention(parameters: Any, gas: Gas) -> str:
    """The weight in words, for a reader who has only the file."""
    own = parameters.potential
    trap = (
        f"{own.label}, in the attribute `imports`"
        if isinstance(own, OwnPotential)
        else "strength r^exponent / exponent"
    )
    return f"{CONVENTION}{trap}, {REPULSION[gas.kind]}"


def growth(gas: Gas) -> float:
    """How the strength scales with the edge: s ~ R^-growth."""
    return gas.exponent if gas.kind == LOG_LINE else gas.dimension + gas.exponent - 2


def log_edge(gas: Gas) -> float:
    """Logarithm of `edge`, which itself leaves the range of doubles if the trap hardly grows."""
    p, s = gas.exponent, gas.strength
    if gas.kind == LOG_LINE:
        return (0.5 * math.log(math.pi) + math.lgamma(p / 2 + 1) - math.lgamma((p + 1) / 2) - math.log(s)) / p
    return -math.log(s) / (gas.dimension + p - 2)


def edge(gas: Gas) -> float:
    """Radius R of the droplet at large N."""
    p, s = gas.exponent, gas.strength
    if gas.kind == LOG_LINE:
        return float((math.sqrt(math.pi) * gamma(p / 2 + 1) / (s * gamma((p + 1) / 2))) ** (1 / p))
    return float(s ** (-1 / (gas.dimension + p - 2)))


def frequency(gas: Gas) -> float:
    """Frequency w of the trap for unit masses in the potential beta E."""
    p, d = gas.exponent, gas.dimension
    stiffness = max(p + d - 2, 0.1) / d
    return math.sqrt(gas.beta * gas.n * gas.strength * stiffness * edge(gas) ** (p - 2))


def coupling(gas: Gas) -> float | None:
    """Gamma, beta times the repulsion at the ion-sphere radius R N^(-1/d) in d = 3, beta in d = 2; else None."""
    if gas.kind == SPACE:
        return float(gas.beta * gas.n ** (1 / 3) / edge(gas))
    return gas.beta if gas.kind == PLANE else None


def scratch(replicas: int, position: Floats, gas: Gas, table: Table | None = None) -> Scratch:
    """Work arrays for all replicas at ``position`` (replica, rows, n), replica first, with the table of the trap."""
    if gas.kind == LINE:
        order = pairs.ranking(position[:, 0])
        return Scratch(np.stack([order, order], axis=1), None, None, table)
    tile = pairs.tiles(replicas, gas.rows, gas.n)
    return Scratch(None, None, tile, table) if gas.kind == SPACE else Scratch(None, tile, None, table)


@njit
def force(
    gas: Gas, r: Floats, c: int, line: Integers | None, plane: Floats | None, space: Floats | None,
    table: Table | None, out: Floats,
) -> None:  # fmt: skip
    """-grad beta E at ``r`` (rows, n) into ``out`` (rows, n), with the work arrays of replica ``c`` in `Scratch`."""
    if line is not None:
        pairs.rank_forces(r[0], line[c, 0], line[c, 1], out[0])
    if plane is not None:
        pairs.log_forces(r, plane[c], out)
    if space is not None:
        pairs.inverse_forces(r, space[c], out)
    if table is None:
        _add_trap(gas, r, out)
    else:
        tabulated.add_force(table, gas.beta, r, out)


@njit_fast
def _add_trap(gas: Gas, r: Floats, out: Floats) -> None:
    pull = gas.n * gas.strength
    half = 0.5 * gas.exponent - 1.0
    if half == 0.0:  # the quadratic trap: no powers
        for axis in range(gas.rows):
            for i in range(gas.n):
                out[axis, i] = gas.beta * (out[axis, i] - pull * r[axis, i])
        return
    for i in range(gas.n):
        square = 1e-300  # the force on a charge at the centre of a cusp is 0, not 0 times infinity
        for axis in range(gas.rows):
            square += r[axis, i] * r[axis, i]
        factor = pull * square**half
        for axis in range(gas.rows):
            out[axis, i] = gas.beta * (out[axis, i] - factor * r[axis, i])


@njit
def trap_energy(gas: Gas, r: Floats, table: Table | None) -> float:
    """N sum_i V(|x_i|) of ``r`` (rows, n)."""
    return _power_energy(gas, r) if table is None else tabulated.energy(table, r)


@njit
def pull(gas: Gas, r: Floats, trap: float, table: Table | None) -> float:
    """N sum_i r_i V'(r_i) of ``r`` (rows, n), from the energy of the trap for powers, which are homogeneous."""
    return gas.exponent * trap if table is None else tabulated.virial(table, r)


@njit_fast
def _power_energy(gas: Gas, r: Floats) -> float:
    # Powers of r^2 instead of r need no square root; the quadratic trap needs no power at all.
    total = 0.0
    half = 0.5 * gas.exponent
    for i in range(gas.n):
        square = 0.0
        for axis in range(gas.rows):
            square += r[axis, i] * r[axis, i]
        total += square if half == 1.0 else square**half
    return gas.n * gas.strength * total / gas.exponent


@njit
def virial(gas: Gas, pulled: float, repulsion: float) -> float:
    """sum_i x_i . grad_i E from `pull` and the energy of the repulsion, which is homogeneous, or -log r.

    Its mean is d N / beta, by integration by parts in the weight.
    """
    if gas.kind == LOG_LINE or gas.kind == PLANE:
        repulsion = -0.5 * gas.n * (gas.n - 1.0)
    elif gas.kind == SPACE:
        repulsion = -repulsion
    return pulled + repulsion


@njit
def energy(
    gas: Gas, r: Floats, c: int, line: Integers | None, plane: Floats | None, space: Floats | None, table: Table | None
) -> float:
    """E of ``r`` (rows, n); work arrays as for `force`."""
    total = trap_energy(gas, r, table)
    if line is not None:
        total += pairs.rank_energy(r[0], line[c, 0], line[c, 1])
    if plane is not None:
        total += pairs.log_energy(r, plane[c])
    if space is not None:
        total += pairs.inverse_energy(r, space[c])
    return total


def energies(first: int, last: int, gas: Gas, position: Floats, work: Scratch, out: Floats) -> None:
    """E of replicas ``first`` to ``last`` of ``position`` (replica, rows, n) into ``out`` (replica,)."""
    for replica in range(first, last):
        out[replica] = energy(gas, np.ascontiguousarray(position[replica]), replica, *work)
