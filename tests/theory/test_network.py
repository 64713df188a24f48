"""Jump processes: published closed forms, brute-force twins, and the numbers that validation cases quote."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import linalg

from physent.theory import network, small_networks
from physent.theory.network import Array


def random_graph(seed: int, states: int = 6, edges: int = 12) -> small_networks.Graph:
    """A connected multigraph with rates of e^(-2..2)."""
    rng = np.random.default_rng(seed)
    ring = np.c_[np.arange(states), (np.arange(states) + 1) % states]
    more = rng.integers(0, states, (edges, 2))
    ends = np.concatenate([ring, more[more[:, 0] != more[:, 1]]])
    return ends, np.exp(rng.uniform(-2, 2, ends.shape))


def largest_eigenvalue(ends: NDArray[np.int64], rates: Array, steps: Array, s: complex) -> complex:
    """That of the tilted generator, built entry by entry."""
    tilted = network.generator(ends, rates).astype(complex)
    for (i, j), (k, back), d in zip(ends, rates, steps, strict=True):
        tilted[j, i] += k * (np.exp(s * d) - 1)
        tilted[i, j] += back * (np.exp(-s * d) - 1)
    values = np.linalg.eigvals(tilted)
    return complex(values[values.real.argmax()])


@pytest.mark.parametrize("seed", range(3))
def test_laws_and_currents_of_a_random_graph(seed: int) -> None:
    """Stationary law as null space, expm as sum of modes, and the moments as derivatives of the largest eigenvalue."""
    ends, rates = random_graph(seed)
    full, rng = network.generator(ends, rates), np.random.default_rng(seed)
    np.testing.assert_allclose(full.sum(0), 0, atol=1e-13)
    p = network.stationary(full)
    null = linalg.null_space(full)[:, 0]
    np.testing.assert_allclose(p, null / null.sum(), rtol=1e-12)
    start = rng.dirichlet(np.ones(6))
    values, modes = np.linalg.eig(full)
    later = (modes * np.exp(0.3 * values)) @ np.linalg.solve(modes, start)
    np.testing.assert_allclose(network.propagate(full, start, 0.3), later.real, rtol=1e-11)
    np.testing.assert_allclose(network.propagate(full, start, 400.0), p, rtol=1e-11)
    steps = rng.normal(size=len(ends))
    mean, variance = network.current_moments(ends, rates, steps)
    angle = 2 * np.pi * np.arange(16) / 16  # Cauchy's formula for Taylor coefficients
    around = np.array([largest_eigenvalue(ends, rates, steps, 0.02 * np.exp(1j * one)) for one in angle])
    first, second = ((around * np.exp(-1j * n * angle)).mean().real / 0.02**n for n in (1, 2))
    np.testing.assert_allclose([mean, variance], [first, 2 * second], rtol=1e-9)


def test_entropy_of_a_graph() -> None:
    """Total = flow + growth of -sum p ln p, at any law; Schnakenberg's cycle sum; one-way edges are infinite."""
    ends, rates = random_graph(7)
    full = network.generator(ends, rates)
    p = np.random.default_rng(2).dirichlet(np.ones(6))
    growth = -(full @ p) @ np.log(p)
    total = network.entropy_production(ends, rates, p)
    assert total == pytest.approx(network.entropy_flow(ends, rates, p) + growth, rel=1e-12)
    p = network.stationary(full)
    expected = network.currents(ends, rates, p) @ np.log(rates[:, 0] / rates[:, 1])
    assert network.entropy_production(ends, rates, p) == pytest.approx(expected, rel=1e-12)
    one_way = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    edges, p = [[0, 1], [1, 2], [2, 0]], np.array([0.3, 0.3, 0.4])
    assert network.entropy_production(edges, one_way, p) == np.inf
    assert network.entropy_flow(edges, one_way, p) == np.inf
    np.testing.assert_array_equal(network.currents(edges, one_way, [1.0, 0.0, 0.0]), [1, 0, -2])


def test_rare_states_have_full_relative_accuracy() -> None:
    energy = np.array([0.0, 60.0, 20.0, 100.0])
    p = network.stationary(network.generator(*small_networks.ring([1, 2, 3, 4], energy, 0.0)))
    np.testing.assert_allclose(np.log(p[0] / p), energy, rtol=1e-13, atol=1e-15)


def test_large_graphs_agree_with_birth_and_death() -> None:
    """600 states, above the size of full matrices: p_(i+1)/p_i = up_i/down_i, and a law that keeps its norm."""
    rng = np.random.default_rng(3)
    up, down = rng.uniform(0.5, 1.5, (2, 599))
    i = np.arange(599)
    full = network.generator(np.c_[i, i + 1], np.c_[up, down])
    p = network.stationary(full)
    expected = np.exp(np.concatenate([[0], np.cumsum(np.log(up / down))]))
    np.testing.assert_allclose(p, expected / expected.sum(), rtol=1e-9, atol=1e-12)
    start = np.zeros(600)
    start[:3] = 1 / 3
    later = network.propagate(full, start, 2.0)
    assert later.sum() == pytest.approx(1, rel=1e-12)
    np.testing.assert_allclose(later, linalg.expm(2 * full) @ start, atol=1e-13)


