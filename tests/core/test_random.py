"""Philox against published answers and a plain twin; streams against statistics."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from physent.core.jit import njit
from physent.core.random import (
    Purpose,
    block,
    fill_normals,
    fill_uniforms,
    normal_pair,
    normals,
    stream_key,
    stream_keys,
    uniform_array,
    uniforms,
)

COUNT = 200_000
KEY_OF_SEED_1 = 0xFD9E15C323086DE5
UNIFORMS_OF_SEED_1 = [0.25592963403256974, 0.022470532657530407, 0.009502789082668328]
WORDS = st.integers(0, 2**32 - 1)


def philox(key: tuple[int, int], counter: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Philox4x32-10 in Python integers, written from the definition (Salmon et al. 2011, section 3.3)."""
    left_1, right_1, left_0, right_0 = counter[2], counter[3], counter[0], counter[1]
    for round_ in range(10):
        k0 = (key[0] + round_ * 0x9E3779B9) % 2**32
        k1 = (key[1] + round_ * 0xBB67AE85) % 2**32
        high_0, low_0 = divmod(left_0 * 0xD2511F53, 2**32)
        high_1, low_1 = divmod(left_1 * 0xCD9E8D57, 2**32)
        left_0, right_0, left_1, right_1 = high_1 ^ right_0 ^ k0, low_1, high_0 ^ right_1 ^ k1, low_0
    return left_0, right_0, left_1, right_1


def compiled(key: tuple[int, int], counter: tuple[int, int, int, int]) -> tuple[int, ...]:
    words = (np.uint64(word) for word in counter)
    return tuple(int(word) for word in block(np.uint64(key[0] | key[1] << 32), *words))


