"""Models as networks: their rates against the formulas and against the graphs of theory."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from physent.engines.jump.law import evolve
from physent.engines.jump.network import energies_at, network_of
from physent.theory import network, small_networks
from physent.typing import Floats
from tests.engines.jump.runs import BARRIERS, RING, STAR, config


def rates_of(model: Any, temperature: float = 1.0) -> Floats:
    one = network_of(config(model).parameters.model)
    return one.rates(np.zeros(one.states) if one.energies is None else one.energies, temperature)


def test_barriers_and_drives() -> None:
    a, b, c, t = 0.0, 1.0, 0.3, 1.7
    expected = [
        [3 * math.exp((a - 1.5 + 0.35) / t), 3 * math.exp((b - 1.5 - 0.35) / t)],
        [math.exp((b - 2.0) / t), math.exp((a - 2.0) / t)],
        [math.exp((c - b - 0.4) / (2 * t)), math.exp((b - c + 0.4) / (2 * t))],
        [math.exp((a - c) / (2 * t)), math.exp((c - a) / (2 * t))],
    ]
    np.testing.assert_allclose(rates_of(BARRIERS, t), expected)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_local_detailed_balance(temperature: float) -> None:
    """The log-ratio of every channel is its heat over T."""
    for model in (RING, BARRIERS, {"kind": "flashing_ratchet", "potential": [0.0, 3.0, 6.0]}):
        one = network_of(config(model).parameters.model)
        assert one.energies is not None
        k, here = rates_of(model, temperature), one.energies[one.ends]
        np.testing.assert_allclose(np.log(k[:, 0] / k[:, 1]), (here[:, 0] - here[:, 1] + one.drive) / temperature)


def test_models_are_the_graphs_of_theory() -> None:
    def same(model: Any, graph: small_networks.Graph) -> None:
        ends, rates = graph
        ours = network_of(config(model).parameters.model)
        np.testing.assert_array_equal(ours.ends, ends)
        np.testing.assert_allclose(rates_of(model, 0.7), rates)

    same(RING, small_networks.ring([1.0, 2.0, 0.7], [0.0, 0.5, -0.3], 2.4, 0.7))
    ratchet = {"kind": "flashing_ratchet", "potential": [0.0, 3.0, 6.0, 1.0], "switch_rate": 0.4, "prefactor": 1.5}
    same(ratchet, small_networks.flashing_ratchet([0.0, 3.0, 6.0, 1.0], 0.4, 1.5, 0.7))
    level = {"kind": "two_level", "energy": 1.3, "prefactor": 2.0}
    up, down = rates_of(level, 0.7)[0]
    np.testing.assert_allclose([[-up, down], [up, -down]], small_networks.two_level(1.3, 0.7, 2.0))


def test_driven_energies_take_the_place_of_those_of_the_model() -> None:
    ramp = {"parameter": "model.energies.2", "times": [1.0, 3.0], "values": [5.0, 9.0]}
    parameters = config(RING, step=0.5, driving=[ramp]).parameters
    rows = energies_at(network_of(parameters.model), parameters, 3, 4)
    np.testing.assert_allclose(rows, [[0.0, 0.5, 5 + 2 * max(0.0, t - 1)] for t in (0.75, 1.0, 1.25, 1.5)])


@pytest.mark.parametrize("time", [0.0, 1e-3, 0.7, 40.0, 1e4])
def test_the_law_against_the_matrix_exponential(time: float) -> None:
    rng = np.random.default_rng(1)
    for model in (RING, BARRIERS, STAR):
        one, rates = network_of(config(model).parameters.model), rates_of(model)
        p = rng.dirichlet(np.ones(one.states))
        full = network.generator(one.ends, rates, one.states)
        expected = network.propagate(full, p, time)
        np.testing.assert_allclose(evolve(one.ends, rates, p, time), expected, atol=3e-13)


def test_rare_states_keep_their_relative_accuracy() -> None:
    """A chain climbed from the bottom at once: p_k = (u t)^k e^(-u t)/k! while nothing comes back."""
    n, rate, time = 12, 1e-3, 1e-2
    ends = np.stack([np.arange(n), np.arange(1, n + 1)], axis=1)
    p = evolve(ends, np.tile([rate, 0.0], (n, 1)), np.eye(1, n + 1)[0], time)
    k = np.arange(n)
    expected = np.array([(rate * time) ** i * math.exp(-rate * time) / math.factorial(i) for i in k])
    seen = expected > 1e-28
    assert seen.sum() == 6
    np.testing.assert_allclose(p[:n][seen], expected[seen], rtol=1e-4)
    np.testing.assert_allclose(p[:4], expected[:4], rtol=1e-12)


def test_a_stationary_law_stays() -> None:
    one, rates = network_of(config(RING).parameters.model), rates_of(RING)
    p = network.stationary(network.generator(one.ends, rates))
    np.testing.assert_allclose(evolve(one.ends, rates, p, 1e6), p, rtol=1e-14)
