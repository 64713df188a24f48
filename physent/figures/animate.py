"""Animations: each engine draws the frames of a run's Dataset, and this module opens, encodes and saves them.

A frame is encoded as soon as it is drawn, so that memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import GifImagePlugin, Image

from physent import engines
from physent.config.load import load_config
from physent.declare import Movie
from physent.errors import RunError, UsageError, listing, reason
from physent.figures.replaced import MARK, refuse_others
from physent.figures.style import config_of, drawing
from physent.io.files import replacing
from physent.io.reader import open_run, reading, refuse_derived

if TYPE_CHECKING:
    import xarray as xr

KINDS = (".gif", ".mp4")
DPI = 100
MOST_FRAMES = 200  # by default; a longer run is shown at evenly spaced samples
FRAMES_PER_SECOND = 20

Report = Callable[[str, int, int], None]


def save_animation(
    path: str | Path,
    output: str | Path,
    *,
    frames: int | None = None,
    fps: int = FRAMES_PER_SECOND,
    overwrite: bool = False,
    report: Report | None = None,
) -> Path:
    """Draw the animation of a run and save it as .gif, or as .mp4 if ffmpeg is installed; return its path.

    ``frames``: at most so many, evenly spaced over what is stored (default 200). Raises UsageError if the run holds no
    frames, the kind of file is unknown, or ffmpeg is missing; RunError if the file cannot be written.
    """
    path, output = Path(path), Path(output)
    writer = _writer(output, fps)
    refuse_others(output, overwrite)
    with open_run(path) as dataset, drawing(), reading(path):
        refuse_derived(path, dataset.attrs)
        movie = movie_of(dataset, path)
        shown = evenly(movie, frames)
        try:
            with replacing(output) as partial, writer.saving(movie.figure, str(partial), DPI):
                for done, frame in enumerate(shown):
                    if report:
                        report(f"frame {done + 1}", done, len(shown))
                    movie.draw(frame)
                    writer.grab_frame()
                    movie.figure.set_layout_engine("none")  # layout is done, and costs as much as drawing
        except OSError as error:
            raise RunError(f"{output}: cannot write the animation: {reason(error)}") from None
    return output


def movie_of(dataset: xr.Dataset, name: str | Path) -> Movie:
    """The animation of a run; UsageError, which says ``name``, if it holds no frames."""
    movie = engines.get(dataset.attrs["engine"]).movie(dataset, config_of(dataset.attrs))
    if movie is None:
        raise UsageError(f"{name}: {_why_none(dataset)}")
    if movie.frames < 2:
        raise UsageError(f"{name}: found fewer than two frames, expected more samples or a smaller output.every")
    return movie


def evenly(movie: Movie, frames: int | None) -> list[int]:
    """Indices of at most ``frames`` frames, by default `MOST_FRAMES`, evenly spaced."""
    spaced = np.linspace(0, movie.frames - 1, min(movie.frames, frames or MOST_FRAMES))
    return [int(index) for index in np.unique(spaced.round())]


def _why_none(dataset: xr.Dataset) -> str:
    """Why a run has no animation, and what helps."""
    engine, config = dataset.attrs["engine"], config_of(dataset.attrs)
    if config["output"]["fields"] == "none":
        return "found no stored fields, expected some: run it with --set output.fields=all"
    fields = [variable.name for variable in engines.get(engine).variables(load_config(config)) if variable.is_field]
    stored = [name for name in fields if name in dataset]
    more = [name for name in fields if name not in stored]
    return f"{engine} has no animation of {listing(stored)}" + (f"; store {' and '.join(more)} too" if more else "")


def _writer(output: Path, fps: int) -> AbstractMovieWriter:
    kind = output.suffix.lower()
    if kind not in KINDS:
        raise UsageError(f"{output}: unknown kind of animation, expected {' or '.join(KINDS)}")
    if kind == ".gif":
        return GifWriter(fps)
    if not FFMpegWriter.isAvailable():
        raise UsageError(f"{output}: an .mp4 needs the program ffmpeg, which is not installed; expected a .gif")
    even = "crop=trunc(iw/2)*2:trunc(ih/2)*2"  # yuv420p shares colours among two by two pixels
    return FFMpegWriter(
        fps=fps, extra_args=["-f", "mp4", "-pix_fmt", "yuv420p", "-vf", even, "-metadata", f"comment={MARK}"]
    )


class GifWriter(AbstractMovieWriter):
    """Encodes each frame as it is grabbed.

    Matplotlib's PillowWriter and Pillow's ``save(append_images=...)``, also from a generator, hold all frames until the
    end: 200 frames of 600 x 640 then cost 80 MB.
    """

    def setup(self, fig: Figure, outfile: Any, dpi: float | None = None) -> None:
        """Open the file; the figure is drawn at ``dpi``."""
        super().setup(fig, outfile, dpi)
        fig.set_dpi(self.dpi)
        self._canvas: Any = FigureCanvasAgg(fig)
        self._file = Path(outfile).open("wb")  # noqa: SIM115 (closed by finish)

    def grab_frame(self, **_: Any) -> None:
        """Encode the figure as it is, in 255 colours of its own."""
        self._canvas.draw()
        image = Image.fromarray(np.asarray(self._canvas.buffer_rgba())[..., :3])
        frame = image.quantize(255, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        options: dict[str, Any] = {"duration": round(1000 / self.fps), "loop": 0, "include_color_table": True}
        if not self._file.tell():
            self._file.writelines(GifImagePlugin.getheader(frame, info={**options, "comment": MARK.encode()})[0])
        self._file.writelines(GifImagePlugin.getdata(frame, (0, 0), **options))

    def finish(self) -> None:
        """Write the trailer."""
        with self._file:
            self._file.write(b";")
