"""Validation cases on disk: where they are, what they are called, and what their ``check(case)`` may use."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType
from typing import TYPE_CHECKING, Any

from physent.errors import ConfigError, RunError, UsageError, nearest

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from physent.config.load import Source

SEEDS_APART = 10**9  # between the seeds of two sets: more than any seed that a case names


def simulate(source: Path | str, output: Path, changes: Mapping[str, Any]) -> xr.Dataset:
    """One run of the package itself, written to ``output``."""
    from physent.runs import api

    dataset: xr.Dataset = api.run(source, output=output, set=dict(changes))
    return dataset


def runs_on(source: Source, device: str, changes: Mapping[str, Any] | None = None) -> bool:
    """Whether a config, with changes, is one whose method runs on a device."""
    from physent.config.load import load_config

    try:
        load_config(source, {**(changes or {}), "device": device})
    except ConfigError:
        return False
    return True


class Case:
    """What a check may use: its runs, its tier, its figures.

    Runs are kept for the whole invocation, so that two claims, or two cases, that need the same run share it.
    ``device`` is where runs are computed if their method runs there, the CPU if not. ``seeds`` is the set of seeds: 0
    for every validation; any other gives independent draws, for `physent.evidence.seeds`.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        full: bool,
        scratch: Path,
        figures: Path | None = None,
        runs: dict[str, xr.Dataset] | None = None,
        seeds: int = 0,
        device: str = "cpu",
    ) -> None:
        self.name = name
        self.folder = folder
        self.full = full
        self.seeds = seeds
        self.device = device
        self.saved: list[str] = []
        self._scratch = scratch
        self._figures = figures
        self._runs = {} if runs is None else runs

    def seed(self, number: int) -> int:
        """The seed that replaces ``number`` in this set of seeds; for whatever a check itself draws."""
        return number + SEEDS_APART * self.seeds

    def run(self, config: str = "case.yaml", set: Mapping[str, Any] | None = None, unmixed: bool = False) -> xr.Dataset:
        """Dataset of a run config of this case's folder, or of a bundled one, with the changes ``set``.

        Its seed is taken from this set of seeds. Raises RunError if a chain of the run has not mixed, unless the case
        expects that (``unmixed``).
        """
        path = self.folder / config
        source: Path | str = path if path.is_file() else config
        changes = dict(set or {})
        if self.seeds:
            from physent.config.load import load_config

            changes["seed"] = self.seed(load_config(source, changes).seed)
        if self.device != "cpu" and runs_on(source, self.device, changes):
            changes["device"] = self.device
        key = json.dumps([str(source), changes], sort_keys=True)
        if key not in self._runs:
            # A folder of its own: a run that fails leaves its unfinished file.
            self._runs[key] = simulate(source, Path(mkdtemp(dir=self._scratch)) / "run.nc", changes)
        run = self._runs[key]
        if not unmixed and run.attrs.get("unmixed"):
            raise RunError(f"{config}: chains that have not mixed: {run.attrs['unmixed']}")
        return run

    @contextmanager
    def figure(self, name: str, size: tuple[float, float] = (6.4, 4.0)) -> Iterator[Figure]:
        """A matplotlib figure; if there is a report, saved as CASE/NAME.png when the block ends."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        from physent.figures.style import drawing

        with drawing():
            figure = Figure(figsize=size)
            FigureCanvasAgg(figure)
            yield figure
            if self._figures is not None:
                self._figures.mkdir(parents=True, exist_ok=True)
                figure.savefig(self._figures / f"{name}.png", dpi=150)
                self.saved.append(f"{self._figures.name}/{name}.png")


def folders(root: Path, script: str) -> dict[str, Path]:
    """Every folder directly under ``root`` that holds ``script``, by name, in alphabetical order."""
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{script}"))}


def case_folders(root: Path | None = None) -> dict[str, Path]:
    """Every validation case by name; ``root`` defaults to the cases that come with the package."""
    return folders(bundled() if root is None else root, "check.py")


def bundled() -> Path:
    """The folder of the cases that come with the package."""
    from physent.config import bundled

    folder: Path = bundled.folder("validation")
    return folder


def case_title(folder: Path, script: str = "check.py") -> str:
    """First line of the case's docstring, without importing it."""
    text = (folder / script).read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or folder.name).splitlines()[0]


def select(names: tuple[str, ...], known: Mapping[str, Path], what: str) -> dict[str, Path]:
    """The named folders, or all of them if there are no names; the error for an unknown name gives the nearest one."""
    for name in names:
        if name not in known:
            close = nearest(name, known)
            hint = f"did you mean {close!r}?" if close else f"expected one of: {', '.join(known) or 'none there'}"
            raise UsageError(f"no {what} {name!r}; {hint}")
    return {name: folder for name, folder in known.items() if not names or name in names}


def case_digest(folder: Path) -> str:
    """Twelve hex digits of the case's own sources, by which a table shows whether it belongs to the present case."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.suffix in {".py", ".yaml"}):
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:12]


def load_script(path: Path) -> ModuleType:
    """A case's script as a module of its own, not importable by name."""
    spec = importlib.util.spec_from_file_location(f"_evidence_{path.parent.name}_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def script_function(path: Path, name: str) -> Callable[..., Any]:
    """The function ``name`` of a script; UsageError if it has none."""
    function = getattr(load_script(path), name, None)
    if not callable(function):
        raise UsageError(f"{path}: no function {name!r}")
    return function  # type: ignore[no-any-return]
