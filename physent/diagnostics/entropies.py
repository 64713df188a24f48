"""Entropies of a discrete distribution or of the density that is constant in its cells, and Boltzmann's count.

Each is called as described in `physent.diagnostics.measures`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, xlogy

from physent.diagnostics.gate import public
from physent.errors import UsageError
from physent.typing import Floats

# Below this distance of q from 1, sum p^q is expanded about sum p = 1, beyond it the plain sum loses no digits.
_NEAR_ONE = 0.1


def as_cells(p: ArrayLike) -> Floats:
    # A fixed memory order fixes the order of summation: the same row has the same bits by itself and in a batch.
    return np.ascontiguousarray(p, np.float64)


def _log_density(p: Floats, mu: ArrayLike | None) -> Floats:
    """The logarithm of p/mu, minus infinity for p = 0."""
    with np.errstate(divide="ignore"):
        logs: Floats = np.log(p)
    return logs if mu is None else np.where(p > 0, logs - np.log(np.asarray(mu, np.float64)), -np.inf)


def _volume(size: int, mu: ArrayLike | None) -> float:
    return float(size) if mu is None else float(np.sum(mu))


def _log_volume(size: int, mu: ArrayLike | None) -> float:
    volume = _volume(size, mu)
    return float(np.log(volume)) if volume > 0 else 0.0


def _bounded(value: Floats, largest: float, mu: ArrayLike | None) -> Floats:
    """What rounding has carried past the uniform law, or below 0 in the discrete form, put back there."""
    return np.asarray(np.minimum(value if mu is not None else np.maximum(value, 0.0), largest))


def _power_sum(p: Floats, mu: ArrayLike | None, q: float) -> Floats:
    """The logarithm of sum_a p_a^q mu_a^(1-q), to full relative accuracy also as q tends to 1."""
    logs = _log_density(p, mu)
    seen = p > 0
    if abs(q - 1) < _NEAR_ONE:
        return np.asarray(np.log1p(_deviation(p, logs, q)))
    exponents = np.where(
        seen, (q - 1) * np.where(seen, logs, 0.0) + np.where(seen, _log_density(p, None), 0.0), -np.inf
    )
    return np.asarray(logsumexp(exponents, axis=-1))


def _deviation(p: Floats, logs: Floats, q: float) -> Floats:
    """sum_a p_a ((p_a/mu_a)^(q-1) - 1), that is sum p^q mu^(1-q) - 1."""
    return np.asarray((p * np.expm1((q - 1) * np.where(p > 0, logs, 0.0))).sum(-1))


@public
@dataclass(frozen=True)
class Shannon:
    """Shannon entropy -sum p ln p, with mu the differential entropy -sum p ln(p/mu).

    Shannon 1948, 10.1002/j.1538-7305.1948.tb01338.x.
    """

    takes_counts: ClassVar[bool] = False
    name: ClassVar[str] = "shannon"

    def __call__(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """-sum p ln p + sum p ln mu."""
        cells = as_cells(p)
        value = 0.0 - xlogy(cells, cells).sum(-1)  # no -0.0 for a certain outcome
        value = value if mu is None else value + xlogy(cells, mu).sum(-1)
        return _bounded(value, _log_volume(cells.shape[-1], mu), mu)

    def gradient(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """-ln(p/mu); the constant -1 is left out, as it cancels under sum p = 1."""
        cells = as_cells(p)
        return np.where(cells > 0, -np.where(cells > 0, _log_density(cells, mu), 0.0), 0.0)

    def maximum(self, size: int, mu: ArrayLike | None = None, /) -> float:
        """The logarithm of K or of sum mu: the uniform law."""
        return _log_volume(size, mu)


@public
@dataclass(frozen=True)
class Renyi:
    """Rényi entropy ln(sum p^q mu^(1-q))/(1-q), q >= 0; q = 0, 1 and infinity by their limits (Rényi 1961)."""

    q: float
    takes_counts: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse an order outside [0, infinity]."""
        if not self.q >= 0:
            raise UsageError(f"Renyi: q = {self.q}, expected a number >= 0")

    @property
    def name(self) -> str:
        """``renyi_`` and the order."""
        return f"renyi_{self.q:.15g}"

    def __call__(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """That is ln(sum p^q mu^(1-q))/(1-q); -ln max(p/mu) for q = infinity."""
        cells = as_cells(p)
        if self.q == 1:
            return Shannon()(cells, mu)
        if np.isinf(self.q):
            value = 0.0 - _log_density(cells, mu).max(-1)
        else:
            value = _power_sum(cells, mu, self.q) / (1 - self.q)
        return _bounded(value, self.maximum(cells.shape[-1], mu), mu)

    def gradient(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """q/(1-q) (p/mu)^(q-1) / sum p^q mu^(1-q); for q = infinity minus 1/p at the largest density."""
        cells = as_cells(p)
        if self.q == 1:
            return Shannon().gradient(cells, mu)
        logs = _log_density(cells, mu)
        if np.isinf(self.q):
            largest = logs == logs.max(-1, keepdims=True)
            return np.where(largest, -1 / np.where(largest, cells, 1.0), 0.0)
        exponents = (self.q - 1) * np.where(cells > 0, logs, 0.0) - _power_sum(cells, mu, self.q)[..., None]
        return np.where(cells > 0, self.q / (1 - self.q) * np.exp(exponents), 0.0)

    def maximum(self, size: int, mu: ArrayLike | None = None, /) -> float:
        """The logarithm of K or of sum mu, for every q."""
        return Shannon().maximum(size, mu)


@public
@dataclass(frozen=True)
class Tsallis:
    """Tsallis entropy (1 - sum p^q mu^(1-q))/(q-1), q >= 0; Shannon at q = 1 (Tsallis 1988, 10.1007/BF01016429)."""

    q: float
    takes_counts: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse an order that is negative or not finite."""
        if not 0 <= self.q < np.inf:
            raise UsageError(f"Tsallis: q = {self.q}, expected a finite number >= 0")

    @property
    def name(self) -> str:
        """``tsallis_`` and the order."""
        return f"tsallis_{self.q:.15g}"

    def __call__(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """(1 - sum p^q mu^(1-q))/(q-1)."""
        cells = as_cells(p)
        if self.q == 1:
            return Shannon()(cells, mu)
        if abs(self.q - 1) < _NEAR_ONE:
            value = -_deviation(cells, _log_density(cells, mu), self.q) / (self.q - 1)
        else:
            value = -np.expm1(_power_sum(cells, mu, self.q)) / (self.q - 1)
        return _bounded(value, self.maximum(cells.shape[-1], mu), mu)

    def gradient(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """-q (p/mu)^(q-1) / (q-1)."""
        cells = as_cells(p)
        if self.q == 1:
            return Shannon().gradient(cells, mu)
        logs = np.where(cells > 0, _log_density(cells, mu), 0.0)
        return np.where(cells > 0, -self.q * np.exp((self.q - 1) * logs) / (self.q - 1), 0.0)

    def maximum(self, size: int, mu: ArrayLike | None = None, /) -> float:
        """(1 - V^(1-q))/(q-1) with V = K or sum mu."""
        volume = _volume(size, mu)
        if self.q == 1:
            return float(np.log(volume))
        return float(-np.expm1((1 - self.q) * np.log(volume)) / (self.q - 1))


def _log_multinomial(n: Floats) -> Floats:
    """Logarithm of N!/prod_a n_a! of whole numbers (..., K), as a sum of terms of which no large ones cancel.

    With ln n! = n ln n - n + ln(2 pi n)/2 + s(n) it is sum_a n_a ln(N/n_a), which has no negative terms, and half
    logarithms and s of N and of each n_a > 0. N is that of the largest n_a and the rest, which is small if W is.
    """
    at = n.argmax(-1)[..., None]
    largest = np.maximum(np.take_along_axis(n, at, -1), 1.0)
    others = n.copy()
    np.put_along_axis(others, at, 0.0, -1)
    rest = others.sum(-1, keepdims=True)
    total, seen = largest + rest, others > 0
    some = np.where(seen, others, 1.0)
    each = some * np.log(total / some) - 0.5 * np.log(2 * np.pi * some) - _beyond_stirling(some)
    top = (largest + 0.5) * np.log1p(rest / largest) + _beyond_stirling(total) - _beyond_stirling(largest)
    return np.asarray(np.where(seen, each, 0.0).sum(-1) + top[..., 0])


def _beyond_stirling(n: Floats) -> Floats:
    """s(n) = ln n! - (n + 1/2) ln n + n - ln(2 pi)/2, n >= 1: its asymptotic series (NIST DLMF 5.11.1) from 16 on."""
    x = 1 / np.maximum(n, 16.0)
    y = x * x
    series = x * (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * 691 / 360360)))))
    below = np.maximum(16 - n, 0).astype(np.int64)
    return np.asarray(series + _DOWN[below])


# s(n) - s(16) for n = 16, 15, ..., 1 by s(n) - s(n + 1) = (n + 1/2) ln(1 + 1/n) - 1
_DOWN = np.array([0.0, *np.cumsum([(n + 0.5) * np.log1p(1 / n) - 1 for n in range(15, 0, -1)])])


@public
@dataclass(frozen=True)
class LnW:
    """Boltzmann's ln W = ln N! - sum ln n_a! + sum n_a ln mu_a of a macrostate given by counts, exact at any N.

    To rounding also of nearly certain macrostates: of factorials only what Stirling's formula leaves is subtracted.
    An exact function of the counts: nothing is estimated, so it has no bias and no sampling error
    (Boltzmann 1877; Ehrenfest 1911).
    """

    takes_counts: ClassVar[bool] = True
    name: ClassVar[str] = "ln_w"

    def __call__(self, counts: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """Of whole counts, shape (..., K)."""
        n = as_cells(counts)
        if np.any(n != np.floor(n)) or np.any(n < 0):
            raise UsageError("ln_w is a function of counts: found values that are no whole numbers >= 0")
        value = _log_multinomial(n)
        return np.asarray(value if mu is None else value + xlogy(n, mu).sum(-1))

    def gradient(self, p: ArrayLike, mu: ArrayLike | None = None, /) -> Floats:
        """Refused: ln W has no sampling error."""
        raise UsageError("ln_w is an exact function of the counts and has no sampling error")

    def maximum(self, size: int, mu: ArrayLike | None = None, /) -> float:
        """Refused: it depends on N."""
        raise UsageError("ln_w has no maximum without N: call ln_w on the most even counts")
