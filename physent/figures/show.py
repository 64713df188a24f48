"""Standard figures and animations as Matplotlib objects, in the user's own style, for notebooks and scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib._pylab_helpers import Gcf
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure

from physent.errors import UsageError
from physent.figures.animate import FRAMES_PER_SECOND, evenly, movie_of
from physent.figures.style import STYLE, caption, of_engine
from physent.io.reader import open_run, refuse_derived

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


def plot(run: xr.Dataset | str | os.PathLike[str]) -> tuple[Figure, list[Axes]]:
    """Draw the standard figure of a run, a Dataset or the path of its file; returns the figure and its axes.

    What your matplotlibrc or style sheet sets is kept, the size of figures included. The figure is one of pyplot: a
    notebook and ``plt.show()`` show it, ``figure.savefig`` saves it. Raises UsageError if it is no run.
    """
    dataset = _dataset(run)
    with _own_style():
        figure = of_engine(dataset)
        _resize(figure)
        text = caption(dataset.attrs, int(13 * figure.get_figwidth()))
        figure.suptitle(text, fontsize="small", color="0.35")
        return _managed(figure), list(figure.axes)


class Shown(Figure):
    """A figure whose fonts are ours also when the user saves it, unless the user has set others."""

    def savefig(self, *args: Any, **kwargs: Any) -> None:
        """As of Matplotlib, with outlines for fonts (Type 42) in PDF and PostScript."""
        with matplotlib.rc_context(_left({key: STYLE[key] for key in ("pdf.fonttype", "ps.fonttype")})):
            super().savefig(*args, **kwargs)


class Animation(FuncAnimation):
    """An animation that a notebook shows as the result of a cell; ``save`` writes a file, `to_jshtml` a page."""

    def _repr_html_(self) -> str:
        return self.to_jshtml()

    def __del__(self) -> None:
        """An animation that nobody looked at is no mistake."""


def animate(
    run: xr.Dataset | str | os.PathLike[str], *, frames: int | None = None, fps: int = FRAMES_PER_SECOND
) -> Animation:
    """Draw the animation of a run, a Dataset or the path of its file, as a Matplotlib animation that notebooks show.

    ``frames``: at most so many, evenly spaced over what is stored (default 200). Style as for `plot`. Raises UsageError
    if the run holds no frames.
    """
    dataset = _dataset(run)
    with _own_style():
        movie = movie_of(dataset, "animate")
        _resize(movie.figure)
        shown = evenly(movie, frames)

        def draw(frame: Any) -> list[Any]:
            movie.draw(int(frame))
            return []

        return Animation(movie.figure, draw, frames=shown, init_func=list, interval=1000 / fps, repeat=False)


def _dataset(run: Any) -> xr.Dataset:
    """The Dataset of a run; UsageError if it is something else."""
    dataset = run if hasattr(run, "data_vars") else None
    if dataset is None:
        if not isinstance(run, str | os.PathLike):
            raise UsageError(f"found a {type(run).__name__}, expected the Dataset of a run, or the path of its file")
        dataset = open_run(run)
    if "engine" not in dataset.attrs or "config" not in dataset.attrs:
        raise UsageError("found a Dataset without the attributes of a run, expected one from physent.run or open_run")
    refuse_derived("the Dataset", dataset.attrs)
    return cast("xr.Dataset", dataset)


@contextmanager
def _own_style() -> Iterator[None]:
    """The look of our figures in all that the user has left as Matplotlib has it."""
    plt._get_backend_mod()  # now: a backend that a notebook first loads inside the context loses its interactive mode
    with matplotlib.rc_context(_left(STYLE)):
        yield


def _left(settings: dict[Any, Any]) -> dict[Any, Any]:
    """Those of the settings that the user has left as Matplotlib has them."""
    default = matplotlib.rcParamsDefault
    return {key: value for key, value in settings.items() if matplotlib.rcParams[key] == default[key]}


def _resize(figure: Figure) -> None:
    """The size of figures that the user has set, if any."""
    size = matplotlib.rcParams["figure.figsize"]
    if not np.allclose(size, matplotlib.rcParamsDefault["figure.figsize"]):
        figure.set_size_inches(size)


def _managed(figure: Figure) -> Figure:
    """The figure under a new number of pyplot, as if pyplot had made it."""
    if type(figure) is Figure:
        figure.__class__ = Shown
    number = max(plt.get_fignums(), default=0) + 1
    manager = plt._get_backend_mod().new_figure_manager_given_figure(number, figure)
    Gcf._set_new_active_manager(manager)
    plt.draw_if_interactive()  # type: ignore[no-untyped-call]
    return figure
