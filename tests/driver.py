"""A toy run in a process of its own: ``python -m tests.driver '{"do": "start", "path": ..., ...}'``.

Prints its peak memory in kB; a physent error becomes one line on stderr and its exit code, as in the CLI.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from physent.config.load import load_config
from physent.errors import PhysentError
from physent.runs import api
from tests.random_walk import registered


def main(text: str) -> int:
    """Do what the JSON text says; return the exit code."""
    order = json.loads(text)
    if order.get("file_limit"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_limit"], order["file_limit"]))
    if order.get("ignore_room"):
        vars(api)["check_room"] = lambda paths, file_bytes: None
    try:
        with registered():
            if order["do"] == "start":
                api.start(load_config(order["config"]), order["path"])
            else:
                api.carry_on(order["path"], until=order.get("until"))
    except PhysentError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_code
    print(peak_kb())  # noqa: T201
    return 0


def peak_kb() -> int:
    """Peak memory of this program; ``getrusage`` would count that of the one which started it, too."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
