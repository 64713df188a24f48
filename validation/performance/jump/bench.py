"""Jump processes: CPU time per jump, against rebop and GillesPy2; exclusion processes by physent only.

One long trajectory, and many short ones, of three states in a ring, with the rate of jumps of each contestant. Only
physent keeps the thermodynamic ledger, and only physent's trajectories are known between samples too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np

from physent.config.load import load_config
from physent.engines import get
from physent.evidence import Contestant
from physent.theory import network, small_networks

RING = small_networks.ring([1.0, 2.0, 0.7], [0.0, 0.5, -0.3], 2.4)
LONG, SHORT, RUNS = 1e6, 200.0, 1000
WORK = 20_000_000  # work per call of advance, about as in a run


def contestants() -> Iterator[Contestant]:
    """The ring in one long run and in many short ones; lines of sites."""
    for task, time, runs in (
        ("three states in a ring: one run of 2.3 million jumps", LONG, 1),
        (f"three states in a ring: {RUNS} runs of 465 jumps", SHORT, RUNS),
    ):
        ours = {"replicas": runs, "schedule.until": time, "schedule.every": time}
        units = partial(_jumps, time=time * runs)
        start = partial(_physent, "jump/three_state_ring", tuple(ours.items()), time)
        yield Contestant("physent", task, start, reference=True, units=_events, rate_of="jumps/s")
        yield Contestant("rebop", task, partial(_rebop, time, runs), needs="rebop", units=units, rate_of="jumps/s")
        few = partial(_gillespy2, min(time, 2000.0), min(runs, 3))
        share = f"its NumPy solver, {min(time, 2000.0) * min(runs, 3):.0f} of {time * runs:.0f} units of time"
        yield Contestant(
            "GillesPy2", f"{task}, a part of it", few, needs="gillespy2", once=True, reference=True, note=share,
            units=partial(_jumps, time=min(time, 2000.0) * min(runs, 3)), rate_of="jumps/s",
        )  # fmt: skip
    for sites, time in ((100, 20_000.0), (100_000, 20.0)):
        changes = {"replicas": 1, "parameters.model.sites": sites, "schedule.until": time, "schedule.every": time}
        task = f"totally asymmetric exclusion, {sites} sites, to time {time:g}"
        start = partial(_physent, "jump/tasep", tuple(changes.items()), time)
        yield Contestant("physent", task, start, reference=True, units=_events, rate_of="hops/s")


def _jumps(outcome: Any, time: float) -> float:
    """Jumps that the ring makes in the time, on average."""
    ends, rates = RING
    p = network.stationary(network.generator(ends, rates))
    return float((p[ends] * rates).sum() * time)


@cache
def _config(name: str, changes: tuple[tuple[str, Any], ...]) -> Any:
    return load_config(name, {**dict(changes), "diagnostics": [], "output.every": 1})


def _physent(name: str, changes: tuple[tuple[str, Any], ...], time: float) -> Callable[[], Any]:
    config, engine = _config(name, changes), get("jump")
    method = engine.method(config)
    small = method.start(config, None)
    method.advance(small, time, 1)  # compiles
    method.fields(small)

    def work() -> Any:
        state = method.start(config, None)
        while method.advance(state, time, WORK) != time:
            pass
        return method.scalars(state) if method.scalars else method.fields(state)

    return work


def _events(record: Any) -> float:
    return float(record["events"].sum())


def _rebop(time: float, runs: int) -> Callable[[], Any]:
    import rebop

    ring = rebop.Gillespie()
    for (i, j), (there, back) in zip(*RING, strict=True):
        ring.add_reaction(float(there), [f"S{i}"], [f"S{j}"], float(back))

    def work() -> Any:
        return [ring.run({"S0": 1}, time, 1, rng=seed) for seed in range(runs)]

    return work


def _gillespy2(time: float, runs: int) -> Callable[[], Any]:
    import gillespy2

    model = gillespy2.Model(name="ring")
    states = [gillespy2.Species(name=f"S{i}", initial_value=int(i == 0), mode="discrete") for i in range(3)]
    model.add_species(states)
    for c, ((i, j), both) in enumerate(zip(*RING, strict=True)):
        for way, (a, b), rate in ((0, (i, j), both[0]), (1, (j, i), both[1])):
            name = f"k{c}{way}"
            constant = gillespy2.Parameter(name=name, expression=float(rate))
            model.add_parameter(constant)
            one = {states[a]: 1}, {states[b]: 1}
            model.add_reaction(gillespy2.Reaction(name=f"r{c}{way}", reactants=one[0], products=one[1], rate=constant))
    model.timespan(gillespy2.TimeSpan(np.linspace(0.0, time, 2)))
    solver = gillespy2.NumPySSASolver(model=model)

    def work() -> Any:
        return model.run(solver=solver, number_of_trajectories=runs)

    return work
