"""The ``physent`` command: one short function per command, heavy imports inside."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from physent.cli.outlet import open_outlets
from physent.errors import ConfigError, PhysentError, UsageError

app = typer.Typer(
    name="physent",
    help="Simulate physical systems and measure their entropy: one YAML file in, one NetCDF file out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Config = Annotated[str, typer.Argument(help="a YAML file, or a bundled name such as nlse/two_solitons")]
Set = Annotated[list[str] | None, typer.Option("--set", help="KEY=VALUE, e.g. parameters.points=2048; repeatable")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="print nothing but errors")]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="threads; bits do not depend on them")]
Imports = Annotated[
    list[Path] | None,
    typer.Option(
        "--import", metavar="FILE.py", help="Python file that adds diagnostics, spaces, potentials; repeatable"
    ),
]
WallTime = Annotated[
    str | None,
    typer.Option(
        "--wall-time",
        metavar="TIME",
        help="save the state and stop (exit 130) after seconds, or HH:MM:SS, of real time",
    ),
]


def _seconds(text: str | None) -> float | None:
    from physent.runs.signals import seconds_of

    return None if text is None else seconds_of(text)


def _load(imports: list[Path] | None) -> None:
    if imports:
        from physent.config.imports import load_files

        load_files(imports)


def _version(wanted: bool) -> None:
    if wanted:
        from physent import __version__

        typer.echo(f"physent {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """Options before the command."""


@app.command()
def run(
    config: Config,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="file to write; default: the config's")] = None,
    changes: Set = None,
    overwrite: Annotated[bool, typer.Option(help="replace an existing output")] = False,
    or_resume: Annotated[
        bool, typer.Option("--or-resume", help="continue an output of the same config, as a requeued job does")
    ] = False,
    quiet: Quiet = False,
    threads: Threads = None,
    wall_time: WallTime = None,
    imports: Imports = None,
) -> None:
    """Run a config into one NetCDF file."""
    from physent.cli import screen
    from physent.runs import api

    _load(imports)
    seconds = _seconds(wall_time)
    job = api.prepare(config, changes or ())
    path = output or Path(job.config.output.path or "run.nc")
    if or_resume and path.exists():
        api.refuse_other_config(job, path)
        resume(path, quiet=quiet, threads=threads, wall_time=wall_time)
        return
    paths = api.check_output(job, path, overwrite=overwrite)
    with screen.following("running", path, job=job, quiet=quiet) as shown:
        api.start(job, paths, overwrite=overwrite, threads=threads, report=shown.report, wall_time=seconds)


@app.command()
def resume(
    path: Annotated[Path, typer.Argument(help="file of a killed, interrupted or finished run", metavar="OUT.nc")],
    until: Annotated[float | None, typer.Option(help="new end of the run, beyond the old one")] = None,
    quiet: Quiet = False,
    threads: Threads = None,
    wall_time: WallTime = None,
    device: Annotated[
        str | None, typer.Option(help="cpu or cuda: compute the rest on this device; default: the one before")
    ] = None,
    imports: Imports = None,
) -> None:
    """Continue an unfinished run, or extend a finished one."""
    from physent.cli import screen
    from physent.runs import api

    _load(imports)
    seconds = _seconds(wall_time)
    with screen.following("resuming", path, quiet=quiet) as shown:
        if not api.carry_on(path, until=until, threads=threads, report=shown.report, wall_time=seconds, device=device):
            shown.outcome = f"{path} is finished already; --until extends it"


@app.command()
def check(
    configs: Annotated[list[str], typer.Argument(help="YAML files or bundled names")],
    changes: Set = None,
    imports: Imports = None,
) -> None:
    """Validate configs and print every error at once."""
    from physent.runs import api

    _load(imports)
    failed = False
    for source in configs:
        try:
            job = api.prepare(source, changes or ())
            api.check_start(job)
            if job.config.sweep:
                from physent.sweeps.points import checked

                checked(job.config)
        except ConfigError as error:
            failed = True
            typer.echo(str(error), err=True)
        except UsageError as error:
            failed = True
            typer.echo(f"{source}: {error}", err=True)
        else:
            for line in job.warnings:
                typer.echo(f"{source}: warning: {line}", err=True)
            typer.echo(f"{source}: ok")
    if failed:
        raise typer.Exit(2)


@app.command()
def show(
    name: Annotated[
        str,
        typer.Argument(
            help="a YAML file; a bundled name such as nlse/two_solitons; an engine; a diagnostic; a key or kind of an "
            "engine, such as potential, nlse.potential, solitons"
        ),
    ],
    changes: Set = None,
    imports: Imports = None,
) -> None:
    """Print the effective config, defaults included; or what an engine, a diagnostic or a key takes."""
    from physent.cli import describe, screen
    from physent.config.load import load_config

    _load(imports)
    if Path(name).is_file() or "/" in name or not (entries := describe.named(name)):
        describe.refuse_unknown(name)
        typer.echo(load_config(name, changes or ()).to_yaml(), nl=False)
        return
    if changes:
        raise UsageError(f"show {name}: found --set, expected it with a config only")
    screen.show_named(entries)


@app.command()
def schema(
    plan: Annotated[bool, typer.Option(help="of plans for data of your own, with a data: block")] = False,
) -> None:
    """Print the JSON schema of configs."""
    import json

    from physent.config.load import json_schema
    from physent.config.own_data import plan_schema

    typer.echo(json.dumps(plan_schema() if plan else json_schema(), indent=2, ensure_ascii=False))


@app.command("list")
def list_(
    what: Annotated[
        str | None, typer.Argument(help="engines, configs, diagnostics, validation or devices; default: all")
    ] = None,
    imports: Imports = None,
) -> None:
    """List what there is."""
    from physent.cli import screen

    _load(imports)
    screen.show_catalogue(what)


@app.command()
def analyze(
    path: Annotated[
        Path, typer.Argument(help="file of a finished run, or other data: netCDF, Zarr, CSV", metavar="DATA")
    ],
    plan: Annotated[
        Path,
        typer.Argument(help="YAML file with a diagnostics: list; with data: for other data", metavar="PLAN.yaml"),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="file to write", metavar="OUT.nc")],
    overwrite: Annotated[bool, typer.Option(help="replace an existing output")] = False,
    quiet: Quiet = False,
    imports: Imports = None,
) -> None:
    """Apply diagnostics to the stored fields of a run, or to data of your own."""
    from physent.cli import screen
    from physent.runs.analysis import write_analysis

    _load(imports)
    with screen.doing("analysing", path, output, quiet=quiet):
        write_analysis(path, plan, output, overwrite=overwrite)


@app.command()
def plot(
    path: Annotated[Path, typer.Argument(help="file of a run", metavar="RUN.nc")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="figure; default: RUN.png")] = None,
    overwrite: Annotated[bool, typer.Option(help="replace a file that physent did not make")] = False,
) -> None:
    """Draw the engine's standard figure of a run."""
    from physent.figures.save import save_figure

    typer.echo(f"wrote {save_figure(path, output, overwrite=overwrite)}")


