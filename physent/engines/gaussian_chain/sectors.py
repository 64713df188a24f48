"""Sectors of a ring of spins: its fermions close it with the sign of their parity P = prod sigma^z = +-1.

sigma^x_n sigma^x_1 = -P (i a_1 b_n): a quadratic Hamiltonian moves states of one parity only. A Gaussian state has a
definite parity exactly if it is pure. Lieb, Schultz and Mattis (1961), Ann. Phys. 16, 407, doi
10.1016/0003-4916(61)90115-4.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg

from physent.engines.gaussian_chain.dynamics import FLAT
from physent.engines.gaussian_chain.hamiltonian import Chain, Modes, matrix_of, modes_of
from physent.errors import UsageError
from physent.typing import Floats

PURE = 1e-6  # difference of |<P>| from 1 that counts as rounding


def closes(chain: Chain, parameters: Any) -> bool:
    """Whether a chain is a ring of spins, with a bond that closes it."""
    return bool(parameters.model.kind == "ising" and chain.bonds[-1] != 0.0)


def parity_of(covariance: Floats) -> float:
    """<P> of a Gaussian state from its Majorana covariance (2 site, 2 site): (-1)^(n (n + 1)/2) times its Pfaffian.

    The Pfaffian is that of the tridiagonal form Q^T Gamma Q, times det Q = +-1.
    """
    n = len(covariance) // 2
    if not covariance[:n, :n].any() and not covariance[n:, n:].any():
        return float(np.linalg.det(-covariance[:n, n:]))
    form, turn = scipy.linalg.hessenberg(covariance, calc_q=True)
    pfaffian = np.prod(np.diagonal(form, 1)[::2]) * np.linalg.det(turn)
    return float(pfaffian if n * (n + 1) // 2 % 2 == 0 else -pfaffian)


def matrix_for(covariance: Floats, chain: Chain, parameters: Any) -> Floats:
    """The matrix (site, site) that moves a state: of a ring of spins that of the parity of the state.

    Raises `UsageError` if the state has no definite parity, so that two Hamiltonians move it.
    """
    if not closes(chain, parameters):
        return matrix_of(chain, parameters)
    parity = parity_of(covariance)
    if abs(abs(parity) - 1.0) > PURE:
        raise UsageError(
            f"the state is mixed, of parity {parity:.3g}: a ring of spins moves even and odd numbers of fermions "
            "differently; expected a pure state, or the bond that closes the ring cut"
        )
    return matrix_of(chain, parameters, 1.0 if parity > 0 else -1.0)


class _Lowest(NamedTuple):
    """The lowest state of a sector that has the parity of the sector."""

    energy: float
    gap: float  # to the next such state
    modes: Modes
    filled: Floats  # (mode,): 2 n - 1


def ground(chain: Chain, parameters: Any) -> tuple[Modes, Floats]:
    """Modes and 2 n - 1 of each in the ground state of a ring of spins: the lower of the two sectors, or the even one.

    Raises `UsageError` if that sector has several.
    """
    even, odd = (_lowest(chain, parameters, parity) for parity in (1.0, -1.0))
    largest = max(float(one.modes.energy[-1]) for one in (even, odd))
    found = odd if odd.energy < even.energy - FLAT * largest else even
    if found.gap <= FLAT * largest:
        raise UsageError(
            "the ring of spins has several ground states of equal energy: expected a field or defects that split them, "
            "or a product start"
        )
    return found.modes, found.filled


def _lowest(chain: Chain, parameters: Any, parity: float) -> _Lowest:
    modes = modes_of(matrix_of(chain, parameters, parity), "fermions")
    energy, filled = modes.energy, np.full(len(modes.energy), -1.0)
    gap = float(energy[0] + energy[1])
    if np.linalg.det(modes.left) * np.linalg.det(modes.right) * parity < 0:  # det(U V^T): parity of the vacuum
        filled[0], gap = 1.0, float(energy[1] - energy[0])
    return _Lowest(0.5 * float(energy @ filled), gap, modes, filled)
