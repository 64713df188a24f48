from __future__ import annotations

from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy import integrate

from physent.declare import FileInitial
from physent.engines.nlse.equation import equation_of
from physent.engines.nlse.initial import grid, noise, wave
from physent.engines.nlse.observables import observe
from physent.engines.nlse.parameters import Initial, Parameters
from physent.errors import UsageError
from physent.theory import breathers, dark_solitons, solitons


def config(initial: dict[str, Any], length: float = 60.0, points: int = 512, seed: int = 7) -> Any:
    return SimpleNamespace(
        seed=seed,
        parameters=Parameters(length=length, points=points),
        initial=TypeAdapter(Initial).validate_python(initial),
    )


PAIR = [{"amplitude": 1.2, "position": -2.0, "velocity": 0.5}, {"amplitude": 2.0, "position": 1.5, "phase": 0.4}]
COLUMNS = ([1.2, 2.0], [-2.0, 1.5], [0.5, 0.0], [0.0, 0.4])
X = 60.0 * np.arange(512) / 512 - 30.0
CASES: list[tuple[dict[str, Any], Any]] = [
    ({"kind": "solitons", "solitons": PAIR}, solitons.n_soliton(X, 0.0, *COLUMNS)),
    (
        {"kind": "solitons", "solitons": PAIR, "exact": False},
        1.2 / np.cosh(1.2 * (X + 2)) * np.exp(0.5j * X) + 2 / np.cosh(2 * (X - 1.5)) * np.exp(0.4j),
    ),
    ({"kind": "akhmediev", "a": 0.3, "start": -2.5}, breathers.akhmediev(X, -2.5, 0.3)),
    ({"kind": "peregrine", "start": 0.5}, breathers.peregrine(X, 0.5)),
    ({"kind": "kuznetsov_ma", "a": 0.8}, breathers.kuznetsov_ma(X, 0.0, 0.8)),
    ({"kind": "satsuma_yajima", "order": 3}, 3 / np.cosh(X)),
    ({"kind": "plane_wave", "amplitude": 1.3, "mode": -4}, 1.3 * np.exp(-8j * np.pi * X / 60)),
    (
        {"kind": "gaussian", "amplitude": 1.1, "width": 2.0, "position": 3.0, "velocity": -1.0},
        1.1 * np.exp(-((X - 3) ** 2) / 8 - 1j * X),
    ),
    (
        {"kind": "modulated_sech", "amplitude": 1.5, "wavenumber": 0.6, "modulation": 0.25},
        np.sqrt(2) * 1.5 / np.cosh(1.5 * X) * np.exp(0.6j * X) * (1 + 0.25 * np.cos(1.2 * X)),
    ),
    (
        {"kind": "dark_pair", "background": 1.2, "angle": 0.5, "separation": 18.0},
        dark_solitons.dark_pair(X, dark_solitons.dark_pair_start(1.2, 0.5, 18.0), 1.2, 0.5),
    ),
]
NAMES = [f"{index}-{initial['kind']}" for index, (initial, _) in enumerate(CASES)]


@pytest.mark.parametrize(("initial", "expected"), CASES, ids=NAMES)
def test_wave_is_its_formula(initial: dict[str, Any], expected: Any) -> None:
    psi = wave(config(initial), 0)
    assert psi.dtype == np.complex128
    assert psi.flags.c_contiguous
    np.testing.assert_allclose(psi, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("initial", "expected"), CASES, ids=NAMES)
