"""Entropies of the generalised Gibbs ensemble of a leg, and of the Gibbs state of the same energy, in nats.

Rigol, Dunjko, Yurovsky and Olshanii (2007), Phys. Rev. Lett. 98, 050405, doi 10.1103/PhysRevLett.98.050405: the
occupations of the modes are constants of motion; the ensemble has the largest entropy that they allow, the sum of the
entropies of the modes. Modes of equal energy are no modes of their own: what is constant are all of their correlations,
and theirs is the entropy of those. Gibbs states also conserve the number of fermions if the Hamiltonian does.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from physent.core.gaussian import block, occupations, of_occupations, of_symplectic, symplectic
from physent.engines.gaussian_chain.hamiltonian import Modes
from physent.typing import Floats, Integers

COLDEST = 1e6  # beta times the largest energy, beyond which a state is a ground state


def generalised(mean: Floats, level: Floats, groups: list[Integers], statistics: str) -> float:
    """Entropy of the covariance in modes ``mean`` over all times, of which only ``groups`` of modes correlate.

    ``level``: mean quanta n + 1/2, or occupations. NaN if there is a mode of frequency 0.
    """
    if np.isnan(level).any():
        return math.nan
    spectrum, entropy = (symplectic, of_symplectic) if statistics == "bosons" else (occupations, of_occupations)
    found = level.copy()
    for group in groups:
        if len(group) > 1:
            found[group] = spectrum(block(mean, group))
    return entropy(found)


def gibbs(level: Floats, modes: Modes, statistics: str) -> tuple[float, float]:
    """Temperature and entropy of the Gibbs state with the energy, and for fermions whose number is conserved also with
    the number, of these modes; the temperature is negative if the energy is above that of infinite temperature.
    """
    energy = modes.energy
    if statistics == "bosons":
        if not (energy > 0.0).all():
            return math.nan, math.nan
        mean = float(energy @ level)
        beta = _root(lambda b: float(energy @ _planck(b * energy)) - mean, 1.0 / energy.max(), both=False)
        return (0.0, 0.0) if beta is None else (1.0 / beta, of_symplectic(_planck(beta * energy)))
    mean, number = float(energy @ level), float(level.sum())

    def filled(beta: float) -> Floats:
        if modes.right is not modes.left:
            return _fermi(beta * energy)
        reach = abs(beta) * np.ptp(energy) + 800.0
        middle = beta * energy.mean()
        if not 1e-9 < number < len(energy) - 1e-9:
            return np.full(len(energy), number / len(energy))
        shift = brentq(lambda m: _fermi(beta * energy - m).sum() - number, middle - reach, middle + reach, xtol=1e-13)
        return _fermi(beta * energy - shift)

    scale = 1.0 / max(np.abs(energy).max(), 1e-300)
    beta = _root(lambda b: float(energy @ filled(b)) - mean, scale, both=True)
    if beta is None:
        return 0.0, 0.0
    return (math.inf if beta == 0.0 else 1.0 / beta), of_occupations(filled(beta))


def _planck(x: Floats) -> Floats:
    return np.asarray(0.5 / np.tanh(0.5 * x))


def _fermi(x: Floats) -> Floats:
    return np.asarray(0.5 - 0.5 * np.tanh(0.5 * x))


def _root(excess: Callable[[float], float], scale: float, *, both: bool) -> float | None:
    """The inverse temperature at which ``excess``, which falls with it, vanishes; None: at infinity."""
    middle = excess(0.0) if both else 1.0
    if middle == 0.0:
        return 0.0
    sign = 1.0 if middle > 0.0 else -1.0
    far, near = scale, 0.0 if both else scale * 1e-12
    while sign * excess(sign * far) > 0.0:
        near, far = far, 2.0 * far
        if far > COLDEST * scale:
            return None
    return sign * float(brentq(lambda b: excess(sign * b), near, far, xtol=1e-15 * far, rtol=1e-14))
