"""Parameters and initial states of a Gaussian chain in a config."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from physent.declare import Count, Integer, Items, NonNegative, Positive, Section, contradiction

Index = Annotated[Integer, Field(ge=0, le=9999)]


class Oscillators(Section):
    """H = sum p^2/2 + sum pinning^2 x^2/2 + sum over bonds of stiffness (x_i - x_j)^2/2, masses 1."""

    kind: Literal["oscillators"]
    stiffness: NonNegative = Field(default=1.0, description="stiffness k of a bond")
    pinning: NonNegative = Field(default=0.0, description="frequency of the well in which a site is held")


class Hopping(Section):
    """H = -sum over bonds of [hopping/2 (c_i^+ c_j + h.c.) - pairing/2 (c_i^+ c_j^+ + h.c.)] - sum potential c^+ c."""

    kind: Literal["hopping"]
    hopping: float = Field(default=1.0, description="amplitude J of a bond: the fastest fermions move J sites per time")
    pairing: float = Field(default=0.0, description="amplitude of pairs on a bond; 0: the number is conserved")
    potential: float = Field(default=0.0, description="depth mu of a site")


class Ising(Section):
    """H = -coupling sum over bonds of sigma^x sigma^x - field sum sigma^z, by fermions of Jordan and Wigner."""

    kind: Literal["ising"]
    coupling: float = Field(default=1.0, description="J of a bond")
    field: float = Field(default=1.0, description="transverse field h of a site; critical at J")


Model = Annotated[Oscillators | Hopping | Ising, Field(discriminator="kind")]


class Defect(Section):
    """A bond or a site that differs."""

    bond: Index | None = Field(default=None, description="the bond from this site to the next")
    site: Index | None = Field(default=None, description="the site")
    value: float = Field(description="its stiffness, hopping or coupling; of a site its pinning, potential or field")

    @model_validator(mode="after")
    def _one_place(self) -> Defect:
        if (self.bond is None) == (self.site is None):
            raise contradiction("value", "expected exactly one of `bond` and `site` in this entry")
        return self


class Disorder(Section):
    """Independent uniform deviations, of each replica its own."""

    of: Literal["bonds", "sites"] = Field(description="what deviates")
    width: Positive = Field(description="full width of the uniform distribution, centred at 0")


class Parameters(Section):
    """A chain with a quadratic Hamiltonian; hbar = k_B = 1."""

    n: Annotated[Integer, Field(ge=1, le=5000)] = Field(description="number of sites")
    model: Model = Field(description="what the chain is made of, with its Hamiltonian")
    boundary: Literal["open", "fixed", "periodic"] = Field(
        default="open",
        description="open ends; fixed: oscillators with a bond to a wall at each end; periodic: a ring (of Ising "
        "spins for pure states, whose number of fermions is even or odd)",
    )
    defects: Items[Defect] = Field(default=(), description="bonds and sites that differ")
    cut: Items[Index] = Field(default=(), description="bonds that are cut, by the site before them")
    disorder: Disorder | None = Field(default=None, description="random deviations of bonds or sites; null: none")


class Ground(Section):
    """The ground state; levels of energy 0 are half filled (a mixed state), or empty if there are pairs, and of spins.

    Of a ring of spins it is the lower one of the even and the odd sector, and refused if a sector has several.
    """

    kind: Literal["ground"]


class Thermal(Section):
    """The Gibbs state."""

    kind: Literal["thermal"]
    temperature: Positive = Field(description="temperature T")


class Part(Section):
    """Consecutive sites with a state of their own."""

    sites: tuple[Index, Index] = Field(description="first and last site", strict=False)
    temperature: NonNegative = Field(default=0.0, description="temperature; 0: ground state")


class Joined(Section):
    """Parts that did not interact until now, each in the ground or Gibbs state of its own Hamiltonian.

    A part has the boundary of the chain: with `boundary: fixed` it was tied to walls at both ends. A ring is joined
    from open parts.
    """

    kind: Literal["joined"]
    parts: Annotated[Items[Part], Field(min_length=1)] = Field(description="parts, in order, that fill the chain")


class Product(Section):
    """Fermions on given sites: a product state. Ising spins: an empty site is a spin up."""

    kind: Literal["product"]
    occupation: Literal["neel", "domain_wall", "empty", "filled"] | Items[Annotated[float, Field(ge=0, le=1)]] = Field(
        default="neel",
        description="neel: every other site, from the first; domain_wall: the first half; empty; filled; or the mean "
        "occupation of every site",
    )


class Quanta(Section):
    """Quanta of one mode."""

    mode: Index = Field(description="index of the mode, by ascending frequency")
    number: Count = Field(description="number of its quanta")


class Fock(Section):
    """Oscillators with a definite number of quanta in every mode: not Gaussian, so that it has no entropies here."""

    kind: Literal["fock"]
    quanta: Items[Quanta] = Field(description="the modes that are excited")


Initial = Annotated[Ground | Thermal | Joined | Product | Fock, Field(discriminator="kind")]
BOND = {"oscillators": "stiffness", "hopping": "hopping", "ising": "coupling"}
SITE = {"oscillators": "pinning", "hopping": "potential", "ising": "field"}


def statistics(parameters: Any) -> str:
    """Bosons or fermions."""
    return "bosons" if parameters.model.kind == "oscillators" else "fermions"


def conserves_number(parameters: Any) -> bool:
    """Whether the Hamiltonian conserves the number of fermions."""
    return bool(parameters.model.kind == "hopping" and parameters.model.pairing == 0.0)
