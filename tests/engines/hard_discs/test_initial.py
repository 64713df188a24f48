"""Where and how fast the discs start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.stats import kstest

import physent
from physent.errors import UsageError
from tests.engines.hard_discs.runs import advance, begun, config, fields, gas, least_distance


@pytest.mark.parametrize("boundary", ["periodic", "walls"])
@pytest.mark.parametrize("phi", [0.004, 0.1, 0.3])
@pytest.mark.parametrize("kind", ["uniform", "strip", "corner"])
def test_region(kind: str, phi: float, boundary: str) -> None:
    """Nothing outside the strip or corner, no overlap, also across the edges of a periodic box."""
    share = {"uniform": 1.0, "strip": 0.6, "corner": 0.36}[kind]
    fraction = None if kind == "uniform" else 0.6
    cfg = config(kind, n=150, packing_fraction=phi * share, boundary=boundary, box_length=3.0, fraction=fraction)
    state = begun(cfg)
    position = fields(state)["position"]
    width = 3.0 if fraction is None else 1.8
    height = 1.8 if kind == "corner" else 3.0
    radius = state.box.diameter / 2
    assert position[..., 0].max() <= width - radius * (kind != "uniform") + 1e-12
    assert position[..., 1].max() <= height - radius * (kind == "corner") + 1e-12
    assert position[..., 0].max() > 0.9 * width
    assert position[..., 1].max() > 0.9 * height
    assert least_distance(state) > 1 - 1e-12


def test_equilibrium_of_a_dense_start() -> None:
    """From the first moment on the compressibility factor is Henderson's, (1 + phi^2/8)/(1 - phi)^2."""
    state = begun(config(n=900, packing_fraction=0.4, replicas=2))
    for target in (0.02, 0.04, 0.06, 0.08):
        advance(state, target)
        factor = fields(state)["compressibility_factor"].mean()
        # Its s.e. is about 0.02 over this time.
        assert factor == pytest.approx((1 + 0.4**2 / 8) / 0.6**2, abs=0.1)


@pytest.mark.parametrize("diameter", [0.0, 0.001])
def test_velocities(diameter: float) -> None:
    """Maxwell's distribution at the temperature exactly, without momentum; or one speed and directions all round."""
    n, temperature = 4000, 2.5
    record = fields(begun(config(n=n, diameter=diameter, temperature=temperature)))
    v = record["velocity"][0]
    np.testing.assert_allclose(record["momentum"], 0.0, atol=1e-11)
    np.testing.assert_allclose(record["kinetic_energy"], n * temperature, rtol=1e-13)
    for axis in (0, 1):
        assert kstest(v[:, axis] / np.sqrt(temperature), "norm").pvalue > 1e-3
    assert record["mean_speed_ratio"][0] == pytest.approx(2.0, abs=0.3)
    equal = fields(begun(config(n=n, diameter=diameter, velocities="equal_speed")))
    assert equal["mean_speed_ratio"][0] == pytest.approx(1.0, abs=5e-3)
    np.testing.assert_allclose(equal["momentum"], 0.0, atol=1e-11)
    angle = np.arctan2(*equal["velocity"][0].T)
    assert kstest(angle, "uniform", args=(-np.pi, 2 * np.pi)).pvalue > 1e-3


def test_positions_are_uniform() -> None:
    record = fields(begun(config("strip", n=3000, diameter=0.0, fraction=0.25)))
    assert kstest(4 * record["position"][0, :, 0], "uniform").pvalue > 1e-3
    assert kstest(record["position"][0, :, 1], "uniform").pvalue > 1e-3


def test_arrays_start_as_they_are() -> None:
    x, v = np.array([[0.1, 0.2], [0.8, 0.9], [0.5, 0.5]]), np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]])
    cfg = config(n=3, diameter=0.05, replicas=2)
    record = fields(begun(cfg, {"position": np.array([x, x]), "velocity": np.array([v, v])}))
    for replica in (0, 1):
        np.testing.assert_array_equal(record["position"][replica], x)
        np.testing.assert_array_equal(record["velocity"][replica], v)


def test_a_frame_of_a_run_is_a_start() -> None:
    """Discs in contact at the very moment of the frame included."""
    state = gas([[0.3, 0.5], [0.5, 0.5]], [[1.0, 0.0], [0.0, 0.0]], 0.1)
    advance(state, 0.1)
    frame = {name: fields(state)[name] for name in ("position", "velocity")}
    again = begun(config(n=2, diameter=0.1), frame)
    advance(again, 0.1)
    advance(state, 0.2)
    for name in frame:
        np.testing.assert_allclose(fields(again)[name], fields(state)[name], atol=1e-14)


@pytest.mark.parametrize(
    ("x", "boundary", "message"),
    [
        (
            [[0.3, 0.5], [0.39, 0.5]],
            "periodic",
            r"discs 0 and 1 of replica 0 overlap: .* 0\.09 apart, expected .* 0\.1",
        ),
        ([[0.99, 0.5], [0.05, 0.5]], "periodic", r"overlap: their centres are 0\.06 apart"),
        ([[0.3, 0.5], [0.3, 0.5]], "walls", r"overlap: their centres are 0 apart"),
        ([[0.3, 0.5], [0.04, 0.5]], "walls", r"position of disc 1, replica 0 is 0\.04.* along axis 0, expected within"),
        ([[0.3, 1.5], [0.6, 0.5]], "periodic", r"position of disc 0, replica 0 is 1\.5 along axis 1, expected within"),
    ],
)
def test_impossible_arrays(x: Any, boundary: str, message: str) -> None:
    cfg = config(n=2, diameter=0.1, boundary=boundary)
    with pytest.raises(UsageError, match=message):
        begun(cfg, {"position": np.array([x]), "velocity": np.zeros((1, 2, 2))})


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[0.3, 0.5], [0.39, 0.5]], "discs 0 and 1 of replica 0 overlap: "),
        ([[0.3, 1.5], [0.6, 0.5]], "position of disc 0, replica 0 is 1.5 along axis 1, "),
        (
            [[0.3, 0.5]] * 3,
            "position has shape (3, 2), expected (particle 2, axis 2), or one per replica; this config has",
        ),
    ],
)
def test_what_is_refused_is_named(x: Any, message: str, tmp_path: Path) -> None:
    """Arrays by `initial`, those of a file by the config's key and the file."""
    cfg = config(n=2, diameter=0.1)
    arrays = {"position": np.array(x), "velocity": np.zeros((len(x), 2))}
    with pytest.raises(UsageError) as caught:
        physent.run(cfg, initial=arrays)
    assert str(caught.value).startswith(f"initial: {message}")
    file = tmp_path / "start.nc"
    xr.Dataset({name: (("particle", "axis"), array) for name, array in arrays.items()}).to_netcdf(file)
    with pytest.raises(UsageError) as caught:
        physent.run(cfg, set={"initial": {"kind": "file", "path": str(file)}})
    assert str(caught.value).startswith(f"initial.path: {file}: {message}")
