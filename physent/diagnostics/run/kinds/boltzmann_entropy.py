"""Boltzmann entropy of a gas, by cells of phase space or by hydrodynamic fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from physent.declare import LATER, MOST_CELLS, Cells, Coordinate, Positive, Problem, Speed, Variable, contradiction
from physent.diagnostics.run import particles
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.diagnostics.warn import warn
from physent.typing import Array

# Occupied cells per particle up to which the rise is within 1 % of ln 2 of that of infinitely many particles, for
# equilibrium in 16 x 1 cells: by `theory.free_expansion.expected_rise`, for corrected estimators by drawn samples.
LIMITS = {"multiplicity": 0.004, "plugin": 0.02, "miller_madow": 0.05, "grassberger": 0.1}


class BoltzmannEntropy(Diagnostic):
    """Boltzmann entropy per particle, less its value at the first sample, of a gas in cells of phase space, in nats.

    `cells`: the macrostate is the number of particles in every cell (L/x_cells)(L/y_cells) dv dv; velocity cells are
    [k dv, (k + 1) dv) for all whole k. `shannon`: -sum F ln(F/|D|) + 1 - ln N per particle, F = N_a/N (Stirling);
    `multiplicity`: ln prod |D|^N_a/N_a!. Both are exact functions of the microstate with `plugin`; that they lie below
    the entropy of a gas of infinitely many particles, by about K/2N for K occupied cells, is what the other estimators
    correct. `hydrodynamic`: density, flow and temperature in space cells (the entropy of the local Maxwellian).
    `pool: replicas` takes all replicas as one gas of more particles, and the jackknife over replicas as the error.
    In a mixture each species has cells of its own, of the width dv/sqrt(m), and `species: each` gives the entropy of
    each, per particle of it, along the dimension `species`; `ignored` does not tell the species apart (Gibbs).
    Gives NAME, NAME_total (S_B of one gas itself, N identical particles, h = 1) and NAME_occupied_cells; pooled NAME_se
    and NAME_without (entropy per particle without each of the replicas in turn).
    """

    rounds = True
    scaled: ClassVar[Mapping[str, str]] = {"temperature": "of the gas at the end, to judge whether cells are too fine"}

    in_nats = True

    kind: Literal["boltzmann_entropy"]
    name: Name = Field(default="boltzmann_entropy", description="prefix of NAME, NAME_total, NAME_occupied_cells ...")
    x_cells: Cells = Field(description="space cells along x; an edge belongs on the divider of the initial state")
    y_cells: Cells = Field(default=1, description="space cells along y; 1 loses nothing if y is uniform")
    velocity_cell: Annotated[Positive, Speed] | None = Field(
        default=None, description="width dv of velocity cells; for macrostate: cells"
    )
    measure: Literal["shannon", "multiplicity"] = Field(
        default="shannon", description="shannon (Stirling's formula) or multiplicity (factorials)"
    )
    estimator: Literal["plugin", "miller_madow", "grassberger"] = Field(
        default="plugin", description="plugin: of this microstate; the others: of infinitely many particles (shannon)"
    )
    pool: Literal["none", "replicas"] = Field(default="none", description="replicas: all replicas as one gas")
    macrostate: Literal["cells", "hydrodynamic"] = Field(
        default="cells", description="cells of phase space, or density, flow and temperature in space cells"
    )
    relative_entropy: bool = Field(
        default=False,
        description="cells: also NAME_relative_entropy, the divergence from the local Maxwellian, per particle",
    )
    excess: Literal["none", "henderson"] = Field(
        default="none", description="hydrodynamic: add the entropy that discs have above an ideal gas (Henderson 1975)"
    )
    species: Annotated[Literal["total", "each", "ignored"] | None, LATER] = Field(
        default=None,
        description="of a mixture: of all species together (null: the same), of each, or as if all were of one kind",
    )

    @model_validator(mode="after")
    def _fits(self) -> BoltzmannEntropy:
        if self.x_cells * self.y_cells > MOST_CELLS:
            raise contradiction("x_cells", f"found {self.x_cells * self.y_cells} cells, expected at most {MOST_CELLS}")
        if self.macrostate == "cells":
            if self.velocity_cell is None:
                raise contradiction(
                    "velocity_cell", "found none, expected the width of velocity cells for macrostate: cells"
                )
            if self.excess != "none":
                raise contradiction("excess", "belongs to macrostate: hydrodynamic")
        elif self.velocity_cell is not None or self.measure != "shannon" or self.estimator != "plugin":
            raise contradiction("macrostate", "hydrodynamic has neither velocity_cell, measure nor estimator to choose")
        elif self.relative_entropy:
            raise contradiction("relative_entropy", "is that of macrostate: cells")
        if self.measure != "shannon" and self.estimator != "plugin":
            raise contradiction("estimator", f"{self.estimator} belongs to shannon; for {self.measure} use plugin")
        return self

    @property
    def _pooled(self) -> bool:
        return self.pool == "replicas"

    def sources(self) -> tuple[str, ...]:
        return "position", "velocity"

    def origin(self) -> tuple[str, ...]:
        return (f"{self.name}_total", *((f"{self.name}_without",) if self._pooled else ()))

    def problems(self, context: Context) -> Iterator[Problem]:
        if len(context.coordinates["axis"]) != 2:
            yield Problem(("kind",), f"found {len(context.coordinates['axis'])} axes of space, expected 2")
            return
        yield from particles.unboxed(self, context)
        if self.species is not None:
            yield from particles.strangers((), context)
        if self.excess != "none" and len(set(context.coordinates.get(particles.DIAMETER, ())) | {0}) > 2:
            yield Problem(("excess",), "is that of equal discs, expected none for discs of several diameters")
        elif self.excess != "none" and self._counts_species(context):
            yield Problem(("excess",), "depends on all species together, expected none, or species: ignored")
        if self._pooled and context.replicas < 2:
            yield Problem(("pool",), "found 1 replica, expected >= 2")
        n = len(context.coordinates["particle"])
        if self._counts_species(context):  # of the rarest
            n = int(np.bincount(np.asarray(particles.species_of(context))).min())
        n *= context.replicas if self._pooled else 1
        if self.velocity_cell is None:
            cells, limit, key = 2.0 * self.x_cells * self.y_cells, 0.01 * np.log(2), "x_cells"
            what, lack = f"{self.x_cells * self.y_cells} space cells", cells / n
        elif "temperature" not in context.scales:
            return
        else:
            cells, lack = self._of_velocities(n, self.velocity_cell, context)
            limit = LIMITS[self.estimator if self.measure == "shannon" else self.measure]
            key, what = "velocity_cell", f"about {cells:.0f} occupied cells"
        if cells > limit * n:
            more = (
                "coarser cells or more particles" if self._pooled else "coarser cells, more particles or pool: replicas"
            )
            yield Problem(
                (key,),
                f"undersampled: {what} for {n} particles at the end; before corrections the entropy is then {lack:.2g}"
                f" nats per particle below that of infinitely many particles; take {more}",
                is_warning=True,
            )

    def _of_velocities(self, n: int, dv: float, context: Context) -> tuple[float, float]:
        """As `_at_the_end`, with the width sqrt(T/m) of velocities; of species counted together the mean over them."""
        slow = dv / float(np.sqrt(context.scales["temperature"]))
        if self._counts_species(context) or particles.species_of(context) is None:  # cells of dv/sqrt(m), or of m = 1
            return self._at_the_end(n, slow)
        found = [self._at_the_end(n, slow * float(np.sqrt(mass))) for mass in particles.masses_of(context)]
        share = np.bincount(np.asarray(particles.species_of(context))) / len(context.coordinates["particle"])
        cells, lack = share @ np.array(found)
        return float(cells), float(lack)

    def _at_the_end(self, n: int, dv: float) -> tuple[float, float]:
        """Expected occupied cells at equilibrium, and by how much the plug-in entropy is then too low."""
        from physent.theory.free_expansion import cell_probabilities
        from physent.theory.poisson_cells import expected_occupied, mean_n_log_n

        one = cell_probabilities(np.inf, 1, max(dv, 1e-2))[0]  # finer ones hold fewer than one particle anyway
        places = self.x_cells * self.y_cells
        p = np.outer(one, one).ravel() / places  # of the cells of one place
        exact = -float(np.sum(p * np.log(p, where=p > 0, out=np.zeros_like(p)))) * places
        lack = exact - float(np.log(n) - places * mean_n_log_n(n * p).sum() / n)
        return places * float(expected_occupied(p, n)), lack

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        each = particles.species_axis(context) if self.species == "each" else ()
        if not self._pooled:
            return each
        return (*each, Coordinate(f"{self.name}_left_out", np.arange(context.replicas), "replica that is left out"))

    def variables(self, context: Context) -> tuple[Variable, ...]:
        each = ("species",) if self.species == "each" else ()
        dims = (*(() if self._pooled else ("replica",)), *each)
        attrs = self._attrs(context)
        where = "pooled over replicas" if self._pooled else "of each replica"
        gas = "N identical particles, unit mass"
        if self._counts_species(context):
            gas = "particles of a species, cells of velocity" if each else "species of particles, cells of velocity"
        made = [
            Variable(
                self.name, f"Boltzmann entropy per particle less its first value, {where}", dims=dims, attrs=attrs
            ),
            Variable(
                f"{self.name}_total", f"Boltzmann entropy of a gas of {gas}, h = 1, {where}", dims=dims, attrs=attrs
            ),
            Variable(f"{self.name}_occupied_cells", "number K of occupied cells", dims=dims),
        ]
        if self.relative_entropy:
            what = "relative entropy per particle of the cells to the local Maxwellian of each space cell"
            made.append(Variable(f"{self.name}_relative_entropy", what, dims=dims, attrs={"base": "nats"}))
        if self._pooled:
            error = f"standard error of the plug-in value of {self.name}, jackknife over replicas"
            left = "plug-in entropy per particle, pooled without one replica"
            made.append(Variable(f"{self.name}_se", error, dims=each))
            dims = (f"{self.name}_left_out", *each)
            made.append(Variable(f"{self.name}_without", left, dims=dims, attrs={"base": "nats"}))
        return tuple(made)

    def _attrs(self, context: Context) -> dict[str, Any]:
        velocities = (
            "" if self.velocity_cell is None else f", velocity cells [k dv, (k + 1) dv) of dv = {self.velocity_cell}"
        )
        if self._counts_species(context):
            velocities = f"{velocities}{', over the root of the mass' if velocities else ''}, for each species its own"
        return {
            "base": "nats",
            "measure": self.measure,
            "estimator": self.estimator,
            "pool": self.pool,
            "macrostate": self.macrostate,
            "space": f"{self.x_cells} x {self.y_cells} cells of the box{velocities}",
            "particles": len(context.coordinates["particle"]),
            "excess": self.excess,
            "source": "position, velocity",
        }

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        n, found = self._by_species(record, context)
        total = n * np.asarray(found["entropy"])
        first = context.first.get(f"{self.name}_total")
        if first is None:
            self._judge(record["position"], context)
        values: dict[str, ArrayLike] = {
            self.name: np.zeros_like(total) if first is None else (total - first) / n,
            f"{self.name}_total": total,
            f"{self.name}_occupied_cells": found["occupied"],
        }
        if self.relative_entropy:
            values[f"{self.name}_relative_entropy"] = found["relative"]
        if self._pooled:
            from physent.diagnostics.uncertainty import jackknife_error

            without = found["without"]
            values[f"{self.name}_without"] = without
            values[f"{self.name}_se"] = jackknife_error(without - context.first.get(f"{self.name}_without", without))
        return values

    def _counts_species(self, context: Context) -> bool:
        """Whether each species has cells of its own."""
        return self.species != "ignored" and particles.species_of(context) is not None

    def _by_species(self, record: Record, context: Context) -> tuple[Any, dict[str, Any]]:
        """Number of particles, and what was found of all of them or, along the last axis, of each species.

        Masses enter by velocities times their root: cells of width dv/sqrt(m), whose volume is smaller by m.
        """
        position, velocity = record["position"], record["velocity"]
        measure = self._by_cells if self.velocity_cell else self._by_fields
        if not self._counts_species(context):
            return position.shape[1], measure(position, velocity, context)
        parts, numbers = [], []
        for one, mass in enumerate(particles.masses_of(context)):
            own = particles.of_species(position, one, context)
            part = measure(own, np.sqrt(mass) * particles.of_species(velocity, one, context), context)
            for key in ("entropy", "without"):
                if key in part:
                    part[key] = np.asarray(part[key]) - np.log(mass)
            parts.append(part)
            numbers.append(own.shape[1])
        n = np.array(numbers)
        each = {key: np.stack([np.asarray(part[key]) for part in parts], axis=-1) for key in parts[0]}
        if self.species == "each":
            return n, each
        share = {key: (values * n).sum(-1) / n.sum() for key, values in each.items() if key != "occupied"}
        return n.sum(), {**share, "occupied": each["occupied"].sum(-1)}

    def _by_cells(self, position: Array, velocity: Array, context: Context) -> dict[str, Any]:
        from physent.diagnostics import macrostates, phase_space

        assert self.velocity_cell is not None
        length, cells, dv = particles.side(context), (self.x_cells, self.y_cells), self.velocity_cell
        log_volume = float(2 * np.log(length * dv) - np.log(self.x_cells * self.y_cells))
        codes = phase_space.phase_codes(position, velocity, cells, length, dv)
        gases, rows = (len(position), [phase_space.pooled(codes)]) if self._pooled else (1, phase_space.occupied(codes))
        entropy = [macrostates.cell_entropy(r.counts, self.measure, self.estimator, log_volume, gases) for r in rows]
        made: dict[str, Any] = {"entropy": entropy, "occupied": [len(row.counts) for row in rows]}
        if self.relative_entropy:
            m = macrostates.moments(position, velocity, cells, length)
            m = m.sum(0, keepdims=True) if self._pooled else m
            made["relative"] = [
                macrostates.relative_entropy(row, own, dv, self.estimator) for row, own in zip(rows, m, strict=True)
            ]
        if self._pooled:
            made["without"] = macrostates.without_one(rows[0], phase_space.occupied(codes), self.measure, log_volume)
        return {name: values[0] if self._pooled and name != "without" else values for name, values in made.items()}

    def _by_fields(self, position: Array, velocity: Array, context: Context) -> dict[str, Any]:
        from physent.diagnostics import macrostates

        length, cells = particles.side(context), (self.x_cells, self.y_cells)
        area = length**2 / (self.x_cells * self.y_cells)
        diameter = particles.diameter_of(context) if self.excess == "henderson" else None
        m = macrostates.moments(position, velocity, cells, length)
        if not self._pooled:
            entropy = macrostates.hydrodynamic_entropy(m, area, diameter=diameter)
            return {"entropy": entropy, "occupied": np.count_nonzero(m[..., 0], axis=-1)}
        pool, gases = m.sum(0), len(m)
        return {
            "entropy": macrostates.hydrodynamic_entropy(pool, area, gases, diameter),
            "occupied": np.count_nonzero(pool[:, 0]),
            "without": macrostates.hydrodynamic_entropy(pool - m, area, gases - 1, diameter),
        }

    def _judge(self, position: Array, context: Context) -> None:
        """Warn, at the first sample, of a gas, or of a species, that ends inside a row of cells."""
        if not self._counts_species(context):
            self._judge_one(position, "the gas", context)
            return
        for one in range(particles.number_of_species(context)):
            self._judge_one(particles.of_species(position, one, context), f"species {one}", context)

    def _judge_one(self, position: Array, what: str, context: Context) -> None:
        length = particles.side(context)
        # A gas that fills its part of the box ends so close to the divider, except with probability e^-30.
        near = particles.diameter_of(context) / 2 + 30 * length / (position.shape[0] * position.shape[1])
        for axis, cells in enumerate((self.x_cells, self.y_cells)):
            ends = float(position[..., axis].min()), float(position[..., axis].max())
            width = length / cells
            inside = [ends[0] - np.floor(ends[0] / width) * width, np.ceil(ends[1] / width) * width - ends[1]]
            for end, sign, beyond in zip(ends, (">=", "<="), inside, strict=True):
                if beyond > near:
                    warn(
                        f"{what} fills {'xy'[axis]} {sign} {end:.4g} at first, which is inside a cell of width"
                        f" {width:.4g}: put a cell face on the divider, or the first value is that of a gas"
                        " which fills its cells"
                    )


KIND = BoltzmannEntropy
