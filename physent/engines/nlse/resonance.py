"""Where splittings are unstable: waves that turn by whole turns between kicks are coupled as if nothing dispersed them.

Linearised about a plane wave of intensity I (derived here): in the frame of the wave a perturbation (u + i v) cos kx is
turned by c h k^2/2 in a drift of c h, and sheared, v += 2 s I c h u, in a kick. The matrix of a step has determinant 1:
the perturbation grows as exp(rate t), cosh(rate h) = |trace|/2, if that is above 1. The equation itself lets it grow at
the rate k sqrt(s I - k^2/4); what is above is the step's. A plane wave that moves gives the same traces.

To first order in I h the trace of any splitting is 2 cos a + 2 s I h sin a, a = h k^2/2, the sum of its kicks being 1:
it leaves -2 to 2 only near a = pi, 2 pi ... At the first of these, for `strang`, h sqrt(k^4 - 4 s I k^2) = 2 pi: all k
of a grid are stable if h is a little below 2 pi / k_max^2. The first resonances of higher orders are weaker.

A wave that is not plane acts on short waves, which cross the box at their high group velocity, by its mean. It couples
neighbouring modes, so that a resonance between two of them is met as well. A potential turns both waves of a pair alike
and leaves their rate; it confines them to |x| < k/frequency, over which the mean is taken. By the eigenvalues of
linearised steps (`tests/engines/nlse/test_resonance.py`) the rates of a plane wave are exact; a soliton and condensates
in a trap have up to three times these where resonances meet, on average a quarter to twice these.

A trap also swings the centre of mass as a pendulum: v -= c h w^2 u in a kick, u += c h v in a drift.
"""

from __future__ import annotations

import math

import numpy as np

from physent.core.splitting import Splitting
from physent.typing import Floats

GROWTH = 100.0
"""Factor over the run up to which a resonance does no harm: of a resolved wave the share beyond the spectrum is below
1e-5 in amplitude (`doubts.UNRESOLVED`), and 1e-3 of psi is doubted (`doubts.SPLIT_ERROR`)."""

_MOST_ORDERS = 256
_ACROSS = 81  # wavenumbers at which a resonance is looked at


def first_resonance(largest_wavenumber: float) -> float:
    """Step below which no wave of the grid resonates, 2 pi / k_max^2."""
    return 2 * math.pi / largest_wavenumber**2


def resonant_wavenumbers(splitting: Splitting, step: float, intensity: float, largest: float) -> Floats:
    """Wavenumbers up to ``largest`` around those with step k^2/2 = pi, 2 pi ..., out to twice the kicks."""
    highest = 0.5 * largest**2 * step
    orders = np.arange(1, int(min(_MOST_ORDERS, highest / math.pi + 0.5)) + 1)
    width = min(math.pi / 2, 2 * step * intensity * sum(abs(float(c)) for c in splitting.kicks))
    angle = (math.pi * orders[:, None] + np.linspace(-width, width, _ACROSS)).ravel()
    return np.asarray(np.sqrt(2 * angle[angle <= highest] / step))


def excess_rates(splitting: Splitting, step: float, sign: float, intensity: Floats | float, k: Floats) -> Floats:
    """Growth rates of perturbations of wavenumbers ``k`` (k,) above those of the equation, per unit time.

    On a background of ``intensity``, one number or one for each wavenumber.
    """
    angle = 0.5 * k**2 * step
    matrix = np.zeros((2, 2, len(k)))
    matrix[0, 0] = matrix[1, 1] = 1.0
    with np.errstate(over="ignore", invalid="ignore"):  # waves so high that no step serves
        for stage, kick in enumerate(splitting.kicks):
            matrix[1] += 2 * sign * intensity * step * float(kick) * matrix[0]
            if stage < len(splitting.drifts):
                cos, sin = (f(float(splitting.drifts[stage]) * angle) for f in (np.cos, np.sin))
                matrix = np.stack([cos * matrix[0] + sin * matrix[1], cos * matrix[1] - sin * matrix[0]])
        own = k * np.sqrt(np.maximum(sign * intensity - k**2 / 4, 0.0))
        return np.nan_to_num(_rate(matrix, step) - own, nan=math.inf)


def trap_rate(splitting: Splitting, step: float, frequency: float) -> float:
    """Growth rate of the swinging of a wave in a trap; 0 if it is stable, for `strang` up to frequency step = 2."""
    matrix = np.eye(2)[..., None]
    with np.errstate(over="ignore", invalid="ignore"):
        for stage, kick in enumerate(splitting.kicks):
            matrix[1] -= float(kick) * step * frequency**2 * matrix[0]
            if stage < len(splitting.drifts):
                matrix[0] += float(splitting.drifts[stage]) * step * matrix[1]
        return float(np.nan_to_num(_rate(matrix, step), nan=math.inf)[0])


def _rate(matrix: Floats, step: float) -> Floats:
    half = 0.5 * np.abs(matrix[0, 0] + matrix[1, 1])
    return np.asarray(np.arccosh(np.maximum(half, 1.0)) / step)
