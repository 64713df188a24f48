"""NumPy functions of scalars that numba's CUDA target does not know, so that one source serves both devices.

Each is the function of the same name in libdevice; square root, rounding and modulus are exact there, as on the CPU.
"""

from __future__ import annotations

from typing import Any

import numpy as np

LIBDEVICE = {
    np.absolute: "fabs",
    np.cbrt: "cbrt",
    np.ceil: "ceil",
    np.exp: "exp",
    np.expm1: "expm1",
    np.floor: "floor",
    np.log1p: "log1p",
    np.rint: "rint",
    np.sqrt: "sqrt",
    np.trunc: "trunc",
}


def register() -> None:
    """Make the functions of `LIBDEVICE` known to the CUDA target, for float64, if they are not yet."""
    from numba.cuda import ufuncs

    table = ufuncs.ufunc_db()
    for function, routine in LIBDEVICE.items():
        table.setdefault(function, {}).setdefault("d->d", _call(f"__nv_{routine}"))


def _call(routine: str) -> Any:
    from llvmlite import ir
    from numba.cuda import cgutils

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.DoubleType(), [ir.DoubleType()])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, routine), arguments)

    return lower
