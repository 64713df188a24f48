"""What kinds for sampled gases share at the end of a run: means of many columns, cumulants, and mixing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from physent.declare import Coordinate, Variable
from physent.diagnostics.run.declare import Record, in_blocks
from physent.diagnostics.warn import warn
from physent.typing import Floats

if TYPE_CHECKING:
    import xarray as xr

ORDER = Coordinate("order", np.arange(1, 7), "order of a cumulant")
# Blocks of draws that a series is cut into; the correlation left between them is estimated.
BLOCKS = 256


def block_means(array: xr.DataArray, clock: str) -> tuple[Floats, Floats]:
    """Mean over samples and replicas (...), and the means of blocks of consecutive samples (blocks, replica, ...).

    At most 256 blocks of one length, the last of up to twice that, in one pass.
    """
    samples = array.sizes[clock]
    length = -(-samples // BLOCKS)
    ends = np.append(np.arange(length, samples - length + 1, length), samples)
    sums: Any = None
    for start, values in in_blocks(array.transpose(clock, "replica", ...), clock):
        if sums is None:
            sums = np.zeros((len(ends), *values.shape[1:]))
        block = np.searchsorted(ends, np.arange(start, start + len(values)), "right")
        starts = np.flatnonzero(np.diff(block, prepend=-1))
        sums[block[starts]] += np.add.reduceat(values, starts, axis=0)
    lengths = np.diff(ends, prepend=0).reshape(-1, *(1,) * (sums.ndim - 1))
    return sums.sum(0).mean(0) / samples, np.asarray(sums / lengths)


def cumulant_results(name: str, what: str, dims: tuple[str, ...] = ()) -> tuple[Variable, ...]:
    """Declaration of what `cumulant_values` gives."""
    order = (*dims, "order")
    k = {"estimator": "k-statistics, pooled over draws and replicas"}
    jack = {"estimator": "jackknife over blocks of at least ten autocorrelation times"}
    at_least = {"comment": "draws (error/value)^2, from a value that may be noise: an order of magnitude"}
    rank = {"estimator": "split, rank-normalised, folded (Vehtari et al. 2021, 10.1214/20-BA1221)"}
    pairs = {"estimator": "initial monotone sequence (Geyer 1992, 10.1214/ss/1177011137) over split replicas"}
    return (
        Variable(f"{name}_cumulants", f"cumulants of {what}", dims=order, attrs=k),
        Variable(f"{name}_cumulants_se", f"standard error of {name}_cumulants", dims=order, attrs=jack),
        Variable(
            f"{name}_cumulants_resolved",
            "1 if the standard error does not exceed the value, 0 also for chains that have not mixed",
            dims=order,
        ),
        Variable(
            f"{name}_cumulants_draws_needed",
            "draws over all replicas for the standard error to equal the value",
            dims=order,
            attrs=at_least,
        ),
        Variable(f"{name}_ess", f"effective sample size of {name}", dims=dims, attrs=pairs),
        Variable(f"{name}_iat", f"autocorrelation time of {name}, in recorded draws", dims=dims, attrs=pairs),
        Variable(f"{name}_rhat", f"R-hat of {name} over halves of replicas", dims=dims, attrs=rank),
        Variable(f"{name}_mixed", f"0 if something speaks against the mixing of {name}, else 1", dims=dims),
    )


def marks(name: str, results: Record) -> dict[str, str]:
    """The attribute `unmixed` of a file in which one of a kind's chains has not mixed."""
    return {"unmixed": name} if np.any(results[f"{name}_mixed"] == 0) else {}


def cumulant_values(name: str, series: Floats, *, counts: bool, where: str = "") -> dict[str, Any]:
    """Cumulants of one series (draws, replicas), and the quality of its chains; unmixed ones give a warning.

    ``counts``: a statistic that takes few values, and may keep one of them without being stuck. ``where`` names
    one series of several in the warning.
    """
    from physent.diagnostics.chains import TOO_FEW, effective_sample_size, r_hat, unmixed
    from physent.diagnostics.kstatistics import cumulants

    still = np.ptp(series, axis=0) == 0
    reason = "" if counts and still.any() else unmixed(series)
    if reason:
        warn(f"{reason}{where}" if reason.startswith(TOO_FEW) else f"not mixed{where}: {reason}")
    found = cumulants(series)
    long_enough = len(series) >= 8
    ess = float(effective_sample_size(series)) if long_enough else np.nan
    return {
        f"{name}_cumulants": found.value,
        f"{name}_cumulants_se": found.standard_error,
        f"{name}_cumulants_resolved": found.resolved & (not reason) & (not still.all()),
        f"{name}_cumulants_draws_needed": found.draws_needed,
        f"{name}_ess": ess,
        f"{name}_iat": series.size / ess,
        f"{name}_rhat": r_hat(series) if long_enough else np.nan,
        f"{name}_mixed": np.nan if counts and still.all() else float(not reason),
    }
