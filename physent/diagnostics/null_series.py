"""Surrogate series, in which a dependence is destroyed and the rest is kept, and the test of a statistic by them.

Surrogate i is fixed by ``seed``, its kind and i, whatever the number of others (counter-based streams), and all rows of
a batch are moved alike, so that what they have in common stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from physent.core.random import Purpose, uniform_array
from physent.diagnostics.arrays import along, finite
from physent.diagnostics.gate import public
from physent.diagnostics.scales import exponent
from physent.diagnostics.warn import warn
from physent.errors import UsageError
from physent.typing import Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims

Kind: TypeAlias = Literal["shift", "shuffle", "phase", "iaaft"]

_MOST_ROUNDS = 300
_MISSED = 0.1


@dataclass(frozen=True, eq=False)
class SurrogateTest:
    """A statistic of the data and of its surrogates (number,).

    The `effect` is the value less the mean over surrogates, which removes what bias they share; `effect_error` is its
    standard deviation if the null hypothesis holds, sqrt(1 + 1/number) times that of the surrogates. The `p_value` is
    exact for exchangeable surrogates, never below 1/(number + 1); `p_error` is what the choice of surrogates leaves
    open, sqrt(p (1 - p) / (number + 1)).
    """

    value: float
    effect: float
    effect_error: float
    p_value: float
    p_error: float
    surrogates: Floats
    kind: str
    side: str

    def __repr__(self) -> str:
        """One line, without the values of the surrogates."""
        return (
            f"SurrogateTest(value={self.value:.6g}, effect={self.effect:.6g} +- {self.effect_error:.2g}, "
            f"p_value={self.p_value:.4g} +- {self.p_error:.2g}, kind={self.kind!r}, side={self.side!r}, "
            f"{len(self.surrogates)} surrogates)"
        )


@public
def surrogates(
    x: Data, number: int = 99, *, kind: Kind = "shift", least: int | None = None, seed: int = 0, dim: Dims = None
) -> Any:
    """Surrogates of a series: (..., n) -> (..., number, n); of a DataArray with the new dimension ``surrogate``.

    - ``shift`` moves the series round by at least ``least`` samples (default n/20), another shift for each: it keeps
      everything but the relation to other series (G. Lancaster et al., Phys. Rep. 748, 1 (2018),
      10.1016/j.physrep.2018.06.001, a review). ``least`` must exceed the correlation time.
    - ``shuffle`` permutes the samples: it keeps only their values.
    - ``phase`` turns every Fourier component by a random angle: it keeps the mean and the power spectrum, for the null
      hypothesis of a stationary Gaussian process (J. Theiler et al., Physica D 58, 77 (1992),
      10.1016/0167-2789(92)90102-S; several rows by one set of angles: D. Prichard and J. Theiler, Phys. Rev. Lett. 73,
      951 (1994), 10.1103/PhysRevLett.73.951).
    - ``iaaft`` keeps the values exactly and the power spectrum as well as they allow, for the null hypothesis of a
      stationary Gaussian process seen through a monotonic function: phases and ranks are set in turn until the ranks
      stay (T. Schreiber and A. Schmitz, Phys. Rev. Lett. 77, 635 (1996), 10.1103/PhysRevLett.77.635; several rows keep
      their relative phases: Physica D 142, 346 (2000), 10.1016/S0167-2789(00)00043-9), from a shuffled series;
      at most 300 rounds. What its amplitudes miss, relative to their root mean square, is for a Gaussian AR(1) of
      coefficient 0.7 about 1.5 % at n = 256 and 0.02 % at 16384, for its exponential 18 % and 15 %: above 10 % on
      average a `PhysentWarning` tells.

    Limit of use: a series that does not end where it began has a step at the seam of a shift, and a spectrum that is
    not its own; detrend it, or cut it to whole periods. Values far from Gaussian do not allow ``iaaft`` to keep the
    spectrum: take ranks or logarithms. `UsageError` if n has fewer shifts than ``number``.
    """

    def moved(values: Floats) -> Floats:
        series = finite(values, "series")
        return np.stack(list(_each(series, number, kind, least, seed)), axis=-2)

    attrs = {"long_name": f"{kind} surrogates", "seed": seed}
    return along(moved, x, attrs=attrs)


@public
def surrogate_test(
    statistic: Callable[..., Any],
    x: Data,
    y: Data | None = None,
    *,
    number: int = 99,
    kind: Kind = "shift",
    side: Literal["greater", "less", "both"] = "greater",
    least: int | None = None,
    seed: int = 0,
    dim: Dims = None,
) -> SurrogateTest:
    """Whether ``statistic(x)``, or ``statistic(x, y)``, is that of surrogates of x; y stays as it is.

        surrogate_test(lambda x, y: transfer_entropy(x, y, space), x, y)

    x is (..., n), with the surrogates of `surrogates`; y is a series, passed on; the statistic gets plain arrays and
    returns one number. p = (1 + surrogates that are as extreme) / (1 + number), for a value that is too great (the
    ``side``; or too small; ``both`` is twice the smaller p): 99 surrogates resolve 0.01.

    Limit of use: p refers to what the kind of surrogate destroys, not to the cause that one has in mind; of many tests
    some are small by chance. Statistics of random walks fool every kind: take differences first.

    References: of p, B. Phipson and G. K. Smyth, Stat. Appl. Genet. Mol. Biol. 9, 39 (2010), 10.2202/1544-6115.1585; of
    surrogates, those of `surrogates`.
    """
    series = finite(np.asarray(x), "series")
    partner = () if y is None else (np.asarray(y),)

    def number_of(values: Floats) -> float:
        found = np.asarray(statistic(values, *partner))
        if found.size != 1:
            raise UsageError(f"the statistic gave an array of shape {found.shape}, expected one number")
        return float(found.reshape(()))

    value = number_of(series)
    null = np.array([number_of(one) for one in _each(series, number, kind, least, seed)])
    above, below = ((1 + np.count_nonzero(extreme)) / (1 + number) for extreme in (null >= value, null <= value))
    p = {"greater": above, "less": below, "both": min(1.0, 2 * min(above, below))}[side]
    scatter = float(null.std(ddof=1)) * np.sqrt(1 + 1 / number) if number > 1 else np.nan
    left_open = float(np.sqrt(p * (1 - p) / (1 + number)))
    return SurrogateTest(value, value - float(null.mean()), float(scatter), p, left_open, null, kind, side)


def _each(series: Floats, number: int, kind: Kind, least: int | None, seed: int) -> Iterator[Floats]:
    """The surrogates of rows (..., n), one at a time."""
    n = series.shape[-1]
    if kind == "shift":
        shortest = max(1, n // 20) if least is None else least
        possible = n - 2 * shortest + 1
        if possible < number:
            raise UsageError(
                f"{n} samples have {max(0, possible)} shifts of at least {shortest}, found number = {number}: take a "
                "smaller number or `least`"
            )
        for shift in shortest + np.argsort(_uniforms(seed, 0, possible))[:number]:
            yield np.roll(series, shift, axis=-1)
    error = 0.0
    for i in range(number):
        if kind == "shuffle":
            yield np.ascontiguousarray(series[..., np.argsort(_uniforms(seed, i, n), kind="stable")])
        elif kind == "iaaft":
            made, missed = _adjusted(series, np.argsort(_uniforms(seed, i, n), kind="stable"))
            error += missed / number
            yield made
        elif kind == "phase":
            yield _turned(series, np.exp(2j * np.pi * _uniforms(seed, i, (n - 1) // 2)))

    if error > _MISSED:
        warn(
            f"iaaft: the amplitudes of surrogates miss those of the series by {error:.0%} on average, expected below "
            f"{_MISSED:.0%}: values so far from Gaussian do not allow the spectrum to be kept; take ranks or logarithms"
        )


def _turned(series: Floats, factors: Any) -> Floats:
    """Fourier components 1, 2, ... times ``factors``; those that are real, of the mean and of n/2, as they are."""
    n, e = series.shape[-1], exponent(series)
    rows = np.empty((series[..., 0].size, n))
    for row, values in zip(rows, np.ldexp(series, -e).reshape(-1, n), strict=True):
        spectrum = np.fft.rfft(values)
        spectrum[1 : 1 + len(factors)] *= factors
        row[:] = np.fft.irfft(spectrum, n)
    return np.asarray(np.ldexp(rows, e).reshape(series.shape))


def _adjusted(series: Floats, order: Any) -> tuple[Floats, float]:
    """The rows' own values in an order that has about their spectra, from the values in ``order``; what these miss."""
    n = series.shape[-1]
    rows = np.ldexp(series, -exponent(series)).reshape(-1, n)
    spectrum, places = np.fft.rfft(rows), np.argsort(rows, axis=1, kind="stable")
    values, ranked = np.take_along_axis(series.reshape(-1, n), places, 1), np.take_along_axis(rows, places, 1)
    current, before = rows[:, order], np.zeros_like(places)
    for _ in range(_MOST_ROUNDS):
        turned = np.fft.rfft(current) * spectrum.conj()
        common = _units(_units(turned).sum(axis=0))  # one angle for all rows keeps their relative phases
        places = np.argsort(np.fft.irfft(spectrum * common, n), axis=1, kind="stable")
        if (places == before).all():
            break
        before = places
        np.put_along_axis(current, places, ranked, 1)
    made = np.empty_like(values)
    np.put_along_axis(made, places, values, 1)
    missed = np.abs(np.abs(np.fft.rfft(current)) - np.abs(spectrum))[:, 1:]
    size = np.sqrt((np.abs(spectrum[:, 1:]) ** 2).mean(axis=1))
    error = np.sqrt((missed**2).mean(axis=1)) / np.where(size > 0, size, 1.0)
    return made.reshape(series.shape), float(error.max())


def _units(z: Any) -> Any:
    """Complex numbers on the unit circle; 1 for 0."""
    size = np.abs(z)
    return np.where(size > 0, z / np.where(size > 0, size, 1.0), 1.0)


def _uniforms(seed: int, index: int, count: int) -> Floats:
    return uniform_array(seed, Purpose.SURROGATE, 0, index, count, draw=1)
