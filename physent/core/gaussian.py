"""Entropies of Gaussian states of bosons and fermions from their covariance matrices, in nats.

A mode has a symplectic eigenvalue nu >= 1/2 (bosons; n = nu - 1/2 quanta) or an occupation z in [0, 1] (fermions).
Entropies of independent modes add. Holevo, Sohma and Hirota (1999), Phys. Rev. A 59, 1820, doi
10.1103/PhysRevA.59.1820 (bosons); Vidal, Latorre, Rico and Kitaev (2003), Phys. Rev. Lett. 90, 227902, doi
10.1103/PhysRevLett.90.227902, and Peschel (2003), J. Phys. A 36, L205, doi 10.1088/0305-4470/36/14/101 (fermions).
"""

from __future__ import annotations

import math

import numpy as np
import scipy.linalg

from physent.typing import Array, Floats, Integers

TINY = 1e-300
ROUNDING = 1e-14
"""Differences of elements, which are at most 1, that the motion of a chain leaves."""


def of_symplectic(nu: Floats, order: float = 1.0) -> float:
    """Rényi entropy of order ``order`` > 0 of bosonic modes ``nu`` (mode,); 1: von Neumann, infinity: -ln of the weight
    of the vacuum of the modes. Values below 1/2, which only rounding makes, count as 1/2.
    """
    more, less = np.maximum(nu, 0.5) + 0.5, np.maximum(nu - 0.5, 0.0)
    if order == 1.0:
        return float((more * np.log(more) - less * np.log(np.maximum(less, TINY))).sum())
    if math.isinf(order):
        return float(np.log(more).sum())
    # ln(more^a - less^a) = a ln more + ln(1 - (less/more)^a)
    return float((order * np.log(more) + np.log1p(-((less / more) ** order))).sum() / (order - 1.0))


def of_occupations(occupied: Floats, order: float = 1.0) -> float:
    """Rényi entropy of order ``order`` > 0 of fermionic modes of occupation ``occupied`` (mode,), clipped to [0, 1]."""
    z = np.clip(occupied, 0.0, 1.0)
    other = 1.0 - z
    if order == 1.0:
        logs = np.log(np.maximum(z, TINY)), np.log(np.maximum(other, TINY))
        return -float((z * logs[0] + other * logs[1]).sum())
    if math.isinf(order):
        return -float(np.log(np.maximum(z, other)).sum())
    return float(np.log(z**order + other**order).sum() / (1.0 - order))


def symplectic(covariance: Floats) -> Floats:
    """Symplectic eigenvalues, ascending (mode,), of the symmetrised covariance (2 mode, 2 mode) of positions, then
    momenta; Williamson (1936), doi 10.2307/2371062.

    From a Cholesky factor L: the eigenvalues of L^T Omega L are +-i nu, and its singular values nu, each twice, which
    need no complex numbers. Positions and momenta that do not correlate give those of the product of their two factors.
    """
    modes = len(covariance) // 2
    x, p, cross = covariance[:modes, :modes], covariance[modes:, modes:], covariance[:modes, modes:]
    if not cross.any():
        left, right = (scipy.linalg.cholesky(part, lower=True) for part in (x, p))
        return np.asarray(scipy.linalg.svdvals(left.T @ right)[::-1])
    factor = scipy.linalg.cholesky(covariance, lower=True)
    turned = factor[:modes].T @ factor[modes:]
    return np.asarray(scipy.linalg.svdvals(turned - turned.T)[1::2][::-1])


def occupations(covariance: Floats) -> Floats:
    """Occupations (mode,) of fermionic modes from the Majorana covariance (2 mode, 2 mode), rows a_1, ... a_N, b_1, ...

    Gamma_kl = (i/2) <[gamma_k, gamma_l]> is real and antisymmetric; the eigenvalues of i Gamma are +-(2 z - 1), and
    half of them count: the singular values, each twice. Matrices without aa and bb parts, and those that conserve the
    number up to `ROUNDING`, take half the size: a sixth of the time.
    """
    modes = len(covariance) // 2
    aa, ab, bb = covariance[:modes, :modes], covariance[:modes, modes:], covariance[modes:, modes:]
    if not aa.any() and not bb.any():
        return np.asarray(0.5 + 0.5 * scipy.linalg.svdvals(ab))
    if max(np.abs(aa - bb).max(), np.abs(ab - ab.T).max()) <= ROUNDING:
        return np.asarray(0.5 + 0.5 * scipy.linalg.eigvalsh(0.5 * (ab + ab.T) + 0.5j * (aa + bb)))
    return np.asarray(0.5 + 0.5 * scipy.linalg.svdvals(covariance)[1::2][::-1])


def block(covariance: Floats, sites: Integers) -> Floats:
    """The covariance of some sites."""
    index = np.concatenate([sites, sites + len(covariance) // 2])
    return np.ascontiguousarray(covariance[np.ix_(index, index)])


def majorana(correlation: Array) -> Floats:
    """The Majorana covariance (2 mode, 2 mode) of C_ij = <c_i^+ c_j> (mode, mode) without anomalous correlations.

    With c = (a + i b)/2: <a_i a_j> = delta_ij + 2i Im C_ij = <b_i b_j> and <a_i b_j> = i (delta_ij - 2 Re C_ij).
    """
    imag, real = np.imag(correlation), np.real(correlation)
    imag, real = imag - imag.T, real + real.T  # exactly symmetric, 2 Im C and 2 Re C
    mixed = np.eye(len(real)) - real
    return np.block([[-imag, -mixed], [mixed, -imag]])
