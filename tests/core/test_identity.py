"""Digests of kernels: equal for what compiles alike in any process, different for everything else."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from numba.core.dispatcher import Dispatcher

import physent
from physent.core.identity import NoIdentityError, digest_of

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="of compiled code only")

SOURCE = """
import enum
import math
from typing import NamedTuple

import numba
import numpy as np
from numba.extending import intrinsic

from physent.core.jit import njit, njit_fast

class Pair(NamedTuple):
    a: float
    b: float = 2.0

class Mode(enum.IntEnum):
    SLOW = 1
    FAST = 2

COUNT = 3
TABLE = np.array([1.0, 2.0])
PAIR = Pair(1.0)

@njit
def inner(x, scale=2.0):
    return scale * x

@njit
def even(n):
    return n == 0 or odd(n - 1)

@njit
def odd(n):
    return n != 0 and even(n - 1)

@njit
def kernel(x):
    if even(COUNT) and Mode.FAST == 2:
        return inner(x) + math.sin(TABLE[0])
    return np.sqrt(PAIR.b) + Pair(x, 1.0).a + x
"""


def digest(source: str, name: str = "kernel", **given: Any) -> str:
    module = ModuleType("example")
    vars(module).update(given)
    exec(compile(source, "example.py", "exec"), vars(module))  # noqa: S102
    kernel = vars(module)[name]
    return digest_of(kernel.py_func, kernel.targetoptions)


def test_a_comment_or_what_is_not_reached_changes_nothing() -> None:
    assert digest(SOURCE) == digest("# new\n\n" + SOURCE.replace("COUNT = 3", "COUNT = 3  # three\nOTHER = 4"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("COUNT = 3", "COUNT = 4"),
        ("COUNT = 3", "COUNT = 3.0"),
        ("COUNT = 3", "COUNT = True"),
        ("COUNT = 3", "COUNT = np.int64(3)"),
        ("np.array([1.0, 2.0])", "np.array([1.0, 3.0])"),
        ("np.array([1.0, 2.0])", "np.array([2.0, 1.0])[::-1]"),
        ("np.array([1.0, 2.0])", "np.array([1.0, 2.0], dtype=np.float32)"),
        ("Pair(1.0)", "Pair(-1.0)"),
        ("Pair(1.0)", "(1.0, 2.0)"),
        ("b: float = 2.0", "b: float = 3.0"),
        ("    a: float\n    b: float = 2.0", "    b: float\n    a: float = 2.0"),
        ("FAST = 2", "FAST = 3"),
        ("scale=2.0", "scale=3.0"),
        ("return scale * x", "return x * scale"),
        ("n != 0", "n != 1"),
        ("@njit\ndef inner", "@njit_fast\ndef inner"),
        ("@njit\ndef kernel", "@njit_fast\ndef kernel"),
        ("math.sin", "math.cos"),
        ("import math", "import cmath as math"),
        ("TABLE[0]", "TABLE[1]"),
    ],
)
def test_whatever_a_kernel_freezes_is_seen(old: str, new: str) -> None:
    assert SOURCE.count(old) == 1
    assert digest(SOURCE.replace(old, new)) != digest(SOURCE)


FACTORY = """
from physent.core.jit import njit

@njit
def one(x):
    return x + 1

@njit
def two(x):
    return x + 2

def around(inner, constant):
    @njit
    def outer(x):
        return inner(x) * constant
    return outer

kernel, same = around(one, 2), around(one, 2)
by_kernel, by_constant, by_kind = around(two, 2), around(one, 3), around(one, 2.0)
nested = around(around(one, 2), 2)
"""


def test_a_kernel_of_a_factory_is_known_by_what_it_closes_over() -> None:
    names = ("kernel", "by_kernel", "by_constant", "by_kind", "nested")
    assert len({digest(FACTORY, name) for name in names}) == len(names)
    assert digest(FACTORY, "same") == digest(FACTORY)


def test_kernels_and_constants_of_another_module() -> None:
    source = "from physent.core.jit import njit\n@njit\ndef kernel(x):\n    return other.scale(x) + other.FACTOR\n"
    other = ModuleType("other")
    exec("from physent.core.jit import njit\n@njit\ndef scale(x): return 2 * x", vars(other))  # noqa: S102
    found = set()
    for factor in (1, 2):
        vars(other)["FACTOR"] = factor
        found.add(digest(source, other=other))
    exec("from physent.core.jit import njit\n@njit\ndef scale(x): return 3 * x", vars(other))  # noqa: S102
    found.add(digest(source, other=other))
    assert len(found) == 3


@pytest.mark.parametrize(
    "value",
    [
        "[1, 2]",
        "{}",
        "object()",
        "lambda x: x",
        "np.array([None])",
        "functools.partial(abs)",
        "np.vectorize(abs)",
        "type('Made', (), {})",
        "intrinsic(lambda context, x: (x(x), None))",
        "(1, [2])",
    ],
)
def test_anything_else_has_no_identity(value: str) -> None:
    source = f"""
import functools
import numpy as np
from numba.extending import intrinsic
from physent.core.jit import njit
VALUE = {value}
@njit
def kernel(x):
    return VALUE
def around(value):
    @njit
    def outer(x):
        return value
    return outer
outer = around(VALUE)
"""
    for name in ("kernel", "outer"):
        with pytest.raises(NoIdentityError):
            digest(source, name)


def test_a_module_that_makes_its_attributes_has_no_identity() -> None:
    with pytest.raises(NoIdentityError, match="physent makes"):
        digest("from physent.core.jit import njit\n@njit\ndef kernel(x): return m.x", m=physent)


DIGESTS = """
import json, sys
sys.path.insert(0, sys.argv[1])
import physent
assert physent.__file__.startswith(sys.argv[1])
from tests.core.test_identity import digests
print(json.dumps(digests()))
"""


def digests() -> dict[str, str]:
    """Of every kernel of the package, by its full name."""
    found: dict[str, str] = {}
    for module in pkgutil.walk_packages(physent.__path__, "physent."):
        if module.name.endswith("__main__") or "cuda" in module.name:  # what runs on a card is not kept
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Dispatcher) and value.py_func.__module__ == module.name:
                found[f"{module.name}.{name}"] = digest_of(value.py_func, value.targetoptions)
    return found


def test_every_kernel_has_an_identity_that_comments_elsewhere_leave_alone(tmp_path: Path) -> None:
    package = Path(physent.__file__).parent
    copy = shutil.copytree(package, tmp_path / "physent", ignore=shutil.ignore_patterns("__pycache__"))
    for path in copy.rglob("*.py"):
        if "core" not in path.relative_to(copy).parts and "from __future__" in path.read_text():
            path.write_text("# a comment\n" + path.read_text())
    command = [sys.executable, "-c", DIGESTS, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(package.parent), "PYTHONHASHSEED": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    elsewhere = json.loads(done.stdout)
    assert len(elsewhere) > 100
    assert elsewhere == digests()
