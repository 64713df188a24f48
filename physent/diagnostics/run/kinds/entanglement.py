"""Entropies of blocks of a Gaussian state: entanglement, and mutual information."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from physent.declare import Coordinate, Integer, Problem, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record, Some, is_measure

VON_NEUMANN, RENYI = "von_neumann", "renyi_"


def _known(name: str) -> str:
    if name != VON_NEUMANN and not (name.startswith(RENYI) and is_measure(name) and order_of(name) > 0):
        raise PydanticCustomError("measure", "expected von_neumann, renyi_Q with a number Q > 0, or renyi_inf")
    return name


def order_of(measure: str) -> float:
    """Order of a Rényi entropy; 1 for von Neumann's."""
    return 1.0 if measure == VON_NEUMANN else float(measure.removeprefix(RENYI))


Block = tuple[Annotated[Integer, Field(ge=0)], Annotated[Integer, Field(ge=0)]]


class Entanglement(Diagnostic):
    """Entropies of blocks of sites of a Gaussian state, in nats, at every sample.

    Of a pure state the entropy of a block is its entanglement with the rest; NAME_mutual_information of two blocks is
    S_A + S_B - S_AB, of their von Neumann entropies. From the covariance of oscillators (A. S. Holevo, M. Sohma and O.
    Hirota, Phys. Rev. A 59, 1820 (1999), 10.1103/PhysRevA.59.1820) or of fermions (I. Peschel, J. Phys. A 36, L205
    (2003), 10.1088/0305-4470/36/14/101). Rounding leaves a few 1e-12 per site of a block. For spins (of an Ising
    chain) a block, and two blocks that touch, have the entropy of their fermions of Jordan and Wigner; two blocks apart
    from each other have not (M. Fagotti and P. Calabrese, J. Stat. Mech. P04016 (2010),
    10.1088/1742-5468/2010/04/P04016): their mutual information is refused, unless `statistics: fermions` asks for that
    of the fermions.
    """

    in_nats = True

    kind: Literal["entanglement"]
    name: Name = Field(default="entanglement", description="prefix of NAME_MEASURE and NAME_mutual_information")
    blocks: Some[Annotated[Block, Field(strict=False)]] = Field(description="pairs [first site, last site]")
    measures: Some[Annotated[str, AfterValidator(_known)]] = Field(
        default=(VON_NEUMANN,), description="von_neumann, renyi_Q (Q > 0), renyi_inf"
    )
    mutual_information: bool = Field(default=False, description="of every pair of blocks")
    statistics: Literal["bosons", "fermions", "spins"] | None = Field(
        default=None,
        description="what the covariance is of (spins: that of their fermions of Jordan and Wigner); null: what its "
        "attribute `statistics` says",
    )

    def sources(self) -> tuple[str, ...]:
        return ("covariance",)

    def chosen(self, context: Context) -> Diagnostic:
        known = context.variables["covariance"].attrs.get("statistics") if "covariance" in context.variables else None
        return self.model_copy(update={"statistics": known}) if self.statistics is None and known else self

    def problems(self, context: Context) -> Iterator[Problem]:
        sites = len(context.coordinates["row"]) // 2
        if self.statistics is None:
            yield Problem(("statistics",), "found null, expected bosons, fermions or spins")
        if context.variables["covariance"].attrs.get("gaussian") == "no":
            yield Problem(("kind",), "the state is not Gaussian: its covariance does not give entropies")
        for index, (first, last) in enumerate(self.blocks):
            if last < first or last >= sites:
                message = f"found sites {first} to {last}, expected them in order and below {sites}"
                yield Problem(("blocks", index), message)
        if self.mutual_information:
            for one, other in combinations(self.blocks, 2):
                if one[0] <= other[1] and other[0] <= one[1]:
                    yield Problem(("blocks",), f"found blocks {list(one)} and {list(other)} that overlap")
                elif self.statistics == "spins" and 1 not in (one[0] - other[1], other[0] - one[1]):
                    message = (
                        f"found blocks {list(one)} and {list(other)} of spins, expected blocks that touch: others have "
                        "not the entropy of their fermions, which `statistics: fermions` gives"
                    )
                    yield Problem(("blocks",), message)
            if len(self.blocks) < 2:
                yield Problem(("mutual_information",), "found one block, expected at least two")

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        found = [Coordinate(f"{self.name}_block", np.arange(len(self.blocks)), "index in `blocks`")]
        if self.mutual_information:
            pairs = np.arange(math.comb(len(self.blocks), 2))
            found.append(Coordinate(f"{self.name}_pair", pairs, "pair of blocks: 01, 02, ..., 12, ..."))
        return tuple(found)

    def variables(self, context: Context) -> tuple[Variable, ...]:
        blocks = "; ".join(f"{first}-{last}" for first, last in self.blocks)
        how = "exact, of the covariance"
        if self.statistics == "spins":
            how = "of spins, by their fermions of Jordan and Wigner"
        elif context.variables["covariance"].attrs.get("statistics") == "spins":
            how = "of the fermions of Jordan and Wigner, not of the spins"
        attrs = {"base": "nats", "estimator": how, "source": "covariance", "blocks": blocks}
        dims = ("replica", f"{self.name}_block")
        found = [
            Variable(f"{self.name}_{measure}", f"{measure} entropy of blocks", dims=dims, attrs=attrs)
            for measure in self.measures
        ]
        if self.mutual_information:
            pairs = ("replica", f"{self.name}_pair")
            found.append(Variable(f"{self.name}_mutual_information", "mutual information", dims=pairs, attrs=attrs))
        return tuple(found)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.core.blas import one_thread

        with one_thread():
            rows = [self._of(covariance) for covariance in record["covariance"]]
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}

    def _of(self, covariance: np.ndarray) -> dict[str, list[float]]:
        from physent.core import gaussian

        bosons = self.statistics == "bosons"
        spectrum = gaussian.symplectic if bosons else gaussian.occupations
        entropy = gaussian.of_symplectic if bosons else gaussian.of_occupations

        def modes(*blocks: tuple[int, int]) -> np.ndarray:
            sites = np.concatenate([np.arange(first, last + 1) for first, last in blocks])
            return spectrum(gaussian.block(covariance, sites))

        each = [modes(block) for block in self.blocks]
        found = {f"{self.name}_{m}": [entropy(one, order_of(m)) for one in each] for m in self.measures}
        if self.mutual_information:
            own = [entropy(one) for one in each]
            found[f"{self.name}_mutual_information"] = [
                own[i] + own[j] - entropy(modes(self.blocks[i], self.blocks[j]))
                for i, j in combinations(range(len(self.blocks)), 2)
            ]
        return found


KIND = Entanglement
