"""What kinds share that compare one number per trajectory over independent replicas."""

from __future__ import annotations

from collections.abc import Iterator

from physent.declare import Problem
from physent.diagnostics.run.declare import Context


def of_trajectories(context: Context, path: tuple[str | int, ...], name: str) -> Iterator[Problem]:
    """The problem of an observable that is not one number per replica."""
    dims = context.variables[name].dims
    if dims != ("replica",):
        shape = ", ".join(dims) or "none"
        yield Problem(path, f"{name} has the dimensions {shape}, expected replica only: one number per trajectory")