@app.command()
def animate(
    path: Annotated[Path, typer.Argument(help="file of a run", metavar="RUN.nc")],
    output: Annotated[Path, typer.Option("-o", "--output", help="MOVIE.gif, or MOVIE.mp4 if ffmpeg is installed")],
    frames: Annotated[int | None, typer.Option(min=2, help="at most so many frames; default: 200")] = None,
    fps: Annotated[int, typer.Option(min=1, max=100, help="frames per second")] = 20,
    overwrite: Annotated[bool, typer.Option(help="replace a file that physent did not make")] = False,
) -> None:
    """Draw the engine's animation of a run."""
    from physent.cli import screen
    from physent.figures.animate import save_animation

    with screen.steps("animation") as report:
        shown = report if screen.out.is_terminal else None
        made = save_animation(path, output, frames=frames, fps=fps, overwrite=overwrite, report=shown)
    typer.echo(f"wrote {made}")


@app.command()
def sweep(
    config: Config,
    folder: Annotated[Path, typer.Option("-d", "--directory", help="folder for the files of the points and sweep.nc")],
    changes: Set = None,
    workers: Annotated[int | None, typer.Option(min=1, help="processes; default: one per processor")] = None,
    scheduler: Annotated[str | None, typer.Option(help="address of a Dask scheduler, tcp://HOST:PORT")] = None,
    part: Annotated[
        str | None, typer.Option(metavar="K/N", help="make only the K-th of N shares of the points, for job arrays")
    ] = None,
    gather_only: Annotated[bool, typer.Option("--gather-only", help="make nothing, gather what is finished")] = False,
    wall_time: WallTime = None,
    imports: Imports = None,
) -> None:
    """Run every point of a config's `sweep:` block; finished points are kept."""
    from physent.cli import screen
    from physent.runs import api
    from physent.sweeps.sweep import Part, gather_sweep, run_sweep

    if gather_only and (part or scheduler or workers or wall_time):
        raise UsageError(
            "--gather-only makes no point, expected it without --part, --workers, --scheduler, --wall-time"
        )
    _load(imports)
    share, seconds = Part.read(part) if part else None, _seconds(wall_time)
    loaded = api.load_config(config, changes or ())
    with screen.steps("sweep") as report:
        if gather_only:
            done = gather_sweep(loaded, folder)
        else:
            done = run_sweep(
                loaded, folder, workers=workers, scheduler=scheduler, report=report, part=share, wall_time=seconds
            )
    screen.show_sweep(done)
    if done.failures:
        raise typer.Exit(1)


