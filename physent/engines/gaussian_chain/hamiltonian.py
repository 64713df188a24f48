"""The matrix of a chain's Hamiltonian, and its normal modes.

Oscillators: H = sum p^2/2 + x^T K x/2, K = U omega^2 U^T. Fermions: with Majorana operators a = c + c^+ and
b = i (c^+ - c), H = (i/2) sum a_i M_ij b_j plus a constant, M = U eps V^T; a mode has the Majorana operators alpha =
U^T a, beta = V^T b and the energy eps (n - 1/2). Lieb, Schultz and Mattis (1961), Ann. Phys. 16, 407, doi
10.1016/0003-4916(61)90115-4. Ising spins: a_j = (prod_{i<j} sigma^z_i) sigma^x_j, b_j the same with sigma^y_j.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from physent.core.random import Purpose, uniform_array
from physent.engines import EngineConfig
from physent.engines.gaussian_chain.parameters import BOND, SITE
from physent.typing import Floats


class Modes(NamedTuple):
    """Normal modes of one replica."""

    left: Floats  # (site, mode): U
    right: Floats  # (site, mode): V; U itself for oscillators, and for fermions that conserve their number
    energy: Floats  # (mode,): omega >= 0, or eps


class Chain(NamedTuple):
    """The couplings of one replica."""

    bonds: Floats  # (site,): of the bond to the next site, 0 for none; the last one closes the ring
    sites: Floats  # (site,)


def chain_of(config: EngineConfig, replica: int, cut: tuple[int, ...] = ()) -> Chain:
    """Couplings of a replica, with further bonds ``cut``."""
    parameters, n = config.parameters, config.parameters.n
    model = parameters.model
    bonds, sites = (np.full(n, float(getattr(model, names[model.kind]))) for names in (BOND, SITE))
    for defect in parameters.defects:
        if defect.bond is not None:
            bonds[defect.bond] = defect.value
        else:
            sites[defect.site] = defect.value
    if parameters.disorder is not None:
        u = uniform_array(config.seed, Purpose.INITIAL, replica, 0, n)
        (bonds if parameters.disorder.of == "bonds" else sites)[:] += parameters.disorder.width * (u - 0.5)
    if parameters.boundary != "periodic":
        bonds[-1] = 0.0
    bonds[list({*parameters.cut, *cut})] = 0.0
    return Chain(bonds, sites)


def matrix_of(chain: Chain, parameters: Any, parity: float = 1.0) -> Floats:
    """K of oscillators, M of fermions, (site, site); that of a ring of spins depends on the ``parity`` of the state."""
    n, model, (bonds, sites) = parameters.n, parameters.model, chain
    here = np.arange(n)
    there = (here + 1) % n
    matrix = np.zeros((n, n))
    if model.kind == "oscillators":
        np.add.at(matrix, (here, here), sites**2 + bonds)
        np.add.at(matrix, (there, there), bonds)
        np.add.at(matrix, (here, there), -bonds)
        np.add.at(matrix, (there, here), -bonds)
        if parameters.boundary == "fixed":
            matrix[0, 0] += model.stiffness
            matrix[-1, -1] += model.stiffness
        return matrix
    if model.kind == "ising":  # 2 h on the diagonal, -2 J below it; +2 J P closes a ring
        np.add.at(matrix, (here, here), 2.0 * sites)
        np.add.at(matrix, (there, here), np.where(there > here, -2.0, 2.0 * parity) * bonds)
        return matrix
    pairs = np.where(bonds != 0.0, model.pairing, 0.0)  # M = A - B, A = -hopping/2, B_{i,i+1} = pairing/2
    np.add.at(matrix, (here, here), -sites)
    np.add.at(matrix, (here, there), -0.5 * (bonds + pairs))
    np.add.at(matrix, (there, here), -0.5 * (bonds - pairs))
    return matrix


def offset_of(matrix: Floats, parameters: Any) -> float:
    """Energy beside the modes' eps (n - 1/2): hopping counts from the empty chain, spins have none."""
    return 0.5 * float(np.trace(matrix)) if parameters.model.kind == "hopping" else 0.0


def modes_of(matrix: Floats, statistics: str) -> Modes:
    """Normal modes by ascending energy; the largest component of each vector of U is positive."""
    if statistics == "bosons" or np.array_equal(matrix, matrix.T):
        values, left = scipy.linalg.eigh(matrix)
        left = _signed(left)
        energy = np.sqrt(np.maximum(values, 0.0)) if statistics == "bosons" else values
        return Modes(left, left, energy)
    left, energy, right = scipy.linalg.svd(matrix)
    signs = _signs(left)
    return Modes((left * signs)[:, ::-1].copy(), (right.T * signs)[:, ::-1].copy(), energy[::-1].copy())


def _signs(vectors: Floats) -> Floats:
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)[0]
    return np.where(largest < 0.0, -1.0, 1.0)


def _signed(vectors: Floats) -> Floats:
    return np.asarray(vectors * _signs(vectors))


def overlaps(old: Modes, new: Modes) -> Floats:
    """Inverse participation ratio sum_k |<u_j|phi_k>|^4 of each old mode in the new ones, (mode,): 1 if it is one."""
    part = old.left.T @ new.left
    if old.right is old.left and new.right is new.left:
        return np.asarray((part**4).sum(axis=1))
    # A mode of fermions is (alpha + i beta)/2: it overlaps with annihilators and with creators of the new ones.
    other = old.right.T @ new.right
    return np.asarray((((part + other) / 2) ** 4 + ((part - other) / 2) ** 4).sum(axis=1))