def correlation(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    return float(np.mean((a - a.mean()) * (b - b.mean())) / (a.std() * b.std()))


# Random123 1.14, tests/kat_vectors, "philox4x32 10".
KNOWN = [
    ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((2**32 - 1,) * 2, (2**32 - 1,) * 4, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0xA4093822, 0x299F31D0),
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("key", "counter", "answer"), KNOWN)
def test_known_answers(
    key: tuple[int, int], counter: tuple[int, int, int, int], answer: tuple[int, int, int, int]
) -> None:
    assert compiled(key, counter) == answer
    assert philox(key, counter) == answer


@given(key=st.tuples(WORDS, WORDS), counter=st.tuples(WORDS, WORDS, WORDS, WORDS))
@settings(deadline=None, derandomize=True)
def test_block_is_its_twin(key: tuple[int, int], counter: tuple[int, int, int, int]) -> None:
    assert compiled(key, counter) == philox(key, counter)


def twin_uniforms(key: int, step: int, index: int, draw: int) -> tuple[float, float]:
    a, b, c, d = philox((key % 2**32, key >> 32), (step % 2**32, (step >> 32) % 2**32, index, draw))
    first, second = (a << 32 | b) >> 12, (c << 32 | d) >> 12
    return (2 * first + 1) / 2**53, (2 * second + 1) / 2**53


@given(key=st.integers(0, 2**64 - 1), step=st.integers(-(2**63), 2**63 - 1), index=WORDS, draw=st.integers(0, 99))
@settings(deadline=None, derandomize=True)
def test_uniforms_and_normals_are_their_twins(key: int, step: int, index: int, draw: int) -> None:
    u0, u1 = twin_uniforms(key, step, index, draw)
    assert uniforms(np.uint64(key), step, index, draw) == (u0, u1)
    assert 0 < u0 < 1
    assert 0 < u1 < 1
    z0, z1 = normal_pair(np.uint64(key), step, index, draw)
    radius = math.sqrt(-2 * math.log(u0))
    # 2 pi u rounds by up to 2^-51 in math.cos's argument.
    assert z0 == pytest.approx(radius * math.cos(2 * math.pi * u1), abs=2e-15 * radius)
    assert z1 == pytest.approx(radius * math.sin(2 * math.pi * u1), abs=2e-15 * radius)


def test_keys_of_replicas_are_those_of_each() -> None:
    for seed in (0, 5, 2**64 - 1):
        each = [stream_key(seed, Purpose.NOISE, replica) for replica in range(4)]
        np.testing.assert_array_equal(stream_keys(seed, Purpose.NOISE, 4), np.array(each))
    assert stream_keys(1, Purpose.NOISE, 0).shape == (0,)
    with pytest.raises(ValueError, match="seed must be"):
        stream_keys(-1, Purpose.NOISE, 2)


def test_stream_key_is_half_a_block_under_the_seed() -> None:
    seed = 0xFEDCBA9876543210
    low, high, _, _ = philox((seed % 2**32, seed >> 32), (7, int(Purpose.NOISE), 0, 0x70687973))
    assert stream_key(seed, Purpose.NOISE, 7) == np.uint64(high << 32 | low)


def test_streams_are_pinned() -> None:
    """Stored results depend on these: a change here is a change of every seeded run."""
    assert [int(p) for p in Purpose] == [1, 2, 3, 4]
    assert int(stream_key(1, Purpose.INITIAL, 0)) == KEY_OF_SEED_1
    assert uniform_array(1, Purpose.INITIAL, 0, 0, 3).tolist() == UNIFORMS_OF_SEED_1


def test_keys_do_not_collide() -> None:
    keys = {
        int(stream_key(seed, purpose, replica))
        for seed, purpose, replica in itertools.product(
            [*range(40), 2**32, 2**33, 2**63, 2**64 - 1], Purpose, range(200)
        )
    }
    assert len(keys) == 44 * 4 * 200


@pytest.mark.parametrize(("seed", "replica"), [(-1, 0), (2**64, 0), (0, -1), (0, 2**32)])
def test_seed_or_replica_out_of_range(seed: int, replica: int) -> None:
    with pytest.raises(ValueError, match="must be in"):
        stream_key(seed, Purpose.NOISE, replica)


@pytest.mark.parametrize("draw_array", [normals, uniform_array])
def test_prefix_property(draw_array: object) -> None:
    assert callable(draw_array)
    whole = draw_array(3, Purpose.NOISE, 1, 17, 101)
    for count in (0, 1, 2, 31, 64, 100):
        assert np.array_equal(draw_array(3, Purpose.NOISE, 1, 17, count), whole[:count])


def test_vectorised_bits_are_those_of_single_calls() -> None:
    key = stream_key(9, Purpose.SAMPLER, 0)
    z, u = np.empty(64), np.empty(64)
    fill_normals(key, -5, 2, z)
    fill_uniforms(key, -5, 2, u)
    assert z.tolist() == [value for i in range(32) for value in normal_pair(key, -5, i, 2)]
    assert u.tolist() == [value for i in range(32) for value in uniforms(key, -5, i, 2)]


@njit
def _typed_calls(key: np.uint64, step: np.int32, index: np.uint32, out: npt.NDArray[np.float64]) -> None:
    out[0], out[1] = uniforms(key, step, index, np.uint8(3))
    out[2], out[3] = uniforms(key, np.int64(step), np.int64(index), 3)


def test_integer_types_of_the_caller_do_not_matter() -> None:
    out = np.empty(4)
    _typed_calls(stream_key(2, Purpose.NOISE, 0), np.int32(-7), np.uint32(2**32 - 1), out)
    assert tuple(out[:2]) == tuple(out[2:])


def test_moments_and_distribution_of_normals() -> None:
    z = normals(11, Purpose.NOISE, 0, 0, COUNT)
    # Var of z^k is E z^2k - (E z^k)^2, and E z^2k = (2k - 1)!!.
    for order, moment, variance in [(1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10170)]:
        assert abs(np.mean(z**order) - moment) < 4.5 * math.sqrt(variance / COUNT)
    assert stats.kstest(z, "norm").pvalue > 1e-4
    radius2 = z[::2] ** 2 + z[1::2] ** 2
    assert stats.kstest(radius2, stats.chi2(2).cdf).pvalue > 1e-4


def test_moments_and_distribution_of_uniforms() -> None:
    u = uniform_array(12, Purpose.INITIAL, 0, 0, COUNT)
    for order in (1, 2, 3):
        variance = 1 / (2 * order + 1) - 1 / (order + 1) ** 2
        assert abs(np.mean(u**order) - 1 / (order + 1)) < 4.5 * math.sqrt(variance / COUNT)
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    counts = np.histogramdd(u[: COUNT // 2 * 2].reshape(-1, 2), bins=16, range=[(0, 1), (0, 1)])[0]
    assert stats.chisquare(counts.ravel()).pvalue > 1e-4


def test_low_bits_are_fair() -> None:
    u = uniform_array(13, Purpose.INITIAL, 0, 0, COUNT)
    mantissas = (u * 2.0**53).astype(np.int64)
    assert np.all(mantissas % 2 == 1)
    for bit in range(1, 53):
        assert abs(np.mean(mantissas >> bit & 1) - 0.5) < 5 * 0.5 / math.sqrt(COUNT)


def test_streams_steps_and_replicas_are_uncorrelated() -> None:
    n = COUNT // 4
    rows = [
        normals(1, Purpose.NOISE, 0, 0, n),
        normals(1, Purpose.NOISE, 0, 1, n),
        normals(1, Purpose.NOISE, 0, 2**32, n),
        normals(1, Purpose.NOISE, 0, -1, n),
        normals(1, Purpose.NOISE, 0, 0, n, draw=1),
        normals(1, Purpose.NOISE, 1, 0, n),
        normals(1, Purpose.NOISE, 2, 0, n),
        normals(1, Purpose.INITIAL, 0, 0, n),
        normals(1, Purpose.SAMPLER, 0, 0, n),
        normals(2, Purpose.NOISE, 0, 0, n),
        normals(2**32 + 1, Purpose.NOISE, 0, 0, n),
    ]
    for series in (rows, [row**2 for row in rows]):
        off = np.asarray(np.corrcoef(series))[np.triu_indices(len(rows), 1)]
        assert np.all(np.abs(off) < 4.5 / math.sqrt(n))
        assert np.sum(off**2) * n < stats.chi2(off.size).isf(1e-5)
    for lag in (1, 2, 3):
        assert abs(correlation(rows[0][lag:], rows[0][:-lag])) < 4.5 / math.sqrt(n)


def test_one_number_a_step_is_white() -> None:
    """The use in a simulation: fixed index, step running."""
    key = stream_key(4, Purpose.NOISE, 0)
    z = np.array([normal_pair(key, step, 0, 0)[0] for step in range(20_000)])
    assert stats.kstest(z, "norm").pvalue > 1e-4
    for lag in (1, 2, 4):
        assert abs(correlation(z[lag:], z[:-lag])) < 4.5 / math.sqrt(z.size)
