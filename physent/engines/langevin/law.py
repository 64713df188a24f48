"""The law of a particle in a linear system that starts Gaussian, and the law that a changing system would settle to.

dx = (A x + b) dt + noise of 2 D: the mean follows m' = A m + b, the covariance S' = A S + S A^T + 2 D; with
A = mu (B - K), K the stiffness, B the rotational force, D = mu T.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.core.jit import njit
from physent.engines.langevin import parameters as declared
from physent.engines.langevin.model import CENTER, MATRIX, ROTATION, UNIFORM, Model, temperatures
from physent.typing import Floats


def confines(potential: Any) -> bool:
    """Whether a potential is harmonic or quadratic and rises in every direction."""
    match potential:
        case declared.Harmonic(stiffness=stiffness):
            return bool(np.min(stiffness) > 0)
        case declared.Quadratic(matrix=matrix):
            return bool(np.linalg.eigvalsh(np.array(matrix)).min() > 0)
    return False


def is_known(config: Any) -> bool:
    """Whether `propagate` gives the law of each particle at all times."""
    parameters = config.parameters
    return (
        confines(parameters.potential)
        and isinstance(config.initial, declared.Equilibrium)
        and parameters.propulsion is None
        and parameters.interaction is None
        and bool(np.ptp(temperatures(parameters), axis=1).max() == 0 < temperatures(parameters).min())
    )


def has_steady_energy(parameters: declared.Parameters) -> bool:
    """Whether the steady law of a linear system with driven parameters is exp(-(U - f.x)/T)/Z, f the uniform force."""
    t = temperatures(parameters)
    return (
        confines(parameters.potential)
        and not isinstance(parameters.force, declared.Rotational)
        and parameters.propulsion is None
        and parameters.interaction is None
        and bool(parameters.driving)
        and bool(t.max() == t.min() > 0)
    )


def partition(row: Floats, dimension: int, temperature: float) -> float:
    """Logarithm of Z in the law exp(-(U - f.x)/T)/Z, less (d/2) ln(2 pi T)."""
    stiffness = row[MATRIX : MATRIX + 9].reshape(3, 3)[:dimension, :dimension]
    center, force = row[CENTER : CENTER + dimension], row[UNIFORM : UNIFORM + dimension]
    gain = force @ center + 0.5 * force @ np.linalg.solve(stiffness, force)
    return float(gain / temperature - 0.5 * np.linalg.slogdet(stiffness)[1])


@njit
def propagate(model: Model, table: Floats, count: int, temperature: Floats, law: Floats) -> None:
    """Carry ``law`` (d, 1 + d), mean and covariance, over ``count`` steps by the method of Runge and Kutta of order 4.

    In each step the coefficients are those of its middle, as in the dynamics.
    """
    d = model.dimension
    a, b, rate = np.zeros((d, d)), np.zeros(d), np.zeros((d, 1 + d))
    stage, total = np.zeros((d, 1 + d)), np.zeros((d, 1 + d))
    for step in range(count):
        row = table[2 * step + 1 if model.driven else 0]
        for i in range(d):
            b[i] = row[UNIFORM + i]
            for j in range(d):
                k = row[MATRIX + 3 * i + j]
                a[i, j] = -model.mobility * k
                b[i] += k * row[CENTER + j]
            b[i] *= model.mobility
        if d > 1:
            a[0, 1] -= model.mobility * row[ROTATION]
            a[1, 0] += model.mobility * row[ROTATION]
        total[:] = law
        stage[:] = law
        for order in range(4):
            for i in range(d):
                rate[i, 0] = b[i]
                for j in range(d):
                    rate[i, 0] += a[i, j] * stage[j, 0]
                    rate[i, 1 + j] = 2.0 * model.mobility * temperature[i, 0] if i == j else 0.0
                    for k in range(d):
                        rate[i, 1 + j] += a[i, k] * stage[k, 1 + j] + stage[i, 1 + k] * a[j, k]
            total += rate * (model.step / (6.0 if order == 0 or order == 3 else 3.0))
            stage[:] = law + rate * (model.step if order == 2 else 0.5 * model.step)
        law[:] = total


def surprise(law: Floats, position: Floats) -> Floats:
    """-ln p of each particle (replica, particle), at ``position`` (axis, replica, particle)."""
    d = len(law)
    mean, covariance = law[:, 0], law[:, 1:]
    away = position - mean[:, None, None]
    inverse = np.linalg.inv(covariance)
    form = sum(inverse[i, j] * (away[i] * away[j]) for i in range(d) for j in range(d))
    return np.asarray(0.5 * (form + d * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1]))
