"""What a terminal shows: the sizes of a run, its progress, warnings, tables. Used only by the command line."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from rich import filesize
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from physent.errors import UsageError, choice

if TYPE_CHECKING:
    from physent.config.load import RunConfig
    from physent.runs.job import Job
    from physent.runs.loop import Progress as Status
    from physent.sweeps.sweep import Sweep

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
if not out.is_terminal:
    out.width = 1000  # tables on a pipe are not folded


COMPILING = "physent: compiling kernels, once on this machine; it takes up to a minute"


class _Lines(logging.Handler):
    """Package messages as one line each on standard error; compilations go to the progress bar, or are told once."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.on_info: Callable[[str], None] = self._first_only
        self._told = False

    def _first_only(self, message: str) -> None:
        if message.startswith("compiling ") and not self._told:
            self._told = True
            err.print(COMPILING, markup=False, soft_wrap=True)

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.levelno >= logging.WARNING:
            err.print(f"warning: {message}", style="yellow", markup=False, soft_wrap=True)
        else:
            self.on_info(message)


@contextmanager
def _messages(quiet: bool) -> Iterator[_Lines]:
    handler = _Lines(logging.CRITICAL + 1 if quiet else logging.INFO)
    logger = logging.getLogger("physent")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


@dataclass
class Shown:
    """A run on the screen: what it reports, and the line that ends it."""

    report: Callable[[Status], None] | None = None
    last: Status | None = None
    outcome: str = ""


@contextmanager
def following(action: str, path: Path, *, job: Job | None = None, quiet: bool = False) -> Iterator[Shown]:
    """Show a run: its sizes, a live bar, the outcome; if not on a terminal, one line before and one after.

    Without a ``job`` the first line waits for the first report: until then the run may be refused.
    """
    shown = Shown()
    with _messages(quiet) as messages:
        if quiet:
            yield shown
            return
        began = monotonic()

        def begin() -> None:
            out.print(f"physent: {action} {path}{_summary(job)}", markup=False, soft_wrap=True)

        if job is not None:
            begin()
        if out.is_terminal:
            if job is not None:
                _show_sizes(job)
            with _bar() as progress:
                task = progress.add_task("starting", total=1.0, headline="", rate="")
                messages.on_info = lambda text: progress.update(task, description=text)

                def report(status: Status) -> None:
                    if job is None and shown.last is None:
                        begin()
                    shown.last = status
                    _update(progress, task, status)

                shown.report = report
                yield shown
        else:

            def note(status: Status) -> None:
                if job is None and shown.last is None:
                    begin()
                shown.last = status

            shown.report = note
            yield shown
        samples = f"{shown.last.sample} samples, " if shown.last else ""
        outcome = shown.outcome or f"wrote {path}: {samples}{monotonic() - began:.1f} s"
        out.print(outcome, markup=False, soft_wrap=True)


@contextmanager
def doing(action: str, path: Path, output: Path, *, quiet: bool = False) -> Iterator[None]:
    """Show work on a file, which may be refused: on a terminal what is done, and one line after."""
    shown = out.is_terminal and not quiet
    with _messages(quiet), out.status(f"{action} {escape(str(path))}") if shown else nullcontext():
        began = monotonic()
        yield
        if not quiet:
            out.print(f"wrote {output}: {monotonic() - began:.1f} s", markup=False, soft_wrap=True)


def _summary(job: Job | None) -> str:
    if job is None:
        return ""
    schedule = job.config.schedule
    end = schedule.at(schedule.samples - 1)
    return f" ({job.config.engine}, {schedule.samples} samples to {schedule.clock.name} {end:g})"


def _show_sizes(job: Job) -> None:
    """Sizes and choices of a run on one screen."""
    config, engine = job.config, job.engine
    sizes = {name: len(values) for name, values in job.loaded.context.coordinates.items()}
    dims = {"replica": sizes.pop("replica"), **sizes}
    rows = {
        "engine": engine.title,
        "sizes": ", ".join(f"{name} {length}" for name, length in dims.items()),
        "samples": f"{job.samples}, fields: {_stored(config)}",
        "seed": str(config.seed),
        **engine.resolved(config),
        "file": f"up to {filesize.decimal(job.file_bytes)} before compression",
        "memory": f"about {filesize.decimal(job.memory_bytes)} plus the interpreter",
    }
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2))
    for label, value in rows.items():
        table.add_row(label, Text(str(value)))
    out.print(table)


