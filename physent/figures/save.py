"""Standard figures: each engine draws its own from a run's Dataset, and this module opens, styles and saves it."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backend_bases import FigureCanvasBase

from physent.errors import UsageError, reason
from physent.figures.replaced import metadata, refuse_others
from physent.figures.style import drawing, standard
from physent.io.files import replacing
from physent.io.reader import open_run, reading, refuse_derived


def save_figure(path: str | Path, output: str | Path | None = None, *, overwrite: bool = False) -> Path:
    """Draw the standard figure of a run and save it, by default beside the run as PNG; return its path.

    An earlier figure of a run is replaced, another file only with ``overwrite``. Raises UsageError if the kind of file
    is unknown or the file cannot be written.
    """
    path = Path(path)
    output = path.with_suffix(".png") if output is None else Path(output)
    supported = FigureCanvasBase.get_supported_filetypes()
    if output.suffix.lstrip(".").lower() not in supported:
        raise UsageError(f"{output}: unknown kind of figure, expected one of .{', .'.join(sorted(supported))}")
    refuse_others(output, overwrite)
    with open_run(path) as dataset, drawing():
        refuse_derived(path, dataset.attrs)
        with reading(path):
            figure = standard(dataset)
        try:
            with replacing(output) as partial:
                figure.savefig(partial, dpi=150, metadata=metadata(output))
        except OSError as error:
            raise UsageError(f"{output}: cannot write the figure ({reason(error)})") from error
    return output
