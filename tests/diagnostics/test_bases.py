"""Values in bits: of numbers, estimates, and labelled results, and what has no base."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from inspect import signature
from typing import Any

import numpy as np
import pytest
import xarray as xr

import physent
from physent import diagnostics as D
from physent.diagnostics.run.kinds import KINDS
from physent.diagnostics.run.measure import function_of
from physent.diagnostics.units import logarithms
from physent.diagnostics.warn import CALL, Call
from physent.errors import UsageError
from tests.diagnostics.faces import FUNCTIONS
from tests.diagnostics.run.calls import CALLS

LN = np.log(2.0)
CHANGED = ("value", "standard_error")
IN_NATS = sorted(name for name in FUNCTIONS if "base" in signature(getattr(D, name)).parameters and name != "in_base")


def parts(found: Any) -> dict[str, Any]:
    """Numbers of a result by name."""
    if is_dataclass(found) and not isinstance(found, type):
        return {
            one.name: getattr(found, one.name) for one in fields(found) if not isinstance(getattr(found, one.name), str)
        }
    return {"value": found}


def in_nats(name: str) -> dict[str, Any]:
    """A call of a function, not normalised."""
    return FUNCTIONS[name] | ({"normalize": False} if "normalize" in FUNCTIONS[name] else {})


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
@pytest.mark.parametrize("name", IN_NATS)
def test_base_2_is_nats_over_ln_2(name: str) -> None:
    """Exactly: values and errors, and nothing else."""
    function = getattr(D, name)
    assert signature(function).parameters["base"].default is None
    nats, bits = parts(function(**in_nats(name))), parts(function(**in_nats(name) | {"base": 2}))
    assert nats.keys() == bits.keys()
    for key, value in nats.items():
        np.testing.assert_array_equal(bits[key], value / LN if key in CHANGED else value)
    with pytest.raises(UsageError, match=f"{name}: base = 1.0, expected a finite number > 1"):
        function(**in_nats(name) | {"base": 1.0})


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
def test_all_functions_in_nats_take_a_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that say nats, of themselves or in attributes."""
    saying = set()

    class Noted(Call):
        def __init__(self, *, inside: bool = False) -> None:
            super().__init__(inside=inside)
            calls.append(self)

    calls: list[Call] = []
    monkeypatch.setattr("physent.diagnostics.gate.Call", Noted)
    for name in FUNCTIONS:
        calls.clear()
        found = getattr(D, name)(**in_nats(name))
        said = getattr(found, "base", "") if is_dataclass(found) else ""
        if said == "nats" or (calls and calls[0].attrs.get("base") == "nats"):
            saying.add(name)
    assert CALL.get() is None
    assert saying == set(IN_NATS)


@pytest.mark.filterwarnings("ignore::physent.errors.PhysentWarning")
@pytest.mark.parametrize("name", sorted(CALLS))
def test_base_2_of_kinds(name: str) -> None:
    """Variables in nats and their errors; a kind without any takes no base."""
    data, options = CALLS[name]
    arrays = {key: xr.DataArray(value, dims=dims) for key, (dims, value) in data.items()}
    nats = function_of(name)(**arrays, **options)
    changed = logarithms({one: array.attrs for one, array in nats.data_vars.items()})
    assert bool(changed) == KINDS[name].in_nats == ("base" in signature(function_of(name)).parameters)
    if not changed:
        return
    bits = function_of(name)(**arrays, **options, base=2)
    assert bits.equals(D.in_base(nats))
    for one, array in nats.data_vars.items():
        np.testing.assert_array_equal(bits[one], array / LN if one in changed else array)
        assert bits[one].attrs.get("base") in (
            {"bits"} if one in changed and not one.endswith("_se") else {None, "1", "nats"}
        )
    plain = function_of(name)(**{key: value for key, (_, value) in data.items()}, **options, base=2)
    for one, array in bits.data_vars.items():
        np.testing.assert_array_equal(plain[one], array)


def test_a_run_in_bits() -> None:
    run = physent.run("nlse/two_solitons", set={"schedule.until": 0.5})
    bits = D.in_base(run)
    assert bits.entropy_shannon_x.attrs["base"] == "bits"
    np.testing.assert_array_equal(bits.entropy_shannon_x, run.entropy_shannon_x / LN)
    np.testing.assert_array_equal(bits.energy, run.energy)
    with pytest.raises(UsageError, match="in_base: found a value in an unknown base"):
        D.in_base(run[["energy"]])


def test_what_has_no_base_takes_none() -> None:
    x = np.random.default_rng(1).normal(size=300)
    with pytest.raises(UsageError, match="permutation_entropy: found a value in 1, expected nats"):
        D.permutation_entropy(x, 3, normalize=True, base=2)
    with pytest.raises(UsageError, match="entropy: tsallis_2 is no logarithm"):
        D.entropy([20, 30], D.Tsallis(2.0), base=2)
    with pytest.raises(UsageError, match="outcome_entropy: found base = 2 for values that are no logarithms"):
        D.outcome_entropy(x[None, None], space={"levels": {"edges": [0.0]}}, measure="tsallis_2", base=2)
    labelled = D.permutation_entropy(xr.DataArray(x, dims="time"), 3, base=2)
    assert labelled.attrs["base"] == "bits"


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
