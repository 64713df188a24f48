"""Entropies of a wave on a line: of its density over position and over wavenumber."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from physent.declare import Variable
from physent.diagnostics.run.declare import Context, Diagnostic, MeasureName, Name, Record, Some
from physent.diagnostics.warn import warn
from physent.typing import Array, Floats

WHERE = {"x": "position", "k": "wavenumber"}
LEAST = 1 + math.log(math.pi)  # of S_x + S_k

TAIL_FROM = 0.9  # of the largest wavenumber
UNRESOLVED = 1e-4
"""Share of the spectrum beyond it above which the grid is doubted; S_k is then off by some 1e-3."""

JUMP = 0.01
"""Step across the seam of the period, over the largest modulus, above which a wave is doubted that has no such steps
elsewhere."""


class WaveEntropies(Diagnostic):
    """Entropies of |psi|^2 over position and of |psi_k|^2 over wavenumber, each normalised to one, in nats.

    `differential`: entropies of the densities per length and per wavenumber, which tend to those of the continuous wave
    as the grid is refined; for Shannon S_x + S_k >= 1 + ln pi (I. Bialynicki-Birula and J. Mycielski, Commun. Math.
    Phys. 44, 129 (1975), 10.1007/BF01608825). `grid`: entropies of the probabilities of the grid points, which grow by
    ln 2 if the spacing is halved (for wavenumbers, if the box is doubled). No counting is involved: plug-in, no
    standard error.
    """

    in_nats = True

    kind: Literal["wave_entropies"]
    name: Name = Field(default="wave_entropies", description="prefix of the variables NAME_MEASURE_x, NAME_MEASURE_k")
    space: Literal["position", "wavenumber", "both"] = Field(
        default="both", description="position (NAME_MEASURE_x), wavenumber (NAME_MEASURE_k) or both"
    )
    measures: Some[MeasureName] = Field(
        default=("shannon",), description="shannon, renyi_Q, renyi_inf, tsallis_Q; Q >= 0"
    )
    form: Literal["differential", "grid"] = Field(
        default="differential", description="of the density, or of the probabilities of the grid points"
    )

    @field_validator("measures")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        twice = [measure for index, measure in enumerate(value) if measure in value[:index]]
        if twice:
            raise PydanticCustomError("twice", "found {name} twice", {"name": twice[0]})
        return value

    def _spaces(self) -> Iterator[str]:
        for letter, space in WHERE.items():
            if self.space in (space, "both"):
                yield letter

    def sources(self) -> tuple[str, ...]:
        needed = {"x": ("psi_real", "psi_imag"), "k": ("spectrum",)}
        return tuple(name for letter in self._spaces() for name in needed[letter])

    def variables(self, context: Context) -> tuple[Variable, ...]:
        return tuple(
            Variable(
                f"{self.name}_{measure}_{letter}",
                f"{measure} entropy of the wave over {WHERE[letter]}, {self.form}",
                attrs=self._attrs(measure, letter, context),
            )
            for letter in self._spaces()
            for measure in self.measures
        )

    def _attrs(self, measure: str, letter: str, context: Context) -> dict[str, Any]:
        at = _axis(letter, context)
        step = _spacing(at)
        low, high = float(at[0] - 0.5 * step), float(at[-1] + 0.5 * step)
        cells = {"low": low, "high": high, "cells": len(at), "periodic": letter == "x"}
        return {
            "base": "nats",
            "measure": measure,
            "estimator": "plugin",
            "form": self.form,
            "space": json.dumps({"grid": cells}),
            "source": "psi_real, psi_imag" if letter == "x" else "spectrum",
        }

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.measures import measure_named
        from physent.diagnostics.tally import weigh

        values: dict[str, ArrayLike] = {}
        for letter in self._spaces():
            density = record["psi_real"] ** 2 + record["psi_imag"] ** 2 if letter == "x" else record["spectrum"]
            weights = weigh(density, _spacing(_axis(letter, context)))
            mu = weights.mu if self.form == "differential" else None
            for measure in self.measures:
                values[f"{self.name}_{measure}_{letter}"] = measure_named(measure)(weights.p, mu)
        if "spectral_tail" not in context.variables:  # by which an engine doubts its waves itself
            self._doubt(record, values, context)
        return values

    def _doubt(self, record: Record, values: Mapping[str, ArrayLike], context: Context) -> None:
        """Warn of the spectrum of a wave that its grid does not resolve, or that is cut."""
        if "spectrum" not in record:
            return
        doubts = []
        psi = record["psi_real"] + 1j * record["psi_imag"] if "psi_real" in record else None
        if psi is not None and (jump := _jump(psi)) > JUMP:
            doubts.append(
                f"psi jumps by {jump:.2g} of its largest modulus from the last place to the first, which follow each "
                "other on the periodic line: take a window whose edges the wave does not reach"
            )
        elif (tail := _tail(record["spectrum"], context.coordinates["wavenumber"])) > UNRESOLVED:
            doubts.append(
                f"{tail:.1e} of the spectrum lies above {TAIL_FROM} of the largest wavenumber, expected below "
                f"{UNRESOLVED:.0e}: the grid does not resolve the wave, take smaller steps of x"
            )
        pair = [values.get(f"{self.name}_shannon_{letter}") for letter in WHERE]
        if psi is not None and self.form == "differential" and pair[0] is not None and pair[1] is not None:
            # A wave all round the periodic line may have less, down to the ln 2 pi of a plane one.
            least = float(np.add(pair[0], pair[1])[_at_seam(psi) < JUMP].min(initial=np.inf))
            if least < LEAST - 1e-9:
                doubts.append(f"S_x + S_k is {least:.5g}, no wave has less than 1 + ln pi = {LEAST:.5g}")
        if doubts:
            warn("; ".join(doubts))


def _jump(psi: Array) -> float:
    """Largest step of waves (replica, x) across the seam, over the largest modulus; 0 if there are like ones inside."""
    across = np.abs(psi[:, 0] - psi[:, -1])
    inside = np.abs(np.diff(psi, axis=1)).max(axis=1, initial=0.0)
    return float(np.where(across > 2 * inside, across / np.abs(psi).max(axis=1), 0.0).max())


def _at_seam(psi: Array) -> Floats:
    """Modulus at the ends of the line over the largest one, (replica,)."""
    size = np.abs(psi)
    return np.asarray(size[:, [0, -1]].max(axis=1) / size.max(axis=1))


def _tail(spectrum: Floats, wavenumber: Floats) -> float:
    """Largest share of the spectra (replica, wavenumber) above `TAIL_FROM` of the largest wavenumber."""
    size = np.abs(wavenumber)
    return float((spectrum[:, size > TAIL_FROM * size.max()].sum(axis=1) / spectrum.sum(axis=1)).max())


def _axis(letter: str, context: Context) -> Array:
    return context.coordinates["x" if letter == "x" else "wavenumber"]


def _spacing(at: Array) -> float:
    return float((at[-1] - at[0]) / (len(at) - 1))


KIND = WaveEntropies
