"""From the history of a run to its finished file, and back when a finished run is extended."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import netCDF4
import numpy as np

from physent.errors import one_line
from physent.io import library
from physent.io.chain import clock_of
from physent.io.checkpoint import Checkpoint, pack, unpack
from physent.io.files import Paths, abandon, cleared, failures, fsync, remove, rename, written
from physent.io.layout import (
    CACHE_BYTES,
    CHUNK_BYTES,
    CHUNK_RECORDS,
    MARKS,
    RESTART,
    RESTART_DIM,
    Attributes,
    Layout,
    Result,
)
from physent.io.library import LOCK
from physent.io.reader import opened
from physent.io.writer import Writer


@dataclass(frozen=True)
class Outcome:
    """What is computed from a complete history, anew whenever the run is extended."""

    results: Sequence[Result] = ()  # variables of the whole run
    warnings: Sequence[str] = ()  # that came with them
    marks: Attributes = field(default_factory=dict)  # attributes that follow from them


def finish(paths: Paths, layout: Layout, final: Checkpoint, outcome: Outcome, pause: Callable[[], None]) -> None:
    """Stream the complete history into a compressed NetCDF-4 file, add the outcome, and put it in its place.

    ``pause`` is called between blocks and may raise. If the conversion fails, history and checkpoint are left as they
    are, so that it can be repeated.
    """
    advice = f"the run is complete and nothing is lost: make room, then `physent resume {paths.out}`"
    with failures(paths, "cannot write the finished file", advice):
        source = library.dataset(paths.out)
        try:
            with LOCK:
                source.set_auto_maskandscale(False)
                attributes = _attributes(source)
            attributes |= {
                "history": "\n".join([attributes["history"], *final.history]),
                "finished": 1,
                "wall_seconds": final.wall_seconds,
                "warnings": "\n".join([*final.warnings.values(), *outcome.warnings]),
                **outcome.marks,
            }
            with cleared(paths.fin):
                _convert(source, paths, layout, final, attributes, pause, outcome.results)
        finally:
            with LOCK:
                source.close()
        fsync(paths.fin)
        rename(paths.fin, paths.out)
    paths.remove_checkpoints()


def _convert(
    source: netCDF4.Dataset,
    paths: Paths,
    layout: Layout,
    final: Checkpoint,
    attributes: Attributes,
    pause: Callable[[], None],
    results: Sequence[Result],
) -> None:
    target = None
    try:
        target = layout.create(os.fspath(paths.fin), "NetCDF-4", attributes)
        _add_restart(target, final, layout.fletcher32)
        for name in (layout.clock.name, *(column.name for column in layout.columns)):
            _copy(source.variables[name], target.variables[name], layout.samples, pause)
        layout.add_results(target, results)
        with LOCK:
            target.close()
    except BaseException:
        if target is not None:
            abandon(target)
        raise


def _add_restart(target: netCDF4.Dataset, final: Checkpoint, fletcher32: bool) -> None:
    with LOCK:
        blob = np.frombuffer(pack(final.bare()), np.uint8)
        target.createDimension(RESTART_DIM, blob.size)
        restart = target.createVariable(
            RESTART,
            "u1",
            (RESTART_DIM,),
            compression="zlib",
            complevel=1,
            fletcher32=fletcher32,
            chunksizes=[min(blob.size, CHUNK_BYTES)],
        )
        restart.long_name = "state at the end of the run, from which it can be extended"
        restart[:] = blob


def _copy(source: Any, target: Any, samples: int, pause: Callable[[], None]) -> None:
    """Copy one variable in blocks of its chunk's length."""
    with LOCK:
        count = min(samples, source.shape[0])
        step = target.chunking()[0]
    for start in range(0, count, step):
        pause()
        stop = min(start + step, count)
        with LOCK:
            target[start:stop] = source[start:stop]


def _attributes(dataset: netCDF4.Dataset) -> dict[str, Any]:
    return {name: dataset.getncattr(name) for name in dataset.ncattrs()}


def probe(paths: Paths) -> None:
    """Raise RunError unless a finished file could be made here, so that a run does not fail at its last step."""
    advice = "nothing was written; if the file system has no locks, HDF5_USE_FILE_LOCKING must be unset or FALSE"
    with failures(paths, "cannot make a NetCDF-4 file here", advice), cleared(paths.fin):
        for mode in ("w", "a"):
            with LOCK, written(library.dataset(paths.fin, mode)) as tried:
                tried.setncattr("mode", mode)
    remove(paths.fin)


def read_restart(paths: Paths) -> Checkpoint:
    """The final state in a finished file; RunError if it has none."""
    with failures(paths, "damaged, or not a finished run of physent", "it cannot be extended"):
        try:
            with opened(paths.out) as dataset:
                dataset.set_auto_maskandscale(False)
                blob = dataset.variables[RESTART][:].tobytes() if RESTART in dataset.variables else None
                attributes = _attributes(dataset)
            if blob is None:
                raise OSError(f"it has no variable {RESTART}")
            return replace(unpack(blob), config=attributes["config"], wall_seconds=float(attributes["wall_seconds"]))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise OSError(one_line(str(error))) from None


def rebuild(paths: Paths, layout: Layout, changed: Attributes, sample: int, pause: Callable[[], None]) -> Writer:
    """New history at OUT.nc.new that starts with the first ``sample`` records of OUT.nc, finished or not.

    ``changed`` are the attributes that differ from those of OUT.nc.
    """
    with failures(paths, "cannot read the run that is to be extended", "it is left as it was"):
        source = library.dataset(paths.out)
        try:
            with LOCK:
                source.set_auto_maskandscale(False)
                kept = {name: value for name, value in _attributes(source).items() if name not in MARKS}
            writer = Writer.create(paths, layout, {**kept, "finished": 0, **changed})
        except BaseException:
            with LOCK:
                source.close()
            raise
        try:
            with LOCK:
                for variable in source.variables.values():
                    if source.data_model == "NETCDF4":
                        variable.set_var_chunk_cache(size=CACHE_BYTES)
                clock = source.variables[clock_of(source)][:sample]
            step = _block(layout)
            for start in range(0, sample, step):
                pause()
                stop = min(start + step, sample)
                with LOCK:
                    blocks = {c.name: _block_of(source, c, layout, start, stop) for c in layout.columns}
                for index, at in enumerate(clock[start:stop]):
                    writer.append(at, {name: _pick(block, index) for name, block in blocks.items()})
        except BaseException:
            writer.close()
            remove(paths.new)
            raise
        finally:
            with LOCK:
                source.close()
    return writer


def _block(layout: Layout) -> int:
    """Records per block: about a megabyte, and whole frames if fields have their own dimension."""
    width = sum(column.bytes for column in layout.columns) or 1
    step = max(1, min(CHUNK_RECORDS, CHUNK_BYTES // width))
    return -(-step // layout.every) * layout.every


def _block_of(source: netCDF4.Dataset, column: Any, layout: Layout, start: int, stop: int) -> Any:
    values = source.variables[column.name]
    if column.dims[0] == layout.clock.name:
        return values[start:stop], 1
    return values[start // layout.every : -(-stop // layout.every)], layout.every


def _pick(block: tuple[Any, int], index: int) -> Any:
    values, every = block
    return values[index // every]
