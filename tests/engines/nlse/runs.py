"""Short runs of the engine without files."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from physent.config.load import load_config
from physent.engines.nlse import ENGINE
from physent.engines.nlse.initial import grid
from physent.engines.nlse.methods import integration

Complex = npt.NDArray[np.complex128]

SOLITON = {"kind": "solitons", "solitons": [{"amplitude": 2.0, "position": -10.0, "velocity": 1.0}]}
COLLISION = {
    "kind": "solitons",
    "solitons": [
        {"amplitude": 2.0, "position": -10.0, "velocity": 2.0},
        {"amplitude": 1.5, "position": 10.0, "velocity": -2.0},
    ],
}


def config(
    initial: dict[str, Any] = SOLITON,
    *,
    until: float = 1.0,
    every: float | None = None,
    replicas: int = 1,
    seed: int = 3,
    length: float = 50.0,
    points: int = 512,
    **parameters: Any,
) -> Any:
    """A validated config; further keywords are parameters."""
    return load_config(
        {
            "engine": "nlse",
            "seed": seed,
            "replicas": replicas,
            "parameters": {"length": length, "points": points, **parameters},
            "initial": initial,
            "schedule": {"until": until, "every": every or until},
        }
    )


def begin(cfg: Any, psi: npt.ArrayLike | None = None) -> Any:
    """State at the start, from the config's wave or from ``psi``, (x,) or (replica, x)."""
    if psi is None:
        return ENGINE.method(cfg).start(cfg, None)
    wave = np.broadcast_to(psi, (cfg.replicas, cfg.parameters.points))
    return ENGINE.method(cfg).start(cfg, {"psi_real": np.array(wave.real), "psi_imag": np.array(wave.imag)})


def advance(cfg: Any, state: Any, target: float, work: int = 10**12) -> int:
    """Go to ``target`` in as many calls as it takes; their number."""
    calls, reached = 0, np.nan
    while reached != target:
        reached = ENGINE.method(cfg).advance(state, target, work)
        calls += 1
    return calls


def run(cfg: Any, psi: npt.ArrayLike | None = None, work: int = 10**12) -> Any:
    """State at the end of the schedule, from the config's wave or from ``psi``."""
    state = begin(cfg, psi)
    for sample in range(1, cfg.schedule.samples):
        advance(cfg, state, cfg.schedule.at(sample), work)
    return state


def observed(state: Any) -> dict[str, Any]:
    """Every variable, the same for all methods."""
    return integration.fields(state)


def doubted(cfg: Any, state: Any) -> dict[str, str]:
    """Messages of doubts by key."""
    return dict(ENGINE.method(cfg).doubts(state, observed(state)))


def wave_of(state: Any) -> Complex:
    """Psi as it is recorded, (replica, x)."""
    fields = observed(state)
    return np.asarray(fields["psi_real"] + 1j * fields["psi_imag"])


def x_of(cfg: Any) -> npt.NDArray[np.float64]:
    """Positions of the grid."""
    return grid(cfg.parameters.length, cfg.parameters.points)


def relative_error(found: npt.ArrayLike, expected: npt.ArrayLike) -> float:
    """Relative L2 distance."""
    return float(np.linalg.norm(np.asarray(found) - expected) / np.linalg.norm(expected))
