"""Where splittings are unstable: waves that turn by whole turns between kicks are coupled as if nothing dispersed them.

Linearised about a plane wave of intensity I (derived here): in the frame of the wave a perturbation (u + i v) cos kx is
turned by c h k^2/2 in a drift of c h, and sheared, v += 2 s I c h u, in a kick. The matrix of a step has determinant 1:
the perturbation grows as exp(rate t), cosh(rate h) = |trace|/2, if that is above 1. The equation itself lets it grow at
the rate k sqrt(s I - k^2/4); what is above is the step's. A plane wave that moves gives the same traces. A trap swings
the centre of mass as a pendulum: v -= c h w^2 u in a kick, u += c h v in a drift.

The first resonance of `strang` is at h sqrt(k^4 - 4 s I k^2) = 2 pi, I being small beside k^2: all k of a grid are
stable if h is a little below 2 pi / k_max^2.
"""

from __future__ import annotations

import math

import numpy as np

from physent.core.splitting import Splitting
from physent.typing import Floats

GROWTH = 100.0
"""Factor over the run up to which a resonance does no harm: it begins from round-off, or from the spectrum's end."""


def first_resonance(largest_wavenumber: float) -> float:
    """Step below which no wave of the grid resonates, 2 pi / k_max^2."""
    return 2 * math.pi / largest_wavenumber**2


def excess_rates(splitting: Splitting, step: float, sign: float, intensity: float, k: Floats) -> Floats:
    """Growth rates of perturbations of wavenumbers ``k`` (k,) above those of the equation, per unit time."""
    angle = 0.5 * k**2 * step
    kicks = [(2 * sign * intensity * step * float(c)) for c in splitting.kicks]
    matrix = np.zeros((2, 2, len(k)))
    matrix[0, 0] = matrix[1, 1] = 1.0
    for stage, kick in enumerate(kicks):
        matrix[1] += kick * matrix[0]
        if stage < len(splitting.drifts):
            cos, sin = (f(float(splitting.drifts[stage]) * angle) for f in (np.cos, np.sin))
            matrix = np.stack([cos * matrix[0] + sin * matrix[1], cos * matrix[1] - sin * matrix[0]])
    own = k * np.sqrt(np.maximum(sign * intensity - k**2 / 4, 0.0))
    return _rate(matrix, step) - own


def trap_rate(splitting: Splitting, step: float, frequency: float) -> float:
    """Growth rate of the swinging of a wave in a trap; 0 if it is stable, for `strang` up to frequency step = 2."""
    matrix = np.eye(2)[..., None]
    for stage, kick in enumerate(splitting.kicks):
        matrix[1] -= float(kick) * step * frequency**2 * matrix[0]
        if stage < len(splitting.drifts):
            matrix[0] += float(splitting.drifts[stage]) * step * matrix[1]
    return float(_rate(matrix, step)[0])


def longest_step(splitting: Splitting, step: float, sign: float, intensity: float, k: Floats, duration: float) -> float:
    """A step of at most ``step`` whose resonances grow by less than `GROWTH` in ``duration``; at least the first."""
    least = min(step, first_resonance(float(np.abs(k).max())))
    while step > least and excess_rates(splitting, step, sign, intensity, k).max() * duration > math.log(GROWTH):
        step = max(0.9 * step, least)
    return step


def _rate(matrix: Floats, step: float) -> Floats:
    half = 0.5 * np.abs(matrix[0, 0] + matrix[1, 1])
    return np.asarray(np.arccosh(np.maximum(half, 1.0)) / step)
