from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from physent.config.load import load_config
from physent.declare import Problem, TimeSchedule, each, indivisible
from physent.engines.couzin import ENGINE
from physent.engines.couzin.parameters import Initial, Parameters, expand, sizes
from physent.errors import ConfigError

ADAPTER: TypeAdapter[Any] = TypeAdapter(Initial)
FISH: dict[str, Any] = {"n": 10, "orientation_radius": 3.0, "attraction_radius": 15.0}


def made(**given: Any) -> Parameters:
    return Parameters.model_validate(FISH | given)


def found(
    initial: dict[str, Any] | None = None, every: float = 1.0, at: tuple[float, ...] = (), **given: Any
) -> list[Problem]:
    config = SimpleNamespace(
        parameters=made(**given),
        initial=ADAPTER.validate_python(initial or {"kind": "ball"}),
        schedule=TimeSchedule(until=10 * every, every=every),
        protocol=tuple(SimpleNamespace(at=time, set={"speed": 2.0}) for time in at),
        replicas=1,
        seed=1,
    )
    return list(each(config, *ENGINE.checks, indivisible))


def only(found: list[Problem]) -> Problem:
    assert len(found) == 1, found
    return found[0]


def test_defaults_are_those_of_the_figure() -> None:
    one = made()
    assert (one.repulsion_radius, one.field_of_view_deg, one.turn_rate_deg, one.speed) == (1.0, 270.0, 40.0, 3.0)
    assert (one.noise_rad, one.step, one.box_length, one.rule) == (0.05, 0.1, None, "couzin2002")


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 0},
        {"n": -3},
        {"n": 20.5},
        {"n": 2**31 + 1},
        {"repulsion_radius": -1.0},
        {"orientation_radius": math.nan},
        {"attraction_radius": 0.0},
        {"attraction_radius": "15"},
        {"attraction_radius": 1e-200},
        {"field_of_view_deg": 361.0},
        {"field_of_view_deg": 0.0},
        {"turn_rate_deg": -1.0},
        {"speed": math.inf},
        {"noise_rad": -0.1},
        {"step": 0.0},
        {"box_length": 0.0},
        {"rule": "vicsek"},
        {"orientation_weight": 7.0},
        {"groups": []},
        {"orentation_radius": 3.0},
    ],
)
def test_wrong_parameters_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        made(**wrong)
    assert caught.value.error_count() == 1
    assert caught.value.errors()[0]["loc"][0] == next(iter(wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "torus"},
        {"kind": "ball", "radius": 0.0},
        {"kind": "mill", "axis": [0.0, 0.0, 0.0]},
        {"kind": "mill", "axis": [1.0, 0.0]},
        {"kind": "aligned", "direction": [0, 0, 0]},
        {"kind": "uniform", "radius": 2.0},
    ],
)
def test_wrong_starts_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(wrong)


def test_expand() -> None:
    fish = expand(made(turn_rate_deg=40.0, step=0.1, noise_rad=0.05))
    for values in fish:
        assert values.shape == (10,)
        assert values.dtype == np.float64
    np.testing.assert_allclose(fish.turn, math.radians(4.0), rtol=1e-15)
    np.testing.assert_allclose(fish.cos_blind, -math.sqrt(0.5), rtol=1e-15)
    assert (fish.noise == 0.05).all()


@pytest.mark.parametrize(
    ("view", "cosine"), [(360.0, -2.0), (180.0, 0.0), (120.0, 0.5), (240.0, -0.5), (60.0, 0.75**0.5)]
)
def test_what_is_seen(view: float, cosine: float) -> None:
    assert expand(made(field_of_view_deg=view)).cos_blind[0] == pytest.approx(cosine, abs=1e-15)


def test_groups_override_what_they_name() -> None:
    groups = [{"n": 4, "speed": 5.0, "field_of_view_deg": 360.0}, {"n": 6, "repulsion_radius": 0.5}]
    fish = expand(made(groups=groups))
    assert sizes(made(groups=groups)) == (4, 6)
    assert fish.speed.tolist() == [5.0] * 4 + [3.0] * 6
    assert fish.cos_blind.tolist() == [-2.0] * 4 + [math.cos(math.radians(135.0))] * 6
    assert fish.repulsion.tolist() == [1.0] * 4 + [0.5] * 6


