"""Short runs of the engine without files."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from physent.config.load import load_config
from physent.engines.coulomb import ENGINE

Reals = npt.NDArray[np.float64]


def config(
    *, draws: int = 10, thin: int = 1, burn_in: int = 0, replicas: int = 1, seed: int = 3, **parameters: Any
) -> Any:
    """A validated config; further keywords are parameters."""
    return load_config(
        {
            "engine": "coulomb",
            "seed": seed,
            "replicas": replicas,
            "parameters": {"dimension": 2, "n": 10, "beta": 2.0, **parameters},
            "initial": {"kind": "droplet"},
            "schedule": {"draws": draws, "thin": thin, "burn_in": burn_in},
        }
    )


def begin(cfg: Any, given: dict[str, Any] | None = None) -> Any:
    """State at the start."""
    return ENGINE.method(cfg).start(cfg, given)


def advance(cfg: Any, state: Any, target: int, work: int = 10**12) -> int:
    """Go to ``target`` in as many calls as it takes; their number."""
    calls, reached = 0, None
    while reached != target:
        reached = ENGINE.method(cfg).advance(state, target, work)
        calls += 1
    return calls


def sample(cfg: Any, work: int = 10**12, state: Any = None) -> dict[str, Reals]:
    """Every draw of a run, each variable stacked (draw, ...)."""
    state = begin(cfg) if state is None else state
    records = []
    for k in range(cfg.schedule.samples):
        if cfg.schedule.at(k) != cfg.schedule.start or k:
            advance(cfg, state, cfg.schedule.at(k), work)
        records.append(ENGINE.method(cfg).fields(state))
    return {name: np.array([record[name] for record in records]) for name in records[0]}


def effective(x: Reals) -> tuple[float, float]:
    """Mean of chains ``x`` (draw, replica), and its standard error from batch means."""
    draws, replicas = x.shape
    batches = x[: draws // 20 * 20].reshape(20, -1, replicas).mean(axis=1).ravel()
    return float(x.mean()), float(batches.std(ddof=1) / np.sqrt(batches.size))
