"""Diagnostics of a stored run: the same plan as during a run, applied to the file, with bit-identical results."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from physent.config import imports as own
from physent.config import yaml
from physent.config.imports import load_files
from physent.config.load import PlanSource, RunConfig, load_plan
from physent.config.own_data import own_data
from physent.declare import Variable
from physent.diagnostics.run.checks import unserved
from physent.diagnostics.run.declare import BLOCK_BYTES, Context
from physent.diagnostics.run.plan import Plan, Warn, Warnings
from physent.engines import Engine
from physent.errors import ConfigError, PhysentError, RunError, UsageError
from physent.io import library
from physent.io.agreement import check_attributes, check_samples
from physent.io.files import Paths, check_folder, check_room, cleared, failures, fsync, locked, rename, written
from physent.io.library import LOCK
from physent.io.others import is_table
from physent.io.reader import open_run, reading, refuse_derived, refuse_existing
from physent.runs import provenance
from physent.runs.job import Job, prepare
from physent.runs.work import Work, layout_of
from physent.typing import Array
from physent.version import VERSION

if TYPE_CHECKING:
    import xarray as xr

PathLike = str | os.PathLike[str]

SELDOM = 0.01  # of the samples: a particle that has fewer is doubted


def analyze(
    source: Any,
    plan: PlanSource,
    output: PathLike | None = None,
    *,
    overwrite: bool = False,
    imports: Sequence[PathLike] = (),
) -> xr.Dataset:
    """Diagnostics of a finished run, or of data of your own.

    ``plan`` is a YAML file with a `diagnostics:` list, a mapping with one, or the list. Without a `data:` block
    ``source`` is a run: a path, or a Dataset from `run` or `open_run`. Results are bit-identical to those during the
    run, so every source must be stored at every sample, and in float64 except for diagnostics that count in cells.

    With `data:`, which says what each variable and dimension is, ``source`` is any data: a path (netCDF, Zarr, CSV), a
    pandas table, an xarray Dataset or DataArray. It is read in blocks of samples, as float64; what the plan leaves open
    and how it was taken is the attribute `assumed`. Without ``output`` the result is in memory. Raises ConfigError (in
    the plan), UsageError (the run is unfinished or lacks a source, the data do not fit the plan, or the output exists),
    RunError (the file of a run is damaged).
    ``imports`` as for `run`.
    """
    load_files(imports)
    if output is None:
        with TemporaryDirectory(prefix="physent-") as folder:
            path = Path(folder) / "analysis.nc"
            write_analysis(source, plan, path)
            with open_run(path) as dataset:
                return dataset.load()
    write_analysis(source, plan, output, overwrite=overwrite)
    return open_run(output)


def write_analysis(source: Any, plan: PlanSource, output: PathLike, *, overwrite: bool = False) -> None:
    """`analyze` into a file, which appears only when it is complete."""
    paths = Paths.of(output)
    check_folder(paths)
    label = os.fspath(source) if isinstance(source, str | os.PathLike) else "the dataset"
    if isinstance(source, str | os.PathLike) and Paths.of(source) == paths:
        raise UsageError(f"{paths.out} is the run itself, expected another output")
    if (described := own_data(plan)) is not None:
        refuse_existing(paths, overwrite)
        from physent.runs.own_data import of_data, reading_data  # which loads xarray: no run needs it

        with reading_data(source, described[1]) as (read, label):
            _carry_out(of_data(read, *described, label), paths, overwrite)
        return
    if is_table(source):
        name = os.fspath(plan) if isinstance(plan, str | os.PathLike) else "plan"
        table = label if isinstance(source, str | os.PathLike) else "the source"
        raise UsageError(f"{name}: data: this key is missing; {table} is a table, and needs its columns described")
    with _naming_remedy():
        opened = open_run(source) if isinstance(source, str | os.PathLike) else nullcontext(source)
        with opened as dataset, reading(label):
            work = _of_run(dataset, plan, label, complete=dataset is not source)
            _carry_out(work, paths, overwrite)


@contextmanager
def _naming_remedy() -> Iterator[None]:
    """Say of what is no run how it can be measured all the same."""
    try:
        yield
    except PhysentError as error:
        if not str(error).endswith("a run of physent"):
            raise
        raise type(error)(f"{error}, or a plan with a `data:` block, which describes other data") from None


def _carry_out(work: Work, paths: Paths, overwrite: bool) -> None:
    check_room(paths, work.layout.file_bytes)
    with locked(paths):
        refuse_existing(paths, overwrite)
        _write(work, paths)


def _of_run(dataset: xr.Dataset, source: PlanSource, label: str, *, complete: bool) -> Work:
    """Validate everything; nothing is written yet."""
    job = _stored_job(dataset, label, complete=complete)
    context = _context(dataset, job, label)
    config, doubtful = load_plan(source, job.config, context)
    plan = Plan(config, context=context)
    _refuse_unserved(plan, label)
    declared = {one.name: one for one in (*job.layout.coordinates, *plan.coordinates)}
    here = [replace(one, values=context.coordinates.get(name, one.values)) for name, one in declared.items()]
    whole = job.layout
    layout = layout_of(plan, whole.clock, dataset[whole.clock.name].values, here, whole)
    return Work(dataset, plan, layout, _attributes(dataset, config, job.engine, label), tuple(doubtful))


def _stored_job(dataset: xr.Dataset, label: str, *, complete: bool) -> Job:
    """Job of a run; a ``complete`` one has all samples of its config, which a selection in memory need not have."""
    text = dataset.attrs.get("config")
    if not isinstance(text, str) or "finished" not in dataset.attrs:
        raise UsageError(f"{label} has no config, expected a run of physent")
    refuse_derived(label, dataset.attrs)
    if str(dataset.attrs["finished"]) != "1":
        raise UsageError(f"{label} is an unfinished run: finish it with `physent resume`")
    check_attributes(label, dataset.attrs)
    own.require(label, dataset.attrs, same=False)
    try:
        job = prepare(yaml.parse(text, f"{label}: config").data, to_run=False)
    except ConfigError as error:
        raise RunError(f"{label}: this physent cannot use the stored config: {error.lines[0]}") from None
    clock = job.layout.clock.name
    if complete and clock in dataset.variables:
        check_samples(label, job.layout, dataset.sizes, dataset[clock].values, job.samples)
    return job


def _context(dataset: xr.Dataset, job: Job, label: str) -> Context:
    """The context of the file for diagnostics: its own sizes, and the variables that it lacks."""
    context = job.loaded.context
    if context.clock not in dataset.dims or "replica" not in dataset.dims:
        raise UsageError(f"{label} has no dimensions {context.clock} and replica, expected a run of physent")
    user = str(dataset.attrs.get("user_diagnostics", "")).split()
    measured = (*job.plan.variables, *(_declared(dataset, name) for name in user if name in dataset))
    variables = {**context.variables, **{variable.name: variable for variable in measured}}
    beside = [name for name in context.coordinates if name in dataset.coords and name not in dataset.dims]
    coordinates = {str(name): dataset[name].values for name in (*dataset.dims, *beside) if name != context.clock}
    missing = dict(context.missing)
    for name in variables:
        if name not in dataset:
            missing[name] = "is not stored"
        elif context.clock in dataset[name].dims:
            missing.pop(name, None)
    return replace(
        context, variables=variables, coordinates=coordinates, samples=dataset.sizes[context.clock], missing=missing
    )


def _declared(dataset: xr.Dataset, name: str) -> Variable:
    array = dataset[name]
    return Variable(name, str(array.attrs.get("long_name", name)), dims=tuple(map(str, array.dims[1:])))


def _refuse_unserved(plan: Plan, label: str) -> None:
    found = ((one, name, unserved(one, name, context)) for one, name, context in plan.sources())
    reasons = dict.fromkeys(f"{name} {reason} ({one.name})" for one, name, reason in found if reason is not None)
    if reasons:
        raise UsageError(f"{label} lacks variables that the plan needs at every sample: {'; '.join(reasons)}")


def _attributes(dataset: xr.Dataset, config: RunConfig, engine: Engine, label: str) -> dict[str, str | int | float]:
    run = dataset.attrs
    kept = ("format_version", "engine", "config", "config_sha256", "seed", "references", "initial_sha256")
    return {
        "Conventions": "CF-1.11",
        "title": f"Diagnostics of a run: {engine.title}",
        "history": "\n".join(filter(None, [str(run.get("history", "")), provenance.event()])),
        "source": f"physent {VERSION}",
        **{name: run[name] for name in kept if name in run},
        "finished": 1,
        "plan": yaml.dump({"diagnostics": config.plain()["diagnostics"]}),
        "run": label,
        "run_physent_version": str(run.get("physent_version", "unknown")),
        "warnings": "",
        **provenance.machine(1),
        **own.attributes(config.diagnostics),
        **({"run_imports": run[own.ATTRIBUTE]} if own.ATTRIBUTE in run else {}),
    }


def _write(work: Work, paths: Paths) -> None:
    """Write records first, then the results that need all of them, which are read back."""
    warnings = Warnings()
    for message in work.doubtful:
        warnings.add(message, message)
    plan, layout = work.plan, work.layout
    with failures(paths, "cannot write the diagnostics", "nothing was written"), cleared(paths.fin):
        with written(layout.create(os.fspath(paths.fin), "NetCDF-4", work.attributes)) as target:
            at = {layout.clock.name: work.dataset[layout.clock.name].values}
            for start, block in chain([(0, at)], _observed(work, warnings.add)):
                with LOCK:
                    for name, values in block.items():
                        target.variables[name][start : start + len(values)] = values
        results: dict[str, Array] = {}
        if plan.results:
            with library.open_dataset(paths.fin, decode_times=False) as measured:
                results = plan.finish(work.dataset.assign(measured.data_vars), warnings.add)
        with LOCK, written(library.dataset(paths.fin, "a")) as target:
            named = [(dim, names) for dim, names in work.names if dim in target.dimensions]
            for dim, names in named:
                library.write_text(target, f"{dim}_name", np.array(names), (dim,))
            if named:
                target.coordinates = " ".join(f"{dim}_name" for dim, _ in named)
            layout.add_results(target, [(variable, results[variable.name]) for variable in plan.results])
            target.warnings = "\n".join(warnings.counted() if work.may_have_gaps else warnings.messages.values())
            target.setncatts(plan.marks(results) if results else {})
        fsync(paths.fin)
        rename(paths.fin, paths.out)


def _observed(work: Work, warn: Warn) -> Iterator[tuple[int, dict[str, Array]]]:
    """Blocks of the plan's variables, each with the index of its first sample."""
    if not work.plan.variables:
        return
    clock = work.layout.clock.name
    series = {
        name: work.dataset[name].transpose(clock, *dims) for name, dims in work.plan.reads() if name in work.dataset
    }
    record = sum(array[:1].nbytes for array in series.values())
    step = max(1, BLOCK_BYTES // max(1, record))
    at = work.dataset[clock].values
    origin: dict[str, Array] | None = None
    gaps = dict.fromkeys(series if work.may_have_gaps else (), 0)
    known = {name: np.zeros(array.sizes["particle"], int) for name, array in series.items() if _has_particles(array)}
    for start in range(0, len(at), step):
        block = {name: array[start : start + step].values for name, array in series.items()}
        for name in gaps:
            gaps[name] += int(np.isnan(block[name].reshape(len(block[name]), -1)).any(1).sum())
            if name in known:
                there = np.isfinite(block[name]).reshape(*block[name].shape[:3], -1)
                known[name] += there.all(axis=-1).any(axis=1).sum(axis=0)
        made = []
        for index, moment in enumerate(at[start : start + step]):
            one = {name: values[index] for name, values in block.items()}
            made.append(work.plan.observe(one, moment, warn, origin))
            if origin is None:
                origin = work.plan.origin({**one, **made[0]})
        yield start, {variable.name: np.array([one[variable.name] for one in made]) for variable in work.plan.variables}
    for count in sorted(set(gaps.values()) - {0}, reverse=True):
        names = ", ".join(name for name, one in gaps.items() if one == count)
        warn(f"{names}.gaps", f"{names}: {count} of {len(at)} samples hold a missing value")
    labels = dict(work.names).get("particle")
    for name in filter(known.__contains__, gaps):
        rare = np.flatnonzero(known[name] < SELDOM * len(at))
        if 0 < len(rare) < len(known[name]):
            which, more = rare[0], f", as do {len(rare) - 1} more" if len(rare) > 1 else ""
            warn(
                f"{name}.rare",
                f"{name}: particle {labels[which] if labels else which} has a value at {known[name][which]} of "
                f"{len(at)} samples{more}: a misspelt name is a particle of its own",
            )


def _has_particles(array: xr.DataArray) -> bool:
    """Whether a series is (clock, replica, particle, ...)."""
    return array.dims[1:3] == ("replica", "particle")
