"""Do the intervals hold? Bias and coverage of an estimator on repeated samples of a known law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from physent.diagnostics.estimate import ErrorKind, entropy
from physent.diagnostics.gate import public
from physent.diagnostics.measures import Measure
from physent.diagnostics.warn import unheard
from physent.errors import UsageError


@dataclass(frozen=True)
class Coverage:
    """Mean error `bias` with its standard error, share `covered` of intervals that hold the truth, share `warned`.

    `nominal` is the share of intervals that ought to hold it, `covered_unwarned` the share among those without a
    warning (NaN if all have one), and `samples` the number of samples.
    """

    estimator: str
    nominal: float
    covered: float
    covered_error: float
    bias: float
    bias_error: float
    warned: float
    covered_unwarned: float
    samples: int


@public
def interval_coverage(
    counts: ArrayLike,
    truth: float,
    *,
    estimator: str | None = None,
    measure: Measure | None = None,
    standard_error: ErrorKind = "jackknife",
    nominal: float = 0.95,
) -> Coverage:
    """How often value +- z standard errors holds `truth`, over independent samples on the first axis of counts.

    counts (samples, K), or (samples, groups, K) for ``standard_error`` "replicas" or "blocks" over groups; z is the
    normal quantile of the nominal coverage. Warnings of too few counts are not issued but counted.
    """
    samples = np.asarray(counts)
    if len(samples) < 2:
        raise UsageError(f"interval_coverage: found {len(samples)} samples, expected at least 2")
    with unheard():
        if standard_error == "jackknife":
            parts = [entropy(samples, measure, estimator)]
        else:
            parts = [entropy(one, measure, estimator, standard_error=standard_error) for one in samples]
    value, error, short = (
        np.concatenate([np.atleast_1d(getattr(part, name)) for part in parts])
        for name in ("value", "standard_error", "undersampled")
    )
    holds = np.abs(value - truth) <= ndtri((1 + nominal) / 2) * error
    quiet = ~short.astype(bool)
    covered = float(holds.mean())
    return Coverage(
        parts[0].estimator,
        nominal,
        covered,
        float(np.sqrt(covered * (1 - covered) / len(samples))),
        float(value.mean() - truth),
        float(value.std(ddof=1) / np.sqrt(len(samples))),
        float(short.mean()),
        float(holds[quiet].mean()) if quiet.any() else float("nan"),
        len(samples),
    )
