"""Mutual information of variables that are partly discrete: symbols beside numbers, or numbers that often are zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from physent.diagnostics.arrays import along
from physent.diagnostics.continuous import columns_of
from physent.diagnostics.gate import public
from physent.diagnostics.neighbours import check_metric, information_of_mixtures
from physent.diagnostics.scales import Metric
from physent.diagnostics.units import Base
from physent.errors import UsageError

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims


@public
def mixed_mutual_information(
    x: Data, y: Data, k: int = 4, *, metric: Metric = "own", dim: Dims = None, axes: Dims = None, base: Base = None
) -> float:
    """Mutual information, in nats, of n pairs whose parts may each be discrete, continuous or a mixture of both.

        I = < psi(k_i) + ln n - psi(n_x,i) - psi(n_y,i) >

    With r_i the distance to the ``k``-th neighbour in the maximum norm, n_x,i counts the samples nearer than r_i in x,
    sample i included, and k_i = k. If r_i = 0, all three count the samples that coincide, which is plug-in.
    x is (n,) or (n, d), y (n,) or (n, e), labelled as in `ksg_mutual_information`. Each coordinate counts in units of
    its own width, here the median distance that a quarter of the samples spans, or as it is with ``metric="shared"``,
    where for samples without ties the value is that of `ksg_mutual_information`, but for 1/2n. Repeated values are no
    fault here, and rounded ones count as discrete.

    For n = 1000, k = 4, a symbol of five values beside a number, of I = 1.05, is within 0.01, and a zero-inflated count
    of I = 0.18 is too large by 0.01; the scatter over runs is 0.01 to 0.03. Limit of use: a discrete variable whose
    values occur fewer than k + 1 times is compared by their distances, as if it were a number. For names, whose
    distances mean nothing, each must occur more often.

    Reference: W. Gao, S. Kannan, S. Oh and P. Viswanath, Adv. Neural Inf. Process. Syst. 30 (2017), arXiv:1709.06212,
    with digamma functions and strict inequalities as in the authors' program.
    """
    a, b = columns_of(x, "x"), columns_of(y, "y")
    if len(a) != len(b):
        raise UsageError(f"x and y must be paired, found {len(a)} and {len(b)} samples")
    check_metric(metric)
    attrs: dict[str, Any] = {"units": "1", "base": "nats", "long_name": "mutual information", "estimator": "Gao"}
    return float(along(lambda: information_of_mixtures(a, b, k, metric), attrs=attrs))
