"""What kinds share that compare one number per trajectory over independent replicas."""

from __future__ import annotations

from collections.abc import Iterator

from physent.declare import Problem
from physent.diagnostics.run.declare import Context

LEAST = 3
"""Replicas of which a jackknifed variance has an error."""


def of_trajectories(context: Context, path: tuple[str | int, ...], name: str) -> Iterator[Problem]:
    """Problems of an observable that must be one number per replica, with replicas enough for an error."""
    dims = context.variables[name].dims
    if dims != ("replica",):
        shape = ", ".join(dims) or "none"
        yield Problem(path, f"{name} has the dimensions {shape}, expected replica only: one number per trajectory")
    elif context.replicas < LEAST:
        yield Problem(path, f"found {context.replicas} replicas, expected at least {LEAST} independent trajectories")
