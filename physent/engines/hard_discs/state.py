"""State of the gas of hard discs, and what a config fixes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from physent.core import events, jit
from physent.engines.hard_discs import arrays
from physent.engines.hard_discs.arrays import Box, Gas
from physent.engines.hard_discs.parameters import diameter_of
from physent.engines.hard_discs.sampling import TOTALS, add_up, sample
from physent.theory.kinetic import contact_value

Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SPEED_BINS = 60
BINS_PER_THERMAL_SPEED = 10
LARGEST_SIDE = 0x7FFF  # cells; their column and row share 32 bits
FEW, MANY = 4_000, 40_000
"""Discs whose memory fits a core's own cache, and that of which more than that has to be asked for ahead of its use."""


@dataclass(frozen=True)
class Setup:
    """What a config fixes."""

    n: int
    sides: tuple[float, float]
    walls: tuple[bool, bool]
    temperature: float
    box: Box

    @property
    def diameter(self) -> float:
        """Diameter of the discs."""
        return self.box.diameter

    @property
    def tolerance(self) -> float:
        """Relative error of a distance at contact that round-off explains.

        Coordinates, and distances flown since the trajectory began, are at most of the order L and rounded to 1.1e-16
        of it, some ten times between prediction and contact; so are impact parameters, which are cross products of
        such distances with a unit vector. Together about 1e-15 L, and ten times that is allowed. Measured: the largest
        of 1e4 to 3e6 contacts is 1.3 to 2 epsilon L/sigma, for L/sigma from 70 to 6e5.
        """
        return 1e-10 + 1e-14 * max(self.sides) / self.diameter if self.diameter else math.inf


def set_up(parameters: Any) -> Setup:
    """Box and cells for the parameters of a config."""
    sides = (parameters.box_length,) * 2
    walls = (parameters.boundary == "walls",) * 2
    diameter = diameter_of(parameters)
    bins = BINS_PER_THERMAL_SPEED / math.sqrt(parameters.temperature)
    box = box_of(parameters.n, sides, walls, diameter, bins)
    return Setup(parameters.n, sides, walls, parameters.temperature, box)


def box_of(n: int, sides: tuple[float, float], walls: tuple[bool, bool], diameter: float, speed_bins: float) -> Box:
    """Rectangle with cells no smaller than a disc and with half a disc to three in each, none for the ideal gas."""
    cells = (0, 0)
    if diameter:
        area = sides[0] * sides[1] / n
        # Measured: fewer crossings pay where collisions are rare, fewer neighbours where they are not.
        covered = diameter**2 / area
        per_cell = 0.5 if covered > 0.05 else 1.0 if covered > 1e-3 else 3.0
        aim = max(diameter * (1 + 1e-9), math.sqrt(per_cell * area))
        least = [1 if wall else 3 for wall in walls]
        cells = (
            min(LARGEST_SIDE, max(least[0], int(sides[0] / aim))),
            min(LARGEST_SIDE, max(least[1], int(sides[1] / aim))),
        )
    stages = 0 if n <= FEW else 3 if n <= MANY else 4
    return Box(float(sides[0]), float(sides[1]), *cells, *walls, float(diameter), float(speed_bins), stages)


@dataclass
class State:
    """Everything that evolves, per replica. The columns are those of ``core.discs`` and ``core.events``.

    For the ideal gas `discs` is the state at the time ORIGIN, `images` and the sums are those of that time, and there
    is no calendar.
    """

    discs: Reals  # (replica, 8 n)
    times: Reals  # (replica, 4 n)
    cells: npt.NDArray[np.int32]  # (replica, cells)
    ring: npt.NDArray[np.int32]  # (replica, buckets + 1)
    images: npt.NDArray[np.int32]  # (replica, 2 n)
    counts: Integers  # (replica, 8)
    sums: Reals  # (replica, 6)
    speeds: Integers  # (replica, speed)
    time: float  # that all replicas have reached
    target: float  # of the last call of `advance`
    last_time: float  # time, virial and wall momentum when that target was set, which is at the sample before it
    last_virial: Reals
    last_wall: Reals
    setup: Setup = field(metadata={"derived": True})

    @cached_property
    def gas(self) -> Gas:
        """The kernels' view of the arrays, which are changed in place only."""
        return Gas(
            self.discs,
            self.discs.view(np.int32),
            self.times,
            self.times.view(np.int32),
            self.cells,
            self.ring,
            self.images,
            self.counts,
            self.sums,
            self.speeds,
        )


