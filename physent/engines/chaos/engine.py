"""Maps x' = f(x) and flows dx/dt = f(x), with their Lyapunov exponents and the entropy per unit time that these give.

Tangent vectors Q (d, k) follow Q' = J(x) Q, or dQ/dt = J(x) Q, with the exact Jacobian J of f. They are made
orthonormal every few steps; ln of their norms, summed and divided by the time, tends to the exponents
lambda_1 >= ... >= lambda_k (Oseledets 1968; Benettin et al. 1980). The sum of the positive ones is the
Kolmogorov-Sinai entropy for measures that are smooth along unstable directions (Pesin 1977), an upper bound otherwise
(Ruelle 1978); for repellers and transient chaos neither holds. Flows are stepped by a Runge-Kutta scheme of order 8 or
4 with fixed step, x and Q in the same stages; times and exponents of maps are per step.

Invariants: the sum of all d exponents is the mean divergence, <tr J> or <ln|det J|>; a flow with a bounded orbit that
does not end at a point has one exponent 0; exponents of Hamiltonian flows come in pairs +-lambda. Without chaos
exponents fall to 0 as ln t / t: a small one is no evidence of chaos.
"""

from __future__ import annotations

from physent.engines import Engine, EngineConfig, Method, lazily
from physent.engines.chaos import checks, observables, state
from physent.engines.chaos.parameters import Initial, Parameters
from physent.engines.chaos.systems import dynamics_of


def _memory(config: EngineConfig) -> int:
    """Points and tangent vectors, a record, and the stages of a few threads."""
    size, k = dynamics_of(config.parameters.system).size, state.exponents_of(config.parameters)
    return 8 * (int(config.replicas) * (size * (k + 4) + 6 * k + 16) + 4 * size * (14 * (k + 1) + size * (k > 0)))


METHOD = Method(
    start=state.start,
    restore=state.restore,
    advance=state.advance,
    fields=observables.fields,
    scalars=observables.scalars,
    change=state.change,
    act=state.act,
    doubts=observables.doubts,
    memory=_memory,
)

ENGINE = Engine(
    name="chaos",
    title="Chaotic maps and flows with their Lyapunov exponents and Kolmogorov-Sinai entropy",
    references=(
        "Benettin, Galgani, Giorgilli and Strelcyn (1980), Meccanica 15, 9, doi 10.1007/BF02128236",
        "Eckmann and Ruelle (1985), Rev. Mod. Phys. 57, 617, doi 10.1103/RevModPhys.57.617",
        "Pesin (1977), Russ. Math. Surv. 32, 55, doi 10.1070/RM1977v032n04ABEH001639",
    ),
    Parameters=Parameters,
    Initial=Initial,
    variables=observables.variables,
    coordinates=observables.coordinates,
    methods={"map": METHOD, "rk4": METHOD, "dop853": METHOD},
    choose=state.method_of,
    headline="ks_entropy",
    absent=observables.absent,
    fixed=frozenset({"exponents", "step", "integrator", "reorthonormalise", "transient", "bound"}),
    actions=frozenset({"restart_exponents"}),
    initial_fields=("state",),
    checks=checks.ALL,
    figure=lazily("physent.engines.chaos.figures", "draw"),
    movie=lazily("physent.engines.chaos.figures", "movie"),
)
