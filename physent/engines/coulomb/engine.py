"""Charges that repel each other in a trap, at inverse temperature beta.

    weight exp(-beta E),    E = N sum_i V(|x_i|) + sum_{i<j} U(|x_i - x_j|),    V(r) = strength r^exponent / exponent,

U = -r, -log r, 1/r in d = 1, 2, 3 (``interaction: coulomb``), or -log r in d = 1 (``log``: the log-gas). In these units
the gas has an edge of order 1 at any N: R = 1 for the quadratic trap of strength 1.

Samplers, each in a file of ``methods``; the clock counts their draws:

- radii: independent distances from the centre, d = 2, beta = 2, any exponent; no positions.
- matrix: eigenvalues of a complex Gaussian matrix, d = 2, beta = 2, exponent 2.
- tridiagonal: eigenvalues of a random tridiagonal matrix, the log-gas at exponent 2, any beta.
- hmc: Markov chains by Hamiltonian Monte Carlo, for any gas.
- auto: matrix or tridiagonal if it applies, else hmc.

References: De Bruyne, Le Doussal, Majumdar and Schehr (2023), arXiv 2310.16420; Forrester (2010), Log-Gases and Random
Matrices; the files of the samplers have their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from physent.declare import Box, DrawSchedule
from physent.engines import Engine, EngineConfig, lazily
from physent.engines.coulomb import checks
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb.methods import METHODS, choose, sampler_of
from physent.engines.coulomb.methods.sampler import own
from physent.engines.coulomb.parameters import Droplet, Parameters
from physent.engines.coulomb.tabulated import tried_at
from physent.engines.potentials import Potentials
from physent.typing import Array


def _resolved(config: EngineConfig) -> Mapping[str, str]:
    """Sampler, convention, edge of the droplet and coupling, for a reader who has only the file."""
    gas = gases.gas_of(config.parameters)
    found = {
        "sampler": choose(config),
        "convention": gases.convention(config.parameters, gas),
        "droplet_edge": f"{gases.edge(gas):.10g}",
    }
    strength = gases.coupling(gas)
    if strength is not None:
        formula = "beta N^(1/3) / R" if gas.kind == gases.SPACE else "beta"
        found["coupling"] = f"Gamma = {formula} = {strength:.6g}"
    return found


class _Scales(Mapping[str, Array]):
    """Inverse temperature, and the exact entropy (log Z + beta <E>)/N of the Ginibre ensemble.

    The entropy is computed only on access: it takes O(N^2), 14 s for 5,000 particles.
    """

    def __init__(self, parameters: Parameters) -> None:
        self._gas = gas = gases.gas_of(parameters)
        is_ginibre = not own(parameters) and (gas.kind, gas.beta, gas.exponent, gas.strength) == (
            gases.PLANE,
            2.0,
            2.0,
            1.0,
        )
        self._names = ("beta", "configurational_entropy") if is_ginibre else ("beta",)

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            raise KeyError(name)
        if name == "beta":
            return np.array(self._gas.beta)
        from physent.theory.ginibre import configurational_entropy

        return np.array(float(configurational_entropy(self._gas.n)) / self._gas.n)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


ENGINE = Engine(
    name="coulomb",
    title="Coulomb gas in a trap",
    references=(
        "De Bruyne, Le Doussal, Majumdar and Schehr (2023), arXiv 2310.16420",
        "Duane, Kennedy, Pendleton and Roweth (1987), Phys. Lett. B 195, 216, doi 10.1016/0370-2693(87)91197-X",
        "Ginibre (1965), J. Math. Phys. 6, 440, doi 10.1063/1.1704292",
        "Kostlan (1992), Linear Algebra Appl. 162, 385",
        "Dumitriu and Edelman (2002), J. Math. Phys. 43, 5830, doi 10.1063/1.1507823",
    ),
    Parameters=Parameters,
    potential=Potentials("r", tried_at),
    Initial=Droplet,
    Schedule=DrawSchedule,
    methods=METHODS,
    choose=choose,
    twins={"hmc": "physent.engines.coulomb.methods.hmc_cuda"},
    variables=lambda config: sampler_of(config).variables,
    coordinates=lambda config: sampler_of(config).coordinates(config.parameters),
    headline="max_radius",
    fixed=frozenset(Parameters.model_fields),
    initial_fields=("position",),
    checks=checks.CHECKS,
    box=lambda config: Box.cube(None, config.parameters.dimension),
    scales=lambda config: _Scales(config.parameters),
    resolved=_resolved,
    figure=lazily("physent.engines.coulomb.figures", "draw"),
    movie=lazily("physent.engines.coulomb.figures", "movie"),
)
