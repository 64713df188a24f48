"""The Python interface: run, resume, open_run, analyze, load_config."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from physent import host
from physent.config import yaml
from physent.config.imports import load_files, require
from physent.config.load import RunConfig, Source, load_config
from physent.diagnostics.run.functions import UserFunction
from physent.diagnostics.run.plan import Warnings
from physent.errors import ConfigError, Interrupted, RunError, UsageError
from physent.io import archive
from physent.io.archive import Outcome
from physent.io.checkpoint import Checkpoint
from physent.io.files import Paths, check_folder, check_room, failures, locked
from physent.io.given import digest, given, located, state_from
from physent.io.library import share_lock
from physent.io.reader import (
    adopt,
    attributes_of,
    check_whole,
    is_finished,
    matching,
    open_history,
    open_run,
    refuse_derived,
    refuse_existing,
)
from physent.io.writer import Writer
from physent.runs import provenance
from physent.runs.analysis import analyze
from physent.runs.job import Job, prepare
from physent.runs.loop import Position, Progress, Report, Session, run_loop, warn
from physent.runs.progress import following
from physent.runs.signals import CAUGHT, Stop, stop_flag

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Job", "Progress", "analyze", "load_config", "open_run", "prepare", "resume", "run"]

logger = logging.getLogger(__name__)

USER_DIAGNOSTICS = "user_diagnostics"  # attribute: names of the variables computed by functions of the caller

PathLike = str | os.PathLike[str]


def run(
    source: Source,
    *,
    output: PathLike | None = None,
    set: Mapping[str, Any] | None = None,
    initial: Any = None,
    overwrite: bool = False,
    threads: int | None = None,
    report: Report | None = None,
    progress: bool | None = None,
    diagnostics: Sequence[UserFunction] = (),
    wall_time: float | None = None,
    imports: Sequence[PathLike] = (),
) -> xr.Dataset:
    """Run a config: a path, a bundled name, a mapping or a RunConfig.

    Without ``output`` the result is in memory and no file remains; with it the file is written as by
    ``physent run``, and opened. ``set`` changes keys by dotted path. ``initial`` is a mapping of the engine's fields to
    arrays from which the run starts, or one array if there is one field (psi). ``report`` is called with a Progress
    about twenty times per second; ``progress`` prints a line that follows the run, by default in a notebook or at a
    prompt. ``diagnostics`` are functions that take a record, a mapping of names (of the engine's
    variables and of diagnostics; the complex psi beside its parts) to arrays of one sample, and return a mapping of new
    names to numbers, one in all or one per replica, which are recorded too. Ctrl-C and SIGTERM save the state and raise
    Interrupted if there is an output, and so does the end of ``wall_time``, in seconds; in memory, Ctrl-C ends the run
    and the result is what there is, with the attribute ``finished`` 0. ``imports`` are Python files that add kinds of
    diagnostics (`physent.diagnostics.run.own`); their text goes into the file. Raises ConfigError or UsageError (output
    exists without ``overwrite``, is not writable, or has no room) before any work, RunError if the run fails.
    """
    share_lock()
    load_files(imports)
    job = prepare(source, set or {}, from_arrays=initial is not None)
    options: dict[str, Any] = {"initial": initial, "threads": threads, "diagnostics": diagnostics}
    if output is not None:
        with following(report, progress) as shown:
            start(job, output, overwrite=overwrite, wall_time=wall_time, report=shown, **options)
        return open_run(output)
    if wall_time is not None:
        raise UsageError("found wall_time without output, expected a file in which the state is saved when it ends")
    with TemporaryDirectory(prefix="physent-") as folder:
        path = Path(folder) / "run.nc"
        with _in_memory(Paths.of(path)), following(report, progress) as shown:
            start(job, path, signals=("SIGINT",), report=shown, **options)
        with open_run(path) as dataset:
            return dataset.load()


@contextlib.contextmanager
def _in_memory(paths: Paths) -> Iterator[None]:
    """Leave out what a failure says of files: there are none any more. After Ctrl-C what there is, is the result."""
    try:
        yield
    except Interrupted as stopped:
        if not paths.out.exists():
            raise
        logger.warning("%s; the result ends there and is unfinished", str(stopped).partition(", state saved")[0])
    except RunError as error:
        what, here = str(error), f"{paths.out}: "
        if what.startswith(here):
            what, _, _ = what.removeprefix(here).partition("; ")
        raise RunError(f"{what}; nothing is kept without output=") from error


def start(
    source: Source | Job,
    output: PathLike | Paths,
    *,
    initial: Any = None,
    overwrite: bool = False,
    threads: int | None = None,
    report: Report | None = None,
    diagnostics: Sequence[UserFunction] = (),
    signals: Sequence[str] = CAUGHT,
    wall_time: float | None = None,
) -> None:
    """Run a config or job into a file, or into Paths from `check_output`; as `run`, but the file is not opened."""
    job = prepare(source, from_arrays=initial is not None)
    paths = output if isinstance(output, Paths) else check_output(job, output, overwrite=overwrite)
    config = job.config
    arrays = given(config, job.engine, initial)
    source_path = getattr(config.initial, "path", None)
    if source_path and initial is None and paths.out.exists() and paths.out.samefile(located(source_path)):
        raise UsageError(f"{paths.out} is the file that the run starts from, expected another output")
    used = _use_threads(config, threads)
    with locked(paths), stop_flag(wall_time, names=signals) as stop:
        refuse_existing(paths, overwrite)  # again, because only under the lock can no other process write it
        paths.remove_stale()
        archive.probe(paths)
        if not paths.out.exists():
            paths.remove_checkpoints()
        _, method = job.leg(0)
        position = Position(method, state_from(config, method, arrays, initial), config.schedule.start)
        if diagnostics:
            job = job.measuring(diagnostics, position.clock, method.fields(position.state))
        for message in job.warnings:
            warn(position, message, message)
        if config.sweep:
            warn(position, "sweep", f"sweep of {', '.join(config.sweep)}: a single run uses the config's own values")
        attributes = {**provenance.attributes(job, used), **_user_attributes(job)}
        if arrays is not None:
            attributes["initial_sha256"] = digest(arrays)
        session = Session(job.text)
        with contextlib.closing(Writer.create(paths, job.layout, attributes)) as writer:
            writer.save(session.checkpoint(position))
            writer.publish()
            _carry(job, writer, position, session, stop, report)


def check_output(job: Job, output: PathLike, *, overwrite: bool = False) -> Paths:
    """Files of a run, or UsageError: the output exists, cannot be written, or there is no room for it."""
    paths = Paths.of(output)
    check_folder(paths)
    refuse_existing(paths, overwrite)
    job.refuse_too_large()
    check_room(paths, job.file_bytes)
    return paths


def refuse_other_config(job: Job, output: PathLike) -> None:
    """Raise UsageError if a file is a run of another config."""
    if attributes_of(Paths.of(output)).get("config_sha256") != job.config.sha256:
        raise UsageError(f"{output} is a run of another config: give another output, or --overwrite to replace it")


def check_start(job: Job) -> None:
    """Raise UsageError if a run could not start: too little memory, or no valid state in the file to start from."""
    job.refuse_too_large()
    given(job.config, job.engine, None)


def resume(
    path: PathLike,
    until: float | None = None,
    report: Report | None = None,
    diagnostics: Sequence[UserFunction] = (),
    threads: int | None = None,
    wall_time: float | None = None,
    progress: bool | None = None,
    imports: Sequence[PathLike] = (),
    device: str | None = None,
) -> xr.Dataset:
    """Continue a killed or interrupted run at ``path``, or extend a finished one to ``until``; returns the opened file.

    A run with functions as ``diagnostics`` needs the same functions again; the file has the names of their variables.
    After ``wall_time`` seconds the state is saved, and Interrupted raised. ``progress`` and ``imports`` as for `run`.
    ``device`` is cpu or cuda, if the rest is to be computed on another device than before.
    Raises UsageError if there is nothing to resume or the run has already passed ``until``, RunError if history or
    checkpoints are too damaged to continue.
    """
    share_lock()
    load_files(imports)
    options: dict[str, Any] = {"threads": threads, "diagnostics": diagnostics, "wall_time": wall_time}
    with following(report, progress) as shown:
        carry_on(path, until=until, device=device, report=shown, **options)
    return open_run(path)


def carry_on(
    path: PathLike,
    *,
    until: float | None = None,
    threads: int | None = None,
    report: Report | None = None,
    diagnostics: Sequence[UserFunction] = (),
    wall_time: float | None = None,
    device: str | None = None,
) -> bool:
    """Resume a run; as `resume`, but the file is not opened. Returns whether there was anything to do."""
    paths = Paths.of(path)
    check_folder(paths)
    with locked(paths), stop_flag(wall_time) as stop:
        adopt(paths)
        finished = is_finished(paths.out)
        stored = attributes_of(paths)
        refuse_derived(paths.out, stored)
        require(paths.out, stored)
        paths.remove_stale()
        if finished:
            checkpoint = archive.read_restart(paths)
            paths.remove_checkpoints()
        else:
            checkpoint = matching(paths, paths.out)
        job, moved = _stored_job(paths, checkpoint, device)
        check_whole(paths, job.layout, checkpoint.sample)
        longer = _until(paths, job, checkpoint, until)
        if finished and longer is None:
            return False
        changed = longer or (job if moved else None)
        job = longer or job
        config = job.config
        _use_threads(config, threads)
        session = Session(job.text, (*checkpoint.history, provenance.event()), checkpoint.wall_seconds)
        leg, method = job.leg(checkpoint.leg)
        state = method.restore(leg, checkpoint.state)
        if diagnostics:
            job = job.measuring(diagnostics, checkpoint.clock, method.fields(state))
        _refuse_other_functions(paths, job)
        check_room(paths, job.file_bytes)
        warnings = dict(checkpoint.warnings)
        origin = dict(checkpoint.origin)
        position = Position(method, state, checkpoint.clock, checkpoint.sample, checkpoint.leg, warnings, origin)
        attributes = provenance.config_attributes(config, job.text)
        if moved:
            before = attributes_of(paths).get("device", moved)
            attributes |= provenance.moved(config, before, f"{config.schedule.clock.name} = {checkpoint.clock:.6g}")
            warn(position, "device", f"{attributes['device']}: bits agree with those of one device to round-off only")
        if changed is None:
            writer = Writer.reopen(paths, job.layout, checkpoint)
        else:
            writer = archive.rebuild(paths, job.layout, attributes, checkpoint.sample, _pause(paths, stop))
        with contextlib.closing(writer):
            if changed is not None:
                writer.save(session.checkpoint(position))
                writer.publish()
            _carry(job, writer, position, session, stop, report)
    return True


def _carry(job: Job, writer: Writer, position: Position, session: Session, stop: Stop, report: Report | None) -> None:
    """Run to the end and put the finished file in place."""
    run_loop(job, writer, position, session, stop, report)
    writer.close()
    outcome = _outcome(job, writer.paths)
    archive.finish(writer.paths, job.layout, session.checkpoint(position), outcome, _pause(writer.paths, stop))


def _outcome(job: Job, paths: Paths) -> Outcome:
    """Results that need the complete history of a run."""
    plan = job.plan
    if not plan.results:
        return Outcome()
    warnings = Warnings()
    advice = f"the run is complete and nothing is lost: `physent resume {paths.out}`"
    with failures(paths, "cannot read the history", advice), open_history(paths) as history:
        values = plan.finish(history, warnings.add)
    results = [(variable, values[variable.name]) for variable in plan.results]
    return Outcome(results, tuple(warnings.messages.values()), plan.marks(values))


def _user_attributes(job: Job) -> dict[str, str]:
    names = " ".join(variable.name for variable in job.plan.user_variables)
    return {USER_DIAGNOSTICS: names} if names else {}


def _refuse_other_functions(paths: Paths, job: Job) -> None:
    """Refuse to continue a run without its functions, or with others."""
    stored = attributes_of(paths).get(USER_DIAGNOSTICS, "").split()
    given = [variable.name for variable in job.plan.user_variables]
    if stored == given:
        return
    if not given:
        raise UsageError(
            f"{paths.out}: {', '.join(stored)} were computed by functions, which a file cannot store; continue it in "
            "Python: physent.resume(path, diagnostics=[...])"
        )
    raise UsageError(
        f"{paths.out}: found functions that return {', '.join(given)}, expected {', '.join(stored) or 'none'}"
    )


def _pause(paths: Paths, stop: Stop) -> Callable[[], None]:
    """Function that long copies call between blocks: raises Interrupted if a stop is requested."""

    def pause() -> None:
        if stop.requested:
            raise Interrupted(f"{stop.why}, state saved; continue with `physent resume {paths.out}`")

    return pause


def _use_threads(config: RunConfig, threads: int | None) -> int:
    """Set the number of threads; default: one per replica, at most the number of processors."""
    if threads is not None and threads < 1:
        raise UsageError(f"threads is {threads}, expected at least 1")
    if threads is None:
        threads = min(config.replicas, host.processors())
    # An engine without compiled kernels does not import the compiler, and uses no threads.
    jit = sys.modules.get("physent.core.jit")
    if jit is not None:
        jit.set_threads(threads)
    return threads


def _stored_job(paths: Paths, checkpoint: Checkpoint, device: str | None) -> tuple[Job, str]:
    """Job of the stored config, and the device that the run leaves, or "" if it stays where it is."""
    data = yaml.parse(checkpoint.config, f"{paths.out}: config").data
    before = data.get("device", "cpu")
    try:
        job = prepare(data, {} if device is None else {"device": device})
    except ConfigError as error:
        if error.lines[0].startswith("set device: "):
            raise UsageError(f"{paths.out}: {error.lines[0]}") from None
        raise RunError(f"{paths.out}: this physent cannot use the stored config: {error.lines[0]}") from None
    return job, before if job.config.device != before else ""


def _until(paths: Paths, job: Job, checkpoint: Checkpoint, until: float | None) -> Job | None:
    """Job that ends at ``until``; None if the run ends there anyway."""
    schedule = job.config.schedule
    key, end = schedule.end
    if until is None or until == end:
        return None
    reached = checkpoint.sample if key == "draws" else checkpoint.clock
    if until < reached:
        raise UsageError(
            f"{paths.out} has already reached {schedule.clock.name} = {reached:g}, "
            f"expected a later end, found {until:g}"
        )
    return prepare(job.config, {f"schedule.{key}": until})
