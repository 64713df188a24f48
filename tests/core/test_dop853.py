from __future__ import annotations

import numpy as np
import pytest

from physent.core.dop853 import ERROR_3, ERROR_5, NODES, STAGES, WEIGHTS


def test_explicit_and_row_sums_are_the_nodes() -> None:
    assert not np.triu(STAGES).any()
    np.testing.assert_allclose(STAGES.sum(axis=1), NODES, rtol=0, atol=2e-14)


@pytest.mark.parametrize("k", range(8))
def test_quadrature_conditions_to_order_eight(k: int) -> None:
    assert pytest.approx(1 / (k + 1), abs=2e-15) == WEIGHTS @ NODES**k


@pytest.mark.parametrize(("p", "q"), [(p, q) for p in range(7) for q in range(1, 8) if p + q + 2 <= 8])
def test_conditions_with_two_nodes(p: int, q: int) -> None:
    # sum_ij b_i c_i^p a_ij c_j^q = 1 / ((q + 1) (p + q + 2)): trees with one branching
    found = (WEIGHTS * NODES**p) @ STAGES @ NODES**q
    assert found == pytest.approx(1 / ((q + 1) * (p + q + 2)), abs=2e-14)


@pytest.mark.parametrize(("error", "order"), [(ERROR_5, 5), (ERROR_3, 3)])
def test_embedded_orders(error: np.ndarray, order: int) -> None:
    for k in range(order):
        assert abs(error @ NODES**k) < 3e-15
    assert abs(error @ NODES**order) > 1e-5


def test_equals_the_tableau_of_scipy() -> None:
    theirs = pytest.importorskip("scipy.integrate._ivp.dop853_coefficients")
    np.testing.assert_array_equal(STAGES, theirs.A[:12, :12])
    np.testing.assert_array_equal(WEIGHTS, theirs.B)
    np.testing.assert_array_equal(NODES, theirs.C[:12])
    np.testing.assert_array_equal(ERROR_5, theirs.E5[:12])
    np.testing.assert_allclose(ERROR_3, theirs.E3[:12], rtol=1e-15)
