"""Shared by the methods: the part of the state that survives a change of method; start, record and change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from physent.core.splitting import Splitting
from physent.engines import Arrays, EngineConfig, Method
from physent.engines.nlse import initial, observables
from physent.engines.nlse.equation import Equation
from physent.errors import RunError
from physent.theory.solitons import Wave
from physent.typing import Array, Floats, Integers

WORK_PER_POINT = 1.0
"""Units of work (about 10 ns) per stage and point of the transform."""


@dataclass(kw_only=True)
class Integration(ABC):
    """State of a method: a wave and a clock per replica, since replicas advance separately."""

    wave: Wave  # (replica, points) complex128, in the method's own representation
    leg_start: float  # time at which this leg started
    time: Floats  # (replica,)
    evaluations: Integers  # stages so far, in all legs
    rejections: Integers  # rejected steps so far, in all legs
    # Of the wave with which this leg began, (replica,); None in files of earlier versions: then nothing is judged.
    first_energy: Floats | None = None
    first_seam: Floats | None = None  # relative height at the seam of the box
    equation: Equation = field(metadata={"derived": True})

    @abstractmethod
    def psi(self) -> Wave:
        """The wave at the time of the state, a new array (replica, points)."""

    def sums(self, psi: Wave, modes: Floats) -> observables.Sums:
        """Sums of `psi` and its spectral density."""
        return observables.sums_of(self.equation, psi, modes)

    def stiffness(self, record: Arrays) -> Floats:
        """`observables.stiffness` of a record."""
        return observables.stiffness(self.equation, record)

    def seam_height(self, record: Arrays) -> Floats:
        """`observables.seam_height` of a record."""
        return observables.seam_height(record)


@dataclass(frozen=True, kw_only=True)
class Integrator(Method):
    """A method, with the parameter that sets its accuracy."""

    accuracy: Literal["step", "tolerance"]
    splitting: Splitting | None = None
    """Its step, if it is a splitting."""
    resolved: Callable[[Any], Mapping[str, str | float]] = lambda parameters: {}
    """Values chosen for what the parameters leave open, as `Engine.resolved`."""


Begin = Callable[[EngineConfig, Wave, float], Any]
"""(config, psi, time) -> state at ``time`` with the wave ``psi`` (replica, points)."""


def starting(begin: Begin) -> Callable[[EngineConfig, Arrays | None], Any]:
    """`Method.start` of a method whose states `begin` makes."""

    def start(config: EngineConfig, given: Arrays | None) -> Any:
        psi = initial.waves(config) if given is None else given["psi_real"] + 1j * given["psi_imag"]
        return begin(config, psi, config.schedule.start)

    return start


def changing(begin: Begin) -> Callable[[EngineConfig, Any], Any]:
    """`Method.change`: the same wave and counters under another equation, method or accuracy."""

    def change(config: EngineConfig, state: Integration) -> Any:
        fresh = begin(config, state.psi(), float(state.time.min()))
        fresh.evaluations, fresh.rejections = state.evaluations, state.rejections
        return fresh

    return change


def carried(equation: Equation, wave: Wave, psi: Wave, time: float) -> dict[str, Any]:
    """The shared fields of a fresh state of the wave ``psi``, which the method carries along as ``wave``."""
    replicas = wave.shape[0]
    record = observables.observe(equation, psi)
    return {
        "wave": np.ascontiguousarray(wave),
        "leg_start": time,
        "time": np.full(replicas, time),
        "evaluations": np.zeros(replicas, dtype=np.int64),
        "rejections": np.zeros(replicas, dtype=np.int64),
        "first_energy": record["energy"],
        "first_seam": observables.seam_height(record),
        "equation": equation,
    }


def fields(state: Integration) -> dict[str, Array]:
    """All declared variables of the current state."""
    psi = state.psi()
    modes = observables.density(state.equation, psi)
    scalars = observables.scalars(state.equation, state.sums(psi, modes))
    return scalars | observables.places(psi) | observables.spectrum(modes)


def budget(state: Integration, work: int, stages: int) -> int:
    """Steps per replica that ``work`` units allow; a step has ``stages`` pairs of transforms."""
    rows, length = state.equation.tables.work
    return max(1, int(work / (WORK_PER_POINT * stages * (rows // 2) * length * state.wave.shape[0])))


def refuse_not_finite(state: Integration, target: float) -> None:
    """Raise RunError if the wave or the clock of a replica is not finite."""
    bad = ~(np.isfinite(state.wave.real).all(axis=1) & np.isfinite(state.wave.imag).all(axis=1))
    bad |= ~np.isfinite(state.time)
    if bad.any():
        replica = int(np.argmax(bad))
        raise RunError(
            f"replica {replica}: psi is not finite on the way to time {target:.6g}; "
            f"choose a smaller amplitude or a smaller parameters.step"
        )


def record_bytes(config: EngineConfig) -> int:
    """Estimated bytes of the wave and of one record."""
    return int(config.replicas) * int(config.parameters.points) * 16 * 5
