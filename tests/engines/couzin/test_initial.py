from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydantic import TypeAdapter

from physent.engines.couzin import initial
from physent.engines.couzin.initial import detects, radius_of, start
from physent.engines.couzin.parameters import Fish, Initial, Parameters, expand
from physent.errors import RunError

Reals = npt.NDArray[np.float64]
ADAPTER: TypeAdapter[Any] = TypeAdapter(Initial)


def config(given: dict[str, Any], seed: int = 4, **parameters: Any) -> Any:
    fish = {"n": 200, "orientation_radius": 3.0, "attraction_radius": 15.0} | parameters
    return SimpleNamespace(
        seed=seed, parameters=Parameters.model_validate(fish), initial=ADAPTER.validate_python(given)
    )


def naive_detects(x: Reals, v: Reals, fish: Fish) -> list[bool]:
    found = []
    for i in range(len(x)):
        seen = False
        for j in range(len(x)):
            r = x[j] - x[i]
            d = np.linalg.norm(r)
            if j != i and (d < fish.repulsion[i] or (d < fish.attraction[i] and r @ v[i] > fish.cos_blind[i] * d)):
                seen = True
        found.append(seen)
    return found


@pytest.mark.parametrize("kind", ["ball", "uniform", "mill", "ring", "aligned"])
def test_every_start(kind: str) -> None:
    """Shapes, unit headings, coordinates in the box, one start a replica, the same one again."""
    one = config({"kind": kind}, box_length=32.0)
    x, v = start(one, 0)
    assert x.shape == v.shape == (200, 3)
    np.testing.assert_allclose(np.linalg.norm(v, axis=1), 1.0, rtol=1e-15)
    assert ((x >= 0) & (x < 32.0)).all()
    again, other, reseeded = start(one, 0), start(one, 1), start(config({"kind": kind}, 5, box_length=32.0), 0)
    np.testing.assert_array_equal(again, (x, v))
    assert (other[0] != x).any(axis=1).all()
    assert (reseeded[0] != x).any(axis=1).all()


def test_ball_is_uniform_and_isotropic() -> None:
    one = config({"kind": "ball", "radius": 7.0}, n=20_000)
    x, v = start(one, 0)
    share = (np.linalg.norm(x, axis=1) / 7.0) ** 3
    assert share.max() < 1
    for values in (share, (v[:, 2] + 1) / 2, (np.arctan2(v[:, 1], v[:, 0]) / np.pi + 1) / 2):
        # Means and mean squares of uniforms on (0, 1).
        assert abs(values.mean() - 1 / 2) < 4 / np.sqrt(12 * 20_000)
        assert abs((values**2).mean() - 1 / 3) < 4 * np.sqrt(4 / 45 / 20_000)
    assert abs((x * v).sum(axis=1).mean()) < 4 * 7 / np.sqrt(5 * 20_000)


def test_default_ball() -> None:
    one = config({"kind": "ball"}, n=1000, repulsion_radius=2.0)
    assert radius_of(one.initial, one.parameters) == pytest.approx(18.0)
    assert np.linalg.norm(start(one, 0)[0], axis=1).max() < 18.0


def test_everyone_in_a_thin_ball_detects_another() -> None:
    """Where a third of the fish are alone at first."""
    one = config({"kind": "ball", "radius": 25.0}, n=60, attraction_radius=9.0)
    fish = expand(one.parameters)
    for replica in range(5):
        x, v = start(one, replica)
        assert detects(x, v, fish).all()
        assert all(naive_detects(x, v, fish))


@pytest.mark.parametrize("n", [1, 2, 3, 40, 90])
def test_detection_against_all_pairs(n: int) -> None:
    rng = np.random.default_rng(n)
    x, v = rng.uniform(-9, 9, (n, 3)), rng.normal(size=(n, 3))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    parameters = Parameters(n=n, repulsion_radius=1.0, orientation_radius=2.0, attraction_radius=3.0)
    fish = expand(parameters.model_copy(update={"field_of_view_deg": 150.0}))
    assert detects(x, v, fish).tolist() == naive_detects(x, v, fish)


def test_a_hopeless_ball_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initial, "ROUNDS", 20)
    with pytest.raises(RunError, match=r"initial\.radius: found 1e\+06, at which 5 of 5 fish"):
        start(config({"kind": "ball", "radius": 1e6}, n=5), 0)


def test_one_fish() -> None:
    for kind in ("ball", "mill", "aligned"):
        x, v = start(config({"kind": kind}, n=1), 0)
        assert np.isfinite(x).all()
        assert np.linalg.norm(v) == pytest.approx(1.0)


def test_mill_turns_around_its_axis() -> None:
    axis = np.array([1.0, 2.0, -2.0]) / 3
    x, v = start(config({"kind": "mill", "axis": [0.5, 1.0, -1.0], "radius": 5.0}), 0)
    np.testing.assert_allclose(v @ axis, 0.0, atol=1e-14)
    np.testing.assert_allclose((x * v).sum(axis=1), 0.0, atol=1e-13)
    assert (np.cross(x, v) @ axis > 0).all()


def test_aligned() -> None:
    _, v = start(config({"kind": "aligned", "direction": [0.0, -3.0, 0.0]}), 0)
    np.testing.assert_array_equal(v, np.tile([0.0, -1.0, 0.0], (200, 1)))


def test_ring_scatters_as_it_says() -> None:
    one = config({"kind": "ring", "radius": 6.0}, n=20_000, box_length=60.0)
    x, v = start(one, 0)
    x = x - 30.0
    across = np.hypot(x[:, 0], x[:, 1])
    error = 4 / np.sqrt(2 * 20_000)
    assert across.std() / 6.0 == pytest.approx(0.15, rel=error)
    assert x[:, 2].std() / 6.0 == pytest.approx(0.3, rel=error)
    assert (v[:, 2] / np.hypot(v[:, 0], v[:, 1])).std() == pytest.approx(0.1, rel=error)
    turned = np.angle(np.exp(1j * (np.arctan2(x[:, 1], x[:, 0]) - 2 * np.pi * np.arange(20_000) / 20_000)))
    assert turned.std() == pytest.approx(0.1, rel=error)
    np.testing.assert_allclose(x[:, 0] * v[:, 0] + x[:, 1] * v[:, 1], 0.0, atol=1e-12)
    small = config({"kind": "ring"}, box_length=60.0)
    assert radius_of(small.initial, small.parameters) == 15.0


def test_file_is_not_made_here() -> None:
    with pytest.raises(TypeError):
        start(config({"kind": "file", "path": "run.nc"}), 0)
