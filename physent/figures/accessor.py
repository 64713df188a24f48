"""`.physent` on objects of xarray: the public functions of `physent.diagnostics`, and the figure of a run.

    da.physent.permutation_entropy(order=4, dim="time")    # D.permutation_entropy(da, order=4, dim="time")
    ds.physent.school_entropies(box=50.0)                  # of ds.position and ds.heading
    ds.physent.plot()                                      # the engine's standard figure of a run

Nothing is declared here: what a function takes is written in `physent.diagnostics.table` and by the kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import Signature, signature
from typing import TYPE_CHECKING, Any

import xarray as xr

from physent import diagnostics
from physent.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COUNTED = {"count": "x", "entropy": "counts", "normalized": "estimate", "weigh": "density"}
"""Functions that take objects of xarray by rules of their own, and their first argument."""
OF_DATASETS = ("count", "normalized")


class Accessor:
    """Public functions of `physent.diagnostics` with this object as their data; `dir` lists them."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in (taken := _arguments(isinstance(self, OfDataset))):
            raise AttributeError(f"no function {name!r} of physent.diagnostics takes a {type(self).__name__[2:]}")
        return _bound(getattr(diagnostics, name), taken[name], self._data)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *_arguments(isinstance(self, OfDataset))]


class OfDataArray(Accessor):
    """Functions of one array."""


class OfDataset(Accessor):
    """Functions of several variables by their names, and the figure of a run."""

    def plot(self) -> Figure:
        """The standard figure of a run, a matplotlib Figure: save it with `savefig`. UsageError without a run."""
        import matplotlib.pyplot as plt

        from physent.figures.style import drawing, standard
        from physent.io.reader import refuse_derived

        attributes = self._data.attrs
        if not {"engine", "config"} <= attributes.keys():
            raise UsageError("the Dataset has no engine and no config, expected a run of physent")
        refuse_derived("the Dataset", attributes)
        plt._get_backend_mod()  # that of a notebook shows figures as pictures from then on
        with drawing():
            return standard(self._data)


def _arguments(of_dataset: bool) -> dict[str, str]:
    """Functions for a Dataset or a DataArray, and the argument that it is."""
    from physent.diagnostics.run.kinds import KINDS
    from physent.diagnostics.run.measure import data_of
    from physent.diagnostics.table import ROWS

    kinds = {name: data_of(KINDS[name])[0] for name in KINDS if name not in ROWS}
    if of_dataset:
        return {**{name: COUNTED[name] for name in OF_DATASETS}, **kinds}
    rows = {name: next(iter(row.data)) for name, row in ROWS.items() if row.data and row.core is not None}
    return {**rows, **{name: first for name, first in COUNTED.items() if name != "normalized"}, **kinds}


def _bound(function: Callable[..., Any], argument: str, data: Any) -> Callable[..., Any]:
    """A function without the argument that is known, with its name, signature and docstring."""
    whole = signature(function)
    rest = Signature([one for name, one in whole.parameters.items() if name != argument])

    def method(*args: Any, **kwargs: Any) -> Any:
        return function(**{argument: data}, **rest.bind(*args, **kwargs).arguments)

    method.__name__ = method.__qualname__ = function.__name__
    method.__doc__ = function.__doc__
    method.__signature__ = rest  # type: ignore[attr-defined]
    return method


def register() -> None:
    """Put `.physent` on DataArrays and Datasets."""
    xr.register_dataarray_accessor("physent")(OfDataArray)  # type: ignore[no-untyped-call]
    xr.register_dataset_accessor("physent")(OfDataset)  # type: ignore[no-untyped-call]
