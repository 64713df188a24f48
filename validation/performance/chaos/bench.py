"""Lyapunov spectra: CPU time per unit of time of the attractor of Lorenz, and per step of a ring, against dysts.

dysts' estimator solves a stiff equation of the tangent vectors at tolerances of its own, and needs longer for errors
that are not smaller (`chaos_dysts`): the ratio compares what a user gets per second, not equal methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from physent.config.load import load_config
from physent.engines import get
from physent.evidence import Contestant

LORENZ, SECONDS = {"kind": "lorenz"}, 2000.0
RING = {"kind": "lorenz96", "n": 40}
PERIODS = 2  # of dysts, some 1.5 units of time each


def contestants() -> Iterator[Contestant]:
    """The spectrum of Lorenz by both schemes and by dysts; the spectrum of 40 sites, physent only."""
    task = f"Lorenz, all exponents, {SECONDS:g} units of time"
    for integrator in ("rk4", "dop853"):
        own = partial(_physent, LORENZ, integrator, SECONDS)
        yield Contestant(
            "physent", f"{task}, {integrator}, step 0.01", own, reference=True,
            units=lambda outcome: SECONDS, rate_of="units of time/s",
        )  # fmt: skip
    yield Contestant(
        "dysts", f"{task}, {PERIODS} periods of it", _dysts, needs="dysts", once=True, reference=True,
        units=lambda outcome: float(outcome), rate_of="units of time/s", note="find_lyapunov_exponents",
    )  # fmt: skip
    own = partial(_physent, RING, "rk4", 50.0)
    yield Contestant(
        "physent", "Lorenz-96, 40 sites, 40 exponents, 5000 steps of rk4", own, reference=True,
        units=lambda outcome: 5000.0, rate_of="steps/s",
    )  # fmt: skip


def _physent(system: dict[str, Any], integrator: str, until: float) -> Callable[[], Any]:
    parameters = {"system": system, "step": 0.01, "integrator": integrator, "reorthonormalise": 5}
    config = load_config(
        {
            "engine": "chaos",
            "seed": 1,
            "parameters": parameters,
            "initial": {"kind": "box"},
            "schedule": {"until": until, "every": until},
        }
    )
    method = get("chaos").method(config)
    method.advance(method.start(config, None), 0.01, 1 << 40)

    def go() -> Any:
        state = method.start(config, None)
        method.advance(state, until, 1 << 60)
        return method.fields(state)

    return go


def _dysts() -> Callable[[], float]:
    import dysts.flows
    from dysts.analysis import find_lyapunov_exponents

    model = dysts.flows.Lorenz()

    def go() -> float:
        find_lyapunov_exponents(model, PERIODS * 100, pts_per_period=100)
        return float(PERIODS * model.period)

    return go
