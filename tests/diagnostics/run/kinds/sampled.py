"""Runs of a sampler without the sampler: exact draws, taken through a kind as a run would."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import xarray as xr

from physent.declare import Box
from physent.diagnostics.run.plan import Plan
from tests.diagnostics.run.records import context

POSITION = ("replica", "particle", "axis")
RADIUS = ("replica", "particle")


def taken_through(one: Any, draws: Any, box: Box | None = None, *, told: Any = None, **changes: Any) -> dict[str, Any]:
    """Variables (draw, ...) and results of a kind for draws (draw, replica, particle[, axis]); default: open space."""
    dims = POSITION if draws.ndim == 4 else RADIUS
    name = "position" if draws.ndim == 4 else "radius"
    known = context({name: (dims, draws[0])}, samples=len(draws), box=box, clock="draw", **changes)
    one = one.chosen(known) if hasattr(one, "chosen") else one
    warn = ({} if told is None else told).setdefault
    plan = Plan(SimpleNamespace(diagnostics=(one,)), context=known)
    records = [plan.observe({name: draw}, float(i), warn) for i, draw in enumerate(draws)]
    series = {v.name: (("draw", *v.dims), np.stack([r[v.name] for r in records])) for v in plan.variables}
    history = xr.Dataset({**series, name: (("draw", *dims), draws)}, coords={"draw": np.arange(len(draws))})
    made = plan.finish(history, warn)
    assert set(made) == {v.name for v in plan.results}
    return {**{n: values for n, (_, values) in series.items()}, **made}


def kostlan(n: int, draws: int, replicas: int, seed: int) -> Any:
    """Moduli of Ginibre eigenvalues over sqrt(n), (draw, replica, n): r_k^2 ~ Gamma(k)/n (Kostlan 1992)."""
    squares = np.random.default_rng(seed).standard_gamma(np.arange(1, n + 1), size=(draws, replicas, n))
    return np.sqrt(squares / n)


def ginibre(n: int, draws: int, replicas: int, seed: int) -> Any:
    """Eigenvalues over sqrt(n) of complex Gaussian matrices, (draw, replica, n, 2)."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(draws, replicas, n, n, 2)) @ np.array([1, 1j]) / np.sqrt(2 * n)
    values = np.linalg.eigvals(z)
    return np.stack([values.real, values.imag], axis=-1)
