"""Declarations of a sampler beyond those of a method, and its random streams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from physent.core.random import Purpose, stream_key
from physent.declare import Coordinate, Problem, Variable
from physent.engines import EngineConfig, Method
from physent.engines.coulomb.gas import Keys
from physent.engines.potentials import OwnPotential


@dataclass(frozen=True, kw_only=True)
class Sampler(Method):
    """A method, with the gases that it serves and its recorded variables."""

    needs: Mapping[str, str | float]
    """The values of `facts` that it requires; empty: any gas."""

    any_trap: bool = False
    """Whether the trap may be any function; if not, it is a power of the distance."""

    variables: tuple[Variable, ...]

    coordinates: Callable[[Any], tuple[Coordinate, ...]]
    """From the parameters: every dimension of the variables other than the clock and `replica`."""

    checks: tuple[Callable[[EngineConfig], Iterator[Problem]], ...] = ()
    """Contradictions and warnings about a config whose gas it serves."""

    def serves(self, parameters: Any) -> bool:
        """Whether it can sample the gas."""
        known = facts(parameters)
        takes = self.any_trap or "exponent" in known
        return takes and all(known.get(name) == value for name, value in self.needs.items())

    @property
    def has_positions(self) -> bool:
        """Whether it samples whole configurations."""
        return any(variable.name == "position" for variable in self.variables)


def facts(parameters: Any) -> dict[str, str | float]:
    """The properties of a gas that decide which samplers serve it."""
    p = parameters
    trap = {"potential": p.potential.kind} if own(p) else {"exponent": p.potential.exponent}
    return {"dimension": p.dimension, "interaction": p.interaction, "beta": p.beta, **trap}


def own(parameters: Any) -> bool:
    """Whether the trap is the user's own."""
    return isinstance(parameters.potential, OwnPotential)


def stream_keys(config: EngineConfig) -> Keys:
    """Key of every replica's stream, (replica,)."""
    keys = [stream_key(config.seed, Purpose.SAMPLER, replica) for replica in range(config.replicas)]
    return np.array(keys, dtype=np.uint64)
