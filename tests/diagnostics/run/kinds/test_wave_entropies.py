"""Entropies of waves against closed forms, and the grid entropies that were published for the same wave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from physent.diagnostics.run.kinds.wave_entropies import WaveEntropies
from tests.diagnostics.run.records import complaints, observe

Fields = dict[str, tuple[tuple[str, ...], Any]]


def wave(psi: Any, length: float) -> tuple[Fields, dict[str, Any]]:
    """Record of waves (replica, x), and the coordinates that go with it."""
    count = psi.shape[1]
    x = length * (np.arange(count) / count - 0.5)
    k = 2 * np.pi * np.fft.fftshift(np.fft.fftfreq(count, length / count))
    spectrum = np.fft.fftshift(np.abs(np.fft.fft(psi, axis=1)) ** 2, axes=1) * (length / count) ** 2 / (2 * np.pi)
    fields: Fields = {
        "psi_real": (("replica", "x"), psi.real),
        "psi_imag": (("replica", "x"), psi.imag),
        "spectrum": (("replica", "wavenumber"), spectrum),
    }
    return fields, {"coordinates": {"replica": np.arange(len(psi)), "x": x, "wavenumber": k}}


def soliton(amplitude: float, length: float, points: int) -> tuple[Fields, dict[str, Any]]:
    """A sech(A x) exp(i v x) on two replicas, the second moving."""
    x = length * (np.arange(points) / points - 0.5)
    shape = amplitude / np.cosh(amplitude * x)
    return wave(np.array([shape + 0j, shape * np.exp(2j * np.pi * 8 / length * x)]), length)


def values(one: WaveEntropies, case: tuple[Fields, dict[str, Any]]) -> dict[str, float]:
    found = observe(one, case[0], **case[1])
    for name, both in found.items():
        np.testing.assert_allclose(both[0], both[1], rtol=1e-11, err_msg=name)
    return {name.removeprefix("wave_entropies_"): float(both[0]) for name, both in found.items()}


@pytest.mark.parametrize("eta", [1.0, 0.5, 2.0])
def test_sech_soliton(eta: float) -> None:
    """Closed forms of eta sech(eta x); Renyi_2 = ln(3/eta), Tsallis_2 = 1 - eta/3 by int sech^4 = 4/3."""
    one = WaveEntropies(kind="wave_entropies", measures=("shannon", "renyi_2", "renyi_inf", "tsallis_2"))
    found = values(one, soliton(eta, 40.0 / eta, 1024))
    assert found["shannon_x"] == pytest.approx(2 - np.log(2 * eta), abs=1e-9)
    assert found["shannon_k"] == pytest.approx(2 - np.log(np.pi / eta), abs=1e-9)
    assert found["shannon_x"] + found["shannon_k"] == pytest.approx(4 - np.log(2 * np.pi), abs=1e-9)
    assert found["renyi_2_x"] == pytest.approx(np.log(3 / eta), abs=1e-9)
    assert found["renyi_inf_x"] == pytest.approx(np.log(2 / eta), abs=1e-9)
    assert found["tsallis_2_x"] == pytest.approx(1 - eta / 3, abs=1e-9)


def test_gaussian_reaches_the_uncertainty_bound() -> None:
    x = 40.0 * (np.arange(512) / 512 - 0.5)
    psi = np.exp(-(x**2) / 3) * np.array([[1.0], [3.0j]])
    found = values(WaveEntropies(kind="wave_entropies"), wave(psi, 40.0))
    assert found["shannon_x"] + found["shannon_k"] == pytest.approx(1 + np.log(np.pi), abs=1e-9)


def test_published_grid_entropies_of_one_soliton() -> None:
    """A = 2, L = 50, N = 512: supplement of simple-idealized-1d-nlse (arXiv 2509.05901), four digits.

    The published 3.6225 is the closed form 3.62256 cut off, not rounded.
    """
    measures = ("shannon", "renyi_2", "renyi_inf", "tsallis_2", "tsallis_0.5")
    one = WaveEntropies(kind="wave_entropies", measures=measures, form="grid")
    found = values(one, soliton(2.0, 50.0, 512))
    published = {"shannon_x": 2.9400, "shannon_k": 3.6225, "renyi_2_x": 2.7318, "tsallis_2_x": 0.9349}
    for name, value in published.items():
        assert found[name] == pytest.approx(value, abs=1e-4), name
    assert found["tsallis_0.5_x"] == pytest.approx(8.053, abs=6e-4)
    dx = 50 / 512
    assert found["shannon_x"] == pytest.approx(2 - np.log(4) - np.log(dx), abs=1e-9)
    assert found["shannon_k"] == pytest.approx(2 - np.log(np.pi / 2) - np.log(2 * np.pi / 50), abs=1e-9)
    assert found["tsallis_0.5_x"] == pytest.approx(2 * (np.pi / np.sqrt(4 * dx) - 1), abs=1e-9)


def test_a_replica_does_not_depend_on_the_others() -> None:
    rng = np.random.default_rng(0)
    psi = rng.normal(size=(5, 96)) + 1j * rng.normal(size=(5, 96))
    one = WaveEntropies(kind="wave_entropies", measures=("shannon", "renyi_0", "renyi_3", "tsallis_0.5"))
    many, few = (observe(one, fields, **rest) for fields, rest in (wave(psi, 7.0), wave(psi[:1], 7.0)))
    for name, value in few.items():
        np.testing.assert_array_equal(value, many[name][:1])


def test_space_and_sources() -> None:
    assert WaveEntropies(kind="wave_entropies", space="position").sources() == ("psi_real", "psi_imag")
    assert WaveEntropies(kind="wave_entropies", space="wavenumber").sources() == ("spectrum",)
    (problem, *_) = complaints(WaveEntropies(kind="wave_entropies"), {"position": (("replica", "particle"), [[0.0]])})
    assert problem.path == (0, "kind")
    assert problem.message == "wave_entropies needs the variable psi_real, which the engine does not have"


@pytest.mark.parametrize("measure", ["renyi", "renyi_-1", "tsallis_inf", "kl", "Shannon", "renyi_2x"])
def test_unknown_measures(measure: str) -> None:
    with pytest.raises(ValidationError, match="expected shannon, renyi_Q or tsallis_Q"):
        WaveEntropies(kind="wave_entropies", measures=(measure,))


def test_a_measure_stands_once() -> None:
    with pytest.raises(ValidationError, match="found renyi_2 twice"):
        WaveEntropies(kind="wave_entropies", measures=("renyi_2", "renyi_2"))


def test_no_wave_at_all_is_nan_in_that_replica() -> None:
    told: dict[str, str] = {}
    psi = np.ones((2, 8)) + 0j
    psi[1] = 0
    fields, rest = wave(psi, 1.0)
    found = observe(WaveEntropies(kind="wave_entropies", name="w"), fields, told=told, **rest)
    assert np.isnan(found["w_shannon_x"]).tolist() == [False, True]
    assert "zero everywhere" in told["diagnostics.w.nan"]


def doubt(psi: Any, length: float, **more: Any) -> str:
    told: dict[str, str] = {}
    fields, rest = wave(np.atleast_2d(psi), length)
    observe(WaveEntropies(kind="wave_entropies", **more), fields, told=told, **rest)
    return "; ".join(told.values())


def test_a_grid_too_coarse_and_a_window_too_short_are_told_once() -> None:
    x = 40.0 * (np.arange(512) / 512 - 0.5)
    beam = np.exp(-(x**2)) * np.exp(2j * np.pi * 30 / 40 * x)
    assert doubt([beam, np.exp(-(x**2) / 4)], 40.0) == ""
    assert doubt(np.exp(2j * np.pi * 3 / 40 * x), 40.0) == ""  # a plane wave that fits
    narrow = doubt([beam, np.exp(-((x / 0.05) ** 2)) + 0j], 40.0)
    assert "the grid does not resolve the wave" in narrow
    assert "no wave has less than 1 + ln pi = 2.1447" in narrow
    assert "jumps" not in narrow
    half = doubt(np.roll(beam, 256) * (x > 0), 40.0)
    assert "psi jumps by 1 of its largest modulus from the last place to the first" in half
    assert "psi jumps by 2" in doubt(np.tanh(x), 40.0)
    assert "psi jumps" in doubt(np.exp(2j * np.pi * 3.3 / 40 * x), 40.0)
    assert doubt(np.tanh(x), 40.0, space="position") == ""
    assert "does not resolve" in doubt(np.tanh(x), 40.0, space="wavenumber")
