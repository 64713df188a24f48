"""Random schools moved by one noisy step on both devices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physent import engines
from physent.config.load import RunConfig
from physent.typing import Floats

COUZIN = engines.get("couzin")


def random_schools(count: int, most: int = 24) -> Iterator[dict[str, Any]]:
    """Configs of small schools: open and periodic, both rules, groups, blind cones, crowded and sparse, replicas."""
    rng = np.random.default_rng(20)
    for index in range(count):
        n = int(rng.integers(2, most))
        radii = np.sort(rng.uniform(0.5, 4.0, 3))
        box = None if index % 2 else float(rng.uniform(3.2, 4.5) * radii[2])
        parameters: dict[str, Any] = {
            "n": n,
            "repulsion_radius": float(radii[0]),
            "orientation_radius": float(radii[1]),
            "attraction_radius": float(radii[2]),
            "field_of_view_deg": float(rng.choice([120.0, 200.0, 270.0, 360.0])),
            "noise_rad": float(rng.choice([0.0, 0.05, 0.5])),
            "turn_rate_deg": float(rng.choice([40.0, 400.0])),
            "box_length": box,
            "rule": str(rng.choice(["couzin2002", "dewi_kadita"])),
        }
        if index % 3 == 0:
            parameters["groups"] = [{"n": n - 1}, {"n": 1, "speed": 5.0, "noise_rad": 0.2, "repulsion_radius": 0.4}]
        yield {
            "engine": "couzin",
            "seed": index,
            "replicas": 1 + index % 2,
            "parameters": parameters,
            "initial": {"kind": "ball" if box is None else "uniform"},
            "schedule": {"until": 0.1, "every": 0.1},
        }


def moved(config: RunConfig, name: str, device: str) -> dict[str, Floats]:
    """Fields after one step of the named method."""
    on_device = config.model_copy(update={"device": device})
    method = COUZIN.methods[name] if device == "cpu" else COUZIN.twin(name)
    state = method.start(on_device, None)
    assert method.advance(state, 0.1, 1 << 30) == 0.1
    return method.fields(state)


def difference(config: RunConfig, one: dict[str, Floats], other: dict[str, Floats]) -> float:
    """Largest difference of positions, modulo the box, and headings."""
    apart = np.abs(one["position"] - other["position"])
    if config.parameters.box_length is not None:
        apart = np.minimum(apart, config.parameters.box_length - apart)
    return float(max(apart.max(), np.abs(one["heading"] - other["heading"]).max()))
