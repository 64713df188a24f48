from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import physent

PLANE = {"kind": "plane_wave", "noise_rms": 0.5, "noise_band": 20}


def run(replicas: int = 3, until: float = 1.0, **options: Any) -> Any:
    return physent.run(
        {
            "engine": "nlse",
            "seed": 4,
            "replicas": replicas,
            "parameters": {"length": 20.0, "points": 128, "method": "rkn4", "step": 0.05},
            "initial": PLANE,
            "schedule": {"until": until, "every": 0.25},
            "diagnostics": [{"kind": "wave_statistics", "name": "s", **options}],
        }
    )


def test_values_are_their_definitions() -> None:
    found = run(threshold=2.0, share=0.6, cells=10, limit=4.0)
    psi = found["psi_real"].values + 1j * found["psi_imag"].values
    ratio = np.abs(psi) ** 2
    ratio = ratio / ratio.mean(axis=2, keepdims=True)
    k = 2 * np.pi * np.fft.fftfreq(128, 20.0 / 128)
    weight = np.abs(np.fft.fft(psi, axis=2)) ** 2
    expected = {
        "kurtosis": (ratio**2).mean(axis=2),
        "exceedance": (ratio > 2.0).mean(axis=2),
        "kinetic": 0.5 * (k**2 * weight).sum(axis=2) / weight.sum(axis=2),
        "quartic": 0.5 * (np.abs(psi) ** 4).sum(axis=2) / (np.abs(psi) ** 2).sum(axis=2),
        "pdf": np.array([[np.histogram(row, 10, (0, 4.0))[0] / (128 * 0.4) for row in one] for one in ratio]),
    }
    late = found["time"].values >= 0.5
    assert late.sum() == 3
    for key, values in expected.items():
        np.testing.assert_allclose(found[f"s_{key}"].transpose("time", "replica", ...), values, rtol=1e-10)
        own = values[late].mean(axis=0)
        np.testing.assert_allclose(found[f"s_{key}_mean"], own.mean(axis=0), rtol=1e-10)
        np.testing.assert_allclose(found[f"s_{key}_se"], own.std(axis=0, ddof=1) / np.sqrt(3), rtol=1e-6, atol=1e-15)
    np.testing.assert_allclose(found["s_spectrum"], found["spectrum"].mean("replica"), rtol=1e-12)
    np.testing.assert_allclose(found["s_ratio"], 0.2 + 0.4 * np.arange(10))
    energy = found["mass"] * (found["s_kinetic"] - found["s_quartic"])
    np.testing.assert_allclose(energy, found["energy"], rtol=1e-10)


def test_a_replica_does_not_depend_on_the_others() -> None:
    few, many = run(2), run(5)
    for key in ("kurtosis", "exceedance", "kinetic", "quartic", "pdf"):
        np.testing.assert_array_equal(few[f"s_{key}"], many[f"s_{key}"].isel(replica=slice(2)))


def test_white_noise_has_exponential_intensity() -> None:
    # Complex Gaussian: I / <I> is exponential up to the estimate of <I> from 20 * 4096 points.
    generator = np.random.default_rng(3)
    psi = generator.normal(size=(20, 4096)) + 1j * generator.normal(size=(20, 4096))
    found = physent.run(
        {
            "engine": "nlse",
            "seed": 1,
            "replicas": 20,
            "parameters": {"length": 400.0, "points": 4096, "method": "strang", "step": 1e-6},
            "initial": {"kind": "plane_wave", "noise_rms": 0.1},
            "schedule": {"until": 1e-6, "every": 1e-6},
            "diagnostics": [{"kind": "wave_statistics", "name": "s", "threshold": 3.0}],
            "output": {"fields": "none"},
        },
        initial={"psi_real": psi.real, "psi_imag": psi.imag},
    )
    for key, expected in (("kurtosis", 2.0), ("exceedance", np.exp(-3.0))):
        error = float(found[f"s_{key}_se"])
        assert error < 0.02
        assert float(found[f"s_{key}_mean"]) == pytest.approx(expected, abs=4.5 * error)


def test_one_replica_is_doubted(caplog: pytest.LogCaptureFixture) -> None:
    found = run(1)
    assert any("more than one replica" in record.message for record in caplog.records)
    assert np.isnan(found["s_kurtosis_se"])
