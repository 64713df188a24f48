"""Permutation entropy of 1e6 samples at orders 3 to 7, and sample entropy of 5000, beside antropy, ordpy, peccary."""

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
from physent.diagnostics.ordinal import permutation_entropy
from physent.diagnostics.sample_entropy import sample_entropy
from physent.evidence import Bound, Contestant

SAMPLES = 10**6
SHORT = 4999  # from 5000 on antropy changes to a tree, which is slower

Series = NDArray[np.float64]
Peer = Callable[[Any, Series, int], float]


def contestants() -> Iterator[Contestant]:
    """The same entropy of white noise by everyone; the error is the distance from ours."""
    noise = normals(1, Purpose.SURROGATE, 0, 0, SAMPLES)
    for order in range(3, 8):
        task = f"permutation entropy, order {order}, {SAMPLES} samples"
        yield _ours(task, partial(permutation_entropy, noise, order, normalize=True), _traffic)
        for name, peer in PEERS.items():
            yield _peer(name, task, peer, noise, order, partial(_distance, noise=noise, order=order))
    short = noise[:SHORT]
    task = f"sample entropy, m 2, {SHORT} samples"
    yield _ours(task, lambda: sample_entropy(short), None)
    yield _peer("antropy", task, _sample, short, 2, lambda h: abs(h - sample_entropy(short)))


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

    slow = name in ("ordpy", "peccary")
    return Contestant(name, task, prepare, error, "distance from physent", needs=name, once=slow)


def _distance(h: float, noise: Series, order: int) -> float:
    return float(abs(h - permutation_entropy(noise, order, normalize=True)))


def _antropy(module: Any, x: Series, order: int) -> float:
    return float(module.perm_entropy(x, order=order, normalize=True))


def _sample(module: Any, x: Series, order: int) -> float:
    return float(module.sample_entropy(x, order=order))


def _ordpy(module: Any, x: Series, order: int) -> float:
    return float(module.permutation_entropy(x, dx=order))


def _peccary(module: Any, x: Series, order: int) -> float:
    return float(module.peccary(x, n=order).calcS()[0] / np.log2(factorial(order)))


PEERS: dict[str, Peer] = {"antropy": _antropy, "ordpy": _ordpy, "peccary": _peccary}


def _traffic(_: Any) -> Bound:
    """Series read once for NaN and once for codes, codes written and read: 24 bytes a sample, by copying as many."""
    source = np.ones(12 * SAMPLES // 8)
    target = np.empty_like(source)
    seconds = []
    for _turn in range(7):
        start = time.process_time()
        np.copyto(target, source)
        seconds.append(time.process_time() - start)
    return Bound("copy of the bytes read and written", float(np.median(seconds)))
