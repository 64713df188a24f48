"""Pair correlation of particles in a box, or in the middle of a trapped droplet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from physent.declare import (
    LATER,
    MOST_CELLS,
    Cells,
    Coordinate,
    Index,
    Items,
    Length,
    NonNegative,
    Positive,
    Problem,
    Variable,
    contradiction,
)
from physent.diagnostics import radial
from physent.diagnostics.run import particles, pooled
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.typing import Floats

if TYPE_CHECKING:
    import xarray as xr


CONTACT = 4  # cells that the fit of contact_weights needs


@dataclass(frozen=True)
class Shells:
    """Equal shells about the centre of a droplet: those with the centres, and others with their neighbours."""

    centres: int
    count: int
    last: float

    @classmethod
    def of(cls, centre_radius: float, max_separation: float, cells: int) -> Shells:
        """Shells that are no wider than the cells of distance, and end at the region of the centres."""
        centres = ceil(centre_radius * cells / max_separation * (1 - 1e-12))
        width = centre_radius / centres
        count = ceil((centre_radius + max_separation) / width * (1 - 1e-12))
        return cls(centres, count, count * width)

    def problems(self) -> Iterator[Problem]:
        if self.count > MOST_CELLS:
            message = f"found {self.count:.3g} shells of the width of the cells, expected at most {MOST_CELLS}"
            yield Problem(("max_separation",), message)


class PairCorrelation(Diagnostic):
    """Pair correlation g(r) of positions, per run, from pairs counted in equal cells of distance at every sample.

    g = rho2/(rho rho): n independent particles have g = (n - 1)/n at every distance. In a box all pairs count, divided
    by the exact expectation for uniform particles, periodic or, in the plane, between walls (there over all directions
    and the whole box, layers at the walls included; discs leave half a diameter free there). Without a box, in a trap,
    only particles with |x| < `centre_radius` are centres, any particle is a neighbour, and the denominator is made of
    the density that was measured in the run (Baddeley, Moller and Waagepetersen 2000), so that it need not be uniform;
    choose the centres one correlation length inside the edge. Gives NAME_counts (and NAME_shells, numbers by |x|) at
    every sample; NAME and NAME_se along NAME_separation; for discs, whose cells start at contact, NAME_contact and
    NAME_contact_se, the quadratic through cells up to 1.3 diameters at one diameter, NaN if fewer than four cells end
    there. `species: [a, b]` counts only the pairs of a particle of a with one of b of a mixture in a box: g tends to
    1 - 1/N_a for a = b and to 1 otherwise, and the diameter is half the sum of theirs.
    """

    rounds = True

    kind: Literal["pair_correlation"]
    name: Name = Field(default="pair_correlation", description="name of the result, and prefix of the others")
    cells: Cells = Field(default=50, description="number of cells of distance")
    max_separation: Annotated[Positive, Length] = Field(description="distance up to which pairs are counted")
    centre_radius: Annotated[Positive, Length] | None = Field(
        default=None, description="if there is no box: largest |x| of the centres"
    )
    diameter: Annotated[NonNegative, Length] | None = Field(
        default=None, description="of discs, at which cells start; null: that of the engine's particles, 0 for points"
    )
    species: Annotated[Annotated[Items[Index], Field(min_length=2, max_length=2)] | None, LATER] = Field(
        default=None, description="of a mixture: the two species of a pair; null: all pairs"
    )

    @model_validator(mode="after")
    def _in_order(self) -> PairCorrelation:
        if self.diameter is not None and self.diameter >= self.max_separation:
            raise contradiction("max_separation", f"found {self.max_separation:g}, expected more than diameter")
        return self

    def sources(self) -> tuple[str, ...]:
        return ("position",)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from particles.unfit(context, "position")
        yield from particles.uneven(context)
        if self.species is not None:
            if strange := list(particles.strangers(self.species, context)):
                yield from strange
                return
            if self.centre_radius is not None:
                yield Problem(("species",), "pairs of species are counted only in a box")
        side = particles.side_of(context)
        if side is None:
            if self.centre_radius is None:
                yield Problem(("centre_radius",), "there is no box: expected a radius for the particles to start from")
            else:
                yield from Shells.of(self.centre_radius, self.max_separation, self.cells).problems()
            return
        if self.centre_radius is not None:
            yield Problem(("centre_radius",), "in a box every particle is a centre, expected null")
        low = self._low(context)
        if low >= self.max_separation:
            yield Problem(("max_separation",), f"found {self.max_separation:g}, discs touch at {low:g}")
        elif low and self.cells < (needed := cells_for_contact(low, self.max_separation)):
            message = f"found {self.cells}, expected at least {needed}, of which {CONTACT} end within 1.3 diameters"
            yield Problem(("cells",), f"{message}: {self.name}_contact is NaN", is_warning=True)
        if particles.has_walls(context) and len(context.coordinates["axis"]) != 2:
            yield Problem(("kind",), "between walls pairs are counted only in the plane")
        farthest = side - low if particles.has_walls(context) else side / 2
        if self.max_separation > farthest * (1 + 1e-12):
            yield Problem(("max_separation",), f"found {self.max_separation:g}, expected at most {farthest:g}")
        if self.species is None and particles.number_of_species(context) > 1:
            yield Problem(("kind",), "pairs of all species are counted together: give species", is_warning=True)
        if "group" in context.coordinates:
            yield Problem(("kind",), "pairs of all groups are counted together", is_warning=True)

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        edges = self._edges(context)
        middle = 0.5 * (edges[1:] + edges[:-1])
        found = [Coordinate(f"{self.name}_separation", middle, "distance of two particles, middle of the cell")]
        if self.centre_radius is not None:
            shells = Shells.of(self.centre_radius, self.max_separation, self.cells)
            at = (np.arange(shells.count) + 0.5) * (shells.last / shells.count)
            found.append(Coordinate(f"{self.name}_distance", at, "distance from the centre, middle of the shell"))
        return tuple(found)

    def variables(self, context: Context) -> tuple[Variable, ...]:
        counts = Variable(
            f"{self.name}_counts",
            "pairs by distance, one for each of the two that is a centre",
            dims=("replica", f"{self.name}_separation"),
            attrs={"source": "position"},
        )
        if self.centre_radius is None:
            return (counts,)
        return (
            counts,
            Variable(
                f"{self.name}_shells",
                "particles by distance from the centre",
                dims=("replica", f"{self.name}_distance"),
            ),
        )

    def results(self, context: Context) -> tuple[Variable, ...]:
        dims = (f"{self.name}_separation",)
        said = {"normalization": "rho2/(rho rho): (n - 1)/n for n independent particles", "source": "position"}
        if self.species is not None:
            a, b = self.species
            of = f"(N_{a} - 1)/N_{a} for N_{a}" if a == b else "1 for"
            said["normalization"] = f"rho2/(rho_{a} rho_{b}): {of} independent particles"
            said["species"] = f"{a}, {b}"
        found = [
            Variable(self.name, "pair correlation, mean over a cell of distance", dims=dims, attrs=said),
            Variable(f"{self.name}_se", f"standard error of {self.name}", dims=dims),
        ]
        if self._low(context):
            fit = {"estimator": "quadratic in the distance, least squares over cells up to 1.3 diameters"}
            found += [
                Variable(f"{self.name}_contact", "pair correlation at contact", dims=(), attrs=fit),
                Variable(f"{self.name}_contact_se", f"standard error of {self.name}_contact", dims=()),
            ]
        return tuple(found)

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        position, edges = record["position"], self._edges(context)
        if self.species is None or self.species[0] == self.species[1]:
            own = position if self.species is None else particles.of_species(position, self.species[0], context)
            return observed_pairs(self.name, own, edges, self.centre_radius, context)
        # Pairs of unlike particles: those of both species together less those within each.
        a, b = (particles.of_species(position, one, context) for one in self.species)
        both, *within = (
            observed_pairs(self.name, own, edges, None, context)[f"{self.name}_counts"]
            for own in (np.concatenate([a, b], axis=1), a, b)
        )
        return {f"{self.name}_counts": both - within[0] - within[1]}

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.chains import mean_and_error
        from physent.diagnostics.pairs import contact_weights, share_in_box

        dimension, edges = len(context.coordinates["axis"]), self._edges(context)
        side, low = particles.side_of(context), self._low(context)
        if side is None:
            assert self.centre_radius is not None
            g, changes, _ = droplet(self.name, history, context, self.centre_radius, edges)
            return {self.name: g, f"{self.name}_se": mean_and_error(changes)[1]}
        n, walls = len(context.coordinates["particle"]), particles.has_walls(context)
        reach = side - low if walls else side
        pairs = n * n
        if self.species is not None:
            one, other = (int(np.sum(particles.species_of(context) == a)) for a in self.species)
            pairs = one * other * (1 if self.species[0] == self.species[1] else 2)
        expected = pairs * share_in_box(edges, reach, dimension, periodic=not walls)
        mean, blocks = pooled.block_means(history[f"{self.name}_counts"], context.clock)
        found: dict[str, Any] = {self.name: mean / expected}
        found[f"{self.name}_se"] = mean_and_error(blocks)[1] / expected
        if low:
            weights = contact_weights(edges, low, dimension) / expected
            found[f"{self.name}_contact"] = (mean * weights).sum()
            found[f"{self.name}_contact_se"] = (
                mean_and_error((blocks * weights).sum(-1))[1] if np.isfinite(weights).all() else np.nan
            )
        return found

    def _low(self, context: Context) -> float:
        """Distance at which cells start: the diameter."""
        if self.diameter is not None:
            return self.diameter
        species, diameters = particles.species_of(context), context.coordinates.get(particles.DIAMETER)
        if species is None or diameters is None:
            return particles.diameter_of(context)
        if self.species is None:
            return float(diameters.min())
        return float(np.mean([diameters[np.argmax(species == one)] for one in self.species]))

    def _edges(self, context: Context) -> Floats:
        return np.linspace(self._low(context), self.max_separation, self.cells + 1)


def cells_for_contact(diameter: float, max_separation: float) -> int:
    """The least number of cells of which `CONTACT` end within 1.3 diameters."""
    return max(CONTACT, ceil(CONTACT * (max_separation - diameter) / (0.3 * diameter) * (1 - 1e-12)))


def observed_pairs(
    name: str, position: Any, edges: Floats, centre_radius: float | None, context: Context
) -> dict[str, Any]:
    """Counts of pairs in a box, or of those with a centre in the middle of a droplet and of its shells."""
    from physent.diagnostics.pairs import count_pairs
    from physent.diagnostics.run.kinds.radial_density import shell_counts

    cells, low, high = len(edges) - 1, float(edges[0]), float(edges[-1])
    if centre_radius is None:
        period = None if particles.has_walls(context) else particles.side_of(context)
        return {f"{name}_counts": count_pairs(position, cells, high, low=low, period=period)}
    shells = Shells.of(centre_radius, high, cells)
    r = radial.distances(position)
    return {
        f"{name}_counts": count_pairs(position, cells, high, low=low, centre=r < centre_radius),
        f"{name}_shells": shell_counts(r, shells.count, shells.last),
    }


def droplet(
    name: str, history: xr.Dataset, context: Context, centre_radius: float, edges: Floats
) -> tuple[Floats, Floats, float]:
    """The pair correlation in the middle of a droplet, its changes in blocks, and the mean density of the centres.

    Changes (blocks, replica, cells) are those of the ratio, to first order: the measured density in the denominator
    fluctuates together with the pairs.
    """
    from physent.diagnostics.pairs import independent_pairs
    from physent.errors import RunError

    dimension = len(context.coordinates["axis"])
    shells = Shells.of(centre_radius, float(edges[-1]), len(edges) - 1)
    pairs, pair_blocks = pooled.block_means(history[f"{name}_counts"], context.clock)
    density, density_blocks = pooled.block_means(history[f"{name}_shells"], context.clock)
    middle = density[: shells.centres].sum()
    if not middle > 0:
        raise RunError(f"no particle has ever been within centre_radius = {centre_radius:g}")
    expected, slope = independent_pairs(density, shells.last, edges, shells.centres, dimension)
    known = np.where(expected > 0, expected, np.nan)
    g = pairs / known
    return (
        g,
        (pair_blocks - g * (density_blocks @ slope.T)) / known,
        float(middle / radial.ball_volume(dimension, centre_radius)),
    )


KIND = PairCorrelation
