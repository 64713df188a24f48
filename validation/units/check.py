"""Dependence on units: the same run in units that are powers of two as large gives the same numbers, to the bit.

A power of two changes the exponent of a number and none of its digits, so that every sum and product rounds as before.
A constant of the package that has a unit would show. Chains keep the logarithm of their step, and the adaptive method
guesses its first step from the tolerance only: these two agree to rounding, and within the tolerance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from physent.config.load import load_config
from physent.evidence import Case, Claim, relative_l2

Powers = Mapping[str, float]
LENGTH, TIME = 3, -5  # numbers that measure a length become 2^3, those that measure a time 2^-5 times as large
SOURCE = "derived: units"
BITS = "multiplying by a power of two commutes with rounding"
LOGARITHM = -30 * 29 / 2 * LENGTH * np.log(2)  # of the change of -sum log r, for 30 charges


def check(case: Case) -> Iterator[Claim]:
    """Waves, discs, fish and charges, by every method."""
    changes: dict[str, Any]
    for method in ("strang", "rkn4", "rkn6"):
        yield _to_the_bit(case, f"wave, {method}", "wave.yaml", {"parameters.method": method}, *_wave(LENGTH))
    yield _adaptive(case)
    for what, changes in (
        ("hard discs between walls", {}),
        ("hard discs, periodic", {"parameters.boundary": "periodic"}),
        ("hard discs, packed from a lattice", {"parameters.diameter": 0.08, "initial.fraction": 1.0}),
        ("ideal gas", {"parameters.diameter": 0.0}),
    ):
        yield _to_the_bit(case, what, "discs.yaml", changes, *_discs(LENGTH, TIME))
    for what, changes in (
        ("fish in a box", {}),
        ("fish in open water", {"parameters.box_length": None}),
        ("fish by the rule dewi_kadita", {"parameters.rule": "dewi_kadita"}),
    ):
        yield _to_the_bit(case, what, "fish.yaml", changes, *_fish(LENGTH, TIME))
    log_line = {"parameters.dimension": 1, "parameters.interaction": "log"}
    for what, changes, exponent in (
        ("charges, radii", {"parameters.sampler": "radii"}, 2.0),
        ("charges, eigenvalues of a matrix", {}, 2.0),
        ("charges on a line, eigenvalues of a tridiagonal matrix", log_line, 2.0),
    ):
        yield _to_the_bit(case, what, "gas.yaml", changes, *_gas(LENGTH, exponent, None))
    hmc = {"parameters.sampler": "hmc"}
    for what, changes, exponent, repulsion in (
        ("-log r in the plane", hmc, 2.0, None),
        ("-log r in the plane, quartic trap", {**hmc, "parameters.potential.exponent": 4.0}, 4.0, None),
        ("-log r on a line", {**hmc, **log_line}, 2.0, None),
        ("-r on a line", {**hmc, "parameters.dimension": 1}, 2.0, 1),
        ("1/r in space", {**hmc, "parameters.dimension": 3}, 2.0, -1),
    ):
        yield from _chains(case, what, changes, exponent, repulsion)


def _wave(length: int) -> tuple[Powers, Powers]:
    """The equation i psi_t + psi_xx/2 + ... ties them: psi is an inverse length, time the square of a length."""
    keys = {
        **dict.fromkeys(("parameters.length", "initial.width", "initial.position"), length),
        **dict.fromkeys(("initial.amplitude", "initial.velocity", "initial.noise_rms"), -length),
        "parameters.potential.frequency": -2 * length,
        **dict.fromkeys(("parameters.step", "schedule.until", "schedule.every"), 2 * length),
    }
    variables = {
        **dict.fromkeys(("psi_real", "psi_imag", "mass", "wavenumber"), -length),
        **dict.fromkeys(("momentum", "max_intensity"), -2 * length),
        "energy": -3 * length,
        "x": length,
        "time": 2 * length,
    }
    return keys, variables


def _discs(length: int, time: int) -> tuple[Powers, Powers]:
    """The unit of mass stays: momenta are velocities, energies and temperatures their squares, in two dimensions."""
    speed = length - time
    keys = {
        **dict.fromkeys(("parameters.box_length", "parameters.diameter"), length),
        "parameters.temperature": 2 * speed,
        **dict.fromkeys(("schedule.until", "schedule.every"), time),
    }
    variables = {
        **dict.fromkeys(("velocity", "momentum", "wall_momentum", "speed"), speed),
        "position": length,
        "time": time,
        "kinetic_energy": 2 * speed,
        "virial": length + speed,
        "pressure": 2 * speed - 2 * length,
    }
    return keys, variables


def _fish(length: int, time: int) -> tuple[Powers, Powers]:
    """Turning rates are inverse times; the noise is an angle per step."""
    radii = ("repulsion_radius", "orientation_radius", "attraction_radius", "box_length")
    keys = {
        **dict.fromkeys([f"parameters.{name}" for name in radii], length),
        "initial.radius": length,
        "parameters.speed": length - time,
        "parameters.turn_rate_deg": -time,
        **dict.fromkeys(("parameters.step", "schedule.until", "schedule.every"), time),
    }
    of_length = ("position", "angular_momentum", "spread", "nearest_neighbor_distance")
    return keys, {**dict.fromkeys(of_length, length), "time": time}


def _gas(length: int, exponent: float, repulsion: int | None) -> tuple[Powers, Powers]:
    """U = r^repulsion or, for None, -log r, whose energy has no unit; masses and temperature of chains are 1."""
    energy = 0 if repulsion is None else repulsion * length
    keys = {"parameters.beta": -energy, "parameters.potential.strength": energy - exponent * length}
    of_length = ("position", "radius", "max_radius", "step_size", "trajectory_length")
    return keys, {**dict.fromkeys(of_length, length), "energy": energy}


def _pair(case: Case, config: str, changes: Mapping[str, Any], keys: Powers) -> tuple[xr.Dataset, xr.Dataset]:
    """The run as given, and the one whose ``keys`` (dotted) are multiplied by two to their powers."""
    base = load_config(case.folder / config, changes)
    scaled = dict(changes)
    for key, power in keys.items():
        value: Any = base
        for name in key.split("."):
            value = getattr(value, name)
        if value is not None:
            scaled[key] = float(value) * 2.0**power
    return case.run(config, changes, unmixed=True), case.run(config, scaled, unmixed=True)


def _predicted(run: xr.Dataset, variables: Powers) -> dict[str, np.ndarray]:
    """Every recorded number, times its power of two."""
    found = {str(name): run[name].values for name in run.variables if run[name].dtype.kind in "fiu"}
    return {name: values * 2.0 ** variables[name] if name in variables else values for name, values in found.items()}


def _to_the_bit(
    case: Case, what: str, config: str, changes: Mapping[str, Any], keys: Powers, variables: Powers
) -> Claim:
    run, other = _pair(case, config, changes, keys)
    own = _predicted(run, variables)
    if "energy" in own and config == "gas.yaml":
        del own["energy"]  # it moves with the unit of length, see `_chains`
    wrong = sum(np.count_nonzero(~_same(values, other[name].values)) for name, values in own.items())
    return Claim(
        claim=f"{what}: recorded numbers that are not the old ones times a power of two, in units of other size",
        source=SOURCE,
        expected=0.0,
        measured=float(wrong),
        tolerance=0.0,
        reason=BITS,
        basis="exact",
    )


def _same(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray((a == b) | (np.isnan(a) & np.isnan(b)))


def _adaptive(case: Case) -> Claim:
    changes = {"parameters.method": "if_dop853", "parameters.step": None, "parameters.tolerance": 1e-10}
    keys, variables = _wave(LENGTH)
    run, other = _pair(case, "wave.yaml", changes, {**keys, "parameters.tolerance": -2 * LENGTH})
    own = _predicted(run, variables)
    return Claim(
        claim="wave, if_dop853: relative L2 distance at t = 2 from the same wave in units of other size",
        source=SOURCE,
        expected=0.0,
        measured=relative_l2(
            other["psi_real"].values[-1] + 1j * other["psi_imag"].values[-1],
            own["psi_real"][-1] + 1j * own["psi_imag"][-1],
        ),
        tolerance=4e-10,
        reason="another first step: each wave within its tolerance, 1e-10 per unit time, over 2 units of time",
        basis="exact",
    )


def _chains(
    case: Case, what: str, changes: Mapping[str, Any], exponent: float, repulsion: int | None
) -> Iterator[Claim]:
    keys, variables = _gas(LENGTH, exponent, repulsion)
    run, other = _pair(case, "gas.yaml", changes, keys)
    own = _predicted(run, variables)
    size = np.abs(own["max_radius"]).max()
    yield Claim(
        claim=f"chains, {what}: largest difference of a position over the radius, in units of other size",
        source=SOURCE,
        expected=0.0,
        measured=float(np.abs(own["position"] - other["position"].values).max() / size),
        tolerance=1e-9,
        reason="the step is rounded by 1e-16, because its logarithm is stored, and ten trajectories amplify that",
        basis="exact",
    )
    move, why = (LOGARITHM, "; -log r changes by a constant for each pair") if repulsion is None else (0.0, "")
    yield Claim(
        claim=f"chains, {what}: largest relative difference of the energy, in units of other size",
        source=f"{SOURCE}{why}",
        expected=0.0,
        measured=float(np.abs((own["energy"] + move) / other["energy"].values - 1).max()),
        tolerance=1e-9,
        reason="as the positions",
        basis="exact",
    )
