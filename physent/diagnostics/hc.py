"""The plane of normalised permutation entropy H and Jensen-Shannon complexity C, with its bounds and error bars.

    H = S[p] / ln K,    C = H JS(p, u) / JS_max,    JS(p, u) = S[(p + u)/2] - S[p]/2 - S[u]/2,

u uniform on the K = order! patterns; JS_max is reached when p is one pattern. Both lie in [0, 1].

References: P. W. Lamberti, M. T. Martin, A. Plastino and O. A. Rosso, Physica A 334, 119 (2004),
10.1016/j.physa.2003.11.005; O. A. Rosso, H. A. Larrondo, M. T. Martin, A. Plastino and M. A. Fuentes,
Phys. Rev. Lett. 99, 154102 (2007), 10.1103/PhysRevLett.99.154102.
"""

from __future__ import annotations

from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from physent.diagnostics.arrays import along
from physent.diagnostics.divergences import StatisticalComplexity, jensen_shannon_maximum
from physent.diagnostics.entropies import Shannon
from physent.diagnostics.gate import public
from physent.diagnostics.missing import OMIT, Missing
from physent.diagnostics.ordinal import check_window, count_codes, frequencies, known_codes, pattern_attrs
from physent.diagnostics.uncertainty import autocorrelation_time, block_bounds, jackknife_error
from physent.errors import UsageError
from physent.typing import Floats, Integers

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


def entropy_complexity(p: Floats) -> tuple[Floats, Floats]:
    """H and C of probabilities ``p`` (..., K) over all K outcomes, the unseen ones included: two arrays (...)."""
    return Shannon()(p) / np.log(p.shape[-1]), StatisticalComplexity()(p)


@public
def hc_plane(
    x: Data, order: int = 5, delay: int = 1, *, dim: Dims = None, missing: Missing = "refuse"
) -> tuple[Any, Any]:
    """Normalised permutation entropy and Jensen-Shannon complexity of a series: the point (H, C).

    ``x`` is (..., n) -> two arrays (...), or a DataArray and ``dim`` its time dimension (default: the
    clock). Plug-in estimates, with a `PhysentWarning` below ten windows per pattern seen: H is then too low, C too
    high. Errors as `physent.diagnostics.ordinal.encode`. The delay moves the point more than the
    system does: choose it with `physent.diagnostics.sampling.suggest_delay`. ``missing`` is that of
    `physent.diagnostics.missing`.
    """

    def point(values: Floats) -> tuple[Floats, Floats]:
        return entropy_complexity(frequencies(count_codes(known_codes(values, order, delay, missing), order)))

    h, c = along(point, x, outputs=2, attrs={"units": "1", **pattern_attrs(order, delay)})
    return h, c


@public
def hc_standard_errors(
    x: Data, order: int = 5, delay: int = 1, *, dim: Dims = None, missing: Missing = "refuse"
) -> tuple[Any, Any]:
    """Standard errors of `hc_plane` by the jackknife that leaves out one block of consecutive windows at a time.

    Shapes as `hc_plane`. Blocks are at least a window long and twice the autocorrelation time of the two linear
    responses of H and C to a window (of the slowest series); a series with room for few of them gives a warning.
    As H tends to 1 the responses vanish, and the error of white noise comes out too large: 1.1, 1.3 and 1.4 times
    at orders 3, 4 and 5. With ``missing="omit windows"`` blocks are of the time that passes, and a window that is left
    out has the response of the last one before it that is not.

    Reference: H. R. Kunsch, Ann. Statist. 17, 1217 (1989), 10.1214/aos/1176347265.
    """

    def errors(values: Floats) -> tuple[Floats, Floats]:
        codes = known_codes(values, order, delay, missing)
        whole = count_codes(codes, order)
        p = whole / whole.sum(axis=-1, keepdims=True)
        slopes = (measure.gradient(p) for measure in (Shannon(), StatisticalComplexity()))
        held = _held(codes) if missing == OMIT else codes
        responses = (np.nan_to_num(np.take_along_axis(slope, held, -1)) for slope in slopes)  # NaN of no windows at all
        tau = max(autocorrelation_time(response).max() for response in responses)
        blocks = len(block_bounds(codes.shape[-1], max(tau, 0.5 * (order - 1) * delay))) - 1
        left = whole[..., None, :] - count_codes(codes, order, blocks).reshape((*whole.shape[:-1], blocks, -1))
        deleted = entropy_complexity(left / left.sum(axis=-1, keepdims=True))
        h, c = (jackknife_error(np.moveaxis(point, -1, 0)) for point in deleted)
        return h, c

    attrs = {"units": "1", "standard_error": "block jackknife", **pattern_attrs(order, delay)}
    h, c = along(errors, x, outputs=2, attrs=attrs)
    return h, c


