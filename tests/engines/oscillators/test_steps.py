"""Steps against the naive twin, exact solutions, symmetries, order, and work of a changing coupling."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import physent
from physent import engines
from physent.engines.oscillators import steps as kernels
from physent.errors import UsageError
from tests.engines.oscillators.runs import Data, Twin, config, fields, moved, noise_of, start

EDGES = "0 1 0.5\n1 2 1.5\n# a comment\n2 3 -1.0\n0 4 2.0\n4 3 0.7\n"
MEAN: Data = {"kind": "mean_field"}
SINE = [{"parameter": "coupling", "mean": 1.3, "amplitude": 0.5, "frequency": 2.0}]


def complete(n: int) -> tuple[Any, Any]:
    return np.full((n, n), 1.0 / n), np.ones(n)


def weighted(norm: str) -> tuple[Any, Any]:
    weight = np.zeros((5, 5))
    for line in EDGES.splitlines():
        if not line.startswith("#"):
            i, j, w = line.split()
            weight[int(i), int(j)] = weight[int(j), int(i)] = float(w)
    degree = np.abs(weight).sum(axis=1)
    return (weight, np.ones(5)) if norm == "edge" else (weight / degree.mean(), degree / degree.mean())


def lattice(shape: tuple[int, int], periodic: bool) -> tuple[Any, Any]:
    n, (rows, columns) = shape[0] * shape[1], shape
    weight = np.zeros((n, n))
    for i in range(rows):
        for j in range(columns):
            for di, dj in ((1, 0), (0, 1)):
                if periodic or (i + di < rows and j + dj < columns):
                    k = (i + di) % rows * columns + (j + dj) % columns
                    weight[i * columns + j, k] = weight[k, i * columns + j] = 1.0
    degree = weight.sum(axis=1)
    return weight / degree.mean(), degree / degree.mean()


CASES: dict[str, tuple[Data, tuple[Any, Any]]] = {
    "mean field": ({"n": 9}, complete(9)),
    "edge": ({"network": {"kind": "graph", "coupling_norm": "edge"}}, weighted("edge")),
    "degree": ({"network": {"kind": "graph"}}, weighted("degree")),
    "closed": ({"network": {"kind": "lattice", "shape": [3, 4]}}, lattice((3, 4), True)),
    "open": ({"network": {"kind": "lattice", "shape": [3, 4], "periodic": False}}, lattice((3, 4), False)),
}


@pytest.mark.parametrize("driven", [False, True], ids=["constant", "driven"])
@pytest.mark.parametrize("case", CASES)
def test_a_naive_twin(case: str, driven: bool, tmp_path: Path) -> None:
    """Angles and every total of the ledger, with noise, phase lag, frequencies and a driven coupling."""
    parameters, (weight, friction) = CASES[case]
    n, h = len(friction), 0.05
    if parameters.get("network", MEAN)["kind"] == "graph":
        (tmp_path / "edges.txt").write_text(EDGES)
        parameters = {**parameters, "network": {**parameters["network"], "path": str(tmp_path / "edges.txt")}}
    omega = np.linspace(-1.0, 2.0, n)
    more = {"coupling": 1.3, "temperature": 0.4, "phase_lag": 0.3, "step": h, "driving": SINE if driven else []}
    made = config({**parameters, **more, "frequencies": {"kind": "list", "values": omega.tolist()}}, replicas=2)
    state = start(made)
    x = state.angle[1].copy()
    twin, turns = Twin(weight, friction, omega, 0.3, 0.4, h), np.zeros(n)
    for number in range(8):
        half = np.array([2 * number, 2 * number + 1, 2 * number + 2]) * h / 2
        k = 1.3 + 0.5 * np.sin(2 * np.pi * 2.0 * half) if driven else np.full(3, 1.3)
        x = twin.move(x, noise_of(5, 1, number, n), tuple(k))
    moved(state, made, 8 * h)
    turns = np.rint(x / (2 * np.pi))
    np.testing.assert_allclose(state.angle[1] + 2 * np.pi * state.turns[1], x, atol=1e-12)
    np.testing.assert_array_equal(state.turns[1], turns)
    expected = {"work": twin.work, "heat": twin.heat, "entropy_medium": twin.medium, "dissipation": twin.dissipation}
    expected |= {"epr_drift": twin.drift / (8 * h), "energy": twin.energy(x, k[2])}
    record = fields(state, made)
    for name, value in expected.items():
        assert record[name][1] == pytest.approx(value, abs=1e-11), name
    assert record["order_parameter"][1] == pytest.approx(abs(np.exp(1j * x).mean()), abs=1e-13)


def test_more_than_one_block() -> None:
    """Fields by sums in O(n), across the seam of two blocks."""
    n = kernels.BLOCK + 5
    made = config({"n": n, "coupling": 2.0, "temperature": 0.3, "step": 0.05})
    state = start(made)
    x = state.angle[0].copy()

    def force(y: Any) -> Any:
        return 2.0 * (np.exp(1j * y).mean() * np.exp(-1j * y)).imag

    for number in range(3):
        shake = np.sqrt(2 * 0.3 * 0.05) * noise_of(5, 0, number, n)
        before = force(x)
        x = x + 0.025 * (before + force(x + 0.05 * before + shake)) + shake
    moved(state, made, 3 * 0.05)
    np.testing.assert_allclose(state.angle[0] + 2 * np.pi * state.turns[0], x, atol=1e-12)


@pytest.mark.parametrize("network", [MEAN, {"kind": "lattice", "shape": [9]}], ids=["mean_field", "lattice"])
def test_order_two_without_noise(network: Data) -> None:
    ends = []
    for step in (0.025, 0.0125, 0.00625):
        frequencies = {"kind": "uniform", "width": 1.0, "center": 0.5}
        parameters = {"n": 9, "coupling": 2.0, "phase_lag": 0.4, "network": network, "frequencies": frequencies}
        made = config({**parameters, "step": step})
        ends.append(moved(start(made), made, 2.0).angle[0])
    first, second = np.abs(ends[0] - ends[1]).max(), np.abs(ends[1] - ends[2]).max()
    assert 3.7 < first / second < 4.3


def test_two_rotors_fall_together() -> None:
    """tan(phi/2) falls as exp(-K t), phi the difference of two rotors of one frequency in mean field."""
    made = config({"n": 2, "coupling": 1.0, "step": 0.0025, "frequencies": {"kind": "identical", "center": 3.0}})
    state = moved(start(made, [[0.0, 2.0]]), made, 1.5)
    x = state.angle[0] + 2 * np.pi * state.turns[0]
    assert np.tan((x[1] - x[0]) / 2) == pytest.approx(np.tan(1.0) * np.exp(-1.5), rel=1e-5)
    assert x.mean() == pytest.approx(1.0 + 3.0 * 1.5, rel=1e-12)


def test_free_rotors_turn_by_their_frequency() -> None:
    values = [-7.0, 0.0, 0.5, 9.0]
    made = config({"n": 4, "coupling": 0.0, "frequencies": {"kind": "list", "values": values}})
    record = fields(moved(start(made), made, 50.0), made)
    np.testing.assert_allclose(record["effective_frequency"][0], values, rtol=1e-12, atol=1e-12)
    assert record["turns"][0].tolist()[3] == pytest.approx(9.0 * 50 / (2 * np.pi), abs=1)
    assert (np.abs(record["angle"]) <= np.pi).all()
    assert record["work"][0] == record["heat"][0] == pytest.approx(50 * np.square(values).sum())


def test_a_common_angle_and_the_mirror_image() -> None:
    common = {"coupling": 1.5, "network": {"kind": "lattice", "shape": [4, 5]}, "step": 0.05}
    values = np.linspace(-1, 1, 20)
    one = config({**common, "phase_lag": 0.3, "frequencies": {"kind": "list", "values": values.tolist()}})
    other = config({**common, "phase_lag": -0.3, "frequencies": {"kind": "list", "values": (-values).tolist()}})
    begin = start(one).angle
    end = [moved(start(made, x), made, 3.0) for made, x in ((one, begin), (one, begin + 1.0), (other, -begin))]
    x, turned, mirrored = (state.angle + 2 * np.pi * state.turns for state in end)
    np.testing.assert_allclose(turned, x + 1.0, atol=1e-11)
    np.testing.assert_allclose(mirrored, -x, atol=1e-11)


def test_everyone_with_everyone_as_a_graph(tmp_path: Path) -> None:
    """Mean field is the complete graph with K/n per edge; the edges may come in any order."""
    pairs = np.stack(np.triu_indices(12, 1), axis=1)[::-1]
    np.savetxt(tmp_path / "edges.csv", pairs[:, ::-1], fmt="%d", delimiter=",")
    network = {"kind": "graph", "path": str(tmp_path / "edges.csv"), "coupling_norm": "edge"}
    whole = config({"n": 12, "coupling": 3.0, "temperature": 0.5})
    edges = config({"coupling": 0.25, "temperature": 0.5, "network": network})
    one, other = (fields(moved(start(made), made, 2.0), made) for made in (whole, edges))
    np.testing.assert_allclose(one["angle"], other["angle"], atol=1e-11)
    np.testing.assert_allclose(one["energy"], other["energy"] - 1.5, atol=1e-11)  # i = j adds -K/2
    for name in ("work", "heat", "entropy_medium", "epr_drift", "epr_trapezoid"):
        np.testing.assert_allclose(one[name], other[name], atol=1e-10)
    (tmp_path / "edges.csv").write_text("0,1\n1,2\n")
    method = engines.get("oscillators").method(edges)
    with pytest.raises(UsageError, match="are not those with which the run was started"):
        method.restore(edges, method.store(start(whole)))


def test_a_jump_of_driving_is_a_set_of_the_protocol() -> None:
    """The same trajectory, and the same work."""
    data: Data = {"n": 20, "temperature": 0.7}
    schedule = {"until": 1.0, "every": 0.5}
    jump = [{"parameter": "coupling", "times": [0.5, 0.5], "values": [1.0, 2.5]}]
    with physent.run(config({**data, "driving": jump}, schedule=schedule)) as driven:
        protocol = [{"at": 0.5, "set": {"coupling": 2.5}}]
        with physent.run(config(data, schedule=schedule, protocol=protocol)) as changed:
            np.testing.assert_array_equal(driven.angle, changed.angle)
            for name in ("work", "heat", "energy"):
                np.testing.assert_allclose(driven[name], changed[name], atol=1e-12)
            assert abs(float(changed.work[-1, 0])) > 0.5
