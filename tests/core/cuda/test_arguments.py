"""The layout of arguments on a device."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from physent.core.cuda.arguments import Arguments, words_of


def on_device(array: Any, address: int = 4096) -> Any:
    """What an array on the device shows of itself."""
    strides = None if array.flags.c_contiguous else array.strides
    interface = {"shape": array.shape, "typestr": array.dtype.str, "strides": strides, "data": (address, False)}
    return SimpleNamespace(size=array.size, __cuda_array_interface__=interface)


def test_an_array_is_null_null_size_itemsize_address_shape_strides() -> None:
    """As compiled kernels expect it."""
    for array in (np.zeros((2, 3, 5)), np.zeros((4, 0), np.int32), np.zeros(7, np.complex128)):
        (dtype, axes), words = words_of(on_device(array, 64))
        assert (dtype, axes) == (array.dtype.str, array.ndim)
        steps = [array.itemsize * int(np.prod(array.shape[k + 1 :])) for k in range(array.ndim)]
        assert words == (0, 0, array.size, array.itemsize, 64, *array.shape, *steps)


def test_numbers_keep_their_bits() -> None:
    """Negative and unsigned integers, and floats."""
    room = Arguments("void(int64, float64, uint64, int32[:, ::1])")
    room.pack((-3, 0.1, 2**64 - 1, on_device(np.zeros((2, 3), np.int32))))
    found = np.array(room.packed(), np.int64)
    assert found[0] == -3
    assert found[1:2].view(np.float64)[0] == 0.1
    assert found[2:3].view(np.uint64)[0] == 2**64 - 1
    assert [*found[3:]] == [0, 0, 6, 4, 4096, 2, 3, 12, 4]


def test_what_has_changed_is_packed_anew() -> None:
    """Numbers, and arrays of the same shape elsewhere."""
    one, other = (on_device(np.zeros(3), address) for address in (64, 128))
    room = Arguments("void(float64[::1], int64, float64)")
    for given in ((one, 1000, 0.5), (one, 1001, 0.5), (other, 1001, 1.5), (one, 1000, 0.5)):
        room.pack(given)
        fresh = Arguments("void(float64[::1], int64, float64)")
        fresh.pack(given)
        assert room.packed() == fresh.packed()
        assert room.packed()[4] == given[0].__cuda_array_interface__["data"][0]
        assert room.packed()[7] == given[1]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (np.zeros((2, 3)).T, "not in C order"),
        (np.zeros((2, 3), np.float32), "argument 0 is an array of <f4 with 2 axes"),
        (np.zeros(3), "with 1 axes"),
    ],
)
def test_other_arrays_are_refused(wrong: Any, told: str) -> None:
    """Rather than read as what they are not."""
    with pytest.raises(TypeError, match=told):
        Arguments("void(float64[:, ::1])").pack((on_device(wrong),))


def test_other_types_are_refused() -> None:
    """Of which the layout is not known."""
    with pytest.raises(TypeError, match="bool"):
        Arguments("void(boolean)")