@public
def hc_bounds(
    order: int = 5, entropy: ArrayLike | None = None, *, points: int = 501
) -> tuple[Floats, Floats, Floats, Floats]:
    """The curves between which C lies at given H: (H_lower, C_lower, H_upper, C_upper).

    Given ``entropy`` (n,) in [0, 1] the curves are evaluated there; else on ``points`` equal steps of H together
    with the cusps of the upper curve. At fixed entropy the divergence from the uniform law is

    - least for one probability p >= 1/K, the other K - 1 equal;
    - greatest for r equal probabilities, one smaller, the rest zero: the arc r spans ln r <= S <= ln(r + 1), so that
      H selects the arc and its one parameter.

    Reference: M. T. Martin, A. Plastino and O. A. Rosso, Physica A 369, 439 (2006), 10.1016/j.physa.2005.11.053.
    """
    check_window(order)
    size = factorial(order)
    if entropy is None:
        cusps = np.log(np.arange(1, min(size, points))) / np.log(size)
        h = np.union1d(np.linspace(0.0, 1.0, points), cusps)
    else:
        h = np.atleast_1d(np.asarray(entropy, dtype=np.float64))
        if not ((h >= 0.0) & (h <= 1.0)).all():
            raise UsageError("normalised entropy must lie in [0, 1]")
    target = h * np.log(size)

    one = _solve(target, np.full_like(h, 1.0 / size), np.ones_like(h), np.full_like(h, size - 1.0), falling=True)
    equal = np.clip(np.floor(np.exp(target)), 1, size - 1)
    small = _solve(target, np.zeros_like(h), 1.0 / (equal + 1.0), equal, falling=False)
    return h, _complexity(one, size - 1.0, size), h.copy(), _complexity(small, equal, size)


def _held(codes: Integers) -> Integers:
    """Codes (..., n) with the last one before it in place of a negative one, or the first one after."""
    known, at = codes >= 0, np.arange(codes.shape[-1])
    last = np.maximum.accumulate(np.where(known, at, -1), axis=-1)
    return np.take_along_axis(codes, np.where(last < 0, known.argmax(-1)[..., None], last), -1)


def _entropy(p: Floats, others: Floats | float) -> Floats:
    return np.asarray(entr(p) + others * entr((1.0 - p) / others))


def _complexity(p: Floats, others: Floats | float, size: int) -> Floats:
    entropy = _entropy(p, others)
    empty = size - 1.0 - others
    mixed = (
        entr(0.5 * (p + 1.0 / size)) + others * entr(0.5 * ((1.0 - p) / others + 1.0 / size)) + empty * entr(0.5 / size)
    )
    divergence = mixed - 0.5 * entropy - 0.5 * np.log(size)
    return np.asarray(np.maximum(entropy / np.log(size) * divergence / jensen_shannon_maximum(size), 0.0))


def _solve(target: Floats, low: Floats, high: Floats, others: Floats, *, falling: bool) -> Floats:
    # bisection to the last bit: the entropy has infinite slope at p = 0 and none at p = 1/K, where Newton fails
    for _ in range(60):
        middle = 0.5 * (low + high)
        beyond = (_entropy(middle, others) < target) == falling
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return 0.5 * (low + high)
