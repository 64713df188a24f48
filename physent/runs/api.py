"""What a Python user calls: run, resume, open_run, analyze, load_config."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from physent import engines, host
from physent.config import yaml
from physent.config.load import RunConfig, doubts, load_config
from physent.diagnostics.run.functions import UserFunction
from physent.diagnostics.run.plan import Doubts, Plan
from physent.engines import Engine
from physent.errors import ConfigError, Interrupted, RunError, UsageError
from physent.io import archive
from physent.io.checkpoint import Checkpoint
from physent.io.files import Paths, check_folder, check_room, failures, locked
from physent.io.given import digest, given, state_from
from physent.io.layout import Layout, Result
from physent.io.reader import adopt, attributes_of, is_finished, matching, open_history, open_run, refuse_existing
from physent.io.writer import Writer
from physent.runs import provenance
from physent.runs.analysis import analyze
from physent.runs.loop import Estimate, Position, Progress, Report, Session, run_loop, warn
from physent.runs.loop import estimate as _estimate
from physent.runs.signals import Stop, stop_flag

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Estimate", "Progress", "analyze", "estimate", "load_config", "open_run", "resume", "run"]

logger = logging.getLogger(__name__)

USER_DIAGNOSTICS = "user_diagnostics"  # attribute: names of the variables that functions of the caller gave

Source = str | Path | Mapping[str, Any] | RunConfig
PathLike = str | os.PathLike[str]


def estimate(config: RunConfig) -> Estimate:
    """Number of samples, file size and memory of a run."""
    return _estimate(config, engines.get(config.engine))


def run(
    source: Source,
    *,
    output: PathLike | None = None,
    set: Mapping[str, Any] | None = None,
    initial: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    threads: int | None = None,
    report: Report | None = None,
    diagnostics: Sequence[UserFunction] = (),
) -> xr.Dataset:
    """Run a config: a path, a bundled name, a mapping or a RunConfig.

    Without ``output`` the result is in memory and no file stays; with it the file is written as by
    ``physent run``, and opened. ``set`` changes keys by their dotted path, ``initial`` gives arrays, named
    as the engine's fields, to start from; ``report`` is called with a Progress about twenty times a second.
    ``diagnostics`` are functions that take a record, a mapping of names (of the engine's variables, of diagnostics) to
    arrays of one sample, and return a mapping of new names to numbers, one or one a replica, which are recorded too.
    Ctrl-C and SIGTERM save the state and raise Interrupted where there is an output. Raises ConfigError,
    UsageError (output exists and is not to be overwritten, not writable, no room) before any work, RunError
    when the run fails.
    """
    config = load_config(source, set or {})
    if output is not None:
        start(
            config,
            output,
            initial=initial,
            overwrite=overwrite,
            threads=threads,
            report=report,
            diagnostics=diagnostics,
        )
        return open_run(output)
    with TemporaryDirectory(prefix="physent-") as folder:
        path = Path(folder) / "run.nc"
        start(
            config,
            path,
            initial=initial,
            threads=threads,
            report=report,
            diagnostics=diagnostics,
            catch_signals=False,
        )
        with open_run(path) as dataset:
            return dataset.load()


def start(
    config: RunConfig,
    output: PathLike,
    *,
    initial: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    threads: int | None = None,
    report: Report | None = None,
    diagnostics: Sequence[UserFunction] = (),
    catch_signals: bool = True,
) -> None:
    """Run a config into a file; as `run`, but the file is not opened afterwards."""
    engine = engines.get(config.engine)
    paths, _ = check_output(config, output, overwrite=overwrite)
    arrays = given(config, engine, initial)
    source = getattr(config.initial, "path", None)
    if source and initial is None and paths.out.exists() and paths.out.samefile(source):
        raise UsageError(f"{paths.out} is the file that the run starts from, expected another output")
    used = _use_threads(config, threads)
    with locked(paths), _signals(catch_signals) as stop:
        refuse_existing(paths, overwrite)  # once more: nobody else can write it from here on
        paths.remove_stale()
        if not paths.out.exists():
            paths.remove_checkpoints()
        position = Position(state_from(config, engine, arrays, initial), config.schedule.start)
        plan = Plan(config, diagnostics, (position.clock, engine.fields(position.state)) if diagnostics else None)
        layout = _layout(config, engine, plan)
        for message in doubts(config, from_arrays=initial is not None):
            warn(position, message, message)
        if config.sweep:
            warn(position, "sweep", f"sweep of {', '.join(config.sweep)}: a single run uses the config's own values")
        attributes = {**provenance.attributes(config, engine, used), **_user_attributes(plan)}
        if arrays is not None:
            attributes["initial_sha256"] = digest(arrays)
        session = Session(config.to_yaml())
        with contextlib.closing(Writer.create(paths, layout, attributes)) as writer:
            writer.save(session.checkpoint(position))
            writer.publish()
            _carry(config, engine, plan, writer, position, session, stop, report)


def check_output(config: RunConfig, output: PathLike, *, overwrite: bool = False) -> tuple[Paths, Layout]:
    """Files and layout of a run, or UsageError: the output exists, cannot be written, or there is no room for it."""
    paths = Paths.of(output)
    check_folder(paths)
    refuse_existing(paths, overwrite)
    check_memory(config)
    layout = _layout(config, engines.get(config.engine), Plan(config))
    check_room(paths, layout.file_bytes)
    return paths, layout


def check_memory(config: RunConfig) -> None:
    """Raise UsageError where a run, its state first of all, is larger than the memory of this machine."""
    _fits("the state takes", engines.get(config.engine).state_bytes(config))
    _fits("state and samples take", estimate(config).memory_bytes)  # makes the coordinates, which have room by now


def _fits(what: str, size: int) -> None:
    there = host.memory()
    if size > there:
        raise UsageError(f"{what} {size / 1e9:.3g} GB, this machine has {there / 1e9:.3g} GB of memory")


def check_start(config: RunConfig) -> None:
    """Raise UsageError where a run could not begin: no memory for it, or no such state in the file to start from."""
    check_memory(config)
    given(config, engines.get(config.engine), None)


def resume(
    path: PathLike,
    until: float | None = None,
    report: Report | None = None,
    diagnostics: Sequence[UserFunction] = (),
    threads: int | None = None,
) -> xr.Dataset:
    """Continue a killed or interrupted run, or with ``until`` a finished one, from what lies at ``path``;
    opened when done.

    A run with functions as ``diagnostics`` needs the same again: the file knows the names of what they gave.
    Raises UsageError where there is nothing to resume or ``until`` lies before what there is, RunError
    where the history or its checkpoints are too damaged to continue from.
    """
    carry_on(path, until=until, threads=threads, report=report, diagnostics=diagnostics)
    return open_run(path)


def carry_on(
    path: PathLike,
    *,
    until: float | None = None,
    threads: int | None = None,
    report: Report | None = None,
    diagnostics: Sequence[UserFunction] = (),
) -> bool:
    """Resume a run; as `resume`, but the file is not opened afterwards. Returns whether there was anything to do."""
    paths = Paths.of(path)
    check_folder(paths)
    with locked(paths), _signals(True) as stop:
        adopt(paths)
        finished = is_finished(paths.out)
        paths.remove_stale()
        if finished:
            checkpoint = archive.read_restart(paths)
            paths.remove_checkpoints()
        else:
            checkpoint = matching(paths, paths.out)
        config = _stored_config(paths, checkpoint)
        longer = _until(paths, config, checkpoint, until)
        if finished and longer is None:
            return False
        config = longer or config
        engine = engines.get(config.engine)
        _use_threads(config, threads)
        session = Session(config.to_yaml(), (*checkpoint.history, provenance.event()), checkpoint.wall_seconds)
        state = engine.restore(config.leg(checkpoint.leg), checkpoint.state)
        plan = Plan(config, diagnostics, (checkpoint.clock, engine.fields(state)) if diagnostics else None)
        _refuse_other_functions(paths, plan)
        layout = _layout(config, engine, plan)
        check_room(paths, layout.file_bytes)
        warnings = dict(checkpoint.warnings)
        origin = dict(checkpoint.origin)
        position = Position(state, checkpoint.clock, checkpoint.sample, checkpoint.leg, warnings, origin)
        if longer is None:
            writer = Writer.reopen(paths, layout, checkpoint)
        else:
            changed = provenance.config_attributes(config)
            writer = archive.rebuild(paths, layout, changed, checkpoint.sample, _pause(paths, stop))
        with contextlib.closing(writer):
            if longer is not None:
                writer.save(session.checkpoint(position))
                writer.publish()
            _carry(config, engine, plan, writer, position, session, stop, report)
    return True


def _carry(
    config: RunConfig,
    engine: Engine,
    plan: Plan,
    writer: Writer,
    position: Position,
    session: Session,
    stop: Stop,
    report: Report | None,
) -> None:
    """Run to the end and put the finished file in place."""
    run_loop(config, engine, plan, writer, position, session, stop, report)
    writer.close()
    results, doubts, marks = _results(plan, writer.paths)
    pause = _pause(writer.paths, stop)
    archive.finish(writer.paths, writer.layout, session.checkpoint(position), pause, results, doubts, marks)


def _results(plan: Plan, paths: Paths) -> tuple[list[Result], tuple[str, ...], dict[str, str]]:
    """Variables of the whole run from its complete history, the warnings that came with them, and attributes."""
    if not plan.results:
        return [], (), {}
    told = Doubts()
    advice = f"the run is complete and nothing is lost: `physent resume {paths.out}`"
    with failures(paths, "cannot read the history", advice), open_history(paths) as history:
        values = plan.finish(history, told.tell)
    results = [(variable, values[variable.name]) for variable in plan.results]
    return results, tuple(told.messages.values()), plan.marks(values)


def _layout(config: RunConfig, engine: Engine, plan: Plan) -> Layout:
    return Layout.of(config, engine, plan.variables, plan.coordinates)


def _user_attributes(plan: Plan) -> dict[str, str]:
    names = " ".join(variable.name for variable in plan.user_variables)
    return {USER_DIAGNOSTICS: names} if names else {}


def _refuse_other_functions(paths: Paths, plan: Plan) -> None:
    """Refuse to go on without the functions that a run was started with, or with others."""
    stored = attributes_of(paths).get(USER_DIAGNOSTICS, "").split()
    given = [variable.name for variable in plan.user_variables]
    if stored == given:
        return
    if not given:
        raise UsageError(
            f"{paths.out}: holds {', '.join(stored)} by functions that no file can hold; continue it in Python: "
            "physent.resume(path, diagnostics=[...])"
        )
    raise UsageError(
        f"{paths.out}: found functions that give {', '.join(given)}, expected {', '.join(stored) or 'none'}"
    )


def _pause(paths: Paths, stop: Stop) -> Callable[[], None]:
    """What long copies call between blocks."""

    def pause() -> None:
        if stop.requested:
            raise Interrupted(f"interrupted, state saved; continue with `physent resume {paths.out}`")

    return pause


def _signals(catch: bool) -> contextlib.AbstractContextManager[Stop]:
    return stop_flag() if catch else contextlib.nullcontext(Stop())


def _use_threads(config: RunConfig, threads: int | None) -> int:
    """Set the number of threads: what is asked for, else one per replica as far as there are processors."""
    if threads is not None and threads < 1:
        raise UsageError(f"threads is {threads}, expected at least 1")
    if threads is None:
        threads = min(config.replicas, host.processors())
    # An engine without compiled kernels does not load the compiler, and uses no threads.
    jit = sys.modules.get("physent.core.jit")
    if jit is not None:
        jit.set_threads(threads)
    return threads


def _stored_config(paths: Paths, checkpoint: Checkpoint) -> RunConfig:
    try:
        return load_config(yaml.parse(checkpoint.config, f"{paths.out}: config").data)
    except ConfigError as error:
        raise RunError(f"{paths.out}: this physent cannot use the stored config: {error.lines[0]}") from None


def _until(paths: Paths, config: RunConfig, checkpoint: Checkpoint, until: float | None) -> RunConfig | None:
    """Config that ends at ``until`` instead; None where that is where it ends anyway."""
    schedule = config.schedule
    key = "until" if "until" in type(schedule).model_fields else "draws"
    if until is None or until == getattr(schedule, key):
        return None
    reached = checkpoint.clock if key == "until" else checkpoint.sample
    if until < reached:
        raise UsageError(
            f"{paths.out} has got to {schedule.clock.name} = {reached:g} already, "
            f"expected an end beyond that, found {until:g}"
        )
    return load_config(config, {f"schedule.{key}": until})
