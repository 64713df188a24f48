"""Forces of pairs: U = sum over pairs of U(r), cut off where it vanishes; springs join neighbours along a chain.

    wca       4 e [(s/r)^12 - (s/r)^6] + e    for r < 2^(1/6) s      (Weeks, Chandler, Andersen 1971)
    harmonic  k (s - r)^2 / 2                 for r < s
    softplus  k ln(1 + exp[b (s - r)]) / b    for b (r - s) < 16, where it is k e^-16 / b
    springs   k r^2 / 2                       between particles i and i + 1

with s = diameter, e = epsilon, k = stiffness, b = beta. Pairs are taken in blocks: displacements are gathered, the
potential works on whole rows, and forces are scattered to both particles. So no branch depends on the distances, and the
order of every sum is that of the list.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from physent.core.jit import njit, njit_fast, njit_inline
from physent.core.verlet import Pairs
from physent.typing import Floats

WCA, HARMONIC, SOFTPLUS, SPRINGS = range(4)

_TAIL = 16.0
_BLOCK = 256
_SLOPE, _ENERGY, _CURVATURE, _SQUARE, _APART = range(5)  # rows of the work array


class Potential(NamedTuple):
    """A pair potential; lengths and energies are the user's."""

    kind: int
    strength: float  # epsilon or stiffness
    diameter: float
    beta: float
    cutoff: float  # infinite for springs


def potential(kind: int, strength: float, diameter: float, beta: float = 0.0) -> Potential:
    """A pair potential with its cutoff."""
    cutoffs = {
        WCA: 2.0 ** (1 / 6) * diameter,
        HARMONIC: diameter,
        SOFTPLUS: diameter + (_TAIL / beta if beta else 0.0),
        SPRINGS: np.inf,
    }
    return Potential(kind, float(strength), float(diameter), float(beta), float(cutoffs[kind]))


@njit_inline
def derivatives(pot: Potential, square: float) -> tuple[float, float, float, float]:
    """U, -U'/r, U'' and U''' of two particles at a squared distance > 0."""
    kind, strength, size, beta, cutoff = pot
    if square >= cutoff * cutoff:
        return 0.0, 0.0, 0.0, 0.0
    r = np.sqrt(square)
    if kind == WCA:
        six = (size * size / square) ** 3
        slope, bend = 24.0 * six * (2.0 * six - 1.0) / square, 24.0 * six * (26.0 * six - 7.0) / square
        third = -96.0 * six * (91.0 * six - 14.0) / (square * r)
        return strength * (4.0 * six * (six - 1.0) + 1.0), strength * slope, strength * bend, strength * third
    if kind == HARMONIC:
        return 0.5 * strength * (size - r) ** 2, strength * (size / r - 1.0), strength, 0.0
    if kind == SOFTPLUS:
        grown = np.exp(beta * (size - r))
        share = grown / (1.0 + grown)
        bend = beta * share * (1.0 - share)
        energy = np.log1p(grown) / beta
        return strength * energy, strength * share / r, strength * bend, -strength * beta * bend * (1.0 - 2.0 * share)
    return 0.5 * strength * square, -strength, strength, 0.0


@njit
def _potential_rows(pot: Potential, rows: Floats, count: int) -> None:
    """U, -U'/r and U'' of ``count`` squared distances; one loop for each potential, so that it vectorises."""
    kind, strength, size, beta, cutoff = pot
    limit = cutoff * cutoff
    slopes, energies, bends, squares = rows[_SLOPE], rows[_ENERGY], rows[_CURVATURE], rows[_SQUARE]
    if kind == WCA:
        size2, four, two_dozen = size * size, 4.0 * strength, 24.0 * strength
        for k in range(count):
            square = squares[k]
            inverse = 1.0 / square
            two = size2 * inverse
            six = two * two * two
            near = 1.0 if square < limit else 0.0
            slopes[k] = near * (two_dozen * six * (2.0 * six - 1.0) * inverse)
            energies[k] = near * (four * six * (six - 1.0) + strength)
            bends[k] = near * (two_dozen * six * (26.0 * six - 7.0) * inverse)
    elif kind == HARMONIC:
        for k in range(count):
            square = squares[k]
            r = np.sqrt(square)
            near = strength if square < limit else 0.0
            slopes[k] = near * (size / r - 1.0)
            energies[k] = near * (0.5 * (size - r) * (size - r))
            bends[k] = near
    else:
        for k in range(count):
            energies[k], slopes[k], bends[k], _ = derivatives(pot, squares[k])


