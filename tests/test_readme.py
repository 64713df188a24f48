"""What the README shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

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


def test_python_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They run beside the file that the first command writes."""
    monkeypatch.chdir(tmp_path)
    mpl.use("Agg")
    physent.run("nlse/two_solitons", output="two_solitons.nc", set={"schedule.until": 0.2}).close()
    for block in blocks("python"):
        names: dict[str, object] = {}
        exec(block, names)  # noqa: S102 - our own README
        plt.close("all")
        if (run := names.get("run")) is not None:
            run.close()  # type: ignore[attr-defined]


def test_yaml_block_is_a_config(tmp_path: Path) -> None:
    """The config shown is valid and runs."""
    config, diagnostics, *_ = blocks("yaml")
    (tmp_path / "my.yaml").write_text(config + diagnostics)
    loaded = physent.load_config(tmp_path / "my.yaml")
    with physent.run(loaded, set={"schedule.until": 1.0}) as run:
        assert run.sizes["replica"] == 4
        assert {"entropy_shannon_x", "histogram_entropy_se", "ordinal_pattern_entropy"} <= set(run)


def test_links_lead_somewhere() -> None:
    """Relative links and pictures exist."""
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (README.parent / target).exists(), target
