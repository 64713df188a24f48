"""Blocks of a page that are carried out when the page is read, and shown with what they print; a failure is an error.

    {file} NAME       writes NAME
    {run}             commands, one per line; `:exit: 2` expects that code of the last one
    {python}          statements, in one namespace per page; `:figure: NAME.png` shows the current figure
    {picture} NAME    shows a picture that a command made

A whole page runs in one empty folder, whose path is left out of what is shown. So are times at the ends of lines
(", 1.6 s"), as they vary.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

TIME = re.compile(r"[,:] \d+\.\d s$", re.MULTILINE)
GENERATED = "_generated"


class Executed(SphinxDirective):
    """What the directives share: the page's folder and namespace."""

    has_content = True

    @property
    def home(self) -> Path:
        """The folder of the page, empty when the page begins."""
        memory = self.env.temp_data
        if "executed" not in memory:
            home = Path(self.env.doctreedir) / "work" / self.env.docname
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir(parents=True)
            memory["executed"] = home
            memory["names"] = {"__name__": "__main__"}
        return memory["executed"]

    @property
    def names(self) -> dict[str, Any]:
        """The namespace of the page."""
        assert self.home
        return self.env.temp_data["names"]

    def failed(self, what: str, output: str) -> ExtensionError:
        """The error that ends the build."""
        source, line = self.get_source_info()
        return ExtensionError(f"{source}:{line}: {what}\n{output}")

    def block(self, text: str, language: str) -> nodes.literal_block:
        """Literal text."""
        return nodes.literal_block(text, text, language=language)


class File(Executed):
    """A file for the commands that follow."""

    required_arguments = 1
    option_spec: ClassVar[Any] = {"language": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        (self.home / self.arguments[0]).write_text("\n".join(self.content) + "\n")
        block = self.block("\n".join(self.content), self.options.get("language", "yaml"))
        box = nodes.container("", literal_block=True, classes=["literal-block-wrapper"])
        box += [nodes.caption("", "", nodes.literal("", self.arguments[0])), block]
        return [box]


class Run(Executed):
    """Commands and what they print."""

    option_spec: ClassVar[Any] = {"exit": directives.nonnegative_int}

    def run(self) -> list[nodes.Node]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        shown = []
        for number, command in enumerate(self.content, 1):
            done = subprocess.run(
                shlex.split(command),
                cwd=self.home,
                env={**os.environ, "PATH": path, "MPLBACKEND": "Agg"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            expected = self.options.get("exit", 0) if number == len(self.content) else 0
            if done.returncode != expected:
                raise self.failed(f"$ {command}: exit code {done.returncode}, expected {expected}", done.stdout)
            output = TIME.sub("", done.stdout.replace(f"{self.home}{os.sep}", ""))
            lines = (line.rstrip() for line in output.splitlines())
            shown += [f"$ {command}", *lines]
        return [self.block("\n".join(shown), "console")]


class Python(Executed):
    """Statements and what they print."""

    option_spec: ClassVar[Any] = {"figure": directives.unchanged, "alt": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        source, output = "\n".join(self.content), io.StringIO()
        with told(output), contextlib.redirect_stdout(output), contextlib.chdir(self.home), warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                exec(compile(source, self.env.docname, "exec"), self.names)  # noqa: S102 - the page is ours
            except Exception as error:
                raise self.failed(f"{type(error).__name__}: {error}", source) from error
            if "figure" in self.options:
                import matplotlib.pyplot as plt

                plt.savefig(self.options["figure"], dpi=120, bbox_inches="tight")
                plt.close("all")
        made: list[nodes.Node] = [self.block(source, "python")]
        if output.getvalue():
            made.append(self.block(output.getvalue().rstrip(), "text"))
        if "figure" in self.options:
            made += picture(self, self.options["figure"], self.options.get("alt", ""))
        return made


class Picture(Executed):
    """A picture that a command made."""

    required_arguments = 1
    option_spec: ClassVar[Any] = {"alt": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        return picture(self, self.arguments[0], self.options["alt"])


@contextlib.contextmanager
def told(output: io.StringIO) -> Iterator[None]:
    """Let the package's log, from warnings on, go to the output as it goes to a terminal."""
    logger, handler = logging.getLogger("physent"), logging.StreamHandler(output)
    handler.setFormatter(logging.Formatter("warning: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)


def picture(directive: Executed, name: str, alt: str) -> list[nodes.Node]:
    """The picture NAME of the page's folder, kept where Sphinx finds it."""
    page = directive.env.docname
    kept = Path(directive.env.srcdir) / GENERATED / page / name
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(directive.home / name, kept)
    return [nodes.image(uri=f"{'../' * page.count('/')}{GENERATED}/{page}/{name}", alt=alt)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    for name, directive in {"file": File, "run": Run, "python": Python, "picture": Picture}.items():
        app.add_directive(name, directive)
    return {"parallel_read_safe": False}
