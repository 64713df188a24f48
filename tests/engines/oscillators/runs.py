"""Runs and a naive twin: sines of every pair, one oscillator after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent import engines
from physent.config.load import load_config
from physent.core.random import Purpose, normals
from physent.engines.oscillators.state import State

Data = dict[str, Any]


def config(parameters: Data, initial: Data | None = None, **more: Any) -> Any:
    data = {"engine": "oscillators", "seed": 5, "parameters": {"coupling": 1.0, **parameters}}
    data |= {"initial": initial or {"kind": "uniform"}, "schedule": {"until": 100.0, "every": 0.05}}
    return load_config({**data, **more})


def start(made: Any, angle: Any = None) -> State:
    given = None if angle is None else {"angle": np.array(angle, dtype=np.float64)}
    state: State = engines.get("oscillators").method(made).start(made, given)
    return state


def moved(state: State, made: Any, target: float) -> State:
    method = engines.get("oscillators").method(made)
    while method.advance(state, target, 10**8) != target:
        pass
    return state


def fields(state: State, made: Any) -> dict[str, Any]:
    return engines.get("oscillators").method(made).fields(state)


class Twin:
    """Heun steps with the ledger, for couplings ``weight`` (n, n) times K and frictions (n,)."""

    def __init__(self, weight: Any, friction: Any, omega: Any, lag: float, temperature: float, step: float) -> None:
        self.weight, self.friction, self.omega = np.asarray(weight), np.asarray(friction), np.asarray(omega)
        self.lag, self.temperature, self.step = lag, temperature, step
        self.work = self.heat = self.medium = self.dissipation = self.drift = 0.0

    def force(self, x: Any, k: float) -> Any:
        apart = x[None, :] - x[:, None]
        return self.omega + k * (self.weight * np.sin(apart - self.lag)).sum(axis=1) / self.friction

    def energy(self, x: Any, k: float) -> float:
        pairs = self.weight * np.cos(x[None, :] - x[:, None])
        return float(-0.5 * k * np.cos(self.lag) * pairs.sum())

    def other(self, x: Any, k: float) -> Any:
        """Torque that has no energy."""
        cosines = (self.weight * np.cos(x[None, :] - x[:, None])).sum(axis=1)
        return self.omega * self.friction - k * np.sin(self.lag) * cosines

    def divergence(self, x: Any, k: float) -> float:
        slopes = self.weight * np.cos(x[None, :] - x[:, None] - self.lag) / self.friction[:, None]
        np.fill_diagonal(slopes, 0.0)
        return float(-k * slopes.sum())

    def move(self, x: Any, noise: Any, k: tuple[float, float, float]) -> Any:
        h, shake = self.step, np.sqrt(2 * self.temperature * self.step) * noise
        before = self.force(x, k[1])
        y = x + h / 2 * (before + self.force(x + h * before + shake, k[1])) + shake
        after, step = self.force(y, k[1]), y - x
        driven = float(((self.other(x, k[1]) + self.other(y, k[1])) / 2 * step).sum())
        heat = driven - (self.energy(y, k[1]) - self.energy(x, k[1]))
        self.work += self.energy(x, k[1]) - self.energy(x, k[0]) + driven + self.energy(y, k[2]) - self.energy(y, k[1])
        self.heat += heat
        if self.temperature:
            trapezoid = float(((before + after) / 2 * step).sum()) / self.temperature
            self.medium += heat / self.temperature if (self.friction == 1).all() else trapezoid
            self.dissipation += float((self.omega * step).sum()) / self.temperature
            squares = ((before**2).sum() + (after**2).sum()) / 2 / self.temperature
            self.drift += h * (squares + (self.divergence(x, k[1]) + self.divergence(y, k[1])) / 2)
        return y


def noise_of(seed: int, replica: int, step: int, n: int) -> Any:
    return normals(seed, Purpose.NOISE, replica, step, n)
