"""Divergences from a reference law, and the statistical complexity built on one of them.

Each is called as described in `physent.diagnostics.measures`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import rel_entr

from physent.diagnostics.entropies import Shannon, as_cells
from physent.diagnostics.gate import public
from physent.errors import UsageError
from physent.typing import Floats


def _reference(reference: ArrayLike | None, size: int) -> Floats:
    if reference is None:
        return np.full(size, 1 / size)
    law = np.asarray(reference, np.float64)
    if law.shape != (size,):
        raise UsageError(f"reference law: found shape {law.shape}, expected ({size},), one probability per cell")
    return law


def _check_reference(owner: str, reference: ArrayLike | None) -> None:
    if reference is None:
        return
    law = np.asarray(reference, np.float64)
    if law.ndim != 1 or not np.all(law >= 0) or abs(law.sum() - 1) > 1e-9:
        raise UsageError(
            f"{owner}: the reference law must be one-dimensional, >= 0 and sum to 1 (found sum {law.sum():.12g})"
        )


@public
@dataclass(frozen=True, eq=False)
class KL:
    """Relative entropy sum p ln(p/r) to a reference law r (uniform if None); infinite if p leaves the support of r.

    The same for densities, so that mu does not enter (Kullback and Leibler 1951, 10.1214/aoms/1177729694).
    """

    reference: ArrayLike | None = None
    takes_counts: ClassVar[bool] = False
    name: ClassVar[str] = "kl"

    def __post_init__(self) -> None:
        """Refuse a reference that is not a distribution."""
        _check_reference("KL", self.reference)

    def __call__(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """Sum p ln(p/r), never below 0 by rounding."""
        cells = as_cells(p)
        return np.asarray(np.maximum(rel_entr(cells, _reference(self.reference, cells.shape[-1])).sum(-1), 0.0))

    def gradient(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """The slope ln(p/r) without its constant."""
        cells = as_cells(p)
        with np.errstate(divide="ignore"):
            logs = np.log(np.where(cells > 0, cells, 1.0)) - np.log(_reference(self.reference, cells.shape[-1]))
        return np.where(cells > 0, logs, 0.0)

    def maximum(self, size: int, mu: ArrayLike | None = None, /) -> float:
        """-ln min r: all weight in the cell of least probability r."""
        with np.errstate(divide="ignore"):
            return float(-np.log(_reference(self.reference, size).min()))


@public
@dataclass(frozen=True, eq=False)
class JensenShannon:
    """Jensen-Shannon divergence H((p+r)/2) - H(p)/2 - H(r)/2 to a reference law r (uniform if None), at most ln 2.

    The same for densities, so that mu does not enter (Lin 1991, 10.1109/18.61115).
    """

    reference: ArrayLike | None = None
    takes_counts: ClassVar[bool] = False
    name: ClassVar[str] = "jensen_shannon"

    def __post_init__(self) -> None:
        """Refuse a reference that is not a distribution."""
        _check_reference("JensenShannon", self.reference)

    def __call__(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """Half of sum p ln(2p/(p+r)) + r ln(2r/(p+r)), never below 0 by rounding."""
        cells = as_cells(p)
        law = _reference(self.reference, cells.shape[-1])
        middle = (cells + law) / 2
        return np.asarray(np.maximum((rel_entr(cells, middle) + rel_entr(law, middle)).sum(-1) / 2, 0.0))

    def gradient(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """The slope ln(2p/(p+r))/2."""
        cells = as_cells(p)
        middle = (cells + _reference(self.reference, cells.shape[-1])) / 2
        return np.where(cells > 0, np.log(np.where(cells > 0, cells / np.where(middle > 0, middle, 1.0), 1.0)) / 2, 0.0)

    def maximum(self, size: int, mu: ArrayLike | None = None, /) -> float:
        """All weight in the cell of least probability r: the divergence is convex in p."""
        law = _reference(self.reference, size)
        delta = np.zeros(size)
        delta[law.argmin()] = 1
        return float(self(delta))


@public
@dataclass(frozen=True)
class StatisticalComplexity:
    """Jensen-Shannon complexity C = H/ln K * JS(p, u)/JS_max with u uniform on K cells, between 0 and 1.

    JS_max = -[(K+1)/K ln(K+1) - 2 ln 2K + ln K]/2 is the divergence of one occupied cell
    (Lamberti et al. 2004, 10.1016/j.physa.2003.11.005; Rosso et al. 2007, 10.1103/PhysRevLett.99.154102).
    """

    takes_counts: ClassVar[bool] = False
    name: ClassVar[str] = "statistical_complexity"

    def __call__(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """Normalised entropy times normalised divergence; zero for a single cell."""
        cells = as_cells(p)
        size = cells.shape[-1]
        if size == 1:
            return np.zeros(cells.shape[:-1])
        return np.asarray(Shannon()(cells) * JensenShannon()(cells) / (np.log(size) * jensen_shannon_maximum(size)))

    def gradient(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """The product rule."""
        cells = as_cells(p)
        size = cells.shape[-1]
        if size == 1:
            return np.zeros_like(cells)
        shannon, divergence = Shannon(), JensenShannon()
        slope = shannon.gradient(cells) * divergence(cells)[..., None] + shannon(cells)[
            ..., None
        ] * divergence.gradient(cells)
        return np.asarray(slope / (np.log(size) * jensen_shannon_maximum(size)))

    def maximum(self, size: int, mu: ArrayLike | None = None, /) -> float:
        """Refused: the largest complexity depends on H and is a curve, `hc_bounds`."""
        raise UsageError("statistical_complexity has no single maximum: its bounds depend on H, see hc_bounds")


def jensen_shannon_maximum(size: int) -> float:
    """JS divergence between one occupied cell and the uniform law on `size` cells."""
    k = float(size)
    return float(-0.5 * ((k + 1) / k * np.log(k + 1) - 2 * np.log(2 * k) + np.log(k)))
