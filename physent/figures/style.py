"""Standard figures: each engine draws its own from a run's Dataset; this module opens, styles and saves."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib.backend_bases import FigureCanvasBase

from physent.errors import UsageError

STYLE: dict[Any, Any] = {
    "figure.constrained_layout.use": True,
    "font.size": 10.0,
    "axes.titlesize": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.5,
    # Okabe and Ito (2008): distinguishable with any colour vision.
    "axes.prop_cycle": cycler(color=["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]),
}


def caption(attributes: Mapping[Any, Any], width: int) -> str:
    """What ran, in lines of at most ``width`` letters: engine, parameters that are no defaults, replicas and seed."""
    from physent import engines
    from physent.config import yaml

    config = yaml.parse_value(attributes["config"])
    fields = engines.get(attributes["engine"]).Parameters.model_fields
    told = [
        f"{name} = {value:.6g}" if isinstance(value, float) else f"{name} = {value}"
        for name, value in config["parameters"].items()
        if isinstance(value, int | float | str) and (name not in fields or value != fields[name].default)
    ]
    if config.get("replicas", 1) > 1:
        told.append(f"{config['replicas']} replicas")
    told.append(f"seed {attributes['seed']}")
    return "\n".join(textwrap.wrap(f"{attributes['title']}: {', '.join(told)}", width))


def save_figure(path: str | Path, output: str | Path | None = None) -> Path:
    """Draw the standard figure of a run and save it, by default beside the run as PNG; return its path."""
    from physent import engines
    from physent.io.reader import open_run, reading, refuse_derived

    path = Path(path)
    output = path.with_suffix(".png") if output is None else Path(output)
    supported = FigureCanvasBase.get_supported_filetypes()
    if output.suffix.lstrip(".").lower() not in supported:
        raise UsageError(f"{output}: unknown kind of figure, expected one of .{', .'.join(sorted(supported))}")
    partial = output.with_name(f".{output.name}.part{output.suffix}")
    with open_run(path) as dataset, matplotlib.rc_context(STYLE):
        refuse_derived(path, dataset.attrs)
        with reading(path):
            figure = engines.get(dataset.attrs["engine"]).figure(dataset)
            figure.suptitle(caption(dataset.attrs, int(13 * figure.get_figwidth())), fontsize=9.0, color="0.35")
        try:
            figure.savefig(partial, dpi=150)
            partial.replace(output)
        except OSError as error:
            raise UsageError(f"{output}: cannot write the figure ({error.strerror})") from error
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
    return output
