"""Reading runs, finished or not, as xarray datasets."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import netCDF4

from physent.errors import RunError, UsageError, described, one_line, reason
from physent.io import header, library
from physent.io.agreement import check_attributes, check_samples
from physent.io.chain import DAMAGE, clock_of, first_link, groups, links, verified
from physent.io.checkpoint import Checkpoint, candidates
from physent.io.files import Paths, abandon, rename
from physent.io.layout import CHECKSUM, RESTART, Layout
from physent.io.library import LOCK

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)

CDF5 = b"CDF\x05"
HDF5 = b"\x89HDF\r\n\x1a\n"


def is_finished(path: Path) -> bool:
    """True for NetCDF-4, False for the CDF-5 history of an unfinished run; RunError for anything else."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise UsageError(f"{path} is not a regular file, expected a run of physent")
        with path.open("rb") as file:
            head = file.read(8)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except IsADirectoryError:
        if any((path / name).exists() for name in ("zarr.json", ".zgroup")):
            raise UsageError(f"{path} is a Zarr store, expected the netCDF file of a run of physent") from None
        raise UsageError(f"{path} is a folder, expected a run of physent") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {reason(error)}") from None
    if head == HDF5:
        return True
    if head[:4] == CDF5:
        return False
    if head[:3] == b"CDF":
        raise RunError(f"{path} is a NetCDF-3 file, expected a run of physent")
    raise RunError(f"{path} is not a netCDF file (or its first bytes are damaged), expected a run of physent")


def refuse_existing(paths: Paths, overwrite: bool) -> None:
    """Raise UsageError if an output exists and must not be replaced; only netCDF files ever are."""
    if not paths.out.exists():
        return
    if overwrite:
        if not paths.out.is_file() or paths.out.stat().st_size:
            try:
                is_finished(paths.out)
            except RunError:
                raise UsageError(
                    f"{paths.out} is not a netCDF file and is not replaced: expected another output"
                ) from None
        return
    with contextlib.suppress(RunError):
        if not is_finished(paths.out):
            raise UsageError(
                f"{paths.out} holds an unfinished run: continue it with `physent resume {paths.out}`, "
                "or give --overwrite (overwrite=True) to replace it"
            )
    raise UsageError(f"{paths.out} exists: give --overwrite (overwrite=True) to replace it")


def open_run(path: str | os.PathLike[str]) -> xr.Dataset:
    """Dataset of a run, read from the file as it is needed; close it, or use it in a ``with`` block.

    A pair NAME_real, NAME_imag is joined by the complex NAME. Of an unfinished run, also one that is being
    written, it has the samples whose checksums prove them complete (which reads the file once);
    ``ds.attrs["finished"]`` is 0 then. Raises RunError in one line for a damaged or foreign file,
    UsageError for a missing one.
    """
    paths = Paths.of(path)
    finished = is_finished(paths.out)
    try:
        if finished:
            with opened(paths.out) as first:
                read_header(first)
        else:
            header.check(paths.out)
        source = library.open_dataset(paths.out)
    except DAMAGE as error:
        raise RunError(f"{paths.out}: damaged, or not a netCDF file: {one_line(reason(error))}") from None
    try:
        check_attributes(paths.out, source.attrs)
        dataset = source.drop_vars([RESTART, CHECKSUM], errors="ignore")
        if not finished:
            dataset = _cut(paths, dataset)
        dataset = _join_complex(paths.out, dataset)
    except BaseException as error:
        source.close()
        if isinstance(error, RunError) and not finished and is_finished(paths.out):
            return open_run(path)  # it was finished in the meantime
        raise
    dataset.set_close(source.close)
    return dataset


@contextlib.contextmanager
def opened(path: Path) -> Iterator[netCDF4.Dataset]:
    """A file to be read with `LOCK` held, closed at the end, unless reading it failed.

    Closing a file that the library could not read and opening it again kills the process ("free(): invalid pointer",
    netCDF 4.9 with one flipped bit in an attribute), so a damaged file stays open.
    """
    header.check_heaps(path)
    with LOCK:
        dataset = library.dataset(path)
        try:
            yield dataset
        except DAMAGE:
            abandon(dataset)
            raise
        except BaseException:
            dataset.close()
            raise
        dataset.close()


def read_header(dataset: netCDF4.Dataset) -> None:
    """Read everything but the numbers; any of DAMAGE if that fails."""
    holders: list[Any] = [dataset, *dataset.variables.values()]
    for holder in holders:
        for name in holder.ncattrs():
            holder.getncattr(name)


@contextlib.contextmanager
def reading(label: object) -> Iterator[None]:
    """Turn any error that a damaged or foreign file causes into one line."""
    try:
        yield
    except DAMAGE as error:
        logger.debug("%s", label, exc_info=True)
        why = one_line(described(error))
        raise RunError(f"{label}: damaged, or not a file that physent writes ({why})") from error


def attributes_of(paths: Paths) -> dict[str, Any]:
    """Global attributes of a run; RunError if they are damaged or of a later version."""
    finished = is_finished(paths.out)
    with reading(paths.out):
        if not finished:
            header.check(paths.out)
        with opened(paths.out) as source:
            attributes = {name: source.getncattr(name) for name in source.ncattrs()}
    check_attributes(paths.out, attributes)
    return attributes


