"""The same numbers as other packages, where they are installed (extra ``peers``; scikit-learn, infomeasure)."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
import pytest

from physent.diagnostics.continuous import knn_entropy, ksg_mutual_information
from physent.diagnostics.hc import hc_bounds, hc_plane
from physent.diagnostics.ordinal import permutation_entropy
from physent.diagnostics.regularity import sample_entropy
from tests.diagnostics import series

# The peers compute plug-in values whatever the length of the series; here only the equality matters.
pytestmark = pytest.mark.filterwarnings("ignore:ordinal patterns.*fewer than")

SERIES = {
    "noise": np.random.default_rng(1).normal(size=3000),
    "walk": np.random.default_rng(2).normal(size=3000).cumsum(),
    "logistic": series.logistic(3000),
    "ties": np.random.default_rng(3).integers(0, 4, 3000).astype(float),
}


def peer(name: str) -> Any:
    """The peer's module; its own import-time warnings are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip(name.partition(".")[0], reason=f"the peer {name} is not installed")
        return importlib.import_module(name)


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize(("order", "delay"), [(3, 1), (4, 3), (5, 1), (6, 2)])
def test_ordpy(name: str, order: int, delay: int) -> None:
    ordpy = peer("ordpy")
    expected = ordpy.complexity_entropy(SERIES[name], dx=order, taux=delay)
    np.testing.assert_allclose(hc_plane(SERIES[name], order, delay), expected, atol=1e-9)


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize(("order", "delay"), [(3, 1), (4, 3), (5, 1), (6, 2)])
def test_peccary(name: str, order: int, delay: int) -> None:
    peccary = peer("peccary.core").peccary
    expected = peccary(SERIES[name], n=order).calcHC(sampInt=delay)
    np.testing.assert_allclose(hc_plane(SERIES[name], order, delay), expected, atol=1e-9)


@pytest.mark.parametrize("order", [3, 4])
def test_peccary_bounds(order: int) -> None:
    """Its curves are points of ours at the same entropies."""
    peccary = peer("peccary.utils")
    lower_h, lower_c, upper_h, upper_c = peccary.calcHCplane(n=order, nsteps=50)
    np.testing.assert_allclose(hc_bounds(order, np.clip(lower_h, 0, 1))[1], lower_c, atol=1e-9)
    np.testing.assert_allclose(hc_bounds(order, np.clip(upper_h, 0, 1))[3], upper_c, atol=1e-9)


@pytest.mark.parametrize("name", ["noise", "walk", "logistic"])
@pytest.mark.parametrize(("order", "delay"), [(3, 1), (4, 3), (5, 1), (7, 2)])
def test_antropy_permutation_entropy(name: str, order: int, delay: int) -> None:
    antropy = peer("antropy")
    expected = antropy.perm_entropy(SERIES[name], order=order, delay=delay, normalize=True)
    assert permutation_entropy(SERIES[name], order, delay, normalize=True) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", ["noise", "walk", "logistic"])
@pytest.mark.parametrize("m", [2, 3])
def test_antropy_sample_entropy(name: str, m: int) -> None:
    antropy = peer("antropy")
    assert sample_entropy(SERIES[name], m) == pytest.approx(antropy.sample_entropy(SERIES[name], order=m), abs=1e-9)


def normal_pairs(rho: float) -> tuple[Any, Any]:
    """2000 pairs of normals."""
    a, b = np.random.default_rng(4).normal(size=(2, 2000))
    return a, rho * a + np.sqrt(1 - rho**2) * b


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.95])
@pytest.mark.parametrize("k", [1, 4])
def test_scikit_learn_mutual_information(rho: float, k: int) -> None:
    estimate = peer("sklearn.feature_selection._mutual_info")._compute_mi_cc
    x, y = normal_pairs(rho)
    # its values below zero are set to zero
    found = max(0.0, ksg_mutual_information(x, y, k, metric="shared"))
    assert found == pytest.approx(estimate(x.copy(), y.copy(), k), abs=1e-12)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.95])
@pytest.mark.parametrize("k", [1, 4])
def test_infomeasure_mutual_information_and_entropy(rho: float, k: int) -> None:
    infomeasure = peer("infomeasure")
    x, y = normal_pairs(rho)
    expected = infomeasure.mutual_information(x, y, approach="ksg", k=k, noise_level=0, base="e")
    assert ksg_mutual_information(x, y, k, metric="shared") == pytest.approx(expected, abs=1e-12)
    expected = infomeasure.entropy(x, approach="metric", k=k, noise_level=0, base="e")
    assert knn_entropy(x, k) == pytest.approx(expected, abs=1e-12)
