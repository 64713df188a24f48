"""State of the gas of colliding discs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from physent.core import events, jit
from physent.engines.hard_discs import arrays
from physent.engines.hard_discs.arrays import SPEED_BINS, Gas, Rectangle
from physent.engines.hard_discs.parameters import Mixture, Parameters, mixture_of
from physent.engines.hard_discs.sampling import sample
from physent.engines.hard_discs.species import MOST_SPECIES, NAME, NAME_BITS, NAME_MASK, Tables
from physent.theory import mixtures
from physent.theory.kinetic import contact_value
from physent.typing import Floats, Integers


def _no_pairs() -> Integers:
    return np.zeros((0, MOST_SPECIES**2), dtype=np.int64)


@dataclass
class State:
    """Everything that evolves. For the columns see `arrays` and ``core.events``."""

    discs: Floats  # (replica, 8 n)
    times: Floats  # (replica, 4 n)
    cells: Integers  # (replica, cells), int32
    ring: Integers  # (replica, buckets + 1), int32
    images: Integers  # (replica, 2 n), int32
    counts: Integers  # (replica, 8)
    sums: Floats  # (replica, 6)
    speeds: Integers  # (replica, species speed)
    time: float  # reached by all replicas
    target: float  # of the last call of `advance`
    last_time: float  # time, virial and wall momentum when that target was set, that is, at the previous sample
    last_virial: Floats
    last_wall: Floats
    box: Rectangle = field(metadata={"derived": True})
    parameters: Parameters = field(metadata={"derived": True})
    pairs: Integers = field(default_factory=_no_pairs)  # (replica, 64), see `species`; no rows without species

    @property
    def species(self) -> Integers:
        """Species of the discs in the order of the rows, (replica, n)."""
        return np.asarray(self.marks[:, :, NAME] >> NAME_BITS)

    @property
    def names(self) -> Integers:
        """Indices of the discs in the record in the order of the rows, (replica, n)."""
        return np.asarray(self.marks[:, :, NAME] & NAME_MASK)

    @property
    def marks(self) -> Integers:
        """The integers of every disc, (replica, n, 16)."""
        return self.discs.view(np.int32).reshape(len(self.discs), -1, 16)

    @cached_property
    def gas(self) -> Gas:
        """The kernels' view of the arrays, which are only changed in place."""
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
            tables_of(self.parameters, self.pairs),
        )


def pair_tables(mixture: Mixture) -> tuple[Floats, Floats, Floats, Floats]:
    """Squares and reduced masses by pairs of species (8, 8), diameters and masses (8,), as in `species.Tables`."""
    one = np.ones((2, MOST_SPECIES))
    one[0, : len(mixture.mass)], one[1, : len(mixture.mass)] = mixture.mass, mixture.diameter
    mass, diameter = one
    squares = (0.5 * (diameter[:, None] + diameter)) ** 2
    reduced = 2.0 * mass[:, None] * mass / (mass[:, None] + mass)
    return squares, reduced, diameter.copy(), mass.copy()


def tables_of(parameters: Parameters, pairs: Integers) -> Tables | None:
    """Masses and diameters for the kernels; None for a gas of one kind."""
    if parameters.species is None:
        return None
    squares, reduced, diameter, mass = pair_tables(mixture_of(parameters))
    return Tables(squares.ravel(), reduced.ravel(), diameter, mass, pairs)


def begin(parameters: Parameters, box: Rectangle, position: Floats, velocity: Floats, time: float) -> State:
    """State at ``time`` from ``position`` and ``velocity``, (replica, particle, axis); no event is predicted yet."""
    replicas, n, _ = position.shape
    mixture = mixture_of(parameters)
    species = mixture.species.astype(np.int32)
    state = State(
        discs=in_lines(np.zeros((replicas, 8 * n))),
        times=in_lines(np.zeros((replicas, 4 * n))),
        cells=np.empty((replicas, box.mx * box.my), dtype=np.int32),
        ring=np.empty((replicas, events.ring_of(n, 1.0)[0] + 1), dtype=np.int32),
        images=np.zeros((replicas, 2 * n), dtype=np.int32),
        counts=np.zeros((replicas, 8), dtype=np.int64),
        sums=np.zeros((replicas, 6)),
        speeds=np.zeros((replicas, len(mixture.mass) * SPEED_BINS), dtype=np.int64),
        time=time,
        target=time,
        last_time=time,
        last_virial=np.zeros(replicas),
        last_wall=np.zeros(replicas),
        box=box,
        parameters=parameters,
    )
    if parameters.species is not None:
        state.pairs = np.zeros((replicas, MOST_SPECIES**2), dtype=np.int64)
    marks = state.marks
    rows = state.discs.reshape(replicas, n, 8)
    for replica in range(replicas):
        order, cell = _by_cell(box, position[replica])
        rows[replica, :, : arrays.VX] = position[replica, order]
        rows[replica, :, arrays.VX : arrays.SINCE] = velocity[replica, order]
        marks[replica, :, arrays.CELL] = cell
        marks[replica, :, NAME] = order | (species[order] << NAME_BITS)
        mixed = None if parameters.species is None else mixture
        state.sums[replica, arrays.SCALE] = events.ring_of(n, _event_rate(box, rows[replica], species[order], mixed))[1]
    state.sums[:, arrays.ORIGIN] = time
    jit.spread(arrays.start, replicas, state.gas, box)
    return state


