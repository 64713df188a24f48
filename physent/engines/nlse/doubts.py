"""Legal but doubtful records of any method: a grid too coarse, a box too short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from physent.engines import Arrays, Doubts
from physent.engines.nlse.equation import Equation
from physent.engines.nlse.resonance import first_resonance
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.engines.nlse.methods.integration import Integration

UNRESOLVED = 1e-10
"""Value of `spectral_tail` above which the grid limits the accuracy, whatever the method."""

REACHED = 1e-8
"""Relative height at the seam above which a trapped wave has reached the kink; round-off and noise are below it."""

MEETS = 1e-4
"""Relative height at the seam above which a wave that began inside a box without a trap goes round it.

What meets itself there acts on the rest by about as much; the tails that a config is checked for are far below.
"""

SPLIT_ERROR = 1e-3
"""Error of psi, proved by the energy, above which a splitting's steps are too long.

The real error is ten to a hundred times as large: after a collision of two solitons (0.005 to 0.2 per step) 0.07 with
4e-4 proved by `strang`, 0.012 with 7e-4 by `rkn4`, 0.016 with 1.3e-3 by `rkn6`.
"""


def spectrum(state: Integration, record: Arrays, limit: float, step: float = 0.0) -> Doubts:
    """A spectrum that the grid does not hold: a `spectral_tail` above ``limit``, with the ``step`` of a splitting.

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
        if first_resonance(equation.largest_wavenumber) < step:
            cure = f"{_shorter(equation, step)}; then, if the start itself is not resolved, {cure}"
        if not equation.kept.all():
            cure += " (or use dealias: none, which keeps twice as many modes)"
        message = (
            f"spectrum not resolved: spectral_tail is {tail.max():.1e} at time {state.time.min():.6g} "
            f"(replica {int(tail.argmax())}), expected below {limit:.0e}; {cure}"
        )
        yield "spectral_tail", message


def _shorter(equation: Equation, step: float) -> str:
    return (
        f"lower parameters.step from {step:g} below 2 pi / k_max^2 = "
        f"{first_resonance(equation.largest_wavenumber):.3g}: longer steps feed short waves, "
        "and more points make it worse"
    )


def energy_error(state: Integration, record: Arrays) -> Floats:
    """What the energy by itself proves of the relative L2 error of psi, (replica,); 0 if there is no wave.

    E is conserved, on the grid as well, and its change by an error e is 2 Re <H psi, e> with (H psi) = -psi_xx/2 - s
    |psi|^2 psi + U psi, so that |e| / |psi| is at least |E - E_0| / (2 |H psi| |psi|), to first order (derived here).
    """
    with np.errstate(over="ignore", invalid="ignore"):  # the sixth power of the highest waves
        bound = 2 * np.sqrt(record["mass"]) * state.stiffness(record)
        change = np.abs(record["energy"] - state.first_energy)
        return np.asarray(np.divide(change, bound, out=np.zeros_like(change), where=bound > 0))


def energy(state: Integration, record: Arrays, allowed: Floats | float, step: float = 0.0) -> Doubts:
    """An energy that has changed by more than an error of ``allowed`` explains."""
    if state.first_energy is None:
        return
    error = energy_error(state, record)
    excess = error - allowed
    if excess.max() > 0:
        worst = int(excess.argmax())
        if first_resonance(state.equation.largest_wavenumber) < step:
            cure = _shorter(state.equation, step)
        else:
            cure = f"lower parameters.step from {step:g}" if step else "lower parameters.tolerance"
        message = (
            f"the energy has changed from {state.first_energy[worst]:.6g} at time {state.leg_start:g} to "
            f"{record['energy'][worst]:.6g} at time {state.time.min():.6g} (replica {worst}), so that psi is off by at "
            f"least {error[worst]:.1e}, expected at most {np.broadcast_to(allowed, error.shape)[worst]:.1e}; {cure}"
        )
        yield "energy", message


def seam(state: Integration, record: Arrays) -> Doubts:
    """A wave that reaches the seam of the box: in a trap a kink, else itself, if it was not there at the start."""
    height = state.seam_height(record)
    if state.equation.has_kink:
        if height.max() > REACHED:
            message = (
                f"the wave reaches the seam of the box, where the potential has a kink: relative height "
                f"{height.max():.1e} at time {state.time.min():.6g} (replica {int(height.argmax())}), expected below "
                f"{REACHED:.0e}; raise parameters.length"
                f"{', or parameters.potential.frequency' if state.equation.kind == 'harmonic' else ''}"
            )
            yield "seam", message
    elif state.first_seam is not None:
        height = np.where(state.first_seam < REACHED, height, 0.0)
        if height.max() > MEETS:
            message = (
                f"the wave reaches the seam of the box: relative height {height.max():.1e} at time "
                f"{state.time.min():.6g} (replica {int(height.argmax())}), above {MEETS:.0e}; from here on it goes "
                "round the periodic box and meets itself: raise parameters.length if a line is meant"
            )
            yield "seam", message
