"""Natural frequencies and initial angles."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from physent.core.random import Purpose, uniform_array
from physent.engines import EngineConfig
from physent.engines.oscillators import parameters as declared
from physent.engines.oscillators.network import size
from physent.typing import Floats

# Draws of an oscillator.
_ANGLE, _ORDER, _FREQUENCY, _ORDER_OF_FREQUENCIES = range(4)

_POINTS = 1 << 16  # of the table of von Mises' law

LAWS: dict[str, Callable[[Floats], Floats]] = {
    "lorentzian": lambda u: np.tan(np.pi * (u - 0.5)),
    "gaussian": ndtri,
    "uniform": lambda u: 2.0 * u - 1.0,
    "bimodal": lambda u: np.where(u < 0.5, -1.0, 1.0),
}
"""Quantile of each law of frequencies, of centre 0 and width 1."""


def frequencies(config: EngineConfig, replicas: int | None = None) -> Floats:
    """Natural frequencies of the first ``replicas`` (None: all), (replicas, n) if replicas differ, else (1, n)."""
    law, n = config.parameters.frequencies, size(config.parameters)
    if isinstance(law, declared.Listed):
        return np.array([law.values])
    if isinstance(law, declared.Identical):
        return np.full((1, n), law.center)
    quantile = LAWS[law.kind]
    streams = [(config.seed, Purpose.INITIAL, replica, 0, n) for replica in range(replicas or config.replicas)]
    if law.sampling == "random":
        unit = np.stack([quantile(uniform_array(*stream, _FREQUENCY)) for stream in streams])
    else:
        unit = quantile((np.arange(n) + 0.5) / n)[None]
        if not isinstance(config.parameters.network, declared.MeanField):
            # In ascending order they would be a gradient in space.
            unit = np.stack([unit[0, np.argsort(uniform_array(*s, _ORDER_OF_FREQUENCIES))] for s in streams])
    return np.asarray(law.center + law.width * unit)


def angles(config: EngineConfig, replica: int) -> Floats:
    """Initial angles of one replica, radians (n,); TypeError for `file`, whose arrays the engine receives instead."""
    initial, n = config.initial, size(config.parameters)
    stream = (config.seed, Purpose.INITIAL, replica, 0, n)
    u = uniform_array(*stream, _ANGLE)
    stratified = (np.argsort(uniform_array(*stream, _ORDER)) + u) / n
    match initial:
        case declared.Uniform():
            return 2 * np.pi * (u - 0.5)
        case declared.Aligned():
            return np.full(n, initial.angle)
        case declared.WrappedCauchy():
            r0 = initial.order
            return 2 * np.arctan((1 - r0) / (1 + r0) * np.tan(np.pi * (stratified - 0.5)))
        case declared.VonMises():
            return np.interp(stratified, *_von_mises(initial.concentration))
        case declared.Twisted():
            network = config.parameters.network
            length = network.shape[0] if isinstance(network, declared.Lattice) else n
            return 2 * np.pi * initial.winding * (np.arange(n) // (n // length)) / length
    raise TypeError(f"no start of type {type(initial).__name__}")


@lru_cache(maxsize=4)
def _von_mises(concentration: float) -> tuple[Floats, Floats]:
    """Law and angle of a table of von Mises' law; the trapezium rule makes its error negligible."""
    width = min(np.pi, 12.0 / np.sqrt(concentration)) if concentration else np.pi
    grid = np.linspace(-width, width, _POINTS)
    density = np.exp(-2 * concentration * np.sin(grid / 2) ** 2)
    below = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return below / below[-1], grid
