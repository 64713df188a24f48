"""A chain at any time, from its covariance at the start of a leg: never step by step.

In normal modes every pair of quadratures turns on its own, by the angle of its energy times the time: oscillators as
q -> c q + (s/omega) p, p -> c p - omega s q, fermions as alpha -> c alpha + s beta, beta -> c beta - s alpha.
"""

from __future__ import annotations

import numpy as np

from physent.engines.gaussian_chain.hamiltonian import Modes
from physent.typing import Booleans, Floats, Integers

FLAT = 1e-9  # relative difference of energies below which modes count as degenerate


def to_modes(covariance: Floats, modes: Modes) -> Floats:
    """The covariance (2 mode, 2 mode) in normal modes."""
    n = len(modes.energy)
    found = np.empty_like(covariance)
    for i, left in enumerate((modes.left, modes.right)):
        for j, right in enumerate((modes.left, modes.right)):
            rows, columns = slice(i * n, i * n + n), slice(j * n, j * n + n)
            found[rows, columns] = left.T @ covariance[rows, columns] @ right
    return found


def at(inside: Floats, modes: Modes, time: float, statistics: str) -> Floats:
    """The covariance (2 site, 2 site) after ``time``, from that in modes; exactly (anti)symmetric."""
    n = len(modes.energy)
    c, s = np.cos(modes.energy * time), np.sin(modes.energy * time)
    upper, lower = s, -s
    if statistics == "bosons":
        with np.errstate(divide="ignore", invalid="ignore"):
            upper = np.where(modes.energy > 0.0, s / modes.energy, time)
        lower = -s * modes.energy
    xx, xp, px, pp = inside[:n, :n], inside[:n, n:], inside[n:, :n], inside[n:, n:]
    rows, down, up = c[:, None], lower[:, None], upper[:, None]
    first = modes.left @ (rows * (xx * c + xp * upper) + up * (px * c + pp * upper)) @ modes.left.T
    second = modes.right @ (down * (xx * lower + xp * c) + rows * (px * lower + pp * c)) @ modes.right.T
    cross = modes.left @ (rows * (xx * lower + xp * c) + up * (px * lower + pp * c)) @ modes.right.T
    sign = 1.0 if statistics == "bosons" else -1.0
    return np.block([[0.5 * (first + sign * first.T), cross], [sign * cross.T, 0.5 * (second + sign * second.T)]])


def levels(inside: Floats, modes: Modes, statistics: str) -> Floats:
    """Mean quanta n + 1/2 (oscillators) or occupation (fermions) of every mode, which are constant in time."""
    n = len(modes.energy)
    if statistics == "fermions":
        return np.asarray(0.5 + 0.5 * np.diagonal(inside[:n, n:]))
    q, p = np.diagonal(inside[:n, :n]), np.diagonal(inside[n:, n:])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(modes.energy > 0.0, 0.5 * (p / modes.energy + modes.energy * q), np.nan)


def energy(inside: Floats, modes: Modes, offset: float, statistics: str) -> float:
    """Mean energy, with the motion of the ground state of oscillators, and with the ``offset`` of fermions."""
    n = len(modes.energy)
    if statistics == "bosons":
        q, p = np.diagonal(inside[:n, :n]), np.diagonal(inside[n:, n:])
        return float(0.5 * (p + modes.energy**2 * q).sum())
    return float(0.5 * modes.energy @ np.diagonal(inside[:n, n:]) + offset)


def dephased(inside: Floats, modes: Modes, statistics: str) -> Floats:
    """Mean over all times of the covariance in modes, which is that of the generalised Gibbs ensemble.

    Pairs of modes of equal energy keep their correlation, and so do those of fermions of opposite energies.
    """
    n, energy = len(modes.energy), modes.energy
    xx, xp, px, pp = inside[:n, :n], inside[:n, n:], inside[n:, :n], inside[n:, n:]
    same = _equal(energy, energy)
    cross = np.where(same, 0.5 * (xp - px), 0.0)
    if statistics == "bosons":
        product = energy[:, None] * energy
        second = np.where(same, 0.5 * (pp + product * xx), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.block([[np.where(same, second / product, 0.0), cross], [cross.T, second]])
    opposite = _equal(energy, -energy)
    cross = cross + np.where(opposite, 0.5 * (xp + px), 0.0)
    equal, other = np.where(same, 0.5 * (xx + pp), 0.0), np.where(opposite, 0.5 * (xx - pp), 0.0)
    return np.block([[equal + other, cross], [-cross.T, equal - other]])


def averaged(mean: Floats, modes: Modes, statistics: str) -> Floats:
    """Mean over all times of <p^2>/2 (oscillators) or of the occupation (fermions) of every site, from `dephased`."""
    n = len(modes.energy)
    if statistics == "bosons":
        return np.asarray(0.5 * np.einsum("ik,kl,il->i", modes.left, mean[n:, n:], modes.left, optimize=True))
    return np.asarray(0.5 + 0.5 * np.einsum("ik,kl,il->i", modes.left, mean[:n, n:], modes.right, optimize=True))


def clusters(modes: Modes) -> list[Integers]:
    """Indices of the modes of equal energies, up to its sign, for each energy."""
    size = np.abs(modes.energy)
    order = np.argsort(size, kind="stable")
    return np.split(order, 1 + np.flatnonzero(np.diff(size[order]) > FLAT * size.max(initial=1e-300)))


def _equal(one: Floats, other: Floats) -> Booleans:
    return np.asarray(np.abs(one[:, None] - other) <= FLAT * np.abs(one).max(initial=1e-300))
