"""The one-dimensional nonlinear Schrödinger equation on a periodic line.

    i psi_t + 1/2 psi_xx + s |psi|^2 psi = U(x) psi,    x in [-L/2, L/2),    s = +1 focusing, -1 defocusing

in units in which dispersion and nonlinearity are 1/2 and 1. The line is a grid of N points, psi a trigonometric
polynomial: derivatives are exact in wavenumber. Methods, each in a file of ``methods``:

- strang, rkn4, rkn6: palindromic splittings of order 2, 4, 6, fixed step.
- if_dop853: DOP853 in the interaction picture, order 8, adaptive.
- auto: if_dop853, to a tolerance of at most 1e-5, since looser ones hardly save work.

The global error is the error of the steps, amplified by the equation: about ``tolerance`` times the elapsed time
if the wave is stable. If a run can prove that it missed the tolerance, the file has a warning.

dealias: half keeps the modes |k| < k_max/2, in which the cubic term is free of aliasing. A splitting removes the others
after each rotation, and the loss of their mass is visible in the mass.

Invariants: mass, energy and, without potential, momentum. A harmonic potential U = (frequency x)^2 / 2 has a kink at
the seam of the box: the wave must vanish there. References: Zakharov and Shabat (1972), Sov. Phys. JETP 34, 62, for the
equation; the files of the methods have their own.
"""

from __future__ import annotations

from collections.abc import Mapping

from physent.engines import Engine, EngineConfig, lazily
from physent.engines.nlse import checks, observables
from physent.engines.nlse.initial import grid
from physent.engines.nlse.methods import METHODS, choose
from physent.engines.nlse.parameters import Initial, Parameters
from physent.engines.potentials import OwnPotential, Potentials

EQUATION = (
    "i psi_t + psi_xx/2 + s |psi|^2 psi = U(x) psi, s = 1 (sign: focusing) or -1 (defocusing), "
    "U = 0 (potential: none) or frequency^2 x^2/2 (harmonic)"
)


def _resolved(config: EngineConfig) -> Mapping[str, str | float]:
    """The method and tolerance chosen for `auto`, and the equation, for a reader who has only the file."""
    name, kind = choose(config), config.parameters.potential.kind
    own = f", or {kind}(x), in the attribute `imports`" if isinstance(config.parameters.potential, OwnPotential) else ""
    return {"method": name, "equation": f"{EQUATION}{own}", **METHODS[name].resolved(config.parameters)}


ENGINE = Engine(
    name="nlse",
    title="One-dimensional nonlinear Schrödinger equation",
    references=(
        "Zakharov and Shabat (1972), Sov. Phys. JETP 34, 62",
        "Blanes and Moan (2002), J. Comput. Appl. Math. 142, 313, doi 10.1016/S0377-0427(01)00492-7",
        "Hairer, Norsett and Wanner (1993), Solving Ordinary Differential Equations I, doi 10.1007/978-3-540-78862-1",
        "Lawson (1967), SIAM J. Numer. Anal. 4, 372, doi 10.1137/0704033",
    ),
    Parameters=Parameters,
    potential=Potentials("x", lambda config: grid(config.parameters.length, min(config.parameters.points, 4096))),
    Initial=Initial,
    methods=METHODS,
    choose=choose,
    twins={name: f"physent.engines.nlse.methods.{name}_cuda" for name in METHODS},
    variables=lambda config: observables.VARIABLES,
    coordinates=observables.coordinates,
    headline="max_intensity",
    fixed=frozenset({"length", "points"}),
    initial_fields=("psi_real", "psi_imag"),
    checks=checks.CHECKS,
    resolved=_resolved,
    figure=lazily("physent.engines.nlse.figures", "draw"),
    movie=lazily("physent.engines.nlse.figures", "movie"),
)
