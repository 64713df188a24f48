"""The same numbers as other packages, where they are installed (the extra ``peers``)."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
import pytest

from physent import diagnostics as D
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


@pytest.mark.parametrize("k", [1, 4])
def test_infomeasure_conditional_information_and_transfer_entropy(k: int) -> None:
    infomeasure = peer("infomeasure")
    how = {"approach": "metric", "k": k, "noise_level": 0, "base": "e"}
    x, z = np.random.default_rng(5).normal(size=(2, 1500))
    y = x + z + np.random.default_rng(6).normal(size=1500)
    expected = infomeasure.conditional_mutual_information(x, y, cond=z, **how)
    assert D.conditional_mutual_information(x, y, z, k, metric="shared") == pytest.approx(expected, abs=1e-12)
    for delay in (1, 3):
        late = np.roll(y, delay)
        expected = infomeasure.transfer_entropy(x, late, prop_time=delay - 1, **how)
        found = D.knn_transfer_entropy(x, late, delay=delay, neighbours=k, metric="shared")
        assert found == pytest.approx(expected, abs=1e-12)


def test_infomeasure_of_symbols() -> None:
    infomeasure = peer("infomeasure")
    x, z = np.random.default_rng(7).integers(0, 3, (2, 3000))
    y = np.roll(x, 2) * (z > 0)
    for delay in (1, 2):
        expected = infomeasure.transfer_entropy(x, y, approach="discrete", prop_time=delay - 1, base="e")
        assert D.transfer_entropy(x, y, delay=delay) == pytest.approx(expected, abs=1e-12)
    expected = infomeasure.conditional_mutual_information(x, y, cond=z, approach="discrete", base="e")
    assert D.conditional_mutual_information(x, y, z, space=D.Unique(3)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.filterwarnings("ignore:dispersion patterns")
@pytest.mark.parametrize("name", ["noise", "walk", "logistic"])
def test_entropyhub(name: str) -> None:
    hub, x = peer("EntropyHub"), SERIES[name][:1000]
    expected = hub.DispEn(x, m=3, c=5, Typex="ncdf", Logx=np.e)[0]
    assert D.dispersion_entropy(x, 3, 5) == pytest.approx(expected, abs=1e-12)
    expected = hub.FuzzEn((x - x.mean()) / x.std(), m=2, r=(0.2, 2.0))[0][1]
    assert D.fuzzy_entropy(x) == pytest.approx(expected, abs=1e-9)
    how = hub.MSobject("SampEn", m=2, r=0.15 * x.std())
    np.testing.assert_allclose(D.multiscale_entropy(x, 5), hub.MSEn(x, how, Scales=5, RadNew=0)[0], atol=1e-9)
    expected = hub.PermEn(x, m=4, Typex="weighted", Logx=np.e)[0][-1]
    assert D.weighted_permutation_entropy(x, 4) == pytest.approx(expected, abs=1e-9)


def test_ordpy_of_fields_and_weights() -> None:
    ordpy = peer("ordpy")
    field = np.random.default_rng(8).normal(size=(90, 80)).cumsum(1)
    for columns, rows, column_step, row_step in ((2, 2, 1, 1), (3, 2, 2, 1), (2, 2, 1, 3)):
        expected = ordpy.complexity_entropy(field, dx=columns, dy=rows, taux=column_step, tauy=row_step)
        found = D.hc_plane_2d(field, rows, columns, row_step=row_step, column_step=column_step)
        np.testing.assert_allclose(found, expected, atol=1e-9)
    expected = ordpy.weighted_permutation_entropy(SERIES["walk"], dx=4)
    assert D.weighted_permutation_entropy(SERIES["walk"], 4, normalize=True) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("size", [2, 5])
def test_antropy_lz76(size: int) -> None:
    antropy = peer("antropy")
    symbols = np.random.default_rng(9).integers(0, size, 5000)
    assert D.lz76_phrases(symbols) == antropy.lziv_complexity("".join(map(str, symbols)))


@pytest.mark.parametrize("name", ["noise", "walk", "logistic"])
def test_neurokit_sample_and_multiscale_entropy(name: str) -> None:
    neurokit = peer("neurokit2")
    x = np.asarray(SERIES[name], float)[:1500]
    expected = neurokit.entropy_sample(x, dimension=2, tolerance=0.2 * x.std())[0]
    assert sample_entropy(x, 2, 0.2) == pytest.approx(expected, abs=1e-12)
    expected = neurokit.entropy_multiscale(x, scale=6, dimension=2, tolerance=0.15 * x.std())[1]["Value"]
    np.testing.assert_allclose(D.multiscale_entropy(x, 6), expected, rtol=0, atol=1e-12)
