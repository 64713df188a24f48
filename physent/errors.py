"""What a user is told when something cannot be done: one line each, and the exit code of the command."""

from __future__ import annotations

from collections.abc import Sequence


class PhysentError(Exception):
    """Anything that ends a command with one clear line instead of a traceback."""

    exit_code = 1


class RunError(PhysentError):
    """A run, a file or a validation case failed (full disk, damaged file, non-finite state)."""


class UsageError(PhysentError):
    """The command cannot be carried out as given (output exists, not writable, no such config)."""

    exit_code = 2


class ConfigError(UsageError):
    """Every problem of a config at once, one line each: ``file:line: path: message``."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


class PhysentWarning(UserWarning):
    """What is legal but doubtful: a result that stands, with one line that says why to look twice."""


class Interrupted(PhysentError):
    """Stopped by SIGINT or SIGTERM after the state was saved."""

    exit_code = 130
