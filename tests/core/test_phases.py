from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from physent.core.phases import PI, Phases, pair, quadratic_phases, unit_roots, unitary


def exact(turns: Fraction) -> tuple[Decimal, Decimal]:
    """Cosine and sine of 2 pi turns, to 50 digits."""
    with localcontext(prec=60):
        angle = 2 * PI * (turns - round(turns))
        x = Decimal(angle.numerator) / Decimal(angle.denominator)
        cos, sin, term, power = Decimal(0), Decimal(0), Decimal(1), 0
        while power < 4 or abs(term) > Decimal("1e-52"):
            sign = -1 if power % 4 >= 2 else 1
            if power % 2:
                sin += sign * term
            else:
                cos += sign * term
            power += 1
            term = term * x / power
        return cos, sin


def largest_error(phases: Phases, turns: list[Fraction]) -> float:
    worst = Decimal(0)
    for index, one in enumerate(turns):
        cos, sin = exact(one)
        for want, high, low in (
            (cos, phases.cos, phases.cos_rest),
            (sin, phases.sin, phases.sin_rest),
        ):
            worst = max(worst, abs(want - Decimal(float(high[index])) - Decimal(float(low[index]))))
    return float(worst)


@pytest.mark.parametrize("n", [1, 3, 8, 1009, 65536])
def test_roots_of_unity(n: int) -> None:
    index = np.unique(np.concatenate([np.arange(min(n, 40)), np.random.default_rng(n).integers(-n, 2 * n, 20)]))
    phases = unit_roots(index, n)
    assert largest_error(phases, [Fraction(int(i), n) for i in index]) < 1e-31
    assert np.abs(phases.cos_rest).max() <= 2**-54
    assert np.abs(phases.sin_rest).max() <= 2**-54


def test_quadratic_phases_of_huge_argument() -> None:
    turns = -PI * Fraction("0.123456789") / 2500
    modes = np.array([0, 1, -1, 2, 512, -4096, 65536, 1_000_003])
    phases = quadratic_phases(modes, turns)
    assert largest_error(phases, [turns * int(m) ** 2 for m in modes]) < 1e-18


def test_quarter_turns_are_exact() -> None:
    phases = unit_roots(np.arange(4), 4)
    np.testing.assert_array_equal(phases.cos, [1, 0, -1, 0])
    np.testing.assert_array_equal(phases.sin, [0, 1, 0, -1])


def test_unitary_keeps_within_an_ulp_and_improves_the_modulus() -> None:
    phases = unit_roots(np.arange(100, 924), 4096)
    cos, sin = unitary(phases)
    assert np.all(np.abs(cos - phases.cos) <= np.spacing(np.abs(phases.cos)))
    assert np.all(np.abs(sin - phases.sin) <= np.spacing(np.abs(phases.sin)))

    def modulus_error(c: np.ndarray, s: np.ndarray) -> float:
        return float(np.mean([abs(Fraction(x) ** 2 + Fraction(y) ** 2 - 1) for x, y in zip(c, s, strict=True)]))

    assert modulus_error(cos, sin) < 0.6 * modulus_error(phases.cos, phases.sin)


def test_pair_is_the_number_to_twice_the_precision() -> None:
    high, low = pair(PI)
    assert high == np.pi
    assert abs(Fraction(high) + Fraction(low) - PI) < Fraction(1, 10**32)
