"""Initial angles, natural frequencies, networks, observables, and what a config is refused for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import ive

from physent import engines
from physent.config.load import load
from physent.engines.oscillators import initial, network
from physent.engines.oscillators.observables import rotor_entropy
from physent.engines.oscillators.state import histogram
from physent.errors import ConfigError
from tests.engines.oscillators.runs import Data, config, fields, start


def angles(kind: str, n: int = 20_000, **more: Any) -> Any:
    return start(config({"n": n}, {"kind": kind, **more}, replicas=2)).angle


def test_orders_of_the_starts() -> None:
    """Stratified: order and second moment of the law within its stratification, in an order of each replica's own."""
    n = 20_000
    assert abs(np.exp(1j * angles("uniform")).mean()) < 5 / np.sqrt(2 * n)
    assert (angles("aligned", angle=7.0) == 7.0 - 2 * np.pi).all()
    cauchy = angles("wrapped_cauchy", order=0.4)
    mises = angles("von_mises", concentration=2.0)
    for m in (1, 2):
        np.testing.assert_allclose(np.exp(1j * m * cauchy).mean(axis=1), 0.4**m, atol=1e-4)
        np.testing.assert_allclose(np.exp(1j * m * mises).mean(axis=1), ive(m, 2.0) / ive(0, 2.0), atol=1e-4)
    assert np.corrcoef(np.arange(n), cauchy[0])[0, 1] < 0.03
    assert (cauchy[0] != cauchy[1]).any()
    sharp = angles("von_mises", concentration=1e4)
    assert sharp.std() == pytest.approx(1e-2, rel=1e-3)


def test_twisted() -> None:
    x = angles("twisted", n=10, winding=2)[0]
    np.testing.assert_allclose(np.exp(1j * np.diff(x)), np.exp(0.4j * np.pi))
    shape = {"kind": "lattice", "shape": [4, 5]}
    rows = start(config({"network": shape}, {"kind": "twisted", "winding": 1})).angle.reshape(4, 5)
    np.testing.assert_allclose(np.exp(1j * rows[:, 0]), [1, 1j, -1, -1j], atol=1e-15)
    assert (rows == rows[:, :1]).all()


@pytest.mark.parametrize(
    ("law", "quartiles"),
    [
        ("lorentzian", (-1.0, 1.0)),
        ("gaussian", (-0.67449, 0.67449)),
        ("uniform", (-0.5, 0.5)),
        ("bimodal", (-1.0, 1.0)),
    ],
)
def test_laws_of_frequencies(law: str, quartiles: tuple[float, float]) -> None:
    for sampling, tolerance in (("quantile", 1e-3), ("random", 0.05)):
        made = config({"n": 20_001, "frequencies": {"kind": law, "width": 2.0, "center": 3.0, "sampling": sampling}})
        omega = initial.frequencies(made)[0]
        np.testing.assert_allclose(
            np.quantile(omega, (0.25, 0.75)), 3.0 + 2.0 * np.array(quartiles), atol=2 * tolerance
        )


def test_quantiles_on_a_lattice_have_no_gradient() -> None:
    law = {"kind": "gaussian", "width": 1.0}
    made = config({"network": {"kind": "lattice", "shape": [400]}, "frequencies": law}, replicas=2)
    flat = initial.frequencies(config({"n": 400, "frequencies": law}))
    omega = initial.frequencies(made)
    assert (np.diff(flat[0]) > 0).all()
    np.testing.assert_allclose(np.sort(omega, axis=1), np.tile(flat, (2, 1)))
    assert abs(np.corrcoef(np.arange(400), omega[0])[0, 1]) < 0.2
    assert (omega[0] != omega[1]).any()


def test_angles_from_arrays_are_wrapped_and_their_turns_counted() -> None:
    made = config({"n": 3})
    record = fields(start(made, [[-7.0, 1.0, 20.0]]), made)
    assert record["turns"].tolist() == [[-1, 0, 3]]
    np.testing.assert_allclose(record["angle"] + 2 * np.pi * record["turns"], [[-7.0, 1.0, 20.0]], rtol=1e-15)