def test_states_that_are_left_for_good() -> None:
    """A transient state has no weight; two closed classes are refused."""
    full = network.generator([[0, 1], [1, 2]], [[1.0, 0.0], [2.0, 3.0]])
    np.testing.assert_allclose(network.stationary(full), [0, 0.6, 0.4], rtol=1e-14)
    assert network.current_moments([[0, 1], [1, 2]], [[1.0, 0.0], [2.0, 3.0]], [0, 1])[0] == pytest.approx(0)
    with pytest.raises(ValueError, match="2 classes of states"):
        network.stationary(network.generator([[0, 1], [0, 2]], [[1.0, 0.0], [2.0, 0.0]]))


@pytest.mark.parametrize(
    ("edges", "rates", "states", "message"),
    [
        ([[0, 1, 2]], [[1.0, 1.0, 1.0]], None, r"expected integers \(m, 2\)"),
        ([[0.0, 1.0]], [[1.0, 1.0]], None, "expected integers"),
        ([[0, 1]], [[1.0, -1.0]], None, "negative or not finite"),
        ([[0, 1]], [[1.0, np.nan]], None, "negative or not finite"),
        ([[1, 1]], [[1.0, 1.0]], None, "joins a state to itself"),
        ([[0, 5]], [[1.0, 1.0]], 3, "expected 6 to 4096 states"),
        ([[0, 5000]], [[1.0, 1.0]], None, "to 4096 states"),
    ],
)
def test_graphs_that_are_refused(
    edges: list[list[int]], rates: list[list[float]], states: int | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        network.generator(edges, rates, states)


def test_three_state_ring() -> None:
    """J is the same on any edge and EPR = J F; the numbers of a prototype to the digits that it printed."""
    graph = small_networks.ring((1, 2, 0.7), (0, 0.5, -0.3), 2.4)
    each = [network.current_moments(*graph, steps) for steps in ([1, 0, 0], [0, 0, 1], [1 / 3] * 3)]
    np.testing.assert_allclose(each, [each[0]] * 3, rtol=1e-12)
    mean, variance = each[0]
    p = network.stationary(network.generator(*graph))
    epr = network.entropy_production(*graph, p)
    assert epr == pytest.approx(2.4 * mean, rel=1e-13)
    np.testing.assert_allclose([mean, epr, variance], [0.261003, 0.626406, 0.238905], atol=6e-7)
    assert variance * epr / (2 * mean**2) == pytest.approx(1.0984, abs=6e-5)


@pytest.mark.parametrize("n", [3, 7])
def test_uniform_ring_is_a_walk_of_independent_steps(n: int) -> None:
    graph = small_networks.ring([1.3] * n, [0] * n, 2.0, temperature=0.8)
    expected = small_networks.uniform_ring_current(n, 1.3, 2.0, 0.8)
    np.testing.assert_allclose(network.current_moments(*graph, [1 / n] * n), expected, rtol=1e-12)


def test_flashing_ratchet() -> None:
    """Against its printed numbers; no current in equilibrium or for a symmetric potential."""
    steps = np.concatenate([np.full(6, 1 / 3), np.zeros(3)])
    graph = small_networks.flashing_ratchet((0, 3, 6), 1.0)
    mean, _ = network.current_moments(*graph, steps)
    epr = network.entropy_production(*graph, network.stationary(network.generator(*graph)))
    assert mean == pytest.approx(-0.0075360, abs=6e-8)
    assert epr == pytest.approx(0.992735, abs=6e-7)
    for symmetric in (small_networks.flashing_ratchet((0, 3, 0), 1.0), small_networks.flashing_ratchet((0, 3, 6), 0.0)):
        if symmetric[1][-1, 0]:
            assert network.current_moments(*symmetric, steps)[0] == pytest.approx(0, abs=1e-14)
        else:
            on = (symmetric[0][:3], symmetric[1][:3])
            assert network.current_moments(*on, [1, 1, 1])[0] == pytest.approx(0, abs=1e-14)


def test_motor() -> None:
    exact = small_networks.two_state_motor((3, 1.5), (0.4, 0.2))
    np.testing.assert_allclose(exact, [0.866667, 0.301743, 3.4925], rtol=1e-6)
    graph = small_networks.motor((3, 1.5), (0.4, 0.2))
    mean, variance = network.current_moments(*graph, [0.5, 0.5])
    epr = network.entropy_production(*graph, network.stationary(network.generator(*graph)))
    np.testing.assert_allclose([mean, variance / 2, epr], exact, rtol=1e-12)
    assert small_networks.two_state_motor((3, 1), (0, 0))[2] == np.inf
    assert network.current_moments(*small_networks.motor([2.0] * 5, [0.0] * 5), [0.2] * 5)[1] == pytest.approx(0.08)


def test_dwell_times_of_an_ion_channel() -> None:
    """C1 - C2 - O, closed times from C2; the survival against its two exponentials, the moments by quadrature."""
    edges, rates = [[0, 1], [1, 2]], [[0.5, 1.0], [2.0, 0.8]]
    full = network.generator(edges, rates)
    mean, second, late = network.dwell_times(full, [0, 1], [0, 1], 2.0)
    np.testing.assert_allclose([mean, second, late], [1.5, 8.5, 0.221445], atol=6e-7)
    t = np.linspace(0, 150, 15001)
    survival = [network.dwell_times(full, [0, 1], [0, 1], one)[2] for one in t[::100]]
    slow, fast = np.sort(np.linalg.eigvals(full[:2, :2]))[::-1]
    weight = (2 + fast) / (fast - slow)  # dS/dt = -2 at the start, when only C2 is occupied
    closed = weight * np.exp(slow * t) + (1 - weight) * np.exp(fast * t)
    np.testing.assert_allclose(survival, closed[::100], atol=1e-12)
    np.testing.assert_allclose(np.trapezoid(np.c_[closed, 2 * t * closed].T, t), [1.5, 8.5], rtol=2e-4)
    assert network.dwell_times(full, [2], [1], 1.0)[0] == pytest.approx(1.25)
    assert network.entropy_production(edges, rates, network.stationary(full)) == pytest.approx(0, abs=1e-15)


def test_work_on_two_levels() -> None:
    """Recursion = master equation = a sum over all histories of few stairs; Jarzynski holds for the staircase."""
    stairs = np.linspace(0, 3, 41)
    by_hand = small_networks.two_level_work(stairs, 0.5, 0.05)
    levels = np.c_[0 * stairs, stairs]
    work, weight, _ = small_networks.driven_work(small_networks.two_level(stairs[1:]), levels, [0.5, 0.5], 0.05)
    assert by_hand == pytest.approx(0.884420, abs=6e-7)
    assert work == pytest.approx(by_hand, rel=1e-12)
    assert weight == pytest.approx((1 + np.exp(-3)) / 2, rel=1e-12)
    few, mean, weight = np.array([0.0, 1.0, 2.5, 3.0]), 0.0, 0.0
    for path in np.ndindex(2, 2, 2):  # the state before each step
        chance, done = 0.5, 0.0
        for i, state in enumerate(path):
            done += state * (few[i + 1] - few[i])
            if i < 2:
                up = 1 / (1 + np.exp(few[i + 1]))
                up += (state - up) * np.exp(-2 * np.cosh(few[i + 1] / 2) * 0.4)
                chance *= up if path[i + 1] else 1 - up
        mean, weight = mean + chance * done, weight + chance * np.exp(-done / 1.0)
    found = small_networks.driven_work(small_networks.two_level(few[1:]), np.c_[0 * few, few], [0.5, 0.5], 0.4)
    np.testing.assert_allclose(found[:2], [mean, weight], rtol=1e-12)


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_work_extraction_from_below(temperature: float) -> None:
    """Quench to E = -T ln p, then slowly back: -w grows to T D(p | p_eq), the gap as one over the time taken."""
    p0 = np.array([0.9, 0.1])
    limit = small_networks.extractable_work(p0, [0, 0], temperature)
    assert limit == pytest.approx(temperature * (p0 @ np.log(2 * p0)), rel=1e-12)
    top = temperature * np.log(9)
    gap = []
    for stairs in (200, 400, 800):
        energy = np.concatenate([[0.0], np.linspace(top, 0, stairs + 1)])
        gap.append(limit + small_networks.two_level_work(energy, 0.1, 0.1, temperature))
    assert min(gap) > 0
    assert gap[1] / gap[2] == pytest.approx(2, rel=0.02)
    assert gap[0] / gap[1] == pytest.approx(2, rel=0.02)
    assert small_networks.extractable_work([1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))], [0, 2]) == pytest.approx(
        0, abs=1e-15
    )


def test_small_networks_that_are_refused() -> None:
    with pytest.raises(ValueError, match="n >= 3"):
        small_networks.ring([1, 1], [0, 0], 1.0)
    with pytest.raises(ValueError, match="2 sites"):
        small_networks.flashing_ratchet([0, 1], 1.0)
    with pytest.raises(ValueError, match="n >= 2"):
        small_networks.motor([1], [1])
    with pytest.raises(ValueError, match=r"expected \(s, n, n\)"):
        small_networks.driven_work(np.zeros((2, 2, 2)), np.zeros((2, 2)), [0.5, 0.5], 1.0)
    with pytest.raises(ValueError, match="steps of shape"):
        network.current_moments([[0, 1]], [[1.0, 1.0]], [1, 1])
