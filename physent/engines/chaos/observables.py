"""Recorded variables of maps and flows: the orbit, its exponents, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.core.tangent import ROUGH
from physent.declare import Coordinate, Variable
from physent.engines import Arrays, EngineConfig
from physent.engines.chaos.state import State, exponents_of, logarithms
from physent.engines.chaos.systems import dynamics_of
from physent.theory.chaos import kaplan_yorke_dimensions
from physent.typing import Array, Floats

IDENTITY = 1e-3
"""Largest difference of the sum of all exponents from the divergence, relative to their magnitudes, without a doubt."""

FLOOR = 1e-12
"""The same where all exponents are 0."""
OPEN = 3.0
"""Exponents below this over the time are not told from 0: along a flow, or without chaos, lambda t is of order 1 to
ln t."""
STILL = 1e-12
"""Change of an orbit at rest since the last sample, in units of its size or of 1."""

_UNIT = {"comment": "nats per unit time: per step of a map"}
EXPONENTS = (
    Variable(
        "ks_entropy",
        "sum of the positive Lyapunov exponents, the Kolmogorov-Sinai entropy per unit time",
        attrs={
            "comment": "nats per unit time; equal to the entropy for Sinai-Ruelle-Bowen measures (Pesin), an upper "
            "bound otherwise; exponents below 3/t count as 0; NaN if not all exponents are followed and the last of "
            "them is positive"
        },
        may_be_nan=True,
    ),
    Variable(
        "kaplan_yorke_dimension",
        "Kaplan-Yorke dimension, at which the sum of the largest exponents reaches 0",
        attrs={
            "comment": "exponents below 3/t count as 0; number of variables if the sum of all is not negative; NaN if "
            "too few are followed"
        },
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
        attrs={
            **_UNIT,
            "restarts": "at every change of a protocol",
            "order": "of Gram and Schmidt, which falls only after long times",
        },
        may_be_nan=True,
    ),
    Variable(
        "local_lyapunov",
        "mean rates of stretching since the last sample, or a change of the protocol after it",
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
        found.append(
            Coordinate(
                "exponent",
                np.arange(1, k + 1),
                "number of the exponent in the order of Gram and Schmidt, at long times the largest first",
            )
        )
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
    with np.errstate(invalid="ignore", over="ignore"):
        spectrum = (total - state.settled[:, :-1]) / time[:, None]
        clear = np.where(np.abs(spectrum) * time[:, None] < OPEN, 0.0, spectrum)
    whole = state.last_made >= state.origin + state.rule.transient  # the last sample was after the transient
    since = np.where(whole & (state.made > state.last_made), (state.made - state.last_made) * state.rule.step, np.nan)
    return {
        "ks_entropy": ks_entropy(clear, state.dynamics.size),
        "kaplan_yorke_dimension": kaplan_yorke_dimension(clear, state.dynamics.size),
        "divergence": (state.volume - state.settled[:, -1]) / time,
        "lyapunov": spectrum,
        "local_lyapunov": (total - state.last_logs) / since[:, None],
    }


def ks_entropy(spectrum: Floats, size: int) -> Floats:
    """Sum of positive exponents (..., k) of ``size``; NaN if the smallest of fewer than all is positive."""
    unknown = (spectrum.min(axis=-1) > 0) & (spectrum.shape[-1] < size)
    found = np.where(spectrum > 0, spectrum, 0.0 * spectrum).sum(axis=-1)
    return np.asarray(np.where(unknown, np.nan, found))


def kaplan_yorke_dimension(spectrum: Floats, size: int) -> Floats:
    """Dimensions (...,) of exponents (..., k) of ``size`` in any order; see `physent.theory.chaos`."""
    return kaplan_yorke_dimensions(spectrum, size)


def doubts(state: State, record: Arrays) -> Iterator[tuple[str, str]]:
    """Tangent vectors that vanished or nearly so; exponents that contradict the divergence; an orbit at rest."""
    if not state.q.shape[2]:
        return
    yield from _of_vectors(state)
    yield from _of_the_sum(state, record)
    still = (np.abs(state.x - state.last_x) <= STILL * np.maximum(1.0, np.abs(state.x))).all(axis=1)
    unstable = record["lyapunov"].max(axis=1) * state.counted >= OPEN
    if (rests := still & unstable & (state.made > state.last_made)).any():
        replica = int(np.argmax(rests))
        message = (
            f"replica {replica}: the orbit rests at an unstable fixed point: the entropy is 0, not ks_entropy; choose "
            "another start"
        )
        yield "rest", message


def _of_vectors(state: State) -> Iterator[tuple[str, str]]:
    every = state.rule.every
    rarely = f", or because parameters.reorthonormalise = {every} steps are too many" if every > 1 else ""
    if state.lost.any():
        replica = int(np.argmax(state.lost > 0))
        message = (
            f"replica {replica}: tangent vectors vanished ({state.lost[replica]} by {_time(state, replica)}, and "
            "perhaps more later) and were replaced, because det J or the slope is 0 (a superstable orbit, or x = 1/2 "
            f"of a logistic map){rarely}: their logarithms count as ln 1e-300 = -690.8, and the exponents depend on it"
        )
        yield "lost", message
    if state.rough.any():
        replica = int(np.argmax(state.rough > 0))
        remedy = "orthonormalise more often" if every > 1 else "J is nearly singular, and all but lambda_1 are rough"
        message = (
            f"replica {replica}: of tangent vectors less than {ROUGH:g} is normal to those before "
            f"({state.rough[replica]} by {_time(state, replica)}, and perhaps more later), and few digits of that are "
            f"right, after parameters.reorthonormalise = {every}: {remedy}"
        )
        yield "rough", message


def _time(state: State, replica: int) -> str:
    return f"time {state.made[replica] * state.rule.step:.6g}"


def _of_the_sum(state: State, record: Arrays) -> Iterator[tuple[str, str]]:
    """The identity of all exponents and the divergence, of replicas of which no vector vanished."""
    if state.q.shape[2] < state.dynamics.size:
        return
    spectrum, divergence = record["lyapunov"], record["divergence"]
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.abs(spectrum.sum(axis=1) - divergence)
        wrong = (off > np.maximum(IDENTITY * np.abs(spectrum).sum(axis=1), FLOOR)) & (state.lost == 0)
    if wrong.any():
        replica = int(np.argmax(wrong))
        step = "parameters.step or parameters.reorthonormalise" if state.dynamics.flow else "reorthonormalise"
        message = (
            f"replica {replica}: the exponents sum to {spectrum[replica].sum():.6g}, but the divergence is "
            f"{divergence[replica]:.6g}: expected equal within {IDENTITY:g} of their magnitudes; choose a smaller "
            f"{step}"
        )
        yield "identity", message
