"""Animations: frames that differ, memory that does not grow, and what cannot be shown."""

from __future__ import annotations

import itertools
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.animation import FFMpegWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from typer.testing import CliRunner

import physent
from physent import engines
from physent.cli import commands
from physent.declare import Movie
from physent.errors import UsageError
from physent.figures import animate
from physent.figures.animate import save_animation


def test_frames_of_a_file(tmp_path: Path) -> None:
    changes = {"parameters.points": 128, "schedule": {"until": 0.4, "every": 0.1}}
    physent.run("nlse/single_soliton", set=changes, output=tmp_path / "run.nc").close()
    done = CliRunner().invoke(commands.app, ["animate", str(tmp_path / "run.nc"), "-o", str(tmp_path / "run.gif")])
    assert done.exit_code == 0, done.output
    with Image.open(tmp_path / "run.gif") as image:
        assert getattr(image, "n_frames", 1) == 5
        frames = []
        for frame in range(5):
            image.seek(frame)
            frames.append(np.asarray(image.convert("L"), int))
    assert all(np.abs(one - two).max() > 50 for one, two in itertools.pairwise(frames))
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["run.gif", "run.nc"]


def test_memory_does_not_grow_with_frames(tmp_path: Path) -> None:
    def peak(frames: int) -> int:
        figure = Figure(figsize=(4.0, 4.0))
        (line,) = figure.subplots().plot(np.random.default_rng(1).normal(size=500))
        tracemalloc.start()
        with (tmp_path / "movie.gif").open("wb") as file:
            FigureCanvasAgg(figure)
            gif = animate._Gif(file, figure, 20)
            for frame in range(frames):
                line.set_ydata(np.random.default_rng(frame).normal(size=500))
                gif.add()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few = peak(4)
    assert peak(24) < few + 1_000_000  # twenty more frames are 13 MB as they are drawn, 3 MB in a palette


def test_what_cannot_be_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run.nc"
    changes = {"parameters.points": 128, "schedule": {"until": 0.2, "every": 0.1}, "output.fields": "none"}
    physent.run("nlse/single_soliton", set=changes, output=run).close()
    with pytest.raises(UsageError, match=r"run\.nc: found fewer than two frames"):
        save_animation(run, tmp_path / "run.gif")
    with pytest.raises(UsageError, match=r"unknown kind of animation, expected \.gif or \.mp4"):
        save_animation(run, tmp_path / "run.avi")
    monkeypatch.setattr(FFMpegWriter, "isAvailable", lambda: False)
    with pytest.raises(UsageError, match=r"an \.mp4 needs the program ffmpeg"):
        save_animation(run, tmp_path / "run.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["run.nc"]


def test_a_movie_is_thinned_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    figure = Figure(figsize=(1.0, 1.0))
    run = tmp_path / "run.nc"
    changes = {"parameters.points": 128, "schedule": {"until": 0.2, "every": 0.1}}
    physent.run("nlse/single_soliton", set=changes, output=run).close()
    engine = replace(engines.get("nlse"), movie=lambda dataset: Movie(figure, 101, drawn.append))
    monkeypatch.setattr(engines, "get", lambda name: engine)
    save_animation(run, tmp_path / "run.gif", frames=5)
    assert drawn == [0, 25, 50, 75, 100]
