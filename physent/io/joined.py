"""A complex variable made of its real and imaginary parts when it is read, not before."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing


class _Joined(BackendArray):
    """Array whose elements are ``real + i imag``, bit for bit."""

    def __init__(self, real: xr.Variable, imag: xr.Variable) -> None:
        self.real = real
        self.imag = imag
        self.shape = real.shape
        self.dtype = np.result_type(real.dtype, np.complex64)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._read)

    def _read(self, key: tuple[Any, ...]) -> Any:
        real = self.real[key].values
        whole = np.empty(real.shape, self.dtype)
        whole.real = real
        whole.imag = self.imag[key].values
        return whole


def joined(real: xr.Variable, imag: xr.Variable, name: str) -> xr.Variable:
    """Complex variable ``name`` from two variables of one shape."""
    attrs = {**real.attrs, "long_name": f"{name} = {name}_real + i {name}_imag"}
    return xr.Variable(real.dims, indexing.LazilyIndexedArray(_Joined(real, imag)), attrs)
