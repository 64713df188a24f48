"""Recorded variables of phase oscillators."""

from __future__ import annotations

import numpy as np

from physent.declare import Coordinate, Variable
from physent.engines import EngineConfig, ledger
from physent.engines.oscillators import network, steps
from physent.engines.oscillators.state import BINS, State, couplings, unwrapped
from physent.typing import Array, Floats, Integers

_ALWAYS = (
    Variable("order_parameter", "Kuramoto order parameter |mean of exp(i theta)|"),
    Variable("mean_phase", "argument of the mean of exp(i theta), in [-pi, pi]", units="radian"),
    Variable(
        "rotor_entropy",
        "differential entropy of the angle of an oscillator, over all of a replica",
        attrs={
            "comment": f"nats; ln 2 pi for uniform angles; histogram of {BINS} bins, after Miller and Madow: needs "
            "some thousand oscillators"
        },
    ),
    *ledger.variables(
        "work",
        "heat",
        "energy",
        work="work of a changing coupling, and of natural frequencies and phase lag, which have no energy",
        energy="-K/(2 n) sum over all i and j of cos(theta_i - theta_j) in mean field, i = j included; -K sum over "
        "edges of weight cos(theta_i - theta_j), over the mean degree if the norm is degree; times cos of the lag",
    ),
)
_WITH_NOISE = (
    *ledger.variables("entropy_medium", "epr_drift", "epr_trapezoid"),
    Variable(
        "dissipation",
        "sum of omega_i times the angle turned by i since the start, over the temperature D",
        attrs={
            "comment": "entropy produced by the natural frequencies; what coupling saves is sum omega^2 t / D less it"
        },
    ),
)
_OF_EACH = ("replica", "oscillator")
_FIELDS = (
    Variable("angle", "angle theta, in [-pi, pi]", units="radian", dims=_OF_EACH, is_field=True),
    Variable("turns", "whole turns beside the angle, since the start", dims=_OF_EACH, dtype="int64", is_field=True),
    Variable(
        "effective_frequency",
        "mean of dtheta/dt since the start",
        units="radian",
        dims=_OF_EACH,
        is_field=True,
        attrs={"comment": "per unit time; NaN at the start"},
        may_be_nan=True,
    ),
    Variable("natural_frequency", "natural frequency omega", units="radian", dims=_OF_EACH, is_field=True),
)


def variables(config: EngineConfig) -> tuple[Variable, ...]:
    """Recorded variables; entropies only at a temperature above 0, where they are finite."""
    return _ALWAYS + (_WITH_NOISE if config.parameters.temperature else ()) + _FIELDS


def absent(config: EngineConfig) -> dict[str, str]:
    """Entropies of the ledger that a run cannot record, and why."""
    unknown = "the law of all angles is not known; rotor_entropy is the entropy of the angle of one oscillator"
    reasons = {"entropy_system": unknown, "entropy_total": unknown}
    if not config.parameters.temperature:
        cold = "it is infinite at temperature 0; expected parameters.temperature above 0, or heat, which stays finite"
        reasons |= {variable.name: cold for variable in _WITH_NOISE}
    return reasons


def coordinates(config: EngineConfig) -> tuple[Coordinate, ...]:
    """The oscillators."""
    return (Coordinate("oscillator", np.arange(network.size(config.parameters)), "index of the oscillator"),)


def scalars(state: State) -> dict[str, Array]:
    """Everything declared but the fields, as new arrays."""
    means, totals = state.sums(), state.totals.copy()
    record: dict[str, Array] = {
        "order_parameter": np.hypot(means[:, 0], means[:, 1]),
        "mean_phase": np.arctan2(means[:, 0], means[:, 1]),
        "rotor_entropy": rotor_entropy(state.counts()),
        "work": totals[:, steps.WORK].copy(),
        "heat": totals[:, steps.HEAT].copy(),
        "energy": couplings(state) * means[:, 2],
    }
    if not state.parameters.temperature:
        return record
    elapsed = state.time - state.last_time
    rate = (totals - state.last_totals) / elapsed if elapsed > 0 else np.full_like(totals, np.nan)
    return record | {
        "entropy_medium": totals[:, steps.MEDIUM].copy(),
        "epr_drift": rate[:, steps.DRIFT].copy(),
        "epr_trapezoid": rate[:, steps.TRAPEZOID].copy(),
        "dissipation": totals[:, steps.DISSIPATION].copy(),
    }


def fields(state: State) -> dict[str, Array]:
    """Every declared variable as a new array."""
    turned = unwrapped(state) - state.first
    return scalars(state) | {
        "angle": state.angle.copy(),
        "turns": state.turns.copy(),
        "effective_frequency": turned / state.time if state.time > 0 else np.full_like(turned, np.nan),
        "natural_frequency": np.broadcast_to(state.model.omega, turned.shape).copy(),
    }


def rotor_entropy(counts: Integers) -> Floats:
    """Differential entropy (replica,) in nats of angles in [-pi, pi] from their histogram (replica, `BINS`).

    With the correction of Miller (1955) for its number of counts.
    """
    n = counts.sum(axis=1, keepdims=True)
    share = counts / n
    plain = -(share * np.log(np.where(counts, share, 1.0))).sum(axis=1)
    return np.asarray(plain + np.log(2 * np.pi / BINS) + ((counts > 0).sum(axis=1) - 1) / (2 * n[:, 0]))
