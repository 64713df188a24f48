"""Measures of a discrete distribution: functions of cell probabilities p and cell measures mu, in nats.

A measure is a small frozen object called as ``measure(p, mu=None)``: p has shape (..., K), holds probabilities that
sum to one on the last axis, and the result has shape (...). Only `LnW` takes counts in place of p. Without mu the
value is that of the discrete distribution; with mu, the cell volumes of shape (K,), it is the differential form: the
measure of the density p/mu that is constant in every cell. `gradient` gives the derivative with respect to p, from
which standard errors follow. `physent.diagnostics.estimators` has the estimation from finite data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from numpy.typing import ArrayLike

from physent.diagnostics.divergences import KL, JensenShannon, StatisticalComplexity, jensen_shannon_maximum
from physent.diagnostics.entropies import LnW, Renyi, Shannon, Tsallis
from physent.diagnostics.gate import public
from physent.errors import UsageError
from physent.typing import Floats

__all__ = [
    "KL",
    "JensenShannon",
    "LnW",
    "Measure",
    "Renyi",
    "Shannon",
    "StatisticalComplexity",
    "Tsallis",
    "jensen_shannon_maximum",
    "measure_named",
]


class Measure(Protocol):
    """A functional of (p, mu), or of (counts, mu) if `takes_counts`."""

    takes_counts: ClassVar[bool]

    @property
    def name(self) -> str:
        """The name in files and configs, as in ``renyi_2``."""

    def __call__(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """The value in nats, one for each leading index of p."""

    def gradient(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """The derivative with respect to p, shape of p; zero in empty cells."""

    def maximum(self, size: int, mu: ArrayLike | None = None, /) -> float:
        """The largest value over all p on `size` cells."""


_FIXED: dict[str, Callable[[], Measure]] = {
    "shannon": Shannon,
    "kl": KL,
    "jensen_shannon": JensenShannon,
    "statistical_complexity": StatisticalComplexity,
    "ln_w": LnW,
    "multiplicity": LnW,
}
_ORDERED: dict[str, Callable[[float], Measure]] = {"renyi": Renyi, "tsallis": Tsallis}


@public
def measure_named(name: str) -> Measure:
    """The measure of that name, as configs and files write it: ``shannon``, ``renyi_2``, ``renyi_inf``, ``ln_w`` ..."""
    if name in _FIXED:
        return _FIXED[name]()
    family, _, order = name.partition("_")
    try:
        return _ORDERED[family](float(order))
    except (KeyError, ValueError):
        known = ", ".join([*_FIXED, "renyi_Q", "tsallis_Q"])
        raise UsageError(f"measure: found {name!r}, expected one of {known} with a number Q") from None
