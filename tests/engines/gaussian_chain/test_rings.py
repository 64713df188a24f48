"""Rings: spins against state vectors in both sectors, and ensembles of modes of equal energy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg

import physent
from physent.core import gaussian
from physent.engines.gaussian_chain import dynamics, ensembles, sectors
from physent.engines.gaussian_chain.hamiltonian import Modes
from physent.errors import PhysentError, UsageError
from physent.typing import Array


def spins(bonds: Array, fields: Array) -> Array:
    """The Hamiltonian of a ring of Ising spins as a matrix of 2^n states; bit j of a state: spin j is down."""
    n = len(bonds)
    down = np.arange(2**n)
    matrix = np.diag(-((1 - 2 * (down[:, None] >> np.arange(n) & 1)) @ fields).astype(float))
    for j, bond in enumerate(bonds):
        matrix[down ^ (1 << j) ^ (1 << (j + 1) % n), down] -= bond
    return matrix


def ring(n: int, coupling: float, field: float, initial: Any, **more: Any) -> dict[str, Any]:
    return {
        "engine": "gaussian_chain",
        "parameters": {
            "n": n,
            "boundary": "periodic",
            "model": {"kind": "ising", "coupling": coupling, "field": field},
        },
        "initial": initial,
        "schedule": {"until": 3.0, "every": 1.0},
        "diagnostics": [{"kind": "entanglement", "name": "s", "blocks": [[0, 1], [2, 3]], "mutual_information": True}],
    } | more


def entropy_of(psi: Array, first: int, last: int) -> float:
    """Entropy of spins ``first`` to ``last``."""
    table = psi.reshape(-1, 2 ** (last - first + 1), 2**first)  # bits: the later spins first
    weights = scipy.linalg.svdvals(table.transpose(1, 0, 2).reshape(table.shape[1], -1)) ** 2
    return -float((weights * np.log(np.maximum(weights, 1e-300))).sum())


def assert_follows(config: Any, psi: Array, legs: list[Array]) -> None:
    """Energies, densities and entropies of a run are those of a state vector; the Hamiltonian changes at time 1."""
    run = physent.run(config, progress=False)
    n = run.sizes["site"]
    occupied = np.arange(2**n)[:, None] >> np.arange(n) & 1
    for sample in range(4):
        h = legs[0] if sample <= 1 else legs[-1]
        one = run.isel(time=sample, replica=0)
        assert float(one["energy"]) == pytest.approx((psi.conj() @ h @ psi).real, abs=1e-11)
        assert one["density"].values == pytest.approx(np.abs(psi) ** 2 @ occupied, abs=1e-11)
        own, other, both = (entropy_of(psi, *block) for block in ((0, 1), (2, 3), (0, 3)))
        assert one["s_von_neumann"].values == pytest.approx([own, other], abs=1e-9)
        assert float(one["s_mutual_information"][0]) == pytest.approx(own + other - both, abs=1e-9)
        psi = scipy.linalg.expm(-1j * (legs[0] if sample < 1 else legs[-1])) @ psi


@pytest.mark.parametrize("occupation", [[1, 0, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0], [0, 1, 1, 0, 0, 0], [0] * 6])
def test_products_of_both_parities(occupation: list[int]) -> None:
    """With a defect, and a quench after which the Majorana operators of one kind correlate."""
    psi = np.zeros(64, complex)
    psi[sum(bit << site for site, bit in enumerate(occupation))] = 1.0
    start = {"kind": "product", "occupation": occupation}
    config = ring(6, 1.0, 0.6, start, protocol=[{"at": 1.0, "set": {"model.field": -1.1}}])
    config["parameters"]["defects"] = [{"bond": 2, "value": -0.5}]
    bonds = np.array([1, 1, -0.5, 1, 1, 1.0])
    assert_follows(config, psi, [spins(bonds, np.full(6, one)) for one in (0.6, -1.1)])


GROUND = [(5, -1, 0.3), (5, -1, 1.3), (5, 1, -1.5), (4, -1, 0.3), (4, 1, -1.5), (6, 1, 0.5), (6, 1, 1.0), (3, -1, -0.7)]


@pytest.mark.parametrize(("n", "coupling", "field"), GROUND)
def test_ground_states_of_both_parities(n: int, coupling: float, field: float) -> None:
    before = spins(np.full(n, coupling), np.full(n, field))
    after = spins(np.full(n, coupling), np.full(n, field + 0.4))
    levels, states = np.linalg.eigh(before)
    assert levels[1] - levels[0] > 1e-3
    config = ring(n, coupling, field, {"kind": "ground"}, protocol=[{"at": 1.0, "set": {"model.field": field + 0.4}}])
    if n < 4:
        config["diagnostics"] = []
        found = physent.run(config, progress=False)["energy"].values[0, 0]
        assert found == pytest.approx(levels[0], abs=1e-12)
        return
    assert_follows(config, states[:, 0].astype(complex), [before, after])


def test_joined_ground_states_and_rings_that_are_closed_later() -> None:
    """Two open parts of odd and even parity make a ring; so does an odd product on an open chain."""
    parts = {"kind": "joined", "parts": [{"sites": [0, 2]}, {"sites": [3, 4]}]}
    cut = np.array([1.0, 1.0, 0.0, 1.0, 0.0])
    fields = np.full(5, -1.2)
    psi = np.linalg.eigh(spins(cut, fields))[1][:, 0].astype(complex)
    assert_follows(ring(5, 1.0, -1.2, parts), psi, [spins(np.ones(5), fields)])
    psi = np.zeros(32, complex)
    psi[0b00111] = 1.0
    start = {"kind": "product", "occupation": [1, 1, 1, 0, 0]}
    config = ring(5, 1.0, -1.2, start, protocol=[{"at": 1.0, "set": {"boundary": "periodic"}}])
    config["parameters"]["boundary"] = "open"
    assert_follows(config, psi, [spins(np.array([1.0, 1, 1, 1, 0]), fields), spins(np.ones(5), fields)])


def test_states_that_no_ring_of_spins_has() -> None:
    open_ = ring(5, 1.0, 0.5, {"kind": "thermal", "temperature": 1.0})
    open_["parameters"]["cut"] = [4]
    assert physent.run(open_, progress=False)["gibbs_temperature"].values == pytest.approx(1.0, abs=1e-7)
    with pytest.raises(UsageError, match="the state is mixed, of parity"):
        physent.run(open_ | {"protocol": [{"at": 1.0, "set": {"cut": []}}]}, progress=False)
    cases: list[tuple[Any, str]] = [
        ({"kind": "thermal", "temperature": 1.0}, "found thermal, expected a pure state"),
        ({"kind": "product", "occupation": [0, 0.5, 1, 0, 0]}, "occupation.1: found 0.5, expected 0 or 1"),
        ({"kind": "joined", "parts": [{"sites": [0, 4], "temperature": 0.5}]}, "found 0.5, expected 0"),
    ]
    for initial, message in cases:
        with pytest.raises(PhysentError, match=message):
            physent.run(ring(5, 1.0, 0.5, initial), progress=False)
    assert np.ptp(np.linalg.eigvalsh(spins(np.full(5, -1.0), np.zeros(5)))[:10]) < 1e-12
    with pytest.raises(UsageError, match="several ground states"):
        physent.run(ring(5, -1.0, 0.0, {"kind": "ground"}), progress=False)


def test_energies_count_from_the_empty_chain_or_from_none() -> None:
    """Spins all up without coupling have -n h; an empty chain of fermions has 0, with pairs too."""
    for model, energy in (
        ({"kind": "ising", "coupling": 0.0, "field": 1.0}, -4.0),
        ({"kind": "ising", "coupling": 0.3, "field": 1.0}, -4.0),
        ({"kind": "hopping", "potential": 0.7}, 0.0),
        ({"kind": "hopping", "potential": 0.7, "pairing": 0.3}, 0.0),
    ):
        config = {
            "engine": "gaussian_chain",
            "parameters": {"n": 4, "model": model},
            "initial": {"kind": "product", "occupation": "empty"},
            "schedule": {"until": 1.0, "every": 1.0},
        }
        assert physent.run(config, progress=False)["energy"].values == pytest.approx(energy, abs=1e-13)


def rotation(n: int, rng: np.random.Generator) -> Array:
    return np.asarray(scipy.linalg.qr(rng.normal(size=(n, n)))[0])


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_parities(n: int) -> None:
    """A rotation of the Majorana operators keeps it, a reflection changes its sign; of mixed states it is a product."""
    rng = np.random.default_rng(n)
    z = rng.integers(0, 2, n).astype(float)
    for occupied in (z, rng.random(n)):
        covariance = gaussian.majorana(np.diag(occupied))
        parity = np.prod(1 - 2 * occupied)
        assert sectors.parity_of(covariance) == pytest.approx(parity, abs=1e-14)
        turn = rotation(2 * n, rng)
        moved = turn @ covariance @ turn.T
        assert sectors.parity_of((moved - moved.T) / 2) == pytest.approx(parity * np.linalg.det(turn), abs=1e-12)


ENERGIES = {
    "bosons": [[0.5, 0.7, 0.7, 1.1, 1.1, 1.1]],
    "fermions": [[-1, -0.4, -0.4, 0.4, 1, 1.3], [0, 0, 0.4, 0.4, 1, 2]],
}


@pytest.mark.parametrize(
    ("statistics", "energy"), [(key, energy) for key, several in ENERGIES.items() for energy in several]
)
def test_ensembles_do_not_depend_on_a_basis(statistics: str, energy: list[float]) -> None:
    """The entropy is that of the mean covariance over many times, in any basis of modes of equal energy."""
    rng = np.random.default_rng(4)
    one = np.eye(6)
    modes = Modes(one, one, np.array(energy, dtype=float))
    a = rng.normal(size=(12, 12))
    if statistics == "bosons":
        inside = a @ a.T / 6 + np.eye(12)
        spectrum: Any = gaussian.symplectic
        entropy: Any = gaussian.of_symplectic
    else:
        turn = rotation(12, rng)
        inside = turn @ gaussian.majorana(np.diag(rng.random(6))) @ turn.T
        inside = (inside - inside.T) / 2
        spectrum, entropy = gaussian.occupations, gaussian.of_occupations
    times = rng.uniform(0, 1e6, 20000)
    mean = np.asarray(sum(dynamics.at(inside, modes, t, statistics) for t in times)) / len(times)
    found = ensemble(inside, modes, statistics)
    assert found == pytest.approx(entropy(spectrum(mean)), abs=2e-3)
    assert found < entropy(dynamics.levels(inside, modes, statistics)) - 0.02
    basis = one.copy()
    for group in (np.flatnonzero(modes.energy == e) for e in set(energy)):
        basis[np.ix_(group, group)] = rotation(len(group), rng)
    turned = Modes(basis, basis, modes.energy)
    assert ensemble(dynamics.to_modes(inside, turned), turned, statistics) == pytest.approx(found, abs=1e-12)


def ensemble(inside: Array, modes: Modes, statistics: str) -> float:
    mean, level = dynamics.dephased(inside, modes, statistics), dynamics.levels(inside, modes, statistics)
    return ensembles.generalised(mean, level, dynamics.clusters(modes), statistics)
