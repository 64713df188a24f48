"""Information that is shared given more: conditional mutual information and transfer entropy of numbers. Nats.

Points (n, d) are blocks of variables, which makes every function here multivariate. Neighbours are those of
`physent.diagnostics.continuous`: the maximum norm of coordinates in units of their own widths, its policy on ties, its
``seed``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from physent.diagnostics import pointwise
from physent.diagnostics.arrays import along, symbols_of
from physent.diagnostics.continuous import columns_of, names_of
from physent.diagnostics.dynamics import coded
from physent.diagnostics.gate import public
from physent.diagnostics.missing import OMIT, Missing, judge
from physent.diagnostics.neighbours import check_metric, information_given
from physent.diagnostics.scales import Metric
from physent.diagnostics.ties import Ties, doubt, settled
from physent.diagnostics.units import Base
from physent.errors import UsageError
from physent.typing import Booleans, Floats

if TYPE_CHECKING:
    from physent.diagnostics.arrays import Data, Dims
    from physent.diagnostics.dynamics import Encoder


@public
def conditional_mutual_information(
    x: Data,
    y: Data,
    z: Data,
    k: int = 4,
    *,
    space: Encoder | None = None,
    local: bool = False,
    metric: Metric = "own",
    ties: Ties = "warn",
    seed: int = 0,
    dim: Dims = None,
    axes: Dims = None,
    base: Base = None,
) -> Any:
    """Mutual information of x and y given z, nats, from n samples by nearest neighbours (Frenzel and Pompe).

        I(x; y | z) = psi(k) - < psi(n_xz + 1) + psi(n_yz + 1) - psi(n_z + 1) >,

    n_xz the number of other samples that are nearer in x and z than the ``k``-th neighbour is in all three. x, y and z
    are (n,) or blocks (n, d), paired as in `ksg_mutual_information`, with its ``metric``, ``ties`` and ``seed``;
    dependent variables together (interaction information, chain rules) are sums of such terms. With a ``space`` every
    coordinate is one of its symbols and the value is plug-in, too large by about (K_x - 1)(K_y - 1) K_z / 2n for K
    possible values each. ``local`` gives the (n,) terms whose mean is the value (J. T. Lizier, M. Prokopenko and
    A. Y. Zomaya, Phys. Rev. E 77, 026110 (2008), 10.1103/PhysRevE.77.026110).

    The neighbour estimate is within 0.01 of zero if x and y are independent given z, and too small for strong
    dependence and many coordinates: of 0.51 nats for 1000 normals it misses 0.01 with one coordinate of z, 0.05 with
    two, 0.24 with four. It scatters by about 1/sqrt(n) over runs. Limit of use: take no z of more than two or three
    coordinates at such n, and compare with `surrogate_test`. `RunError` if k + 1 samples coincide.

    Reference: S. Frenzel and B. Pompe, Phys. Rev. Lett. 99, 204101 (2007), 10.1103/PhysRevLett.99.204101.
    """
    names = ("x", "y", "z")
    if space is not None:
        columns = [[symbols_of(space.encode(column)) for column in _block(part).T] for part in (x, y, z)]
        _paired([column[0] for column in columns], names)
        terms = pointwise.information(*columns)
        return _told(terms, local, least=0.0)
    check_metric(metric)
    parts = [columns_of(part, name) for part, name in zip((x, y, z), names, strict=True)]
    _paired(parts, names)
    a, b, c = _settled(parts, names, ties, seed)
    return _told(information_given(a, b, c, k, metric), local)


@public
def knn_transfer_entropy(
    x: Data,
    y: Data,
    k: int = 1,
    l: int = 1,  # noqa: E741
    *,
    delay: int = 1,
    given: Data | None = None,
    neighbours: int = 4,
    local: bool = False,
    metric: Metric = "own",
    ties: Ties = "warn",
    seed: int = 0,
    dim: Dims = None,
    axes: Dims = None,
    base: Base = None,
    missing: Missing = "refuse",
) -> Any:
    """Transfer entropy of real numbers, nats per step: `transfer_entropy` by `conditional_mutual_information`.

        T(x -> y | w) = I( y_t ; x_(t - delay) ... x_(t - delay - l + 1) | y_(t-1) ... y_(t-k), w_(t-1) ... w_(t-l) )

    x and y are series (n,), or (n, d) of d coordinates; so is the series w ``given``, whose influence is not counted
    (without it, of a common driver that is not known, T is apparent). ``delay`` is the time that the influence takes:
    T is largest at the true one (Wibral et al. 2013, 10.1371/journal.pone.0055809). ``neighbours`` is the k of
    `conditional_mutual_information`, whose ``metric``, ``ties``, ``seed``, bias and limit apply with (k + l) d + 1
    coordinates. ``local`` gives (n,) terms, that of y_t at t, NaN if it has no history; their mean is the value.
    ``missing`` is that of `physent.diagnostics.missing`, for windows of y_t and all that it is given.

    Samples that are close in time are neighbours for that reason alone if a series is sampled finely: take every
    second or tenth sample, and compare with `surrogate_test`.

    References: T. Schreiber, Phys. Rev. Lett. 85, 461 (2000), 10.1103/PhysRevLett.85.461; the estimate, S. Frenzel and
    B. Pompe, Phys. Rev. Lett. 99, 204101 (2007), 10.1103/PhysRevLett.99.204101.
    """
    for name, value in {"k": k, "l": l, "delay": delay}.items():
        if value < 1:
            raise UsageError(f"{name} must be at least 1 step, found {value}")
    check_metric(metric)
    names = ("x", "y") if given is None else ("x", "y", "given")
    gaps = missing == OMIT
    blocks = [part for part in (x, y, given) if part is not None]
    parts = [columns_of(part, name, gaps=gaps) for part, name in zip(blocks, names, strict=True)]
    _paired(parts, names)
    start, n = max(k, l + delay - 1, 0 if given is None else l), len(parts[0])
    if n <= start + neighbours:
        raise UsageError(f"{n} samples leave {max(0, n - start)} after the histories, expected over {neighbours}")
    source, target, *others = _settled(parts, names, ties, seed)
    history = [target[start - i : n - i] for i in range(1, k + 1)]
    history += [other[start - i : n - i] for other in others for i in range(1, l + 1)]
    past = [source[start - delay - i : n - delay - i] for i in range(l)]
    future, source_past, own_past = target[start:], np.hstack(past), np.hstack(history)
    lost = np.asarray(np.isnan(np.hstack([future, source_past, own_past])).any(1))
    if gaps:
        judge(lost)
    whole, terms = ~lost, np.full(n, np.nan)
    terms[start:][whole] = information_given(future[whole], source_past[whole], own_past[whole], neighbours, metric)
    return _told(terms if local else terms[start:][whole], local)


@public
def local_transfer_entropy(
    x: Data,
    y: Data,
    space: Encoder | None = None,
    k: int = 1,
    l: int = 1,  # noqa: E741
    *,
    delay: int = 1,
    dim: Dims = None,
    base: Base = None,
    missing: Missing = "refuse",
) -> Any:
    """The terms of `transfer_entropy`, ln p(y_t | its past, that of x) / p(y_t | its past), nats: (..., n) -> (..., n).

    Plug-in; the value at t belongs to y_t, NaN if it has no history, and the mean of the others is the transfer
    entropy. It is negative where the past of x misleads. Arguments, errors and bias are those of `transfer_entropy`;
    a single term is known only to about (n p)^(-1/2), p the probability of its joint outcome. ``missing`` as there:
    NaN for the terms of windows that are left out.

    Reference: J. T. Lizier, M. Prokopenko and A. Y. Zomaya, Phys. Rev. E 77, 026110 (2008),
    10.1103/PhysRevE.77.026110.
    """
    if k < 1 or l < 1 or delay < 1:
        raise UsageError(f"histories and delay must be at least one step, found k = {k}, l = {l}, delay = {delay}")

    def terms(source: Any, target: Any) -> Floats:
        a, b = (coded(one, space, missing) for one in (source, target))
        start, n, shorter = max(k, l + delay - 1), b.size, len(target) - b.size
        if n <= start:
            raise UsageError(f"{n} symbols leave none after a history of {start}")
        past = [a[start - delay - i : n - delay - i] for i in range(l)]
        history = [b[start - i : n - i] for i in range(1, k + 1)]
        whole = np.logical_and.reduce([column >= 0 for column in (*past, b[start:], *history)])
        lost.append(~whole)
        parts = [[column[whole] for column in part] for part in (past, [b[start:]], history)]
        found = np.full(n - start, np.nan)
        found[whole] = pointwise.information(*parts) if whole.any() else np.nan
        return np.concatenate([np.full(start + shorter, np.nan), found])

    lost: list[Booleans] = []
    attrs = {"long_name": "local transfer entropy", "units": "1", "base": "nats", "estimator": "plug-in"}
    values = along(np.vectorize(terms, signature="(n),(n)->(n)"), x, y, attrs=attrs)
    if missing == OMIT:
        judge(np.array(lost))
    return values


def _told(terms: Floats, local: bool, least: float = -np.inf) -> Any:
    attrs = {"units": "1", "base": "nats", "long_name": "local information" if local else "information"}
    return along(lambda: terms if local else max(least, float(np.mean(terms))), attrs=attrs)


def _block(values: Any) -> Any:
    array = np.asarray(values)
    return array.reshape(len(array), -1)


def _paired(parts: list[Any], names: tuple[str, ...]) -> None:
    if len({len(part) for part in parts}) > 1:
        found = " and ".join(str(len(part)) for part in parts)
        raise UsageError(f"{', '.join(names)} must be paired, found {found} samples")


def _settled(parts: list[Floats], names: tuple[str, ...], ties: Ties, seed: int) -> list[Floats]:
    """The parts, with their ties spread or doubted."""
    both, shares = settled(np.hstack(parts)[None], ties, seed)
    every = [one for name, part in zip(names, parts, strict=True) for one in names_of(name, part)]
    doubt(shares, np.array([True]), ["joint samples", *every])
    return np.split(both[0], np.cumsum([part.shape[1] for part in parts])[:-1], axis=1)
