#!/usr/bin/env -S uv run --script
# /// script
# dependencies = ["nox>=2025.2.9"]
# ///
"""Developer tasks: ``nox -s lint tests``."""

from __future__ import annotations

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"

DEV = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "dev")


@nox.session
def lint(session: nox.Session) -> None:
    """Style and types."""
    session.install("-e", ".", *DEV)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("codespell")


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """The test suite."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session(default=False)
def validate(session: nox.Session) -> None:
    """Validation cases; ``-- --full`` for the long tier."""
    session.install(".")
    session.run("physent", "validate", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Side-by-side measurements with the peer packages."""
    session.install(".[peers]")
    session.run("physent", "bench", *session.posargs)


if __name__ == "__main__":
    nox.main()
