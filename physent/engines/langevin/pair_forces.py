"""Forces of pairs: U = sum over pairs of U(r), cut off where it vanishes; springs join neighbours along a chain.

    wca       4 e [(s/r)^12 - (s/r)^6] + e    for r < 2^(1/6) s      (Weeks, Chandler, Andersen 1971)
    harmonic  k (s - r)^2 / 2                 for r < s
    softplus  k ln(1 + exp[b (s - r)]) / b    for b (r - s) < 16, where it is k e^-16 / b
    springs   k r^2 / 2                       between particles i and i + 1

with s = diameter, e = epsilon, k = stiffness, b = beta. Pairs are taken in blocks: displacements are gathered, the
potential works on whole rows, and forces are scattered to both particles. So no branch depends on distances, and the
order of every sum is that of the list.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from physent.core.jit import njit, njit_fast, njit_inline
from physent.core.simd import WIDTH, act, load, store_interleaved, widen
from physent.core.verlet import Pairs, Slots, Space
from physent.typing import Floats

WCA, HARMONIC, SOFTPLUS, SPRINGS = range(4)

_TAIL = 16.0
_BLOCK = 256
_SLOPE, _CURVATURE, _SQUARE, _APART, _PUSH = 0, 1, 2, 3, 6  # rows of the work array


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


@njit_inline
def _wca(square: float, limit: float, size2: float, two_dozen: float, others: float) -> tuple[float, float]:
    inverse = 1.0 / square
    two = size2 * inverse
    six = two * two * two
    near = two_dozen * six * inverse if square < limit else 0.0
    slope = near * (2.0 * six - 1.0)
    return slope, near * (26.0 * six - 7.0) - others * slope


@njit_inline
def _harmonic(square: float, limit: float, size: float, strength: float, others: float) -> tuple[float, float]:
    near = strength if square < limit else 0.0
    slope = near * (size / np.sqrt(square) - 1.0)
    return slope, near - others * slope


@njit_inline
def slope_and_laplacian(pot: Potential, axes: int, square: float) -> tuple[float, float]:
    """-U'/r, and the laplacian U'' + (axes - 1) U'/r, of two particles at a squared distance > 0."""
    kind, strength, size, _, cutoff = pot
    limit, others = cutoff * cutoff, axes - 1.0
    if kind == WCA:
        return _wca(square, limit, size * size, 24.0 * strength, others)
    if kind == HARMONIC:
        return _harmonic(square, limit, size, strength, others)
    _, slope, bend, _ = derivatives(pot, square)
    return slope, bend - others * slope


@njit
def _slopes(pot: Potential, axes: int, rows: Floats, count: int) -> None:
    """`slope_and_laplacian` of ``count`` squared distances; a loop per potential vectorises."""
    widen()
    kind, strength, size, _, cutoff = pot
    limit, others = cutoff * cutoff, axes - 1.0
    slopes, bends, squares = rows[_SLOPE], rows[_CURVATURE], rows[_SQUARE]
    if kind == WCA:
        size2, two_dozen = size * size, 24.0 * strength
        for k in range(count):
            slopes[k], bends[k] = _wca(squares[k], limit, size2, two_dozen, others)
    elif kind == HARMONIC:
        for k in range(count):
            slopes[k], bends[k] = _harmonic(squares[k], limit, size, strength, others)
    else:
        for k in range(count):
            slopes[k], bends[k] = slope_and_laplacian(pot, axes, squares[k])


@njit
def work_rows() -> Floats:
    """Work array of `pair_forces`."""
    return np.zeros((_PUSH + 4, _BLOCK))


@njit
def pair_forces(pot: Potential, space: Space, points: Floats, pairs: Pairs, field: Floats, rows: Floats) -> float:
    """Add the forces of the listed pairs on ``points`` (axes, n), and lap_i U, to ``field`` (4 n,).

    Four elements belong to a point: a force along three axes, and the laplacian. Returns the virial, the sum of r . F
    over pairs.
    """
    widen()
    axes, virial, squares = points.shape[0], 0.0, rows[_SQUARE]
    for begin in range(0, pairs.size[0], _BLOCK):
        size = min(_BLOCK, pairs.size[0] - begin)
        first, second = pairs.first[begin : begin + size], pairs.second[begin : begin + size]
        for axis in range(axes):
            x, apart = points[axis], rows[_APART + axis]
            for k in range(size):
                apart[k] = x[np.uint64(first[k])] - x[np.uint64(second[k])]
            length, turn = space.period[axis], space.turns[axis]
            if axis == 0:
                for k in range(size):
                    apart[k] -= length * np.rint(apart[k] * turn)
                    squares[k] = apart[k] * apart[k]
            else:
                for k in range(size):
                    apart[k] -= length * np.rint(apart[k] * turn)
                    squares[k] += apart[k] * apart[k]
        _slopes(pot, axes, rows, size)
        _scatter(first, second, rows.reshape(-1), field)
        virial += _virial(rows, size)
    return virial


@njit_fast
def _virial(rows: Floats, count: int) -> float:
    virial = 0.0
    for k in range(count):
        virial += rows[_SLOPE, k] * rows[_SQUARE, k]
    return virial


@njit
def _scatter(first: Slots, second: Slots, flat: Floats, field: Floats) -> None:
    """Four numbers of each pair in a row, which one instruction adds to those of a particle."""
    x, pushes = _APART * _BLOCK, _PUSH * _BLOCK
    for k in range(0, first.shape[0], WIDTH):
        slope = load(flat, _SLOPE * _BLOCK + k)
        store_interleaved(
            flat,
            pushes + 4 * k,
            (
                slope * load(flat, x + k),
                slope * load(flat, x + _BLOCK + k),
                slope * load(flat, x + 2 * _BLOCK + k),
                load(flat, _CURVATURE * _BLOCK + k),
            ),
        )
    for k in range(first.shape[0]):
        act(field, 4 * np.int64(first[k]), 4 * np.int64(second[k]), flat, pushes + 4 * k)


@njit
def pair_energies(pot: Potential, space: Space, points: Floats, pairs: Pairs, energy: Floats, virial: Floats) -> None:
    """Add U and r . F of every pair to ``energy`` and ``virial`` (n,), half to each of its particles."""
    for k in range(pairs.size[0]):
        i, j = np.uint64(pairs.first[k]), np.uint64(pairs.second[k])
        square = 0.0
        for axis in range(points.shape[0]):
            apart = points[axis, i] - points[axis, j]
            apart -= space.period[axis] * np.rint(apart * space.turns[axis])
            square += apart * apart
        height, slope, _, _ = derivatives(pot, square)
        for slot in (i, j):
            energy[slot] += 0.5 * height
            virial[slot] += 0.5 * slope * square


@njit_inline
def third_derivative(pot: Potential, square: float, radial: float, speed2: float) -> float:
    """(v . grad)^3 U of a pair: d^3 U/dt^3 along straight lines.

    It is U_rrr a^3 + 3 (U_rr/r - U_r/r^2) a b^2, with a and b the radial and transverse parts of the difference of the
    velocities; ``radial`` is r a, and ``speed2`` a^2 + b^2.
    """
    _, slope, bend, third = derivatives(pot, square)
    r, a2 = np.sqrt(square), radial * radial / square
    cube: float = radial / r * (third * a2 + 3.0 * (bend + slope) / r * (speed2 - a2))
    return cube


@njit
def pair_cubes(
    pot: Potential, space: Space, points: Floats, velocity: Floats, pairs: Pairs, factor: float, out: Floats
) -> None:
    """Add ``factor`` `third_derivative` of every pair to ``out`` (n,), half to each of its particles."""
    for k in range(pairs.size[0]):
        i, j = np.uint64(pairs.first[k]), np.uint64(pairs.second[k])
        square = radial = speed2 = 0.0
        for axis in range(points.shape[0]):
            apart = points[axis, i] - points[axis, j]
            apart -= space.period[axis] * np.rint(apart * space.turns[axis])
            speed = velocity[axis, i] - velocity[axis, j]
            square += apart * apart
            radial += apart * speed
            speed2 += speed * speed
        cube = third_derivative(pot, square, radial, speed2)
        for slot in (i, j):
            out[slot] += 0.5 * factor * cube
