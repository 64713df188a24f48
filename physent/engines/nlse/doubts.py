"""What is legal but doubtful in a record: a grid too coarse, a tolerance missed, a box too short."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.engines import Arrays
from physent.engines.nlse import checks, observables
from physent.engines.nlse.state import ADAPTIVE, State


def found(state: State, record: Arrays) -> Iterator[tuple[str, str]]:
    """(key, message) of every doubt about the record of ``state``."""
    yield from _spectrum(state, record)
    if state.setup.method == ADAPTIVE:
        yield from _tolerance(state, record)
    if state.setup.frequency:
        yield from _seam(state, record)


def least_error(state: State, record: Arrays) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What the mass alone proves of the relative L2 error of psi, shape (replica,); 0 where there is no wave.

    The exact wave keeps its norm. With an error e, the triangle inequality has | |psi + e| - |psi| | <= |e|, so that
    |e| / |psi| is at least |sqrt(M / M_0) - 1| (derived here). No other size of error follows from the mass: it is a
    lower bound, about 1e-3 of the error on solitons, breathers and turbulence.
    """
    ratio = np.divide(record["mass"], state.first_mass, out=np.ones_like(state.first_mass), where=state.first_mass > 0)
    return np.abs(np.sqrt(ratio) - 1.0)


def _spectrum(state: State, record: Arrays) -> Iterator[tuple[str, str]]:
    setup, tail = state.setup, record["spectral_tail"]
    limit = observables.largest_tail(setup)
    if tail.max() > limit:
        cure = (
            f"raise parameters.points above {setup.points}, or start from a smoother wave "
            "(noise: with a smaller initial.noise_band)"
        )
        if not setup.kept.all():
            cure += " (or use dealias: none, which keeps twice as many modes)"
        message = (
            f"spectrum not resolved: spectral_tail is {tail.max():.1e} at time {state.time.min():.6g} "
            f"(replica {int(tail.argmax())}), expected below {limit:.0e}; {cure}"
        )
        yield "spectral_tail", message


def _tolerance(state: State, record: Arrays) -> Iterator[tuple[str, str]]:
    """Steps whose estimate is above the tolerance, or a mass that proves an error above tolerance times time."""
    setup = state.setup
    time = float(state.time.min())
    if state.missed.any():
        message = (
            f"tolerance missed: steps until time {time:.6g} have an estimated error of up to {state.missed.max():.1e} "
            f"per unit time (replica {int(state.missed.argmax())}), expected at most {setup.tolerance:g}; "
            "that is round-off, which shorter steps do not lessen: raise parameters.tolerance"
        )
        yield "tolerance", message
        return
    error = least_error(state, record)
    # Each evaluation turns the wave by a factor whose modulus is off 1 by round-off.
    excess = error - setup.tolerance * (state.time - state.leg_start) - np.finfo(float).eps * (10 + state.evaluations)
    if excess.max() > 0:
        worst = int(excess.argmax())
        message = (
            f"tolerance missed: the mass has changed since time {state.leg_start:g}, so that psi is off by at least "
            f"{error[worst]:.1e} at time {time:.6g} (replica {worst}), expected at most tolerance times time = "
            f"{setup.tolerance * (time - state.leg_start):.1e}; lower parameters.tolerance"
        )
        yield "tolerance", message


def _seam(state: State, record: Arrays) -> Iterator[tuple[str, str]]:
    ends = np.hypot(record["psi_real"][:, [0, -1]], record["psi_imag"][:, [0, -1]]).max(axis=1)
    seam = np.divide(ends, np.sqrt(record["max_intensity"]), out=np.zeros_like(ends), where=ends > 0)
    if seam.max() > checks.REACHED:
        message = (
            f"the wave reaches the seam of the box, where the potential has a kink: relative height "
            f"{seam.max():.1e} at time {state.time.min():.6g} (replica {int(seam.argmax())}), expected below "
            f"{checks.REACHED:.0e}; raise parameters.length, or parameters.potential.frequency"
        )
        yield "seam", message