def test_entropy_of_a_rotor() -> None:
    """The entropy ln 2 pi of a uniform angle, and that of von Mises' law, ln 2 pi I_0 - kappa I_1/I_0."""
    kappa = 2.1725
    exact = np.log(2 * np.pi * ive(0, kappa)) + kappa - kappa * ive(1, kappa) / ive(0, kappa)
    assert rotor_entropy(histogram(angles("von_mises", concentration=kappa))) == pytest.approx(exact, abs=3e-3)
    assert rotor_entropy(histogram(angles("uniform"))) == pytest.approx(np.log(2 * np.pi), abs=3e-3)
    assert rotor_entropy(histogram(np.full((1, 100), np.pi))) == pytest.approx(np.log(2 * np.pi / 64))


BAD: list[tuple[Data, str]] = [
    ({}, "parameters.n: missing, expected the number of oscillators"),
    ({"network": {"kind": "lattice", "shape": [2, 5]}}, "found 2, expected at least 3 along each axis"),
    ({"n": 9, "network": {"kind": "lattice", "shape": [2, 5], "periodic": False}}, "found 9, expected the 10"),
    ({"network": {"kind": "lattice", "shape": [100_000, 100_000]}}, "found 10000000000 oscillators, expected at most"),
    ({"n": 3, "frequencies": {"kind": "list", "values": [1.0]}}, "found 1 frequencies, expected n = 3"),
    ({"network": {"kind": "graph", "path": "nowhere.txt"}}, "nowhere.txt: No such file"),
    ({"n": 3, "driving": [{"parameter": "temperature", "times": [0.0], "values": [1.0]}]}, "can be driven"),
]


@pytest.mark.parametrize(("parameters", "message"), BAD)
def test_contradictions(parameters: Data, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config(parameters)


def test_noise_cannot_begin_or_end() -> None:
    for temperature, later in ((0.0, 1.0), (1.0, 0.0)):
        with pytest.raises(ConfigError, match="expected both above 0, or both 0"):
            config({"n": 3, "temperature": temperature}, protocol=[{"at": 1.0, "set": {"temperature": later}}])
    made = config({"n": 3, "temperature": 1.0}, protocol=[{"at": 1.0, "set": {"temperature": 2.0}}])
    assert not load(made).warnings
    with pytest.raises(ConfigError, match="entropy_medium is not recorded: it is infinite at temperature 0"):
        config({"n": 3}, diagnostics=[{"kind": "mean", "of": "entropy_medium"}])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 1\n1 x\n", "expected two or three numbers per line"),
        ("0 1 2 3\n", "found 1 lines of 4 numbers"),
        ("0 1\n2 1.5\n", "expected 0 to"),
        ("0 1\n1 1\n", "found an edge from 1 to itself"),
        ("0 1\n1 0\n", "an edge is there twice"),
        ("0 1\n3 1\n", "oscillator 2 has no edge"),
    ],
)
def test_files_of_edges(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "edges.txt").write_text(text)
    with pytest.raises(ConfigError, match=message):
        config({"network": {"kind": "graph", "path": str(tmp_path / "edges.txt")}})


def test_edges_and_degrees(tmp_path: Path) -> None:
    (tmp_path / "edges.txt").write_text("0 1\n3 1\n")
    made = config({"network": {"kind": "graph", "path": str(tmp_path / "edges.txt"), "coupling_norm": "edge"}})
    graph = network.graph(made.parameters)
    assert network.size(made.parameters) == 4
    assert graph.degree.tolist() == [1, 2, 0, 1]
    assert graph.start.tolist() == [0, 1, 3, 3, 4]
    assert graph.other.tolist() == [1, 0, 3, 1]


@pytest.mark.parametrize(
    ("network", "one"),
    [
        ({"kind": "mean_field"}, True),
        ({"kind": "lattice", "shape": [3, 3], "periodic": True}, True),
        ({"kind": "lattice", "shape": [3, 3], "periodic": False, "coupling_norm": "edge"}, True),
        ({"kind": "lattice", "shape": [3, 3], "periodic": False}, False),
    ],
)
def test_rotors_of_one_bath_have_a_temperature(network: Data, one: bool) -> None:
    made = config({"n": 9, "network": network, "temperature": 0.7, "step": 0.05})
    assert engines.get("oscillators").scales(made) == ({"temperature": 0.7} if one else {})
