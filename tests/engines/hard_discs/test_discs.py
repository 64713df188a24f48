"""Event-driven dynamics against closed forms, and against a twin that looks at every pair at every collision."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from physent.engines.hard_discs import arrays, discs
from physent.engines.hard_discs.species import NAME
from physent.engines.hard_discs.state import State
from tests.engines.hard_discs.runs import advance, fields, gas, reverse

Reals = npt.NDArray[np.float64]


class Twin:
    """Discs in the unit box, unwrapped; the next collision is the least over all pairs, images and walls."""

    def __init__(self, x: Reals, v: Reals, diameter: float, walls: bool) -> None:
        self.x, self.v, self.diameter, self.walls, self.time = x.copy(), v.copy(), diameter, walls, 0.0
        self.virial = self.given = 0.0

    def _pairs(self) -> tuple[float, int, int, Reals]:
        images = [(0, 0)] if self.walls else list(itertools.product((-1, 0, 1), repeat=2))
        inside = self.x if self.walls else self.x - np.floor(self.x)
        best: tuple[float, int, int, Reals] = (np.inf, -1, -1, np.zeros(2))
        for shift in images:
            r = inside[None] + shift - inside[:, None]
            v = self.v[None] - self.v[:, None]
            b, vv = (r * v).sum(-1), (v * v).sum(-1)
            root = b * b - vv * ((r * r).sum(-1) - self.diameter**2)
            hits = (b < 0) & (root > 0) & np.triu(np.ones(b.shape, dtype=bool), 1)
            when = np.where(hits, (-b - np.sqrt(np.where(hits, root, 0))) / np.where(hits, vv, 1), np.inf)
            i, j = np.unravel_index(np.argmin(when), when.shape)
            if when[i, j] < best[0]:
                best = float(when[i, j]), int(i), int(j), r[i, j]
        return best

    def _wall(self) -> tuple[float, int, int]:
        if not self.walls:
            return np.inf, -1, -1
        edge = np.where(self.v > 0, 1 - self.diameter / 2, self.diameter / 2)
        when = (edge - self.x) / np.where(self.v == 0, np.nan, self.v)
        i, axis = np.unravel_index(np.nanargmin(when), when.shape)
        return float(when[i, axis]), int(i), int(axis)

    def collision(self) -> tuple[int, int]:
        """Carry on through the next collision of two discs."""
        while True:
            wait, i, j, r = self._pairs()
            bounce, k, axis = self._wall()
            step = min(wait, bounce)
            self.x += step * self.v
            self.time += step
            if bounce < wait:
                self.given += 2 * abs(self.v[k, axis])
                self.v[k, axis] *= -1
                continue
            r = r + step * (self.v[j] - self.v[i])
            along = r * (r @ (self.v[j] - self.v[i])) / (r @ r)
            self.virial += abs(r @ (self.v[j] - self.v[i]))
            self.v[i] += along
            self.v[j] -= along
            return i, j


def collided(state: State, before: npt.NDArray[np.int32]) -> set[int]:
    """Names of the discs of the first replica whose velocity has changed since ``before``."""
    marks = state.discs[0].view(np.int32).reshape(-1, 16)
    return {int(name) for name in marks[marks[:, arrays.COUNTER] != before, NAME]}


@pytest.mark.parametrize("walls", [False, True])
@pytest.mark.parametrize(("n", "diameter"), [(3, 0.3), (12, 0.15), (40, 0.05), (25, 0.15)])
def test_collision_by_collision(n: int, diameter: float, walls: bool) -> None:
    """The same pairs in the same order, at the same times, in the same places."""
    random = np.random.default_rng(n)
    side = int(np.ceil(np.sqrt(n)))
    sites = np.array(list(itertools.product(range(side), repeat=2)))[:n]
    room = 1 - diameter if walls else 1.0
    x = (sites + 0.5) * room / side + (diameter / 2 if walls else 0.0)
    x += random.uniform(-0.5, 0.5, x.shape) * max(0.0, room / side - diameter) * 0.9
    v = random.normal(size=(n, 2))
    v -= v.mean(axis=0)
    twin, state = Twin(x, v, diameter, walls), gas(x, v, diameter, "walls" if walls else "periodic")
    gas_view = state.gas
    for collision in range(1, 2 * n + 1):
        pair = twin.collision()
        before = state.discs[0].view(np.int32).reshape(-1, 16)[:, arrays.COUNTER].copy()
        while state.counts[0, arrays.COLLISIONS] < collision:
            before = state.discs[0].view(np.int32).reshape(-1, 16)[:, arrays.COUNTER].copy()
            discs.run(0, 1, gas_view, state.box, 1e3, 1)
        year = (state.ring.shape[1] - 1) / state.sums[0, arrays.SCALE]
        now = state.counts[0, arrays.YEARS] * year + state.sums[0, arrays.NOW]
        assert collided(state, before) == set(pair)
        assert now == pytest.approx(twin.time, abs=1e-7)
    assert state.sums[0, arrays.VIRIAL] == pytest.approx(twin.virial, rel=1e-6)
    assert state.sums[0, arrays.WALL] == pytest.approx(twin.given, rel=1e-6)
    advance(state, now + 1e-12)
    record = fields(state)
    unwrapped = record["position"][0] + record["image"][0]
    np.testing.assert_allclose(unwrapped, twin.x, atol=1e-6)
    np.testing.assert_allclose(record["velocity"][0], twin.v, atol=1e-6)


@pytest.mark.parametrize("shift", [0.0, 0.4, 0.55])
@pytest.mark.parametrize("offset", [0.0, 0.06, 0.0999])
def test_two_discs(offset: float, shift: float) -> None:
    """Head-on, oblique and grazing, also across the edges of the box: contact time and velocities of geometry."""
    diameter, speed = 0.1, 2.0
    x = np.array([[0.3, 0.5], [0.7, 0.5 + offset]]) + shift
    state = gas(x % 1.0, [[speed, 0.0], [0.0, 0.0]], diameter)
    along = np.sqrt(diameter**2 - offset**2)
    time = (0.4 - along) / speed
    # The struck disc leaves along the line of centres with the component of the velocity along it.
    struck = speed * along / diameter**2 * np.array([along, offset])
    advance(state, time - 1e-13)
    assert state.counts[0, arrays.COLLISIONS] == 0
    advance(state, time + 1e-13)
    assert state.counts[0, arrays.COLLISIONS] == 1
    advance(state, time + 0.1)
    record = fields(state)
    accuracy = 1e-14 / max(along / diameter, 0.05) ** 2
    np.testing.assert_allclose(record["velocity"][0], [[speed, 0.0] - struck, struck], atol=10 * accuracy)
    expected = x % 1.0 + np.array([[0.4 - along, 0.0], [0.0, 0.0]]) + 0.1 * record["velocity"][0]
    np.testing.assert_allclose(record["position"][0] + record["image"][0], expected, atol=10 * accuracy)
    assert record["virial"][0] == pytest.approx(speed * along, rel=1e-12)
    back = reverse(state)
    advance(back, 2 * (time + 0.1))
    np.testing.assert_allclose(fields(back)["position"][0], x % 1.0, atol=1e-13)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("direction", [-1, 1])
def test_one_disc_between_walls(axis: int, direction: int) -> None:
    """Reflections where the rim touches the wall; the other disc is at rest in a corner."""
    x, v = np.full((2, 2), 0.3), np.zeros((2, 2))
    x[1] = [0.95, 0.95]
    v[0, axis] = direction
    state = gas(x, v, 0.1, "walls")
    advance(state, 10.0)
    # 0.9 from wall to wall: the phase after 10 units, unfolded.
    first = 0.25 if direction < 0 else 0.65
    hits = 1 + int((10.0 - first) // 0.9)
    record = fields(state)
    assert record["wall_momentum"][0] == 2.0 * hits
    beyond = (10.0 - first) % 0.9
    from_low = (hits % 2 == 1) == (direction < 0)
    assert record["position"][0, 0, axis] == pytest.approx(0.05 + beyond if from_low else 0.95 - beyond, abs=1e-14)
    assert not record["image"].any()
    np.testing.assert_array_equal(record["position"][0, 1], x[1])


def test_overlap_by_round_off() -> None:
    """Discs a rounding too near part when they approach, at once, and are left alone when they recede."""
    for approach, collisions in ((1.0, 1), (-1.0, 0)):
        gap = 0.1 * (1 - 1e-12)
        state = gas([[0.3, 0.5], [0.3 + gap, 0.5]], [[approach, 0.0], [-approach, 0.0]], 0.1)
        advance(state, 0.1)
        assert state.counts[0, arrays.COLLISIONS] == collisions
        np.testing.assert_allclose(fields(state)["velocity"][0, :, 0], [-1.0, 1.0])


def test_rest_is_an_equilibrium() -> None:
    """Discs at rest have no events; time passes all the same."""
    state = gas([[0.2, 0.2], [0.7, 0.7]], np.zeros((2, 2)), 0.1)
    advance(state, 1e6)
    assert not state.counts[0, : arrays.YEARS].any()
    np.testing.assert_array_equal(fields(state)["position"][0], [[0.2, 0.2], [0.7, 0.7]])
