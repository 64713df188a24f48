"""Schools of known order: positions and headings (n, 3)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def isotropic(n: int, rng: np.random.Generator) -> Floats:
    return _unit(rng.normal(size=(n, 3)))


def ball(n: int, rng: np.random.Generator, radius: float = 5.0) -> Floats:
    return np.asarray(isotropic(n, rng) * np.cbrt(rng.random((n, 1))) * radius)


def around(x: Floats, sign: Any = 1.0) -> Floats:
    """Headings of a mill about z."""
    turned = np.stack([-x[:, 1], x[:, 0], np.zeros(len(x))], axis=1)
    return _unit(turned) * np.reshape(sign, (-1, 1))


def ring(n: int, radius: float = 5.0) -> Floats:
    angle = 2 * np.pi * np.arange(n) / n
    return radius * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)


def toward(direction: Floats, spread: float, n: int, rng: np.random.Generator) -> Floats:
    """Headings about a direction, with normal deviations of each component."""
    return _unit(_unit(direction[None])[0] + spread * rng.normal(size=(n, 3)))


def rotation(rng: np.random.Generator) -> Floats:
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q if np.linalg.det(q) > 0 else -q)


def _unit(x: Floats) -> Floats:
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))
