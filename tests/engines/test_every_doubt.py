"""Every doubt about a config or a run: provoked, and absent from a neighbour that differs in little."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

import physent
from physent import engines
from physent.config.load import load, load_config
from tests.warnings_in_source import Place, places

Changes = dict[str, Any]
DOUBTED = places("engines", "config", "diagnostics/run/kinds") + places("declare.py")


def base(engine: str, initial: Changes, parameters: Changes, until: float = 1.0) -> dict[str, Any]:
    return {
        "engine": engine,
        "seed": 3,
        "parameters": parameters,
        "initial": initial,
        "schedule": {"until": until, "every": until},
    }


def mixed(*species: dict[str, float]) -> list[dict[str, Any]]:
    """The change to a mixture."""
    return [{"parameters.species": list(species)}]


NLSE = base("nlse", {"kind": "gaussian", "width": 1.0}, {"length": 50.0, "points": 256})
WAVE: Changes = {"initial": {"kind": "plane_wave", "noise_rms": 1e-3, "noise_band": 16}}
REPELLED = WAVE | {"parameters.sign": "defocusing"}
FAST = {"initial": {"kind": "solitons", "solitons": [{"amplitude": 2.0, "position": 15.0, "velocity": 2.0}]}}
TRAPPED = {"parameters.potential": {"kind": "harmonic", "frequency": 0.5}}
EXACT = {"parameters.method": "if_dop853", "initial": {"kind": "satsuma_yajima", "order": 3}}
BREATHER = 2 * np.pi / (2 * np.sqrt(0.4))
COUZIN = base("couzin", {"kind": "ball"}, {"n": 30, "orientation_radius": 3.0, "attraction_radius": 6.0})
DISCS = base("hard_discs", {"kind": "uniform", "velocities": "maxwell"}, {"n": 100, "diameter": 0.01})
GAS = base("coulomb", {"kind": "droplet"}, {"dimension": 2, "n": 10, "beta": 2.0, "sampler": "hmc"})
GAS["schedule"] = {"draws": 2, "thin": 2000, "burn_in": 100}
PARTICLES = base("langevin", {"kind": "equilibrium"}, {"n": 100, "dimension": 2, "step": 0.1}, until=100.0)
PARTICLES["parameters"] |= {"potential": {"kind": "harmonic", "stiffness": 5.0}, "integrator": "heun"}
PARTICLES["parameters"] |= {"propulsion": {"kind": "aoup", "speed": 1.0, "persistence_time": 2.0}}
COLD = {"parameters.temperature": 0.0, "parameters.propulsion.persistence_time": 0.2}
SOFT = base("langevin", {"kind": "lattice"}, {"n": 16, "dimension": 2, "step": 0.01, "box_length": 8.0}, until=0.1)
SOFT["parameters"] |= {"interaction": {"kind": "harmonic"}, "integrator": "heun"}
SHAKEN = {"parameter": "potential.center", "mean": 0.0, "amplitude": 1.0, "frequency": 1.5}
ROTORS = base("oscillators", {"kind": "uniform"}, {"n": 100, "coupling": 1.0})
RING = base("jump", {"kind": "stationary"}, {"model": {"kind": "ring", "energies": [0.0, 0.5, -0.3]}})
RING |= {"replicas": 50, "diagnostics": [{"kind": "integral_fluctuation_theorem", "of": "entropy_total"}]}
CHAIN = base("gaussian_chain", {"kind": "ground"}, {"n": 6, "model": {"kind": "hopping"}})
ORBIT = base("chaos", {"kind": "box"}, {"system": {"kind": "logistic"}}, until=100.0)
FLOW: Changes = {"parameters": {"system": {"kind": "lorenz"}, "step": 0.01, "integrator": "rk4"}}
STEEP = {
    "parameters": {"dimension": 1, "interaction": "log", "n": 12, "beta": 1.0, "sampler": "hmc"},
    "parameters.potential": {"exponent": 12.0},
    "schedule": {"draws": 2, "thin": 6000, "burn_in": 300},
}


def fixed(step: float, **more: float) -> Changes:
    return {"parameters.hmc": {"adapt": False, "step_factor": step, **more}}


class Row(NamedTuple):
    """A doubt by some words of its message, a config, what makes it doubtful and what does not."""

    words: str
    config: dict[str, Any]
    doubtful: Changes
    sound: Changes
    runs: bool


def ran(words: str, config: dict[str, Any], doubtful: Changes, sound: Changes) -> Row:
    """Found by a run."""
    return Row(words, config, doubtful, sound, True)


def check(words: str, config: dict[str, Any], doubtful: Changes, sound: Changes) -> Row:
    """Found in the config by itself."""
    return Row(words, config, doubtful, sound, False)


def diagnosed(kind: str, **more: Any) -> Changes:
    return {"diagnostics": [{"kind": kind, **more}]}


ROWS = [
    # Any config
    check(
        "fields are stored only at the first one",
        NLSE | {"output": {"fields": "all"}},
        {"schedule.every": 0.5, "output.every": 3},
        {"schedule.every": 0.5, "output.every": 2},
    ),
    check(
        "write more digits", NLSE, *({"parameters.method": "rkn4", "parameters.step": h} for h in (0.1111111111, 0.125))
    ),
    # chaos
    check(
        "does not end before the run: no exponent is counted",
        ORBIT,
        {"parameters.transient": 100},
        {"parameters.transient": 99},
    ),
    check(
        "replicas of one point are all the same",
        ORBIT | {"initial": {"kind": "point", "at": [0.3]}},
        {"replicas": 2},
        {},
    ),
    check(
        "drops a digit",
        ORBIT,
        {"parameters.system": {"kind": "tent", "slope": 2.0}},
        {"parameters.system": {"kind": "tent", "slope": 1.9}},
    ),
    ran("tangent vectors vanished", ORBIT, {"initial": {"kind": "point", "at": [0.5]}}, {}),
    check(
        "symbols, expected at least",
        ORBIT
        | {"diagnostics": [{"kind": "block_entropy", "name": "words", "of": "x", "partition": [0.5], "length": 2}]},
        {"schedule.every": 10.0},
        {"schedule": {"until": 500.0, "every": 1.0}},
    ),
    ran(
        "the orbit rests at an unstable fixed point",
        ORBIT | FLOW,
        {"initial": {"kind": "point", "at": [0.0, 0.0, 0.0]}},
        {"initial": {"kind": "point", "at": [1.0, 1.0, 20.0]}},
    ),
    ran("tangent vectors less than", ORBIT | FLOW, {"parameters.reorthonormalise": 200}, {}),
    ran("but the divergence is", ORBIT, FLOW | {"parameters.step": 0.05}, FLOW),
    # nlse
    check("is not a power of two", NLSE, {"parameters.points": 250}, {}),
    check(
        "whose error is not measured; choose `step`",
        NLSE | {"parameters": NLSE["parameters"] | {"method": "rkn4", "step": 0.02}},
        {"parameters.tolerance": 1e-6},
        {},
    ),
    check(
        "where the equation has none of it; expected at most",
        NLSE | {"schedule": {"until": 40.0, "every": 40.0}},
        REPELLED | {"parameters.method": "strang", "parameters.step": 0.04},
        REPELLED | {"parameters.method": "strang", "parameters.step": 0.02},
    ),
    check(
        "too long to follow the swinging in a trap of frequency",
        NLSE | {"schedule": {"until": 50.0, "every": 50.0}},
        {
            "parameters.potential": {"kind": "harmonic", "frequency": 9.0},
            "parameters.method": "strang",
            "parameters.step": 0.25,
        },
        {
            "parameters.potential": {"kind": "harmonic", "frequency": 7.0},
            "parameters.method": "strang",
            "parameters.step": 0.25,
        },
    ),
    check(
        "fills the box, at whose seam the",
        NLSE | {"parameters": NLSE["parameters"] | {"potential": {"kind": "harmonic", "frequency": 1.0}}},
        WAVE,
        {},
    ),
    check(
        "has no effect without noise_rms",
        NLSE,
        {"initial.noise_band": 5},
        {"initial.noise_band": 5, "initial.noise_rms": 0.1},
    ),
    check("replicas are identical", NLSE, {"replicas": 2}, {"replicas": 2, "initial.noise_rms": 0.1}),
    check(
        "misses a whole number of periods of the breather by",
        NLSE | {"initial": {"kind": "akhmediev", "a": 0.3, "start": -1.0}},
        {"parameters.length": 6 * BREATHER * (1 + 1e-8)},
        {"parameters.length": 6 * BREATHER},
    ),
    check(
        "on this background and reaches",
        NLSE | {"initial": {"kind": "plane_wave"}},
        {"schedule": {"until": 30.0, "every": 30.0}},
        {"schedule": {"until": 29.0, "every": 29.0}},
    ),
    check(
        "expect errors of that order, and more on an unstable background",
        NLSE,
        {"initial.width": 4.0},
        {"initial.width": 3.5},
    ),
    ran("spectrum not resolved: spectral_tail is", NLSE, {"initial.width": 0.2}, {"initial.width": 0.6}),
    ran(
        "so that psi is off by at least",
        NLSE | {"schedule": {"until": 40.0, "every": 40.0}},
        REPELLED | {"parameters.method": "strang", "parameters.step": 0.04},
        REPELLED | {"parameters.method": "strang", "parameters.step": 0.02},
    ),
    ran(
        "from here on it goes round the periodic box and meets itself",
        NLSE | FAST,
        {"schedule": {"until": 4.0, "every": 4.0}},
        {},
    ),
    ran(
        "reaches the seam of the box, where the potential has a kink",
        NLSE | {"schedule": {"until": 4.0, "every": 4.0}},
        TRAPPED | {"initial.velocity": 12.0},
        TRAPPED | {"initial.velocity": 2.0},
    ),
    ran(
        "that is round-off, which shorter steps do not reduce",
        NLSE,
        EXACT | {"parameters.tolerance": 1e-14},
        EXACT | {"parameters.tolerance": 1e-10},
    ),
    # couzin
    check(
        "and this rule takes only the nearest",
        COUZIN,
        *({"parameters.rule": "dewi_kadita", "parameters.box_length": length} for length in (11.0, 12.0)),
    ),
    check("farther than the repulsion radius", COUZIN, *({"parameters.speed": v} for v in (11.0, 9.0))),
    ran(
        "and perhaps later: it has no centroid there",
        COUZIN | {"initial": {"kind": "uniform"}},
        *({"parameters.box_length": length} for length in (12.5, 60.0)),
    ),
    # hard_discs
    check(
        "round-off has grown too large for it",
        DISCS,
        *(
            {"schedule": {"until": 2 * t, "every": t}, "protocol": [{"at": t, "do": "reverse_velocities"}]}
            for t in (4.0, 0.5)
        ),
    ),
    check("the temperature of ", DISCS, *mixed({"n": 9}, {"n": 91}), *mixed({"n": 20}, {"n": 80})),
    check(
        "one of so few discs is heavier than all others together",
        DISCS,
        *mixed({"n": 2, "mass": 200.0}, {"n": 98}),
        *mixed({"n": 2, "mass": 50.0}, {"n": 98}),
    ),
    check(
        "cells are as large as the largest disc",
        DISCS,
        *mixed({"n": 10, "size": 11.0}, {"n": 90}),
        *mixed({"n": 10, "size": 9.0}, {"n": 90}),
    ),
    check(
        "the gas freezes, and 100 collisions per disc do not reach equilibrium",
        DISCS | {"parameters": {"n": 400}},
        *({"parameters.packing_fraction": phi} for phi in (0.72, 0.65)),
    ),
    # coulomb
    check("has no effect with sampler", GAS, *({"parameters.sampler": s} | fixed(0.3) for s in ("matrix", "hmc"))),
    check("chains of sampler hmc may stay in the first order", GAS, *({"parameters.beta": b} for b in (150.0, 130.0))),
    check("trajectories for sampler hmc", GAS, *({"schedule.burn_in": n} for n in (99, 100))),
    ran(
        "set hmc.adapt with a longer burn_in",
        GAS,
        *({"parameters.n": 1000, "schedule.thin": 12} | fixed(h) for h in (0.6, 0.15)),
    ),
    ran("a particle moved by", SOFT, {"parameters.step": 0.01}, {"parameters.step": 1e-4}),
    ran("the configurational temperature", PARTICLES, {"parameters.step": 0.1}, {"parameters.step": 0.05}),
    check(
        "above which particles run away from the trap; choose a step well below",
        PARTICLES,
        *({"parameters.step": h} for h in (0.5, 0.4)),
    ),
    ran(
        "without a bath, <F.F> + <F.u>/mobility misses its balance",
        PARTICLES | {"initial": {"kind": "point"}},
        COLD | {"parameters.step": 0.25},
        COLD | {"parameters.step": 0.05},
    ),
    check(
        "steps per period",
        PARTICLES,
        {"parameters.driving": [SHAKEN]},
        {"parameters.step": 0.05, "parameters.driving": [SHAKEN]},
    ),
    ran("trajectories in a row were rejected by draw", GAS, *(STEEP | fixed(h) for h in (0.1, 0.07))),
    ran("the chain has not sampled the gas", GAS, *(fixed(h, trajectory=h) for h in (0.001, 0.03))),
    # jump
    check(
        "some states have the probability 0 at the start",
        RING,
        {"initial": {"kind": "state", "state": 0}},
        {},
    ),
    # gaussian_chain
    check("replicas without disorder are all the same", CHAIN, {"replicas": 2}, {"replicas": 1}),
    ran("of the ground state are half filled (found", CHAIN, *({"parameters.n": n} for n in (5, 6))),
    # oscillators
    check(
        "is aliased, and dissipation and entropy production are wrong",
        ROTORS,
        *({"parameters.frequencies": {"kind": "lorentzian", "width": w}} for w in (0.5, 0.05)),
    ),
    check(
        "in which the coupling turns an oscillator by up to",
        ROTORS | {"parameters": {"coupling": 6.0, "network": {"kind": "lattice", "shape": [5, 5]}}},
        {"parameters.network.coupling_norm": "edge"},
        {},
    ),
    check(
        "a smaller parameters.step resolves the sine",
        ROTORS,
        *(
            {"parameters.driving": [{"parameter": "coupling", "mean": 1.0, "amplitude": 0.5, "frequency": f}]}
            for f in (3.0, 1.0)
        ),
    ),
    # diagnostics
    check(
        "nats per particle below that of infinitely many particles",
        DISCS | {"parameters": {"n": 1000, "diameter": 0.01}},
        *(diagnosed("boltzmann_entropy", x_cells=c, y_cells=1, macrostate="hydrodynamic") for c in (50, 1)),
    ),
    check(
        "take a lower order or more samples",
        NLSE | {"schedule": {"until": 1.0, "every": 0.01}},
        *(diagnosed("ordinal_pattern", of="energy", order=m) for m in (5, 3)),
    ),
    check(
        "fish at every sample; corrected does not",
        COUZIN | {"parameters": COUZIN["parameters"] | {"n": 30_000, "box_length": 100.0}},
        *(diagnosed("school_entropies", definition=d) for d in ("dewi_kadita", "corrected")),
    ),
    check(
        "standard errors need more than one replica",
        NLSE | WAVE,
        *({"replicas": n} | diagnosed("wave_statistics") for n in (1, 2)),
    ),
    check(
        "pairs of all groups are counted together",
        COUZIN | {"parameters": {"n": 30, "box_length": 20.0, "orientation_radius": 3.0, "attraction_radius": 6.0}},
        *(
            {"parameters.groups": g} | diagnosed("pair_correlation", max_separation=5.0)
            for g in ([{"n": 10}, {"n": 20}], None)
        ),
    ),
    check(
        "pairs of all species are counted together",
        DISCS,
        *(
            {"parameters.species": s} | diagnosed("pair_correlation", max_separation=0.1)
            for s in ([{"n": 40}, {"n": 60}], None)
        ),
    ),
    check(
        "end within 1.3 diameters",
        DISCS,
        *(diagnosed("pair_correlation", max_separation=0.1, cells=cells) for cells in (119, 120)),
    ),
]


def said(config: dict[str, Any], changes: Changes, runs: bool) -> str:
    """All warnings of a config, or of its run."""
    if not runs:
        return "\n".join(load(config, changes).warnings)
    with physent.run(load_config(config, changes), threads=1) as run:
        return str(run.attrs["warnings"])


@pytest.mark.parametrize("row", ROWS, ids=[row.words for row in ROWS])
def test_provoked_and_absent(row: Row) -> None:
    assert row.words in said(row.config, row.doubtful, row.runs)
    assert row.words not in said(row.config, row.sound, row.runs)


def test_a_temperature_that_the_given_discs_do_not_have() -> None:
    with physent.run(load_config(DISCS)) as first:
        given = {name: first[name].values[-1] for name in ("position", "velocity")}
    for temperature, doubted in ((2.0, True), (1.0, False)):
        with physent.run(load_config(DISCS, {"parameters.temperature": temperature}), initial=given) as run:
            assert ("which here only sets the bins of collisions_by_speed" in run.attrs["warnings"]) == doubted


@pytest.mark.parametrize(
    "words", ["tolerance missed: the mass has changed since time", "so that psi is off by at least"]
)
def test_errors_that_only_a_fault_of_the_adaptive_method_would_make(words: str) -> None:
    """A wave that is spoilt on the way: made weaker, or given a short wave that leaves the mass as it was."""
    config: Any = load_config(NLSE, WAVE)
    method = engines.get("nlse").method(config)
    state = method.start(config, None)
    while method.advance(state, 1.0, 10**9) != 1.0:
        pass
    assert not dict(method.doubts(state, method.fields(state)))
    if words.startswith("tolerance"):
        state.wave *= 1 - 1e-6
    else:
        norm = np.linalg.norm(state.wave)
        state.wave[:, 60] += 1e-2
        state.wave *= norm / np.linalg.norm(state.wave)
    assert any(words in message for _, message in method.doubts(state, method.fields(state)))


OF_ITS_OWN = [
    "which here only sets the bins of collisions_by_speed",
    "tolerance missed: the mass has changed since time",
]
"""What the two tests above provoke."""


@pytest.mark.parametrize("place", DOUBTED, ids=str)
def test_every_doubt_has_a_row(place: Place) -> None:
    """Found in the sources: a new one without a row fails here."""
    assert any(words in place.text for words in [*(row.words for row in ROWS), *OF_ITS_OWN])


def test_every_row_has_a_doubt() -> None:
    """And the sources are really searched: at least the doubts known by their keys are found."""
    for row in ROWS:
        assert any(row.words in place.text for place in DOUBTED), row.words
    keys = {place.key for place in DOUBTED}
    known = {
        "acceptance",
        "standstill",
        "virial",
        "rotation",
        "temperature",
        "spectral_tail",
        "energy",
        "seam",
        "tolerance",
    }
    assert known < keys