def begin(setup: Setup, position: Reals, velocity: Reals, time: float) -> State:
    """State at ``time`` from ``position`` and ``velocity``, (replica, particle, axis), every event newly predicted."""
    replicas, n, _ = position.shape
    calendar = n if setup.diameter else 0
    buckets = events.ring_of(n, 1.0)[0] + 1 if setup.diameter else 0
    state = State(
        discs=in_lines(np.zeros((replicas, 8 * n))),
        times=in_lines(np.zeros((replicas, 4 * calendar))),
        cells=np.empty((replicas, setup.box.mx * setup.box.my), dtype=np.int32),
        ring=np.empty((replicas, buckets), dtype=np.int32),
        images=np.zeros((replicas, 2 * n), dtype=np.int32),
        counts=np.zeros((replicas, 8), dtype=np.int64),
        sums=np.zeros((replicas, 6)),
        speeds=np.zeros((replicas, SPEED_BINS), dtype=np.int64),
        time=time,
        target=time,
        last_time=time,
        last_virial=np.zeros(replicas),
        last_wall=np.zeros(replicas),
        setup=setup,
    )
    marks = state.discs.view(np.int32).reshape(replicas, n, 16)
    rows = state.discs.reshape(replicas, n, 8)
    for replica in range(replicas):
        order, cell = _by_cell(setup.box, position[replica])
        rows[replica, :, : arrays.VX] = position[replica, order]
        rows[replica, :, arrays.VX : arrays.SINCE] = velocity[replica, order]
        marks[replica, :, arrays.CELL] = cell
        marks[replica, :, arrays.NAME] = order
        state.sums[replica, arrays.SCALE] = events.ring_of(n, _event_rate(setup.box, rows[replica]))[1]
    state.sums[:, arrays.ORIGIN] = time
    if setup.diameter:
        jit.spread(arrays.start, replicas, state.gas, setup.box)
    return state


def in_lines(array: Reals) -> Reals:
    """A copy that begins where a cache line does, so that no row of a disc lies across two."""
    room = np.empty(array.size + 8)
    skipped = (-room.ctypes.data % 64) // 8
    copy = room[skipped : skipped + array.size].reshape(array.shape)
    copy[...] = array
    return copy


def _by_cell(box: Box, position: Reals) -> tuple[Integers, Integers]:
    """Order of the discs by cell, so that neighbours lie near each other in memory, and their cells in that order."""
    if not box.mx:
        return np.arange(len(position)), np.zeros(len(position), dtype=np.int64)
    column = np.clip((position[:, 0] * (box.mx / box.lx)).astype(np.int64), 0, box.mx - 1)
    row = np.clip((position[:, 1] * (box.my / box.ly)).astype(np.int64), 0, box.my - 1)
    cell = column + (row << 16)
    order = np.argsort(cell, kind="stable")
    return order, cell[order]


def _event_rate(box: Box, rows: Reals) -> float:
    """Estimate of the events per unit of time: crossings, collisions, and a quarter more of those for stale ones."""
    n = len(rows)
    speeds = np.abs(rows[:, arrays.VX : arrays.SINCE]).sum(axis=0)
    crossings = float(speeds[0] * box.mx / box.lx + speeds[1] * box.my / box.ly)
    area = box.lx * box.ly
    phi = min(0.9, n * math.pi * box.diameter**2 / (4.0 * area))
    # nu = 2 sqrt(pi T) n sigma chi, with sqrt(T) from <|v_x|> = sqrt(2 T / pi)
    rate = (
        math.sqrt(2.0) * math.pi * float(speeds.sum()) / (2 * n) * n / area * box.diameter * float(contact_value(phi))
    )
    total = crossings + 0.625 * n * rate
    return total if total > 0.0 else 1.0


def phase_points(state: State) -> tuple[Reals, Reals, Integers]:
    """Positions inside the box, velocities and images at ``state.time``: new arrays (replica, particle, axis)."""
    setup, replicas = state.setup, len(state.discs)
    shape = (replicas, setup.n, 2)
    position, velocity, image = np.empty(shape), np.empty(shape), np.empty(shape, dtype=np.int64)
    jit.spread(sample, replicas, state.gas, setup.box, state.time, position, velocity, image)
    return position, velocity, image


def totals(state: State) -> Reals:
    """Energy and the like at ``state.time``, (replica, TOTALS): see there."""
    sums = np.empty((len(state.discs), TOTALS))
    since = state.last_time, state.last_virial
    jit.spread(add_up, len(sums), state.gas, state.setup.box, state.time, *since, sums)
    return sums


def wall_momentum(state: State) -> Reals:
    """Sum of |momentum| given to the walls so far, (replica,)."""
    total = state.sums[:, arrays.WALL].copy()
    if all(state.setup.walls) and not state.setup.diameter:
        for replica, origin in enumerate(state.sums[:, arrays.ORIGIN]):
            rows = state.discs[replica].reshape(-1, 8)
            v = rows[:, arrays.VX : arrays.SINCE]
            # A path unfolded passes an image of a wall for each reflection.
            hits = np.abs(np.floor((rows[:, : arrays.VX] + v * (state.time - origin)) / state.setup.sides[0]))
            total[replica] += 2.0 * np.sum(np.abs(v).ravel() * hits.ravel())
    return total


def reversed_state(state: State) -> State:
    """The same instant with all velocities turned round; what is cumulative goes on."""
    position, velocity, image = phase_points(state)
    fresh = begin(state.setup, position, -velocity, state.time)
    names = fresh.discs.view(np.int32).reshape(len(position), -1, 16)[:, :, arrays.NAME]
    for replica, name in enumerate(names):
        fresh.images[replica] = image[replica, name].ravel()
    fresh.counts[:, : arrays.YEARS] = state.counts[:, : arrays.YEARS]
    fresh.sums[:, arrays.VIRIAL] = state.sums[:, arrays.VIRIAL]
    fresh.sums[:, arrays.WALL] = wall_momentum(state)
    fresh.sums[:, arrays.DEVIATION] = state.sums[:, arrays.DEVIATION]
    fresh.speeds[:] = state.speeds
    fresh.last_time, fresh.last_virial, fresh.last_wall = state.last_time, state.last_virial, state.last_wall
    return fresh
