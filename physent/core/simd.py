"""Eight doubles at a time in compiled kernels, where the compiler's own vectorisation falls short.

A value of type ``Lanes`` is an LLVM vector of eight doubles: +, -, * act on each, also with a plain float, and a
product may be fused with the sum it enters, as in `njit_fast`. Machines with shorter registers use several; results
on one machine do not depend on addresses. Indices are not checked. Make views of arrays before a loop, not inside: each
costs an atomic change of a reference count.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, models, overload, register_model

from physent.core.jit import njit_inline

WIDTH = 8
_ALIGNMENT = 64  # bytes of a cache line
_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_FLAGS = ("contract", "nsz")  # fused multiply-add allowed, sign of zero ignored; sums keep their order

Reals = npt.NDArray[np.float64]

if TYPE_CHECKING:

    class Lanes:
        """Eight doubles."""

        def __add__(self, other: Lanes | float) -> Lanes: ...
        def __sub__(self, other: Lanes | float) -> Lanes: ...
        def __mul__(self, other: Lanes | float) -> Lanes: ...
        def __radd__(self, other: float) -> Lanes: ...
        def __rsub__(self, other: float) -> Lanes: ...
        def __rmul__(self, other: float) -> Lanes: ...

    Four = tuple[Lanes, Lanes, Lanes, Lanes]

    def load(array: Reals, index: int) -> Lanes:
        """Elements ``index`` to ``index`` + 7 of a contiguous array (n,)."""

    def store(array: Reals, index: int, value: Lanes) -> None:
        """Set elements ``index`` to ``index`` + 7."""

    def full(value: float) -> Lanes:
        """The same number in every lane."""

    def load_interleaved(array: Reals, index: int) -> Four:
        """Of 32 elements from ``index`` on: elements 0, 4, 8 ..., then 1, 5, 9 ..., and so on."""

    def store_interleaved(array: Reals, index: int, value: Four) -> None:
        """The inverse of `load_interleaved`."""

    def total(value: Lanes) -> float:
        """Sum of the eight lanes, in a fixed order."""

    def any_beyond(value: Lanes, limit: float) -> bool:
        """Whether the modulus of any lane exceeds ``limit`` or is not a number."""

    def act(forces: Reals, first: int | np.int64, second: int | np.int64, given: Reals, index: int) -> None:
        """Add four elements of ``given`` from ``index`` on to those of ``forces`` from ``first`` on, and from
        ``second`` on with the signs -, -, -, +.
        """

    def widen() -> None:
        """Ask LLVM to vectorise the loops of the calling function by eight doubles if the machine has such registers:
        on many of these it prefers four, which is slower if a loop does nothing but arithmetic.
        """

else:

    class _Type(types.Type):
        def __init__(self) -> None:
            super().__init__(name="Lanes")

    Lanes = _Type()
    Four = types.UniTuple(Lanes, 4)

    @register_model(_Type)
    class _Model(models.PrimitiveModel):
        def __init__(self, manager: Any, declared: Any) -> None:
            super().__init__(manager, declared, _VECTOR)

    def _pointer(context, builder, kind, array, index, ahead=0):
        data = context.make_array(kind)(context, builder, array).data
        if ahead:
            index = builder.add(index, ir.Constant(index.type, ahead))
        return builder.bitcast(builder.gep(data, [index]), _VECTOR.as_pointer())

    def _shuffle(builder, a, b, lanes):
        return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), lanes))

    def _broadcast(builder, value):
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
        return _shuffle(builder, first, undefined, [0] * WIDTH)

    # Loads and stores promise the alignment of one double only: an index may point anywhere in a row.

    @intrinsic
    def load(typing, array, index):
        def generate(context, builder, signature, arguments):
            return builder.load(_pointer(context, builder, signature.args[0], *arguments), align=8)

        return Lanes(array, types.intp), generate

    @intrinsic
    def store(typing, array, index, value):
        def generate(context, builder, signature, arguments):
            target = _pointer(context, builder, signature.args[0], *arguments[:2])
            builder.store(arguments[2], target, align=8)
            return context.get_dummy_value()

        return types.void(array, types.intp, Lanes), generate

    @intrinsic
    def full(typing, value):
        def generate(context, builder, signature, arguments):
            return _broadcast(builder, arguments[0])

        return Lanes(types.float64), generate

    @intrinsic
    def load_interleaved(typing, array, index):
        def generate(context, builder, signature, arguments):
            kind = signature.args[0]
            rows = [
                builder.load(_pointer(context, builder, kind, *arguments, WIDTH * row), align=8) for row in range(4)
            ]
            # Taking every second element twice takes every fourth.
            even, odd = list(range(0, 16, 2)), list(range(1, 16, 2))
            halves = [[_shuffle(builder, *rows[i : i + 2], lanes) for i in (0, 2)] for lanes in (even, odd)]
            values = [_shuffle(builder, *halves[part % 2], (even, odd)[part // 2]) for part in range(4)]
            return context.make_tuple(builder, signature.return_type, values)

        return Four(array, types.intp), generate

    @intrinsic
    def store_interleaved(typing, array, index, value):
        def generate(context, builder, signature, arguments):
            # Interleaving a with c and b with d, then the results, interleaves all four.
            low, high = [0, 8, 1, 9, 2, 10, 3, 11], [4, 12, 5, 13, 6, 14, 7, 15]
            a, b, c, d = (builder.extract_value(arguments[2], part) for part in range(4))
            rows = []
            for lanes in (low, high):
                ac, bd = _shuffle(builder, a, c, lanes), _shuffle(builder, b, d, lanes)
                rows += [_shuffle(builder, ac, bd, low), _shuffle(builder, ac, bd, high)]
            for row, content in enumerate(rows):
                target = _pointer(context, builder, signature.args[0], *arguments[:2], WIDTH * row)
                builder.store(content, target, align=8)
            return context.get_dummy_value()

        return types.void(array, types.intp, Four), generate

    @intrinsic
    def total(typing, value):
        def generate(context, builder, signature, arguments):
            # A fixed tree: LLVM may not reorder a sum without `reassoc`, so the bits do not depend on the registers.
            parts = [builder.extract_element(arguments[0], ir.Constant(ir.IntType(32), lane)) for lane in range(WIDTH)]
            while len(parts) > 1:
                parts = [builder.fadd(a, b) for a, b in zip(parts[::2], parts[1::2], strict=True)]
            return parts[0]

        return types.float64(Lanes), generate

    @intrinsic
    def any_beyond(typing, value, limit):
        def generate(context, builder, signature, arguments):
            limit = _broadcast(builder, arguments[1])
            # Unordered comparisons are true for NaN.
            above = builder.fcmp_unordered(">", arguments[0], limit)
            beyond = builder.or_(above, builder.fcmp_unordered("<", arguments[0], builder.fneg(limit)))
            bits = builder.bitcast(beyond, ir.IntType(WIDTH))
            return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(WIDTH), 0))

        return types.boolean(Lanes, types.float64), generate

    @intrinsic
    def act(typing, forces, first, second, given, index):
        def generate(context, builder, signature, arguments):
            kinds, (target, i, j, source, k) = signature.args, arguments
            four = ir.VectorType(ir.DoubleType(), 4)

            def place(kind, array, index):
                return builder.bitcast(_pointer(context, builder, kind, array, index), four.as_pointer())

            action = builder.load(place(kinds[3], source, k), align=8)
            reaction = builder.fmul(action, ir.Constant(four, [-1.0, -1.0, -1.0, 1.0]))
            for where, what in ((i, action), (j, reaction)):
                address = place(kinds[0], target, where)
                builder.store(builder.fadd(builder.load(address, align=8), what), address, align=8)
            return context.get_dummy_value()

        return types.void(forces, types.intp, types.intp, given, types.intp), generate

    @intrinsic
    def widen(typing):
        def generate(context, builder, signature, arguments):
            # llvmlite knows this attribute of LLVM only as text.
            set.add(builder.function.attributes, '"prefer-vector-width"="512"')
            return context.get_dummy_value()

        return types.void(), generate

    def _arithmetic(symbol, instruction):
        @intrinsic
        def lanewise(typing, a, b):
            def generate(context, builder, signature, arguments):
                parts = [
                    part if kind == Lanes else _broadcast(builder, part)
                    for part, kind in zip(arguments, signature.args, strict=True)
                ]
                return getattr(builder, instruction)(*parts, flags=_FLAGS)

            kinds = [Lanes if kind == Lanes else types.float64 for kind in (a, b)]
            return Lanes(*kinds), generate

        @overload(symbol)
        def operation(a, b):
            if (a == Lanes and b in (Lanes, types.float64)) or (a == types.float64 and b == Lanes):
                return lambda a, b: lanewise(a, b)
            return None  # not ours: numba tries the next overload

    _arithmetic(operator.add, "fadd")
    _arithmetic(operator.iadd, "fadd")
    _arithmetic(operator.sub, "fsub")
    _arithmetic(operator.mul, "fmul")


@njit_inline
def load_quarters(array: Reals, index: int, distance: int) -> Four:
    """Four times eight elements, ``distance`` apart."""
    return (
        load(array, index),
        load(array, index + distance),
        load(array, index + 2 * distance),
        load(array, index + 3 * distance),
    )


@njit_inline
def store_quarters(array: Reals, index: int, distance: int, value: Four) -> None:
    """The inverse of `load_quarters`."""
    store(array, index, value[0])
    store(array, index + distance, value[1])
    store(array, index + 2 * distance, value[2])
    store(array, index + 3 * distance, value[3])


def aligned(shape: tuple[int, ...]) -> Reals:
    """A new contiguous array that starts at a cache line; its content is undefined."""
    # One cache line more than needed, to skip to the first boundary.
    size = int(np.prod(shape))
    room = np.empty(size + _ALIGNMENT // 8)
    start = -room.ctypes.data // 8 % (_ALIGNMENT // 8)
    return cast(Reals, room[start : start + size].reshape(shape))


@njit_inline
def aligned_rows(rows: int, size: int) -> Reals:
    """As `aligned`, of shape (rows, size), inside a kernel."""
    room = np.empty(rows * size + 8)
    start = (-(room.ctypes.data // 8)) % 8
    return room[start : start + rows * size].reshape(rows, size)
