"""Shared by samplers whose charges are eigenvalues of random matrices: random labels, one BLAS thread."""

from __future__ import annotations

import numpy as np

from physent.core import jit
from physent.core.blas import one_thread
from physent.core.random import fill_uniforms
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb import observables
from physent.engines.coulomb.methods.independent import Fill, Independent, Make, spread
from physent.errors import RunError
from physent.typing import Array, Integers

VARIABLES = (observables.ENERGY, observables.MAX_RADIUS, observables.POSITION)

_SHUFFLE = 1 << 20  # a draw word that no sampler reaches


def shuffled(key: np.uint64, draw: int, n: int) -> Integers:
    """A uniformly random permutation of range(n), fixed by the stream and the draw.

    The charges of a gas are identical, so the order in which a solver finds them must not show.
    """
    order = np.empty(n)
    fill_uniforms(key, draw, _SHUFFLE, order)
    return np.argsort(order, kind="stable")


def solve(fill: Fill) -> Make:
    """Replicas over threads; RunError if an eigenvalue is not finite."""
    plain = spread(fill)

    def make(state: Independent, first: int, last: int) -> None:
        with one_thread():
            plain(state, first, last)
        bad = ~np.isfinite(state.position[first:last]).all(axis=(1, 2))
        if bad.any():
            raise RunError(
                f"replica {first + int(np.argmax(bad))}: draw {state.pending} has eigenvalues that are not finite"
            )

    return make


def fields(state: Independent) -> dict[str, Array]:
    """Energy, positions and largest radii."""
    gas, position = state.gas, state.position
    energy, work = np.empty(len(position)), gases.scratch(len(position), position, gas)
    jit.spread(gases.energies, len(position), gas, position, work, energy)
    return {"energy": energy, **observables.of_position(position, gas.dimension)}
