from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import chain, zip_longest

import numpy as np
import pytest

from physent.core.fft import tables_of
from physent.core.splitting import Splitting, drift_factors, rotate, split_steps
from physent.engines.nlse.methods.rkn4 import RKN4
from physent.engines.nlse.methods.rkn6 import RKN6
from physent.engines.nlse.methods.strang import STRANG

Polynomial = dict[str, Fraction]  # in the non-commuting letters A (drift) and B (kick), up to `DEGREE`
DEGREE = 5
SCHEMES = [STRANG, RKN4, RKN6]


def times(p: Polynomial, q: Polynomial) -> Polynomial:
    product: Polynomial = {}
    for u, a in p.items():
        for v, b in q.items():
            if len(u) + len(v) <= DEGREE:
                product[u + v] = product.get(u + v, Fraction(0)) + a * b
    return product


def exponential(letter: str, coefficient: Fraction) -> Polynomial:
    terms, term = {"": Fraction(1)}, Fraction(1)
    for power in range(1, DEGREE + 1):
        term = term * coefficient / power
        terms[letter * power] = term
    return terms


def logarithm(p: Polynomial) -> Polynomial:
    """Logarithm of p for p = 1 + ..."""
    rest = {word: value for word, value in p.items() if word}
    total: Polynomial = {}
    power: Polynomial = {"": Fraction(1)}
    for k in range(1, DEGREE + 1):
        power = times(power, rest)
        for word, value in power.items():
            total[word] = total.get(word, Fraction(0)) + value * Fraction((-1) ** (k + 1), k)
    return total


def commutator(p: Polynomial, q: Polynomial) -> Polynomial:
    result = dict(times(p, q))
    for word, value in times(q, p).items():
        result[word] = result.get(word, Fraction(0)) - value
    return result


def generator(scheme: Splitting) -> Polynomial:
    """Generator of one step, log(exp(b_1 B) exp(a_1 A) ... exp(b_1 B)), coefficients rounded to 1e-45."""
    letters = chain.from_iterable(zip_longest(scheme.kicks, scheme.drifts))
    product: Polynomial = {"": Fraction(1)}
    for index, coefficient in enumerate(c for c in letters if c is not None):
        product = times(product, exponential("BA"[index % 2], coefficient))
        product = {word: Fraction(round(value * 10**45), 10**45) for word, value in product.items()}
    return logarithm(product)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_consistent_and_palindromic(scheme: Splitting) -> None:
    assert sum(scheme.kicks) == sum(scheme.drifts) == 1
    assert scheme.kicks == scheme.kicks[::-1]
    assert scheme.drifts == scheme.drifts[::-1]
    assert len(scheme.kicks) == len(scheme.drifts) + 1


@pytest.mark.parametrize("scheme", [RKN4, RKN6])
def test_order_conditions_to_thirty_digits(scheme: Splitting) -> None:
    # Coefficients of Lyndon words are coordinates of a Lie polynomial; even degrees vanish by symmetry.
    terms = generator(scheme)
    conditions = [terms["AAB"], terms["ABB"]]
    if scheme.order == 6:
        a, b = {"A": Fraction(1)}, {"B": Fraction(1)}
        vanishing = commutator(a, commutator(b, commutator(b, commutator(b, a))))
        conditions += [terms["AAAAB"], terms["AAABB"], terms["AABAB"]]
        # Of degree (2, 3), what is left modulo [A, [B, [B, [B, A]]]]; degree (1, 4) is [B, [B, [B, [B, A]]]].
        conditions.append(terms["AABBB"] * vanishing["ABABB"] - terms["ABABB"] * vanishing["AABBB"])
    assert max(abs(condition) for condition in conditions) < Fraction(1, 10**30)


def test_strang_has_no_more_than_order_two() -> None:
    assert generator(STRANG)["AAB"] != 0
    assert generator(STRANG)["AB"] == 0


@pytest.mark.parametrize("n", [16, 15])
def test_drift_factors_are_phases_over_n(n: int) -> None:
    tables, length, step = tables_of(n), 7.0, Fraction("0.03")
    factors = drift_factors(tables, RKN6.drifts, step, length, np.ones(n))
    k = 2 * np.pi * np.fft.fftfreq(n, length / n)[tables.order]
    assert factors.shape == (6, 4, n)
    for factor, drift in zip(factors, RKN6.drifts, strict=False):
        expected = np.exp(-0.5j * k**2 * float(drift * step)) / n
        np.testing.assert_allclose(factor[0] + 1j * factor[1], expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("coefficient", [0.3, -0.01, 3e7])
def test_rotate_keeps_the_modulus_and_turns_the_phase(coefficient: float) -> None:
    rng = np.random.default_rng(5)
    psi = rng.normal(size=67) + 1j * rng.normal(size=67)
    re, im = psi.real.copy(), psi.imag.copy()
    angle = coefficient * (psi.real * psi.real + psi.imag * psi.imag)
    rotate(re, im, angle)
    np.testing.assert_allclose(re + 1j * im, psi * np.exp(1j * angle), rtol=0, atol=2e-15 + 3e-16 * abs(angle).max())
    np.testing.assert_allclose(np.hypot(re, im), np.abs(psi), rtol=1e-15)


def twin(
    scheme: Splitting,
    psi: np.ndarray,
    step: float,
    length: float,
    kicked: Callable[[np.ndarray], np.ndarray],
    steps: int,
) -> np.ndarray:
    """The splitting as it is written in the papers, one replica."""
    k = 2 * np.pi * np.fft.fftfreq(psi.size, length / psi.size)
    for _ in range(steps):
        for kick, drift in zip_longest(scheme.kicks, scheme.drifts):
            psi = psi * np.exp(1j * float(kick) * step * kicked(psi))
            if drift is not None:
                psi = np.fft.ifft(np.exp(-0.5j * k**2 * float(drift) * step) * np.fft.fft(psi))
    return psi


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("n", "sign"), [(64, 1), (45, -1), (128, -1)])
@pytest.mark.parametrize("height", [0.0, 3.0, 300.0])
def test_steps_equal_their_naive_twin(scheme: Splitting, n: int, sign: int, height: float) -> None:
    rng = np.random.default_rng(n)
    shift = height * rng.normal(size=n if height else 0)
    start = rng.normal(size=(3, n)) + 1j * rng.normal(size=(3, n))
    tables, step, length, count = tables_of(n), Fraction("0.02"), 9.0, 3
    kicks = np.array([float(kick * step) * sign for kick in scheme.kicks])
    wave, steps = start.copy(), np.zeros(3, dtype=np.int64)
    factors = drift_factors(tables, scheme.drifts, step, length, np.ones(n))
    split_steps(0, 1, count, 1, steps, wave, tables, kicks, factors, shift)
    np.testing.assert_array_equal(steps, [1, 0, 0])
    split_steps(0, 3, count, 100, steps, wave, tables, kicks, factors, shift)
    np.testing.assert_array_equal(steps, [count] * 3)

    def kicked(psi: np.ndarray) -> np.ndarray:
        return np.asarray(sign * (np.abs(psi) ** 2 + (shift if height else 0.0)))

    last_kick = np.exp(1j * float(scheme.kicks[-1] * step) * np.array([kicked(psi) for psi in wave]))
    for psi, begin in zip(wave * last_kick, start, strict=True):
        np.testing.assert_allclose(psi, twin(scheme, begin, float(step), length, kicked, count), rtol=0, atol=1e-13)
