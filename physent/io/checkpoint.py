"""Checkpoints: everything needed to continue a run bit for bit, in one file that carries its own checksum.

Order on the disk, so that power may fail at any instant: (1) the history is synced and fsynced; (2) the new
checkpoint is written beside the old one and fsynced; (3) the old one is renamed to .prev and the new one
takes its name; (4) the directory is fsynced. A checkpoint on the disk therefore never refers to
records that are not. Before (3) the old pair is complete; between the two renames .prev is; after (3), in
whatever order the directory reaches the disk, at least one of the two names holds a complete checkpoint,
and the history holds every record of both, because records are appended and never changed. A checkpoint
names the link of the history's checksum chain (`physent.io.chain`) at which it was taken, so a checkpoint
and a history that do not belong together, or a history damaged before that record, are recognised.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from physent.errors import RunError, reason
from physent.io.files import Paths, cleared, rename

MAGIC = b"PHYSENT\x01"


@dataclass(frozen=True)
class Checkpoint:
    """A run at one instant; ``link`` ties it to its history."""

    state: Mapping[str, Any]
    clock: float | int
    sample: int  # samples written
    leg: int  # protocol events passed
    warnings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    config: str = ""
    link: int = 0
    wall_seconds: float = 0.0
    history: tuple[str, ...] = ()
    origin: Mapping[str, np.ndarray[Any, Any]] = dataclasses.field(default_factory=dict)  # of the first sample

    def bare(self) -> Checkpoint:
        """Only what is the same in every repetition of the run, as the finished file keeps it."""
        return dataclasses.replace(self, config="", link=0, wall_seconds=0.0, history=())


def pack(checkpoint: Checkpoint) -> bytes:
    """Bytes with their own checksum: magic, SHA-256 of the rest, length of the JSON part, JSON part, arrays."""
    arrays, scalars, data = [], {}, []
    for name, value in checkpoint.state.items():
        if isinstance(value, np.ndarray):
            if value.dtype.hasobject:
                raise TypeError(f"state field {name} holds Python objects, expected numbers")
            arrays.append((name, value.dtype.str, value.shape))
            data.append(np.ascontiguousarray(value).tobytes())
        else:
            scalars[name] = value.item() if isinstance(value, np.generic) else value
    origins = []
    for name, value in checkpoint.origin.items():
        origins.append((name, value.dtype.str, value.shape))
        data.append(np.ascontiguousarray(value).tobytes())
    apart = ("state", "origin")
    meta = {f.name: getattr(checkpoint, f.name) for f in dataclasses.fields(checkpoint) if f.name not in apart}
    meta["clock"] = checkpoint.clock.item() if isinstance(checkpoint.clock, np.generic) else checkpoint.clock
    parts = {"scalars": scalars, "arrays": arrays, "origins": origins}
    text = json.dumps({**meta, "warnings": dict(checkpoint.warnings), **parts}).encode()
    body = b"".join([struct.pack("<Q", len(text)), text, *data])
    return MAGIC + hashlib.sha256(body).digest() + body


def unpack(blob: bytes) -> Checkpoint:
    """Checkpoint from its bytes; ValueError if they are not what was packed."""
    head = len(MAGIC) + 32
    body = blob[head:]
    if blob[: len(MAGIC)] != MAGIC or hashlib.sha256(body).digest() != blob[len(MAGIC) : head]:
        raise ValueError("not a complete checkpoint")
    (length,) = struct.unpack_from("<Q", body)
    meta = json.loads(body[8 : 8 + length])
    state: dict[str, Any] = meta.pop("scalars")
    origin: dict[str, Any] = {}
    offset = 8 + length
    for into, described in ((state, meta.pop("arrays")), (origin, meta.pop("origins", []))):
        for name, dtype, shape in described:
            count = int(np.prod(shape, dtype=np.int64))
            into[name] = np.frombuffer(body, dtype, count, offset).reshape(shape).copy()
            offset += into[name].nbytes
    return Checkpoint(state=state, origin=origin, **{**meta, "history": tuple(meta["history"])})


def save(paths: Paths, checkpoint: Checkpoint) -> None:
    """Put a checkpoint in place once the history is on the disk; an OSError leaves the old ones as they are."""
    blob = pack(checkpoint)
    with cleared(paths.temporary), paths.temporary.open("wb") as file:
        file.write(blob)
        file.flush()
        os.fsync(file.fileno())
    if paths.checkpoint.exists():
        paths.checkpoint.replace(paths.previous)
    rename(paths.temporary, paths.checkpoint)


def candidates(paths: Paths) -> Iterator[Checkpoint]:
    """The checkpoints that are complete, newest first."""
    for path in (paths.checkpoint, paths.previous):
        checkpoint = _load(path)
        if checkpoint is not None:
            yield checkpoint


def _load(path: Path) -> Checkpoint | None:
    try:
        return unpack(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        return None  # a damaged one counts as none: the other is used, or the caller reports that there is none
    except OSError as error:
        raise RunError(f"{path}: cannot read the checkpoint: {reason(error)}") from None
