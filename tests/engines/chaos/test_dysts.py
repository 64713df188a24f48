"""Flows of dysts: its source is read as text, here from a folder that looks like it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from physent.config.load import load_config
from physent.engines.chaos import from_dysts, systems
from physent.errors import ConfigError, UsageError
from tests.core.test_expressions import interpreted

SOURCE = '''
raise ImportError("executed")

class Lorenz(DynSys):
    @staticjit
    def _rhs(x, y, z, t, beta, rho, sigma):
        xdot = sigma * y - sigma * x
        ydot = rho * x - x * z - y
        zdot = x * y - beta * z
        return xdot, ydot, zdot

class Twin(Lorenz):
    pass

class Own(DynSys):
    def rhs(self, X, t):
        """A remark."""
        u, v = X
        a, b = self.a, self.b
        w = np.sin(u) * np.pi
        w += self.a
        return v * w, -b * u

class Step(DynSys):
    @staticjit
    def _rhs(x, t, a):
        return (np.heaviside(x, 0),)

class Driven(DynSys):
    @staticjit
    def _rhs(x, t, a):
        return (a * t,)

class Looping(DynSys):
    @staticjit
    def _rhs(x, t, a):
        for i in range(3):
            pass
        return (x,)
'''
DATA = {
    "Lorenz": {"parameters": {"beta": 2.667, "rho": 28, "sigma": 10}},
    "Twin": {"parameters": {"beta": 1.0, "rho": 2, "sigma": 3}},
    "Own": {"parameters": {"a": 0.5, "b": 2.0, "unused": [1, 2]}},
} | {name: {"parameters": {"a": 1.0}} for name in ("Step", "Driven", "Looping")}


@pytest.fixture(autouse=True)
def _library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "dysts"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('executed')")
    (folder / "flows.py").write_text(SOURCE)
    (folder / "data" / "chaotic_attractors.json").write_text(json.dumps(DATA))
    monkeypatch.syspath_prepend(tmp_path)
    from_dysts.found.cache_clear()
    from_dysts._library.cache_clear()
    yield
    from_dysts.found.cache_clear()
    from_dysts._library.cache_clear()


def test_equations() -> None:
    lorenz = from_dysts.found("Lorenz")
    call = interpreted(("x", "y", "z"), tuple(lorenz.constants), lorenz.steps, [text for _, text in lorenz.equations])
    f, jacobian = call(np.array([1.0, 2.0, 3.0]), np.array([*lorenz.constants.values()]))
    np.testing.assert_allclose(f, [10.0, 23.0, 2 - 3 * 2.667])
    np.testing.assert_allclose(jacobian, np.array([[-10.0, 10, 0], [25, -1, -1], [2, 1, -2.667]]))
    assert from_dysts.found("Twin").equations == lorenz.equations
    assert from_dysts.found("Twin").constants == {"beta": 1.0, "rho": 2.0, "sigma": 3.0}


def test_a_right_hand_side_of_an_object() -> None:
    own = from_dysts.found("Own")
    assert own.constants == {"a": 0.5, "b": 2.0}
    call = interpreted(("u", "v"), tuple(own.constants), own.steps, [text for _, text in own.equations])
    f, _ = call(np.array([0.3, 0.7]), np.array([0.5, 2.0]))
    np.testing.assert_allclose(f, [0.7 * (np.sin(0.3) * np.pi + 0.5), -0.6])


def test_constants_may_differ() -> None:
    from physent.engines.chaos.parameters import Dysts

    section = Dysts(kind="dysts", name="Lorenz", constants={"rho": 30.0})
    np.testing.assert_array_equal(systems.constants_of(section), [2.667, 30.0, 10.0])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Lorentz", "did you mean Lorenz"),
        ("Step", "found text 'heaviside'"),
        ("Driven", "found t: equations do not depend on time"),
        ("Looping", "not made of assignments"),
    ],
)
def test_refused(name: str, words: str) -> None:
    data = {
        "engine": "chaos",
        "parameters": {"system": {"kind": "dysts", "name": name}, "step": 0.01},
        "initial": {"kind": "box", "low": [0.0], "high": [1.0]},
        "schedule": {"until": 1.0, "every": 1.0},
    }
    with pytest.raises(ConfigError) as caught:
        load_config(data)
    assert any("parameters.system.name" in line and words in line for line in caught.value.lines), caught.value.lines


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_dysts, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="dysts is not installed"):
        from_dysts.found("Lorenz")
