"""What is recorded of interacting particles only: pressure, clusters, density, and entropy by particle."""

from __future__ import annotations

import numpy as np

from physent.core.clusters import connected
from physent.declare import Variable
from physent.engines.langevin import parameters as declared
from physent.engines.langevin.interactions import diameter_of, forces_of
from physent.engines.langevin.model import temperatures
from physent.engines.langevin.rows import CUBE, LAPLACIAN, REVERSED, SQUARE, SWERVE, SWIM, TRAPEZOID
from physent.typing import Array, Floats

CELL = 5.0
"""Side of the cells of `density_variance` in diameters, rounded to a divisor of the box."""

_EACH = ("replica", "particle")
_HALF = {"comment": "what belongs to a pair is half of each; rates are 0 at the first sample"}
_PRESSURE = Variable(
    "pressure",
    "pressure: ideal, of the pairs by their virial, and of the propulsion",
    attrs={
        "comment": "n T/V + [sum of r.F over pairs + sum of x.u/mobility]/(d V); <x.u> is tau <(u + mobility F).u>, "
        "tau the persistence time of u, and of abp that turns at the rate omega in the plane [D_r <(u + mobility F).u> "
        "+ omega mobility <F.R u>]/(D_r^2 + omega^2), R u = (-u_y, u_x); means over the time since the last sample, "
        "NaN at the first"
    },
    may_be_nan=True,
)
_CLUSTER = Variable(
    "largest_cluster_fraction",
    "fraction of the particles in the largest cluster",
    attrs={"comment": "linked within the range of the force, softplus within the diameter"},
)
_VARIANCE = Variable(
    "density_variance",
    "variance over mean of the number of particles in a cell",
    attrs={"comment": f"cells of about {CELL:g} diameters; 1 - 1/M on average for n independent particles in M cells"},
)
_LOCAL = {
    "even": ("(F + u/mobility) o dx/T", TRAPEZOID),
    "odd": ("F o (dx - u dt)/T", REVERSED),
    "velocity": ("mobility tau^2/(2 D_a) (v.grad)^3 U dt", CUBE),
    "noise_free": ("mobility lap_i U dt", LAPLACIAN),
}


def locals_of(parameters: declared.Parameters) -> tuple[str, ...]:
    """Entropy productions that are defined for single particles."""
    t, propulsion = temperatures(parameters), parameters.propulsion
    if parameters.interaction is None or propulsion is None:
        return ()
    if t.min() > 0:
        return "even", "odd"
    if t.max() > 0:
        return ()
    smooth = isinstance(propulsion, declared.OrnsteinUhlenbeck) and parameters.interaction.kind != "harmonic"
    return ("velocity",) * (smooth and parameters.force is None) + ("noise_free",)


def variables(parameters: declared.Parameters) -> tuple[Variable, ...]:
    """Variables of interacting particles; none without interaction."""
    if parameters.interaction is None:
        return ()
    found: tuple[Variable, ...] = ()
    if parameters.box_length is not None:
        found += _PRESSURE, _VARIANCE
    if parameters.interaction.kind != "springs":
        found += (_CLUSTER,)
    for name in locals_of(parameters):
        title = f"entropy production {_LOCAL[name][0]} of a particle since the start"
        found += (Variable(f"particle_entropy_{name}", title, dims=_EACH, is_field=True, attrs=_HALF),)
        title = f"rate of particle_entropy_{name} since the last sample"
        found += (Variable(f"particle_epr_{name}", title, dims=_EACH, is_field=True, attrs=_HALF),)
    return found


def cells_of(parameters: declared.Parameters) -> int:
    """Number of cells of `density_variance` along an axis, 0 in open space."""
    length = parameters.box_length
    return 0 if length is None else max(1, round(length / (CELL * diameter_of(parameters))))


def linking_length(parameters: declared.Parameters) -> float:
    """Distance within which particles belong to one cluster, 0 for chains."""
    if parameters.interaction is None or parameters.interaction.kind == "springs":
        return 0.0
    pot, _ = forces_of(parameters)
    return pot.diameter if parameters.interaction.kind == "softplus" else pot.cutoff


