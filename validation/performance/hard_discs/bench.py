"""Hard discs: collisions per second for a thousand to a million discs, against dependent random reads of memory.

All tasks run on one thread. The gas of a task continues from round to round; its memory is that of one replica's state.
The loop of reads follows a random cycle of cache lines in the same amount of memory, each line holding the address of
the next: it measures what a jump to an unknown address costs on this machine now. The bound is the number of cache
lines that the events must touch, times the cost of a random read that waits for no other.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import physent
from physent.config.load import load_config
from physent.core import jit
from physent.core.jit import njit
from physent.core.random import Purpose, normals
from physent.engines.hard_discs import arrays, packing
from physent.engines.hard_discs.methods.event_driven import METHOD
from physent.evidence import Bound, Contestant
from physent.theory import kinetic

WORK = 10**12
SIZES = (1_000, 10_000, 100_000, 1_000_000)
PHIS = (0.01, 0.1, 0.5)
EVENTS = 600_000
READS = 10
"""Dependent reads per collision in the loop of reads."""

DYNAMO = {
    (1_000, 0.01): 1.21e5,
    (1_000, 0.1): 1.88e5,
    (1_000, 0.5): 1.75e5,
    (10_000, 0.01): 8.0e4,
    (10_000, 0.1): 1.43e5,
    (10_000, 0.5): 1.59e5,
    (100_000, 0.01): 3.15e4,
    (100_000, 0.1): 7.7e4,
    (100_000, 0.5): 8.8e4,
}
"""Collisions/s of DynamO (commit 78d4ee1 of 2024; Bannerman, Sargant and Lue 2011, arXiv:1004.3501), a general program
for three dimensions, with planar discs, on this class of machine (AMD EPYC, one core); 1024 discs instead of 1000."""
SMALLENBURG = {
    (10_000, 0.01): "3.2e5",
    (10_000, 0.1): "9.6e5",
    (100_000, 0.01): "8.6e4",
    (100_000, 0.1): "3.2e5",
}
"""Collisions/s of EDMD (commit 2d0c862; Smallenburg 2022, arXiv:2201.01100), variant Cell, spheres in three dimensions
at that packing fraction, N = 4000 and 108000, measured on this class of machine."""


class Done(NamedTuple):
    """Events of one timed call, and the memory of one replica's state in bytes."""

    collisions: int
    crossings: int
    stale: int
    per_cell: float
    memory: int

    @property
    def events(self) -> int:
        """All events that went through the calendar."""
        return self.collisions + self.crossings + self.stale


class Running:
    """A gas that is made at first use and continues at each further use."""

    def __init__(self, parameters: dict[str, Any], initial: str, replicas: int = 1) -> None:
        self._settings = parameters, initial, replicas
        self._state: Any = None

    def __call__(self) -> Callable[[], Done]:
        """The callable that is timed; it processes about EVENTS events."""
        if self._state is None:
            self._begin()
        return self._work

    def _begin(self) -> None:
        parameters, initial, replicas = self._settings
        settings = {"parameters": parameters, "initial": {"kind": initial}, "schedule": {"until": 1.0, "every": 1.0}}
        config = load_config({"engine": "hard_discs", "seed": 1, "replicas": replicas, **settings})
        given = _lattice(config) if initial == "uniform" else None
        jit.set_threads(1)
        self._state = state = METHOD.start(config, given)
        # Warm-up: half a collision per disc, from a strip at most two crossings each; then count the rate.
        box, n = state.box, state.parameters.n
        rate = float(kinetic.collision_rate(n / box.lx**2, box.diameter))
        crossings = np.sqrt(2 / np.pi) * 2 * box.mx / box.lx
        duration = min(0.5 / rate, 2.0 / crossings) if given is None else 0.5 / rate
        self._advance(duration)
        before = self._counts()
        self._advance(duration / 4)
        self.step = EVENTS / max(1, (self._counts() - before)[:3].sum()) * duration / 4

    def _counts(self) -> np.ndarray[Any, Any]:
        return np.asarray(self._state.counts.sum(axis=0))

    def _advance(self, duration: float) -> None:
        target = self._state.time + duration
        while METHOD.advance(self._state, target, WORK) != target:
            pass

    def _work(self) -> Done:
        before = self._counts()
        self._advance(self.step)
        gained = self._counts() - before
        state = self._state
        memory = sum(getattr(state, name)[0].nbytes for name in ("discs", "times", "cells", "ring", "images"))
        box = state.box
        return Done(
            int(gained[arrays.COLLISIONS]),
            int(gained[arrays.CROSSINGS]),
            int(gained[arrays.STALE]),
            state.parameters.n / (box.mx * box.my),
            memory,
        )


def _lattice(config: Any) -> dict[str, Any]:
    """The triangular lattice with the largest spacing that fits into the box, and Maxwellian velocities."""
    p = config.parameters
    sites, _ = packing.triangular_lattice(p.n, (1.0, 1.0), (False, False), 0.0)
    v = normals(1, Purpose.INITIAL, 0, 0, 2 * p.n).reshape(p.n, 2)
    return {"position": sites[None, : p.n] % 1.0, "velocity": (v - v.mean(axis=0))[None]}


