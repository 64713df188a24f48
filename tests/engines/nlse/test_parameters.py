from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

import physent
from physent.config.load import load, load_config
from physent.declare import Absent, Problem, TimeSchedule, each, indivisible
from physent.engines.nlse.checks import CHECKS
from physent.engines.nlse.parameters import Initial, Parameters

ADAPTER: TypeAdapter[Any] = TypeAdapter(Initial)
SECH = {"kind": "satsuma_yajima", "order": 2}
BOX = {"length": 60.0, "points": 256}
AKHMEDIEV = {"kind": "akhmediev", "a": 0.25}
PERIOD = 2 * math.pi / math.sqrt(2)


def found(
    initial: dict[str, Any] = SECH, replicas: int = 1, until: float = 10.0, at: tuple[float, ...] = (), **given: Any
) -> list[Problem]:
    config = SimpleNamespace(
        parameters=Parameters.model_validate(BOX | given),
        initial=ADAPTER.validate_python(initial),
        schedule=TimeSchedule(until=until, every=0.1),
        protocol=tuple(SimpleNamespace(at=time) for time in at),
        replicas=replicas,
        seed=1,
        device="cpu",
    )
    return list(each(config, *CHECKS, indivisible))


def only(found: list[Problem]) -> Problem:
    assert len(found) == 1, found
    return found[0]


def soliton(**given: Any) -> dict[str, Any]:
    return {"amplitude": 1.5, "position": 0.0} | given


def test_defaults() -> None:
    made = Parameters.model_validate({"length": 10, "points": 1e3})
    assert (made.points, made.sign, made.method, made.tolerance) == (1000, "focusing", "auto", 1e-10)
    assert (made.step, made.dealias, made.potential.kind) == (None, "none", "none")


@pytest.mark.parametrize(
    "wrong",
    [
        {"length": 0.0},
        {"length": -1.0},
        {"length": math.inf},
        {"length": 1e-200},
        {"length": "60"},
        {"points": 1},
        {"points": 10.5},
        {"points": 10**400},
        {"sign": "attractive"},
        {"potential": {"kind": "harmonic"}},
        {"potential": "none"},
        {"method": "rk4"},
        {"tolerance": 0.0},
        {"tolerance": 0.1},
        {"tolerance": 1e-15},
        {"tolerance": math.nan},
        {"step": 0.0},
        {"dealias": "third"},
        {"lenght": 60.0},
    ],
)
def test_wrong_parameters_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        Parameters.model_validate(BOX | wrong)
    assert caught.value.error_count() == 1
    assert caught.value.errors()[0]["loc"][0] == next(iter(wrong))


def test_tolerance_below_round_off_says_so() -> None:
    with pytest.raises(ValidationError, match=r"found 1e-15, expected >= 1e-14: round-off"):
        Parameters.model_validate(BOX | {"tolerance": 1e-15})


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "soliton"},
        {"kind": "solitons", "solitons": []},
        {"kind": "solitons", "solitons": [soliton(amplitude=-1.0)]},
        {"kind": "solitons", "solitons": [soliton(speed=1.0)]},
        {"kind": "solitons", "solitons": [soliton(velocity=math.nan)]},
        {"kind": "akhmediev", "a": 0.5},
        {"kind": "akhmediev", "a": 0.0},
        {"kind": "kuznetsov_ma", "a": 0.5},
        {"kind": "satsuma_yajima", "order": 1.5},
        {"kind": "satsuma_yajima", "order": 0},
        {"kind": "dark_pair", "angle": 1.6, "separation": 10.0},
        {"kind": "dark_pair", "angle": 0.0, "separation": 10.0},
        {"kind": "plane_wave", "mode": 0.5},
        {"kind": "plane_wave", "noise_rms": -0.1},
        {"kind": "plane_wave", "noise_rms": 0.1, "noise_band": -1},
        {"kind": "gaussian", "width": 0.0},
        {"kind": "file", "path": "run.nc", "noise_rms": 0.1},
    ],
)
def test_wrong_initial_states_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        ADAPTER.validate_python(wrong)
    assert caught.value.error_count() == 1


@pytest.mark.parametrize("section", [Parameters, *Initial.__args__[0].__args__])
def test_every_key_is_described(section: type[Parameters]) -> None:
    assert section.__doc__
    undescribed = [name for name, field in section.model_fields.items() if not field.description]
    assert undescribed in ([], ["kind"])


def test_initial_survives_a_round_trip() -> None:
    initial = ADAPTER.validate_python({"kind": "solitons", "solitons": [soliton(), soliton(velocity=1.0)]})
    assert ADAPTER.validate_python(ADAPTER.dump_python(initial, mode="json")) == initial


def test_a_clean_config_has_no_problem() -> None:
    assert found() == []
    assert found(method="rkn4", step=0.05, at=(2.5,)) == []
    assert found({"kind": "file", "path": "run.nc"}, replicas=3) == []
    assert found({"kind": "solitons", "solitons": [soliton(), soliton(amplitude=1.0)]}) == []


