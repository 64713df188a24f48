"""Animations: frames that differ, each on the disk when it is drawn, and what cannot be shown."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.animation import FFMpegWriter
from matplotlib.figure import Figure
from PIL import Image
from typer.testing import CliRunner

import physent
from physent import engines
from physent.cli import commands
from physent.declare import Movie
from physent.errors import UsageError
from physent.figures.animate import GifWriter, save_animation


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


def test_a_frame_is_on_the_disk_when_it_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "movie.gif"
    figure = Figure(figsize=(4.0, 4.0))
    (line,) = figure.subplots().plot(np.zeros(500))
    writer = GifWriter(20)
    sizes = [0]
    with writer.saving(figure, str(path), 100):
        for frame in range(6):
            line.set_ydata(np.random.default_rng(frame).uniform(-0.05, 0.05, 500))
            writer.grab_frame()
            sizes.append(path.stat().st_size)
    assert min(np.diff(sizes)) > 4000
    with Image.open(path) as image:
        assert (getattr(image, "n_frames", 1), image.size, image.info["duration"]) == (6, (400, 400), 50)
        assert image.info["loop"] == 0


def test_what_cannot_be_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run.nc"
    changes = {"parameters.points": 128, "schedule": {"until": 0.2, "every": 0.1}, "output.fields": "none"}
    physent.run("nlse/single_soliton", set=changes, output=run).close()
    with pytest.raises(UsageError, match=r"run\.nc: found no stored fields, expected some: run it with --set output"):
        save_animation(run, tmp_path / "run.gif")
    radii = {"engine": "coulomb", "parameters": {"dimension": 2, "n": 4, "beta": 2.0, "sampler": "radii"}}
    physent.run(radii | {"schedule": {"draws": 3}}, output=run, overwrite=True).close()
    with pytest.raises(UsageError, match=r"run\.nc: coulomb has no animation of radius$"):
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
    engine = replace(engines.get("nlse"), movie=lambda dataset, config: Movie(figure, 101, drawn.append))
    monkeypatch.setattr(engines, "get", lambda name: engine)
    save_animation(run, tmp_path / "run.gif", frames=5)
    assert drawn == [0, 25, 50, 75, 100]
