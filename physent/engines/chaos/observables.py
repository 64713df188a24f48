"""Recorded variables of maps and flows: the orbit, its exponents, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.declare import Coordinate, Variable
from physent.engines import Arrays, EngineConfig
from physent.engines.chaos.state import State, exponents_of, logarithms
from physent.engines.chaos.systems import dynamics_of
from physent.typing import Array, Floats

IDENTITY = 1e-3
"""Largest difference of the sum of all exponents from the divergence, relative to their magnitudes, without a doubt."""

_UNIT = {"comment": "nats per unit time: per step of a map"}
EXPONENTS = (
    Variable(
        "ks_entropy",
        "sum of the positive Lyapunov exponents, the Kolmogorov-Sinai entropy per unit time",
        attrs={
            "comment": "nats per unit time; equal to the entropy for Sinai-Ruelle-Bowen measures (Pesin), an upper "
            "bound otherwise; NaN if not all exponents are followed and the last of them is positive"
        },
        may_be_nan=True,
    ),
    Variable(
        "kaplan_yorke_dimension",
        "Kaplan-Yorke dimension, at which the sum of the largest exponents reaches 0",
        attrs={"comment": "number of variables if the sum of all is not negative; NaN if too few are followed"},
        may_be_nan=True,
    ),
    Variable(
        "divergence",
        "mean of tr J of a flow, of ln|det J| of a map",
        attrs={"comment": "nats per unit time; equals the sum of all exponents"},
        may_be_nan=True,
    ),
    Variable(
        "lyapunov",
        "Lyapunov exponents since the transient",
        dims=("replica", "exponent"),
        attrs={**_UNIT, "restarts": "at every change of a protocol"},
        may_be_nan=True,
    ),
    Variable(
        "local_lyapunov",
        "mean rates of stretching since the last sample",
        dims=("replica", "exponent"),
        attrs={**_UNIT, "missing": "until the first sample after the transient"},
        may_be_nan=True,
    ),
)


def variables(config: EngineConfig) -> tuple[Variable, ...]:
    """Exponents if any are asked for; variables by name, of sites as fields; the point as one field."""
    dynamics = dynamics_of(config.parameters.system)
    if dynamics.sites:
        letters = ("x", "y")[: dynamics.size // dynamics.sites]
        own = tuple(Variable(one, f"{one} of every site", dims=("replica", "site"), is_field=True) for one in letters)
    else:
        own = tuple(Variable(name, f"variable {name}") for name in dynamics.names)
    whole = Variable("state", "all variables", dims=("replica", "component"), is_field=True)
    return (*(EXPONENTS if exponents_of(config.parameters) else ()), *own, whole)


def coordinates(config: EngineConfig) -> tuple[Coordinate, ...]:
    """Exponents, variables, and sites if there are any."""
    dynamics, k = dynamics_of(config.parameters.system), exponents_of(config.parameters)
    found = [Coordinate("component", np.arange(dynamics.size), f"variable: {_listed(dynamics.names)}")]
    if k:
        found.append(Coordinate("exponent", np.arange(1, k + 1), "number of the exponent, the largest first"))
    if dynamics.sites:
        found.append(Coordinate("site", np.arange(dynamics.sites), "index of the site"))
    return tuple(found)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names if len(names) <= 6 else (*names[:4], "...", names[-1]))


def absent(config: EngineConfig) -> dict[str, str]:
    """Exponents that a run without tangent vectors cannot record."""
    if exponents_of(config.parameters):
        return {}
    return {one.name: "it needs parameters.exponents above 0" for one in EXPONENTS}


def fields(state: State) -> dict[str, Array]:
    """Every declared variable as a new array."""
    return scalars(state) | _sites(state) | {"state": state.x.copy()}


def _sites(state: State) -> dict[str, Array]:
    sites = state.dynamics.sites
    width = state.dynamics.size // sites if sites else 0
    return {letter: state.x[:, at::width].copy() for at, letter in enumerate("xy"[:width])}


def scalars(state: State) -> dict[str, Array]:
    """Everything declared but the fields, as new arrays."""
    record = {} if not state.q.shape[2] else _exponents(state)
    if not state.dynamics.sites:
        record |= {name: state.x[:, i].copy() for i, name in enumerate(state.dynamics.names)}
    return record


def _exponents(state: State) -> dict[str, Array]:
    total = logarithms(state)
    time = np.where(state.counted > 0, state.counted, np.nan)
    spectrum = (total - state.settled[:, :-1]) / time[:, None]
    whole = state.last_made >= state.origin + state.rule.transient  # the last sample was after the transient
    since = np.where(whole & (state.made > state.last_made), (state.made - state.last_made) * state.rule.step, np.nan)
    return {
        "ks_entropy": ks_entropy(spectrum, state.dynamics.size),
        "kaplan_yorke_dimension": kaplan_yorke_dimension(spectrum, state.dynamics.size),
        "divergence": (state.volume - state.settled[:, -1]) / time,
        "lyapunov": spectrum,
        "local_lyapunov": (total - state.last_logs) / since[:, None],
    }


def ks_entropy(spectrum: Floats, size: int) -> Floats:
    """Sum of positive exponents (..., k) of ``size``; NaN if the last of fewer than all is positive."""
    unknown = (spectrum[..., -1] > 0) & (spectrum.shape[-1] < size)
    found = np.where(spectrum > 0, spectrum, 0.0).sum(axis=-1) + 0.0 * spectrum[..., 0]
    return np.asarray(np.where(unknown, np.nan, found))


def kaplan_yorke_dimension(spectrum: Floats, size: int) -> Floats:
    """Dimension j + (sum of the first j)/|next| (...,), j the last with a sum >= 0, of exponents (..., k) of ``size``.

    ``size`` if the sum of all is not negative (Kaplan and Yorke 1979); NaN if the k exponents do not reach that far.
    """
    sums = np.cumsum(spectrum, axis=-1)
    count = (sums >= 0).sum(axis=-1)
    k = spectrum.shape[-1]
    # Sums fall once they fall: exponents descend, up to the statistics of a finite time.
    count = np.where(np.isnan(sums[..., 0]), 0, count)
    last = np.take_along_axis(sums, np.maximum(count - 1, 0)[..., None], -1)[..., 0]
    following = np.take_along_axis(spectrum, np.minimum(count, k - 1)[..., None], -1)[..., 0]
    beyond = (count > 0) & (count < k)
    between = np.divide(last, np.abs(following), out=np.zeros(count.shape), where=beyond) + count
    found = np.where(count < k, between, float(size) if k == size else np.nan)
    return np.asarray(np.where(np.isnan(sums[..., 0]), np.nan, found))


def doubts(state: State, record: Arrays) -> Iterator[tuple[str, str]]:
    """Exponents that contradict the divergence; tangent vectors that vanished."""
    if not state.q.shape[2]:
        return
    if state.lost.any():
        replica = int(np.argmax(state.lost > 0))
        message = (
            f"replica {replica}: {state.lost[replica]} tangent vectors vanished and were replaced, because det J or "
            "the slope is 0 (a superstable orbit, or x = 1/2 of a logistic map): their logarithms count as "
            "ln 1e-300 = -690.8, and the exponents depend on that"
        )
        yield "lost", message
    if state.q.shape[2] == state.dynamics.size:
        spectrum, divergence = record["lyapunov"], record["divergence"]
        off = np.abs(spectrum.sum(axis=1) - divergence) / np.abs(spectrum).sum(axis=1)
        if (off > IDENTITY).any():
            replica = int(np.nanargmax(off))
            message = (
                f"replica {replica}: the exponents sum to {spectrum[replica].sum():.6g}, but the divergence is "
                f"{divergence[replica]:.6g}: expected equal within {IDENTITY:g} of their magnitudes; choose a smaller "
                "parameters.step or parameters.reorthonormalise"
            )
            yield "identity", message
