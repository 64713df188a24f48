"""Initial state of a chain: independent charges with about the density of the gas."""

from __future__ import annotations

import numpy as np

from physent.core.random import Purpose, uniform_array
from physent.engines import EngineConfig
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb.gas import Gas
from physent.typing import Floats


def droplet(config: EngineConfig, gas: Gas) -> Floats:
    """Independent charges with the density of the droplet (uniform for the log-gas on a line), (replica, rows, n)."""
    position = np.zeros((config.replicas, gas.rows, gas.n))
    radius, p, d = gases.edge(gas), gas.exponent, gas.dimension
    for replica in range(config.replicas):
        u = uniform_array(config.seed, Purpose.INITIAL, replica, 0, 3 * gas.n).reshape(3, gas.n)
        if gas.kind == gases.LOG_LINE:
            position[replica, 0] = radius * (2.0 * u[0] - 1.0)
            continue
        r = radius * u[0] ** (1.0 / (d + p - 2.0))
        if d == 1:
            position[replica, 0] = np.where(u[1] < 0.5, -r, r)
            continue
        height = 2.0 * u[2] - 1.0 if d == 3 else np.zeros(gas.n)
        across = r * np.sqrt(1.0 - height * height)
        position[replica, 0] = across * np.cos(2 * np.pi * u[1])
        position[replica, 1] = across * np.sin(2 * np.pi * u[1])
        if d == 3:
            position[replica, 2] = r * height
    return position
