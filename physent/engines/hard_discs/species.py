"""What discs of different species differ in, as tables for the kernels.

A gas of one kind has None instead of tables. Each function here decides by that type when it is compiled, so that the
kernels of a gas of one kind read no table.
"""

from __future__ import annotations

from typing import NamedTuple

from physent.core.jit import njit_inline
from physent.core.pointers import pointer
from physent.typing import Array

MOST_SPECIES = 8
NAME_BITS = 28
"""The index of a disc in the record fills the lower bits of its column NAME, its species the three above."""
NAME_MASK = (1 << NAME_BITS) - 1
NAME = 14  # int32 column of a disc: index in the record, and species


class Tables(NamedTuple):
    """By species a, or by pairs of species at 8 a + b."""

    squares: Array  # float64 (64,): (sigma_a + sigma_b)^2/4
    reduced: Array  # float64 (64,): twice the reduced mass, 2 m_a m_b/(m_a + m_b)
    diameters: Array  # float64 (8,)
    masses: Array  # float64 (8,)
    pairs: Array  # int64 (replica, 64): collisions so far of a disc of a with one of b, in the order of the kernel


@njit_inline
def of_gas(tables: Tables | None, replica: int) -> Tables | None:
    """Pointers to the tables, and to the counts of one replica."""
    if tables is None:
        return None
    return Tables(
        pointer(tables.squares),
        pointer(tables.reduced),
        pointer(tables.diameters),
        pointer(tables.masses),
        pointer(tables.pairs[replica]),
    )


@njit_inline
def row_of(tables: Tables | None, marks: Array, i: int) -> int:
    """Where the pairs of disc ``i`` begin, 8 a."""
    if tables is None:
        return 0
    row: int = (marks[16 * i + NAME] >> NAME_BITS) * MOST_SPECIES
    return row


@njit_inline
def contact_square(tables: Tables | None, square: float, row: int, marks: Array, j: int) -> float:
    """Square of the distance at which disc ``j`` touches one whose pairs begin at ``row``: ``square`` of one kind."""
    if tables is None:
        return square
    found: float = tables.squares[row + (marks[16 * j + NAME] >> NAME_BITS)]
    return found


@njit_inline
def reduced_mass(tables: Tables | None, row: int, marks: Array, j: int) -> float:
    """Twice the reduced mass of that pair."""
    if tables is None:
        return 1.0
    found: float = tables.reduced[row + (marks[16 * j + NAME] >> NAME_BITS)]
    return found


@njit_inline
def diameter_of_disc(tables: Tables | None, diameter: float, marks: Array, i: int) -> float:
    """Its diameter."""
    if tables is None:
        return diameter
    found: float = tables.diameters[marks[16 * i + NAME] >> NAME_BITS]
    return found


@njit_inline
def mass_of_disc(tables: Tables | None, marks: Array, i: int) -> float:
    """Its mass."""
    if tables is None:
        return 1.0
    found: float = tables.masses[marks[16 * i + NAME] >> NAME_BITS]
    return found


@njit_inline
def tally_pair(tables: Tables | None, row: int, marks: Array, j: int) -> None:
    """Count a collision by its species."""
    if tables is not None:
        tables.pairs[row + (marks[16 * j + NAME] >> NAME_BITS)] += 1