@njit_fast
def _totals(rows: Floats, count: int) -> tuple[float, float, float, float]:
    """Sums of U, of U'', of -U'/r and of -r U'."""
    energy = bend = slope = virial = 0.0
    for k in range(count):
        energy += rows[_ENERGY, k]
        bend += rows[_CURVATURE, k]
        slope += rows[_SLOPE, k]
        virial += rows[_SLOPE, k] * rows[_SQUARE, k]
    return energy, bend, slope, virial


@njit
def work_rows(axes: int) -> Floats:
    """Work array of `pair_forces`."""
    return np.empty((_APART + axes, _BLOCK))


@njit
def pair_forces(
    pot: Potential, period: Floats, turns: Floats, points: Floats, pairs: Pairs, force: Floats, rows: Floats
) -> tuple[float, float, float]:
    """Add the forces of the listed pairs on ``points`` (axes, n) to ``force``; returns energy, laplacian and virial.

    ``period`` and ``turns`` (axes,) are the lengths of periodic axes and their inverse, 0 for open ones. The laplacian is
    sum_i lap_i U, the virial the sum of r . F over pairs. Units: energy, energy/length^2, energy.
    """
    axes = points.shape[0]
    energy = laplacian = virial = 0.0
    for begin in range(0, pairs.count[0], _BLOCK):
        size = min(_BLOCK, pairs.count[0] - begin)
        first, second = pairs.first[begin : begin + size], pairs.second[begin : begin + size]
        squares = rows[_SQUARE]
        for axis in range(axes):
            x, apart = points[axis], rows[_APART + axis]
            for k in range(size):
                apart[k] = x[np.uint64(first[k])] - x[np.uint64(second[k])]
            length, turn = period[axis], turns[axis]
            if axis == 0:
                for k in range(size):
                    apart[k] -= length * np.rint(apart[k] * turn)
                    squares[k] = apart[k] * apart[k]
            else:
                for k in range(size):
                    apart[k] -= length * np.rint(apart[k] * turn)
                    squares[k] += apart[k] * apart[k]
        _potential_rows(pot, rows, size)
        some, bend, slope, inward = _totals(rows, size)
        energy += some
        laplacian += 2.0 * (bend - (axes - 1) * slope)
        virial += inward
        _scatter(first, second, rows, force)
    return energy, laplacian, virial


@njit
def _scatter(first: Floats, second: Floats, rows: Floats, force: Floats) -> None:
    axes, slopes, x = force.shape[0], rows[_SLOPE], rows[_APART]
    if axes == 1:
        for k in range(first.shape[0]):
            i, j = np.uint64(first[k]), np.uint64(second[k])
            force[0, i] += slopes[k] * x[k]
            force[0, j] -= slopes[k] * x[k]
    elif axes == 2:
        y = rows[_APART + 1]
        for k in range(first.shape[0]):
            i, j = np.uint64(first[k]), np.uint64(second[k])
            fx, fy = slopes[k] * x[k], slopes[k] * y[k]
            force[0, i] += fx
            force[1, i] += fy
            force[0, j] -= fx
            force[1, j] -= fy
    else:
        y, z = rows[_APART + 1], rows[_APART + 2]
        for k in range(first.shape[0]):
            i, j = np.uint64(first[k]), np.uint64(second[k])
            fx, fy, fz = slopes[k] * x[k], slopes[k] * y[k], slopes[k] * z[k]
            force[0, i] += fx
            force[1, i] += fy
            force[2, i] += fz
            force[0, j] -= fx
            force[1, j] -= fy
            force[2, j] -= fz


@njit
def local_sums(
    pot: Potential, period: Floats, turns: Floats, points: Floats, velocity: Floats, pairs: Pairs, out: Floats
) -> None:
    """Add lap_i U and half of each pair's (v . grad)^3 U, by slot, to the rows of ``out`` (2, n).

    For a pair, (v . grad)^3 U = U''' a^3 + 3 (U''/r - U'/r^2) a b^2, with a and b the radial and transverse parts of the
    difference of the velocities (axes, n). The sum of each row over all particles is that of the whole system.
    """
    axes = points.shape[0]
    for k in range(pairs.count[0]):
        i, j = np.uint64(pairs.first[k]), np.uint64(pairs.second[k])
        square = radial = speed2 = 0.0
        for axis in range(axes):
            apart = points[axis, i] - points[axis, j]
            apart -= period[axis] * np.rint(apart * turns[axis])
            speed = velocity[axis, i] - velocity[axis, j]
            square += apart * apart
            radial += apart * speed
            speed2 += speed * speed
        _, slope, bend, third = derivatives(pot, square)
        laplacian = bend - (axes - 1) * slope
        a2 = radial * radial / square
        cube = radial / np.sqrt(square) * (third * a2 + 3.0 * (bend + slope) / np.sqrt(square) * (speed2 - a2))
        for slot in (i, j):
            out[0, slot] += laplacian
            out[1, slot] += 0.5 * cube
