"""Phase oscillators with noise: XY rotors, Kuramoto's model and that of Sakaguchi, with their thermodynamics.

d theta_i = omega_i dt + sum_j K_ij sin(theta_j - theta_i - alpha) dt + sqrt(2 D) dW_i, with K_ij = K/n in mean field;
on a lattice or graph K over the degree of i, or K for every edge (`coupling_norm`), times the weight of the edge.

Angles are in radians; k_B and the mobility are 1, so D is the temperature. The energy is
U = -cos(alpha) (K/2n) sum_ij cos(theta_i - theta_j), and on a graph -cos(alpha) K sum over edges of
w_ij cos(theta_i - theta_j), over the mean degree if K is over the degree: a rotor of degree d then has the friction
d/mean(d) and, as its angle diffuses by D as all do, a bath of the temperature D d/mean(d). Natural frequencies, and the
part -K sin(alpha) cos(theta_j - theta_i) of the torque, have no energy: what they do is work.
Identical oscillators in mean field order at K_c = 2 D, those of Lorentzian frequencies of half width gamma at
2 (gamma + D).

Stochastic Heun steps: weak order 2 for this noise, order 2 without it. The ledger is that of `physent.engines.ledger`:
half of the change of K, the move, the other half, so that the first law holds to round-off at any step. Angles are
wrapped to [-pi, pi] after every step, and whole turns are counted.

References: Kuramoto (1975), in Lecture Notes in Physics 39, 420; Sakaguchi (1988), Prog. Theor. Phys. 79, 39; Sasa
(2015), New J. Phys. 17, 045024.
"""

from __future__ import annotations

import numpy as np

from physent.engines import Arrays, Engine, EngineConfig, Method, lazily
from physent.engines.oscillators import checks, network, observables, state, steps
from physent.engines.oscillators.parameters import Initial, MeanField, Parameters


def _memory(config: EngineConfig) -> int:
    """Angles, turns, frequencies and a record of them; blocks of four threads; neighbours."""
    n, neighbours = network.size(config.parameters), len(network.graph(config.parameters).other)
    return int(config.replicas) * n * 8 * 9 + 4 * 8 * steps.SPAN * (n // steps.BLOCK + 1) + 30 * neighbours


def _scales(config: EngineConfig) -> Arrays:
    """The temperature, if the frictions and thus the baths of all rotors are the same."""
    alike = bool((network.graph(config.parameters).friction == 1.0).all())
    return {"temperature": np.asarray(config.parameters.temperature, np.float64)} if alike else {}


METHOD = Method(
    start=state.start,
    restore=state.restore,
    advance=state.advance,
    fields=observables.fields,
    scalars=observables.scalars,
    change=state.change,
    memory=_memory,
)


ENGINE = Engine(
    name="oscillators",
    title="Phase oscillators with noise: XY rotors and the model of Kuramoto",
    references=(
        "Kuramoto (1975), Lecture Notes in Physics 39, 420, doi 10.1007/BFb0013365",
        "Sakaguchi (1988), Prog. Theor. Phys. 79, 39, doi 10.1143/PTP.79.39",
        "Sasa (2015), New J. Phys. 17, 045024, doi 10.1088/1367-2630/17/4/045024",
    ),
    Parameters=Parameters,
    Initial=Initial,
    variables=observables.variables,
    coordinates=observables.coordinates,
    methods={"mean_field": METHOD, "graph": METHOD},
    choose=lambda config: "mean_field" if isinstance(config.parameters.network, MeanField) else "graph",
    twins={"mean_field": "physent.engines.oscillators.mean_field_cuda"},
    scales=_scales,
    resolved=lambda config: {"edges_sha256": network.graph(config.parameters).digest},
    absent=observables.absent,
    headline="order_parameter",
    fixed=frozenset({"n", "network", "step", "driving"}),
    initial_fields=("angle",),
    checks=checks.ALL,
    figure=lazily("physent.engines.oscillators.figures", "draw"),
    movie=lazily("physent.engines.oscillators.figures", "movie"),
)
