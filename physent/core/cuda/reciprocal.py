"""Reciprocals of positive, normal doubles within 2 ulp, from the device's approximations to about twenty bits.

With the remainder e = 1 - a y of an approximation y, 1/a = y (1 + e + e^2) + O(e^3), and with e = 1 - a y^2,
1/sqrt(a) = y (1 + e/2 + 3 e^2/8) + O(e^3), whose cube is y^3 (1 + 3 e/2 + 15 e^2/8) + O(e^3): below 1e-17. That is half
the work of a division.
"""

from __future__ import annotations

import math
from typing import Any

from physent.core.cuda.launch import SIMULATED, device_function

if SIMULATED:

    @device_function
    def _rough(a: float) -> float:
        return 1.0 / a

    @device_function
    def _rough_root(a: float) -> float:
        return 1.0 / math.sqrt(a) if a > 0.0 else 0.0

else:
    from llvmlite import ir
    from numba.core import types
    from numba.cuda.extending import intrinsic

    def _instruction(name: str) -> Any:
        def typing(context: Any, a: Any) -> Any:
            def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
                double = ir.DoubleType()
                return builder.asm(ir.FunctionType(double, [double]), f"{name} $0, $1;", "=d,d", arguments, False)

            return types.float64(types.float64), lower

        return intrinsic(typing)

    _rough, _rough_root = _instruction("rcp.approx.ftz.f64"), _instruction("rsqrt.approx.ftz.f64")


@device_function
def reciprocal(a: float) -> Any:
    """1/a."""
    y = _rough(a)
    e = 1.0 - a * y
    return y + y * (e + e * e)


@device_function
def reciprocal_root(a: float) -> Any:
    """1/sqrt(a); of 0 anything: a card gives no number, the simulator 0."""
    y = _rough_root(a)
    e = 1.0 - (a * y) * y
    return y + y * (e * (0.5 + 0.375 * e))


@device_function
def reciprocal_cube(a: float) -> Any:
    """a^(-3/2), within 4 ulp."""
    y = _rough_root(a)
    square = y * y
    e = 1.0 - a * square
    cube = square * y
    return cube + cube * (e * (1.5 + 1.875 * e))
