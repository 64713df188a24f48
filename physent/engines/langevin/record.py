"""The record of a state, and what is doubtful in it."""

from __future__ import annotations

import math

import numpy as np

from physent.engines import Arrays, Doubts
from physent.engines.langevin import observables
from physent.engines.langevin import parameters as declared
from physent.engines.langevin.rows import (
    AREA,
    CUBE,
    DRIFT,
    EVEN,
    LAPLACIAN,
    ODD,
    POWER,
    REVERSED,
    SQUARE,
    SWIM,
    TRAPEZOID,
    WORK,
)
from physent.engines.langevin.state import State, Sums, current, entropy_medium, hatano_sasa, heat, quiet
from physent.typing import Array, Floats

MOST_OFF = 0.02  # of the configurational temperature from that of the bath
_SURE = 5.0  # standard errors


def scalars(state: State) -> dict[str, Array]:
    """All declared variables but the fields, as new arrays."""
    record, _ = _measured(state)
    return record


def fields(state: State) -> dict[str, Array]:
    """All declared variables, as new arrays."""
    record, sums = _measured(state)
    parameters = state.setup.parameters
    place = _last(state.position)
    if parameters.box_length is not None:
        image = np.floor(place / parameters.box_length)
        inside = place - image * parameters.box_length
        record["image"] = image.astype(np.int64)
        place = np.where((inside >= 0.0) & (inside < parameters.box_length), inside, 0.0)
    record["position"] = place
    if parameters.propulsion is not None:
        record["propulsion"] = _last(state.motor[: parameters.dimension])
    if sums.entropy is not None:
        record["particle_entropy"] = _entropies(state) if sums.entropies is None else sums.entropies
    return record


def _entropies(state: State) -> Floats:
    """Entropy of the medium of each particle, (replica, particle)."""
    return entropy_medium(state, heat(state, state.energies()))


def _last(vectors: Floats) -> Floats:
    """From (axis, replica, particle) to (replica, particle, axis), as a new array."""
    return np.array(np.moveaxis(vectors, 0, 2), order="C")


@quiet
def _measured(state: State) -> tuple[dict[str, Array], Sums]:
    """Scalars, and the sums of which they are made."""
    setup, parameters = state.setup, state.setup.parameters
    total, sums = state.totals(), state.sums()
    record: dict[str, Array] = {
        "work": sums.work.copy(),
        "heat": sums.heat.copy(),
        "energy": sums.energy.copy(),
        "displacement": np.array(sums.moved.T, order="C"),
        "mean_square_displacement": sums.square.copy(),
    }
    record |= _since(state, total, record["energy"])
    if sums.entropy is not None:
        record["entropy_medium"] = sums.entropy.copy()
        if sums.surprise is not None:
            record["entropy_system"] = sums.surprise.copy()
            record["entropy_total"] = record["entropy_medium"] + record["entropy_system"]
        if parameters.integrator == "euler":
            record["log_ratio_even"] = total[TRAPEZOID] + total[EVEN]
            if parameters.propulsion is not None:
                record["log_ratio_odd"] = total[REVERSED] + total[ODD]
    if setup.steady:
        record["hatano_sasa"] = hatano_sasa(state, current(setup, state.steps))
    if parameters.propulsion is not None:
        length = np.sqrt(np.square(sums.motor).sum(axis=0))
        record["polarization"] = length / (parameters.n * max(parameters.propulsion.speed, 1e-300))
    return record, sums


def _since(state: State, total: Floats, energies: Floats) -> dict[str, Array]:
    """Rates over the time since the last sample, of those variables that are declared."""
    parameters, model = state.setup.parameters, state.setup.model
    recent, mu = total - state.last_books, model.mobility
    names = [*observables.rates(parameters)]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rate = recent / ((state.steps - state.last_steps) * model.step)
        found = {"epr_trapezoid": rate[TRAPEZOID], "epr_even": rate[TRAPEZOID], "epr_odd": rate[REVERSED]}
        found["epr_drift"] = rate[DRIFT] - mu * rate[LAPLACIAN]
        found["epr_noise_free"] = mu * rate[LAPLACIAN]
        match parameters.propulsion:
            case declared.OrnsteinUhlenbeck(speed=speed, persistence_time=tau):
                found["epr_velocity"] = 0.5 * mu * tau * model.dimension * rate[CUBE] / speed**2
        if observables.has_one_temperature(parameters):
            names.append("configurational_temperature")
            absorbed = recent[WORK] - (energies - state.last_energy)  # the heat of the force -grad U
            found[names[-1]] = (recent[POWER] - absorbed / mu) / recent[LAPLACIAN]
        if parameters.propulsion is not None:
            names.append("swim_efficiency")
            found[names[-1]] = 1.0 + mu * recent[SWIM] / recent[SQUARE]
        if observables.has_planes(parameters):
            names.append("area_rate")
            planes = 3 if model.dimension == 3 else 1
            found[names[-1]] = np.array(rate[AREA : AREA + planes].T / parameters.n, order="C")
        step = state.place() - state.last_place
        elapsed = (state.steps - state.last_steps) * model.step
        found["current"] = np.array((step / np.float64(elapsed)).T, order="C")
    return {name: found[name] for name in (*names, "current")}


def doubts(state: State, record: Arrays) -> Doubts:
    """A configurational temperature that is not that of the bath, by more than chance since the start of the leg.

    POWER - T LAPLACIAN - (heat of -grad U)/mu is a martingale of the noise, of variance (2 T/mu) times the sum of
    h F.F: E[dU] = -mu POWER + mu T LAPLACIAN + work of changed parameters, by the formula of Ito.
    """
    parameters, mu = state.setup.parameters, state.setup.model.mobility
    if not observables.has_one_temperature(parameters) or not state.steps:
        return
    t = float(state.setup.temperature[0, 0])
    excess, square, laplacian = _balance(state, record, t)
    remedy = "a smaller parameters.step makes the dynamics more accurate"
    if t == 0.0 and abs(excess) > MOST_OFF * square:
        found = f"by {excess / square:.1%} of the mean square of the force"
        yield (
            "configurational_temperature",
            f"without a bath, <F.F> + <F.u>/mobility misses its balance {found}: {remedy}",
        )
    chance = _SURE * math.sqrt(2 * t / mu) * math.sqrt(square)
    if t > 0.0 and abs(excess) > max(chance, MOST_OFF * t * abs(laplacian)):
        found = f"is {t + excess / laplacian:.5g}, but the bath has {t:g}"
        yield "configurational_temperature", f"the configurational temperature {found}: {remedy}"


@quiet
def _balance(state: State, record: Arrays, t: float) -> tuple[np.float64, np.float64, np.float64]:
    """Since the start of the leg: the martingale, and the sums of h F.F and of the Laplacian."""
    mu = state.setup.model.mobility
    total = (state.totals() - state.leg_books).sum(axis=1)
    absorbed = total[WORK] - (record["energy"] - state.leg_energy).sum()
    excess = total[POWER] - absorbed / mu - t * total[LAPLACIAN]
    return excess, np.maximum(total[POWER] - total[SWIM] / mu, 0.0), total[LAPLACIAN]
