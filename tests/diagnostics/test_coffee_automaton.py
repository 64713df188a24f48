"""The coffee automaton of the validation case: conservation, its linear mean, and independence of how steps are cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from physent.evidence.cases import load_script

automaton: Any = load_script(Path(__file__).parents[2] / "validation" / "coffee_automaton" / "automaton.py")


def test_exclusion_keeps_cells_and_does_not_depend_on_the_cuts() -> None:
    streams = automaton.keys(1, 3)
    whole, parts = automaton.cups(10, 3), automaton.cups(10, 3)
    automaton.exclusion(streams, 0, 5000, whole)
    for start, end in [(0, 2), (2, 1200), (1200, 5000)]:
        automaton.exclusion(streams, start, end, parts)
    np.testing.assert_array_equal(whole, parts)
    assert (whole.sum(axis=(1, 2)) == 50).all()
    assert set(np.unique(whole)) == {0, 1}
    first = automaton.cups(10, 1)
    automaton.exclusion(streams[:1], 0, 5000, first)
    np.testing.assert_array_equal(first[0], whole[0])


def test_walkers_stay_in_the_cup_and_do_not_depend_on_the_cuts() -> None:
    streams = automaton.keys(1, 2)
    whole, parts = automaton.upper_sites(10, 2), automaton.upper_sites(10, 2)
    automaton.walkers(streams, 0, 300, whole, 10)
    automaton.walkers(streams, 0, 7, parts, 10)
    automaton.walkers(streams, 7, 300, parts, 10)
    np.testing.assert_array_equal(whole, parts)
    assert whole.min() == 0
    assert whole.max() == 9
    assert (automaton.occupation(whole, 10).sum(axis=(1, 2)) == 50).all()


def test_every_bond_is_drawn_alike() -> None:
    """Two attempts on one marked cell: the law of the linear equation, 1/B for each bond at each attempt."""
    replicas = 4000
    cells = np.zeros((replicas, 4, 4), dtype=np.int32)
    cells[:, 1, 0] = 1
    automaton.exclusion(automaton.keys(2, replicas), 0, 2, cells)
    start = cells[0] * 0.0
    start[1, 0] = 1
    expected = np.maximum(automaton.heat(start, 2, 1 / automaton.bonds(4)), 0)
    error = np.sqrt(expected * (1 - expected) / replicas)
    assert (np.abs(cells.mean(axis=0) - expected) <= 4 * error + 1e-12).all()


def test_heat_is_the_naive_step_repeated() -> None:
    field = np.random.default_rng(3).random((6, 6))
    stepped = field.copy()
    for _ in range(20):
        padded = np.pad(stepped, 1, mode="edge")
        neighbours = padded[2:, 1:-1] + padded[:-2, 1:-1] + padded[1:-1, 2:] + padded[1:-1, :-2]
        stepped = stepped + 0.1 * (neighbours - 4 * stepped)
    np.testing.assert_allclose(automaton.heat(field, 20, 0.1), stepped, atol=1e-13)
