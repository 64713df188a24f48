"""Closed forms that initial states, tests, validation cases and plots share; each is documented with its source."""

from physent.theory import (
    breathers,
    dark_solitons,
    free_expansion,
    kinetic,
    modulation,
    poisson_cells,
    solitons,
)

__all__ = [
    "breathers",
    "dark_solitons",
    "free_expansion",
    "kinetic",
    "modulation",
    "poisson_cells",
    "solitons",
]