def test_every_kind_takes_noise(initial: dict[str, Any], expected: Any) -> None:
    noisy = config(initial | {"noise_rms": 0.01, "noise_band": 9})
    added = noise(512, 0.01, 9, seed=7, replica=3)
    np.testing.assert_allclose(wave(noisy, 3), expected + added, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("points", [2, 5, 8, 101])
def test_grid(points: int) -> None:
    np.testing.assert_allclose(grid(3.0, points), -1.5 + 3.0 * np.arange(points) / points, rtol=1e-15, atol=1e-15)


def test_noise_of_a_band_is_the_same_function_on_every_grid() -> None:
    coarse = noise(64, 0.3, 20, seed=1, replica=2)
    np.testing.assert_allclose(noise(256, 0.3, 20, seed=1, replica=2)[::4], coarse, atol=1e-14)
    np.testing.assert_allclose(noise(41 * 64, 0.3, 20, seed=1, replica=2)[::41], coarse, atol=1e-14)
    odd = noise(41, 0.3, 20, seed=1, replica=2)
    np.testing.assert_allclose(noise(41 * 64, 0.3, 20, seed=1, replica=2)[::64], odd, atol=1e-14)


def test_noise_of_a_band_seeds_that_band_alone() -> None:
    spectrum = np.abs(np.fft.fft(noise(256, 1.0, 20, seed=1, replica=0)))
    modes = np.abs(np.fft.fftfreq(256, 1 / 256))
    assert np.all(spectrum[modes <= 20] > 1e-3)
    assert np.all(spectrum[modes > 20] < 1e-12)


@pytest.mark.parametrize("points", [255, 256])
def test_noise_without_a_band_is_white_up_to_nyquist(points: int) -> None:
    spectra = [np.abs(np.fft.fft(noise(points, 0.5, None, seed=5, replica=r))) ** 2 / points for r in range(400)]
    mean = np.mean(spectra, axis=0) / 0.25
    # each of `points` means of 400 unit exponentials has the standard error 1/20; 5 of them cover all
    assert np.all(np.abs(mean - 1) < 5 / 20)


def test_noise_has_its_rms_and_is_circular() -> None:
    draws = np.array([noise(256, 0.5, 31, seed=5, replica=r) for r in range(400)])
    # 400 x 63 independent complex coefficients: relative standard error 1/sqrt(25200) = 0.0063
    assert np.mean(np.abs(draws) ** 2) == pytest.approx(0.25, rel=4 * 0.0063)
    assert abs(np.mean(draws**2)) < 4 * 0.0063 * 0.25


def test_noise_depends_on_seed_and_replica_alone() -> None:
    first = noise(128, 1.0, None, seed=1, replica=0)
    np.testing.assert_array_equal(first, noise(128, 1.0, None, seed=1, replica=0))
    others = [noise(128, 1.0, None, seed=1, replica=1), noise(128, 1.0, None, seed=2, replica=0)]
    for other in others:
        assert abs(np.vdot(first, other)) < 5 * np.sqrt(128)


def test_replicas_without_noise_are_equal() -> None:
    quiet = config({"kind": "satsuma_yajima", "order": 2})
    np.testing.assert_array_equal(wave(quiet, 0), wave(quiet, 5))


def test_a_file_is_not_a_closed_form() -> None:
    given = SimpleNamespace(
        seed=0, parameters=Parameters(length=1.0, points=4), initial=FileInitial(kind="file", path="run.nc")
    )
    with pytest.raises(TypeError, match="FileInitial"):
        wave(given, 0)


def _sech_pulse(amplitude: float, wavenumber: float, modulation: float) -> tuple[float, float, float]:
    """Invariants of `modulated_sech` by adaptive quadrature of the envelope and its derivative."""

    def envelope(x: float) -> float:
        return float(np.sqrt(2) * amplitude / np.cosh(amplitude * x) * (1 + modulation * np.cos(2 * wavenumber * x)))

    def slope(x: float) -> float:
        ripple = 2 * wavenumber * modulation * np.sin(2 * wavenumber * x)
        return float(
            -amplitude * np.tanh(amplitude * x) * envelope(x) - np.sqrt(2) * amplitude / np.cosh(amplitude * x) * ripple
        )

    def integral(power: int) -> float:
        return float(integrate.quad(lambda x: envelope(x) ** power, -20, 20, epsabs=1e-13, limit=200)[0])

    kinetic = integrate.quad(lambda x: slope(x) ** 2, -20, 20, epsabs=1e-13, limit=200)[0] / 2
    mass = integral(2)
    return mass, wavenumber * mass, float(kinetic) + wavenumber**2 * mass / 2 - integral(4) / 2


_ALIKE = [{"amplitude": 1 + 0.02 * j, "position": -21.0 + 6 * j} for j in range(8)]
_AKHMEDIEV = 6 * 2 * np.pi / breathers.akhmediev_wavenumber(0.3)
_KUZNETSOV_MA = breathers.kuznetsov_ma_decay(0.8)
_DARK = 1.2 * np.cos(0.5)
INVARIANTS: list[tuple[dict[str, Any], float, tuple[float, float, float]]] = [
    ({"kind": "solitons", "solitons": PAIR}, 60.0, (6.4, 1.2, 1.2 * 0.25 - 1.2**3 / 3 - 8 / 3)),
    ({"kind": "solitons", "solitons": _ALIKE}, 120.0, (17.12, 0.0, -sum((1 + 0.02 * j) ** 3 for j in range(8)) / 3)),
    (
        {"kind": "solitons", "exact": False, "solitons": [PAIR[0] | {"position": -28.0}, PAIR[1] | {"position": 28.0}]},
        110.0,
        (6.4, 1.2, 1.2 * 0.25 - 1.2**3 / 3 - 8 / 3),
    ),
    ({"kind": "akhmediev", "a": 0.3, "start": -0.7}, _AKHMEDIEV, (_AKHMEDIEV, 0.0, -_AKHMEDIEV / 2)),
    # On the line the excess over the background vanishes; beyond the seam lie the mass -8/L and the energy 8/L of it.
    ({"kind": "peregrine", "start": 0.0}, 2000.0, (2000 + 8 / 2000, 0.0, -1000 - 8 / 2000)),
    (
        {"kind": "kuznetsov_ma", "a": 0.8, "start": 0.4},
        60.0,
        (60 + 2 * _KUZNETSOV_MA, 0.0, -(_KUZNETSOV_MA**3) / 3 - (60 + 2 * _KUZNETSOV_MA) + 30),
    ),
    ({"kind": "satsuma_yajima", "order": 3}, 60.0, (18.0, 0.0, 3.0 - 54.0)),
    (
        {"kind": "dark_pair", "background": 1.2, "angle": 0.5, "separation": 25.0},
        100.0,
        (144 - 4 * _DARK, 0.0, 1.44 * (144 - 4 * _DARK) - 1.2**4 * 50 + 8 / 3 * _DARK**3),
    ),
    (
        {"kind": "plane_wave", "amplitude": 1.3, "mode": -4},
        60.0,
        (101.4, -101.4 * 8 * np.pi / 60, 50.7 * (8 * np.pi / 60) ** 2 - 30 * 1.3**4),
    ),
    (
        {"kind": "gaussian", "amplitude": 1.1, "width": 2.0, "position": 3.0, "velocity": -1.0},
        60.0,
        (
            2.42 * np.sqrt(np.pi),
            -2.42 * np.sqrt(np.pi),
            1.21 * np.sqrt(np.pi) * (1 + 1 / 8) - 1.1**4 * np.sqrt(np.pi / 2),
        ),
    ),
    (
        {"kind": "modulated_sech", "amplitude": 1.5, "wavenumber": 0.6, "modulation": 0.25},
        60.0,
        _sech_pulse(1.5, 0.6, 0.25),
    ),
]


@pytest.mark.parametrize(
    ("initial", "length", "expected"),
    INVARIANTS,
    ids=[f"{index}-{one[0]['kind']}" for index, one in enumerate(INVARIANTS)],
)
def test_every_start_has_its_invariants(
    initial: dict[str, Any], length: float, expected: tuple[float, float, float]
) -> None:
    """Mass, momentum and energy in closed form, to 1e-10 of the sum of their parts."""
    cfg = config(initial, length=length, points=16384 if length > 500 else 2048)
    cfg.parameters = cfg.parameters.model_copy(
        update={"sign": "defocusing" if initial["kind"] == "dark_pair" else "focusing"}
    )
    psi = wave(cfg, 0)
    record = observe(equation_of(cfg), psi[None])
    tolerance = 2e-8 if initial["kind"] == "peregrine" else 1e-10
    for name, value in zip(("mass", "momentum", "energy"), expected, strict=True):
        assert record[name][0] == pytest.approx(value, abs=tolerance * max(1.0, expected[0])), name


def test_the_invariants_cover_every_kind() -> None:
    union = get_args(get_args(Initial)[0])
    kinds = {get_args(one.model_fields["kind"].annotation)[0] for one in union}
    assert {one[0]["kind"] for one in INVARIANTS} == kinds - {"file"}


def test_solitons_so_alike_that_the_box_cuts_them_are_refused() -> None:
    """Two of nearly one height in one place stand on either side of it, at log(2/difference) = 35."""
    pair = [{"amplitude": 1.0, "position": 0.0}, {"amplitude": 1.0 + 1e-15, "position": 0.0, "phase": np.pi}]
    with pytest.raises(UsageError, match=r"mass 3\.9990.* are not the sums over the solitons, 4.*parameters\.length"):
        wave(config({"kind": "solitons", "solitons": pair}, length=80.0), 0)
    wide = wave(config({"kind": "solitons", "solitons": pair}, length=200.0, points=2048), 0)
    assert (np.abs(wide) ** 2).sum() * 200 / 2048 == pytest.approx(4.0, abs=1e-10)
