"""Closed forms that initial states, tests, validation cases and plots share; each is documented with its source."""

from physent.theory import (
    breathers,
    coulomb_exact,
    dark_solitons,
    disc_counting,
    droplet,
    edge_law,
    ginibre,
    jellium,
    large_deviations,
    microscopic,
    modulation,
    radial_functions,
    radii,
    solitons,
)
from physent.theory.droplet import PowerPotential
from physent.theory.edge_law import edge_cumulants
from physent.theory.jellium import jellium_cumulants
from physent.theory.large_deviations import rate_function
from physent.theory.radial_functions import radial_function
from physent.theory.radii import exact_cumulants

__all__ = [
    "PowerPotential",
    "breathers",
    "coulomb_exact",
    "dark_solitons",
    "disc_counting",
    "droplet",
    "edge_cumulants",
    "edge_law",
    "exact_cumulants",
    "ginibre",
    "jellium",
    "jellium_cumulants",
    "large_deviations",
    "microscopic",
    "modulation",
    "radial_function",
    "radial_functions",
    "radii",
    "rate_function",
    "solitons",
]
