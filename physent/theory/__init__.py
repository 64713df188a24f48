"""Closed forms that initial states, tests, validation cases and plots share; each is documented with its source."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from physent.theory import breathers, dark_solitons, modulation, solitons

if TYPE_CHECKING:
    from physent.theory import (
        active,
        chaos,
        coulomb_exact,
        disc_counting,
        droplet,
        edge_law,
        exclusion,
        free_expansion,
        ginibre,
        jellium,
        kinetic,
        kuramoto,
        large_deviations,
        linear,
        microscopic,
        mixtures,
        network,
        poisson_cells,
        radial_functions,
        radii,
        schools,
        small_networks,
        tilted_ring,
        traps,
    )
    from physent.theory.droplet import PowerPotential
    from physent.theory.edge_law import edge_cumulants
    from physent.theory.jellium import jellium_cumulants
    from physent.theory.large_deviations import rate_function
    from physent.theory.radial_functions import radial_function
    from physent.theory.radii import exact_cumulants

__all__ = [
    "PowerPotential",
    "active",
    "breathers",
    "chaos",
    "coulomb_exact",
    "dark_solitons",
    "disc_counting",
    "droplet",
    "edge_cumulants",
    "edge_law",
    "exact_cumulants",
    "exclusion",
    "free_expansion",
    "ginibre",
    "jellium",
    "jellium_cumulants",
    "kinetic",
    "kuramoto",
    "large_deviations",
    "linear",
    "microscopic",
    "mixtures",
    "modulation",
    "network",
    "poisson_cells",
    "radial_function",
    "radial_functions",
    "radii",
    "rate_function",
    "schools",
    "small_networks",
    "solitons",
    "tilted_ring",
    "traps",
]

_HOME = {
    "PowerPotential": "droplet",
    "edge_cumulants": "edge_law",
    "exact_cumulants": "radii",
    "jellium_cumulants": "jellium",
    "radial_function": "radial_functions",
    "rate_function": "large_deviations",
}


def __dir__() -> list[str]:
    """The public names."""
    return __all__


def __getattr__(name: str) -> Any:
    """Import modules that need SciPy on first use: that takes half a second, and the wave engine needs none of them."""
    if name in _HOME:
        return getattr(import_module(f"physent.theory.{_HOME[name]}"), name)
    if name in __all__:
        return import_module(f"physent.theory.{name}")
    raise AttributeError(f"module 'physent.theory' has no attribute {name!r}")
