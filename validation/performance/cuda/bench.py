"""The CUDA device beside the CPU: one thread and all of them, in the same process, with the bounds of the card."""

from __future__ import annotations

import math
from collections.abc import Iterator

from physent import host
from physent.evidence import Contestant, devices
from physent.evidence.devices import Task
from physent.theory.kinetic import collision_rate, diameter_from_packing


def contestants() -> Iterator[Contestant]:
    """Schools of fish at two densities, waves, charges, particles, oscillators and small gases of discs."""
    return devices.contestants(tasks())


def conditions() -> dict[str, object]:
    """The card, and what it allows at best."""
    return devices.conditions()


def tasks() -> Iterator[Task]:
    """Every task."""
    for n, neighbours, steps, on_cpu in (
        (1_000, 30.0, 100, True),
        (10_000, 30.0, 100, True),
        (100_000, 30.0, 50, True),
        (1_000_000, 30.0, 20, True),
        (1_000_000, 200.0, 5, False),
        (10_000_000, 30.0, 5, False),
    ):
        yield _school(n, neighbours, steps, on_cpu)
    for replicas in (1, 16, 128, 1000):
        yield _waves("strang", 1, 1024, replicas, 1000)
    yield _waves("rkn6", 11, 1024, 1000, 100)
    yield _waves("strang", 1, 4096, 1000, 200)
    yield _waves("strang", 1, 1 << 17, 32, 50)
    yield _charges(2, 1000, 1000, 2, True)
    yield _charges(3, 1000, 1000, 2, False)
    for n in (1100, 4000, 16_000):
        yield _charges(2, n, 1, 1, True)
    yield _charges(2, 100_000, 1, 1, False)
    yield _particles(1_000_000, 200)
    for n, steps in ((1_000, 400), (10_000, 400), (100_000, 200), (1_000_000, 100)):
        yield _crowd(n, steps)
    yield _oscillators(10_000, 1000, 100)
    yield _gases(64, 4096, 100.0, True)
    yield _gases(64, 16_384, 100.0, False)
    yield _gases(256, 2048, 50.0, True)


def _school(n: int, neighbours: float, steps: int, on_cpu: bool = True) -> Task:
    """Fish at density 1, spread evenly, with so many neighbours in the zone of attraction: too slow to gather."""
    radius = (3.0 * neighbours / (4.0 * math.pi)) ** (1.0 / 3.0)
    config = {
        "engine": "couzin",
        "seed": 1,
        "parameters": {
            "n": n,
            "repulsion_radius": 0.3,
            "orientation_radius": 0.5 * radius,
            "attraction_radius": radius,
            "speed": 0.01,
            "box_length": float(n) ** (1.0 / 3.0),
        },
        "initial": {"kind": "uniform"},
        "schedule": {"until": 1000.0, "every": 1000.0},
    }
    # Sorting and the step each read and write six numbers and the index of a fish. A candidate, one of those in 27
    # cells, takes nine operations for its distance, a neighbour about thirty more.
    candidates = 27.0 * radius**3
    return Task(
        name=f"couzin, {n} fish, {neighbours:g} neighbours, {steps} steps",
        config=config,
        block=0.1 * steps,
        units=float(n * steps),
        rate_of="fish steps/s",
        moved=4.0 * (6 * 8 + 4) * n * steps,
        operations=(9.0 * candidates + 30.0 * neighbours) * n * steps,
        on_cpu=0.1 * steps if on_cpu else None,
        family=f"couzin, fish with {neighbours:g} neighbours",
        size=n,
    )