@pytest.mark.parametrize("points", [100, 257])
def test_slow_transforms_are_a_doubt(points: int) -> None:
    problem = only(found(points=points))
    assert problem == Problem(
        ("parameters", "points"),
        f"{points} is not a power of two: transforms take 2 to 8 times as long",
        is_warning=True,
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "rkn4"}, "missing, expected a time step for method rkn4"),
        ({"step": 0.1}, "found 0.1 with method auto, which chooses its own steps"),
        ({"method": "if_dop853", "step": 0.1}, "found 0.1 with method if_dop853"),
        ({"method": "strang", "step": 0.03}, "found 0.03, expected a divisor of schedule.every = 0.1"),
        ({"method": "strang", "step": 0.2}, "found 0.2, expected a divisor of schedule.every = 0.1"),
        ({"method": "rkn6", "step": 0.1, "at": (0.5, 0.75)}, "found 0.1, expected a divisor of the protocol time 0.75"),
    ],
)
def test_step_belongs_to_fixed_step_methods_and_divides(given: dict[str, Any], message: str) -> None:
    problem = only(found(**given))
    assert problem.path == ("parameters", "step")
    assert message in problem.message
    assert not problem.is_warning


def test_a_tolerance_that_nothing_reads_is_a_doubt() -> None:
    problem = only(found(method="strang", step=0.1, tolerance=1e-8))
    assert problem.is_warning
    assert problem.path == ("parameters", "tolerance")
    assert not found(method="strang", step=0.1)


def test_a_rounded_step_is_a_doubt() -> None:
    problem = only(found(method="rkn4", step=0.033333333333))
    assert problem.is_warning
    assert problem.message == "3 steps of 0.033333333333 miss schedule.every by -1.0e-11 of it; write more digits"


@pytest.mark.parametrize(
    "initial",
    [
        {"kind": "solitons", "solitons": [soliton()]},
        AKHMEDIEV,
        {"kind": "peregrine"},
        {"kind": "kuznetsov_ma", "a": 1.0},
        SECH,
    ],
)
def test_bright_waves_need_the_focusing_sign(initial: dict[str, Any]) -> None:
    problem = only([one for one in found(initial, sign="defocusing", length=20 * PERIOD) if not one.is_warning])
    assert problem == Problem(("initial", "kind"), f"{initial['kind']} needs sign: focusing, found defocusing")


def test_dark_pair_needs_the_defocusing_sign() -> None:
    pair = {"kind": "dark_pair", "angle": 0.5, "separation": 20.0}
    assert only(found(pair)).message == "dark_pair needs sign: defocusing, found focusing"
    assert found(pair, sign="defocusing") == []


def test_akhmediev_box_holds_whole_periods() -> None:
    assert found(AKHMEDIEV, length=10 * PERIOD) == []
    problem = only(found(AKHMEDIEV, length=44.0))
    assert problem.path == ("parameters", "length")
    assert not problem.is_warning
    assert f"{9 * PERIOD!r} or {10 * PERIOD!r}" in problem.message
    assert only(found(AKHMEDIEV, length=1.0)).message.endswith(f"expected a whole number: {PERIOD!r}")
    near = only(found(AKHMEDIEV, length=(10 + 1e-7) * PERIOD))
    assert near.is_warning
    assert f"{10 * PERIOD!r} would hold 10" in near.message


@pytest.mark.parametrize(
    ("initial", "length"),
    [
        (SECH, 40.0),
        ({"kind": "solitons", "solitons": [soliton(position=25.0)]}, 60.0),
        ({"kind": "kuznetsov_ma", "a": 0.6}, 30.0),
        ({"kind": "gaussian", "width": 5.0}, 50.0),
        ({"kind": "modulated_sech"}, 40.0),
    ],
)
def test_a_tail_at_the_seam_is_a_doubt(initial: dict[str, Any], length: float) -> None:
    problem = only(found(initial, length=length))
    assert problem.is_warning
    assert problem.path == ("parameters", "length")
    assert "at the seam" in problem.message
    assert found(initial, length=4 * length, points=1024) == []


def test_an_algebraic_tail_is_a_doubt_in_any_box() -> None:
    for length in (50.0, 200.0, 2000.0):
        problem = only(found({"kind": "peregrine"}, length=length, points=8192))
        assert f"still {4 / (1 + length**2):.1e};" in problem.message


def test_a_seam_below_the_noise_is_no_doubt() -> None:
    assert found({"kind": "gaussian", "width": 5.0, "noise_rms": 0.01}, length=50.0) == []


