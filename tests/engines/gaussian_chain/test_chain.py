"""Chains against state vectors, matrix functions and small integrals; symmetries; what is refused."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import xarray as xr

import physent
from physent.errors import ConfigError, PhysentError, UsageError
from physent.typing import Array

OPEN: dict[str, Any] = {"n": 6, "model": {"kind": "hopping", "pairing": 0.4, "potential": 0.3}}


def run(parameters: Any, initial: Any, until: float = 3.0, **more: Any) -> xr.Dataset:
    """A short run in memory."""
    config = {
        "engine": "gaussian_chain",
        "seed": 3,
        "parameters": parameters,
        "initial": initial,
        "schedule": {"until": until, "every": 1.0},
        "diagnostics": [{"kind": "entanglement", "name": "s", "blocks": [[0, 1], [2, 4]], "mutual_information": True}],
    } | more
    return physent.run(config, progress=False)


def annihilators(n: int) -> list[Array]:
    """Matrices of c_j by Jordan and Wigner, with the first site as the first factor."""
    one, sign, lower = np.eye(2), np.diag([1.0, -1.0]), np.array([[0.0, 1.0], [0.0, 0.0]])
    return [reduce(np.kron, [sign] * j + [lower] + [one] * (n - j - 1)) for j in range(n)]


def fermions(bonds: Array, sites: Array, pairing: float) -> Array:
    """The Hamiltonian of a chain of fermions as a matrix of 2^n states."""
    c = annihilators(len(sites))
    found = np.zeros_like(c[0])
    for i, bond in enumerate(bonds):
        hop, pair = c[i].T @ c[i + 1], c[i].T @ c[i + 1].T
        found -= bond / 2 * (hop + hop.T) - pairing / 2 * (pair + pair.T)
    return np.asarray(found - sum(mu * one.T @ one for mu, one in zip(sites, c, strict=True)))


def moved(hamiltonian: Array, time: float) -> Array:
    levels, states = np.linalg.eigh(hamiltonian)
    return np.asarray(states * np.exp(-1j * levels * time) @ states.T)


def entropy(rho: Array) -> float:
    p = np.linalg.eigvalsh(rho)
    p = p[p > 1e-14]
    return -float((p * np.log(p)).sum())


def reduced(rho: Array, first: int, last: int, n: int) -> Array:
    """Density matrix of consecutive sites; strings of signs cancel, because the state has a definite parity."""
    shape = (2**first, 2 ** (last - first + 1), 2 ** (n - last - 1))
    return np.asarray(np.einsum("aibajb->ij", rho.reshape(shape * 2)))


@pytest.mark.parametrize("pairing", [0.0, 0.4])
@pytest.mark.parametrize("start", ["ground", "thermal", "neel"])
def test_fermions_are_those_of_state_vectors(pairing: float, start: str) -> None:
    """A quench at time 1, from one Hamiltonian with a defect to another."""
    n, beta = 6, 0.8
    initial = {
        "ground": {"kind": "ground"},
        "thermal": {"kind": "thermal", "temperature": 1 / beta},
        "neel": {"kind": "product", "occupation": "neel"},
    }[start]
    parameters = {
        "n": n,
        "model": {"kind": "hopping", "pairing": pairing, "potential": 0.3},
        "defects": [{"bond": 1, "value": 0.4}, {"site": 3, "value": -0.7}],
    }
    protocol = [{"at": 1.0, "set": {"defects": [], "model.potential": -0.2}}]
    found = run(parameters, initial, protocol=protocol)
    before = fermions(np.array([1, 0.4, 1, 1, 1]), np.array([0.3, 0.3, 0.3, -0.7, 0.3, 0.3]), pairing)
    after = fermions(np.ones(5), np.full(6, -0.2), pairing)
    levels, states = np.linalg.eigh(before)
    if start == "neel":
        rho = np.zeros_like(before)
        rho[0b101010, 0b101010] = 1.0
    else:
        weights = np.exp(-beta * (levels - levels[0])) if start == "thermal" else 1.0 * (np.arange(len(levels)) == 0)
        rho = states * (weights / weights.sum()) @ states.T
    c = annihilators(n)
    for sample, t in enumerate((0.0, 1.0, 2.0, 3.0)):
        h = before if t <= 1 else after
        u = moved(before, min(t, 1.0))
        if t > 1:
            u = moved(after, t - 1) @ u
        now = u @ rho @ u.conj().T
        one = found.isel(time=sample, replica=0)
        density = [np.trace(now @ op.T @ op).real for op in c]
        assert one["density"].values == pytest.approx(density, abs=1e-12)
        assert float(one["energy"]) == pytest.approx(np.trace(now @ h).real, abs=1e-11)
        blocks = [entropy(reduced(now, *block, n)) for block in ((0, 1), (2, 4))]
        assert one["s_von_neumann"].values == pytest.approx(blocks, abs=1e-10)
        both = entropy(reduced(now, 0, 4, n))
        assert one["s_mutual_information"].values[0] == pytest.approx(sum(blocks) - both, abs=1e-10)
        if not pairing:
            bond = np.where(np.arange(5) == 1, 0.4, 1.0) if t <= 1 else np.ones(5)
            flow = [-2 * (-bond[i] / 2) * np.trace(now @ c[i].T @ c[i + 1]).imag for i in range(5)]
            assert one["current"].values[:5] == pytest.approx(flow, abs=1e-12)


def oscillators(stiffness: Array, pinning: Array) -> Array:
    k = np.diag(pinning**2)
    for i, bond in enumerate(stiffness):
        k[i, i] += bond
        k[i + 1, i + 1] += bond
        k[i, i + 1] -= bond
        k[i + 1, i] -= bond
    return k


def test_oscillators_are_those_of_the_equations_of_motion() -> None:
    """Thermal covariances by matrix functions, and the motion by the exponential of the symplectic generator."""
    n, temperature = 5, 0.7
    parameters = {"n": n, "model": {"kind": "oscillators", "pinning": 0.5}, "defects": [{"bond": 2, "value": 2.0}]}
    protocol = [{"at": 1.0, "set": {"defects": [{"site": 0, "value": 1.5}]}}]
    found = run(parameters, {"kind": "thermal", "temperature": temperature}, protocol=protocol)
    before = oscillators(np.array([1, 1, 2, 1.0]), np.full(n, 0.5))
    after = oscillators(np.ones(4), np.array([1.5, 0.5, 0.5, 0.5, 0.5]))
    omega = scipy.linalg.sqrtm(before)
    coth = np.linalg.inv(scipy.linalg.tanhm(omega / (2 * temperature)))
    covariance = np.zeros((2 * n, 2 * n))
    covariance[:n, :n], covariance[n:, n:] = 0.5 * coth @ np.linalg.inv(omega), 0.5 * coth @ omega
    for sample, t in enumerate((0.0, 1.0, 2.0, 3.0)):
        k = before if t <= 1 else after
        zero, one = np.zeros((n, n)), np.eye(n)
        turn = scipy.linalg.expm(np.block([[zero, one], [-before, zero]]) * min(t, 1.0))
        if t > 1:
            turn = scipy.linalg.expm(np.block([[zero, one], [-after, zero]]) * (t - 1)) @ turn
        now = turn @ covariance @ turn.T
        record = found.isel(time=sample, replica=0)
        assert record["covariance"].values == pytest.approx(now, abs=1e-11)
        energy = 0.5 * np.trace(now[n:, n:]) + 0.5 * np.trace(k @ now[:n, :n])
        assert float(record["energy"]) == pytest.approx(energy, abs=1e-11)
        assert float(record["site_energy"].sum()) == pytest.approx(energy, abs=1e-11)
    # d(energy of a site)/dt = current in less current out, of a run that is watched closely
    joined = {"kind": "joined", "parts": [{"sites": [0, 1], "temperature": 1.0}, {"sites": [2, 4]}]}
    close = run(parameters, joined, schedule={"until": 0.604, "every": 0.002}, diagnostics=[])
    middle = close.isel(replica=0, time=300)
    inward = np.roll(middle["current"].values, 1) - middle["current"].values
    rate = (close["site_energy"].values[301, 0] - close["site_energy"].values[299, 0]) / 0.004
    assert np.abs(inward).max() > 0.01
    assert rate == pytest.approx(inward, abs=1e-5)


@pytest.mark.parametrize("boundary", ["open", "periodic"])
@pytest.mark.parametrize("kind", ["oscillators", "hopping", "ising"])
def test_averages_over_time_are_those_of_the_ensemble(kind: str, boundary: str) -> None:
    """Rings have degenerate modes, whose correlations stay."""
    model: dict[str, Any] = {"kind": kind} | ({"pinning": 0.4} if kind == "oscillators" else {})
    hot, cold = (0.0, 0.0) if (kind, boundary) == ("ising", "periodic") else (1.5, 0.3)
    parts = [{"sites": [0, 2], "temperature": hot}, {"sites": [3, 5], "temperature": cold}]
    schedule = {"until": 97.3 * 2000, "every": 97.3}
    parameters = {"n": 6, "model": model, "boundary": boundary}
    found = run(parameters, {"kind": "joined", "parts": parts}, schedule=schedule, diagnostics=[])
    name = "kinetic_energy_site" if kind == "oscillators" else "density"
    series, mean = found[name].values[:, 0], found[f"averaged_{name}"].values[0, 0]
    error = 6 * np.maximum(series.std(axis=0), 1e-12) / np.sqrt(len(series)) + 1e-9
    assert (np.abs(series.mean(axis=0) - mean) < error).all()
    assert np.ptp(found["energy"].values) == 0.0
    assert found["participation"].values.max() <= 1 + 1e-12


def test_without_a_quench_nothing_happens() -> None:
    """A Gibbs state is its own ensemble, and its modes are new modes."""
    for model in ({"kind": "oscillators", "pinning": 0.7}, {"kind": "hopping", "potential": 0.2}, {"kind": "ising"}):
        found = run({"n": 6, "model": model}, {"kind": "thermal", "temperature": 0.9})
        assert np.ptp(found["covariance"].values, axis=0).max() < 1e-12
        assert found["gge_entropy"].values == pytest.approx(found["gibbs_entropy"].values, abs=1e-8)
        assert found["gibbs_temperature"].values == pytest.approx(0.9, abs=1e-7)
        assert found["participation"].values == pytest.approx(1.0, abs=1e-12)


def test_a_mirrored_chain_is_the_mirror_image() -> None:
    for model in ({"kind": "oscillators", "pinning": 0.7}, {"kind": "hopping"}, {"kind": "ising", "field": 0.7}):
        one = {"n": 6, "model": model, "defects": [{"bond": 1, "value": 0.3}, {"site": 0, "value": 1.1}]}
        other = {"n": 6, "model": model, "defects": [{"bond": 3, "value": 0.3}, {"site": 5, "value": 1.1}]}
        name = "site_energy" if model["kind"] == "oscillators" else "density"
        start = {"kind": "thermal", "temperature": 0.5}
        protocol = [{"at": 1.0, "set": {"defects": []}}]
        left, right = (run(p, start, protocol=protocol)[name].values for p in (one, other))
        assert left == pytest.approx(right[..., ::-1], abs=1e-12)


def test_numbers_of_quanta() -> None:
    start = {"kind": "fock", "quanta": [{"mode": 0, "number": 3}, {"mode": 4, "number": 1}]}
    found = run({"n": 5, "model": {"kind": "oscillators", "pinning": 1.0}}, start, diagnostics=[])
    assert found["occupation"].values[0, 0] == pytest.approx([3, 0, 0, 0, 1], abs=1e-12)
    omega = np.sqrt(1 + 4 * np.sin(np.pi * np.arange(5) / 10) ** 2)
    assert float(found["energy"][0, 0]) == pytest.approx(omega.sum() / 2 + 3 * omega[0] + omega[4], abs=1e-12)
    with pytest.raises(ConfigError, match="the state is not Gaussian"):
        run({"n": 5, "model": {"kind": "oscillators", "pinning": 1.0}}, start)


def test_disorder_belongs_to_a_replica() -> None:
    parameters = {"n": 8, "model": {"kind": "hopping"}, "disorder": {"of": "sites", "width": 2.0}}
    four = run(parameters, {"kind": "product"}, replicas=4)["density"].values
    two = run(parameters, {"kind": "product"}, replicas=2)["density"].values
    assert np.array_equal(four[:, :2], two)
    assert np.abs(four[-1, 0] - four[-1, 1]).max() > 0.01


def test_start_from_a_covariance() -> None:
    before = run(OPEN, {"kind": "product"})
    after = run(OPEN, {"kind": "product"}, until=2.0)
    config = {"engine": "gaussian_chain", "parameters": OPEN, "initial": {"kind": "ground"}}
    schedule = {"schedule": {"until": 1.0, "every": 1.0}}
    again = physent.run(config | schedule, initial={"covariance": after["covariance"].values[-1, 0]}, progress=False)
    assert again["density"].values[-1] == pytest.approx(before["density"].values[-1], abs=1e-12)
    for wrong, message in (
        (np.ones((12, 12)), "not antisymmetric"),
        (1.5 * after["covariance"].values[-1, 0], "above 1"),
    ):
        with pytest.raises(UsageError, match=message):
            physent.run(config | schedule, initial={"covariance": wrong}, progress=False)
    pair = {"n": 2, "model": {"kind": "oscillators", "pinning": 1.0}}
    with pytest.raises(UsageError, match="uncertainty"):
        physent.run(config | schedule | {"parameters": pair}, initial={"covariance": 0.4 * np.eye(4)}, progress=False)


REFUSED = [
    ({"n": 4, "model": {"kind": "oscillators"}}, {"kind": "ground"}, "frequency 0"),
    ({"n": 4, "model": {"kind": "hopping"}, "boundary": "fixed"}, {"kind": "ground"}, "only oscillators have walls"),
    ({"n": 4, "model": {"kind": "hopping"}, "cut": [3]}, {"kind": "ground"}, "expected at most 2"),
    ({"n": 4, "model": {"kind": "hopping"}, "defects": [{"bond": 0, "value": 1}, {"bond": 0, "value": 2}]},
     {"kind": "ground"}, "bond 0 twice"),
    ({"n": 4, "model": {"kind": "hopping"}, "defects": [{"value": 1}]}, {"kind": "ground"}, "exactly one of"),
    ({"n": 4, "model": {"kind": "oscillators", "pinning": 1.0}}, {"kind": "product"}, "expected ground, thermal"),
    ({"n": 4, "model": {"kind": "hopping"}}, {"kind": "product", "occupation": [1.0]}, "expected n = 4"),
    ({"n": 4, "model": {"kind": "hopping"}}, {"kind": "fock", "quanta": [{"mode": 0, "number": 1}]},
     "state of oscillators"),
    ({"n": 4, "model": {"kind": "hopping"}}, {"kind": "joined", "parts": [{"sites": [0, 2]}]}, "end at site 2"),
    ({"n": 4, "model": {"kind": "hopping"}}, {"kind": "joined", "parts": [{"sites": [1, 3]}]}, "expected from 0"),
    ({"n": 4, "model": {"kind": "oscillators", "pinning": 0.1}, "disorder": {"of": "sites", "width": 1.0}},
     {"kind": "ground"}, "expected at most 0.2"),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "initial", "message"), REFUSED)
def test_what_is_refused(parameters: Any, initial: Any, message: str) -> None:
    with pytest.raises(PhysentError, match=message):
        run(parameters, initial, diagnostics=[])


HALF: dict[str, Any] = {"n": 8, "boundary": "periodic", "model": {"kind": "hopping"}}
TWO = {"kind": "joined", "parts": [{"sites": [0, 2]}, {"sites": [3, 7]}]}


@pytest.mark.parametrize(
    ("changes", "initial", "levels"),
    [
        ({}, {"kind": "ground"}, 2),
        ({"n": 10}, {"kind": "ground"}, 0),
        ({"boundary": "open"}, {"kind": "ground"}, 0),
        ({"boundary": "open", "n": 7}, {"kind": "ground"}, 1),
        ({"model": {"kind": "hopping", "potential": 1e-9}}, {"kind": "ground"}, 0),
        ({"boundary": "open"}, TWO, 2),
        ({"model": {"kind": "hopping", "pairing": 0.5}}, {"kind": "ground"}, 0),
        ({}, {"kind": "thermal", "temperature": 1.0}, 0),
        ({}, {"kind": "product", "occupation": [0.5] * 8}, 0),
    ],
)
def test_a_ground_state_with_half_filled_levels(changes: Any, initial: Any, levels: int) -> None:
    """The whole chain has the entropy ln 2 for each, before and after a quench, and a warning says so."""
    parameters = HALF | changes
    whole = [{"kind": "entanglement", "name": "s", "blocks": [[0, parameters["n"] - 1]]}]
    protocol = [{"at": 1.0, "set": {"model.potential": 0.3}}]
    found = run(parameters, initial, 2.0, diagnostics=whole, protocol=protocol)
    said = f"half filled (found {levels}), so that the state is mixed, of entropy {levels} ln 2"
    assert (said in found.attrs["warnings"]) == (levels > 0) == ("half filled" in found.attrs["warnings"])
    if initial["kind"] in ("ground", "joined"):
        assert found["s_von_neumann"].values == pytest.approx(levels * np.log(2.0), abs=1e-9)


@pytest.mark.parametrize("model", [{"kind": "hopping"}, {"kind": "oscillators", "pinning": 0.1}])
def test_what_rounding_leaves_of_a_pure_state(model: dict[str, Any]) -> None:
    """Of the whole chain, before and after a quench, a few 1e-12 per site, as is said of the diagnostic."""
    whole = [{"kind": "entanglement", "name": "s", "blocks": [[0, 201]]}]
    quench = [{"at": 1.0, "set": {"defects": [{"site": 0, "value": 0.7}]}}]
    found = run({"n": 202, "model": model}, {"kind": "ground"}, 2.0, diagnostics=whole, protocol=quench)
    assert np.abs(found["s_von_neumann"].values).max() < 3e-12 * 202
