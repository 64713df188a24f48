"""Diagnostics that are functions of the caller: called once before the run, to learn the names and shapes they give."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from physent.declare import Variable
from physent.diagnostics.run.declare import Record
from physent.errors import RunError, UsageError, described
from physent.typing import Array

UserFunction = Callable[[Record], Mapping[str, ArrayLike]]
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


class Seen(Mapping[str, Array]):
    """A record as functions see it: a pair NAME_real, NAME_imag is also the complex NAME, made when it is read."""

    def __init__(self, record: Record) -> None:
        self._record = dict(record)
        stems = (name.removesuffix("_real") for name in record if name.endswith("_real"))
        self._complex = [stem for stem in stems if f"{stem}_imag" in record and stem not in record]

    def __getitem__(self, name: str) -> Array:
        if name not in self._record and name in self._complex:
            value = self._record[f"{name}_real"] + 1j * self._record[f"{name}_imag"]
            value.flags.writeable = False
            self._record[name] = value
        return self._record[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._record, *self._complex)))

    def __len__(self) -> int:
        return len(self._record.keys() | set(self._complex))


@dataclass(frozen=True)
class Function:
    """A function of a record that gives named numbers, one in all or one per replica."""

    call: UserFunction
    label: str
    variables: tuple[Variable, ...]

    @classmethod
    def tried(cls, call: Any, record: Record, replicas: int, taken: set[str]) -> Function:
        """Call it once; UsageError if it is not a function of a record, or gives a name that is ``taken``."""
        label = str(getattr(call, "__qualname__", None) or type(call).__qualname__)
        if not callable(call):
            raise UsageError(f"diagnostics: found {call!r:.60}, expected functions of a record")
        try:
            values = _arrays(call(Seen(record)))
        except Exception as error:
            raise UsageError(f"diagnostics: {label} fails on the first record: {described(error)}") from error
        attrs = {"source": f"user function {label}"}
        variables = []
        for name, value in values.items():
            if not NAME.fullmatch(name) or name in taken:
                why = "which is taken" if name in taken else "expected letters, digits and _"
                raise UsageError(f"diagnostics: {label} gives the name {name!r:.80}, {why}")
            if value.shape not in ((), (replicas,)):
                raise UsageError(
                    f"diagnostics: {label} gives {name} of shape {value.shape}, expected () or ({replicas},)"
                )
            dims = ("replica",) if value.shape else ()
            variables.append(Variable(name, f"{name}, by a user function", dims=dims, attrs=attrs, may_be_nan=True))
        return cls(call, label, tuple(variables))

    def __call__(self, record: Record) -> dict[str, Array]:
        """Its values for one record; RunError if it fails or gives other names or shapes than at first."""
        try:
            values = _arrays(self.call(record))
        except Exception as error:
            raise RunError(f"diagnostic function {self.label} fails: {described(error)}") from error
        expected = {variable.name: len(variable.dims) for variable in self.variables}
        if {name: value.ndim for name, value in values.items()} != expected:
            raise RunError(
                f"diagnostic function {self.label} gives {_shown(values)}, gave {', '.join(expected)} before"
            )
        return values


def _arrays(values: Any) -> dict[str, Array]:
    if not isinstance(values, Mapping):
        raise TypeError(f"it returns {type(values).__name__}, expected a mapping of names to numbers or arrays")
    return {str(name): np.array(value, dtype=np.float64) for name, value in values.items()}


def _shown(values: Mapping[str, Array]) -> str:
    return ", ".join(f"{name} {value.shape}" for name, value in values.items()) or "nothing"
