"""What the README shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

import physent

README = Path(__file__).parents[1] / "README.md"


def blocks(language: str) -> list[str]:
    """Fenced code blocks of one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_first_block_is_the_two_commands() -> None:
    """The gate runs exactly these."""
    first = blocks("console")[0].splitlines()
    assert first == [
        "python -m pip install . && physent run nlse/two_solitons",
        "python -m pip install -e '.[test]' && pytest -n 2",
    ]


def tracks() -> None:
    """Ten animals that drift, each at the same 400 times."""
    steps = np.random.default_rng(3).normal(size=(400, 10, 3))
    steps[..., 1] += 1.0
    lines = [
        f"{time},seal {animal},{x!r},{y!r},{z!r}"
        for time, places in enumerate(np.cumsum(steps, axis=0).tolist())
        for animal, (x, y, z) in enumerate(places)
    ]
    Path("tracks.csv").write_text("\n".join(["t,animal,x,y,z", *lines]), encoding="utf-8")


def test_python_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They run beside the file that the first command writes and a table of tracks, and nothing is doubtful."""
    monkeypatch.chdir(tmp_path)
    tracks()
    mpl.use("Agg")
    physent.run("nlse/two_solitons", output="two_solitons.nc", set={"schedule.until": 0.2}).close()
    for block in blocks("python"):
        names: dict[str, object] = {}
        exec(block, names)  # noqa: S102 - our own README
        plt.close("all")
        for made in (names.get("run"), names.get("found")):
            if isinstance(made, xr.Dataset):
                assert made.attrs["warnings"] == ""
                made.close()


def test_yaml_block_is_a_config(tmp_path: Path) -> None:
    """The config shown is valid and runs, and nothing is doubtful."""
    config, diagnostics, *_ = blocks("yaml")
    (tmp_path / "my.yaml").write_text(config + diagnostics)
    loaded = physent.load_config(tmp_path / "my.yaml")
    with physent.run(loaded) as run:
        assert run.attrs["warnings"] == ""
        assert run.sizes["replica"] == 4
        assert {"entropy_shannon_x", "histogram_entropy_se", "ordinal_pattern_entropy"} <= set(run)


def test_links_lead_somewhere() -> None:
    """Relative links and pictures exist."""
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (README.parent / target).exists(), target
