"""Numbers in a disc against the exact law, a sum of independent yes and no."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import gammainc

from physent.diagnostics.run.kinds.disc_counting import DiscCounting
from tests.diagnostics.run.kinds.sampled import kostlan, taken_through


def counting(**options: Any) -> DiscCounting:
    return DiscCounting(**({"kind": "disc_counting", "name": "c"} | options))


def bernoulli_cumulants(n: int, a: float) -> Any:
    """Cumulants 1 to 4 of the number of n Ginibre moduli below a, k-th with probability P(k, n a^2)."""
    p = gammainc(np.arange(1, n + 1), n * a * a)
    v = p * (1 - p)
    return np.array([p.sum(), v.sum(), (v * (1 - 2 * p)).sum(), (v * (1 - 6 * v)).sum()])


def test_ginibre() -> None:
    n, radii = 100, (0.5, 1.0)
    r = kostlan(n, 15000, 2, 8)
    found = taken_through(counting(radius=radii), r)
    # table of the exact law, 1e-8
    np.testing.assert_allclose(bernoulli_cumulants(n, 0.5), [25, 2.81386876351, 0.0924400868944, -0.150983647682])
    for row, a in enumerate(radii):
        z = (found["c_cumulants"][row, :4] - bernoulli_cumulants(n, a)) / found["c_cumulants_se"][row, :4]
        assert np.abs(z).max() < 4.5
        assert found["c_mixed"][row] == 1
        one = taken_through(counting(radius=a), r[:200])
        np.testing.assert_array_equal(one["c"], found["c"][:200, :, row])
    assert (found["c_empty"] == 0).all()


def test_holes_and_numbers_that_never_change() -> None:
    r = kostlan(4, 4000, 2, 5)
    found = taken_through(counting(radius=(0.3, 50.0)), r)
    p = np.prod(1 - gammainc(np.arange(1, 5), 4 * 0.09))
    assert found["c_empty"][0] == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 8000))
    assert (found["c"][..., 1] == 4).all()
    assert np.isnan(found["c_mixed"][1])
    assert found["c_mixed"][0] == 1
    assert found["c_cumulants"][1].tolist() == [4, 0, 0, 0, 0, 0]


def test_a_whole_number_and_an_unmixed_chain() -> None:
    r = kostlan(20, 300, 2, 5) * np.array([1.0, 1.3])[:, None]
    told: dict[str, str] = {}
    found = taken_through(counting(radius=1), r, told=told)
    assert found["c_mixed"] == 0
    assert told["diagnostics.c.finish"].startswith("c: not mixed at radius 1: R-hat")
