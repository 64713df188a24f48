"""Simulate physical systems and measure their entropy: one YAML file in, one NetCDF file out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from physent.figures.on_xarray import accessor as _accessor
from physent.version import VERSION as __version__

if TYPE_CHECKING:
    from physent.figures.show import animate, plot
    from physent.io.save import save
    from physent.runs.api import analyze, load_config, open_run, resume, run
    from physent.sweeps.sweep import open_sweep, sweep

__all__ = [
    "__version__",
    "analyze",
    "animate",
    "load_config",
    "open_run",
    "open_sweep",
    "plot",
    "resume",
    "run",
    "save",
    "sweep",
]
_HOMES = {
    "animate": "physent.figures.show",
    "open_sweep": "physent.sweeps.sweep",
    "plot": "physent.figures.show",
    "save": "physent.io.save",
    "sweep": "physent.sweeps.sweep",
}


def __dir__() -> list[str]:
    """The public names."""
    return __all__


def __getattr__(name: str) -> Any:
    """Import the public functions on first use, so that ``physent --help`` stays fast."""
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "physent.runs.api")), name)
    raise AttributeError(f"module 'physent' has no attribute {name!r}")


_accessor()
