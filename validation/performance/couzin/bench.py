"""Schools of fish: CPU time of the same steps of the same school, against dewi-kadita; large schools without it.

The tasks at density 1 show how the CPU time per fish and step depends on the number of fish.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from physent.config.load import load_config
from physent.engines import Method
from physent.engines.couzin import ENGINE, zones
from physent.engines.couzin.methods import METHODS, cells
from physent.engines.couzin.state import State, by_fish
from physent.evidence import Bound, Contestant

PEER = "dewi_kadita"
WORK = 20_000_000  # work per call of advance, about as in a run


class Case(NamedTuple):
    """A case of dewi-kadita: angles in radians per step, the blind angle in degrees."""

    n: int
    length: float
    speed: float
    repulsion: float
    orientation: float
    attraction: float
    turn: float
    noise: float
    blind: float
    weight: float


CASES = {
    "swarm": Case(150, 25.0, 1.0, 2.0, 3.0, 15.0, 0.40, 0.20, 30.0, 1.0),
    "torus": Case(200, 25.0, 1.0, 1.0, 3.0, 10.0, 0.20, 0.05, 150.0, 0.1),
    "dynamic parallel": Case(180, 28.0, 1.2, 1.0, 10.0, 18.0, 0.35, 0.12, 25.0, 1.0),
    "highly parallel": Case(250, 35.0, 1.5, 1.0, 12.0, 20.0, 0.20, 0.05, 20.0, 1.0),
}
DENSITY = CASES["highly parallel"].n / CASES["highly parallel"].length ** 3
SMALL_STEPS, EVOLVED = 40, 500
THIRTY = (3 * 30 / (4 * math.pi)) ** (1 / 3)  # radius that holds 30 neighbours at density 1


def contestants() -> Iterator[Contestant]:
    """dewi-kadita's cases at the start and after schools have formed; its largest at constant density; physent only."""
    for name, case in CASES.items():
        for settle, when in ((1, "at the start"), (EVOLVED, f"after {EVOLVED} steps")):
            yield from _race(f"case {name} {when}", case, settle, SMALL_STEPS)
    for n in (4000, 16_000):
        large = CASES["highly parallel"]._replace(n=n, length=(n / DENSITY) ** (1 / 3))
        yield from _race("highly parallel at the same density", large, 1, 1)
    for n, steps in ((1000, 200), (10_000, 20), (100_000, 4), (1_000_000, 1)):
        length = float(n) ** (1 / 3)
        settings = {"n": n, "orientation_radius": 1.5, "attraction_radius": THIRTY, "box_length": length}
        start = partial(_start, _config(tuple(settings.items())), 1)
        task = f"gas at density 1, {n} fish, 30 neighbours, {steps} steps"
        yield Contestant("physent", task, partial(_physent, start, steps), reference=True, bound=_sums_alone)
    start = partial(_start, _replicas(), 1)
    prepare = partial(_physent, start, 5000)
    yield Contestant("physent", "mills: 30 replicas of 100 fish, 5000 steps", prepare, reference=True, once=True)


def _race(title: str, case: Case, settle: int, steps: int) -> Iterator[Contestant]:
    start = partial(_start, _config(_settings(case)), settle)
    task = f"{title}: {case.n} fish, {_neighbours(start(), case):.0f} neighbours, {steps} steps"
    prepare = partial(_physent, start, steps)
    yield Contestant("physent", task, prepare, reference=True, bound=_sums_alone)
    peer = partial(_peer, start, case, steps)
    yield Contestant("dewi-kadita", task, peer, needs=PEER, once=case.n > 1000)


def _settings(case: Case) -> tuple[tuple[str, Any], ...]:
    settings = {
        "n": case.n,
        "box_length": case.length,
        "speed": case.speed,
        "repulsion_radius": case.repulsion,
        "orientation_radius": case.orientation,
        "attraction_radius": case.attraction,
        "turn_rate_deg": math.degrees(case.turn) / 0.1,
        "noise_rad": case.noise,
        "field_of_view_deg": 360.0 - 2.0 * case.blind,
        "orientation_weight": case.weight,
        "rule": "dewi_kadita",
    }
    return tuple(settings.items())


