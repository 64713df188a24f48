"""Digest of everything that a kernel is compiled from: kernels of equal digest compile to the same machine code.

The digest covers the bytecode, constants, defaults and compile flags of the function and of every kernel that it
reaches through its globals and its closure, and the values of all else that it finds there, which numba freezes.
Objects of Python itself, of a library in `LIBRARIES`, or of this folder enter by name, because the cache of machine
code also compares those versions and the sources of this folder. Anything else has no identity.
"""

from __future__ import annotations

import enum
import hashlib
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from numba.core.dispatcher import Dispatcher

LIBRARIES = ("llvmlite", "numba", "numpy", "scipy")

_KNOWN = ("builtins", "cmath", "math", *LIBRARIES)
_PLAIN = (type(None), bool, int, float, complex, str, bytes, np.number, np.bool_, np.dtype)
_SHAPING = (
    "co_name", "co_code", "co_flags", "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals",
    "co_varnames", "co_names", "co_freevars", "co_cellvars", "co_exceptiontable",
)  # fmt: skip


class NoIdentityError(Exception):
    """A kernel reaches an object that may differ between processes although its name does not."""


def digest_of(function: FunctionType, flags: dict[str, Any]) -> str:
    """Digest (32 hexadecimal digits) of a kernel with these compile flags; raises NoIdentityError."""
    walk = _Walk()
    walk.kernel(function, flags)
    return walk.found.hexdigest()[:32]


class _Walk:
    """A depth-first walk; of an object met again it notes only where it was first met."""

    def __init__(self) -> None:
        self.found = hashlib.sha256()
        self.met: dict[int, tuple[int, object]] = {}  # keeps the object alive, or another could get its id

    def note(self, *parts: object) -> None:
        self.found.update(f"{parts!r}\n".encode())

    def kernel(self, function: FunctionType, flags: dict[str, Any]) -> None:
        if id(function) in self.met:
            self.note("met", self.met[id(function)][0])
            return
        self.met[id(function)] = len(self.met), function
        self.note("kernel", function.__module__, _sorted(flags))
        self.value(function.__defaults__)
        self.value(tuple(sorted((function.__kwdefaults__ or {}).items())))
        self.code(function.__code__, function.__globals__)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            self.note("cell", name)
            self.value(cell.cell_contents, function.__code__.co_names)

    def code(self, code: CodeType, available: dict[str, Any]) -> None:
        self.note("code", *(getattr(code, name) for name in _SHAPING))
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self.code(constant, available)
            else:
                self.note(constant)
        # co_names includes attributes, which may coincide with globals: that notes more than needed, never less.
        for name in code.co_names:
            if name in available:
                self.note("global", name)
                self.value(available[name], code.co_names)

    def value(self, value: Any, names: tuple[str, ...] = ()) -> None:
        """Note the value of a name; ``names`` are the attributes that its user may read from a module."""
        if isinstance(value, enum.Enum):
            self.note("member", value.name)
            self.value(type(value))
        elif isinstance(value, _PLAIN):
            self.note(type(value).__name__, value)
        elif isinstance(value, tuple):
            self.note("tuple", len(value))
            if type(value) is not tuple:
                self.value(type(value))
            for item in value:
                self.value(item)
        elif isinstance(value, np.ndarray) and not value.dtype.hasobject:
            flags = value.flags
            self.note("array", value.dtype, value.shape, flags.c_contiguous, flags.f_contiguous, value.tobytes())
        elif isinstance(value, Dispatcher):
            self.kernel(value.py_func, value.targetoptions)
        elif isinstance(value, ModuleType):
            self.module(value, names)
        elif isinstance(value, type) and issubclass(value, tuple | enum.Enum):
            self.record(value)
        else:
            self.named(value)

    def record(self, kind: Any) -> None:
        """Note a class of named tuples or an enumeration, which has no code of its own in a kernel."""
        if issubclass(kind, enum.Enum):
            self.note("enumeration", kind.__name__, [(member.name, member.value) for member in kind])
        else:
            self.note("fields", kind.__name__, getattr(kind, "_fields", None))
            self.value(tuple(getattr(kind, "_field_defaults", {}).items()))

    def module(self, module: ModuleType, names: tuple[str, ...]) -> None:
        self.note("module", module.__name__)
        if _is_known(module.__name__):
            return
        if hasattr(module, "__getattr__"):
            raise NoIdentityError(f"module {module.__name__} makes its attributes on demand")
        for name in names:
            if name in vars(module):
                value = vars(module)[name]
                if isinstance(value, ModuleType) and not _is_known(value.__name__):
                    raise NoIdentityError(f"module {value.__name__} is reached through {module.__name__}")
                self.note("attribute", name)
                self.value(value, names)

    def named(self, value: Any) -> None:
        # An instance inherits __module__ from its class, unless it has its own, as intrinsics do.
        own = isinstance(value, type | FunctionType | BuiltinFunctionType)
        own = own or "__module__" in getattr(value, "__dict__", {})
        module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        if not own or module is None or not _is_known(module) or name is None or "<" in name:
            raise NoIdentityError(f"{value!r} is not known by its name")
        self.note("named", module, name)


def _is_known(module: str) -> bool:
    return module.partition(".")[0] in _KNOWN or module == __package__ or module.startswith(f"{__package__}.")


def _sorted(flags: dict[str, Any]) -> list[tuple[str, object]]:
    return sorted((name, sorted(flag) if isinstance(flag, set) else flag) for name, flag in flags.items())
