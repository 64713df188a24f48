"""A gas of N hard discs in the square [0, L] x [0, L], periodic or walled: equal, or of up to eight species.

Between collisions the discs move freely; in a collision two equal discs exchange the components of their velocities
along the line of their centres; with masses m_i, m_j they receive the impulse 2 mu (r.v) r/r^2 and its opposite, mu the
reduced mass. Discs of species a have mass m_a and diameter sigma_a, and touch at (sigma_a + sigma_b)/2. The dynamics
is Hamiltonian and reversible. It is computed event by event without a time step (`discs`): exact up to round-off, which
a collision amplifies by about 2 ell/sigma, ell the mean free path. With diameter 0 the gas is ideal, and positions at
every sample are computed from the start (`methods.ideal`).

Units: the mass of equal discs and Boltzmann's constant are 1, so the thermal speed is sqrt(T), of a species sqrt(T/m).
Invariants: kinetic energy, and in a periodic box the momentum. Initial states: see ``initial``; positions and
velocities from a file or arrays are used unchanged.

References: Garrido, Goldstein, Huse and Lebowitz (2024), doi 10.48550/arXiv.2403.07519, for the free expansion; the
modules of the algorithm have their own.
"""

from __future__ import annotations

import numpy as np

from physent.declare import Box
from physent.engines import Engine, lazily
from physent.engines.hard_discs import checks, observables
from physent.engines.hard_discs.methods import METHODS, choose
from physent.engines.hard_discs.parameters import (
    Initial,
    Parameters,
    diameter_of,
    mixture_of,
    packing_fraction_of,
    temperature_of,
)


def _box(parameters: Parameters) -> Box:
    periodic = parameters.boundary == "periodic"
    largest = float(mixture_of(parameters).diameter.max())
    return Box.cube(parameters.box_length, 2, periodic=periodic, diameter=largest)


ENGINE = Engine(
    name="hard_discs",
    title="Gas of hard discs",
    references=(
        "Garrido, Goldstein, Huse and Lebowitz (2024), doi 10.48550/arXiv.2403.07519",
        "Lubachevsky (1991), J. Comput. Phys. 94, 255, doi 10.1016/0021-9991(91)90222-7",
        "Bannerman, Strobl, Formella and Poeschel (2014), Comput. Part. Mech. 1, 191, doi 10.1007/s40571-014-0021-8",
    ),
    Parameters=Parameters,
    Initial=Initial,
    variables=lambda config: observables.variables(config.parameters),
    coordinates=lambda config: observables.coordinates(config.parameters),
    box=lambda config: _box(config.parameters),
    scales=lambda config: {"temperature": np.asarray(temperature_of(config.parameters))},
    absent=lambda config: observables.absent(config.parameters),
    methods=METHODS,
    choose=choose,
    twins={"event_driven": "physent.engines.hard_discs.methods.event_driven_cuda"},
    resolved=lambda config: {
        "diameter": diameter_of(config.parameters),
        "packing_fraction": packing_fraction_of(config.parameters),
    },
    headline="collisions",
    fixed=frozenset(Parameters.model_fields),
    actions=frozenset({"reverse_velocities"}),
    initial_fields=("position", "velocity"),
    checks=checks.ALL,
    figure=lazily("physent.engines.hard_discs.figures", "draw"),
    movie=lazily("physent.engines.hard_discs.figures", "movie"),
)