def _stored(config: RunConfig) -> str:
    fields, every = config.output.fields, config.output.every
    what = fields if isinstance(fields, str) else ", ".join(fields)
    return f"{what}, at one in {every} samples" if every > 1 else what


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[headline]}", markup=False),
        console=out,
        transient=True,
    )


def _update(progress: Progress, task: TaskID, status: Status) -> None:
    progress.update(
        task,
        completed=status.fraction,
        description=f"sample {status.sample}/{status.samples}",
        rate=f"{status.rate:.3g}/s",
        headline=f"{status.headline} {status.value:.6g}",
    )


@contextmanager
def steps(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Progress over named steps: ``report(name, done, total)``; on a pipe one line per step."""
    with _messages(quiet=False):
        if not out.is_terminal:
            yield lambda name, done, total: out.print(f"{title} {done + 1}/{total}: {name}", markup=False)
            return
        columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=30), MofNCompleteColumn())
        with Progress(*columns, TimeRemainingColumn(compact=True), console=out, transient=True) as progress:
            task = progress.add_task(title, total=None)
            yield lambda name, done, total: progress.update(task, description=name, completed=done, total=total)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]], styles: Sequence[str] | None = None) -> None:
    """A table of plain text; long cells fold on a narrow terminal."""
    table = Table(header_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=max((len(row[index]) for row in rows), default=0) <= 28)
    for index, row in enumerate(rows):
        table.add_row(*map(Text, row), style=styles[index] if styles else None)
    out.print(table)


def show_results(results: Sequence[Mapping[str, Any]]) -> None:
    """The table of validation results; on a narrow terminal without the last column, the sources."""
    from physent.evidence.validate import table_rows

    columns, rows = table_rows(results)
    if out.width < 150:
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    color = {"pass": "green", "fail": "bold red", "expected-difference": "yellow"}
    show_table(columns, rows, [color[result["verdict"]] for result in results])


def show_sweep(done: Sweep) -> None:
    """The numbers of points that a sweep made, kept and lost, and the error of each that failed."""
    for failure in done.failures:
        err.print(f"failed: {failure}", style="bold red", markup=False, soft_wrap=True)
    there = done.points - done.made - len(done.failures)
    parts = (f"{done.made} points made", f"{there} there before", f"{len(done.failures)} failed")
    what = f"wrote {done.path}" if done.path else "not gathered (--gather-only does it)"
    out.print(f"{what}: {', '.join(parts)}", markup=False, soft_wrap=True)


def show_benchmarks(result: Mapping[str, Any]) -> None:
    """The tables of benchmark ratios."""
    from physent.evidence.bench import table_rows

    columns, rows = table_rows(result)
    show_table(columns, rows)


def show_comparison(rows: Sequence[Sequence[str]], differences: Sequence[str]) -> None:
    """Benchmarks before and now."""
    from physent.evidence.compare import COLUMNS

    for line in differences:
        err.print(f"warning: not the same conditions: {line}", style="yellow", markup=False, soft_wrap=True)
    color = {"slower": "bold red", "faster": "green", "same": ""}
    show_table(COLUMNS, rows, [color[row[-1]] for row in rows])


def show_catalogue(what: str | None) -> None:
    """Engines, configs, diagnostics and validation cases, each with its one-line description."""
    from physent.cli.catalogue import SECTIONS

    if what is not None and what not in SECTIONS:
        raise UsageError(f"list: {choice(what, tuple(SECTIONS))}")
    for name in [what] if what else SECTIONS:
        if what is None:
            out.print(f"{name}:", style="bold")
        _show_entries(SECTIONS[name]())


def show_named(entries: Iterable[tuple[int, str, str]]) -> None:
    """Entries of `describe`, each indented by its depth."""
    _show_entries((f"{'  ' * depth}{label}", text) for depth, label, text in entries)


def _show_entries(entries: Iterable[tuple[str, str]]) -> None:
    for entry, description in entries:
        out.print(f"  {entry:<32} {description}".rstrip(), markup=False, soft_wrap=True)
