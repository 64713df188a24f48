"""Two of the toy engines: a random walk counted in draws, with a burn-in, and a drift in time with a protocol.

They prove that runner and files know neither physics nor time. Both draw from a xorshift state in State.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from physent import engines
from physent.declare import Coordinate, Count, DrawSchedule, Problem, Section, TimeSchedule, Variable
from physent.engines import Engine, Method

Array = np.ndarray[Any, Any]
MASK = (1 << 64) - 1


class WalkParameters(Section):
    """The walk."""

    n: Count = 3
    length: float = 1.0
    work_per_step: Count = 1000
    sleep: float = 0.0  # seconds per step, for tests that need a slow run


class Origin(Section):
    """All walkers at one point."""

    kind: Literal["origin"] = "origin"
    at: float = 0.0


@dataclass
class WalkState:
    """Positions (replica, walker), one generator a replica."""

    draw: int
    position: Array
    generator: Array
    length: float
    work_per_step: int
    sleep: float
    doubtful: bool = False
    scratch: Array = field(default_factory=lambda: np.zeros(0), metadata={"derived": True})


def _next(generator: int) -> int:
    """xorshift64 (Marsaglia 2003, doi:10.18637/jss.v008.i14)."""
    generator ^= (generator << 13) & MASK
    generator ^= generator >> 7
    return generator ^ ((generator << 17) & MASK)


def walk_variables(config: Any) -> tuple[Variable, ...]:
    return (
        Variable("spread", "root mean square distance", "1"),
        Variable("visits", "steps taken so far", "1", dtype="int64"),
        Variable("mean", "mean over replicas and walkers", "1", dims=()),
        Variable("position", "positions", "1", ("replica", "walker"), is_field=True, attrs={"hint": "exact"}),
    )


def walkers(config: Any) -> tuple[Coordinate, ...]:
    return (Coordinate("walker", np.arange(config.parameters.n), "walker"),)


def long_steps(config: Any) -> Iterator[Problem]:
    if config.parameters.length > 100.0:
        yield Problem(("parameters", "length"), "the steps are long", is_warning=True)


def first(config: Any, given: Any) -> dict[str, Any]:
    """Stored fields of the state at the start."""
    shape = (config.replicas, config.parameters.n)
    seeds = [(config.seed * 1_000_003 + replica + 1) & MASK for replica in range(config.replicas)]
    return {
        "draw": config.schedule.start,
        "position": np.full(shape, config.initial.at) if given is None else given["position"].copy(),
        "generator": np.array(seeds, dtype=np.uint64), "length": config.parameters.length,
        "work_per_step": config.parameters.work_per_step, "sleep": config.parameters.sleep, "doubtful": False,
    }  # fmt: skip


def restore_walk(config: Any, stored: Mapping[str, Any]) -> WalkState:
    return WalkState(**stored, scratch=np.zeros(3))


def shorten(config: Any, state: Any) -> Any:
    state.length = config.parameters.length
    return state


def step(state: WalkState) -> None:
    """One step of every walker."""
    for replica, row in enumerate(state.position):
        generator = int(state.generator[replica])
        for walker in range(len(row)):
            generator = _next(generator)
            row[walker] += state.length if generator >> 63 else -state.length * 0.9
        state.generator[replica] = generator
    if state.sleep:
        time.sleep(state.sleep)


def advance_walk(state: WalkState, target: int, work: int) -> int:
    for _ in range(max(1, work // state.work_per_step)):
        if state.draw == target:
            break
        step(state)
        state.draw += 1
    return state.draw


def walk_fields(state: WalkState) -> dict[str, Array]:
    return {
        "spread": np.sqrt((state.position**2).mean(axis=1)),
        "visits": np.full(len(state.position), state.draw, dtype=np.int64),
        "mean": state.position.mean(),
        "position": state.position.copy(),
    }


def strayed(state: WalkState, record: Any) -> Iterator[tuple[str, str]]:
    if (record["spread"] > 4 * state.length).any():
        yield "far", f"walkers strayed far, first at draw {state.draw}"


WALK = Method(
    start=lambda config, given: restore_walk(config, first(config, given)),
    restore=restore_walk,
    change=shorten,
    advance=advance_walk,
    fields=walk_fields,
    doubts=strayed,
    memory=lambda config: 8 * int(config.replicas) * (int(config.parameters.n) + 1),
)

ENGINE = Engine(
    name="random_walk",
    title="Random walkers",
    references=("Pearson 1905, doi:10.1038/072294b0", "a second one"),
    Parameters=WalkParameters,
    Initial=Origin,
    Schedule=DrawSchedule,
    fixed=frozenset(WalkParameters.model_fields) - {"length"},
    initial_fields=("position",),
    checks=(long_steps,),
    variables=walk_variables,
    coordinates=walkers,
    scales=lambda config: {"length": np.array(config.parameters.length)},
    resolved=lambda config: {"generator": "xorshift64"},
    methods={"xorshift": WALK},
)


class DriftParameters(WalkParameters):
    """The drift."""

    breaks_at: float = 1e30  # positions are infinite from then on


@dataclass
class DriftState(WalkState):
    """As a walk, with its time and direction."""

    t: float = 0.0
    steps: int = 0
    direction: float = 1.0
    breaks_at: float = 1e30


def drift_variables(config: Any) -> tuple[Variable, ...]:
    pair = [
        Variable(f"wave_{part}", f"{part} part", "1", ("replica", "walker"), is_field=True) for part in ("real", "imag")
    ]
    return (*walk_variables(config), Variable("now", "time of the state", dims=()), *pair)


def restore_drift(config: Any, stored: Mapping[str, Any]) -> DriftState:
    return DriftState(**{"breaks_at": config.parameters.breaks_at, **stored})


def turn(state: Any, action: str) -> Any:
    state.direction = -state.direction
    return state


def advance_drift(state: Any, target: float, work: int) -> float:
    for _ in range(max(1, work // state.work_per_step)):
        if state.t == target:
            break
        dt = min(0.0625, target - state.t)
        step(state)
        state.position += state.direction * dt
        state.steps += 1
        state.t = target if dt < 0.0625 else state.t + dt
        if state.t >= state.breaks_at:
            state.position[0, 0] = np.inf
    return float(state.t)


def drift_fields(state: Any) -> dict[str, Array]:
    wave = {"wave_real": np.tanh(state.position), "wave_imag": -np.abs(state.position)}
    with np.errstate(invalid="ignore"):
        record = walk_fields(state)
    return {**record, **wave, "now": np.array(state.t)}


DRIFT = replace(
    WALK,
    start=lambda config, given: restore_drift(config, first(config, given)),
    restore=restore_drift,
    act=turn,
    advance=advance_drift,
    fields=drift_fields,
)

DRIFT_ENGINE = replace(
    ENGINE,
    name="drift",
    title="Drifting walkers",
    Parameters=DriftParameters,
    Schedule=TimeSchedule,
    fixed=frozenset({"n"}),
    actions=frozenset({"turn"}),
    variables=drift_variables,
    methods={"euler": DRIFT},
)
MODULES = {name: f"tests.{name}" for name in ("random_walk", "drift", "spins", "trap")}


@contextmanager
def registered() -> Iterator[None]:
    """Put the toy engines into the table."""
    before = dict(engines.TABLE)
    engines.TABLE.update(MODULES)
    try:
        yield
    finally:
        engines.TABLE.clear()
        engines.TABLE.update(before)


def walk_config(**changes: Any) -> dict[str, Any]:
    """A short run of the random walk."""
    return {
        "engine": "random_walk", "seed": 5, "replicas": 2, "schedule": {"draws": 40, "thin": 3, "burn_in": 7},
    } | changes  # fmt: skip


def drift_config(**changes: Any) -> dict[str, Any]:
    """A short run of the drift, with a protocol."""
    protocol = [{"at": 0.3, "set": {"length": 0.5}}, {"at": 1.03, "do": "turn"}]
    schedule = {"until": 2.0, "every": 0.1}
    return {"engine": "drift", "replicas": 2, "schedule": schedule, "protocol": protocol} | changes
