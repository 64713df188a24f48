"""Jumps on a network against the direct method written out, state by state."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from physent.core.random import Purpose, stream_key, uniforms
from physent.engines.jump import jumps
from physent.engines.jump.network import energies_at, network_of
from tests.engines.jump.runs import BARRIERS, RING, STAR, after, config, method_of, record

DRIVING = [
    {"parameter": "model.energies.1", "mean": 0.5, "amplitude": 1.5, "frequency": 0.3},
    {"parameter": "model.energies.0", "times": [0.0, 0.0, 2.0, 2.0], "values": [0.0, -1.0, 1.0, 0.3]},
]


class Walker:
    """One replica, in plain Python: lists of channels, and a loop over stairs."""

    def __init__(self, one: Any, replica: int, state: int) -> None:
        self.config, self.parameters, self.network = one, one.parameters, network_of(one.parameters.model)
        self.key = stream_key(one.seed, Purpose.NOISE, replica)
        self.state, self.events, self.now = state, 0, 0.0
        self.left = -math.log(uniforms(self.key, 0, 0, 0)[0])
        self.work = self.heat = self.entropy = 0.0
        self.net = [0] * len(self.network.ends)
        self.times = [0.0] * self.network.states
        self.path = [(0.0, state)]

    def channels(self, energy: Any) -> list[tuple[float, int, int, int, float]]:
        """(rate, state, channel, sign, work of the drive) of each way out, by state and in the order of the model."""
        one, found = self.network, []
        rates = one.rates(energy, self.parameters.temperature)
        for side in (0, 1):
            for c, ends in enumerate(one.ends):
                if ends[side] == self.state and rates[c, side] > 0:
                    found.append((rates[c, side], ends[1 - side], c, 1 - 2 * side, (1 - 2 * side) * one.drive[c]))
        return found

    def stay(self, energy: Any, until: float) -> None:
        """At constant rates."""
        while True:
            out = self.channels(energy)
            total = sum(one[0] for one in out)
            wait = self.left / total if total else math.inf
            self.times[self.state] += min(wait, until - self.now)
            if self.now + wait > until:
                self.left -= (until - self.now) * total
                self.now = until
                return
            self.now += wait
            self.events += 1
            first, second = uniforms(self.key, self.events, 0, 0)
            self.left, x = -math.log(first), second * total
            for rate, to, channel, sign, drive in out:  # noqa: B007
                x -= rate
                if x < 0:
                    break
            flow = energy[self.state] - energy[to] + drive
            self.heat, self.work, self.state = self.heat + flow, self.work + drive, to
            self.entropy += flow / self.parameters.temperature
            self.net[channel] += sign
            self.path.append((self.now, self.state))

    def go(self, until: float) -> None:
        if not self.parameters.driving:
            energy = self.network.energies
            self.stay(np.zeros(self.network.states) if energy is None else energy, until)
            return
        step = self.parameters.step
        for stair in range(round(self.now / step), round(until / step)):
            before, on, then = energies_at(self.network, self.parameters, 2 * stair, 3)
            self.work += on[self.state] - before[self.state]
            self.stay(on, (stair + 1) * step)
            self.work += then[self.state] - on[self.state]


@pytest.mark.parametrize(
    "more",
    [
        {"model": RING, "temperature": 0.8},
        {"model": BARRIERS, "temperature": 1.3},
        {"model": STAR},
        {"model": {"kind": "flashing_ratchet", "potential": [0.0, 3.0, 6.0], "switch_rate": 0.7}},
        {"model": BARRIERS, "step": 0.25, "driving": DRIVING},
    ],
    ids=["ring", "barriers", "star", "ratchet", "driven"],
)
def test_against_the_method_written_out(more: dict[str, Any]) -> None:
    one = config(replicas=3, seed=4, **more)
    first, walk = method_of(one).start(one, None).walk.state, after(one, 20.0).walk
    for replica in range(3):
        walker = Walker(one, replica, int(first[replica]))
        walker.go(20.0)
        assert (walker.state, walker.events) == (walk.state[replica], walk.events[replica])
        assert walker.events > 20
        assert walker.net == walk.net[replica].tolist()
        sums = walk.sums[replica, [jumps.HEAT, jumps.WORK, jumps.ENTROPY]]
        if walker.network.energies is not None:
            np.testing.assert_allclose(sums, [walker.heat, walker.work, walker.entropy], atol=1e-11)
        times = walk.times[replica].copy()
        times[walker.state] += 20.0 - walk.since[replica]
        np.testing.assert_allclose(times, walker.times, atol=1e-10)


def test_replicas_that_are_ahead_of_the_stairs_of_a_call_wait() -> None:
    """The stairs of a call follow from its work: with less work than before, some replicas are beyond them already."""
    one = config(BARRIERS, replicas=30, seed=4, step=0.25, driving=DRIVING)
    whole, method = after(one, 20.0).walk, method_of(one)
    state, pieces = method.start(one, None), iter([10_000, 200] * 10_000)
    while method.advance(state, 20.0, next(pieces)) != 20.0:
        pass
    for name, found in state.walk._asdict().items():
        np.testing.assert_array_equal(found, getattr(whole, name), err_msg=name)


def test_dwell_times_are_those_of_the_path() -> None:
    groups = {"low": ["a"], "high": ["c", "b"]}
    one = config(BARRIERS, replicas=2, seed=5, dwell={"groups": groups, "width": 0.5, "bins": 4})
    found, begun = record(one, 30.0), method_of(one).start(one, None).walk.state
    for replica in range(2):
        walker = Walker(one, replica, int(begun[replica]))
        walker.go(30.0)
        is_high = [state > 0 for _, state in walker.path]
        turns = [walker.path[k][0] for k in range(1, len(is_high)) if is_high[k] != is_high[k - 1]]
        stays = np.diff(turns)
        kinds = [(k + is_high[0] + 1) % 2 for k in range(len(stays))]  # the first stay that is whole follows a turn
        for group in (0, 1):
            own = stays[np.array(kinds) == group]
            assert found["dwell_count"][replica, group] == len(own) > 3
            np.testing.assert_allclose(found["dwell_time"][replica, group], own.sum())
            np.testing.assert_allclose(found["dwell_square"][replica, group], (own**2).sum())
            counts = np.bincount(np.minimum(own / 0.5, 3).astype(int), minlength=4)
            np.testing.assert_array_equal(found["dwell_histogram"][replica, group], counts)


def test_a_state_without_a_way_out_keeps_its_replica() -> None:
    decay = {"kind": "graph", "states": 2, "transitions": [{"between": [0, 1], "rate": 3.0}]}
    one = config(decay, {"kind": "state", "state": 0}, replicas=4)
    found = record(one, 50.0)
    assert found["state"].tolist() == [1] * 4
    assert found["events"].tolist() == [1] * 4
    np.testing.assert_allclose(found["time_in_state"].sum(axis=1), 50.0)


@pytest.mark.parametrize("u", [2.0**-53, 0.5, 1 - 2.0**-53])
@pytest.mark.parametrize("count", [1, 3, 64, 65, 1000])
def test_no_channel_of_rate_zero_is_chosen(u: float, count: int) -> None:
    rates = np.arange(count) % 3 / 7.0
    rates[count // 2] = 1.0
    sums = np.cumsum(rates)
    entry = jumps.choose(sums, 0, count - 1, u)
    assert rates[entry] > 0
    assert sums[entry] - rates[entry] <= u * sums[-1] * (1 + 1e-15)
    assert u * sums[-1] * (1 - 1e-15) <= sums[entry]


def test_the_remainder_of_a_waiting_time_survives_a_change_of_rates() -> None:
    """A jump at rate 1 until t = 1 and at rate 3 after that: exact, whenever the rates change."""
    slow = {"kind": "graph", "states": 2, "transitions": [{"between": [0, 1], "rate": 1.0}]}
    protocol = [{"at": 1.0, "set": {"model.transitions.0.rate": 3.0}}]
    one = config(slow, {"kind": "state", "state": 0}, replicas=4000, protocol=protocol)
    method = method_of(one)
    state = method.start(one, None)
    while method.advance(state, 1.0, 1 << 40) != 1.0:
        pass
    state = method.changed(one.leg(1), state, method)
    while method.advance(state, 1.5, 1 << 40) != 1.5:
        pass
    left = (method.fields(state)["state"] == 0).mean()
    expected = math.exp(-1.0 - 1.5)
    assert abs(left - expected) < 4 * math.sqrt(expected / 4000)
