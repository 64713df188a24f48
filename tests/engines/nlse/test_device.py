"""Splittings on a CUDA device, or in numba's simulator, against the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.core.cuda import device
from tests.engines.devices import off_by, on_both

pytestmark = [pytest.mark.cuda, pytest.mark.simulated]

SLOW = device.simulated()


def _waves(method: str, points: int, steps: int, replicas: int = 3, **more: Any) -> tuple[dict[str, Any], float]:
    step = 2.0**-9
    return {
        "engine": "nlse",
        "seed": 1,
        "replicas": replicas,
        "parameters": {"length": 25.0, "points": points, "method": method, "step": step, **more},
        "initial": {
            "kind": "solitons",
            "solitons": [{"amplitude": 1.5, "position": 0.0, "velocity": 1.0}],
            "noise_rms": 0.1,
        },
        "schedule": {"until": steps * step, "every": steps * step},
    }, steps * step


@pytest.mark.parametrize(
    ("method", "points", "more"),
    [
        ("rkn4", 32, {}),
        ("rkn6", 64, {"potential": {"kind": "harmonic", "frequency": 1.0}}),
        ("strang", 128, {"dealias": "half"}),
        ("strang", 512, {"replicas": 1} if SLOW else {}),
        ("strang", 1024 if SLOW else 16384, {"potential": {"kind": "harmonic", "frequency": 1.0}, "replicas": 1}),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_waves_are_those_of_the_cpu(method: str, points: int, more: dict[str, Any]) -> None:
    """Each last pass of the transform, one and two exchanges, two passes over memory; work that ends between."""
    data, until = _waves(method, points, (1 if points > 512 else 2) if SLOW else 1000, **more)
    cpu, cuda = on_both(data, until, works=(1, 1 << 40))
    psi = [one["psi_real"] + 1j * one["psi_imag"] for one in (cpu, cuda)]
    assert np.abs(psi[0] - psi[1]).max() <= 1e-12 * np.abs(psi[0]).max()
    assert not np.array_equal(psi[0][0], psi[0][-1]) or len(psi[0]) == 1


@pytest.mark.parametrize("potential", [{"kind": "none"}, {"kind": "harmonic", "frequency": 1.0}])
@pytest.mark.filterwarnings("ignore")
def test_adaptive_waves_are_those_of_the_cpu(potential: dict[str, Any]) -> None:
    """Each replica with its own steps; work that ends between."""
    data, until = _waves("if_dop853", 64 if SLOW else 1024, 15 if SLOW else 4000, 2, potential=potential)
    del data["parameters"]["step"]
    cpu, cuda = on_both(data, until, works=(1, 1 << 40))
    psi = [one["psi_real"] + 1j * one["psi_imag"] for one in (cpu, cuda)]
    assert np.abs(psi[0] - psi[1]).max() <= 1e-11 * np.abs(psi[0]).max()


@pytest.mark.parametrize(
    ("method", "points", "more"),
    [
        ("rkn4", 32, {}),
        ("strang", 128, {"dealias": "half", "potential": {"kind": "harmonic", "frequency": 1.0}}),
        ("if_dop853", 64, {"potential": {"kind": "harmonic", "frequency": 1.0}}),
        *([] if SLOW else [("rkn6", 4096, {}), ("if_dop853", 2048, {"dealias": "half"})]),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_invariants_are_measured_there(method: str, points: int, more: dict[str, Any]) -> None:
    """With what is doubted of them: nothing of the waves is copied."""
    data, until = _waves(method, points, 2, **more)
    if method == "if_dop853":
        del data["parameters"]["step"]
    found = off_by(data, until, near=1e-16)
    assert max(found.values()) <= 1e-12, found


@pytest.mark.filterwarnings("ignore")
def test_long_waves_are_measured_on_the_cpu() -> None:
    """Those that do not fit on the chip: the same numbers, from a copy."""
    from physent import engines
    from physent.config.load import load_config

    data, until = _waves("strang", 1024 if SLOW else 16384, 1, replicas=1)
    config = load_config(data).model_copy(update={"device": "cuda"})
    method = engines.get("nlse").method(config)
    state = method.start(config, None)
    method.advance(state, until, 1 << 40)
    assert method.scalars is not None
    quick, whole = method.scalars(state), method.fields(state)
    assert dict(method.doubts(state, quick)) == dict(method.doubts(state, whole))
    assert all(np.array_equal(quick[name], whole[name]) for name in quick)


@pytest.mark.parametrize("n", [64, 256, 512] if SLOW else [32, 64, 128, 256, 512, 1024, 2048, 4096])
def test_transform_is_exact_for_modes(n: int) -> None:
    """A step without kicks multiplies a mode by its factor, and leaves no other."""
    from physent.core.cuda.launch import upload
    from physent.core.cuda.splitting import Steps
    from physent.core.fft import tables_of

    mode = n // 3
    wave = np.exp(2j * np.pi * (mode * np.arange(n) % n) / n)[None]
    factors = np.zeros((1, 4, n))
    tables = tables_of(n)
    turns = np.linspace(0.0, 1.0, n)
    factors[0, 0], factors[0, 1] = np.cos(turns)[tables.order] / n, np.sin(turns)[tables.order] / n
    psi, lost = upload(wave), upload(np.array([1], np.int32))
    Steps(tables, np.zeros(2), factors, np.empty(0)).make(psi, np.arange(1), 1, False, lost)
    assert np.abs(psi.copy_to_host() - wave * np.exp(1j * turns[mode])).max() < 1e-14


@pytest.mark.filterwarnings("ignore")
def test_a_wave_that_overflows_is_told() -> None:
    """The first replica that is not finite, as on the CPU."""
    from physent.errors import RunError

    data, until = _waves("strang", 32, 2)
    data["initial"]["solitons"][0]["amplitude"] = 1e50
    messages = []
    for chosen in ("cpu", "cuda"):
        with pytest.raises(RunError, match="replica 0: psi is not finite") as raised:
            on_both(data, until) if chosen == "cpu" else _on_device(data, until)
        messages.append(str(raised.value))
    assert messages[0] == messages[1]


def _on_device(data: dict[str, Any], until: float) -> None:
    from physent import engines
    from physent.config.load import load_config

    config = load_config(data).model_copy(update={"device": "cuda"})
    method = engines.get("nlse").method(config)
    method.advance(method.start(config, None), until, 1 << 40)
