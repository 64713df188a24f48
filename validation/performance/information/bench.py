"""Shared information by neighbours and entropies of amplitudes, against five packages for data analysis."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import digamma

from physent import diagnostics as D
from physent.core.random import Purpose, normals
from physent.evidence import Contestant

PAIRS = 10**4
LONG = 10**6
MIDDLE = 10**5  # at which neurokit2 takes seconds
SHORT = 2000  # from which EntropyHub takes seconds
BITS = 10**5

Series = NDArray[np.float64]


def contestants() -> Iterator[Contestant]:
    """All contestants compute the same number; the error is the difference from ours."""
    x, y, z = (normals(1, Purpose.SURROGATE, row, 0, PAIRS) for row in range(3))
    y = x + z + y
    task = f"conditional mutual information, {PAIRS} samples, 4 neighbours"
    ours = partial(D.conditional_mutual_information, x, y, z, metric="shared")
    yield from _race(
        task, ours, {"infomeasure": lambda im: _infomeasure(im.conditional_mutual_information, x, y, cond=z)}
    )
    yield _contestant("SciPy trees, as published", task, lambda: _by_hand(x, y, z), ours)
    task = f"mutual information, {PAIRS} samples, 4 neighbours"
    a, b = x / x.std(), y / y.std()  # scikit-learn does so, and adds noise of 1e-10
    ours = partial(D.ksg_mutual_information, a, b, metric="shared")
    peers = {
        "infomeasure": lambda im: im.mutual_information(a, b, approach="ksg", k=4, noise_level=0, base="e"),
        "sklearn": lambda sklearn: _scikit(a, b),
    }
    yield from _race(task, ours, peers)
    late = np.roll(y, 1)
    task = f"transfer entropy, {PAIRS} samples, 4 neighbours"
    ours = partial(D.knn_transfer_entropy, x, late, metric="shared")
    yield from _race(task, ours, {"infomeasure": lambda im: _infomeasure(im.transfer_entropy, x, late)})
    noise = normals(2, Purpose.SURROGATE, 0, 0, LONG)
    task = f"dispersion entropy, m 2, 6 classes, {LONG} samples"
    hub = {"EntropyHub": lambda hub: hub.DispEn(noise, m=2, c=6, Typex="ncdf", Logx=np.e)[0]}
    yield from _race(task, partial(D.dispersion_entropy, noise), hub)
    yield from _race(f"multiscale entropy, 20 scales, {LONG} samples", partial(D.multiscale_entropy, noise), {})
    middle, short = noise[:MIDDLE], noise[:SHORT]
    task = f"multiscale entropy, 20 scales, {MIDDLE} samples"
    yield from _race(task, partial(D.multiscale_entropy, middle), {"neurokit2": partial(_neurokit, middle)})
    task = f"multiscale entropy, 20 scales, {SHORT} samples"
    peers = {"EntropyHub": partial(_multiscale, short), "neurokit2": partial(_neurokit, short)}
    yield from _race(task, partial(D.multiscale_entropy, short), peers)
    task = f"fuzzy entropy, m 2, {SHORT} samples"
    unit = (short - short.mean()) / short.std()
    hub = {"EntropyHub": lambda hub: hub.FuzzEn(unit, m=2, r=(0.2, 2.0))[0][1]}
    yield from _race(task, partial(D.fuzzy_entropy, short), hub)
    bits = (noise[:BITS] > 0).astype(int)
    task = f"LZ76 phrases, {BITS} bits"
    yield from _race(task, partial(D.lz76_phrases, bits), {"antropy": lambda antropy: antropy.lziv_complexity(bits)})


def _race(task: str, ours: Callable[[], Any], peers: dict[str, Callable[[Any], Any]]) -> Iterator[Contestant]:
    def prepare() -> Callable[[], Any]:
        ours()
        return ours

    yield Contestant("physent", task, prepare, reference=True)
    for name, peer in peers.items():
        yield _contestant(name, task, partial(_called, name, peer), ours, needs=name)


def _contestant(name: str, task: str, work: Callable[[], Any], ours: Callable[[], Any], needs: str = "") -> Contestant:
    def error(found: Any) -> float:
        return float(np.abs(np.asarray(found) - ours()).max())

    def prepare() -> Callable[[], Any]:
        if needs:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module(needs)
        return work

    return Contestant(name, task, prepare, error, "distance from physent", needs=needs, once=bool(needs))


def _called(name: str, peer: Callable[[Any], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return peer(importlib.import_module(name))


def _infomeasure(function: Callable[..., Any], *series: Series, **given: Series) -> Any:
    return function(*series, **given, approach="metric", k=4, noise_level=0, base="e")


def _multiscale(x: Series, hub: Any) -> Any:
    how = hub.MSobject("SampEn", m=2, r=0.15 * x.std())
    return hub.MSEn(x, how, Scales=20, RadNew=0)[0]


def _neurokit(x: Series, neurokit: Any) -> Any:
    return neurokit.entropy_multiscale(x, scale=20, dimension=2, tolerance=0.15 * x.std())[1]["Value"]


def _scikit(x: Series, y: Series) -> Any:
    from sklearn.feature_selection import mutual_info_regression

    return mutual_info_regression(x[:, None], y, n_neighbors=4, random_state=0)[0]


def _by_hand(x: Series, y: Series, z: Series, k: int = 4) -> float:
    """The published formula, with the counts of points on the ball left to rounding."""
    joint = np.stack([x, y, z], axis=-1)
    radius = cKDTree(joint).query(joint, [k + 1], p=np.inf)[0][:, 0]
    inside = np.nextafter(radius, 0.0)

    def near(*columns: Series) -> Any:
        points = np.stack(columns, axis=-1)
        found = cKDTree(points).query_ball_point(points, inside, p=np.inf)
        return digamma([len(one) for one in found])

    return float(digamma(k) - np.mean(near(x, z) + near(y, z) - near(z)))
