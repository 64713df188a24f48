"""Recorded variables: the ledger, rates of entropy production by name, motion and propulsion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from physent.declare import Coordinate, Variable
from physent.engines import EngineConfig, ledger
from physent.engines.langevin import crowding, law
from physent.engines.langevin import parameters as declared
from physent.engines.langevin.model import temperatures

_RECENT = "over the time since the last sample, or since a later protocol event; NaN at the first sample"
_TOTAL = "of all particles of a replica, since the start"

_GIVEN = "NaN if positions were given, whose law is not known"

_MOTION = (
    Variable("displacement", "mean displacement since the start", dims=("replica", "axis")),
    Variable("mean_square_displacement", "mean square of the displacement since the start"),
    Variable(
        "current",
        "mean velocity of the particles",
        dims=("replica", "axis"),
        attrs={"comment": f"displacement {_RECENT}"},
        may_be_nan=True,
    ),
)
_AREA = Variable(
    "area_rate",
    "mean rate <x f_y - y f_x>/2 at which a particle sweeps area, f the drift",
    dims=("replica", "plane"),
    attrs={"comment": f"{_RECENT}; by the drift, for the area of the path itself is biased by the step"},
    may_be_nan=True,
)
_CONFIGURATIONAL = Variable(
    "configurational_temperature",
    "configurational temperature (<F.F> + <F.u>/mobility)/<lap U>, F = -grad U",
    attrs={
        "comment": f"{_RECENT}, with other forces beside u/mobility, and d<U>/dt over mobility added, so that it "
        "equals the temperature in any state but for the error of the step"
    },
    may_be_nan=True,
)
_SWIM = (
    Variable(
        "swim_efficiency",
        "1 + mobility <F.u>/<u.u>, u the propulsion velocity",
        attrs={"comment": _RECENT},
        may_be_nan=True,
    ),
    Variable("polarization", "|sum of u|/(n speed)"),
)
_CHAIN = "exact for the chain of Euler, with any normalised p at the start and at the end: <e^-s p(end)/p(start)> = 1"
_LOG_RATIO = {
    "log_ratio_even": Variable(
        "log_ratio_even", f"log-ratio of path weights, u even, {_TOTAL}", attrs={"estimator": _CHAIN}
    ),
    "log_ratio_odd": Variable(
        "log_ratio_odd", f"log-ratio of path weights, u odd, {_TOTAL}", attrs={"estimator": _CHAIN}
    ),
}
_NOISELESS = {
    "epr_velocity": Variable(
        "epr_velocity",
        "entropy production rate of a replica without noise, velocity odd: mobility tau^2/(2 D_a) <(v.grad)^3 U>",
        attrs={"comment": f"sum over particles, {_RECENT}", "estimator": "Fodor et al. (2016), <u_a^2> = D_a/tau"},
        may_be_nan=True,
    ),
    "epr_noise_free": Variable(
        "epr_noise_free",
        "entropy production rate of a replica without noise, propulsion even: mobility <lap U> = -<div f>",
        attrs={"comment": f"sum over particles, {_RECENT}", "estimator": "mean of -div f over the path"},
        may_be_nan=True,
    ),
}
HATANO_SASA = Variable(
    "hatano_sasa",
    f"Y of Hatano and Sasa: sum of the changes of -ln p_ss(x) by driven parameters, {_TOTAL}",
    attrs={
        "comment": "the mean of exp(-hatano_sasa) is 1 from a steady start, that is, equilibrium at the temperature of "
        f"the bath; {_GIVEN}"
    },
    may_be_nan=True,
)
_EXCLUSIVE = (
    "also that of the uniform force f, which is no part of the energy U: <exp(-work/T)> = exp(-dF/T), dF of U, holds "
    "from the Boltzmann law of U, which an equilibrium start is only if f = 0 at time 0, for else it is that of U - f.x"
)
_LAWFUL = {
    "entropy_system": f"p is the Gaussian law of each particle; {_GIVEN}",
    "entropy_total": f"the mean of exp(-entropy_total) is 1; {_GIVEN}",
}
_SPACE = ("replica", "particle", "axis")


def rates(parameters: declared.Parameters) -> tuple[str, ...]:
    """Rates of entropy production that are defined for a config."""
    propulsion = parameters.propulsion
    if temperatures(parameters).min() > 0:
        if propulsion is None:
            return "epr_drift", "epr_trapezoid"
        return "epr_drift", "epr_even", "epr_odd"
    if propulsion is None or temperatures(parameters).max() > 0:
        return ()
    # Harmonic discs have no third derivative where they touch.
    smooth = parameters.interaction is None or parameters.interaction.kind != "harmonic"
    smooth = smooth and isinstance(propulsion, declared.OrnsteinUhlenbeck) and parameters.force is None
    return ("epr_velocity",) * smooth + ("epr_noise_free",)


def variables(config: EngineConfig) -> tuple[Variable, ...]:
    """Recorded variables of a config."""
    parameters = config.parameters
    active, warm = parameters.propulsion is not None, bool(temperatures(parameters).min() > 0)
    entropies = ("entropy_medium",) * warm + ("entropy_system", "entropy_total") * law.is_known(config)
    defined = rates(parameters)
    comments = {name: comment for name, comment in _LAWFUL.items() if name in entropies}
    if isinstance(parameters.force, declared.Uniform):
        comments["work"] = _EXCLUSIVE
    found = tuple(
        replace(one, may_be_nan=one.may_be_nan or one.name in _LAWFUL)
        for one in ledger.variables(
            "work", "heat", "energy", *entropies, *(name for name in defined if name not in _NOISELESS), **comments
        )
    )
    found += tuple(_NOISELESS[name] for name in defined if name in _NOISELESS)
    if warm and parameters.integrator == "euler":
        found += (_LOG_RATIO["log_ratio_even"],) + (_LOG_RATIO["log_ratio_odd"],) * active
    found += (HATANO_SASA,) * law.has_steady_energy(parameters)
    found += (_CONFIGURATIONAL,) * has_one_temperature(parameters)
    found += _SWIM * active + _MOTION
    found += (_AREA,) * has_planes(parameters)
    found += (Variable("position", "position", dims=_SPACE, is_field=True),)
    if parameters.box_length is not None:
        comment = {"comment": "position + box_length * image is the unwrapped path"}
        title = "number of times that a particle has gone round the box"
        found += (Variable("image", title, dims=_SPACE, dtype="int64", is_field=True, attrs=comment),)
    if active:
        comment = {"comment": "of the middle of the next step"}
        found += (Variable("propulsion", "propulsion velocity u", dims=_SPACE, is_field=True, attrs=comment),)
    if warm:
        title = "entropy change of the medium by each particle since the start"
        found += (Variable("particle_entropy", title, dims=("replica", "particle"), is_field=True),)
    found += crowding.variables(parameters)
    return found


_FORCED = "its formula is that of forces with an energy; expected parameters.force: null, or epr_noise_free"
_NO_BATH = (
    "at temperature 0 it diverges as 1/T; epr_noise_free is the rate of the noise-free flow of x with u given, and for "
    "aoup epr_velocity that of the path of (x, velocity)"
)
_MOVED = "mean_square_displacement, since the start, is recorded at every sample"


def absent(config: EngineConfig) -> dict[str, str]:
    """Variables that other configs have and this one has not, and why."""
    parameters = config.parameters
    active, cold = parameters.propulsion is not None, bool(temperatures(parameters).min() == 0)
    why = {
        "entropy_system": "the law of x is known in a harmonic or quadratic potential, from an equilibrium start, "
        "without propulsion; histogram_entropy and knn_entropy of position estimate the entropy of the ensemble",
        "epr_trapezoid": "with propulsion its name is epr_even",
        "epr_even": "without propulsion its name is epr_trapezoid",
        "epr_odd": "it needs propulsion; without it, epr_trapezoid",
        "epr_velocity": "it is that of propulsion aoup at temperature 0; else epr_even and epr_odd",
        "epr_noise_free": "it is that of active particles at temperature 0; else epr_even and epr_odd",
        "log_ratio_even": "it is that of integrator euler; else entropy_medium",
        "log_ratio_odd": "it is that of integrator euler with propulsion; else epr_odd",
        "hatano_sasa": "it needs a steady law that is known: a harmonic potential, one temperature, driven parameters",
        "area_rate": "it needs two axes of unbounded space",
        "configurational_temperature": "it needs a potential or an interaction, and one temperature",
        "swim_efficiency": "it needs propulsion",
        "velocity": f"overdamped particles have none; {_MOVED}",
        "image": f"it needs a periodic box_length; {_MOVED}",
    }
    why["entropy_total"] = why["entropy_system"]
    if getattr(parameters.interaction, "kind", None) == "harmonic":
        why["epr_velocity"] = "harmonic discs have no third derivative at contact; softplus is smooth"
    if cold and parameters.force is not None and isinstance(parameters.propulsion, declared.OrnsteinUhlenbeck):
        why["epr_velocity"] = _FORCED
    if cold:
        for name in ("epr_drift", "epr_trapezoid", "epr_even", "epr_odd", "entropy_medium", "particle_entropy"):
            why[name] = _NO_BATH if active else "without a bath there is no entropy of a medium"
    for name in ("even", "odd", "velocity", "noise_free"):
        apart = not active or parameters.interaction is None
        reason = "it is that of active particles that interact" if apart else why[f"epr_{name}"]
        why[f"particle_epr_{name}"] = why[f"particle_entropy_{name}"] = reason
    recorded = {variable.name for variable in variables(config)}
    return {name: reason for name, reason in why.items() if name not in recorded}


def has_one_temperature(parameters: declared.Parameters) -> bool:
    """Whether the configurational temperature is defined."""
    t = temperatures(parameters)
    bound = parameters.potential is not None or parameters.interaction is not None
    return bound and bool(t.max() == t.min())


def has_planes(parameters: declared.Parameters) -> bool:
    """Whether paths sweep areas about the origin."""
    return parameters.dimension > 1 and parameters.box_length is None


def coordinates(config: EngineConfig) -> tuple[Coordinate, ...]:
    """Particles, axes, and planes of two axes."""
    d = config.parameters.dimension
    found: tuple[Coordinate, ...] = (
        Coordinate("particle", np.arange(config.parameters.n), "index of the particle"),
        Coordinate("axis", np.arange(d), "axis of space: x, y, z"),
    )
    if has_planes(config.parameters):
        planes = np.arange(3 if d == 3 else 1)
        found += (Coordinate("plane", planes, "plane of two axes: 0 for xy, 1 for yz, 2 for zx"),)
    return found
