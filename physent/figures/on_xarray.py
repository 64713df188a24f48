"""The accessor `.physent` as soon as xarray is imported, by whom and whenever: neither waits for the other.

Nothing is imported here that Python has not imported at its start, so that `physent --help` stays fast.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class _Waiting:
    """A finder of modules that leaves xarray to the others, and registers the accessor behind it."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "xarray":
            return None
        sys.meta_path.remove(self)
        found = (finder.find_spec(name, path, target) for finder in sys.meta_path)
        spec = next((one for one in found if one is not None), None)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute = loader.exec_module

            def then_register(module: ModuleType) -> None:
                execute(module)
                _register()

            loader.exec_module = then_register
        return spec


def _register() -> None:
    from physent.figures.accessor import register

    register()


def accessor() -> None:
    """Register it now if xarray is imported, else then."""
    if "xarray" in sys.modules:
        _register()
    elif not any(isinstance(one, _Waiting) for one in sys.meta_path):
        sys.meta_path.insert(0, _Waiting())