def test_no_problems() -> None:
    assert not found()
    assert not found(repulsion_radius=1.0, orientation_radius=1.0, attraction_radius=1.0)
    assert not found(box_length=30.0)
    assert not found(groups=[{"n": 4}, {"n": 6, "speed": 2.0}])
    assert not found({"kind": "uniform"}, box_length=40.0)
    assert not found({"kind": "ring"}, box_length=40.0)


def test_zones_in_order() -> None:
    problem = only(found(orientation_radius=0.5))
    assert problem.path == ("parameters", "orientation_radius")
    expected = "found orientation_radius = 0.5 below repulsion_radius = 1.0"
    assert problem.message == f"{expected}, expected orientation_radius >= repulsion_radius"
    assert only(found(attraction_radius=2.0)).path == ("parameters", "attraction_radius")
    problem = only(found(groups=[{"n": 4, "repulsion_radius": 4.0}, {"n": 6}]))
    assert problem.path == ("parameters", "groups", 0, "repulsion_radius")
    problem = only(found(groups=[{"n": 4}, {"n": 6, "orientation_radius": 20.0}]))
    assert problem.path == ("parameters", "groups", 1, "orientation_radius")
    assert len(found(orientation_radius=0.5, groups=[{"n": 4}, {"n": 6}])) == 1


def test_attraction_beyond_half_the_box() -> None:
    problem = only(found(box_length=29.0))
    assert (problem.path, problem.is_warning) == (("parameters", "attraction_radius"), False)
    problem = only(found(box_length=29.0, rule="dewi_kadita"))
    assert (problem.path, problem.is_warning) == (("parameters", "attraction_radius"), True)
    problem = only(found(box_length=40.0, groups=[{"n": 4}, {"n": 6, "attraction_radius": 21.0}]))
    assert problem.path == ("parameters", "groups", 1, "attraction_radius")


def test_group_sizes_add_up() -> None:
    problem = only(found(groups=[{"n": 4}, {"n": 5}]))
    assert (problem.path, problem.message) == (("parameters", "groups"), "found 9 fish in all, expected n = 10")


def test_step_divides_samples_and_protocol() -> None:
    assert only(found(every=0.25)).path == ("parameters", "step")
    assert "schedule.every = 0.25" in only(found(every=0.25)).message
    assert "protocol time 2.55" in only(found(at=(1.0, 2.55))).message


def test_change_that_no_fish_heeds() -> None:
    own: list[dict[str, Any]] = [{"n": 4, "speed": 3.0}, {"n": 6, "speed": 4.0}]
    assert only(found(at=(1.0,), groups=own)).path == ("protocol", 0, "set", "speed")
    del own[1]["speed"]
    assert not found(at=(1.0,), groups=own)


def test_weight_belongs_to_the_other_rule() -> None:
    assert only(found(orientation_weight=0.5)).path == ("parameters", "orientation_weight")
    assert not found(orientation_weight=0.5, rule="dewi_kadita")


def test_long_strides_are_doubted() -> None:
    problem = only(found(speed=11.0))
    assert (problem.path, problem.is_warning) == (("parameters", "speed"), True)
    assert not found(speed=11.0, repulsion_radius=0.0, initial={"kind": "ball", "radius": 2.0})


def test_starts_need_a_size() -> None:
    assert only(found({"kind": "uniform"})).path == ("initial", "kind")
    assert only(found({"kind": "ring"})).path == ("initial", "radius")
    assert only(found(repulsion_radius=0.0)).path == ("initial", "radius")
    assert only(found({"kind": "mill", "radius": 21.0}, box_length=40.0)).path == ("initial", "radius")
    assert only(found(box_length=30.0, n=10**6)).path == ("parameters", "box_length")


def test_problem_of_a_later_entry_is_told_at_that_entry() -> None:
    entries = [{"at": 3.0, "set": {"speed": 2.0}}, {"at": 5.05, "set": {"speed": 3.0}}]
    with pytest.raises(ConfigError, match=r"protocol\.1\.at: .* the protocol time 5\.05"):
        load_config("couzin/torus", {"protocol": entries})
