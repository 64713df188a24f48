"""What holds for any packing, box, boundary and seed."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from physent.engines.hard_discs import arrays
from physent.engines.hard_discs.parameters import contact_tolerance
from tests.engines.hard_discs.runs import (
    SAMPLING,
    advance,
    begun,
    config,
    fields,
    least_distance,
    method_of,
    same,
    stored,
)


@st.composite
def configs(draw: st.DrawFn) -> Any:
    """Gases of 2 to 60 discs that have room."""
    n = draw(st.integers(2, 60))
    kind = draw(st.sampled_from(["uniform", "strip", "corner"]))
    fraction = None if kind == "uniform" else draw(st.floats(0.4, 1.0))
    room = (1.0 if fraction is None else fraction**2) * 0.6 * min(1.0, n / 20)
    length = draw(st.floats(1e-3, 1e3))
    return config(
        kind,
        n=n,
        packing_fraction=room * draw(st.floats(0.005, 1.0)),
        boundary=draw(st.sampled_from(["periodic", "walls"])),
        box_length=length,
        temperature=draw(st.floats(1e-3, 1e3)),
        seed=draw(st.integers(0, 2**64 - 1)),
        velocities=draw(st.sampled_from(["maxwell", "equal_speed"])),
        fraction=fraction,
    )


def pending(state: Any) -> tuple[float, float]:
    """Times, on the calendar's clock, of the last event and of the next one."""
    return float(state.sums[0, arrays.NOW]), float(state.times[0].reshape(-1, 4)[:, 0].min())


@settings(deadline=None, derandomize=True, max_examples=40)
@given(cfg=configs(), cuts=st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_any_gas(cfg: Any, cuts: list[int]) -> None:
    """Energy, momentum, no overlap, events in order, and bits that no sampling, slicing or restart changes."""
    p = cfg.parameters
    state, other = begun(cfg), begun(cfg)
    start = fields(state)
    unit = p.box_length / np.sqrt(p.temperature)
    np.testing.assert_allclose(start["kinetic_energy"], p.n * p.temperature, rtol=1e-13)
    np.testing.assert_allclose(start["momentum"], 0.0, atol=1e-13 * p.n * np.sqrt(p.temperature))
    assert least_distance(state) > 1 - 1e-12
    for tenth in range(1, 11):
        advance(state, tenth * 0.1 * unit)
        assert least_distance(state) > 1 - contact_tolerance(state.box.diameter, p.box_length)
        last, following = pending(state)
        assert following >= last
        record = fields(state)
        assert (record["position"] >= 0).all()
        assert (record["position"] <= p.box_length).all()
    np.testing.assert_allclose(record["kinetic_energy"], start["kinetic_energy"], rtol=1e-13)
    if p.boundary == "periodic":
        np.testing.assert_allclose(record["momentum"], 0.0, atol=1e-12 * p.n * np.sqrt(p.temperature))
    assert state.sums[0, arrays.DEVIATION] < 1e-11
    for cut in cuts:
        before = pending(other)[0] + other.counts[0, arrays.YEARS] * 1e300
        method_of(other).advance(other, 10 * 0.1 * unit, cut)
        assert pending(other)[0] + other.counts[0, arrays.YEARS] * 1e300 >= before
        other = method_of(other).restore(cfg, stored(other))
    advance(other, 10 * 0.1 * unit)
    same(state, other, but=SAMPLING)


@settings(deadline=None, derandomize=True, max_examples=15)
@given(cfg=configs(), power=st.integers(-4, 4))
def test_time_scales_with_temperature(cfg: Any, power: int) -> None:
    """A temperature times 4^k: the same trajectories, 2^k times as fast, bit for bit."""
    warm = config_with(cfg, temperature=cfg.parameters.temperature * 4.0**power)
    one, other = begun(cfg), begun(warm)
    time = cfg.parameters.box_length / np.sqrt(cfg.parameters.temperature)
    advance(one, time)
    advance(other, time / 2.0**power)
    slow, fast = fields(one), fields(other)
    for name in ("position", "image", "collisions", "collisions_by_speed", "compressibility_factor"):
        np.testing.assert_array_equal(slow[name], fast[name], err_msg=name)
    np.testing.assert_array_equal(slow["velocity"] * 2.0**power, fast["velocity"])


def config_with(cfg: Any, **changes: Any) -> Any:
    """The config with other parameters."""
    return cfg.model_copy(update={"parameters": cfg.parameters.model_copy(update=changes)})


@settings(deadline=None, derandomize=True, max_examples=15)
@given(cfg=configs())
def test_box_and_axes(cfg: Any) -> None:
    """A box twice as large is the same gas; exchanged or reflected axes give the exchanged or reflected path."""
    p = cfg.parameters
    time = p.box_length / np.sqrt(p.temperature)
    one, large = begun(cfg), begun(config_with(cfg, box_length=2.0 * p.box_length))
    start = fields(one)
    x, v = start["position"], start["velocity"]
    exchanged = begun(cfg, {"position": x[..., ::-1], "velocity": v[..., ::-1]})
    reflected = begun(cfg, {"position": p.box_length - x, "velocity": -v})
    collisions_each = 0.0
    for tenth in range(1, 11):
        advance(one, 0.1 * tenth * time)
        advance(large, 0.2 * tenth * time)
        advance(exchanged, 0.1 * tenth * time)
        advance(reflected, 0.1 * tenth * time)
        record = fields(one)
        np.testing.assert_array_equal(record["position"] * 2.0, fields(large)["position"])
        collisions_each = 2.0 * record["collisions"][0] / p.n
        if collisions_each < 5.0:
            for other, sign in ((exchanged, 1), (reflected, -1)):
                velocity = fields(other)["velocity"]
                turned = velocity[..., ::-1] if sign == 1 else -velocity
                bound = 1e-4 * np.sqrt(p.temperature)
                assert np.median(np.abs(turned - record["velocity"])) < bound
