"""Recorded variables of jump processes, and why some cannot be recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.declare import START_LACKS, Coordinate, Variable
from physent.engines.jump import jumps
from physent.engines.jump.network import index_of, network_of
from physent.engines.jump.parameters import Distribution, Exclusion, Parameters, State, is_exclusion
from physent.engines.ledger import FULL_START
from physent.engines.ledger import variables as ledger
from physent.theory import network
from physent.typing import Array, Floats, Integers

if TYPE_CHECKING:
    from physent.engines.jump.methods.direct import State as Direct
    from physent.engines.jump.methods.lists import State as Lists

_EVENTS = Variable("events", "jumps since the start", dtype="int64")
_STATE = Variable("state", "index of the state", dtype="int64")
_NETWORK = (
    Variable("time_in_state", "time spent in each state since the start", dims=("replica", "node"), is_field=True),
    Variable(
        "channel_current",
        "passages of each channel since the start, forward less backward",
        dims=("replica", "channel"),
        dtype="int64",
        is_field=True,
    ),
)
_DWELL = (
    Variable("dwell_count", "completed stays in each group of states", dims=("replica", "group"), dtype="int64"),
    Variable("dwell_time", "sum of the dwell times of the completed stays", dims=("replica", "group")),
    Variable("dwell_square", "sum of the squares of these dwell times", dims=("replica", "group")),
    Variable(
        "dwell_histogram",
        "completed stays by their dwell time",
        dims=("replica", "group", "dwell"),
        dtype="int64",
        is_field=True,
        attrs={"comment": "the last bin has all longer stays"},
    ),
)
_EXCLUSION = (
    Variable("particles", "number of particles", dtype="int64"),
    Variable(
        "current",
        "particles that passed a bond to the right since the start, less those to the left, mean over all bonds",
        attrs={"comment": "bonds to the reservoirs count; in a steady state all bonds have the same current"},
    ),
)
_SITES = (
    Variable("state", "occupation of each site, 1 if full", dims=("replica", "site"), dtype="int8", is_field=True),
    Variable(
        "time_occupied", "time for which each site was full since the start", dims=("replica", "site"), is_field=True
    ),
    Variable(
        "bond_current",
        "particles that passed each bond to the right since the start, less those to the left",
        dims=("replica", "bond"),
        dtype="int64",
        is_field=True,
    ),
)
_LAW = "law of the ensemble from the declared start, by the master equation; NaN if a run starts from given states"


def variables(parameters: Parameters, initial: Any) -> tuple[Variable, ...]:
    """Recorded variables of a model, from a section of initial states."""
    missing = absent(parameters)
    if is_exclusion(parameters):
        entropy = () if "entropy_medium" in missing else ledger("entropy_medium")
        return (*_EXCLUSION, *entropy, _EVENTS, *_SITES)
    one = network_of(parameters.model)
    names = ["entropy_medium"] * one.reversible
    if one.states <= network.LARGEST:
        names += ["entropy_system", *["entropy_total"] * one.reversible]
    if one.energies is not None:
        names = ["work", "heat", "energy", *names]
    lawful = {"entropy_system": _LAW, "entropy_total": f"{FULL_START}; {_LAW}"}
    own = ledger(*names, **{name: comment for name, comment in lawful.items() if name in names})
    if lacks_states(initial):
        own = tuple(
            replace(one, attrs={**one.attrs, START_LACKS: 1}) if one.name == "entropy_total" else one for one in own
        )
    currents = (Variable(f"current_{name}", f"{name} since the start, counted with sign") for name in one.counts)
    return (
        *(replace(variable, may_be_nan=variable.name in lawful) for variable in own),
        *currents,
        _STATE,
        _EVENTS,
        *(() if parameters.dwell is None else _DWELL),
        *_NETWORK,
    )


def lacks_states(initial: Any) -> bool:
    """Whether the declared law of the start is 0 for some states of a network."""
    match initial:
        case Distribution():
            return min(initial.probabilities) == 0
        case State():
            return True
    return False


def absent(parameters: Parameters) -> Mapping[str, str]:
    """Variables that this model cannot have, and why."""
    one_way = _one_way(parameters)
    why: dict[str, str] = {}
    if one_way:
        reason = (
            f"{one_way} has no reverse, so that the entropy production is infinite; give it a reverse rate, however "
            "small, or use time_irreversibility of a recorded variable, or the thermodynamic uncertainty of a current"
        )
        why |= {"entropy_medium": reason, "entropy_total": reason}
    if is_exclusion(parameters) or network_of(parameters.model).energies is None:
        reason = "the model has rates and no energies; a graph with `energies`, barriers and drives has"
        why |= dict.fromkeys(("work", "heat", "energy"), reason)
    if is_exclusion(parameters) or network_of(parameters.model).states > network.LARGEST:
        reason = f"it needs the law of the ensemble, which is followed in a network of at most {network.LARGEST} states"
        why = {"entropy_system": reason, "entropy_total": reason} | why
    return why


def _one_way(parameters: Parameters) -> str:
    """The first jump without a reverse; empty if there is none."""
    model = parameters.model
    if isinstance(model, Exclusion):
        ends = () if model.periodic else (("inject_left", "eject_left"), ("eject_right", "inject_right"))
        for pair in (("hop_right", "hop_left"), *ends):
            there, back = (getattr(model, name) for name in pair)
            if (there > 0) != (back > 0):
                return f"model.{pair[there <= 0]}"
        return ""
    one = network_of(model)
    alone = np.flatnonzero((one.prefactor > 0).sum(axis=1) == 1)
    return f"model.transitions.{alone[0]}" if len(alone) else ""


def coordinates(parameters: Parameters) -> tuple[Coordinate, ...]:
    """States and channels, or sites and bonds; groups and bins of dwell times."""
    if isinstance(model := parameters.model, Exclusion):
        sites, bonds = model.sites, bonds_of(model)
        first = "0: into the first site from the left" if bonds > sites else "i: from site i to the next"
        return (
            Coordinate("site", np.arange(sites), "index of the site"),
            Coordinate("bond", np.arange(bonds), f"index of the bond, {first}"),
        )
    one = network_of(model)
    made = [
        Coordinate("node", np.arange(one.states), "index of the state"),
        Coordinate("channel", np.arange(len(one.ends)), "index of the channel, in the order of the model"),
    ]
    if parameters.dwell is not None:
        dwell = parameters.dwell
        names = ", ".join(f"{index} {name}" for index, name in enumerate(dwell.groups))
        middles = (np.arange(dwell.bins) + 0.5) * dwell.width
        made += [
            Coordinate("group", np.arange(len(dwell.groups)), f"group of states: {names}"),
            Coordinate("dwell", middles, "middle of the bin of dwell times"),
        ]
    return tuple(made)


def bonds_of(model: Exclusion) -> int:
    """Number of bonds, those to the reservoirs counted."""
    return model.sites if model.periodic else model.sites + 1


def groups_of(parameters: Parameters) -> Integers:
    """Group (n,) of each state, -1 if it is in none."""
    n = network_of(parameters.model).states
    group = np.full(n, -1, np.int64)
    for index, places in enumerate(() if parameters.dwell is None else parameters.dwell.groups.values()):
        group[[index_of(parameters.model, place) for place in places]] = index
    return group


def dwell_shape(parameters: Parameters) -> tuple[int, int]:
    """Groups and bins of dwell times."""
    return (0, 1) if parameters.dwell is None else (len(parameters.dwell.groups), parameters.dwell.bins)


def of_network(state: Direct, energy: Floats, law: Floats | None) -> dict[str, Array]:
    """All variables but the fields, new arrays, from the energy of each replica and the law of the ensemble."""
    one, walk, sums = state.network, state.walk, state.walk.sums
    record: dict[str, Array] = {"state": walk.state.copy(), "events": walk.events.copy()}
    if one.reversible:
        record["entropy_medium"] = sums[:, jumps.ENTROPY].copy()
    if law is not None:
        with np.errstate(divide="ignore"):
            record["entropy_system"] = -np.log(law[walk.state]) - state.start
    elif one.states <= network.LARGEST:
        record["entropy_system"] = np.full(len(sums), np.nan)
    if one.reversible and "entropy_system" in record:
        record["entropy_total"] = record["entropy_medium"] + record["entropy_system"]
    if one.energies is not None:
        record |= {"work": sums[:, jumps.WORK].copy(), "heat": sums[:, jumps.HEAT].copy(), "energy": energy}
    for name, weights in one.counts.items():
        record[f"current_{name}"] = (walk.net * weights).sum(axis=1)
    if state.parameters.dwell is not None:
        record["dwell_count"] = walk.stays.sum(axis=2)
        record |= {"dwell_time": walk.stay_sums[..., 0].copy(), "dwell_square": walk.stay_sums[..., 1].copy()}
    return record


def fields_of_network(state: Direct) -> dict[str, Array]:
    """The fields, new arrays."""
    walk = state.walk
    times = walk.times.copy()
    times[np.arange(len(times)), walk.state] += walk.now - walk.since
    record = {"time_in_state": times, "channel_current": walk.net.copy()}
    return record if state.parameters.dwell is None else record | {"dwell_histogram": walk.stays.copy()}


def of_sites(state: Lists) -> dict[str, Array]:
    """All variables of an exclusion process but the fields, new arrays."""
    record: dict[str, Array] = {
        "particles": state.now.sites.sum(axis=1, dtype=np.int64),
        "current": state.now.net.mean(axis=1),
        "events": state.now.events.copy(),
    }
    if "entropy_medium" not in absent(state.parameters):
        record["entropy_medium"] = state.now.entropy.copy()
    return record


def fields_of_sites(state: Lists) -> dict[str, Array]:
    """The fields of an exclusion process, new arrays."""
    now = state.now
    times = now.occupied + np.where(now.sites > 0, now.now[:, None] - now.changed, 0.0)
    return {"state": now.sites.copy(), "time_occupied": times, "bond_current": now.net.copy()}
