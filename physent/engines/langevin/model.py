"""The model of a config as numbers for kernels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import brentq

from physent.engines import driving
from physent.engines.langevin import parameters as declared
from physent.typing import Floats

FREE, LINEAR, QUARTIC, COSINE = range(4)
PASSIVE, ABP, AOUP, RTP = range(4)
HEUN, EULER, EXACT = range(3)

# Columns of the table of coefficients: one row for each half-step if parameters are driven, else one.
MATRIX, CENTER, UNIFORM, ROTATION, FIRST, SECOND, THIRD, COLUMNS = 0, 9, 12, 15, 16, 17, 18, 19


class Model(NamedTuple):
    """Constants of a config for kernels."""

    dimension: int
    potential: int
    propulsion: int
    integrator: int
    driven: bool
    thermal: bool
    step: float
    mobility: float
    speed: float  # of u: its modulus, or the root mean square of a component (AOUP)
    rate: float  # of u per step: deviation of the angle in turns or `spread` in space, e^{-h/tau}, chance of a tumble
    turn: float  # mean rotation per step, in turns; in space e^{-2/rate}


def model_of(parameters: declared.Parameters) -> Model:
    """Constants of a config's parameters."""
    h, d = parameters.step, parameters.dimension
    kinds: dict[Any, int] = {
        declared.Harmonic: LINEAR,
        declared.Quadratic: LINEAR,
        declared.Quartic: QUARTIC,
        declared.Cosine: COSINE,
    }
    propulsion, speed, rate, turn = PASSIVE, 0.0, 0.0, 0.0
    match parameters.propulsion:
        case declared.ActiveBrownian(speed=speed, rotational_diffusion=diffusion, angular_velocity=omega):
            propulsion, rate = ABP, math.sqrt(2 * diffusion * h) / (2 * math.pi)
            turn = omega * h / (2 * math.pi)
            if d == 3:
                rate = spread(diffusion * h)
                turn = math.exp(-2 / rate) if rate else 0.0
        case declared.OrnsteinUhlenbeck(speed=speed, persistence_time=tau):
            propulsion, speed, rate = AOUP, speed / math.sqrt(d), math.exp(-h / tau)
        case declared.RunAndTumble(speed=speed, tumble_rate=tumbles):
            # In one dimension an odd number of reversals, else at least one new direction.
            propulsion = RTP
            rate = -0.5 * math.expm1(-2 * tumbles * h) if d == 1 else -math.expm1(-tumbles * h)
    return Model(
        dimension=d,
        potential=kinds.get(type(parameters.potential), FREE),
        propulsion=propulsion,
        integrator=("heun", "euler", "exact").index(parameters.integrator),
        driven=bool(parameters.driving),
        thermal=bool(np.any(temperatures(parameters))),
        step=h,
        mobility=parameters.mobility,
        speed=speed,
        rate=rate,
        turn=turn,
    )


def spread(diffused: float) -> float:
    """1/kappa of a step of a direction in space, for ``diffused`` = D_r h.

    The cosine c of the angle of a step has the density ~ e^(kappa c) of Fisher, with kappa such that its mean
    coth kappa - 1/kappa is that of diffusion on the sphere, e^(-2 D_r h). So <n(t).n(0)> = e^(-2 D_r t) for steps of
    any length; the mean of (3 c^2 - 1)/2 is 1 - 3 e + 3 e^2 with e = 1 - e^(-2 D_r h) << 1, while diffusion has
    e^(-6 D_r h) = (1 - e)^3: an error of the order (D_r h)^3 per step.
    """
    short = -math.expm1(-2 * diffused)
    if short == 0.0:
        return 0.0

    def excess(w: float) -> float:
        # coth(1/w) = 1 + 2/(e^(2/w) - 1), which is 1 to the last bit beyond 1/w = 20
        return w - short - (2 / math.expm1(2 / w) if w > 0.05 else 0.0)

    return short if short <= 0.05 else float(brentq(excess, short, 1 / max(1 - short, 1e-9), xtol=1e-15, rtol=1e-14))


def along(value: float | Sequence[float], dimension: int) -> Floats:
    """A vector (dimension,): a number is its first component."""
    entries = (value,) if isinstance(value, float | int) else value
    return np.array([*entries, *[0.0] * (dimension - len(entries))], np.float64)


def temperatures(parameters: declared.Parameters) -> Floats:
    """Temperature of each axis and particle, (dimension, 1) or (dimension, n)."""
    given = np.array(parameters.temperature, np.float64)
    if given.ndim == 0:
        return np.full((parameters.dimension, 1), float(given))
    if parameters.temperature_of == "axis":
        return given[:, None]
    return np.tile(given, (parameters.dimension, 1))


def coefficients(parameters: declared.Parameters) -> Floats:
    """Row of the table, (COLUMNS,), for the parameters as they are given."""
    row, d = np.zeros(COLUMNS), parameters.dimension
    match parameters.potential:
        case declared.Harmonic(stiffness=stiffness, center=center):
            diagonal = np.full(d, stiffness) if isinstance(stiffness, float | int) else np.array(stiffness)
            row[MATRIX : MATRIX + 9].reshape(3, 3)[range(d), range(d)] = diagonal
            row[CENTER : CENTER + d] = along(center, d)
        case declared.Quadratic(matrix=matrix):
            row[MATRIX : MATRIX + 9].reshape(3, 3)[:d, :d] = matrix
        case declared.Quartic(quartic=a, quadratic=b, tilt=tilt):
            row[FIRST : THIRD + 1] = a, b, tilt
        case declared.Cosine(amplitude=amplitude, period=period):
            row[FIRST : SECOND + 1] = amplitude, 2 * math.pi / period
    match parameters.force:
        case declared.Uniform(value=value):
            row[UNIFORM : UNIFORM + d] = along(value, d)
        case declared.Rotational(strength=strength):
            row[ROTATION] = strength
    return row


def drivable(parameters: declared.Parameters) -> Mapping[str, Sequence[int]]:
    """Parameters that can be driven, with their columns."""
    names: dict[str, Sequence[int]] = {}
    match parameters.potential:
        case declared.Harmonic(stiffness=stiffness, center=center):
            if isinstance(stiffness, float | int):
                names["potential.stiffness"] = [MATRIX + 4 * a for a in range(parameters.dimension)]
            if isinstance(center, float | int):
                names["potential.center"] = [CENTER]
        case declared.Quartic():
            names |= {"potential.quartic": [FIRST], "potential.quadratic": [SECOND], "potential.tilt": [THIRD]}
        case declared.Cosine():
            names["potential.amplitude"] = [FIRST]
    match parameters.force:
        case declared.Uniform(value=value) if isinstance(value, float | int):
            names["force.value"] = [UNIFORM]
        case declared.Rotational():
            names["force.strength"] = [ROTATION]
    return names


def table(parameters: declared.Parameters, row: Floats, begin: int, count: int) -> Floats:
    """Coefficients (2 count + 1, COLUMNS) at the half-steps of ``count`` steps; a single row if nothing is driven."""
    if not parameters.driving:
        return row[None].copy()
    rows = np.tile(row, (2 * count + 1, 1))
    values = driving.values(parameters.driving, parameters.step, 2 * begin, 2 * count + 1)
    columns = drivable(parameters)
    for one, drive in zip(values.T, parameters.driving, strict=True):
        rows[:, columns[drive.parameter]] = one[:, None]
    return rows
