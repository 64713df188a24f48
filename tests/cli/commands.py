"""Commands of physent in a process that other commands share: ``python -m tests.cli.commands COMMAND...``.

It ends after one that fails, with its exit code; after ``-k`` it goes on, and says each code on standard error.
"""

from __future__ import annotations

import runpy
import shlex
import sys


def command(*arguments: str) -> None:
    """``python -m physent ARGUMENTS``; raises SystemExit."""
    sys.argv[1:] = arguments
    runpy.run_module("physent", run_name="__main__", alter_sys=True)


def main(commands: list[str], go_on: bool) -> None:
    """Run the commands."""
    for one in commands:
        code: object = 0
        try:
            command(*shlex.split(one))
        except SystemExit as ended:
            code = ended.code or 0
        if go_on:
            print(f"exit {code}", file=sys.stderr, flush=True)  # noqa: T201
        elif code:
            sys.exit(code)  # type: ignore[arg-type]


if __name__ == "__main__":
    main([word for word in sys.argv[1:] if word != "-k"], "-k" in sys.argv)
