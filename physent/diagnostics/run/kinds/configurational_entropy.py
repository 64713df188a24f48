"""Estimates of the configurational entropy of a trapped gas, beside the exact value if it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Cells, Coordinate, Count, Length, Positive, Problem, Variable
from physent.diagnostics import radial
from physent.diagnostics.run import particles, pooled
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.diagnostics.run.kinds.pair_correlation import Shells, droplet, observed_pairs
from physent.diagnostics.warn import warn

if TYPE_CHECKING:
    import xarray as xr

FAR = {
    "screened": "g as it is, 1 beyond screening; independent particles would have -(share of neighbours in range)/(4n)",
    "independent": "g n/(n - 1) for g, which is (n - 1)/n for independent particles: they have 0",
}
HALF = "only one and two bodies: in the bulk of the Ginibre gas -0.178 of an excess entropy of -0.370, 48 %"
INDEPENDENT = (
    "Kozachenko-Leonenko over the particles of one draw, as if they were independent points of one density; they are "
    "not, and repulsion makes neighbours farther and the value higher: no estimate of the entropy of the gas"
)


class ConfigurationalEntropy(Diagnostic):
    """Entropy per particle, -int P ln P / n for labelled particles, of a trapped gas: estimates and their limits.

    NAME_one_body is -int rho1 ln rho1 of the density of a particle, from counts in shells up to `max_radius`: exact
    without correlations, an upper bound with them. NAME_two_body adds s2 (Nettleton and Green 1958) of the pair
    correlation around particles with |x| < `centre_radius`, NAME_s2: the first correction and not the whole, for the
    Ginibre gas 48 % of it. At finite n it depends on pairs far apart (`far`): charges screen each other, g is 1 there;
    for independent particles g is (n - 1)/n. NAME_knn, at every draw, and NAME_knn_mean take neighbours of one draw for
    independent points, and are too high for a repelling gas. NAME_exact is (log Z + beta <E>)/n if it has a closed form
    (d = 2, beta = 2, V = r^2/2, logarithmic repulsion), else NaN: then integrate over beta
    (`physent.diagnostics.thermodynamic_integration`). Errors are NAME_one_body_se, NAME_two_body_se, NAME_s2_se,
    NAME_knn_mean_se. Entropies of continuous positions shift by d ln s if the unit of length is smaller by s.
    """

    rounds = True

    in_nats = True

    kind: Literal["configurational_entropy"]
    name: Name = Field(default="configurational_entropy", description="prefix of all names")
    max_radius: Annotated[Positive, Length] = Field(description="radius that holds (nearly) all particles")
    centre_radius: Annotated[Positive, Length] = Field(
        description="|x| of the particles around which pairs are counted"
    )
    max_separation: Annotated[Positive, Length] = Field(
        description="distance up to which pairs are counted, and beyond which g is 1"
    )
    cells: Cells = Field(default=60, description="number of shells up to max_radius, and of cells of distance")
    far: Literal["screened", "independent"] = Field(
        default="screened",
        description="pairs far apart: screened, g is 1 there, as for charges; independent, g is (n - 1)/n there, as of "
        "particles without correlations, and s2 is that of g n/(n - 1)",
    )
    k: Count = Field(default=4, description="number of the neighbour, 1 for the nearest")

    def sources(self) -> tuple[str, ...]:
        return ("position",)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from particles.unfit(context, "position")
        if context.box is not None and any(length is not None for length in context.box.lengths):
            yield Problem(("kind",), "a gas in a box has no trap: use pair_correlation and knn_entropy")
        n = len(context.coordinates.get("particle", ()))
        if n <= self.k:
            yield Problem(("k",), f"found {self.k}, expected less than the {n} particles")
        yield from Shells.of(self.centre_radius, self.max_separation, self.cells).problems()

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        shells = Shells.of(self.centre_radius, self.max_separation, self.cells)
        found = {
            "radius": (self.cells, self.max_radius, "distance from the centre, middle of the shell"),
            "separation": (self.cells, self.max_separation, "distance of two particles, middle of the cell"),
            "distance": (shells.count, shells.last, "distance from the centre, middle of the shell around centres"),
        }
        return tuple(
            Coordinate(f"{self.name}_{name}", (np.arange(cells) + 0.5) * (last / cells), what)
            for name, (cells, last, what) in found.items()
        )

    def variables(self, context: Context) -> tuple[Variable, ...]:
        knn = {"base": "nats", "estimator": f"Kozachenko-Leonenko, k = {self.k}", "comment": INDEPENDENT}
        counts = {
            "density": ("particles by distance from the centre", "radius"),
            "counts": ("pairs by distance, one for each of the two that is a centre", "separation"),
            "shells": ("particles by distance from the centre, around centres", "distance"),
        }
        return (
            Variable(f"{self.name}_knn", "nearest-neighbour entropy of the points of one draw", attrs=knn),
            *(
                Variable(f"{self.name}_{name}", what, dims=("replica", f"{self.name}_{dim}"))
                for name, (what, dim) in counts.items()
            ),
        )

    def results(self, context: Context) -> tuple[Variable, ...]:
        nats: dict[str, str] = {"base": "nats"}
        found = {
            "one_body": ("entropy of the density of a particle", {"comment": "plug-in, constant in each shell"}),
            "s2": ("two-body excess entropy per particle", {"comment": f"{HALF}; {FAR[self.far]}"}),
            "two_body": ("entropy per particle by one and two bodies", {"comment": HALF}),
            "knn_mean": ("mean nearest-neighbour entropy", {"comment": INDEPENDENT}),
        }
        return (
            *(
                variable
                for name, (what, more) in found.items()
                for variable in (
                    Variable(f"{self.name}_{name}", what, dims=(), attrs=nats | more),
                    Variable(f"{self.name}_{name}_se", f"standard error of {self.name}_{name}", dims=()),
                )
            ),
            Variable(f"{self.name}_exact", "exact entropy per particle, (log Z + beta <E>)/n", dims=(), attrs=nats),
        )

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.continuous import knn_entropy
        from physent.diagnostics.run.kinds.radial_density import shell_counts

        position = record["position"]
        edges = np.linspace(0, self.max_separation, self.cells + 1)
        return {
            f"{self.name}_knn": np.array([knn_entropy(x, self.k, metric="shared") for x in position]),
            f"{self.name}_density": shell_counts(radial.distances(position), self.cells, self.max_radius),
            **observed_pairs(self.name, position, edges, self.centre_radius, context),
        }

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.chains import mean_and_error
        from physent.diagnostics.pairs import two_body_entropy

        n, dimension = len(context.coordinates["particle"]), len(context.coordinates["axis"])
        counts, blocks = pooled.block_means(history[f"{self.name}_density"], context.clock)
        if counts.sum() < 0.999 * n:
            warn(f"{100 * (1 - counts.sum() / n):.2g} % of the particles are beyond max_radius = {self.max_radius:g}")
        p = counts / counts.sum()
        volume = np.diff(radial.ball_volume(dimension, np.linspace(0, self.max_radius, self.cells + 1)))
        surprise = np.where(p > 0, -np.log(np.where(p > 0, p, 1.0) / volume), 0.0)
        one = float((p * surprise).sum())
        # dS = sum (surprise - S) dp; counts that leave all shells in proportion change nothing
        one_series = (blocks * (surprise - one)).sum(-1) / counts.sum()
        edges = np.linspace(0, self.max_separation, self.cells + 1)
        g, changes, density = droplet(self.name, history, context, self.centre_radius, edges)
        independent = n if self.far == "independent" else None
        s2 = two_body_entropy(g, mean_and_error(changes)[1], edges, density, dimension, independent)
        if independent:
            g, changes = (a * (n / (n - 1)) for a in (g, changes))
        # ds2 = -(rho/2) sum v ln g dg: of first order, which vanishes where g is 1. What is left there is of the order
        # of the noise that s2 is corrected for.
        slope = np.where(g > 0, np.log(np.where(g > 0, g, 1.0)), 0.0) * np.diff(radial.ball_volume(dimension, edges))
        s2_error = mean_and_error((changes * slope * (-0.5 * density)).sum(-1))[1]
        knn, knn_blocks = pooled.block_means(history[f"{self.name}_knn"], context.clock)
        one_error = mean_and_error(one_series)[1]
        found: dict[str, Any] = {
            "one_body": one,
            "one_body_se": one_error,
            "s2": s2,
            "s2_se": s2_error,
            "two_body": one + s2,
            "two_body_se": np.hypot(one_error, s2_error),
            "knn_mean": knn,
            "knn_mean_se": mean_and_error(knn_blocks)[1],
            "exact": context.scales.get("configurational_entropy", np.nan),
        }
        return {f"{self.name}_{key}": value for key, value in found.items()}


KIND = ConfigurationalEntropy
