"""A chain at any time, from its covariance at the start of a leg: never step by step.

In normal modes every pair of quadratures turns on its own, by the angle of its energy times the time: oscillators as
q -> c q + (s/omega) p, p -> c p - omega s q, fermions as alpha -> c alpha + s beta, beta -> c beta - s alpha.
"""

from __future__ import annotations

import numpy as np

from physent.engines.gaussian_chain.hamiltonian import Modes
from physent.typing import Booleans, Floats

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


def averaged(inside: Floats, modes: Modes, statistics: str) -> Floats:
    """Mean over all times of <p^2>/2 (oscillators) or of the occupation (fermions) of every site.

    It is that of the generalised Gibbs ensemble: only pairs of modes of equal energy keep their correlation.
    """
    n, energy = len(modes.energy), modes.energy
    xx, xp, px, pp = inside[:n, :n], inside[:n, n:], inside[n:, :n], inside[n:, n:]
    if statistics == "bosons":
        kept = np.where(_equal(energy, energy), 0.5 * (pp + energy[:, None] * energy * xx), 0.0)
        return np.asarray(0.5 * np.einsum("ik,kl,il->i", modes.left, kept, modes.left, optimize=True))
    kept = np.where(_equal(energy, energy), 0.5 * (xp - px), 0.0) + np.where(
        _equal(energy, -energy), 0.5 * (xp + px), 0.0
    )
    return np.asarray(0.5 + 0.5 * np.einsum("ik,kl,il->i", modes.left, kept, modes.right, optimize=True))


def _equal(one: Floats, other: Floats) -> Booleans:
    return np.asarray(np.abs(one[:, None] - other) <= FLAT * np.abs(one).max(initial=1e-300))
