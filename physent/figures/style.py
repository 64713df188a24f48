"""The look of all figures, and the caption that names what ran."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib
from cycler import cycler

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

STYLE: dict[Any, Any] = {
    "figure.constrained_layout.use": True,
    "font.size": 10.0,
    "axes.titlesize": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.5,
    "pdf.fonttype": 42,  # outlines that editors and publishers accept, not Type 3
    "ps.fonttype": 42,
    # Okabe and Ito (2008): distinguishable with any colour vision.
    "axes.prop_cycle": cycler(color=["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]),
}


@contextmanager
def drawing() -> Iterator[None]:
    """The look of all figures in a block, whatever the surroundings have set (a notebook, ``text.usetex``)."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


def config_of(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    """The effective config in a file's attributes, as plain data."""
    from physent.config import yaml

    config: dict[str, Any] = yaml.parse_value(attributes["config"])
    return config


def of_engine(run: xr.Dataset) -> Figure:
    """The engine's figure of a run; what changes by rounding only looks constant."""
    from physent import engines

    figure = engines.get(run.attrs["engine"]).figure(run, config_of(run.attrs))
    for axes in figure.axes:
        low, high = axes.dataLim.intervaly
        if 0.0 <= high - low < 1e-9 * max(abs(low), abs(high)) < float("inf"):
            axes.set_ylim(low - 0.05 * abs(low), high + 0.05 * abs(high))
    return figure


def standard(run: xr.Dataset) -> Figure:
    """The engine's standard figure of a run, with a caption that names what ran."""
    figure = of_engine(run)
    figure.suptitle(caption(run.attrs, int(13 * figure.get_figwidth())), fontsize=9.0, color="0.35")
    return figure


def caption(attributes: Mapping[Any, Any], width: int) -> str:
    """Engine, parameters other than their defaults, replicas and seed, in lines of at most ``width`` characters."""
    from physent import engines

    config = config_of(attributes)
    parts = list(_told(config["parameters"], engines.get(attributes["engine"]).Parameters.model_fields))
    if config.get("replicas", 1) > 1:
        parts.append(f"{config['replicas']} replicas")
    parts.append(f"seed {attributes['seed']}")
    if not attributes.get("finished", 1):
        parts.append("unfinished")
    return "\n".join(textwrap.wrap(f"{attributes['title']}: {', '.join(parts)}", width))


def _told(values: Mapping[str, Any], fields: Mapping[str, Any]) -> Iterator[str]:
    """Numbers and texts that are not their defaults; what is chosen by a `kind`, with its own in brackets."""
    from pydantic import BaseModel

    from physent.config.messages import kinds, members, unwrapped

    for name, value in values.items():
        field = fields.get(name)
        if isinstance(value, int | float | str):
            if field is None or value != field.default:
                yield f"{name} = {value:.6g}" if isinstance(value, float) else f"{name} = {value}"
        elif isinstance(value, dict) and "kind" in value and field is not None:
            if isinstance(field.default, BaseModel) and value == field.default.model_dump(mode="json"):
                continue
            options = map(unwrapped, members(field.rebuild_annotation()))
            inner: Mapping[str, Any] = next((one.model_fields for one in options if value["kind"] in kinds(one)), {})
            own = list(_told({key: one for key, one in value.items() if key != "kind"}, inner))
            yield f"{name} = {value['kind']}{' ({})'.format(', '.join(own)) if own else ''}"
        elif isinstance(value, dict) and name == "constants":
            yield from _told(value, {})
