"""Chains with quadratic Hamiltonians, whose states stay Gaussian; hbar = k_B = 1, masses 1.

    oscillators   H = sum p^2/2 + sum pinning^2 x^2/2 + sum over bonds of stiffness (x_i - x_j)^2/2
    hopping       H = -sum over bonds of [hopping/2 (c_i^+ c_j + h.c.) - pairing/2 (c_i^+ c_j^+ + h.c.)]
                      - sum potential c^+ c
    ising         H = -coupling sum over bonds of sigma^x sigma^x - field sum sigma^z

The state is the covariance of positions and momenta, or of the 2 n Majorana operators of the fermions (spins: those of
Jordan and Wigner). At any time it follows exactly from that at the start of a leg by the normal modes: O(n^3) once per
leg, and O(n^3) per sample that reads a field. There is no step. A protocol that changes the Hamiltonian is a quench.

Invariants: within a leg the energy and the occupation of every mode, always the entropy of the whole chain. Finite
chains return: waves that move v sites per time meet again after about n/v.

References: Lieb, Schultz and Mattis (1961); Peschel and Eisler (2009), J. Phys. A 42, 504003, doi
10.1088/1751-8113/42/50/504003; Rigol, Dunjko, Yurovsky and Olshanii (2007).
"""

from __future__ import annotations

from physent.engines import Engine, lazily
from physent.engines.gaussian_chain import checks, observables, state
from physent.engines.gaussian_chain.parameters import Initial, Parameters, statistics

ENGINE = Engine(
    name="gaussian_chain",
    title="Gaussian states of chains of oscillators, fermions and spins",
    references=(
        "Lieb, Schultz and Mattis (1961), Ann. Phys. 16, 407, doi 10.1016/0003-4916(61)90115-4",
        "Peschel and Eisler (2009), J. Phys. A 42, 504003, doi 10.1088/1751-8113/42/50/504003",
        "Rigol, Dunjko, Yurovsky and Olshanii (2007), Phys. Rev. Lett. 98, 050405, doi 10.1103/PhysRevLett.98.050405",
    ),
    Parameters=Parameters,
    Initial=Initial,
    variables=observables.variables,
    coordinates=observables.coordinates,
    methods={"exact": state.METHOD},
    resolved=lambda config: {"statistics": statistics(config.parameters)},
    headline="energy",
    fixed=frozenset({"n", "disorder"}),
    initial_fields=("covariance",),
    checks=checks.CHECKS,
    figure=lazily("physent.engines.gaussian_chain.figures", "draw"),
)