@app.command()
def validate(
    cases: Annotated[list[str] | None, typer.Argument(help="case names; default: all")] = None,
    full: Annotated[bool, typer.Option("--full", help="the long tier too")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="folder for report.html, results.json and the figures")
    ] = None,
    device: Annotated[
        str,
        typer.Option(
            help="cpu or cuda: compute on this device the runs whose method runs there, the others on the CPU"
        ),
    ] = "cpu",
) -> None:
    """Run validation cases against published and exact results."""
    from physent.cli import screen
    from physent.evidence.validate import validate as run_cases

    with screen.steps("validation") as report:
        results = run_cases(cases or (), full=full, output=output, report=report, device=device)
    screen.show_results(results)
    if any(result["verdict"] == "fail" for result in results):
        raise typer.Exit(1)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="case names; default: all")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="JSON file to write; its table goes beside it as .md")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="interleaved repeats")] = 3,
    against: Annotated[
        Path | None, typer.Option("--compare", help="an earlier JSON file; what is slower now ends in exit 1")
    ] = None,
) -> None:
    """Measure physent side by side with the peer packages that are installed."""
    from physent.cli import screen
    from physent.evidence import compare
    from physent.evidence.bench import bench as run_benchmarks

    before = compare.read_benchmark(against) if against else None
    if output:
        compare.refuse_others(output)
    with screen.steps("benchmarks") as report:
        result = run_benchmarks(names or (), repeats=repeats, output=output, report=report)
    screen.show_benchmarks(result)
    if output:
        output.with_suffix(".md").write_text(compare.markdown(result), encoding="utf-8")
    if before:
        rows = list(compare.compare(before, result))
        screen.show_comparison(rows, compare.differences(before, result))
        if compare.regressions(rows):
            raise typer.Exit(1)


def main() -> None:
    """Entry point: errors that a user can cause are one line, and set the exit code."""
    from physent.runs.signals import Stop

    Stop.deadly = True
    os.environ["MPLBACKEND"] = "agg"  # pictures go to files, and a notebook's backend may not be there
    open_outlets()
    logging.captureWarnings(True)
    try:
        app(standalone_mode=True)
    except PhysentError as error:
        typer.echo(str(error) if isinstance(error, ConfigError) else f"physent: {error}", err=True)
        sys.exit(error.exit_code)
    except MemoryError as error:
        typer.echo(f"physent: not enough memory: {str(error) or 'an allocation failed'}", err=True)
        sys.exit(1)
    except Exception as error:
        from physent.config.imports import blamed

        if (text := blamed(error)) is None:
            raise
        typer.echo(f"physent: {text}", err=True)
        sys.exit(1)
