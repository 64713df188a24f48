"""Exclusion processes: current and entropy production of short lines against their closed forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.evidence import Case, Claim
from physent.evidence.claims import chance
from physent.theory import exclusion, network
from physent.typing import Floats

REASON = "chance: five standard errors of the number of replicas"
DERRIDA = "Derrida, Evans, Hakim and Pasquier 1993, doi 10.1088/0305-4470/26/7/011"
SSEP = "Derrida 2007, doi 10.1088/1742-5468/2007/07/P07023: lattice diffusion equation of the mean occupation"
RATES = ((1.0, 1.0), (0.3, 0.8), (0.9, 0.25))


def check(case: Case) -> Iterator[Claim]:
    """TASEP in its three phases, four sites against the master equation, SSEP, and rings."""
    for inject, eject in RATES:
        yield _four_sites(inject, eject)
    for seed in (1, 2) if case.full else (1,):
        for inject, eject in RATES:
            yield from _tasep(case, seed, inject, eject)
        yield from _ssep(case, seed)
        yield from _ring(case, seed)


def _mean(claim: str, seed: int, source: str, expected: float, values: Floats) -> Claim:
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    measured, tolerance = float(values.mean()), chance((error, len(values)))
    return Claim(f"{claim}, seed {seed}", source, expected, measured, tolerance, REASON, "exact", error)


def _four_sites(inject: float, eject: float) -> Claim:
    graph, bonds = exclusion.lattice(4, inject_left=inject, eject_right=eject)
    p = network.stationary(network.generator(*graph))
    flows = np.bincount(bonds.astype(int), network.currents(*graph, p))
    exact = exclusion.tasep_current(4, inject, eject)
    return Claim(
        claim=f"TASEP of 4 sites, rates {inject:g} and {eject:g}: master equation against the formula, relative",
        source=DERRIDA,
        expected=0.0,
        measured=float(np.abs(flows / exact - 1).max()),
        tolerance=1e-12,
        reason="round-off of the stationary law of 16 arrangements",
        basis="exact",
    )


def _tasep(case: Case, seed: int, inject: float, eject: float) -> Iterator[Claim]:
    for sites, time in ((4, 100.0), (10, 100.0)):
        changes = _changes(case, seed, time) | {
            "parameters.model": {"kind": "exclusion", "sites": sites, "inject_left": inject, "eject_right": eject},
            "initial": {"kind": "stationary"},
        }
        end = case.run("jump/tasep", changes).isel(time=-1)
        exact = exclusion.tasep_current(sites, inject, eject)
        claim = f"TASEP of {sites} sites, rates {inject:g} and {eject:g}: current"
        yield _mean(claim, seed, DERRIDA, exact, end.current.values / time)


def _changes(case: Case, seed: int, time: float) -> dict[str, Any]:
    replicas = 20_000 if case.full else 600
    every = {"schedule.until": time, "schedule.every": time, "output.every": 1}
    return {"seed": seed, "replicas": replicas, **every, "output.fields": ["time_occupied"]}


def _ssep(case: Case, seed: int) -> Iterator[Claim]:
    end = case.run("jump/ssep", _changes(case, seed, 200.0)).isel(time=-1)
    flow, cost, occupation = exclusion.ssep(10, 0.8, 0.2, 0.3, 0.6)
    yield _mean("SSEP of 10 sites: current", seed, SSEP, flow, end.current.values / 200.0)
    yield _mean(
        "SSEP of 10 sites: entropy production per unit time", seed, SSEP, cost, end.entropy_medium.values / 200.0
    )
    share = end.time_occupied.values / 200.0
    errors = share.std(axis=0, ddof=1) / np.sqrt(len(share))
    yield Claim(
        claim=f"SSEP of 10 sites: largest deviation of a site's occupation, in standard errors, seed {seed}",
        source=SSEP,
        expected=0.0,
        measured=float(np.abs((share.mean(axis=0) - occupation) / errors).max()),
        tolerance=5.0,
        reason="of ten sites none deviates by more but once in 2e5 validations",
        basis="exact",
        standard_error=1.0,
    )


def _ring(case: Case, seed: int) -> Iterator[Claim]:
    changes = _changes(case, seed, 50.0) | {
        "parameters.model": {"kind": "exclusion", "sites": 12, "hop_right": 1.0, "hop_left": 0.4, "periodic": True},
        "initial": {"kind": "stationary", "particles": 5},
    }
    end = case.run("jump/ssep", changes).isel(time=-1)
    flow, cost = exclusion.ring_current(12, 5, 1.0, 0.4)
    source = "derived: all arrangements of a ring are equally likely (Spitzer 1970, doi 10.1016/0001-8708(70)90034-4)"
    yield _mean("5 particles on a ring of 12 sites: current", seed, source, flow, end.current.values / 50.0)
    cost_found = end.entropy_medium.values / 50.0
    yield _mean("5 particles on a ring of 12 sites: entropy production per unit time", seed, source, cost, cost_found)
