"""Short runs of the engine without files."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.config.load import load_config
from physent.engines.hard_discs import ENGINE
from physent.engines.hard_discs.state import State, begin, set_up

Reals = npt.NDArray[np.float64]


def config(
    kind: str = "uniform",
    *,
    until: float = 1.0,
    every: float | None = None,
    replicas: int = 1,
    seed: int = 3,
    velocities: str = "maxwell",
    fraction: float | None = None,
    **parameters: Any,
) -> Any:
    """A validated config; further keywords are parameters."""
    initial: dict[str, Any] = {"kind": kind, "velocities": velocities}
    if fraction is not None:
        initial["fraction"] = fraction
    return load_config(
        {
            "engine": "hard_discs",
            "seed": seed,
            "replicas": replicas,
            "parameters": parameters,
            "initial": initial,
            "schedule": {"until": until, "every": every or until},
        }
    )


def gas(position: npt.ArrayLike, velocity: npt.ArrayLike, diameter: float, boundary: str = "periodic") -> State:
    """One replica of discs (n, 2) in the unit box at time 0."""
    x, v = np.array(position, dtype=float), np.array(velocity, dtype=float)
    parameters = config(n=len(x), diameter=diameter, boundary=boundary).parameters
    return begin(set_up(parameters), x[None], v[None], 0.0)


def advance(state: State, target: float, work: int = 10**12) -> int:
    """Go to ``target`` in as many calls as it takes; their number."""
    calls, reached = 0, np.nan
    while reached != target:
        reached = ENGINE.advance(state, target, work)
        calls += 1
    return calls


def stored(state: State) -> dict[str, Any]:
    """What a checkpoint holds of the state, copied."""
    fields = (f.name for f in dataclasses.fields(state) if not f.metadata.get("derived"))
    return {name: np.array(value) if np.ndim(value := getattr(state, name)) else value for name in fields}


def same(one: State, other: State, but: tuple[str, ...] = ()) -> None:
    """Bit for bit the same state."""
    for name, value in stored(one).items():
        if name not in but:
            found = getattr(other, name)
            assert np.asarray(value).tobytes() == np.asarray(found).tobytes(), name


SAMPLING = ("last_time", "last_virial", "last_wall")
"""What knows of the samples: from where `compressibility_factor` and `pressure` count."""


def least_distance(state: State) -> float:
    """Smallest distance of two discs over the diameter, over all replicas."""
    setup, position = state.setup, ENGINE.fields(state)["position"]
    least = np.inf
    for x in position:
        apart = np.abs(x[:, None] - x[None])
        for axis, (side, wall) in enumerate(zip(setup.sides, setup.walls, strict=True)):
            if not wall:
                apart[..., axis] = np.minimum(apart[..., axis], side - apart[..., axis])
        distance = np.hypot(apart[..., 0], apart[..., 1])
        least = min(least, float(distance[np.triu_indices(len(x), 1)].min()))
    return least / setup.diameter