def contestants() -> Iterator[Contestant]:
    """Gases in equilibrium by size and density, and the free expansion of two hundred dilute gases."""
    for n in SIZES:
        for phi in PHIS:
            peers = f"DynamO {DYNAMO[n, phi]:.3g}" if (n, phi) in DYNAMO else ""
            if (n, phi) in SMALLENBURG:
                peers += f", EDMD Cell (spheres in space) {SMALLENBURG[n, phi]}"
            note = f"{peers} collisions/s, measured once on this class of machine" if peers else ""
            yield from _pair(f"N = {n}, phi = {phi:g}", Running({"n": n, "packing_fraction": phi}, "uniform"), note)
    for path in (0.5, 10.0):
        gas = Running({"n": 2000, "mean_free_path": path}, "strip", replicas=200)
        yield from _pair(f"200 gases of 2000, mean free path {path:g} L", gas, "free expansion from half the box")
    yield from _sampling()


def _pair(task: str, gas: Running, note: str) -> Iterator[Contestant]:
    kept: list[Done] = []

    def units(done: Done) -> float:
        kept[:] = [done]
        return done.collisions

    yield Contestant("physent", task, gas, reference=True, bound=_bound, units=units, rate_of="collisions/s", note=note)
    yield Contestant(
        f"{READS} dependent reads per collision",
        task,
        partial(_reads, gas),
        units=lambda count: float(count),
        rate_of="reads/s",
        note="as many bytes as the state of one gas",
    )


def _sampling() -> Iterator[Contestant]:
    """Whole runs that differ in the number of samples; the box-crossing time L/sqrt(T) is 1 here."""
    cells = {"kind": "boltzmann_entropy", "x_cells": 8, "velocity_cell": 1.0, "estimator": "grassberger"}
    ways = {"once": (1.0, []), "100 times": (0.01, []), "100 times, and the entropy of cells": (0.01, [cells])}
    for name, (every, diagnostics) in ways.items():
        yield Contestant(
            f"sampled {name}",
            "a whole run of 4 box-crossing times, sampled once or 100 times in each: N = 10000, phi = 0.1",
            partial(_run, every, diagnostics),
            reference=name == "once",
            note="fields are not stored",
        )


def _run(every: float, diagnostics: list[dict[str, Any]]) -> Callable[[], None]:
    what = {"engine": "hard_discs", "seed": 1, "parameters": {"n": 10_000, "packing_fraction": 0.1}}
    how = {"initial": {"kind": "uniform"}, "diagnostics": diagnostics, "output": {"fields": "none"}}

    def work(until: float = 4.0) -> None:
        with tempfile.TemporaryDirectory() as folder:
            schedule = {"until": until, "every": every}
            physent.run({**what, **how, "schedule": schedule}, output=Path(folder) / "run.nc", threads=1)

    work(1.0)
    return work


def _reads(gas: Running) -> Callable[[], int]:
    done = _peek(gas)
    lines = _cycle(done.memory // 64)
    count = READS * done.collisions
    _chase(lines, 1000)

    def work() -> int:
        _chase(lines, count)
        return count

    return work


_seen: dict[int, Done] = {}


def _peek(gas: Running) -> Done:
    """Counts of one call, made at first use; they differ little from round to round."""
    if id(gas) not in _seen:
        _seen[id(gas)] = gas()()
    return _seen[id(gas)]


@cache
def _cycle(lines: int) -> np.ndarray[Any, Any]:
    """Rows of 64 bytes whose first number is the next row of one random cycle."""
    order = np.argsort(normals(2, Purpose.INITIAL, 0, 0, lines))
    table = np.zeros((lines, 8), dtype=np.int64)
    table[order, 0] = np.roll(order, -1)
    table[:, 1] = order
    return table


@njit
def _chase(lines: Any, count: int) -> int:
    place = np.int64(0)
    for _ in range(count):
        place = lines[place, 0]
    return int(place)


@njit
def _gather(lines: Any, count: int) -> int:
    total, rows = np.int64(0), lines.shape[0]
    for k in range(count):
        total += lines[lines[k % rows, 1], 0]
    return int(total)


def _bound(done: Done) -> Bound:
    """Cost of the cache lines that the events must touch, by independent reads in the same amount of memory.

    Each event touches the row of a disc, its row in the calendar, its bucket, and the row of the next disc in the
    bucket. A crossing also touches two lists of a cell with one neighbour each, three cells on one side (two lines on
    average) and the discs there. A stale event touches nine cells in three lines and the discs there; a collision does
    so for two discs.
    """
    lines = _cycle(done.memory // 64)
    count = 500_000
    _gather(lines, 1000)
    start = time.process_time()
    _gather(lines, count)
    # Half of the reads are in sequence: one line serves eight steps of the loop.
    each = (time.process_time() - start) / count
    looks = 3.0 + 9.0 * done.per_cell
    touched = done.crossings * (4 + 2 + 2 + 3 * done.per_cell) + (done.stale + 2 * done.collisions) * (4 + looks)
    per_collision, per_event = done.events / done.collisions, touched / done.events
    text = (
        f"{per_collision:.2f} events per collision ({done.crossings / done.collisions:.2f} crossings, "
        f"{done.stale / done.collisions:.2f} stale) x {per_event:.1f} lines per event x {each * 1e9:.1f} ns, "
        f"in {done.memory / 1e6:.3g} MB"
    )
    return Bound(text, touched * each)
