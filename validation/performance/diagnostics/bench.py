"""Ordinal patterns, sample entropy, cell counts and mutual information beside other packages, with bounds."""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physent.core.random import Purpose, normals
from physent.diagnostics import Grid, count, ksg_mutual_information
from physent.diagnostics.agreement import agreeing_pairs
from physent.diagnostics.ordinal import permutation_entropy
from physent.diagnostics.regularity import sample_entropy
from physent.evidence import Bound, Contestant

SAMPLES = 10**6
CELLS = {1: 100, 2: 50, 4: 16}  # per component, for d components
PAIRS = 1000
SHORT = 4999  # from 5000 samples on antropy uses a tree, which is slower

Series = NDArray[np.float64]
Peer = Callable[[Any, Series, int], float]


def contestants() -> Iterator[Contestant]:
    """All contestants compute the same entropy of white noise; the error is the difference from ours."""
    noise = normals(1, Purpose.SURROGATE, 0, 0, SAMPLES)
    for order in range(3, 8):
        task = f"permutation entropy, order {order}, {SAMPLES} samples"
        yield _ours(task, partial(permutation_entropy, noise, order, normalize=True), _traffic)
        for name, peer in PEERS.items():
            yield _peer(name, task, peer, noise, order, partial(_distance, noise=noise, order=order))
    short = noise[:SHORT]
    task = f"sample entropy, m 2, {SHORT} samples"
    yield _ours(task, lambda: sample_entropy(short), partial(_comparisons, short))
    yield _peer("antropy", task, _sample, short, 2, lambda h: abs(h - sample_entropy(short)))
    yield _peer("nolds", task, _sampen, short, 2, lambda h: abs(h - sample_entropy(short)))
    for d, cells in CELLS.items():
        yield from _histogram(d, cells)
    yield from _information()


def _histogram(d: int, cells: int) -> Iterator[Contestant]:
    points = np.clip(normals(2, Purpose.SURROGATE, d, 0, d * SAMPLES).reshape(SAMPLES, d) / 3, -1.0, 1.0)
    grid = Grid((-1.0,) * d, (1.0,) * d, (cells,) * d)
    task = f"histogram, {SAMPLES} points, {cells}^{d} cells"

    def by_numpy() -> NDArray[np.float64]:
        return np.histogramdd(points, bins=cells, range=[(-1.0, 1.0)] * d)[0]

    def by_hand() -> NDArray[np.int64]:
        codes = np.minimum(((points + 1.0) * (0.5 * cells)).astype(np.int32), cells - 1)
        return np.bincount(codes @ (cells ** np.arange(d - 1, -1, -1, dtype=np.int32)), minlength=cells**d)

    def differ(found: NDArray[Any]) -> float:
        return float(np.abs(found.ravel() - count(points, grid).n).sum())

    yield _ours(task, lambda: count(points, grid), partial(_read, points))
    yield Contestant("numpy.histogramdd", task, lambda: by_numpy, differ, "points counted elsewhere")
    yield Contestant("floor and numpy.bincount", task, lambda: by_hand, differ, "points counted elsewhere")


def _information() -> Iterator[Contestant]:
    """Pairs of normals of correlation 1/2 in one norm, by four neighbours."""
    a, b = normals(3, Purpose.SURROGATE, 0, 0, 2 * PAIRS).reshape(2, PAIRS)
    b = 0.5 * a + np.sqrt(0.75) * b
    task = f"mutual information, {PAIRS} pairs, 4 neighbours"
    ours = partial(ksg_mutual_information, a, b, 4, metric="shared")
    yield _ours(task, ours, None)
    for name, needs, peer in (
        ("scikit-learn", "sklearn", _scikit_learn),
        ("infomeasure", "infomeasure", _infomeasure),
    ):
        prepare = partial(_warm, peer, a, b)
        yield Contestant(name, task, prepare, lambda i: abs(i - ours()), "distance from physent", needs=needs)


def _warm(peer: Callable[[Series, Series], float], a: Series, b: Series) -> Callable[[], float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer(a[:50], b[:50])
    return partial(peer, a, b)


def _scikit_learn(a: Series, b: Series) -> float:
    by_pairs = importlib.import_module("sklearn.feature_selection._mutual_info")._compute_mi_cc
    return float(by_pairs(a.copy(), b.copy(), 4))


def _infomeasure(a: Series, b: Series) -> float:
    package = importlib.import_module("infomeasure")
    return float(package.mutual_information(a, b, approach="ksg", k=4, noise_level=0, base="e"))


def _ours(task: str, work: Callable[[], Any], bound: Callable[[Any], Bound] | None) -> Contestant:
    def prepare() -> Callable[[], Any]:
        work()
        return work

    return Contestant("physent", task, prepare, reference=True, bound=bound)


def _peer(name: str, task: str, peer: Peer, x: Series, order: int, error: Callable[[float], float]) -> Contestant:
    def prepare() -> Callable[[], float]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = importlib.import_module(name)
            peer(module, x[:1000], order)
        return lambda: peer(module, x, order)

    slow = name in ("nolds", "ordpy", "peccary")
    return Contestant(name, task, prepare, error, "distance from physent", needs=name, once=slow)


def _distance(h: float, noise: Series, order: int) -> float:
    return float(abs(h - permutation_entropy(noise, order, normalize=True)))


def _antropy(module: Any, x: Series, order: int) -> float:
    return float(module.perm_entropy(x, order=order, normalize=True))


def _sample(module: Any, x: Series, order: int) -> float:
    return float(module.sample_entropy(x, order=order))


def _sampen(module: Any, x: Series, order: int) -> float:
    return float(module.sampen(x, emb_dim=order, tolerance=0.2 * x.std()))


def _ordpy(module: Any, x: Series, order: int) -> float:
    return float(module.permutation_entropy(x, dx=order))


def _peccary(module: Any, x: Series, order: int) -> float:
    return float(module.peccary(x, n=order).calcS()[0] / np.log2(factorial(order)))


PEERS: dict[str, Peer] = {"antropy": _antropy, "ordpy": _ordpy, "peccary": _peccary}


def _traffic(_: Any) -> Bound:
    """Time to copy 24 bytes per sample: the series read once for NaN and once for codes, codes written and read."""
    source = np.ones(12 * SAMPLES // 8)
    target = np.empty_like(source)
    return Bound("copy of the bytes read and written", _seconds(lambda: np.copyto(target, source)))


def _read(points: Series, _: Any) -> Bound:
    """Time to read the points once; the counts stay in the cache."""
    flat = points.ravel()
    return Bound("largest of the coordinates: one read of the points", _seconds(flat.max))


def _comparisons(x: Series, _: Any) -> Bound:
    """Time to compare the third samples of every pair that agrees on two, in cache, by NumPy."""
    near, _ = agreeing_pairs(np.lib.stride_tricks.sliding_window_view(x, 3), 0.2 * x.std())
    a, b = np.resize(x, 8192), np.empty(8192, dtype=bool)
    rounds = near // len(a)

    def compare() -> None:
        for _turn in range(rounds):
            np.less_equal(a, 0.2, out=b)

    return Bound(f"{near} comparisons", _seconds(compare))


def _seconds(work: Callable[[], Any]) -> float:
    seconds = []
    for _turn in range(7):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return float(np.median(seconds))
