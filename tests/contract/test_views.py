"""What a user sees of an engine: figure, movie, `show`, `check`, `list`, the schema."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import physent
from physent.cli import commands
from physent.config.load import json_schema
from physent.figures.style import config_of
from tests.contract.conftest import Base
from tests.hardening.schema import as_yaml
from tests.random_walk import registered


@pytest.mark.parametrize(("fields", "replicas"), [("all", 4), ("none", 1)], ids=["rich", "bare"])
def test_figure_and_movie(base: Base, tmp_path: Path, fields: str, replicas: int) -> None:
    """From a run of many replicas with fields and diagnostics, and from one replica without."""
    changes: dict[str, Any] = {"output": {"fields": fields}, "replicas": replicas}
    changes |= {"diagnostics": []} if fields == "none" else {}
    path = base.run(tmp_path / "run.nc", **changes)
    with physent.open_run(path) as run:
        figure = base.engine.figure(run, config_of(run.attrs))
        assert figure.axes
        image = io.BytesIO()
        figure.savefig(image, dpi=40)
        assert image.getbuffer().nbytes > 1000
        movie = base.engine.movie(run, config_of(run.attrs))
        if movie is None:
            return
        assert movie.frames == run.sizes[base.config.schedule.clock.name]
        shown = set()
        for index in range(movie.frames):
            movie.draw(index)
            image = io.BytesIO()
            movie.figure.savefig(image, format="rgba", dpi=40)
            shown.add(image.getvalue())
        assert len(shown) > 1


def physent_says(*words: str) -> str:
    done = CliRunner().invoke(commands.app, list(words))
    assert done.exit_code == 0, done.output
    return done.output


says_once = cache(physent_says)  # of an engine, which has several methods


def test_command_line(base: Base, whole: Path, tmp_path: Path) -> None:
    """`show` prints every parameter, `list` the engine, `check` accepts the config, `plot` draws the run."""
    (tmp_path / "base.yaml").write_text(as_yaml(base.data))
    physent_says("check", str(tmp_path / "base.yaml"))
    shown = says_once("show", base.engine.name)
    assert all(name in shown for name in base.engine.Parameters.model_fields)
    assert base.engine.title in says_once("list", "engines")
    physent_says("plot", str(whole), "-o", str(tmp_path / "run.png"))
    assert (tmp_path / "run.png").stat().st_size > 1000


@pytest.fixture(scope="module")
def definitions() -> dict[str, Any]:
    """Of the schema, which takes half a second."""
    with registered():
        found: dict[str, Any] = json_schema()["$defs"]
        return found


def test_the_schema_holds_it(base: Base, definitions: dict[str, Any]) -> None:
    properties = definitions[f"{base.engine.name}_run"]["properties"]
    assert base.data.keys() <= properties.keys()
    parameters = properties["parameters"]
    described = parameters if "properties" in parameters else definitions[parameters["$ref"].split("/")[-1]]
    assert described["properties"].keys() == base.engine.Parameters.model_fields.keys()
