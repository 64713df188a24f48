"""Values in bits: of numbers, estimates, and labelled results, and what has no base."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from physent import diagnostics as D
from physent.errors import UsageError


def test_numbers_and_estimates() -> None:
    assert D.in_base(np.log(8)) == pytest.approx(3, rel=1e-15)
    np.testing.assert_allclose(D.in_base([np.log(10), np.log(100)], 10), [1, 2], rtol=1e-15)
    found = D.in_base(D.entropy(D.weigh(np.ones(16))))
    assert (found.base, found.value, found.size) == ("bits", pytest.approx(4, rel=1e-15), 16)
    nats = D.entropy([200, 300, 500])
    assert D.in_base(nats).standard_error == pytest.approx(nats.standard_error / np.log(2))
    assert D.in_base(nats, 3).base == "ln 3"


def test_labelled_results_say_their_base() -> None:
    x = xr.DataArray(np.random.default_rng(1).normal(size=(2000, 2)), dims=("time", "replica"))
    h = D.permutation_entropy(x, 3)
    bits = D.in_base(h)
    assert (bits.dims, bits.attrs["base"], h.attrs["base"]) == (("replica",), "bits", "nats")
    np.testing.assert_allclose(bits, h / np.log(2), rtol=1e-15)
    whole = D.entropy(D.count(x, D.Ordinal(3), dim="time"), "renyi_2")
    found = D.in_base(whole, 10)
    assert (found.attrs["base"], found.value.attrs["base"]) == ("hartleys", "hartleys")
    np.testing.assert_allclose(found.standard_error, whole.standard_error / np.log(10), rtol=1e-14)
    np.testing.assert_array_equal(found.N, whole.N)


def test_what_has_no_base_is_refused() -> None:
    counts = np.array([200, 300, 500])
    with pytest.raises(UsageError, match="found a value in 1, expected nats"):
        D.in_base(D.normalized(D.entropy(counts)))
    with pytest.raises(UsageError, match="found a value in bits, expected nats"):
        D.in_base(D.in_base(D.entropy(counts)))
    with pytest.raises(UsageError, match="tsallis_2 is no logarithm"):
        D.in_base(D.entropy(counts, D.Tsallis(2.0)))
    with pytest.raises(UsageError, match="found a value in an unknown base"):
        D.in_base(xr.DataArray(1.0))
    with pytest.raises(UsageError, match=r"base = 1\.0, expected a finite number > 1"):
        D.in_base(1.0, 1.0)
