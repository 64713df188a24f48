"""What the engine promises to the runner: state, record, restart, replicas, legs, complaints."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from physent.engines import stored_fields
from physent.engines.nlse import ENGINE
from physent.errors import RunError
from tests.engines.nlse.runs import (
    COLLISION,
    SOLITON,
    advance,
    begin,
    config,
    doubted,
    observed,
    relative_error,
    run,
    wave_of,
    x_of,
)

NOISY = {"kind": "plane_wave", "noise_rms": 0.01, "noise_band": 40}
METHODS: list[dict[str, Any]] = [
    {"method": "if_dop853", "tolerance": 1e-8},
    {"method": "strang", "step": 0.0125},
    {"method": "rkn4", "step": 0.05},
    {"method": "rkn6", "step": 0.1},
]
SIZE: dict[str, Any] = {"length": 20.0, "points": 128}


def same(one: Any, other: Any) -> None:
    for name, value in stored_fields(one).items():
        np.testing.assert_array_equal(value, stored_fields(other)[name], err_msg=name)


def test_every_method_has_a_word() -> None:
    assert {"auto", *ENGINE.methods} == set(get_args(ENGINE.Parameters.model_fields["method"].annotation))


@pytest.mark.parametrize("points", [128, 125])
def test_observables_are_their_integrals(points: int) -> None:
    cfg = config(NOISY, replicas=2, length=20.0, points=points)
    record = observed(begin(cfg))
    x, k = (coordinate.values for coordinate in ENGINE.coordinates(cfg))
    psi, dx, dk = record["psi_real"] + 1j * record["psi_imag"], 20.0 / points, 2 * np.pi / 20.0
    assert np.all(np.diff(k) > 0)
    assert x[0] == -10.0
    direct = np.abs(dx / np.sqrt(2 * np.pi) * np.exp(-1j * np.outer(k, x)) @ psi.T).T ** 2
    slope = np.sum(1j * k * (psi @ np.exp(-1j * np.outer(x, k)))[:, None, :] * np.exp(1j * np.outer(x, k)), axis=2)
    slope /= points
    np.testing.assert_allclose(record["spectrum"], direct, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(record["spectrum"].sum(axis=1) * dk, record["mass"], rtol=1e-12)
    np.testing.assert_allclose(record["mass"], dx * (np.abs(psi) ** 2).sum(axis=1), rtol=1e-12)
    momentum = dx * np.imag(np.conj(psi) * slope).sum(axis=1)
    energy = dx * (np.abs(slope) ** 2 - np.abs(psi) ** 4).sum(axis=1) / 2
    np.testing.assert_allclose(record["momentum"], momentum, atol=1e-12)
    np.testing.assert_allclose(record["energy"], energy, rtol=1e-10)
    np.testing.assert_array_equal(record["max_intensity"], (record["psi_real"] ** 2 + record["psi_imag"] ** 2).max(1))
    tail = direct[:, np.abs(k) > 0.9 * np.pi * points / 20.0].sum(axis=1) / direct.sum(axis=1)
    np.testing.assert_allclose(record["spectral_tail"], tail, rtol=1e-6, atol=1e-25)


def test_steps_and_evaluations_are_counted() -> None:
    state = run(config(NOISY, until=1.0, every=0.25, **SIZE, method="rkn4", step=0.05))
    assert (state.steps[0], state.evaluations[0], state.time[0]) == (20, 120, 1.0)
    adaptive = run(config(NOISY, until=1.0, **SIZE, tolerance=1e-8))
    assert adaptive.evaluations[0] % 12 == -adaptive.rejections[0] % 12
    assert adaptive.left[0] == 0


def test_a_target_already_reached_changes_nothing() -> None:
    for method in METHODS:
        cfg = config(NOISY, **SIZE, **method)
        state = run(cfg)
        before = state.wave.copy()
        assert ENGINE.method(cfg).advance(state, 1.0, 1) == 1.0
        np.testing.assert_array_equal(state.wave, before)


def test_starts_from_given_arrays() -> None:
    cfg = config(replicas=2, **SIZE)
    psi = np.exp(-(x_of(cfg) ** 2)) * (1 + 0.5j)
    np.testing.assert_allclose(wave_of(begin(cfg, [psi, 2 * psi])), [psi, 2 * psi], atol=1e-15)


@pytest.mark.parametrize("first", METHODS)
@pytest.mark.parametrize("second", METHODS)
def test_legs_carry_the_wave_on(first: dict[str, Any], second: dict[str, Any]) -> None:
    cfg, after = config(SOLITON, **first), config(SOLITON, **second)
    state = run(cfg)
    psi, counted = wave_of(state), state.evaluations[0]
    state = ENGINE.method(after).changed(after, state, ENGINE.method(cfg))
    np.testing.assert_allclose(wave_of(state), psi, atol=1e-14)
    assert (state.leg_start, state.time[0], state.evaluations[0]) == (1.0, 1.0, counted)
    advance(after, state, 2.0)
    expected = wave_of(run(config(SOLITON, until=2.0, tolerance=1e-12)))
    assert relative_error(wave_of(state), expected) < 1e-2
    assert state.evaluations[0] > counted


def test_a_leg_may_turn_the_sign() -> None:
    cfg, after = (config(NOISY, **SIZE, sign=sign, tolerance=1e-10) for sign in ("focusing", "defocusing"))
    state = ENGINE.method(after).changed(after, run(cfg), ENGINE.method(cfg))
    before = observed(state)["energy"]
    advance(after, state, 2.0)
    assert before > 0
    np.testing.assert_allclose(observed(state)["energy"], before, rtol=1e-8)


@pytest.mark.parametrize("method", [METHODS[0], METHODS[2]])
def test_dealiasing_keeps_the_lower_half_of_the_modes(method: dict[str, Any]) -> None:
    cfg = config(NOISY | {"noise_band": None}, **SIZE, dealias="half", **method)
    start, end = begin(cfg), run(cfg)
    k = ENGINE.coordinates(cfg)[1].values
    for state in (start, end):
        spectrum = observed(state)["spectrum"][0]
        assert spectrum[np.abs(k) >= np.pi * 128 / 20.0 / 2].max() < 1e-30
        assert spectrum[np.abs(k) < 0.99 * np.pi * 128 / 20.0 / 2].min() > 1e-12
    drift = observed(end)["mass"] / observed(start)["mass"] - 1
    assert abs(drift[0]) < (1e-8 if method["method"] == "if_dop853" else 1e-4)


def test_auto_is_resolved() -> None:
    assert ENGINE.resolved(config(method="auto"))["method"] == "if_dop853"
    assert ENGINE.resolved(config(method="rkn6", step=0.1))["method"] == "rkn6"
    same(run(config(method="auto", **SIZE)), run(config(method="if_dop853", **SIZE)))


def test_doubts_a_spectrum_that_the_grid_does_not_hold() -> None:
    coarse, fine = (config(COLLISION, length=60.0, points=points, tolerance=1e-6) for points in (128, 512))
    found = doubted(coarse, run(coarse))
    assert list(found) == ["spectral_tail", "seam"]  # what the grid scatters goes round the box
    message = found["spectral_tail"]
    assert "time 1 " in message
    assert "points above 128" in message
    assert not doubted(fine, run(fine))


@pytest.mark.parametrize("method", [METHODS[0], METHODS[2]])
def test_refuses_a_wave_that_is_not_finite(method: dict[str, Any]) -> None:
    cfg = config(NOISY, replicas=3, **SIZE, **method)
    state = begin(cfg)
    state.wave[1, 5] = np.inf
    with np.errstate(all="ignore"), pytest.raises(RunError, match=r"replica 1: .* time 1") as caught:
        advance(cfg, state, 1.0)
    assert "\n" not in str(caught.value)
