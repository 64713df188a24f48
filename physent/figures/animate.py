"""Animations: each engine draws its own frames from a run's Dataset; this module opens, encodes and saves.

A frame is encoded as soon as it is drawn, so that memory does not grow with their number.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from physent.errors import RunError, UsageError
from physent.figures.style import STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
    report: Report | None = None,
) -> Path:
    """Draw the animation of a run and save it as .gif, or as .mp4 where there is ffmpeg; return its path.

    ``frames``: at most so many, evenly spaced over what is stored (default 200). Raises UsageError where the run holds
    no frames, the kind of file is unknown, or ffmpeg is missing; RunError where the file cannot be written.
    """
    from physent import engines
    from physent.io.reader import open_run, reading, refuse_derived

    path, output = Path(path), Path(output)
    kind = output.suffix.lower()
    if kind not in KINDS:
        raise UsageError(f"{output}: unknown kind of animation, expected {' or '.join(KINDS)}")
    if kind == ".mp4":
        _need_ffmpeg(output)
    with open_run(path) as dataset, matplotlib.rc_context(STYLE), reading(path):
        refuse_derived(path, dataset.attrs)
        movie = engines.get(dataset.attrs["engine"]).movie(dataset)
        if movie is None or movie.frames < 2:
            raise UsageError(
                f"{path}: found fewer than two frames, expected stored fields (--set output.fields=all) of a kind that "
                f"{dataset.attrs['engine']} animates"
            )
        shown = np.unique(
            np.linspace(0, movie.frames - 1, min(movie.frames, frames or MOST_FRAMES)).round().astype(int)
        )
        partial = output.with_name(output.name + ".part")
        try:
            with _encoder(kind, partial, movie.figure, fps) as grab:
                for done, frame in enumerate(shown):
                    if report:
                        report(f"frame {done + 1}", done, len(shown))
                    movie.draw(int(frame))
                    grab()
                    movie.figure.set_layout_engine("none")  # it is placed by now, and placing costs as much as drawing
            partial.replace(output)
        except OSError as error:
            raise RunError(f"{output}: cannot write the animation: {error.strerror or error}") from None
        finally:
            partial.unlink(missing_ok=True)
    return output


def _need_ffmpeg(output: Path) -> None:
    from matplotlib.animation import FFMpegWriter

    if not FFMpegWriter.isAvailable():
        raise UsageError(f"{output}: an .mp4 needs the program ffmpeg, which is not there; expected a .gif")


@contextmanager
def _encoder(kind: str, path: Path, figure: Figure, fps: int) -> Iterator[Callable[[], None]]:
    FigureCanvasAgg(figure)
    if kind == ".gif":
        with path.open("wb") as file:
            yield _Gif(file, figure, fps).add
            file.write(b";")
        return
    from matplotlib.animation import FFMpegWriter

    writer = FFMpegWriter(
        fps=fps, extra_args=["-f", "mp4", "-pix_fmt", "yuv420p", "-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2"]
    )
    with writer.saving(figure, str(path), DPI):
        yield writer.grab_frame


class _Gif:
    """A GIF that is written frame by frame (Pillow's own writer holds all of them until the end)."""

    def __init__(self, file: io.BufferedWriter, figure: Figure, fps: int) -> None:
        self._file, self._figure = file, figure
        self._options: dict[str, Any] = {"duration": round(1000 / fps), "loop": 0, "include_color_table": True}
        self._begun = False

    def add(self) -> None:
        """Encode the figure as it is."""
        from PIL import GifImagePlugin, Image

        self._figure.set_dpi(DPI)
        canvas: Any = self._figure.canvas
        canvas.draw()
        image = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
        frame = image.quantize(255, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        if not self._begun:
            self._begun = True
            header, _ = GifImagePlugin.getheader(frame, info=dict(self._options))
            for block in header:
                self._file.write(block)
        for block in GifImagePlugin.getdata(frame, (0, 0), **self._options):
            self._file.write(block)
