"""A run's state moved by the same method on both devices, and measured on both."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from physent import engines
from physent.config.load import load_config
from physent.engines import Array, Method


def on_both(data: dict[str, Any], target: float, *, works: tuple[int, ...] = (1 << 40,)) -> list[dict[str, Array]]:
    """Fields at ``target``, from the CPU and then from the device, which is given ``works`` in turn.

    AssertionError if what the device begins changes the record of before, or what is doubtful in it.
    """
    config, found = load_config(data), []
    engine = engines.get(config.engine)
    for device in ("cpu", "cuda"):
        leg = config.model_copy(update={"device": device})
        method = engine.method(leg)
        state, calls = method.start(leg, None), 0
        move = method.advance if method.begin is None else partial(ahead, method)
        while move(state, target, works[min(calls, len(works) - 1)] if device == "cuda" else 1 << 40) < target:
            calls += 1
        found.append(method.fields(state))
    return found


def ahead(method: Method, state: Any, target: float, work: int) -> Any:
    """`Method.advance` during which the record is taken of the state that has moved on."""
    assert method.begin is not None
    assert method.still is not None
    before = method.fields(state)
    stills = {read: method.still(state, read) for read in map(frozenset, (before, *([name] for name in before)))}
    doubts = list(method.doubts(state, before))
    end = method.begin(state, target, work)
    records = {read: method.fields(still) for read, still in stills.items()}
    for read, record in records.items():
        assert list(method.doubts(stills[read], record)) == doubts
    reached = end()
    for read, record in records.items():
        assert read <= record.keys() <= before.keys()
        for name, values in record.items():
            assert np.array_equal(values, before[name], equal_nan=values.dtype.kind in "fc"), name
    return reached


def off_by(
    data: dict[str, Any], target: float, near: float = 0.0, given: dict[str, Array] | None = None
) -> dict[str, float]:
    """By how much each scalar that the device measures of a state at ``target`` differs from the CPU's, over its size.

    The size is that of the largest number of the variable plus ``near``. AssertionError if measures or doubts need the
    state itself, or if both devices do not have the same numbers undefined.
    """
    config = load_config(data).model_copy(update={"device": "cuda"})
    engine = engines.get(config.engine)
    method, on_cpu = engine.method(config), engine.methods[engine.chosen(config)]
    state = method.start(config, given)
    while method.advance(state, target, 1 << 40) < target:
        pass
    assert method.scalars is not None
    record = method.scalars(state)
    doubts = dict(method.doubts(state, record))
    assert state.behind == set(state.arrays), "the state was copied"
    same = on_cpu.restore(config, method.store(state))
    whole = on_cpu.fields(same)
    assert doubts.keys() == dict(on_cpu.doubts(same, whole)).keys()
    found = {}
    for name, values in record.items():
        there = np.isfinite(whole[name])
        assert values.shape == there.shape
        assert np.array_equal(there, np.isfinite(values)), name
        size = np.abs(whole[name][there]).max(initial=0.0) + near
        found[name] = float(np.abs(values - whole[name])[there].max(initial=0.0) / (size or 1.0))
    for look in (method.fields, method.scalars, method.scalars):  # the same bits, in arrays of their own
        again = look(state)
        for name, values in record.items():
            assert np.array_equal(values, again[name], equal_nan=True), name
            again[name][...] = 77
    return found
