"""Every system: Jacobian against dual numbers and differences, names and starts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from physent.engines.chaos import lattices, systems
from physent.engines.chaos import parameters as declared
from physent.typing import Floats
from tests.core.test_expressions import by_duals, interpreted

SECTION: TypeAdapter[Any] = TypeAdapter(declared.System)
LATTICES = [
    {"kind": "lorenz96", "n": 6},
    {"kind": "coupled_maps", "n": 5, "coupling": 0.3, "map": {"kind": "logistic", "r": 3.9}},
    {"kind": "coupled_maps", "n": 5, "coupling": 0.3, "map": {"kind": "tent", "a": 0.3}},
    {"kind": "coupled_maps", "n": 3, "coupling": 0.2, "map": {"kind": "doubling"}},
    {"kind": "neuron_chain", "neurons": ["chialvo", "rulkov", "chialvo", "rulkov"], "coupling": 0.1},
    {"kind": "neuron_chain", "neurons": ["rulkov"], "coupling": 0.1},
]


def differences(f: Any, x: Floats) -> Floats:
    """Central differences of fourth order, (d, d)."""
    columns = []
    for i in range(len(x)):
        e = 1e-3 * np.eye(len(x))[i]
        columns.append((8 * (f(x + e) - f(x - e)) - f(x + 2 * e) + f(x - 2 * e)) / 12e-3)
    return np.array(columns).T


def inside(section: Any) -> Floats:
    """A point of the box of a system, off the middle, where tents have their top."""
    box = systems.box_of(section)
    assert box is not None
    low, high = box
    return np.asarray(low + (high - low) * np.linspace(0.31, 0.83, len(low)))


@pytest.mark.parametrize("kind", systems.ROWS)
def test_jacobians_of_texts(kind: str) -> None:
    section = SECTION.validate_python({"kind": kind} | ({"a": 0.3} if kind == "tent" else {}))
    row, x, p = systems.ROWS[kind][0], inside(section), systems.constants_of(section)
    assert len(p) == len(row.constants)
    call = interpreted(tuple(row.equations), row.constants, row.steps, tuple(row.equations.values()))
    f, jacobian = call(x, p)
    point, constants = (dict(zip(names, values.tolist(), strict=True)) for names, values in
                        ((row.equations, x), (row.constants, p)))  # fmt: skip
    for i, text in enumerate(row.equations.values()):
        value, gradient = by_duals(text, point, constants)
        assert f[i] == pytest.approx(value, rel=1e-14, abs=1e-15)
        np.testing.assert_allclose(jacobian[i], gradient, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(jacobian, differences(lambda at: call(at, p)[0], x), atol=1e-6)


@pytest.mark.parametrize("data", LATTICES, ids=range(len(LATTICES)))
def test_jacobians_of_sites(data: dict[str, Any]) -> None:
    section = SECTION.validate_python(data)
    dynamics, p, x = systems.dynamics_of(section), systems.constants_of(section), inside(section)

    def call(at: Floats) -> tuple[Floats, Floats]:
        f, values, dense = np.zeros(len(at)), np.zeros(len(dynamics.column)), np.zeros((len(at), len(at)))
        dynamics.evaluate.py_func(at, p, f, values)  # type: ignore[attr-defined]
        for row in range(len(at)):
            for entry in range(dynamics.start[row], dynamics.start[row + 1]):
                dense[row, dynamics.column[entry]] += values[entry]
        return f, dense

    np.testing.assert_allclose(call(x)[1], differences(lambda at: call(at)[0], x), atol=1e-6)


def test_sites_are_those_of_their_equations() -> None:
    """One site each, written out."""
    x = np.array([0.2, 0.6, 0.4, 0.7, 0.3])
    f, values = np.zeros(5), np.zeros(20)
    lattices.lorenz96.py_func(x, np.array([5.0, 8.0]), f, values)  # type: ignore[attr-defined]
    assert f[1] == pytest.approx((x[2] - x[4]) * x[0] - x[1] + 8.0)
    p = np.array([5.0, 0.3, lattices.LOGISTIC, 3.9, 0.0])
    lattices.coupled_maps.py_func(x, p, f, values)  # type: ignore[attr-defined]
    g = 3.9 * x * (1 - x)
    assert f[0] == pytest.approx(0.7 * g[0] + 0.15 * (g[1] + g[4]))
    chain = SECTION.validate_python({"kind": "neuron_chain", "neurons": ["chialvo", "rulkov"], "coupling": 0.1})
    y, f, values = np.array([0.5, 1.2, -1.0, -2.9]), np.zeros(4), np.zeros(10)
    systems.dynamics_of(chain).evaluate.py_func(y, systems.constants_of(chain), f, values)  # type: ignore[attr-defined]
    expected = [0.25 * np.exp(0.7) + 0.03 - 0.15, 0.89 * 1.2 - 0.09 + 0.28, 2.05 - 2.9 + 0.15, -2.9 - 0.001 * 0.2]
    np.testing.assert_allclose(f, expected, rtol=1e-14)


def test_tents() -> None:
    for data, slopes in (({"slope": 1.5}, (1.5, 1.5)), ({"a": 0.25}, (4.0, 4 / 3))):
        np.testing.assert_allclose(systems.constants_of(SECTION.validate_python({"kind": "tent", **data})), slopes)
    row = systems.ROWS["tent"][0]
    call = interpreted(("x",), row.constants, (), (row.equations["x"],))
    for x, value, slope in ((0.1, 0.4, 4.0), (0.5, 2 / 3, -4 / 3)):
        f, jacobian = call(np.array([x]), np.array([4.0, 4 / 3]))
        assert (f[0], jacobian[0, 0]) == pytest.approx((value, slope))
