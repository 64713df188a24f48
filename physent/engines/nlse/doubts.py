"""Legal but doubtful records of any method: a grid too coarse, a box too short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from physent.engines import Arrays, Doubts

if TYPE_CHECKING:
    from physent.engines.nlse.methods.integration import Integration

UNRESOLVED = 1e-10
"""Value of `spectral_tail` above which the grid limits the accuracy, whatever the method."""

REACHED = 1e-8
"""Relative height at the seam above which a trapped wave has reached the kink; round-off and noise are below it."""


def spectrum(state: Integration, record: Arrays, limit: float) -> Doubts:
    """A spectrum that the grid does not resolve: a `spectral_tail` above ``limit``.

    The modes beyond the grid are weaker than those at its end, whose amplitude is the root of the tail. Measured in the
    two-soliton collision (384 to 1024 points), the error of the wave is about 1e-3 of that root once it is below
    1e-6.
    """
    equation, tail = state.equation, record["spectral_tail"]
    if tail.max() > limit:
        cure = (
            f"raise parameters.points above {equation.points}, or start from a smoother wave "
            "(for noise, a smaller initial.noise_band)"
        )
        if not equation.kept.all():
            cure += " (or use dealias: none, which keeps twice as many modes)"
        message = (
            f"spectrum not resolved: spectral_tail is {tail.max():.1e} at time {state.time.min():.6g} "
            f"(replica {int(tail.argmax())}), expected below {limit:.0e}; {cure}"
        )
        yield "spectral_tail", message


def seam(state: Integration, record: Arrays) -> Doubts:
    """A trapped wave that reaches the seam of the box."""
    if not state.equation.frequency:
        return
    ends = np.hypot(record["psi_real"][:, [0, -1]], record["psi_imag"][:, [0, -1]]).max(axis=1)
    height = np.divide(ends, np.sqrt(record["max_intensity"]), out=np.zeros_like(ends), where=ends > 0)
    if height.max() > REACHED:
        message = (
            f"the wave reaches the seam of the box, where the potential has a kink: relative height "
            f"{height.max():.1e} at time {state.time.min():.6g} (replica {int(height.argmax())}), expected below "
            f"{REACHED:.0e}; raise parameters.length, or parameters.potential.frequency"
        )
        yield "seam", message
