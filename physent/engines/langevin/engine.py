"""Overdamped particles in a bath, passive or active, in one to three dimensions, with the ledger of their paths.

dx = [mu F(x, t) + u] dt + sqrt(2 mu T) dW, F = -grad U + other forces; mu the mobility, T the temperature of the bath
(k_B = 1; a number, or one per axis or per particle), D = mu T. Length, energy and time are the user's.

Propulsion u: active Brownian (``abp``: constant modulus, theta' = omega + sqrt(2 D_r) eta, and in space
diffusion on the sphere, <u(t).u(0)> = speed^2 e^{-2 D_r t}), Ornstein-Uhlenbeck (``aoup``: Gaussian,
<u_a(t) u_b(0)> = delta_ab speed^2/d e^{-t/tau}), run-and-tumble (``rtp``). It starts in its steady state, is known in
the middle of each step, and goes to that of the next exactly, on the sphere with the exact <u(t).u(0)>.

Step of Heun, h = `step`, F at the driven parameters of mid-step, one normal xi per axis:
y = x + h f(x) + sqrt(2 D h) xi,  x' = x + h/2 (f(x) + f(y)) + sqrt(2 D h) xi,  f = mu F + u_{n+1/2}.
Weak order 2; Euler (x' = y) has order 1, and a path weight that is known exactly; ``exact`` is the step of Ornstein and
Uhlenbeck at the parameters of mid-step.

Ledger: `physent.engines.ledger`. Each step is half of the protocol step, the move, the other half. Heat of -grad U is
the energy difference, that of other forces the trapezoid; the propulsion does the work u.dx/mu. The entropy of the
medium is heat/T, which is the log-ratio of path weights with u even under time reversal.
"""

from __future__ import annotations

import numpy as np

from physent.declare import Box
from physent.engines import Arrays, Engine, EngineConfig, lazily
from physent.engines.langevin import checks, observables
from physent.engines.langevin.methods import METHODS, choose
from physent.engines.langevin.model import temperatures
from physent.engines.langevin.parameters import Initial, Parameters


def _resolved(config: EngineConfig) -> dict[str, str]:
    """Rates of entropy production of the file."""
    return {"entropy_production_rates": ", ".join(observables.rates(config.parameters)) or "none is defined"}


def _scales(config: EngineConfig) -> Arrays:
    """The temperature, if there is only one."""
    t = temperatures(config.parameters)
    return {"temperature": np.array(t[0, 0])} if t.min() == t.max() else {}


ENGINE = Engine(
    name="langevin",
    title="Overdamped particles, passive or active, with work, heat and entropy",
    references=(
        "Seifert (2012), Rep. Prog. Phys. 75, 126001, doi 10.1088/0034-4885/75/12/126001",
        "Sekimoto (1998), Prog. Theor. Phys. Suppl. 130, 17, doi 10.1143/PTPS.130.17",
    ),
    Parameters=Parameters,
    Initial=Initial,
    variables=observables.variables,
    coordinates=observables.coordinates,
    box=lambda config: Box.cube(config.parameters.box_length, config.parameters.dimension),
    methods=METHODS,
    choose=choose,
    twins={
        "independent": "physent.engines.langevin.methods.independent_cuda",
        "pairs": "physent.engines.langevin.methods.pairs_cuda",
    },
    scales=_scales,
    resolved=_resolved,
    absent=observables.absent,
    headline="heat",
    fixed=frozenset({"n", "dimension", "box_length", "step", "integrator", "driving", "propulsion", "temperature_of"}),
    initial_fields=("position",),
    checks=checks.ALL,
    figure=lazily("physent.engines.langevin.figures", "draw"),
)
