"""Asking the processor for memory ahead of its use: a hint, which changes no result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba.np.arrayobj
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic


def _prefetch(typing_context: Any, array: Any, index: Any) -> tuple[Any, Any]:
    """A call of LLVM's ``llvm.prefetch``, for reading, to be kept in all levels of the cache."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        arrays: Any = numba.np.arrayobj
        module: Any = cgutils
        view = arrays.make_array(signature.args[0])(context, builder, arguments[0])
        pointer = builder.gep(view.data, [arguments[1]])
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        hint = module.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(hint, [builder.bitcast(pointer, byte), word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


_declared: Any = intrinsic(_prefetch)  # whose type speaks of compile time
prefetch: Callable[[Any, Any], None] = _declared
"""``prefetch(array, index)`` in a kernel asks for the cache line of ``array[index]``, a flat array; the index may be
any, and is not checked."""
