"""Markov jump processes in continuous time, with work, heat and entropy along every trajectory.

A network has states i and channels between them; a jump from i to j through a channel comes at the rate k_ij. Parallel
channels are separate: each has a reverse of its own, and its own heat. With energies E_i,

    k_ij = nu exp[(E_i - B_ij + F_ij/2)/T],   F_ij = -F_ji the work that the drive does on the system in the jump,

so that ln(k_ij/k_ji) = (E_i - E_j + F_ij)/T is the heat of the jump into the medium over T (local detailed balance).
The ledger of a trajectory: entropy of the medium sum ln(k_ij/k_ji) over the jumps; heat T times that; work the drives
of the jumps, and E_i(new) - E_i(old) whenever energies are changed; the first law holds to round-off. The entropy of
the system is -ln p(x(t), t), p from the master equation dp/dt = L p. Driven energies are constant on stairs of `step`,
at their value in the middle of a stair: the process is exact for the staircase, and so is Jarzynski's equality.

An exclusion process has particles on sites, at most one on each, that hop to empty neighbours.

Both methods are exact: waiting times and channels are drawn from their laws, two uniform numbers per event, counted by
the event. The integers of the record are exact; sums of logarithms have round-off only. Time and energy have no units
of their own; k_B = 1.
"""

from __future__ import annotations

from physent.engines import Engine, lazily
from physent.engines.jump import checks, observables
from physent.engines.jump.methods import METHODS, choose
from physent.engines.jump.parameters import Initial, Parameters

ENGINE = Engine(
    name="jump",
    title="Markov jump processes: networks of states and exclusion processes, with their thermodynamics",
    references=(
        "Gillespie (1976), J. Comput. Phys. 22, 403, doi 10.1016/0021-9991(76)90041-3",
        "Seifert (2012), Rep. Prog. Phys. 75, 126001, doi 10.1088/0034-4885/75/12/126001",
    ),
    Parameters=Parameters,
    Initial=Initial,
    variables=lambda config: observables.variables(config.parameters, config.initial),
    coordinates=lambda config: observables.coordinates(config.parameters),
    scales=lambda config: {"temperature": config.parameters.temperature},
    absent=lambda config: observables.absent(config.parameters),
    methods=METHODS,
    choose=choose,
    fixed=frozenset({"step", "driving", "dwell"}),
    initial_fields=("state",),
    checks=checks.ALL,
    headline="events",
    figure=lazily("physent.engines.jump.figures", "draw"),
)