@pytest.mark.parametrize(
    ("initial", "path", "message"),
    [
        (
            {"kind": "solitons", "solitons": [soliton(), soliton(amplitude=1.0, position=31.0)]},
            ("initial", "solitons", 1, "position"),
            "found 31.0, expected a point of the box [-30, 30)",
        ),
        (
            {"kind": "solitons", "solitons": [soliton(velocity=14.0)]},
            ("initial", "solitons", 0, "velocity"),
            "found 14.0, expected less than the Nyquist wavenumber 13.4041 in modulus",
        ),
        (
            {"kind": "solitons", "solitons": [soliton(position=-9.0), soliton(position=9.0)]},
            ("initial", "solitons", 1),
            "has the amplitude and velocity of soliton 0",
        ),
        (
            {"kind": "gaussian", "width": 1.0, "velocity": -20.0},
            ("initial", "velocity"),
            "found -20.0, expected less than the Nyquist wavenumber",
        ),
        ({"kind": "modulated_sech", "wavenumber": 14.0}, ("initial", "wavenumber"), "found 14.0, expected less"),
        ({"kind": "plane_wave", "mode": -128}, ("initial", "mode"), "found -128, expected at most 127 in modulus"),
        (SECH | {"noise_rms": 0.1, "noise_band": 128}, ("initial", "noise_band"), "found 128, expected at most 127"),
    ],
)
def test_what_the_grid_or_the_wave_cannot_hold(
    initial: dict[str, Any], path: tuple[str | int, ...], message: str
) -> None:
    errors = [problem for problem in found(initial) if not problem.is_warning]
    problem = only(errors)
    assert problem.path == path
    assert message in problem.message


def test_equal_solitons_may_be_summed() -> None:
    pair = [soliton(position=-9.0), soliton(position=9.0)]
    assert found({"kind": "solitons", "solitons": pair, "exact": False}) == []


@pytest.mark.parametrize("separation", [0.5, 60.0])
def test_dark_pair_fits_its_box(separation: float) -> None:
    pair = {"kind": "dark_pair", "angle": 0.3, "separation": separation}
    problem = only(found(pair, sign="defocusing"))
    assert problem.path == ("initial", "separation")
    assert not problem.is_warning


def test_dark_pair_near_the_seam_is_a_doubt() -> None:
    pair = {"kind": "dark_pair", "angle": 0.3, "separation": 50.0}
    assert only(found(pair, sign="defocusing")).is_warning


def test_doubtful_noise() -> None:
    assert only(found(replicas=4)).path == ("replicas",)
    assert only(found(SECH | {"noise_band": 3})).message == "has no effect without noise_rms"
    assert found(SECH | {"noise_rms": 1e-12}, replicas=4) == []


def test_round_off_on_an_unstable_background_is_a_doubt() -> None:
    problem = only(found({"kind": "plane_wave"}, until=40.0))
    assert problem.path == ("schedule", "until")
    assert problem.is_warning
    assert only(found({"kind": "plane_wave", "amplitude": 2.0})).path == ("schedule", "until")
    assert found({"kind": "plane_wave"}, until=40.0, length=3.0) == []
    assert found({"kind": "plane_wave"}, until=40.0, sign="defocusing") == []
    assert found({"kind": "plane_wave", "noise_rms": 1e-3}, until=40.0) == []


class Partial(SimpleNamespace):
    """Sections of a config, the others invalid."""

    def __getattr__(self, name: str) -> Any:
        raise Absent(name)


def test_absent_sections_are_passed_over() -> None:
    parameters = Parameters.model_validate(BOX | {"method": "strang", "points": 100})
    alone = Partial(parameters=parameters)
    assert [problem.path[1] for problem in each(alone, *CHECKS)] == ["points", "step"]
    with_start = Partial(parameters=parameters, initial=ADAPTER.validate_python(SECH | {"noise_band": 3}))
    assert [problem.path[1] for problem in each(with_start, *CHECKS)] == ["points", "step", "noise_band"]
    assert not list(each(Partial(), *CHECKS))


@pytest.mark.parametrize("size", [1e-75, 1e75])
def test_extreme_sizes_raise_nothing(size: float) -> None:
    starts: list[dict[str, Any]] = [
        {"kind": "gaussian", "width": size, "amplitude": size, "position": size},
        {"kind": "dark_pair", "background": size, "angle": 1e-9, "separation": size},
        {"kind": "kuznetsov_ma", "a": max(size, 0.51), "start": size},
        {"kind": "peregrine", "start": size},
        {"kind": "plane_wave", "amplitude": size, "mode": 10**300},
        {"kind": "solitons", "solitons": [soliton(amplitude=size), soliton(velocity=size)]},
    ]
    for start in starts:
        for length in (1e-75, 1.0, 1e75):
            found(start, length=length)


def test_arrays_are_not_judged_by_the_start_that_they_replace() -> None:
    """Four different waves given as arrays are not identical replicas of a plane wave without noise."""
    config = load_config(
        {
            "engine": "nlse",
            "replicas": 4,
            "parameters": {"length": 20.0, "points": 32},
            "initial": {"kind": "plane_wave"},
            "schedule": {"until": 0.1, "every": 0.1},
        }
    )
    assert "are identical" in str(load(config).warnings)
    waves = np.exp(1j * np.arange(4))[:, None] * np.ones(32)
    with physent.run(config, initial={"psi": waves}) as run:
        assert run.attrs["warnings"] == ""
