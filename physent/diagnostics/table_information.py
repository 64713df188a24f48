"""Rows of the functions of shared information, surrogates and complexity, which `physent.diagnostics.table` joins."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from physent.diagnostics import checks as c
from physent.diagnostics import dimensions as d
from physent.diagnostics import missing as m
from physent.errors import UsageError

_TIES = {"ties": c.one_of("warn", "jitter"), "seed": c.whole(0, 2**64 - 1)}
_METRIC = c.one_of("own", "shared")
PATCH = {name: c.whole(1) for name in ("rows", "columns", "row_step", "column_step")}
_NAMES = {"dim": c.names, "axes": c.names}
_SURROGATES = {
    "number": c.whole(1, 10**6),
    "kind": c.one_of("shift", "shuffle", "phase", "iaaft"),
    "least": c.whole(1, none=True),
    "seed": c.whole(0, 2**64 - 1),
    "dim": c.names,
}


def rows(row: Any, series: Any) -> dict[str, Any]:
    """The rows, of ``row`` (the record of one function) and ``series`` (the row of a function of time series)."""
    return {
        "conditional_mutual_information": row(
            {name: _block(c.numbers) for name in ("x", "y", "z")},
            {"k": c.whole(), "space": _ENCODER, "local": c.flag, "metric": _METRIC, **_TIES, **_NAMES},
            d.points,
            axes="axes",
            keeps=0,
            local=True,
        ),
        "dispersion_entropy": series(
            {"x": c.numbers},
            **{name: c.whole() for name in ("m", "classes", "delay")},
            normalize=c.flag,
            reach=lambda given: int((given["m"] - 1) * given["delay"]),
        ),
        "thermodynamic_uncertainty": row(
            {"current": c.numbers, "entropy": c.numbers}, {}, d.only, dim=None, keeps=0, named=False
        ),
        "entropy_production": row(
            {"x": _block(c.numbers)},
            {
                "method": c.one_of("network", "plug_in", "short_time_tur"),
                "dt": c.real(0, above=True),
                "length": c.whole(),
                "basis": c.optional(c.function),
                **_NAMES,
            },
            d.path,
            axes="axes",
            keeps=0,
            named=False,
            judged=True,
            gaps={"x": _block(m.numbers)},
            reach=lambda given: int(given["length"] - 1),
        ),
        "fuzzy_entropy": series(
            {"x": c.numbers},
            m=c.whole(),
            r=c.real(0, above=True),
            power=c.real(0, 1e3, above=True),
            reach=lambda given: int(given["m"]),
        ),
        "hc_plane_2d": row(
            {"field": c.axes(c.numbers, 2, what="axes, the last two of rows and columns")},
            {**PATCH, "dims": c.names},
            d.plane,
            dim="dims",
        ),
        "in_base": row({}, {"value": _result, "base": c.real(1, above=True)}),
        "knn_transfer_entropy": row(
            {"x": _block(c.numbers), "y": _block(c.numbers), "given": c.optional(_block(c.numbers))},
            {name: c.whole() for name in ("k", "l", "delay", "neighbours")}
            | {"local": c.flag, "metric": _METRIC, **_TIES, **_NAMES},
            d.path,
            axes="axes",
            keeps=0,
            local=True,
            judged=True,
            gaps={"x": _block(m.numbers), "y": _block(m.numbers), "given": c.optional(_block(m.numbers))},
            reach=lambda given: int(max(given["k"], given["l"] + given["delay"] - 1)),
        ),
        "local_transfer_entropy": replace(
            series(
                {"x": c.numbers, "y": c.numbers},
                **{name: c.whole() for name in ("k", "l", "delay")},
                space=_ENCODER,
                joint=one_length,
                reach=histories,
            ),
            same=True,
        ),
        "lz76_phrases": series({"symbols": c.integers}),
        "mixed_mutual_information": row(
            {"x": _block(c.numbers), "y": _block(c.numbers)},
            {"k": c.whole(), "metric": _METRIC, **_NAMES},
            d.points,
            axes="axes",
            keeps=0,
        ),
        "multiscale_entropy": series(
            {"x": c.numbers},
            tail=("scale",),
            scales=c.whole(),
            m=c.whole(),
            r=c.real(0),
            tolerance=c.real(0, above=True, none=True),
            reach=lambda given: int(given["scales"] * (given["m"] + 1)),
        ),
        "surrogate_test": row(
            {"x": _series(c.numbers), "y": c.optional(_series(c.numbers))},
            {"statistic": c.function, "side": c.one_of("greater", "less", "both"), **_SURROGATES},
            d.clock,
            keeps=0,
            named=False,
            judged=True,
        ),
        "surrogates": replace(series({"x": c.numbers}, tail=("surrogate",), **_SURROGATES), same=True),
        "weighted_permutation_entropy": series(
            {"x": c.numbers},
            order=c.whole(),
            delay=c.whole(),
            normalize=c.flag,
            reach=lambda given: int((given["order"] - 1) * given["delay"]),
        ),
        "word_entropies": series(
            {"symbols": c.integers}, tail=("length",), length=c.whole(), reach=lambda given: int(given["length"] - 1)
        ),
        "zero_one_test": series({"x": c.numbers}, frequencies=c.whole(1, 10**4)),
    }


def histories(given: dict[str, Any]) -> int:
    """How far the next value and both histories reach ahead of their first sample."""
    return int(max(given["k"], given["l"] + given["delay"] - 1) + getattr(given["space"], "reach", 0))


def one_length(given: dict[str, Any], where: str) -> None:
    """Two series are paired sample by sample."""
    x, y = np.shape(given["x"]), np.shape(given["y"])
    if x != y:
        raise UsageError(f"{where}: found series of shapes {x} and {y}, expected one shape")


def _result(value: Any, where: str) -> Any:
    """An estimate or a Dataset, else numbers."""
    if hasattr(value, "data_vars") or (hasattr(value, "value") and hasattr(value, "standard_error")):
        return value
    if is_dataclass(value):
        such = next((name for name in ("effect", "value") if hasattr(value, name)), fields(value)[0].name)
        raise UsageError(f"{where}: found a {type(value).__name__}, expected one of its numbers, such as .{such}")
    return c.any_numbers(value, where)


def _series(check: c.Check) -> c.Check:
    return c.axes(check, 1, what="axes, the last of time")


def _block(check: c.Check) -> c.Check:
    return c.axes(check, 1, 2, "axes, of samples and of space")


_ENCODER = c.having("a space", "encode", none=True)