def check_whole(paths: Paths, layout: Layout, samples: int) -> None:
    """Raise RunError unless a file has every variable and all ``samples`` that its config asks for."""
    with reading(paths.out), opened(paths.out) as source:
        source.set_auto_maskandscale(False)
        sizes = {name: len(dimension) for name, dimension in source.dimensions.items()}
        clock = source.variables[layout.clock.name][:]
        missing = [column.name for column in layout.columns if column.name not in source.variables]
    if missing:
        raise RunError(f"{paths.out}: has no variable {', '.join(missing)}, which its config asks for")
    check_samples(paths.out, layout, sizes, clock if is_finished(paths.out) else clock[:samples], samples)


def open_history(paths: Paths) -> xr.Dataset:
    """The complete history of a run that is about to be finished, as it lies on the disk."""
    return library.open_dataset(paths.out).drop_vars(CHECKSUM)


def _history(path: Path) -> netCDF4.Dataset:
    """History of an unfinished run; any of DAMAGE if there is none."""
    header.check(path)
    dataset = library.dataset(path)
    dataset.set_auto_maskandscale(False)
    return dataset


def _cut(paths: Paths, dataset: xr.Dataset) -> xr.Dataset:
    """The verified samples of an unfinished run, with the newest checkpoint's warnings."""
    checkpoint = next(candidates(paths), None)
    count, clock, every = _verified(paths)
    if checkpoint and checkpoint.config == dataset.attrs.get("config"):
        dataset.attrs["warnings"] = "\n".join(checkpoint.warnings.values())
        dataset.attrs["wall_seconds"] = checkpoint.wall_seconds
        if count < checkpoint.sample:
            note = f"damaged: only the first {count} of {checkpoint.sample} samples are as they were written"
            if not count:
                raise RunError(f"{paths.out}: {note}")
            dataset.attrs["warnings"] = "\n".join(filter(None, [dataset.attrs["warnings"], note]))
    elif not count and dataset.sizes[clock]:
        raise RunError(f"{paths.out}: damaged: no sample is as it was written")
    count = min(count, dataset.sizes[clock])  # it may have grown since it was opened
    window = {clock: slice(0, count), f"field_{clock}": slice(0, -(-count // every))}
    return dataset.isel(window, missing_dims="ignore")


def _verified(paths: Paths) -> tuple[int, str, int]:
    """Number of verified samples, name of the clock, samples per frame."""
    try:
        with LOCK:
            source = _history(paths.out)
            try:
                return verified(source), clock_of(source), groups(source)[2]
            finally:
                source.close()
    except DAMAGE as error:
        raise RunError(f"{paths.out}: damaged, or not a run of physent: {one_line(reason(error))}") from None


def adopt(paths: Paths) -> None:
    """Put a complete new history in place, if a crash left one and no output."""
    if not paths.out.exists() and paths.new.exists():
        try:
            matching(paths, paths.new)
        except RunError:
            return
        rename(paths.new, paths.out)


def matching(paths: Paths, history: Path) -> Checkpoint:
    """The newest checkpoint up to which a history is intact; RunError if there is none."""
    choices = sorted(candidates(paths), key=lambda choice: -choice.sample)
    if not choices:
        raise RunError(f"{paths.out}: no complete checkpoint lies beside it, the run cannot be resumed")
    with LOCK:
        try:
            source = _history(history)
        except DAMAGE as error:
            raise RunError(f"{paths.out}: damaged, the run cannot be resumed: {one_line(reason(error))}") from None
        try:
            chain = _chain(source, {choice.sample for choice in choices})
        finally:
            source.close()
    for choice in choices:
        if chain.get(choice.sample) == choice.link:
            return choice
    raise RunError(
        f"{paths.out}: damaged, or not the run of its checkpoint: the history agrees with no checkpoint "
        f"(sample {', '.join(str(choice.sample) for choice in choices)}), the run cannot be resumed"
    )


def _chain(source: netCDF4.Dataset, wanted: set[int]) -> dict[int, int]:
    """Links of the chain after each number of samples in ``wanted``, as far as the history can be read."""
    found = {}
    try:
        found[0] = first_link(source)
        limit = min(max(wanted), len(source.dimensions[clock_of(source)]))
        for sample, crc in enumerate(links(source, limit), start=1):
            if sample in wanted:
                found[sample] = crc
    except DAMAGE:
        return found
    return found


def _join_complex(path: Path, dataset: xr.Dataset) -> xr.Dataset:
    """Add the complex NAME for every pair NAME_real, NAME_imag; nothing is read yet."""
    from physent.io.joined import joined

    for name, real in list(dataset.variables.items()):
        stem = str(name).removesuffix("_real")
        imag = dataset.variables.get(f"{stem}_imag")
        if stem != name and imag is not None and imag.dims == real.dims:
            if not {real.dtype.kind, imag.dtype.kind} <= set("iuf"):
                raise RunError(f"{path}: damaged: {stem}_real and {stem}_imag are not both numbers")
            dataset = dataset.assign({stem: joined(real, imag, stem)})
    return dataset


def refuse_derived(path: Path | str, attributes: Mapping[Any, Any]) -> None:
    """Raise UsageError for a file that is not a run itself: a gathered sweep, or diagnostics of a run."""
    if "points" in attributes:
        found, expected, opened = "a sweep", "one run, such as those that its run_file names", "open_sweep"
    elif "plan" in attributes and "data" in attributes:
        found, expected, opened = "diagnostics of data", "a run", "open_run"
    elif "plan" in attributes:
        found, expected, opened = "diagnostics of a run", "one run", "open_run"
    else:
        return
    draws = f"in Python physent.{opened}(...)['NAME'].plot() draws one of its variables"
    raise UsageError(f"{path} holds {found}, expected the file of {expected}; {draws}")
