"""Configs and validation cases of the package."""

from __future__ import annotations

from pathlib import Path

from physent.errors import nearest


def folder(name: str) -> Path:
    """Folder ``configs`` or ``validation``: inside the installed package, or next to it in a repository."""
    package = Path(__file__).parents[1]
    installed = package / "bundled" / name
    return installed if installed.is_dir() else package.parent / name


def bundled_configs() -> dict[str, Path]:
    """Path of every bundled config by its name, such as ``nlse/two_solitons``."""
    root = folder("configs")
    return {path.relative_to(root).with_suffix("").as_posix(): path for path in sorted(root.glob("*/*.yaml"))}


def nearest_config(name: str) -> str | None:
    """The bundled name closest to ``name``, with or without the engine's name."""
    configs = bundled_configs()
    last = {full.rpartition("/")[2]: full for full in configs}
    close = nearest(Path(name).stem, last)
    return nearest(name, configs) or (last[close] if close else None)
