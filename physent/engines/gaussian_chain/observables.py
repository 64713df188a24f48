"""Recorded variables of a Gaussian chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from physent.declare import Coordinate, Variable
from physent.engines import EngineConfig
from physent.engines.gaussian_chain.parameters import Fock, conserves_number, statistics
from physent.errors import UsageError
from physent.typing import Array, Floats

_ENSEMBLE = {"comment": "constant until the Hamiltonian changes", "base": "nats"}
SCALARS = (
    Variable("energy", "mean energy of the chain"),
    Variable(
        "gge_entropy",
        "entropy of the generalised Gibbs ensemble: of the covariance averaged over all times",
        attrs=_ENSEMBLE,
        may_be_nan=True,
    ),
    Variable(
        "gibbs_entropy",
        "entropy of the Gibbs state of the same energy, and number if that is conserved",
        attrs=_ENSEMBLE,
        may_be_nan=True,
    ),
    Variable(
        "gibbs_temperature",
        "temperature of that state; 0: a ground state",
        attrs={"comment": "negative if the energy is above that of infinite temperature"},
        may_be_nan=True,
    ),
)
SITE, MODE, BOND, PAIR = ("replica", "site"), ("replica", "mode"), ("replica", "bond"), ("replica", "row", "column")
TOLERANCE = 1e-8
BASIS = "modes of equal energy, as on a ring, have no basis of their own: there it is that of one choice"


def variables(config: EngineConfig) -> tuple[Variable, ...]:
    """Of oscillators, fermions or spins."""
    parameters = config.parameters
    kind, bosons = parameters.model.kind, statistics(parameters) == "bosons"

    def one(name: str, what: str, dims: tuple[str, ...], **attrs: str) -> Variable:
        return Variable(name, what, dims=dims, is_field=True, attrs=attrs, may_be_nan=name == "occupation")

    order = "positions, then momenta" if bosons else "Majorana operators a = c + c^+, then b = i(c^+ - c)"
    formula = "symmetrised <uv + vu>/2" if bosons else "(i/2) <[u, v]>"
    gaussian = "no" if isinstance(getattr(config, "initial", None), Fock) else "yes"
    found = [
        *SCALARS,
        one("occupation", "mean quanta of a mode" if bosons else "occupation of a mode", MODE,
            comment=f"constant; {BASIS}"),
        one("participation", "sum over modes of the fourth power of an old mode's amplitude", MODE,
            comment="old: before the last change of the Hamiltonian; 1: it is a mode still, 1/n: spread evenly; "
            f"{BASIS}"),
        one("covariance", f"covariance {formula}, rows and columns: {order}", PAIR,
            statistics="spins" if kind == "ising" else statistics(parameters), gaussian=gaussian),
    ]  # fmt: skip
    if bosons:
        half = "half of the bonds' energy goes to each end"
        found += [
            one("site_energy", "mean energy of a site", SITE, comment=half),
            one("kinetic_energy_site", "mean kinetic energy of a site: half its kinetic temperature", SITE),
            one("averaged_kinetic_energy_site", "its mean over all times, as in the generalised Gibbs ensemble", SITE),
            one("current", "energy per time from a site to the next", BOND),
        ]
        return tuple(found)
    spins = "; of spins: (1 - <sigma^z>)/2" if kind == "ising" else ""
    found += [
        one("density", f"mean number of fermions on a site{spins}", SITE),
        one("averaged_density", "its mean over all times, as in the generalised Gibbs ensemble", SITE),
    ]
    if conserves_number(parameters):
        found.append(one("current", "fermions per time from a site to the next", BOND))
    return tuple(found)


def coordinates(config: EngineConfig) -> tuple[Coordinate, ...]:
    """Sites, bonds, modes, and rows of the covariance."""
    n = config.parameters.n
    here = np.arange(n, dtype=np.int64)
    found = [
        Coordinate("site", here, "index of the site"),
        Coordinate("mode", here, "index of the mode, by ascending energy"),
        Coordinate("row", np.arange(2 * n, dtype=np.int64), "row of the covariance"),
        Coordinate("column", np.arange(2 * n, dtype=np.int64), "column of the covariance"),
    ]
    if any("bond" in variable.dims for variable in variables(config)):
        found.append(Coordinate("bond", here, "bond from the site of this index to the next"))
    return tuple(found)


CONSTANT = tuple(variable.name for variable in SCALARS)  # within a leg


def of_replica(
    covariance: Floats, bonds: Floats, matrix: Floats, constants: Mapping[str, Any], parameters: Any
) -> dict[str, Array]:
    """All variables of one replica."""
    n = len(bonds)
    xx, cross, pp = covariance[:n, :n], covariance[:n, n:], covariance[n:, n:]
    there = (np.arange(n) + 1) % n
    here = np.arange(n)
    found: dict[str, Any] = {name: constants[name] for name in CONSTANT}
    found |= {"participation": constants["participation"], "covariance": covariance}
    if statistics(parameters) == "bosons":
        bond = 0.5 * bonds * (xx[here, here] + xx[there, there] - 2.0 * xx[here, there])
        alone = np.diagonal(matrix) - bonds - np.roll(bonds, 1)
        site = 0.5 * np.diagonal(pp) + 0.5 * alone * np.diagonal(xx) + 0.5 * (bond + np.roll(bond, 1))
        flow = cross[here, here] + cross[here, there] - cross[there, here] - cross[there, there]
        return found | {
            "occupation": constants["level"] - 0.5,
            "site_energy": site,
            "kinetic_energy_site": 0.5 * np.diagonal(pp),
            "averaged_kinetic_energy_site": constants["averaged"],
            "current": 0.5 * bonds * flow,
        }
    found |= {
        "occupation": constants["level"],
        "density": 0.5 + 0.5 * np.diagonal(cross),
        "averaged_density": constants["averaged"],
    }
    if conserves_number(parameters):
        found["current"] = 0.5 * matrix[here, there] * (xx + pp)[here, there] * (bonds != 0.0)
    return found


def checked(covariance: Floats, parameters: Any) -> Floats:
    """A covariance that someone gave, if it is that of a state."""
    sign, n = (1.0, parameters.n) if statistics(parameters) == "bosons" else (-1.0, parameters.n)
    size = float(np.abs(covariance).max())
    if np.abs(covariance - sign * covariance.T).max() > TOLERANCE * max(size, 1.0):
        raise UsageError(f"covariance is not {'symmetric' if sign > 0 else 'antisymmetric'}")
    found = 0.5 * (covariance + sign * covariance.T)
    if sign > 0:
        form = np.kron(np.array([[0.0, 1.0], [-1.0, 0.0]]), np.eye(n))
        least = float(np.linalg.eigvalsh(found + 0.5j * form)[0])
        if least < -TOLERANCE * max(size, 1.0):
            raise UsageError(f"covariance violates the uncertainty relation: lowest eigenvalue of it + i/2 {least:.3g}")
    elif float(np.linalg.norm(found, 2)) > 1.0 + TOLERANCE:
        raise UsageError("covariance has singular values above 1, expected occupations between 0 and 1")
    return np.asarray(found)
