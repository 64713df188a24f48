"""Run files to be damaged: finished and unfinished, of toys and of real engines, made once; and ways to damage them."""

# ruff: noqa: E501 (tables of test data)
from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest
from hypothesis import strategies as st

from physent.config.load import load_config
from physent.errors import Interrupted
from physent.runs import api, loop
from tests.hardening.bases import COULOMB, NLSE
from tests.hardening.profile import TOTAL
from tests.random_walk import drift_config, walk_config

TOYS: dict[str, dict[str, Any]] = {"walk": walk_config(), "drift": drift_config(output={"every": 2})}
RUNS = TOYS | ({"nlse": NLSE, "coulomb": COULOMB} if TOTAL else {})
NAMES = ("run.nc", "run.nc.ckpt", "run.nc.ckpt.prev")


def make(folder: Path) -> None:
    """Every run twice: NAME/run.nc finished, and NAME_half/run.nc stopped after three samples."""
    for name, data in RUNS.items():
        config = load_config(data)
        (folder / name).mkdir()
        api.start(config, folder / name / "run.nc")
        half = folder / f"{name}_half"
        half.mkdir()

        def stop(progress: api.Progress) -> None:
            if progress.sample >= 3:
                signal.raise_signal(signal.SIGINT)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(loop, "REPORT_SECONDS", 0.0)
            with pytest.raises(Interrupted):
                api.start(load_config(config, {"checkpoint.wall_seconds": 0.0}), half / "run.nc", report=stop)


@st.composite
def damage(draw: st.DrawFn, raw: bytes) -> bytes:
    """Bytes of a file with some of them changed, lost, or moved; often in the first part, where headers stand."""
    size = len(raw)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, min(size, 8192)) | st.integers(0, size))
        length = draw(st.sampled_from((1, 4, 8, 64, 512, 4096)))
        how = draw(
            st.sampled_from(("flip", "flip", "flip", "cut", "zero", "ones", "noise", "drop", "double", "append"))
        )
        if how == "flip" and at < len(raw):
            new = bytes([raw[at] ^ 1 << draw(st.integers(0, 7))])
            raw = raw[:at] + new + raw[at + 1 :]
        elif how == "cut":
            raw = raw[:at]
        elif how in ("zero", "ones"):
            raw = raw[:at] + (b"\0" if how == "zero" else b"\xff") * len(raw[at : at + length]) + raw[at + length :]
        elif how == "noise":
            new = draw(st.binary(min_size=1, max_size=8))
            raw = raw[:at] + new + raw[at + len(new) :]
        elif how == "drop":
            raw = raw[:at] + raw[at + length :]
        elif how == "double":
            raw = raw[:at] + raw[at : at + length] + raw[at:]
        elif how == "append":
            raw += b"\0" * length
    return raw


ATTRIBUTES = ("config", "format_version", "engine", "finished", "warnings", "history", "config_sha256", "seed", "user_diagnostics")  # fmt: skip
VALUES: tuple[Any, ...] = ("nonsense", "!!python/object/apply:os.system ['touch evil']", 0, np.array([1, 2], np.int32))
if TOTAL:
    VALUES += ("a\nb", "engine: couzin\nparameters: {n: 1000000000000}", 7, 1.5, ["a", "b"])


def edit(path: Path, name: str, value: Any) -> None:
    """Give a file another global attribute, or take it away."""
    with netCDF4.Dataset(path, "a") as dataset:
        if value is None:
            dataset.delncattr(name)
        else:
            dataset.setncattr(name, value)


def rewritten(source: Path, target: Path, omit: str = "", rename: str = "", shape: str = "", kind: str = "") -> None:
    """Copy of a finished file that lacks, misnames, flattens or mistypes one variable."""
    with netCDF4.Dataset(source) as old, netCDF4.Dataset(target, "w") as new:
        new.setncatts({key: old.getncattr(key) for key in old.ncattrs()})
        for name, dimension in old.dimensions.items():
            new.createDimension(name, None if dimension.isunlimited() else len(dimension))
        for name, variable in old.variables.items():
            if name == omit:
                continue
            dims = variable.dimensions[:-1] if name == shape else variable.dimensions
            made = new.createVariable(
                "other" if name == rename else name, str if name == kind else variable.dtype, dims
            )
            made.setncatts({key: variable.getncattr(key) for key in variable.ncattrs() if key != "_FillValue"})
            if name == kind:
                made[:] = np.full(variable.shape, "text", object)
            else:
                made[...] = variable[..., 0] if name == shape else variable[...]


def other(source: Path, target: Path) -> Path:
    """Copy with other numbers: to have read them last keeps right ones out of the memory that a lost block shows."""
    shutil.copy(source, target)
    with netCDF4.Dataset(target, "a") as dataset:
        for variable in dataset.variables.values():
            if variable.dtype.kind in "fi":
                variable[...] = variable[...] + 1000
    return target


def names_of(path: Path) -> Iterator[str]:
    """Variables of a file."""
    with netCDF4.Dataset(path) as dataset:
        yield from list(dataset.variables)