@cache
def _config(settings: tuple[tuple[str, Any], ...]) -> Any:
    return load_config(
        {
            "engine": "couzin",
            "seed": 1,
            "parameters": dict(settings),
            "initial": {"kind": "uniform"},
            "schedule": {"until": 1000.0, "every": 0.1},
        }
    )


@cache
def _replicas() -> Any:
    return load_config("couzin/torus", {"replicas": 30})


_states: dict[tuple[int, int], State] = {}


def _start(config: Any, settle: int) -> State:
    """A fresh copy of the school after ``settle`` steps; the school is made, and kernels are compiled, only once."""
    key, method = (id(config), settle), ENGINE.method(config)
    if key not in _states:
        state = method.start(config, None)
        _advance(state, settle)
        _states[key] = state
    kept = method.store(_states[key])
    copy: State = method.restore(config, {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in kept.items()})
    return copy


def _method(state: State) -> Method:
    return METHODS["cells" if isinstance(state, cells.State) else "all_pairs"]


def _advance(state: State, steps: int) -> None:
    method, target = _method(state), float(state.time[0]) + 0.1 * steps
    while method.advance(state, target, WORK) != target:
        pass


def _neighbours(state: State, case: Case) -> float:
    """Mean number of fish within the attraction radius, or half the box."""
    position = by_fish(state)[0][0]
    tree = cKDTree(position, boxsize=case.length)
    reach = min(case.attraction, 0.4999 * case.length)
    return float(tree.count_neighbors(tree, reach)) / case.n - 1.0


def _physent(start: Callable[[], State], steps: int) -> Callable[[], tuple[State, int]]:
    state = start()

    def work() -> tuple[State, int]:
        _advance(state, steps)
        return state, steps

    return work


def _peer(start: Callable[[], State], case: Case, steps: int) -> Callable[[], None]:
    import numba
    from dewi_kadita.core import solver

    numba.set_num_threads(1)  # further threads only add CPU time
    (position,), (heading,) = by_fish(start())
    radii = case.repulsion, case.orientation, case.attraction
    rest = (*radii, case.turn, case.noise, math.radians(case.blind), case.speed, case.weight)
    velocity = case.speed * heading
    solver._update_velocities_numba(position[:2].copy(), velocity[:2].copy(), case.length, *rest)  # compiles

    def work() -> None:
        x, v = position.copy(), velocity.copy()
        for _ in range(steps):
            v = solver._update_velocities_numba(x, v, case.length, *rest)
            x = (x + 0.1 * v) % case.length

    return work


def _sums_alone(outcome: tuple[State, int]) -> Bound:
    """CPU time of the sums over the candidates of each fish, with that loop timed now, and nothing else."""
    state, steps = outcome
    n = state.swarm.shape[2]
    if not isinstance(state, cells.State):
        candidates = float(n)
    else:
        work = cells.scratch(n, state.grids)
        grid = state.grids[cells.sort_swarm(state.grids, state.swarm[0], work.lists)]
        held = np.diff(work.lists.start[: grid.cells + 1]).astype(np.float64).reshape(grid.shape)
        around = held
        for axis, span in enumerate(grid.span):
            around = np.sum([np.roll(around, shift, axis) for shift in range(-span, span + 1)], axis=0)
        candidates = float((held * around).sum() / n)
    each = _seconds_of_a_candidate()
    text = f"{steps} steps of {n} fish, {candidates:.0f} candidates each, {each * 1e9:.2f} ns for one"
    return Bound(text, steps * n * candidates * each)


@cache
def _seconds_of_a_candidate(count: int = 8192, times: int = 500) -> float:
    near = np.random.default_rng(0).normal(size=(6, count))
    full, empty = (
        min(
            _seconds(
                partial(zones.zone_sums, near, some, (0.0,) * 3 + (1.0, 0.0, 0.0), (0.1, 1.0, 4.0, -0.7), 1.0, True)
            )
            for _ in range(times)
        )
        for some in (count, 0)
    )
    return (full - empty) / count


def _seconds(call: Callable[[], object]) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start
