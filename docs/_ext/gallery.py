"""The gallery: a picture and three lines for each bundled config.

``python docs/_ext/gallery.py`` runs each config whose picture is missing or whose text has changed since, one after
the other, draws its standard figure, as `physent plot` does, at a size for a page, and writes docs/gallery.md. Names
given as arguments are run in any case.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reference import plain, write

import physent
from physent import engines
from physent.config.bundled import bundled_configs
from physent.figures.save import save_figure

DOCS = Path(__file__).parents[1]
PAGE = DOCS / "gallery.md"
# The pictures of the dearest configs are those of smaller runs.
SMALLER: dict[str, dict[str, Any]] = {
    "couzin/million": {"parameters.n": 100000, "parameters.box_length": 345.0},
    "hard_discs/million_discs": {"parameters.n": 200000},
}
WIDTH, COLOURS = 640, 48
INTRODUCTION = """\
# Gallery

Every config in the package, with the figure that `physent plot` draws of its run. Each takes less than a minute on two cores, unless it says otherwise. `physent show NAME` prints a config with its defaults;
`physent run NAME --set KEY=VALUE` changes it.
"""


def comment(path: Path) -> tuple[str, str]:
    """What a config says of itself: its first line, and what to look at."""
    lines = [line[1:].strip() for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    title, *rest = [line for line in lines if not line.startswith("yaml-language-server")]
    look = re.search(r"Look at: (.*?)(?= Doubtful:|$)", " ".join(rest))
    return title, "" if look is None else look[1]


def digests() -> dict[str, str]:
    """The start of `config_sha256` of every bundled config, as its runs carry it."""
    return {name: physent.load_config(name).sha256[:12] for name in bundled_configs()}


def shown() -> dict[str, str]:
    """Names and digests on the page as it stands."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    return dict(re.findall(r"^`physent run (\S+)`.* `(\w{12})`\.$", text, re.MULTILINE))


def picture(name: str) -> Path:
    """Where the picture of a config is."""
    return DOCS / "gallery" / f"{name}.png"


def draw(name: str) -> None:
    """Run a config and make its picture."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        run, figure = Path(folder) / "run.nc", Path(folder) / "run.png"
        physent.run(name, output=run, set=SMALLER.get(name, {})).close()
        save_figure(run, figure)
        with Image.open(figure) as image:
            size = WIDTH, round(WIDTH * image.height / image.width)
            small = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    picture(name).parent.mkdir(parents=True, exist_ok=True)
    small.quantize(COLOURS, dither=Image.Dither.NONE).save(picture(name), optimize=True)


def entry(name: str, path: Path, digest: str) -> Iterator[str]:
    """The lines of one config."""
    title, look = comment(path)
    yield from [f"### {name}", "", f"![{title.replace('[', '(').replace(']', ')')}](gallery/{name}.png)", ""]
    yield from [plain(title), "", f"Look at: {plain(look)}" if look else "", ""]
    remark = ""
    if axes := physent.load_config(name).axes():
        remark += f" makes one of the runs of `physent sweep {name} -d DIR`, which varies {of(axes)}."
    if changes := SMALLER.get(name):
        remark += f" is large; the picture is that of a smaller run, with {of(changes)}."
    file = f"[{path.name}](../configs/{name}.yaml)"
    yield from [f"`physent run {name}`{remark or '.'} Config: {file}, SHA-256 `{digest}`.", ""]


def of(settings: Mapping[str, Any]) -> str:
    """Keys, with values if there are any, as literal text."""
    return ", ".join(f"`{k}`" if isinstance(v, tuple) else f"`--set {k}={v:g}`" for k, v in settings.items())


def page() -> str:
    """The text of the page."""
    found, lines = digests(), [INTRODUCTION]
    for engine in engines.TABLE:
        lines += [f"## {engine}", "", f"{engines.get(engine).title}.", ""]
        for name, path in bundled_configs().items():
            if name.startswith(f"{engine}/"):
                lines += entry(name, path, found[name])
    return "\n".join(lines).rstrip() + "\n"


def main(names: list[str]) -> None:
    """Draw what is named, missing or out of date, and write the page."""
    before = shown()
    for name, digest in digests().items():
        if name in names or before.get(name) != digest or not picture(name).exists():
            draw(name)
    write(PAGE, page())


if __name__ == "__main__":
    main(sys.argv[1:])
