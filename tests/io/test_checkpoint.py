"""Checkpoints: what goes in comes out, and anything else is recognised."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from physent.engines import stored_fields
from physent.io.checkpoint import Checkpoint, candidates, pack, save, unpack
from physent.io.files import Paths

SCALARS = st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans(), st.text())
DTYPES = st.sampled_from(["<f8", "<f4", "<i8", "<u8", "|b1", "|u1", "<c16"])
ARRAYS = DTYPES.flatmap(lambda kind: arrays.arrays(kind, arrays.array_shapes(min_dims=0, min_side=0)))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    state=st.dictionaries(st.text(min_size=1), st.one_of(SCALARS, ARRAYS), max_size=5),
    clock=st.one_of(st.floats(allow_nan=False), st.integers()),
    text=st.text(),
)
def test_round_trip(state: dict[str, Any], clock: float, text: str) -> None:
    before = Checkpoint(state, clock, 7, 2, {text: text}, text, 2**32 - 1, 0.1, (text, "b"))
    after = unpack(pack(before))
    assert (after.clock, after.sample, after.leg, after.warnings) == (clock, 7, 2, {text: text})
    assert (after.config, after.link, after.wall_seconds, after.history) == (
        text,
        2**32 - 1,
        0.1,
        (text, "b"),
    )
    assert type(after.clock) is type(clock)
    assert after.state.keys() == state.keys()
    for name, value in state.items():
        assert type(after.state[name]) is type(value)
        if isinstance(value, np.ndarray):
            assert after.state[name].dtype == value.dtype
            assert after.state[name].shape == value.shape
            assert after.state[name].tobytes() == value.tobytes()
            assert after.state[name].flags.writeable
        else:
            assert after.state[name] == value
    assert pack(after) == pack(before)


def test_numbers_that_are_not_finite_and_numpy_scalars() -> None:
    state = {"inf": math.inf, "nan": math.nan, "wide": np.float64(0.1), "whole": np.int64(-(2**63))}
    after = unpack(pack(Checkpoint(state, np.float64(0.3), 0, 0)))
    assert after.state["inf"] == math.inf
    assert math.isnan(after.state["nan"])
    assert after.state["wide"] == 0.1
    assert after.state["whole"] == -(2**63)
    assert after.clock == 0.3


def test_fortran_order_is_kept_as_values() -> None:
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(unpack(pack(Checkpoint({"a": array}, 0, 0, 0))).state["a"], array)


def test_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="Python objects"):
        pack(Checkpoint({"a": np.array([None])}, 0, 0, 0))


def test_every_damage_is_recognised() -> None:
    blob = pack(Checkpoint({"a": np.arange(3.0)}, 1.5, 3, 0, config="engine: x"))
    for position in range(len(blob)):
        bad = bytearray(blob)
        bad[position] ^= 16
        with pytest.raises(ValueError, match="not a complete checkpoint"):
            unpack(bytes(bad))
        with pytest.raises(ValueError, match="not a complete checkpoint"):
            unpack(blob[:position])


def test_the_finished_files_copy_is_the_same_in_every_repetition() -> None:
    first = Checkpoint({"a": 1.0}, 2.0, 3, 0, {"k": "m"}, "x", 5, 1.0, ("monday",))
    second = Checkpoint({"a": 1.0}, 2.0, 3, 0, {"k": "m"}, "y", 6, 2.0, ("tuesday",))
    assert pack(first.bare()) == pack(second.bare())
    assert first.bare().warnings == {"k": "m"}


def test_two_are_kept_newest_first(tmp_path: Path) -> None:
    paths = Paths.of(tmp_path / "run.nc")
    assert list(candidates(paths)) == []
    for sample in range(3):
        save(paths, Checkpoint({}, 0, sample, 0))
    assert [c.sample for c in candidates(paths)] == [2, 1]
    paths.checkpoint.write_bytes(b"")
    assert [c.sample for c in candidates(paths)] == [1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run.nc.ckpt", "run.nc.ckpt.prev"]


def test_derived_fields_are_left_out() -> None:
    @dataclass
    class State:
        t: float = 0.5
        table: float = field(default=1.0, metadata={"derived": True})

    assert stored_fields(State()) == {"t": 0.5}
