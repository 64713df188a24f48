"""What every argument of every public function and class is: a new function is behind the gate once it has a row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from physent.diagnostics import checks as c
from physent.diagnostics import dimensions as d
from physent.diagnostics import missing as m
from physent.diagnostics import table_information
from physent.diagnostics.checks import Check
from physent.errors import UsageError


@dataclass(frozen=True)
class Row:
    """One function: its ``data``, its ``options``, and how named dimensions become axes of plain arrays.

    ``core`` finds the dimensions that the function works along; None if it takes plain arrays, or named ones as they
    are. ``dim`` and ``axes`` are the arguments that name them, ``axis`` the one that counts axes of plain arrays. The
    core comes last, or first if it ``leads``; replicas are ``pools`` of the second axis; at most ``keeps`` other
    dimensions may be left (None: any number). The result is ``named`` unless it has no array form; ``tail`` are its
    last dimensions, then those of the core if ``same``; ``local`` values have the first of the core. ``judged`` series
    are doubted for gaps in their clock. ``joint`` judges arguments that must fit each other. ``gaps`` replaces checks
    if windows with missing samples are omitted, where a window spans ``reach`` samples after its first.
    """

    data: Mapping[str, Check] = field(default_factory=dict)
    options: Mapping[str, Check] = field(default_factory=dict)
    core: Callable[..., list[Hashable]] | None = None
    dim: str | None = "dim"
    axes: str | None = None
    axis: str | None = None
    leads: bool = False
    pools: bool = False
    keeps: int | None = None
    named: bool = True
    tail: tuple[str, ...] = ()
    same: bool = False
    local: bool = False
    judged: bool = False
    says: Callable[[list[Hashable]], dict[str, Any]] | None = None
    joint: Callable[[dict[str, Any], str], None] | None = None
    gaps: Mapping[str, Check] = field(default_factory=dict)
    reach: Callable[[dict[str, Any]], int] | None = None


_MORE = ("keeps", "tail", "named", "axis", "leads", "joint", "reach")


def _series(data: Mapping[str, Check], **options: Any) -> Row:
    more = {name: options.pop(name) for name in _MORE if name in options}
    series = partial(c.axes, least=1, what="axes, the last of time")
    if "reach" in more:
        more["gaps"] = {name: series(m.symbols if check is c.integers else m.numbers) for name, check in data.items()}
    data = {name: series(check) for name, check in data.items()}
    if "axis" in more:
        options["axis"] = c.whole()
    return Row(data, {**options, "dim": c.names}, d.clock, judged=True, **more)


def _chain(keeps: int | None = None, name: str = "x", *, named: bool = True, **options: Check) -> Row:
    options = {**options, "dim": c.names}
    numbers = c.draws_first if keeps is None else c.axes(c.numbers, 1, 2, "axes, draws and replicas")
    return Row({name: numbers}, options, d.chain, leads=True, pools=True, keeps=keeps, named=named)


def plain(check: Check) -> Check:
    """An array without names, or with one dimension only, whose name does not matter."""

    def unnamed(value: Any, where: str) -> Any:
        array = check(value, where)
        if not hasattr(array, "dims"):
            return array
        if array.ndim > 1:
            raise UsageError(f"{where}: found dimensions {c.dims_of(array)}, expected a plain array: x.values")
        return array.to_numpy()

    return unnamed


def _names_of(core: list[Hashable]) -> dict[str, Any]:
    return {"dims": tuple(core)}


_ORDER = {"order": c.whole(), "delay": c.whole()}
_METHODS = c.one_of("crossings", "maxima", "minima")
_SPACE = c.having("a space", "encode", "size", "measure", "reach")
_MEASURE = c.having("a measure, or its name", "__call__", "gradient", "name", none=True)
_ERROR = c.one_of("jackknife", "replicas", "blocks", none=True)


def _measure(value: Any, where: str) -> Any:
    return value if isinstance(value, str) else _MEASURE(value, where)


def _tally(value: Any, where: str) -> Any:
    if type(value).__name__ in ("Counts", "Weights", "Samples"):
        return value
    return c.counts(value, where)


def _law(value: Any, where: str) -> Any:
    return value if hasattr(value, "measure") and hasattr(value, "encode") else plain(c.numbers)(value, where)


def _by(value: Any, where: str) -> Any:
    return None if value is None else c.numbers(value, where)


def _counted(value: Any, where: str, numbers: Check = c.any_numbers) -> Any:
    """What `count` takes: an array, a Dataset, or a tuple of arrays."""
    if isinstance(value, tuple):
        if not value:
            raise UsageError(f"{where}: found an empty tuple, expected arrays")
        if not any(c.is_labelled(part) or (hasattr(part, "__len__") or hasattr(part, "dtype")) for part in value):
            return numbers(value, where)
        return tuple(_counted(part, where, numbers) for part in value)
    if hasattr(value, "data_vars"):
        if not value.data_vars:
            raise UsageError(f"{where}: found a Dataset without variables")
        return value
    return numbers(value, where)


def _dims_or_axes(value: Any, where: str) -> Any:
    if value is None or isinstance(value, str):
        return value
    several = value if isinstance(value, list | tuple) else [value]
    if several and all(isinstance(one, str) for one in several):
        return c.names(value, where)
    whole = [c.whole()(one, where) for one in several]
    return tuple(whole) if isinstance(value, list | tuple) else whole[0]


def _axes_or_axis(value: Any, where: str) -> Any:
    return tuple(c.whole()(one, where) for one in value) if isinstance(value, list | tuple) else c.whole()(value, where)


def _over(value: Any, where: str) -> Any:
    return value if isinstance(value, str) else c.whole(none=True)(value, where)


def _levels(value: Any, where: str) -> Any:
    array = plain(c.numbers)(value, where)
    return c.whole()(value, where) if getattr(array, "ndim", 0) == 0 else array


def _limits(value: Any, where: str) -> tuple[float, float]:
    array = plain(c.numbers)(value, where)
    if array.shape != (2,):
        raise UsageError(f"{where}: found shape {array.shape}, expected two numbers, low and high")
    return float(array[0]), float(array[1])


def _cells_fit(given: dict[str, Any], where: str) -> None:
    """Probabilities and cell measures are of one number of cells."""
    p: Any = given.get("p" if "p" in given else "counts")
    mu: Any = given.get("mu")
    if mu is None:
        return
    cells = given["size"] if p is None and "size" in given else np.shape(p)[-1] if np.ndim(p) else 0
    if np.shape(mu) not in ((), (1,), (cells,)):
        raise UsageError(
            f"{where}: found cell measures of shape {np.shape(mu)}, expected one for each of {cells} cells"
        )


def _window_fits(given: dict[str, Any], where: str) -> None:
    window, n = given.get("window"), np.shape(given["x"])[-1]
    if n < 3 or (window is not None and 2 * window >= n):
        raise UsageError(f"{where}: found {n} samples, expected at least 3, and over twice the window {window}")


def _outside_fits(given: dict[str, Any], where: str) -> None:
    n, outside = np.shape(given["n"]), np.shape(given.get("n_outside", 0))
    try:
        fits = np.broadcast_shapes(n[:-1], outside) == n[:-1]
    except ValueError:
        fits = False
    if not fits:
        raise UsageError(f"{where}: found n_outside of shape {outside}, expected {n[:-1]}, one per row of counts")


_NEIGHBOURS = {"ties": c.one_of("warn", "jitter"), "seed": c.whole(0, 2**64 - 1)}


def _span(given: dict[str, Any]) -> int:
    """How far a word of ``length`` symbols, or an ordinal pattern, reaches ahead of its first sample."""
    return int(given["length"] - 1 if "length" in given else (given["order"] - 1) * given["delay"])


_FIELD = {"grain": c.whole(), "boundary": c.one_of("open", "periodic"), "dims": c.names}
_TRANSFER = {"space": c.having("a space", "encode", none=True), "k": c.whole(), "l": c.whole(), "delay": c.whole()}

ROWS: dict[str, Row] = {
    "advise": _series(
        {"x": c.numbers, "t": c.times}, keeps=0, named=False, **_ORDER | {"delay": c.whole(none=True)}, method=_METHODS
    ),
    "apparent_complexity": Row(
        {"field": c.numbers},
        {**_FIELD, "levels": _levels, "limits": _limits, "adjust": c.one_of("row_majority", none=True)},
        d.field,
        dim="dims",
        says=_names_of,
    ),
    "autocorrelation_time": _series({"x": c.numbers}, axis="axis"),
    "block_entropy": _series({"symbols": c.integers}, length=c.whole(), reach=_span),
    "block_jackknife": _series(
        {"x": c.numbers},
        keeps=1,
        axis="axis",
        leads=True,
        named=False,
        statistic=c.function,
        tau=c.real(0, 1e9, above=True, none=True),
    ),
    "coarse_grain": Row({"field": c.numbers}, _FIELD, d.field, dim="dims", same=True),
    "count": Row(
        {},
        {
            "x": _counted,
            "space": _SPACE,
            "dim": _dims_or_axes,
            "component": c.optional(c.one_name),
            "weights": c.optional(c.any_numbers),
        },
        gaps={"x": partial(_counted, numbers=m.any_numbers)},
    ),
    "crooks": Row({"forward": plain(c.numbers), "reverse": plain(c.numbers)}, {"temperature": c.real()}),
    "cumulants": _chain(0, "series", named=False, orders=c.whole()),
    "effective_sample_size": _chain(),
    "entropy": Row(
        {},
        {
            "counts": _tally,
            "measure": _measure,
            "estimator": c.optional(c.one_name),
            "differential": c.flag,
            "standard_error": _ERROR,
            "over": _over,
        },
    ),
    "entropy_rate": _series({"symbols": c.integers}, length=c.whole(), reach=_span),
    "forbidden_patterns": _series({"x": c.numbers}, keeps=0, named=False, **_ORDER, reach=_span),
    "from_spec": Row(),
    "hc_bounds": Row({}, {"order": c.whole(), "entropy": c.optional(plain(c.numbers)), "points": c.whole(2, 10**7)}),
    "hc_plane": _series({"x": c.numbers}, **_ORDER, reach=_span),
    "hc_standard_errors": _series({"x": c.numbers}, **_ORDER, reach=_span),
    "integrated_autocorrelation_time": _chain(),
    "interval_coverage": Row(
        {},
        {
            "counts": c.axes(plain(c.counts), 2, what="axes, samples first"),
            "truth": c.real(),
            "estimator": c.optional(c.one_name),
            "measure": _measure,
            "standard_error": c.one_of("jackknife", "replicas", "blocks"),
            "nominal": c.share,
        },
    ),
    "k_statistics": _chain(0, named=False, orders=c.whole()),
    "knn_entropy": Row(
        {"x": c.axes(c.numbers, 1, what="axes, of points and of space")},
        {
            "k": c.whole(),
            "box": c.optional(plain(c.no_nan)),
            "dims": c.names,
            "axes": c.names,
            **_NEIGHBOURS,
            "metric": c.one_of("own", "shared", none=True),
        },
        d.points,
        dim="dims",
        axes="axes",
        says=_names_of,
    ),
    "ksg_mutual_information": Row(
        {name: c.axes(c.numbers, 1, 2, "axes, of samples and of space") for name in ("x", "y")},
        {"k": c.whole(), "local": c.flag, "dim": c.names, "axes": c.names, **_NEIGHBOURS}
        | {"metric": c.one_of("own", "shared")},
        d.points,
        axes="axes",
        keeps=0,
        local=True,
    ),
    "linear_statistic": Row(
        {"x": c.no_nan},
        {"f": c.function, "of": c.one_of("position", "radius"), "dim": c.names, "axes": c.names},
        d.bodies,
        axes="axes",
        says=lambda core: {"of": "position" if len(core) > 1 else "radius"},
    ),
    "lz78_phrases": _series({"symbols": c.integers}),
    "mean_and_error": _chain(),
    "measure_named": Row({}, {"name": c.one_name}),
    "natural_time": _series({"x": c.numbers, "t": c.times}, keeps=0, named=False, method=_METHODS),
    "normalized": Row(
        {}, {"estimate": c.having("an Estimate, or what `entropy` returns", "value", "standard_error"), "by": _by}
    ),
    "null_entropy": Row({"N": c.whole_numbers(1, 2**63 - 1)}, {"law": _law}, d.elements, dim=None),
    "pattern_counts": _series({"x": c.numbers}, tail=("block", "pattern"), **_ORDER, blocks=c.whole(1), reach=_span),
    "pattern_time": Row({}, {**_ORDER, "dt": c.real()}),
    "permutation_entropy": _series({"x": c.numbers}, **_ORDER, normalize=c.flag, reach=_span),
    "r_hat": _chain(0),
    "sample_entropy": _series(
        {"x": c.numbers}, m=c.whole(), r=c.real(0), tolerance=c.real(0, none=True), reach=lambda given: int(given["m"])
    ),
    "spacing_entropy": Row(
        {"x": c.axes(c.numbers, 1)},
        {
            "method": c.one_of("vasicek", "van es", "ebrahimi", "correa", "auto"),
            "window": c.whole(1, none=True),
            "dim": c.names,
            **_NEIGHBOURS,
        },
        d.samples,
        joint=_window_fits,
    ),
    "suggest_delay": Row({}, {"natural_time": c.real(), "order": c.whole(), "dt": c.real(), "ratio": c.real()}),
    "thermodynamic_integration": Row(
        {"beta": c.numbers, "mean_energy": c.numbers, "se": c.optional(c.numbers)},
        {"reference": c.real(), "variable": c.one_of("auto", "log_beta", "beta")},
        d.only,
        dim=None,
        keeps=0,
        named=False,
    ),
    "time_irreversibility": _series({"symbols": c.integers}, length=c.whole(), pseudocount=c.real(), reach=_span),
    "transfer_entropy": _series(
        {"x": c.numbers, "y": c.numbers},
        **_TRANSFER,
        joint=table_information.one_length,
        reach=table_information.histories,
    ),
    "unmixed": _chain(0, named=False, rhat_bound=c.real(), least=c.real()),
    "weigh": Row({}, {"density": c.axes(c.numbers, 1), "cell_measure": c.optional(c.numbers), "dim": c.names}),
    **table_information.rows(Row, _series),
}

_P = {"p": c.axes(plain(c.numbers), 1, what="axes, the last of cells"), "mu": c.optional(plain(c.numbers))}
_SIZE = {"size": c.whole(1), "mu": c.optional(plain(c.numbers))}
_OF_MEASURE = {
    "__call__": Row({}, _P, joint=_cells_fit),
    "gradient": Row({}, _P, joint=_cells_fit),
    "maximum": Row({}, _SIZE, joint=_cells_fit),
}
_OF_SPACE = {"encode": Row({}, {"x": plain(c.any_numbers)})}
_REFERENCE = {"reference": c.optional(plain(c.numbers))}


def _parts(value: Any, where: str) -> Any:
    return (
        tuple(_parts(part, where) for part in value) if isinstance(value, tuple) else plain(c.any_numbers)(value, where)
    )


CLASSES: dict[str, dict[str, Row]] = {
    "Counts": {
        "__init__": Row(
            {},
            {"n": plain(c.counts_or_none), "n_outside": plain(c.integers), "space": c.optional(_SPACE)},
            joint=_outside_fits,
        ),
        "pooled": Row({}, {"axis": _axes_or_axis}),
    },
    "Weights": {
        "__init__": Row(
            {},
            {"p": c.axes(plain(c.numbers), 1), "mu": c.optional(plain(c.numbers)), "space": c.optional(_SPACE)},
            joint=_cells_fit,
        )
    },
    "Samples": {"__init__": Row({}, {"x": plain(c.numbers), "box": c.optional(plain(c.no_nan))})},
    "KL": {"__init__": Row({}, _REFERENCE), **_OF_MEASURE},
    "JensenShannon": {"__init__": Row({}, _REFERENCE), **_OF_MEASURE},
    "LnW": {
        **_OF_MEASURE,
        "__call__": Row({}, {"counts": c.axes(plain(c.counts), 1), "mu": _P["mu"]}, joint=_cells_fit),
    },
    "Renyi": {"__init__": Row({}, {"q": c.real(0, finite=False)}), **_OF_MEASURE},
    "Shannon": _OF_MEASURE,
    "StatisticalComplexity": _OF_MEASURE,
    "Tsallis": {"__init__": Row({}, {"q": c.real(0)}), **_OF_MEASURE},
    "Grid": {"__init__": Row(), **_OF_SPACE},
    "Sphere": {"__init__": Row({}, {"polar": c.whole(1), "azimuthal": c.whole(1), "equal_area": c.flag}), **_OF_SPACE},
    "Ordinal": {"__init__": Row({}, {**_ORDER, "ties": c.one_of("stable", "drop", "error")}), **_OF_SPACE},
    "OrdinalPatch": {"__init__": Row({}, table_information.PATCH), **_OF_SPACE},
    "Levels": {"__init__": Row({}, {"edges": c.axes(plain(c.numbers), 1, 1)}), **_OF_SPACE},
    "Unique": {"__init__": Row({}, {"size": c.whole(1)}), **_OF_SPACE},
    "Lag": {"__init__": Row({}, {"space": _SPACE, "steps": c.whole(0)}), "encode": Row({}, {"x": _parts})},
    "Product": {"encode": Row({}, {"x": _parts})},
}
