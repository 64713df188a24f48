"""The CUDA device beside the CPU: one thread and all of them, in the same process, with the bounds of the card."""

from __future__ import annotations

import math
from collections.abc import Iterator

from physent.evidence import Contestant, devices
from physent.evidence.devices import Task


def contestants() -> Iterator[Contestant]:
    """Schools of fish at two densities."""
    return devices.contestants(tasks())


def conditions() -> dict[str, object]:
    """The card, and what it allows at best."""
    return devices.conditions()


def tasks() -> Iterator[Task]:
    """Every task."""
    for n, neighbours, steps, on_cpu in (
        (10_000, 30.0, 100, 2.0),
        (100_000, 30.0, 50, 0.4),
        (1_000_000, 30.0, 20, 0.1),
        (1_000_000, 200.0, 5, 0.1),
        (10_000_000, 30.0, 5, None),
    ):
        yield _school(n, neighbours, steps, on_cpu)


def _school(n: int, neighbours: float, steps: int, on_cpu: float | None) -> Task:
    """Fish at density 1, spread evenly, with so many neighbours in the zone of attraction."""
    radius = (3.0 * neighbours / (4.0 * math.pi)) ** (1.0 / 3.0)
    config = {
        "engine": "couzin",
        "seed": 1,
        "parameters": {
            "n": n,
            "repulsion_radius": 0.3,
            "orientation_radius": 0.5 * radius,
            "attraction_radius": radius,
            "speed": 0.5,
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
        on_cpu=on_cpu,
    )