def clocks(state: State) -> Floats:
    """Time of every replica, (replica,): the target, or that of its last event if it has not reached the target."""
    years = (state.ring.shape[1] - 1) / state.sums[:, arrays.SCALE]
    now = state.sums[:, arrays.ORIGIN] + (state.counts[:, arrays.YEARS] * years + state.sums[:, arrays.NOW])
    return np.where(state.counts[:, arrays.REACHED] == 0, now, state.target)


def anew(state: State, sign: float = 1.0) -> State:
    """The same gases with velocities times ``sign``, and all events to be predicted again; sums over events go on."""
    times = clocks(state)
    position, velocity, image = phase_points(state, times)
    fresh = begin(state.parameters, state.box, position, sign * velocity, state.time)
    fresh.sums[:, arrays.ORIGIN] = times
    for replica, name in enumerate(fresh.names):  # `begin` sorts discs by cell, with images at 0
        fresh.images[replica] = image[replica, name].ravel()
    fresh.counts[:, : arrays.YEARS] = state.counts[:, : arrays.YEARS]
    for column in (arrays.VIRIAL, arrays.WALL, arrays.DEVIATION):
        fresh.sums[:, column] = state.sums[:, column]
    fresh.speeds[:] = state.speeds
    fresh.pairs[:] = state.pairs
    fresh.target = state.target
    fresh.last_time, fresh.last_virial, fresh.last_wall = state.last_time, state.last_virial, state.last_wall
    return fresh


def in_lines(array: Floats) -> Floats:
    """A copy that starts at a cache line, so that no row of a disc straddles two."""
    room = np.empty(array.size + 8)
    skipped = (-room.ctypes.data % 64) // 8
    copy = room[skipped : skipped + array.size].reshape(array.shape)
    copy[...] = array
    return copy


def _by_cell(box: Rectangle, position: Floats) -> tuple[Integers, Integers]:
    """Order of the discs by cell, so that neighbours are close in memory, and their cells in that order."""
    column = np.clip((position[:, 0] * (box.mx / box.lx)).astype(np.int64), 0, box.mx - 1)
    row = np.clip((position[:, 1] * (box.my / box.ly)).astype(np.int64), 0, box.my - 1)
    cell = column + (row << 16)
    order = np.argsort(cell, kind="stable")
    return order, cell[order]


def _event_rate(box: Rectangle, rows: Floats, species: Integers, mixture: Mixture | None) -> float:
    """Estimated number of events per unit time: crossings, collisions, and a quarter more collisions for stale ones."""
    n = len(rows)
    speeds = np.abs(rows[:, arrays.VX : arrays.SINCE]).sum(axis=0)
    crossings = float(speeds[0] * box.mx / box.lx + speeds[1] * box.my / box.ly)
    area = box.lx * box.ly
    if mixture is None:
        phi = min(0.9, n * math.pi * box.diameter**2 / (4.0 * area))
        # nu = 2 sqrt(pi T) n sigma chi, with sqrt(T) from <|v_x|> = sqrt(2 T / pi)
        mean = math.sqrt(2.0) * math.pi * float(speeds.sum()) / (2 * n)
        collisions = n * (mean * n / area * box.diameter * float(contact_value(phi)))
    else:
        parts = (rows[species == a, arrays.VX : arrays.SINCE] for a in range(len(mixture.mass)))
        warmth = mixture.mass * np.array([np.abs(part).mean() for part in parts]) ** 2 * (0.5 * math.pi)
        collisions = float(
            mixture.number
            @ mixtures.collision_rates(mixture.number / area, mixture.diameter, mixture.mass, warmth).sum(axis=1)
        )
    total = crossings + 0.625 * collisions
    return total if total > 0.0 else 1.0


def phase_points(state: State, times: Floats | None = None) -> tuple[Floats, Floats, Integers]:
    """Positions inside the box, velocities and images: new arrays (replica, particle, axis), at ``state.time``, or at
    the ``times`` of the replicas.
    """
    replicas, numbers = state.discs.shape
    shape = (replicas, numbers // 8, 2)
    position, velocity, image = np.empty(shape), np.empty(shape), np.empty(shape, dtype=np.int64)
    times = np.full(replicas, state.time) if times is None else times
    jit.spread(sample, replicas, state.gas, state.box, times, position, velocity, image)
    return position, velocity, image
