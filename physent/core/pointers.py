"""Bare pointers to flat arrays, for kernels whose loops consist of single reads and writes.

In a loop that numba cannot analyse, an array costs occasional atomic changes of its reference count, and every
index is tested for its sign. A pointer costs neither, and checks nothing: the caller must keep the array alive and
indices within it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba.np.arrayobj
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_types: Any = types  # numba has no annotations


def _pointer(typing_context: Any, array: Any) -> tuple[Any, Any]:
    """The array's first element."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        arrays: Any = numba.np.arrayobj
        return arrays.make_array(signature.args[0])(context, builder, arguments[0]).data

    return _types.CPointer(array.dtype)(array), generate


def _at(typing_context: Any, base: Any, index: Any) -> tuple[Any, Any]:
    """Address of an element."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.gep(arguments[0], [arguments[1]])

    return base(base, types.int64), generate


def _choose(typing_context: Any, condition: Any, yes: Any, no: Any) -> tuple[Any, Any]:
    """LLVM's ``select``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    return yes(types.boolean, yes, yes), generate


def _prefetch(typing_context: Any, pointer: Any, index: Any) -> tuple[Any, Any]:
    """A call of LLVM's ``llvm.prefetch``: data, for reading, to be kept in all levels of the cache."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        module: Any = cgutils
        hint = module.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        address = builder.bitcast(builder.gep(arguments[0], [arguments[1]]), byte)
        builder.call(hint, [address, word(0), word(3), word(1)])  # 0: for reading, 3: all levels, 1: data
        return context.get_dummy_value()

    return types.void(pointer, types.int64), generate


_declared_pointer: Any = intrinsic(_pointer)  # its own signature is that at compile time
_declared_at: Any = intrinsic(_at)
_declared_choose: Any = intrinsic(_choose)
_declared_prefetch: Any = intrinsic(_prefetch)

pointer: Callable[[Any], Any] = _declared_pointer
"""``pointer(array)`` in a kernel: reads and writes by index, like the flat array itself."""
at: Callable[[Any, Any], Any] = _declared_at
"""``at(pointer, index)``: pointer to an element."""
choose: Callable[[Any, Any, Any], Any] = _declared_choose
"""``choose(condition, a, b)`` is ``a if condition else b`` without a branch, for unpredictable conditions; a and b must
have the same type."""
prefetch: Callable[[Any, Any], None] = _declared_prefetch
"""``prefetch(pointer, index)`` requests the cache line of an element: a hint that changes no result. Any index is
allowed."""
