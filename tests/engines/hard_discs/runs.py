"""Short runs of the engine without files."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from physent.config.load import load_config
from physent.engines import Array, Method
from physent.engines.hard_discs import ENGINE
from physent.engines.hard_discs.methods import METHODS, event_driven, ideal
from physent.engines.hard_discs.state import State, begin

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
    return begin(parameters, event_driven.box_of(parameters), x[None], v[None], 0.0)


def begun(cfg: Any, given: dict[str, Array] | None = None) -> Any:
    """State at the start."""
    return ENGINE.method(cfg).start(cfg, given)


def method_of(state: Any) -> Method:
    """The method that made a state."""
    return METHODS["ideal" if isinstance(state, ideal.State) else "event_driven"]


def fields(state: Any) -> dict[str, Array]:
    """Its record."""
    return method_of(state).fields(state)


def reverse(state: Any) -> Any:
    """The state with all velocities turned round."""
    act = method_of(state).act
    assert act is not None
    return act(state, "reverse_velocities")


def advance(state: Any, target: float, work: int = 10**12) -> int:
    """Go to ``target`` in as many calls as it takes; their number."""
    calls, reached = 0, np.nan
    while reached != target:
        reached = method_of(state).advance(state, target, work)
        calls += 1
    return calls


def stored(state: Any) -> dict[str, Any]:
    """What a checkpoint holds of the state, copied."""
    kept = method_of(state).store(state)
    return {name: np.array(value) if np.ndim(value) else value for name, value in kept.items()}


def same(one: Any, other: Any, but: tuple[str, ...] = ()) -> None:
    """Bit for bit the same state."""
    for name, value in stored(one).items():
        if name not in but:
            found = getattr(other, name)
            assert np.asarray(value).tobytes() == np.asarray(found).tobytes(), name


SAMPLING = ("last_time", "last_virial", "last_wall")
"""What knows of the samples: from where `compressibility_factor` and `pressure` count."""


def least_distance(state: State) -> float:
    """Smallest distance of two discs over the diameter, over all replicas."""
    box, position = state.box, fields(state)["position"]
    least = np.inf
    for x in position:
        apart = np.abs(x[:, None] - x[None])
        for axis, (side, wall) in enumerate(((box.lx, box.wall_x), (box.ly, box.wall_y))):
            if not wall:
                apart[..., axis] = np.minimum(apart[..., axis], side - apart[..., axis])
        distance = np.hypot(apart[..., 0], apart[..., 1])
        least = min(least, float(distance[np.triu_indices(len(x), 1)].min()))
    return least / box.diameter
