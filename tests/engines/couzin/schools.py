"""A naive NumPy twin of the zonal steps, and swarms to try them on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core import cells
from physent.core.random import Purpose, normal_pair, stream_key, uniforms
from physent.core.rotate import perpendicular
from physent.engines.couzin import zones
from physent.engines.couzin.methods.all_pairs import all_pairs_steps
from physent.engines.couzin.methods.cells import cell_steps

Reals = npt.NDArray[np.float64]
KEY = stream_key(11, Purpose.NOISE, 0)


class Kind(NamedTuple):
    """A fish; angles in radians."""

    repulsion: float = 1.0
    orientation: float = 3.0
    attraction: float = 5.0
    cos_blind: float = -np.sqrt(0.5)
    turn: float = 0.07
    stride: float = 0.3
    noise: float = 0.0


def model(n: int, *kinds: Kind, length: float = 0.0, rule: int = zones.COUZIN2002, weight: float = 1.0) -> zones.Model:
    """The kernels' view of ``n`` fish, of several kinds in turn."""
    every = kinds or (Kind(),)
    rows = [
        [
            k.repulsion**2,
            k.orientation**2,
            k.attraction**2,
            k.cos_blind,
            k.turn,
            np.cos(k.turn),
            np.sin(k.turn),
            k.stride,
            k.noise,
        ]
        for k in every
    ]
    return zones.Model(rule, weight, length, np.array(rows), np.arange(n, dtype=np.int32) % len(every))


def grids_of(system: zones.Model, n: int) -> tuple[cells.Grid, cells.Grid]:
    """The coarse and the fine grid."""
    reach = float(np.sqrt(system.kinds[:, : zones.BLIND].max()))
    coarse, fine = (cells.grid_of(n, reach, [system.length] * 3, k) for k in (1, 2))
    assert coarse is not None
    assert fine is not None
    return coarse, fine


def swarm(n: int, size: float, seed: int = 0) -> Reals:
    """Positions uniform in a cube, headings isotropic, (6, n)."""
    rng = np.random.default_rng(seed)
    heading = rng.normal(size=(3, n))
    return np.vstack([rng.uniform(0.0, size, (3, n)), heading / np.linalg.norm(heading, axis=0)])


def advance(
    start: Reals, system: zones.Model, steps: int, *, by_cells: bool = False, key: np.uint64 = KEY, begin: int = 0
) -> Reals:
    """The swarm after ``steps`` steps of a kernel, in the order of the fish."""
    n = start.shape[1]
    out, who = start[None].copy(), np.arange(n, dtype=np.int32)[None].copy()
    made = np.full(1, begin)
    keys = np.array([key], dtype=np.uint64)
    if by_cells:
        cell_steps(0, 1, begin + steps, steps, made, out, who, system, keys, grids_of(system, n))
    else:
        all_pairs_steps(0, 1, begin + steps, steps, made, out, who, system, keys)
    assert made[0] == begin + steps
    ordered = np.empty_like(start)
    ordered[:, who[0]] = out[0]
    return ordered


def unit(vector: Reals) -> Reals:
    """The vector over its length."""
    return np.asarray(vector / np.linalg.norm(vector))


def twin_step(start: Reals, system: zones.Model, step: int = 0, key: np.uint64 = KEY) -> Reals:
    """One step of the rule of 2002, pair by pair, from its definition."""
    place, head = start[:3].T, start[3:].T
    out = np.empty_like(start)
    for i in range(len(place)):
        row = system.kinds[system.kind[i]]
        repel, align, attract = np.zeros(3), np.zeros(3), np.zeros(3)
        for j in range(len(place)):
            apart = place[j] - place[i]
            if system.length:
                apart = apart - system.length * np.rint(apart / system.length)
            r2 = apart @ apart
            if i == j or r2 == 0.0:
                continue
            to = apart / np.sqrt(r2)
            if r2 < row[zones.REPULSION2]:
                repel -= to
            elif to @ head[i] > row[zones.BLIND]:
                if r2 < row[zones.ORIENTATION2]:
                    align += head[j]
                elif r2 < row[zones.ATTRACTION2]:
                    attract += to
        way = repel if repel.any() else (align + attract) / (2 if align.any() and attract.any() else 1)
        way = unit(way) if way.any() else head[i]
        if row[zones.NOISE]:
            angle = row[zones.NOISE] * normal_pair(key, step, i, 0)[0]
            azimuth = 2 * np.pi * uniforms(key, step, i, 1)[0]
            first = np.array(perpendicular(*way))
            axis = np.cos(azimuth) * first + np.sin(azimuth) * np.cross(way, first)
            way = np.cos(angle) * way + np.sin(angle) * axis
        between = np.arctan2(np.linalg.norm(np.cross(head[i], way)), head[i] @ way)
        if between > row[zones.TURN]:
            across = unit(way - (way @ head[i]) * head[i])
            way = np.cos(row[zones.TURN]) * head[i] + np.sin(row[zones.TURN]) * across
        moved = place[i] + row[zones.STRIDE] * unit(way)
        out[:3, i] = moved % system.length if system.length else moved
        out[3:, i] = unit(way)
    return out
