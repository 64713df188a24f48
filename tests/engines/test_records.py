"""What an engine and a method have if they do not write it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import pytest

import physent
from physent import engines
from physent.config.load import load
from physent.declare import DIVIDES, Positive, Section, Step
from physent.errors import ConfigError
from tests.random_walk import ENGINE, drift_config, registered, walk_config
from tests.spins import spins_config


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


def test_the_default_figure_has_every_scalar_over_the_clock() -> None:
    run = physent.run(spins_config())
    figure = engines.get("spins").figure(run, {})
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["energy", "mean spin"]
    for axes, name in zip(figure.axes, ("energy", "order"), strict=True):
        for line, replica in zip(axes.lines, run[name].values.T, strict=True):
            np.testing.assert_array_equal(line.get_xydata(), np.transpose([run.step, replica]))
        assert axes.get_xlabel() == "step"
    figure.savefig(io.BytesIO())
    assert engines.get("spins").movie(run, {}) is None
    assert not engines.get("spins").figure(run[["spin"]], {}).axes


def test_the_default_memory_is_four_records() -> None:
    config = physent.load_config(spins_config(replicas=3, parameters={"n": 100}))
    assert engines.get("spins").state_bytes(config) == 4 * 8 * 3 * (2 + 3 * 100)
    walk = physent.load_config(walk_config(parameters={"n": 10}))
    assert ENGINE.state_bytes(walk) == 8 * 2 * 11


def test_the_default_headline_is_the_first_scalar() -> None:
    config = physent.load_config(spins_config())
    assert engines.get("spins").live(config) == "energy"
    assert replace(engines.get("spins"), headline="order").live(config) == "order"


def test_one_method_needs_no_choice() -> None:
    config = physent.load_config(spins_config())
    spins = engines.get("spins")
    assert spins.method(config) is spins.methods["metropolis"]
    two = replace(spins, methods={**spins.methods, "heat_bath": spins.methods["metropolis"]})
    with pytest.raises(ValueError, match="too many values"):
        two.method(config)


class Stepped(Section):
    """The drift in steps, with a second, optional one."""

    step: Step = 0.1
    other: Annotated[Positive | None, DIVIDES] = None
    length: float = 1.0


def stepped(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> dict[str, Any]:
    """A config of such an engine."""
    engine = replace(
        engines.get("drift"), name="stepped", Parameters=Stepped, variables=lambda config: (), fixed=frozenset()
    )
    original = engines.get
    monkeypatch.setitem(engines.TABLE, "stepped", "none")
    monkeypatch.setattr(engines, "get", lambda name: engine if name == "stepped" else original(name))
    return drift_config(engine="stepped", protocol=[{"at": 0.6, "do": "turn"}]) | changes


@pytest.mark.parametrize("name", ["step", "other"])
def test_steps_divide_the_samples(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert load(stepped(monkeypatch, parameters={name: 0.05})).warnings == ()
    for step in (0.3, 0.04):
        with pytest.raises(ConfigError) as caught:
            load(stepped(monkeypatch, parameters={name: step}, protocol=[]))
        expected = f"config: parameters.{name}: found {step}, expected a divisor of schedule.every = 0.1"
        assert caught.value.lines == (expected,)


def test_steps_divide_the_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    data = stepped(monkeypatch, schedule={"until": 2.0, "every": 1.0}, parameters={"step": 0.25})
    with pytest.raises(
        ConfigError, match=r"parameters\.step: found 0\.25, expected a divisor of the protocol time 0\.6"
    ):
        load(data)


def test_a_step_of_few_digits_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    data = stepped(monkeypatch, schedule={"until": 2.0, "every": 1.0}, parameters={"step": 0.3333333333}, protocol=[])
    (warning,) = load(data).warnings
    assert "3 steps of 0.3333333333 miss schedule.every" in warning


def test_faults_of_an_engine_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engines.TABLE, "spinning", engines.TABLE["spins"])
    with pytest.raises(ValueError, match="has the name 'spins', expected 'spinning' as in TABLE"):
        engines.get("spinning")
    spins = engines.get("spins")
    (method,) = spins.methods.values()

    def misnamed(state: Any) -> dict[str, Any]:
        record = method.fields(state)
        return {"mean_spin" if name == "order" else name: value for name, value in record.items()}

    faults = {
        r"record lacks \['order'\], declared as variables \(it has \['mean_spin'\], which are not\)": replace(
            spins, methods={"metropolis": replace(method, fields=misnamed, scalars=None)}
        ),
        r"of spins has dimensions \('replica', 'particle'\), but coordinates has only \('replica',\)": replace(
            spins, coordinates=lambda config: ()
        ),
    }
    for message, engine in faults.items():
        monkeypatch.setattr(engines, "get", lambda name, engine=engine: engine)
        with pytest.raises(ValueError, match=message):
            physent.run(spins_config())
