"""Figures and animations for notebooks: of pyplot, in the user's style; configs as HTML; fonts in files."""

from __future__ import annotations

import html
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

import physent
from physent.errors import UsageError
from physent.figures.save import save_figure

CHANGES: dict[str, Any] = {"parameters.points": 128, "schedule": {"until": 0.2, "every": 0.1}}


@pytest.fixture(scope="module")
def run() -> xr.Dataset:
    """Three samples."""
    return physent.run("nlse/single_soliton", set=CHANGES)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """No figure is left to pyplot, and no setting."""
    with matplotlib.rc_context({"backend": "agg"}):
        yield
    plt.close("all")


def test_the_figure_is_one_of_pyplot(run: xr.Dataset, tmp_path: Path) -> None:
    """Its size is the engine's, its lines are ours; no setting is left changed; a path serves too."""
    before = dict(matplotlib.rcParams)
    figure, axes = physent.plot(run)
    assert dict(matplotlib.rcParams) == before
    assert isinstance(figure, Figure)
    assert plt.fignum_exists(plt.gcf().number)
    assert plt.gcf() is figure
    assert axes == figure.axes
    lines = next(one for one in axes if one.get_lines())
    assert not lines.spines["top"].get_visible()
    assert "Schr" in figure.get_suptitle()
    physent.save(run, tmp_path / "run.nc")
    again, _ = physent.plot(tmp_path / "run.nc")
    assert again is not figure
    np.testing.assert_array_equal(again.get_size_inches(), figure.get_size_inches())
    assert plt.get_fignums() == [1, 2]


def test_what_the_user_has_set_is_kept(run: xr.Dataset) -> None:
    """Sizes, widths of lines, colours; what is left alone is ours."""
    settings: dict[Any, Any] = {"figure.figsize": (3.0, 7.0), "lines.linewidth": 5.0, "axes.facecolor": "0.8"}
    ours, _ = physent.plot(run)
    with matplotlib.rc_context(settings):
        figure, axes = physent.plot(run)
    assert tuple(figure.get_size_inches()) == (3.0, 7.0)
    assert tuple(ours.get_size_inches()) != (3.0, 7.0)
    assert axes[0].get_facecolor()[:3] == pytest.approx((0.8, 0.8, 0.8))
    widths = {line.get_linewidth() for one in axes for line in one.get_lines()}
    assert 5.0 in widths
    lines = next(one for one in axes if one.get_lines())
    assert not lines.spines["right"].get_visible()


def test_an_animation_is_shown_by_notebooks(run: xr.Dataset, tmp_path: Path) -> None:
    movie = physent.animate(run, frames=2, fps=10)
    page = movie._repr_html_()
    assert page.count("data:image/png;base64") == 2
    movie.save(tmp_path / "run.gif", writer="pillow")
    assert (tmp_path / "run.gif").stat().st_size > 1000


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (3, "found a int, expected the Dataset of a run, or the path of its file"),
        (xr.Dataset({"a": 1.0}), "without the attributes of a run"),
    ],
)
def test_what_is_no_run(thing: Any, message: str) -> None:
    for draw in (physent.plot, physent.animate):
        with pytest.raises(UsageError, match=message):
            draw(thing)


def test_a_run_without_frames() -> None:
    run = physent.run("nlse/single_soliton", set={**CHANGES, "output.fields": "none"})
    with pytest.raises(UsageError, match=r"animate: found no stored fields, expected some: run it with --set output"):
        physent.animate(run)


def test_fonts_in_pdfs_are_outlines(run: xr.Dataset, tmp_path: Path) -> None:
    """Type 42, which editors and publishers accept, not Type 3."""
    physent.save(run, tmp_path / "run.nc")
    with matplotlib.rc_context({"pdf.compression": 0}):
        text = save_figure(tmp_path / "run.nc", tmp_path / "run.pdf").read_bytes()
    assert b"/Type3" not in text.replace(b" ", b"")
    assert b"/FontFile2" in text
    figure, _ = physent.plot(run)
    with matplotlib.rc_context({"pdf.compression": 0}):
        figure.savefig(tmp_path / "own.pdf")
    assert b"/FontFile2" in (tmp_path / "own.pdf").read_bytes()


def test_a_config_is_shown_as_html() -> None:
    config = physent.load_config("nlse/single_soliton")
    page = config._repr_html_()
    assert html.escape(config.to_yaml()) in page
    assert page.startswith("<details open><summary><b>nlse</b>: One-dimensional")


def test_a_notebook_stays_interactive(run: xr.Dataset, tmp_path: Path) -> None:
    """A backend that becomes interactive when it is loaded, as that of notebooks does, shows later figures too."""
    physent.save(run, tmp_path / "run.nc")
    backend = "from matplotlib.backends.backend_agg import *\nimport matplotlib\nmatplotlib.interactive(True)\n"
    (tmp_path / "notebook_backend.py").write_text(backend)
    script = "import physent, matplotlib; physent.plot('run.nc'); print(matplotlib.is_interactive())"
    surroundings = {**os.environ, "MPLBACKEND": "module://notebook_backend"}
    command = [sys.executable, "-c", f"import sys; sys.path.append('.'); {script}"]
    done = subprocess.run(command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
