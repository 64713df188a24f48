"""The rule dewi_kadita against one step of dewi-kadita itself, without noise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from physent.engines.couzin.state import by_fish
from tests.engines.couzin.runs import advance, config, start

solver = pytest.importorskip("dewi_kadita.core.solver", reason="dewi-kadita is not installed")

# n, box, speed, radii, turn per step, blind half angle, weight: the four cases of the package, and one of no blind cone
CASES = [
    (150, 25.0, 1.0, 2.0, 3.0, 15.0, 0.40, 30.0, 1.0),
    (200, 25.0, 1.0, 1.0, 3.0, 10.0, 0.20, 150.0, 0.1),
    (180, 28.0, 1.2, 1.0, 10.0, 18.0, 0.35, 25.0, 1.0),
    (250, 35.0, 1.5, 1.0, 12.0, 20.0, 0.20, 20.0, 1.0),
    (800, 30.0, 1.0, 1.0, 4.0, 8.0, 2.0, 0.0, 0.6),
]


@pytest.mark.parametrize("case", CASES)
def test_one_step_is_that_of_the_package(case: tuple[Any, ...]) -> None:
    n, length, speed, repulsion, orientation, attraction, turn, blind, weight = case
    cfg = config(
        {"kind": "uniform"},
        rule="dewi_kadita",
        n=n,
        box_length=length,
        speed=speed,
        repulsion_radius=repulsion,
        orientation_radius=orientation,
        attraction_radius=attraction,
        turn_rate_deg=math.degrees(turn) / 0.1,
        noise_rad=0.0,
        field_of_view_deg=360.0 - 2.0 * blind,
        orientation_weight=weight,
    )
    state = start(cfg)
    for step in range(1, 4):
        (position,), (heading,) = by_fish(state)
        velocity = solver._update_velocities_numba(
            position,
            speed * heading,
            length,
            repulsion,
            orientation,
            attraction,
            turn,
            0.0,
            math.radians(blind),
            speed,
            weight,
        )
        advance(state, 0.1 * step)
        (place,), (head,) = by_fish(state)
        np.testing.assert_allclose(head, velocity / speed, rtol=0, atol=1e-12)
        apart = place - (position + 0.1 * velocity) % length
        np.testing.assert_allclose(apart - length * np.rint(apart / length), 0.0, rtol=0, atol=1e-12)
