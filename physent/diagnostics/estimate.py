"""Estimates from tallies: a number, its standard error, and what is needed to judge it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from physent.diagnostics.entropies import Shannon
from physent.diagnostics.estimators import SHANNON, bias_left, delete_one_error
from physent.diagnostics.measures import Measure, measure_named
from physent.diagnostics.tally import Counts, Samples, Weights
from physent.diagnostics.uncertainty import autocorrelation_time, block_bounds, block_error
from physent.diagnostics.warn import ENOUGH, warn
from physent.errors import UsageError
from physent.typing import Booleans, Floats

ErrorKind: TypeAlias = Literal["jackknife", "replicas", "blocks"]

# From ENOUGH counts per occupied cell on, the bias is estimated: an interval of nominal 0.95 whose centre is off by
# beta standard errors covers Phi(1.96 - beta) - Phi(-1.96 - beta): 0.92 at this beta, 0.90 at 0.65. The difference
# leaves room for the error of the estimated bias.
BIASED = 0.5


@dataclass(frozen=True, eq=False)
class Estimate:
    """An estimated measure in nats, one entry for each row of the tally (plain numbers for a single one).

    `N` counts in `cells_seen` occupied cells out of `size`; `coverage` is the share 1 - f1/N of the distribution that
    was seen at all (Good and Turing; f1 cells seen once). The value is `undersampled`, so that value +- standard error
    covers the truth less often than its nominal share, if N < 10 cells_seen or if the bias of a Shannon value may be
    over half a standard error: its distance from the jackknife value or from that extrapolated to infinite N, between
    which the truth is expected. The plug-in value, biased low by about (cells_seen - 1)/2N, is no exception.
    N and coverage are NaN for weights, which have no sampling error. `measure` and `estimator` are names, `base` is the
    unit.
    """

    value: Any
    standard_error: Any
    N: Any
    cells_seen: Any
    coverage: Any
    undersampled: Any
    measure: str
    estimator: str
    size: int
    differential: bool = False
    base: str = "nats"


def entropy(
    counts: Any,
    measure: Measure | str | None = None,
    estimator: str | None = None,
    *,
    differential: bool = False,
    standard_error: ErrorKind | None = "jackknife",
    over: int = 0,
) -> Estimate:
    """`physent.diagnostics.entropy` for tallies and plain arrays."""
    chosen = Shannon() if measure is None else measure_named(measure) if isinstance(measure, str) else measure
    if standard_error is not None and standard_error not in get_args(ErrorKind):
        names = ", ".join(get_args(ErrorKind))
        raise UsageError(f"entropy: standard_error = {standard_error!r}, expected {names} or None")
    if isinstance(counts, Samples):
        return _of_samples(counts, chosen, estimator)
    tally = as_tally(counts)
    name = _estimator(tally, chosen, estimator)
    mu = _cell_measures(tally) if differential else None
    if standard_error in ("replicas", "blocks"):
        result = _pooled(tally, chosen, name, mu, standard_error, over)
    else:
        result = _each(tally, chosen, name, mu, standard_error is not None)
    _judge(result)
    return result


def largest(measure: str, size: int, differential: bool) -> float:
    """The largest value of a measure on ``size`` cells, to divide by; refused if there is none, or it is zero."""
    if size == 1:
        raise UsageError("normalized: the largest value on one cell is zero, give `by`")
    if differential or measure.partition("_")[0] not in ("shannon", "renyi", "tsallis"):
        form = "differential " if differential else ""
        raise UsageError(f"normalized: {form}{measure} has no largest value on K cells, give `by`")
    return measure_named(measure).maximum(size)


def as_tally(counts: Any) -> Counts | Weights:
    """A tally as it is; integer arrays as `Counts`, floating ones as `Weights`."""
    if isinstance(counts, Counts | Weights):
        return counts
    values = np.asarray(counts)
    return Weights(values) if values.dtype.kind == "f" else Counts(values)


def _estimator(tally: Counts | Weights, measure: Measure, estimator: str | None) -> str:
    corrected = isinstance(measure, Shannon) and isinstance(tally, Counts)
    name = estimator or ("grassberger" if corrected else "plugin")
    if name not in SHANNON:
        raise UsageError(f"estimator {name!r} is unknown, expected one of {', '.join(SHANNON)}")
    if not isinstance(measure, Shannon) and name != "plugin":
        raise UsageError(f"estimator {name!r} belongs to shannon: for {measure.name} use 'plugin'")
    if isinstance(tally, Weights) and name != "plugin":
        raise UsageError(f"estimator {name!r} needs counts: for weights use 'plugin'")
    if measure.takes_counts and isinstance(tally, Weights):
        raise UsageError(f"{measure.name} is a function of counts: found weights")
    return name


def _cell_measures(tally: Counts | Weights) -> Floats:
    if tally.mu is None:
        raise UsageError("a differential entropy needs cell measures: count with a space, or give mu to weigh")
    return np.asarray(tally.mu, np.float64)


def _value(n: Floats, measure: Measure, estimator: str, mu: Floats | None) -> Floats:
    """The estimate from counts or weights (..., K); NaN if there are none."""
    total = n.sum(-1)
    filled = np.where((total > 0)[..., None], n, 1.0)
    p = filled / filled.sum(-1, keepdims=True)
    if mu is not None and np.any((p > 0) & ~np.isfinite(mu)):
        raise UsageError("a differential entropy needs finite cell measures: found counts in an unbounded cell")
    if measure.takes_counts:
        value = measure(filled, mu)
    elif estimator == "plugin":
        value = measure(p, mu)
    else:
        value = SHANNON[estimator](filled)
        if mu is not None:
            value = value + measure(p, mu) - measure(p)
    return np.where(total > 0, value, np.nan)


def _error(n: Floats, measure: Measure, mu: Floats | None) -> Floats:
    """Jackknife over counts: closed form for Shannon, infinitesimal for the rest; NaN for an exact function of them."""
    if measure.takes_counts:
        return np.full(n.shape[:-1], np.nan)
    if isinstance(measure, Shannon):
        return delete_one_error(n, None if mu is None else np.log(mu))
    total = n.sum(-1)
    filled = np.where((total > 0)[..., None], n, 1.0)
    p = filled / filled.sum(-1, keepdims=True)
    slope = measure.gradient(p, mu)
    mean = (p * slope).sum(-1, keepdims=True)
    variance = (p * (slope - mean) ** 2).sum(-1)
    return np.where(total > 1, np.sqrt(variance / np.maximum(total, 1)), np.nan)


def _raw(tally: Counts | Weights) -> Floats:
    return np.asarray(tally.n if isinstance(tally, Counts) else tally.p, np.float64)


def _each(tally: Counts | Weights, measure: Measure, name: str, mu: Floats | None, with_error: bool) -> Estimate:
    n = _raw(tally)
    value = _value(n, measure, name, mu)
    sampled = isinstance(tally, Counts) and with_error
    error = _error(n, measure, mu) if sampled else np.full(value.shape, np.nan)
    return _describe(tally, value, error, measure, name, mu)


def _pooled(tally: Counts | Weights, measure: Measure, name: str, mu: Floats | None, kind: str, axis: int) -> Estimate:
    """Value of the sum over `axis`, and the jackknife over its entries or over blocks of them."""
    if measure.takes_counts:
        raise UsageError(
            f"{measure.name} is an exact function of counts and has no sampling error: standard_error=None"
        )
    n = _raw(tally)
    if not 0 <= axis < n.ndim - 1:
        raise UsageError(f"entropy: over = {axis}, expected an axis before the last of shape {n.shape}")
    n = np.moveaxis(n, axis, 0)
    if isinstance(tally, Counts):
        pooled: Counts | Weights = tally.pooled(axis)
        total = _raw(pooled)
    else:
        total = n.sum(0) / len(n)
        pooled = Weights(total, tally.mu, tally.space)
        n = n / len(n)
    value = _value(total, measure, name, mu)
    tau = 1.0 if kind == "replicas" else _slowest(n, total, measure, mu)
    bounds = np.arange(len(n) + 1) if kind == "replicas" else block_bounds(len(n), tau)
    groups = np.add.reduceat(n, bounds[:-1], axis=0)
    # The plug-in for the error of any estimator, as in `delete_one_error`.
    deleted = [_value(total - group, measure, "plugin", mu) for group in groups] if len(groups) > 1 else []
    error = block_error(np.array(deleted).reshape(len(deleted), *value.shape), len(n), tau)
    return _describe(pooled, value, error, measure, name, mu)


def _slowest(n: Floats, total: Floats, measure: Measure, mu: Floats | None) -> float:
    """Autocorrelation time of the slowest of the influence series sum_a n_a(t) g_a, g the gradient at the pooled p."""
    if len(n) < 2:
        raise UsageError(f"entropy: blocks need a time axis of at least 2, found {len(n)}")
    p = total / np.maximum(total.sum(-1, keepdims=True), np.finfo(np.float64).tiny)
    influence = (n * measure.gradient(p, mu)).sum(-1)
    return float(np.max(autocorrelation_time(influence, 0)))


def _describe(
    tally: Counts | Weights, value: Floats, error: Floats, measure: Measure, name: str, mu: Floats | None
) -> Estimate:
    n = _raw(tally)
    seen = np.count_nonzero(n, axis=-1)
    if isinstance(tally, Counts):
        total: Any = tally.N
        with np.errstate(divide="ignore", invalid="ignore"):
            coverage = 1 - np.count_nonzero(n == 1, axis=-1) / total
        short = np.asarray(total < ENOUGH * seen) & (not measure.takes_counts)
        if isinstance(measure, Shannon):
            short = short | _biased(n, value, error, name, mu)
    else:
        total = coverage = np.full(value.shape, np.nan)
        short = np.zeros(value.shape, bool)
    v, e, t, s, c, u = map(_plain, (value, error, total, seen, coverage, short))
    return Estimate(v, e, t, s, c, u, measure.name, name, n.shape[-1], mu is not None)


def _biased(n: Floats, value: Floats, error: Floats, name: str, mu: Floats | None) -> Booleans:
    """Whether the bias that is left may exceed half a standard error; False if that is NaN.

    The bias of the plug-in value falls as N^-alpha with an alpha that rises to 1 as the rare cells fill (derived here:
    a cell adds a term of order p below N = 1/p and 1/2N above). The truth thus lies between the jackknife value, right
    if alpha is 1 from here on, and the one extrapolated with alpha as it is now (`bias_left`), and the bias of a value
    is at most its distance from the farther of the two: only one of them would pass an estimator that errs the other
    way, such as one that corrects too much. Distances that are within the rounding of the value count as none.

    The error vanishes for counts that are all equal; the spread of the plug-in under the uniform law,
    sqrt(2 (K - 1))/2N, is then its scale. Grassberger's sum alternates with the parity of counts by about as much; the
    jackknife, whose mean bias is nearly the same, takes its place.
    """
    smooth = _value(n, Shannon(), "jackknife", mu)
    above = np.zeros_like(smooth) if name == "grassberger" else value - smooth
    with np.errstate(invalid="ignore"):
        apart = np.maximum(np.abs(above), np.abs(above - bias_left(n)))
    seen = np.count_nonzero(n, axis=-1)
    scale = np.sqrt(np.maximum(seen - 1, 0) / 2) / np.maximum(n.sum(-1), 1)
    rounding = 8 * np.finfo(np.float64).eps * np.maximum(np.abs(value), 1.0)
    return np.asarray((seen > 1) & (apart > BIASED * np.maximum(error, scale)) & (apart > rounding))


def _judge(result: Estimate) -> None:
    """Warn, once for all rows, of too few counts or none."""
    short, total, seen = (np.atleast_1d(part) for part in (result.undersampled, result.N, result.cells_seen))
    if short.any():
        worst = np.argmin(np.where(short, total / np.maximum(seen, 1), np.inf))
        warn(
            f"undersampled: {total.flat[worst]:.0f} counts in {seen.flat[worst]} occupied cells, in {short.sum()} of"
            f" {short.size} estimates: under {ENOUGH} per cell, or biased by over {BIASED} standard errors, which then"
            " cover the truth less often than their nominal share"
        )
    if np.any(total == 0):
        warn(f"no counts in {np.count_nonzero(total == 0)} of {total.size} estimates: their value is NaN")


def _of_samples(samples: Samples, measure: Measure, estimator: str | None) -> Estimate:
    if not isinstance(measure, Shannon) or estimator not in (None, "knn"):
        raise UsageError(f"samples without cells: only shannon by 'knn', found {measure.name} by {estimator!r}")
    from physent.diagnostics.continuous import knn_entropy

    value = np.asarray(knn_entropy(np.asarray(samples.x), box=samples.box))
    number = np.full(value.shape, np.shape(samples.x)[-2])
    nothing, no = np.full(value.shape, np.nan), np.zeros(value.shape, bool)
    v, e, t, c, u = map(_plain, (value, nothing, number, nothing, no))
    return Estimate(v, e, t, t, c, u, measure.name, "knn", 0, True)


def _plain(column: Any) -> Any:
    return np.asarray(column).item() if np.ndim(column) == 0 else np.asarray(column)