def _waves(method: str, stages: int, points: int, replicas: int, steps: int) -> Task:
    """Solitons with noise, one wave per replica."""
    step = 2.0**-8
    config = {
        "engine": "nlse",
        "seed": 1,
        "replicas": replicas,
        "parameters": {"length": 160.0, "points": points, "method": method, "step": step},
        "initial": {"kind": "plane_wave", "amplitude": 1.0, "noise_rms": 0.01},
        "schedule": {"until": 1024.0, "every": 1024.0},
    }
    # Two transforms of about 5 n log2 n operations, and a kick and a drift of about 90 per point.
    work = points * (10.0 * math.log2(points) + 90.0)
    plural = "wave" if replicas == 1 else "waves"
    return Task(
        name=f"nlse {method}, {replicas} {plural} of {points} points, {steps} steps",
        config=config,
        block=step * steps,
        units=float(replicas * steps * stages),
        rate_of="stages/s",
        moved=32.0 * points * replicas,
        operations=work * replicas * steps * stages,
        on_cpu=step * min(steps, max(1, 10_000_000 // (points * replicas * stages))),
        family=f"nlse {method}, waves of {points} points",
        size=replicas,
    )


def _charges(dimension: int, n: int, replicas: int, draws: int, on_cpu: bool = True) -> Task:
    """A gas in its trap; trajectories of one length in steps of one length. On the CPU one step, and fewer chains."""
    trajectory, factor = 1.0, 0.1
    steps = math.ceil(trajectory / (factor * (n / 100.0) ** -0.25))
    config = {
        "engine": "coulomb",
        "seed": 1,
        "replicas": replicas,
        "parameters": {
            "dimension": dimension,
            "n": n,
            "beta": 2.0,
            "potential": {"exponent": 2.0},
            "sampler": "hmc",
            "hmc": {"adapt": False, "trajectory": trajectory, "step_factor": factor},
        },
        "schedule": {"draws": 1000, "burn_in": 0, "thin": 1000},
    }
    # An energy per trajectory takes about as long as the forces of a step.
    pairs = float(n) * n * replicas * draws * (steps + 1)
    chains = min(replicas, 2 * host.processors())
    return Task(
        name=f"coulomb, d = {dimension}, {replicas} x {n} charges, {draws} trajectories of {steps} steps",
        config=config,
        block=draws,
        units=pairs,
        rate_of="ordered pairs/s",
        moved=80.0 * n * replicas * draws * steps,
        operations=(16.0 if dimension == 2 else 26.0) * pairs,
        on_cpu=max(1, int(3e8 / (float(n) * n * chains))) if on_cpu else None,
        cpu_changes={"replicas": chains, "parameters.hmc.trajectory": trajectory / steps},
        cpu_share=2.0 * chains / ((steps + 1) * replicas),
        family="" if replicas > 1 else "coulomb, charges in the plane, one chain",
        size=n,
    )


def _particles(n: int, steps: int) -> Task:
    """Independent particles in a harmonic trap, with their ledger."""
    config = {
        "engine": "langevin",
        "seed": 1,
        "parameters": {
            "n": n,
            "dimension": 2,
            "temperature": 1.0,
            "potential": {"kind": "harmonic", "stiffness": 1.0},
            "step": 2.0**-7,
        },
        "initial": {"kind": "point"},
        "schedule": {"until": 1024.0, "every": 1024.0},
    }
    # Random numbers take about 80 operations in double precision, forces and ledger about 120.
    return Task(
        name=f"langevin, {n} independent particles in the plane, {steps} steps",
        config=config,
        block=2.0**-7 * steps,
        units=float(n * steps),
        rate_of="particle steps/s",
        moved=400.0 * n,
        operations=200.0 * n * steps,
        on_cpu=2.0**-7 * steps,
    )


def _crowd(n: int, steps: int) -> Task:
    """Active discs that repel, at a packing fraction of 0.6."""
    step = 2.0**-15
    config = {
        "engine": "langevin",
        "seed": 1,
        "parameters": {
            "n": n,
            "dimension": 2,
            "box_length": math.sqrt(n * math.pi / 4.0 / 0.6),
            "temperature": 1.0,
            "interaction": {"kind": "wca"},
            "propulsion": {"kind": "abp", "speed": 10.0, "rotational_diffusion": 3.0},
            "step": step,
        },
        "initial": {"kind": "lattice"},
        "schedule": {"until": 1024.0, "every": 1024.0},
    }
    # As counted in `physent.engines.langevin.methods.pairs_cuda`.
    return Task(
        name=f"langevin, {n} discs, WCA at packing fraction 0.6, {steps} steps",
        config=config,
        block=step * steps,
        units=float(n * steps),
        rate_of="particle steps/s",
        moved=900.0 * n * steps,
        operations=500.0 * n * steps,
        on_cpu=step * steps,
        family="langevin, discs that repel",
        size=n,
    )


def _oscillators(n: int, replicas: int, steps: int) -> Task:
    """The Kuramoto model with noise, and its ledger."""
    config = {
        "engine": "oscillators",
        "seed": 1,
        "replicas": replicas,
        "parameters": {
            "n": n,
            "coupling": 2.0,
            "temperature": 0.5,
            "frequencies": {"kind": "lorentzian", "width": 0.5},
            "step": 2.0**-6,
        },
        "initial": {"kind": "uniform"},
        "schedule": {"until": 1024.0, "every": 1024.0},
    }
    return Task(
        name=f"oscillators, {replicas} x {n} in mean field, {steps} steps",
        config=config,
        block=2.0**-6 * steps,
        units=float(n * replicas * steps),
        rate_of="oscillator steps/s",
        moved=160.0 * n * replicas * steps,
        operations=200.0 * n * replicas * steps,
        on_cpu=2.0**-6,
    )


def _gases(n: int, replicas: int, collisions: float, on_cpu: bool = True) -> Task:
    """Small gases of discs that cover a tenth of the area, for so many collisions per disc."""
    config = {
        "engine": "hard_discs",
        "seed": 1,
        "replicas": replicas,
        "parameters": {"n": n, "packing_fraction": 0.1},
        "initial": {"kind": "uniform"},
        "schedule": {"until": 1024.0, "every": 1024.0},
    }
    rate = float(collision_rate(n, diameter_from_packing(0.1, n)))
    total = 0.5 * n * replicas * collisions
    return Task(
        name=f"hard_discs, {replicas} gases of {n}, {collisions:g} collisions per disc",
        config=config,
        block=collisions / rate,
        units=total,
        rate_of="collisions/s",
        moved=2.0 * 104.0 * n * replicas,
        # Two discs are compared with all others, at some 25 operations each.
        operations=50.0 * n * total,
        on_cpu=2.0 / rate if on_cpu else None,
    )
