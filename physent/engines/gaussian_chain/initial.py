"""Initial covariances of a chain, in the basis of sites."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.gaussian import majorana, occupations
from physent.engines import EngineConfig
from physent.engines.gaussian_chain import parameters as declared
from physent.engines.gaussian_chain import sectors
from physent.engines.gaussian_chain.hamiltonian import Modes, chain_of, matrix_of, modes_of
from physent.errors import UsageError
from physent.typing import Floats

ZERO = 1e-12  # relative to the largest energy
PURE = 1e-6  # difference of an occupation from 0, 1/2 or 1 that counts as rounding


def covariance(config: EngineConfig, replica: int) -> tuple[Floats, Modes]:
    """Covariance (2 site, 2 site), and the modes of the Hamiltonian that it belongs to."""
    initial, parameters = config.initial, config.parameters
    statistics = declared.statistics(parameters)
    parts = initial.parts if isinstance(initial, declared.Joined) else ()
    borders = tuple(part.sites[1] for part in parts)[: None if parameters.boundary == "periodic" else -1]
    chain = chain_of(config, replica, borders)
    if isinstance(initial, declared.Product):
        found = majorana(np.diag(occupation(initial, parameters.n)))
        return found, modes_of(sectors.matrix_for(found, chain, parameters), statistics)
    if isinstance(initial, declared.Ground) and sectors.closes(chain, parameters):
        modes, filled = sectors.ground(chain, parameters)
        return _of_fermions(modes, filled), modes
    matrix = matrix_of(chain, parameters)
    if parameters.boundary == "fixed":  # each part has walls of its own
        for border in borders:
            matrix[border, border] += parameters.model.stiffness
            matrix[border + 1, border + 1] += parameters.model.stiffness
    modes = modes_of(matrix, statistics)
    if not parts:
        return _in_modes(initial, modes, parameters), modes
    found = np.zeros((2, parameters.n, 2, parameters.n))
    for part in parts:
        own = slice(part.sites[0], part.sites[1] + 1)
        inside = modes_of(np.ascontiguousarray(matrix[own, own]), statistics)
        size = len(inside.energy)
        found[:, own, :, own] = _in_modes(part, inside, parameters).reshape(2, size, 2, size)
    return found.reshape(2 * parameters.n, -1), modes


def _in_modes(state: Any, modes: Modes, parameters: Any) -> Floats:
    """Covariance of independent modes: ground, thermal or with definite numbers of quanta."""
    energy, size = modes.energy, len(modes.energy)
    temperature = getattr(state, "temperature", 0.0)
    if declared.statistics(parameters) == "bosons":
        found = np.zeros((2 * size, 2 * size))
        if (energy <= np.sqrt(ZERO) * energy.max()).any():
            raise UsageError(
                "the chain has a mode of frequency 0, which spreads without bound: expected pinning > 0, "
                "or boundary: fixed with all of its bonds"
            )
        level = 0.5 / np.tanh(energy / (2.0 * temperature)) if temperature else np.full(size, 0.5)
        for one in getattr(state, "quanta", ()):
            level[one.mode] += one.number
        found[:size, :size] = (modes.left * (level / energy)) @ modes.left.T
        found[size:, size:] = (modes.left * (level * energy)) @ modes.left.T
        return 0.5 * (found + found.T)
    filled = -np.sign(energy)
    filled[np.abs(energy) <= ZERO * np.abs(energy).max(initial=1e-300)] = (
        0.0 if declared.conserves_number(parameters) else -1.0
    )
    if temperature:
        filled = -np.tanh(energy / (2.0 * temperature))
    return _of_fermions(modes, filled)


def half_filled(covariance: Floats, config: EngineConfig) -> int:
    """Number of half filled levels if the start is a ground state of fermions, or joined from such, and else 0.

    Levels of energy 0, within `ZERO`, are the only ones. The entropy of the whole chain, so many ln 2, never changes.
    """
    initial = config.initial
    parts = initial.parts if isinstance(initial, declared.Joined) else ()
    cold = isinstance(initial, declared.Ground) or bool(parts and not any(part.temperature for part in parts))
    if not cold or declared.statistics(config.parameters) == "bosons":
        return 0
    occupied = occupations(covariance)
    half = np.abs(occupied - 0.5) <= PURE
    return int(half.sum()) if (half | (occupied * (1.0 - occupied) <= PURE)).all() else 0


def _of_fermions(modes: Modes, filled: Floats) -> Floats:
    """Majorana covariance of modes with 2 n - 1 = ``filled``: Gamma_ab = U (2 n - 1) V^T."""
    size = len(filled)
    found = np.zeros((2 * size, 2 * size))
    mixed = (modes.left * filled) @ modes.right.T
    found[:size, size:], found[size:, :size] = mixed, -mixed.T
    return found


def occupation(initial: declared.Product, n: int) -> Floats:
    """Mean occupation of every site."""
    given, site = initial.occupation, np.arange(n)
    if not isinstance(given, str):
        return np.array(given, dtype=np.float64)
    sites = {"neel": site % 2 == 0, "domain_wall": site < n // 2, "empty": site < 0, "filled": site >= 0}
    return np.asarray(sites[given], dtype=np.float64)
