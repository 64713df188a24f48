"""Instructions of the device that numba has no function for; `packed` says what each does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import cuda
from numba.cuda import types
from numba.cuda.extending import intrinsic
from numba.cuda.np import arrayobj

from physent.core.cuda.launch import device_function

_types: Any = types
_word, _count = _types.uint32, _types.int32

_PUSH = """{ .reg .pred p, q; .reg .s32 d; .reg .u32 s, a;
    sub.s32 d, $5, $6;
    dp4a.s32.s32 d, d, d, 0;
    setp.gt.s32 q, $8, $4;
    setp.le.and.s32 p, d, $7, q;
    add.u32 s, $3, $4;
    and.b32 a, $2, $9;
    add.u32 a, a, $1;
    @p st.shared.u32 [a], s;
    mov.u32 $0, $2;
    @p add.u32 $0, $2, 128; }"""


def _data(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    arrays: Any = arrayobj
    return arrays.make_array(kind)(context, builder, array).data


def _pair(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    data = _data(context, builder, kind, array)
    pair = ir.VectorType(ir.DoubleType(), 2)
    return builder.bitcast(builder.gep(data, [at]), pair.as_pointer())


def _two_at(typing_context: Any, array: Any, at: Any) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        both = builder.load(_pair(context, builder, signature.args[0], *arguments), align=16)
        numbers = [builder.extract_element(both, ir.IntType(32)(k)) for k in (0, 1)]
        return context.make_tuple(builder, signature.return_type, numbers)

    return _types.UniTuple(_types.float64, 2)(array, _types.uint64), generate


def _put_two(typing_context: Any, array: Any, at: Any, one: Any, two: Any) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        both = ir.VectorType(ir.DoubleType(), 2)(ir.Undefined)
        for k in (0, 1):
            both = builder.insert_element(both, arguments[2 + k], ir.IntType(32)(k))
        builder.store(both, _pair(context, builder, signature.args[0], *arguments[:2]), align=16)
        return context.get_dummy_value()

    return _types.void(array, _types.uint64, _types.float64, _types.float64), generate


def _address(typing_context: Any, words: Any, index: Any) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = _data(context, builder, signature.args[0], arguments[0])
        element = builder.ptrtoint(builder.gep(data, [arguments[1]]), ir.IntType(64))
        return _assemble(builder, "{ .reg .u64 t; cvta.to.shared.u64 t, $1; cvt.u32.u64 $0, t; }", "l", [element])

    return _word(words, _types.uint64), generate


def _word_at(typing_context: Any, words: Any, at: Any) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _assemble(builder, "ld.shared.u32 $0, [$1];", "r", arguments[1:])

    return _word(words, _word), generate


def _nought(typing_context: Any) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.DoubleType(), [])
        return builder.call(ir.InlineAsm(kind, "mov.f64 $0, 0d0000000000000000;", "=d", side_effect=True), [])

    return _types.float64(), generate


def _push(
    typing_context: Any,
    words: Any,
    base: Any,
    at: Any,
    slot: Any,
    k: Any,
    one: Any,
    other: Any,
    limit: Any,
    left: Any,
    mask: Any,
) -> tuple[Any, Any]:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _assemble(builder, _PUSH, "r,r,r,r,r,r,r,r,r", arguments[1:])

    return _word(words, _word, _word, _word, _word, _word, _word, _count, _count, _word), generate


def _assemble(builder: Any, text: str, kinds: str, arguments: Any) -> Any:
    kind = ir.FunctionType(ir.IntType(32), [one.type for one in arguments])
    return builder.call(ir.InlineAsm(kind, text, f"=r,{kinds},~{{memory}}", side_effect=True), arguments)


_declared: Any = intrinsic  # the signature of what it makes is that at compile time

two_at: Callable[..., Any] = _declared(_two_at)
put_two: Callable[..., Any] = _declared(_put_two)
address: Callable[..., Any] = _declared(_address)
word_at: Callable[..., Any] = _declared(_word_at)
push: Callable[..., Any] = _declared(_push)
nought: Callable[..., Any] = _declared(_nought)


@device_function
def any_lane(flag):  # type: ignore[no-untyped-def]
    """Whether the flag of any thread of the warp is set: all of them must ask."""
    return cuda.any_sync(0xFFFFFFFF, flag)