def arrangement(parameters: declared.Parameters, position: Floats) -> dict[str, Array]:
    """The variables that follow from ``position`` (axis, replica, particle)."""
    length, found = parameters.box_length, {}
    if length is not None:
        cells = cells_of(parameters)
        found["density_variance"] = _variance(np.floor(position * (cells / length)).astype(np.int64) % cells, cells)
    if reach := linking_length(parameters):
        place = np.zeros((*position.shape[1:], 3))
        place[..., : len(position)] = np.moveaxis(position, 0, 2)
        clusters = connected(place, length, reach)
        sizes = [np.bincount(label).max() for label in clusters.label]
        found["largest_cluster_fraction"] = np.array(sizes) / parameters.n
    return found


def rows_of(parameters: declared.Parameters) -> list[int]:
    """The books that the fields are made of."""
    return [_LOCAL[name][1] for name in locals_of(parameters)]


def by_particle(parameters: declared.Parameters, books: Floats, before: Floats, elapsed: float) -> dict[str, Array]:
    """The fields (replica, particle) from the rows `rows_of` of the books, and from those at the last sample."""
    mu, propulsion, found = parameters.mobility, parameters.propulsion, {}
    factors = dict.fromkeys(_LOCAL, 1.0) | {"noise_free": mu}
    if isinstance(propulsion, declared.OrnsteinUhlenbeck):
        tau, speed = propulsion.persistence_time, max(propulsion.speed, 1e-300)
        factors["velocity"] = 0.5 * mu * tau * parameters.dimension / speed**2
    for name, now, then in zip(locals_of(parameters), books, before, strict=True):
        found[f"particle_entropy_{name}"] = factors[name] * now
        found[f"particle_epr_{name}"] = factors[name] * (now - then) / (elapsed or 1.0)
    return found


def swim(parameters: declared.Parameters, books: Floats) -> Floats:
    """Sums of h x.u/mobility over the particles of a steady state, from sums (BOOKS, replica) that need no place x.

    From d<x.u>/dt = 0: rate <x.u> = <u.u> + mobility <F.u>, and if u turns at the mean rate omega, R u = (-u_y, u_x),
    <x.u> = [D_r (<u.u> + mobility <F.u>) + omega mobility <F.R u>]/(D_r^2 + omega^2), D_r in the plane and 2 D_r in
    space. Without decay it is infinite.
    """
    mu = parameters.mobility
    driven = books[SQUARE] / mu + books[SWIM]
    match parameters.propulsion:
        case declared.ActiveBrownian(rotational_diffusion=rate, angular_velocity=omega):
            rate *= parameters.dimension - 1
            turned = rate * driven + omega * books[SWERVE]
            decay = rate * rate + omega * omega
            return np.asarray(turned / decay if decay else np.full_like(driven, np.inf))
        case declared.OrnsteinUhlenbeck(persistence_time=tau):
            return np.asarray(tau * driven)
        case declared.RunAndTumble(tumble_rate=rate):
            return np.asarray(driven / (rate if parameters.dimension > 1 else 2 * rate))
    return np.zeros_like(driven)


def pressure(parameters: declared.Parameters, recent: Floats, virial: Floats, elapsed: float) -> dict[str, Array]:
    """The pressure, in a box.

    ``recent`` (BOOKS, replica) and ``virial`` (replica,) are sums over the time ``elapsed`` since the last sample.
    """
    d, length = parameters.dimension, parameters.box_length
    if length is None:
        return {}
    with np.errstate(divide="ignore", invalid="ignore"):
        inward = (np.asarray(virial) + swim(parameters, recent)) / elapsed
    found = (parameters.n * temperatures(parameters).mean() + inward / d) / length**d
    return {"pressure": np.asarray(found)}


def _variance(cell: Array, cells: int) -> Floats:
    axes, replicas, _ = cell.shape
    flat = np.zeros(cell.shape[1:], np.int64)
    for axis in range(axes):
        flat = flat * cells + cell[axis]
    counts = np.array([np.bincount(flat[r], minlength=cells**axes) for r in range(replicas)])
    return np.asarray(counts.var(axis=1) / counts.mean(axis=1))
