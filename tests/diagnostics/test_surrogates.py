"""Surrogates keep what they promise, are fixed by seed and number, and give p-values that are uniform."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from physent import diagnostics as D
from physent.core.random import Purpose, stream_key, uniforms
from physent.diagnostics.null_series import Kind
from physent.errors import PhysentWarning, UsageError

KINDS: tuple[Kind, ...] = ("shift", "shuffle", "phase", "iaaft")


def noisy(seed: int, n: int = 200) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n).cumsum()


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.integers(0, 2**64 - 1), st.integers(30, 200), st.sampled_from(KINDS), st.integers(-300, 300))
def test_what_is_kept(seed: int, n: int, kind: Kind, power: int) -> None:
    x = noisy(seed % 1000, n)
    found = D.surrogates(x, 5, kind=kind, seed=seed)
    assert found.shape == (5, n)
    for one in found:
        if kind == "phase":
            np.testing.assert_allclose(np.abs(np.fft.rfft(one)), np.abs(np.fft.rfft(x)), rtol=1e-9, atol=1e-9)
        else:
            np.testing.assert_array_equal(np.sort(one), np.sort(x))
        if kind == "shift":
            assert any(np.array_equal(np.roll(x, shift), one) for shift in range(n // 20, n - n // 20 + 1))
        assert not np.array_equal(one, x)
    assert len({one.tobytes() for one in found}) == 5
    np.testing.assert_array_equal(D.surrogates(np.ldexp(x, power), 5, kind=kind, seed=seed), np.ldexp(found, power))


@pytest.mark.parametrize("kind", KINDS)
def test_a_surrogate_is_fixed_by_seed_and_index_and_rows_move_alike(kind: Kind) -> None:
    x = np.stack([noisy(1), noisy(2)])
    few, many = D.surrogates(x, 3, kind=kind, seed=7), D.surrogates(x, 20, kind=kind, seed=7)
    np.testing.assert_array_equal(few, many[:, :3])
    if kind == "iaaft":  # the rows' phases turn by one angle, which depends on all of them
        return
    np.testing.assert_array_equal(few[1], D.surrogates(x[1], 3, kind=kind, seed=7))
    assert not np.array_equal(few, D.surrogates(x, 3, kind=kind, seed=8))
    # what rows have in common stays: their cross spectrum
    cross = np.conj(np.fft.rfft(x[0])) * np.fft.rfft(x[1])
    kept = np.conj(np.fft.rfft(few[0, 0])) * np.fft.rfft(few[1, 0])
    if kind != "shuffle":
        np.testing.assert_allclose(kept, cross, atol=1e-9 * np.abs(cross).max())


def ar(seed: int, n: int) -> Any:
    """A stationary Gaussian series of coefficient 0.7."""
    return lfilter([1], [1, -0.7], np.random.default_rng(seed).normal(size=n + 100))[100:]


def missed(one: Any, x: Any) -> float:
    """How far amplitudes are from those of a series, over their root mean square."""
    have, want = np.abs(np.fft.rfft(one))[1:], np.abs(np.fft.rfft(x))[1:]
    return float(np.sqrt(((have - want) ** 2).mean() / (want**2).mean()))


def test_iaaft_is_that_of_its_authors() -> None:
    """Phases and ranks in turn, from the shuffle of the same stream (Schreiber and Schmitz 1996, steps i to iv)."""
    x = np.exp(0.5 * ar(3, 128))
    (found,) = D.surrogates(x, 1, kind="iaaft", seed=5)
    (current,) = D.surrogates(x, 1, kind="shuffle", seed=5)
    for _ in range(300):
        phases = np.angle(np.fft.rfft(current))
        wanted = np.fft.irfft(np.abs(np.fft.rfft(x)) * np.exp(1j * phases), len(x))
        after = np.sort(x)[np.argsort(np.argsort(wanted))]
        if (after == current).all():
            break
        current = after
    np.testing.assert_array_equal(found, current)


def test_iaaft_comes_as_close_to_the_spectrum_as_is_said() -> None:
    for n, bound in ((256, 0.03), (16384, 0.001)):
        x = ar(2, n)
        assert missed(D.surrogates(x, 1, kind="iaaft")[0], x) < bound < missed(D.surrogates(x, 1, kind="shuffle")[0], x)
    with pytest.warns(PhysentWarning, match="miss those of the series by [12][0-9]% on average"):
        D.surrogates(np.exp(ar(1, 256)), 5, kind="iaaft")


def test_rows_of_iaaft_keep_their_relation() -> None:
    x = ar(4, 1024)
    one, two = D.surrogates(np.stack([x, np.roll(x, 7)]), 2, kind="iaaft")[:, 1]
    assert np.corrcoef(np.roll(one, 7), two)[0, 1] > 0.999
    assert abs(np.corrcoef(one, x)[0, 1]) < 0.3


def asymmetry(x: Any) -> Any:
    """0 on average for a series that looks the same in reversed time."""
    return np.mean((x[1:] - x[:-1]) ** 3)


@pytest.mark.filterwarnings("ignore:.*so far from Gaussian")
def test_iaaft_tests_for_a_monotonic_function_of_a_gaussian_series() -> None:
    """Its p is uniform to 4 standard errors of a chi-square, and least for the logistic map."""
    series = [np.exp(0.4 * ar(100 + i, 256)) for i in range(120)]
    options: dict[str, Any] = {"number": 19, "kind": "iaaft", "side": "both"}
    p = [D.surrogate_test(asymmetry, x, seed=i, **options).p_value for i, x in enumerate(series)]
    counts = np.histogram(p, 4, (0.0, 1.0001))[0]
    assert ((counts - 30) ** 2 / 30).sum() < 3 + 4 * np.sqrt(6)
    x = [0.3]
    for _ in range(500):
        x.append(3.9 * x[-1] * (1 - x[-1]))
    found = D.surrogate_test(asymmetry, np.array(x), **options)
    assert found.p_value == 2 / 20
    assert re.fullmatch(r"SurrogateTest\(value=.*p_value=0\.1 \+- .*, 19 surrogates\)", repr(found))
    with pytest.raises(UsageError, match=r"in_base: value: found a SurrogateTest, .* such as \.effect"):
        D.in_base(found)


def test_a_shuffle_is_that_of_the_stream() -> None:
    """Numbers of the stream (seed, surrogate, 0) at step i, draw 1, in pairs."""
    key = stream_key(5, Purpose.SURROGATE, 0)
    order = np.argsort(np.ravel([uniforms(key, 2, pair, 1) for pair in range(10)]))
    x = np.arange(20.0)
    np.testing.assert_array_equal(D.surrogates(x, 3, kind="shuffle", seed=5)[2], x[order])


def mean_product(x: Any, y: Any) -> Any:
    return np.mean(x * y)


@pytest.mark.parametrize("kind", KINDS)
def test_p_values_of_independent_series_are_uniform(kind: Kind) -> None:
    """Each of 1/20, ..., 20/20 once in twenty: 4 standard errors of a chi-square with 19 degrees of freedom."""
    rng = np.random.default_rng(3)
    p = [
        D.surrogate_test(mean_product, *rng.normal(size=(2, 120)), number=19, kind=kind, seed=i).p_value
        for i in range(400)
    ]
    counts = np.bincount(np.rint(20 * np.array(p)).astype(int), minlength=21)[1:]
    assert ((counts - 20) ** 2 / 20).sum() < 19 + 4 * np.sqrt(2 * 19)


def test_the_parts_of_a_test_are_those_of_their_definition() -> None:
    x, y = noisy(4), noisy(5)
    null = np.array([np.mean(one * y) for one in D.surrogates(x, 19, kind="shift", least=30, seed=2)])
    value = float(np.mean(x * y))
    for side, p in {
        "greater": (1 + (null >= value).sum()) / 20,
        "less": (1 + (null <= value).sum()) / 20,
        "both": 2 * (1 + min((null >= value).sum(), (null <= value).sum())) / 20,
    }.items():
        found = D.surrogate_test(mean_product, x, y, number=19, least=30, seed=2, side=side)  # type: ignore[arg-type]
        np.testing.assert_allclose(found.surrogates, null, rtol=1e-13)
        assert found.p_value == pytest.approx(p)
        assert found.p_error == pytest.approx(np.sqrt(p * (1 - p) / 20))
        assert found.effect == pytest.approx(value - null.mean())
        assert found.effect_error == pytest.approx(null.std(ddof=1) * np.sqrt(20 / 19))


def test_transfer_entropy_is_told_from_its_bias() -> None:
    """Independent bits have T = 1/n by chance, which the effect is free of; a copy is found."""
    rng = np.random.default_rng(6)
    x, y = rng.integers(0, 2, size=(2, 500))
    chance = D.surrogate_test(lambda a, b: D.transfer_entropy(a.astype(int), b), x, y, number=199)
    assert abs(chance.effect) < 4 * chance.effect_error
    assert chance.surrogates.mean() == pytest.approx(1 / 500, rel=0.3)
    copy = D.surrogate_test(lambda a, b: D.transfer_entropy(a.astype(int), b), x, np.roll(x, 1), number=199)
    assert copy.p_value == 1 / 200
    assert copy.effect == pytest.approx(np.log(2), abs=0.01)


def test_labels_keep_their_times() -> None:
    x = xr.DataArray(noisy(7), dims="time", coords={"time": 0.5 * np.arange(200)})
    found = D.surrogates(x.expand_dims(replica=[4, 5]), 6)
    assert found.dims == ("replica", "surrogate", "time")
    assert float(found.time[3]) == 1.5
    np.testing.assert_array_equal(found[1], D.surrogates(x.values, 6))
    y = x.assign_coords(time=x.time + 50.0)
    with pytest.warns(D.PhysentWarning, match="paired by time: 100 values in common"):
        D.surrogate_test(mean_product, x, y, number=9)


def test_refusals() -> None:
    x = noisy(8)
    with pytest.raises(UsageError, match="200 samples have 3 shifts of at least 99, found number = 4"):
        D.surrogates(x, 4, least=99)
    with pytest.raises(UsageError, match=r"gave an array of shape \(200,\), expected one number"):
        D.surrogate_test(np.square, x)
    with pytest.raises(UsageError, match="kind: found text 'phases'"):
        D.surrogates(x, kind="phases")  # type: ignore[arg-type]
