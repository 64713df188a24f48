"""What a file states twice must agree: config and hash, clock and schedule, sizes and config."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from physent.errors import NewerFormat, RunError, one_line
from physent.io.layout import FORMAT_VERSION, Layout


def check_attributes(label: object, attributes: Mapping[Any, Any]) -> None:
    """Raise RunError unless these are the attributes of a run that this version can read, its config unaltered."""
    version = attributes.get("format_version")
    if version is None:
        raise RunError(f"{label} has no format_version, expected a run of physent")
    if not isinstance(version, int | np.integer) or version < 1:
        raise RunError(f"{label}: damaged: format_version {one_line(str(version))}, expected a number from 1")
    if version > FORMAT_VERSION:
        raise NewerFormat(f"{label} has format_version {version}, this physent reads up to {FORMAT_VERSION}")
    for name in ("config", "engine"):
        if not isinstance(attributes.get(name, ""), str):
            raise RunError(f"{label}: damaged: the attribute {name} is not text")
    config, sha256 = attributes.get("config"), attributes.get("config_sha256")
    if config is not None and (not isinstance(sha256, str) or hashlib.sha256(config.encode()).hexdigest() != sha256):
        raise RunError(f"{label}: its config is not the one that it was made with (config_sha256)")


def check_samples(label: object, layout: Layout, sizes: Mapping[Any, int], clock: Any, samples: int) -> None:
    """Raise RunError unless the ``clock`` of a file has the ``samples`` values of the schedule, and its dimensions have
    the lengths that the config gives them.
    """
    name, clock = layout.clock.name, np.atleast_1d(clock)
    if len(clock) != samples:
        raise RunError(f"{label}: holds {len(clock)} samples, expected {samples} by its config: it is part of a run")
    due = np.fromiter((layout.schedule.at(k) for k in range(samples)), layout.clock.dtype, samples)
    if wrong := np.flatnonzero(np.asarray(clock) != due).tolist():
        first = wrong[0]
        raise RunError(
            f"{label}: {name} of sample {first} is {clock[first]}, expected {due[first]} by its config: it is not the "
            "run that its config describes"
        )
    wanted = {one.dim: len(one.values) for one in layout.coordinates}
    if layout.frame_dim:
        wanted[layout.frame_dim] = layout.frames
    for dim, length in wanted.items():
        if sizes.get(dim, length) != length:
            raise RunError(f"{label}: {dim} has length {sizes[dim]}, expected {length} by its config")
