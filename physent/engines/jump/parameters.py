"""Parameters and initial states of a Markov jump process in a config."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from physent.declare import DIVIDES, FileInitial, Integer, Items, Positive, Section, contradiction
from physent.engines.driving import Driving

MOST_STATES = 1 << 20
Size = Annotated[Integer, Field(ge=1, le=MOST_STATES)]
Rate = Annotated[float, Field(ge=0, le=1e75)]
Prefactor = Annotated[float, Field(gt=0, le=1e75)]
Energy = Annotated[float, Field(ge=-1e75, le=1e75)]
Energies = Items[Energy]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
Place = Annotated[Integer, Field(ge=0, lt=MOST_STATES)] | Name


class Transition(Section):
    """A channel between two states, both ways, with its own heat; parallel channels are entries of their own."""

    between: Annotated[Items[Place], Field(min_length=2, max_length=2)] = Field(
        description="the two states, by name or index; forward is from the first to the second"
    )
    rate: Rate | None = Field(default=None, description="forward rate; only in a model without `energies`")
    reverse_rate: Rate | None = Field(default=None, description="backward rate; null: as 0. Only with `rate`")
    prefactor: Prefactor | None = Field(default=None, description="attempt rate nu; null: 1. Only with `energies`")
    barrier: Energy | None = Field(
        default=None, description="energy B of the barrier; null: the mean of both states. Only with `energies`"
    )
    drive: Energy | None = Field(
        default=None, description="work F done on the system by a forward jump; null: 0. Only with `energies`"
    )
    counts: dict[Name, Energy] = Field(
        default={}, description="current_NAME grows by this number in a forward jump, and falls in a backward one"
    )


class Graph(Section):
    """States and the channels between them: rates as given, or k_ij = nu exp[(E_i - B_ij + F_ij/2)/T] from energies."""

    kind: Literal["graph"]
    states: Size | Annotated[Items[Name], Field(min_length=1, max_length=MOST_STATES)] = Field(
        description="number of states, or their names"
    )
    energies: Energies | None = Field(default=None, description="energy E of each state; null: transitions have rates")
    transitions: Annotated[Items[Transition], Field(min_length=1)] = Field(description="channels between states")

    @model_validator(mode="after")
    def _is_one_network(self) -> Graph:
        names = self.names
        if len(set(names)) < len(names):
            raise contradiction("states", "two states have the same name, expected different ones")
        if self.energies is not None and len(self.energies) != len(names):
            raise contradiction("energies", f"found {len(self.energies)}, expected one for each of {len(names)} states")
        for index, one in enumerate(self.transitions):
            self._fits(f"transitions.{index}", one)
        return self

    def _fits(self, here: str, one: Transition) -> None:
        ends = [place if isinstance(place, int) else self.index(place) for place in one.between]
        for place, end in zip(one.between, ends, strict=True):
            if not 0 <= end < len(self.names):
                raise contradiction("transitions", f"{here}.between: found {place}, expected a state of this model")
        if ends[0] == ends[1]:
            raise contradiction("transitions", f"{here}.between: a transition joins {one.between[0]} to itself")
        of_rates = {"rate", "reverse_rate"}
        wrong = {"prefactor", "barrier", "drive"} if self.energies is None else of_rates
        for key in sorted(wrong):
            if getattr(one, key) is not None:
                expected = (
                    "energies of the states" if self.energies is None else "barrier and drive, as there are energies"
                )
                raise contradiction("transitions", f"{here}.{key}: found {getattr(one, key)}, expected {expected}")
        if self.energies is None and one.rate is None:
            raise contradiction("transitions", f"{here}.rate: this key is missing, expected a rate, or `energies`")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the states; their indices if they have none."""
        return tuple(map(str, range(self.states))) if isinstance(self.states, int) else self.states

    def index(self, place: int | str) -> int:
        """Index of a state; -1 if there is none."""
        if isinstance(place, int):
            return place
        return self.names.index(place) if place in self.names else -1


class Ring(Section):
    """States in a ring, k_(i,i+1) = a_i exp[(f/n + E_i - E_(i+1))/2T], back with the opposite sign; counts `turns`."""

    kind: Literal["ring"]
    energies: Annotated[Energies, Field(min_length=3, max_length=MOST_STATES)] = Field(
        description="energy E of each state"
    )
    prefactors: Annotated[Items[Prefactor], Field(min_length=3)] | None = Field(
        default=None, description="a_i of the channel from state i to i + 1; null: 1"
    )
    force: Energy = Field(default=0.0, description="work f done on the system per turn")

    @model_validator(mode="after")
    def _one_each(self) -> Ring:
        if self.prefactors is not None and len(self.prefactors) != len(self.energies):
            raise contradiction(
                "prefactors", f"found {len(self.prefactors)}, expected {len(self.energies)}, as `energies`"
            )
        return self


