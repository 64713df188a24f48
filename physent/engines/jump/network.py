"""A model as a network: channels between states, with the energies, barriers and drives that make their rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from physent.engines import driving
from physent.engines.jump.parameters import Exclusion, FlashingRatchet, Graph, Parameters, Ring, TwoLevel
from physent.theory import network
from physent.typing import Floats, Integers


@dataclass(frozen=True, kw_only=True)
class Network:
    """m channels between n states; forward is from ``ends[:, 0]`` to ``ends[:, 1]``.

    With energies, k_ij = prefactor exp[(E_i - B + F/2)/T], B of NaN being the mean of E_i and E_j. Without, the two
    columns of ``prefactor`` are the rates.
    """

    ends: Integers  # (m, 2)
    prefactor: Floats  # (m, 2)
    energies: Floats | None  # (n,)
    barrier: Floats  # (m,)
    drive: Floats  # (m,) work of a forward jump
    counts: Mapping[str, Floats]  # (m,) weights of the named currents
    states: int
    driven: Mapping[str, int]  # the state of each energy that can be driven

    @cached_property
    def reversible(self) -> bool:
        """Whether every jump has a reverse."""
        return bool(((self.prefactor > 0).all(axis=1) | (self.prefactor == 0).all(axis=1)).all())

    def rates(self, energies: Floats, temperature: float) -> Floats:
        """Rates (m, 2), forward and backward, at energies (n,)."""
        if self.energies is None:
            return self.prefactor
        here = energies[self.ends]
        top = np.where(np.isnan(self.barrier), here.mean(axis=1), self.barrier)
        work = self.drive[:, None] * [0.5, -0.5]
        return np.asarray(self.prefactor * np.exp((here - top[:, None] + work) / temperature))

    def generator(self, energies: Floats, temperature: float) -> Floats:
        """Generator (n, n) at energies (n,); ValueError for more than 4096 states."""
        return network.generator(self.ends, self.rates(energies, temperature), self.states)


def network_of(model: Any) -> Network:
    """The network of a model; TypeError for particles on sites."""
    match model:
        case Graph():
            return _graph(model)
        case Ring():
            n, energies = len(model.energies), np.array(model.energies)
            a = np.ones(n) if model.prefactors is None else np.array(model.prefactors)
            steps = {"turns": np.full(n, 1 / n)}
            return _made(around(n), a, energies, np.full(n, model.force / n), steps, driven=_each(n))
        case FlashingRatchet():
            v, n = np.array(model.potential), len(model.potential)
            sites = np.arange(n)
            ends = np.concatenate([around(n), around(n) + n, np.stack([sites, sites + n], axis=1)])
            a = np.repeat([model.prefactor, model.prefactor, model.switch_rate], n)
            drive = np.concatenate([np.zeros(2 * n), -v])  # switching off takes the energy out as work
            turns = np.repeat([1 / n, 1 / n, 0.0], n)
            return _made(ends, a, np.concatenate([v, np.zeros(n)]), drive, {"turns": turns})
        case TwoLevel():
            a, energies = np.array([model.prefactor]), np.array([0.0, model.energy])
            return _made(np.array([[0, 1]]), a, energies, np.zeros(1), {}, driven={"model.energy": 1})
        case _:
            raise TypeError(f"{type(model).__name__} is no network")


def index_of(model: Any, place: Any) -> int:
    """Index of a state of a network; -1 if there is none of the name."""
    if isinstance(place, int):
        return place
    return int(model.index(place)) if isinstance(place, str) and isinstance(model, Graph) else -1


def around(n: int) -> Integers:
    """Channels (n, 2) of a ring."""
    return np.stack([np.arange(n), (np.arange(n) + 1) % n], axis=1)


def _made(
    ends: Integers, a: Floats, energies: Floats | None, drive: Floats, counts: Mapping[str, Floats], **more: Any
) -> Network:
    both = a if a.ndim == 2 else np.stack([a, a], axis=1)
    n = 0 if energies is None else len(energies)
    whole: dict[str, Any] = {"barrier": np.full(len(ends), np.nan), "driven": {}, "states": n}
    return Network(ends=ends, prefactor=both, energies=energies, drive=drive, counts=counts, **(whole | more))


def _graph(model: Graph) -> Network:
    ends = np.array([[model.index(place) for place in one.between] for one in model.transitions], np.int64)
    names = dict.fromkeys(name for one in model.transitions for name in one.counts)
    counts = {name: np.array([one.counts.get(name, 0.0) for one in model.transitions]) for name in names}
    n = len(model.names)
    if model.energies is None:
        rates = np.array([[one.rate or 0.0, one.reverse_rate or 0.0] for one in model.transitions])
        return _made(ends, rates, None, np.zeros(len(ends)), counts, states=n)
    a = np.array([1.0 if one.prefactor is None else one.prefactor for one in model.transitions])
    barrier = np.array([np.nan if one.barrier is None else one.barrier for one in model.transitions])
    drive = np.array([one.drive or 0.0 for one in model.transitions])
    return _made(ends, a, np.array(model.energies), drive, counts, barrier=barrier, driven=_each(n))


def _each(n: int) -> Mapping[str, int]:
    return {f"model.energies.{i}": i for i in range(min(n, network.LARGEST))}


def energies_at(one: Network, parameters: Parameters, first: int, count: int) -> Floats:
    """Energies (count, n) at half-steps first, first + 1, ...: those of the model, with the driven ones in place."""
    base = np.zeros(one.states) if one.energies is None else one.energies
    if not parameters.driving:
        return np.tile(base, (count, 1))
    assert parameters.step is not None, "checks ask for it"
    rows = driving.values(parameters.driving, parameters.step, first, count)
    made = np.tile(base, (count, 1))
    for column, drive in enumerate(parameters.driving):
        made[:, one.driven[drive.parameter]] = rows[:, column]
    return made


def drivable(model: Any) -> Sequence[str]:
    """Parameters that can be driven: energies of states."""
    return () if isinstance(model, Exclusion) else tuple(network_of(model).driven)