class FlashingRatchet(Section):
    """Sites in a ring whose potential is switched on (states 0 ... n - 1) and off (n ... 2n - 1); counts `turns`.

    Jumps to neighbours at a exp[-(V_j - V_i)/2T] when on, a when off; switching does the work V_i.
    """

    kind: Literal["flashing_ratchet"]
    potential: Annotated[Energies, Field(min_length=3, max_length=MOST_STATES // 2)] = Field(
        description="V of each site"
    )
    switch_rate: Prefactor = Field(default=1.0, description="rate of switching, both on and off")
    prefactor: Prefactor = Field(default=1.0, description="rate a of jumps between equal potentials")


class TwoLevel(Section):
    """A level of energy 0 and one of energy E: up at a exp(-E/2T), down at a exp(E/2T)."""

    kind: Literal["two_level"]
    energy: Energy = Field(description="energy E of the upper level")
    prefactor: Prefactor = Field(default=1.0, description="rate a of jumps between equal energies")


class Exclusion(Section):
    """Particles that hop to empty neighbours on a line or ring of sites, at most one per site."""

    kind: Literal["exclusion"]
    sites: Annotated[Integer, Field(ge=2, le=2**30)] = Field(description="number of sites")
    hop_right: Rate = Field(default=1.0, description="rate of a hop to the right")
    hop_left: Rate = Field(default=0.0, description="rate of a hop to the left; 0: totally asymmetric")
    inject_left: Rate = Field(default=0.0, description="rate at which a particle enters an empty first site")
    eject_left: Rate = Field(default=0.0, description="rate at which a particle leaves the first site")
    inject_right: Rate = Field(default=0.0, description="rate at which a particle enters an empty last site")
    eject_right: Rate = Field(default=0.0, description="rate at which a particle leaves the last site")
    periodic: bool = Field(default=False, description="a ring of sites, without reservoirs")

    @model_validator(mode="after")
    def _a_ring_has_no_ends(self) -> Exclusion:
        for key in ("inject_left", "eject_left", "inject_right", "eject_right"):
            if self.periodic and getattr(self, key):
                raise contradiction(key, f"found {getattr(self, key)}, expected 0: a periodic line has no ends")
        if self.periodic and self.sites < 3:
            raise contradiction("sites", f"found {self.sites}, expected at least 3 in a ring")
        return self


Network = Graph | Ring | FlashingRatchet | TwoLevel
Model = Annotated[Network | Exclusion, Field(discriminator="kind")]


class Dwell(Section):
    """Times of uninterrupted stay in groups of states; a stay that had begun before the run is left out."""

    groups: Annotated[dict[Name, Annotated[Items[Place], Field(min_length=1)]], Field(min_length=1)] = Field(
        description="states of each group by its name; no state is in two groups"
    )
    width: Positive = Field(description="width of the bins of the histogram")
    bins: Annotated[Integer, Field(ge=1, le=1 << 16)] = Field(
        default=100, description="number of bins; the last one has all longer stays"
    )


class Parameters(Section):
    """A Markov jump process in continuous time."""

    model: Model = Field(description="states, and rates of the jumps between them")
    temperature: Positive = Field(default=1.0, description="temperature T of the medium, for models with energies")
    step: Annotated[Positive | None, DIVIDES] = Field(
        default=None,
        description="length of a stair of driven energies, which have the value of its middle all along; divides "
        "`schedule.every` and every protocol time; null: nothing is driven",
    )
    driving: Driving = Field(default=())
    dwell: Dwell | None = Field(default=None, description="dwell times in groups of states; null: none are recorded")


class State(Section):
    """The same state in every replica."""

    kind: Literal["state"]
    state: Place | Items[Literal[0, 1]] = Field(
        description="the state, by name or index; for exclusion, 1 or 0 for each site: full or empty"
    )


class Stationary(Section):
    """Drawn from the stationary law at the initial parameters; to 4096 states, and for any ring of sites."""

    kind: Literal["stationary"]
    particles: Annotated[Integer, Field(ge=0)] | None = Field(
        default=None, description="number of particles, for a periodic exclusion process and only for that"
    )


class Distribution(Section):
    """Drawn from a given law."""

    kind: Literal["distribution"]
    probabilities: Annotated[Items[Annotated[float, Field(ge=0, le=1)]], Field(min_length=1)] = Field(
        description="of each state; for exclusion, that each site is full, independently: one number serves all"
    )


BuiltIn = State | Stationary | Distribution
Initial = Annotated[BuiltIn | FileInitial, Field(discriminator="kind")]


def is_exclusion(parameters: Any) -> bool:
    """Whether the model is particles on sites."""
    return isinstance(parameters.model, Exclusion)
