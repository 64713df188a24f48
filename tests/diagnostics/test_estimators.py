"""Estimators against known values, naive twins and measured bias; standard errors; warnings."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from physent.diagnostics import (
    KL,
    Counts,
    Grid,
    JensenShannon,
    LnW,
    PhysentWarning,
    Renyi,
    Samples,
    Shannon,
    StatisticalComplexity,
    Tsallis,
    Weights,
    autocorrelation_time,
    block_jackknife,
    count,
    entropy,
    normalized,
    null_entropy,
    weigh,
)
from physent.diagnostics.coverage import interval_coverage
from physent.diagnostics.estimators import SHANNON, digamma_like
from physent.diagnostics.uncertainty import block_share
from physent.errors import UsageError

Floats = NDArray[np.float64]


@pytest.fixture
def few_counts_are_meant() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PhysentWarning)
        yield


def naive_grassberger(n: list[int]) -> float:
    """With G by its recursion: G(1) = -gamma - ln 2, G(2) = 2 + G(1), G(2m+1) = G(2m), G(2m+2) = G(2m) + 2/(2m+1)."""
    g = {0: 0.0, 1: -np.euler_gamma - np.log(2), 2: 2 - np.euler_gamma - np.log(2)}
    for k in range(3, max(n) + 1):
        g[k] = g[k - 1] if k % 2 else g[k - 2] + 2 / (k - 1)
    return float(np.log(sum(n)) - sum(k * g[k] for k in n) / sum(n))


def naive_jackknife(n: list[int]) -> tuple[float, float]:
    """Every observation is left out in turn."""

    def plugin(counts: list[int]) -> float:
        return -float(sum(k / sum(counts) * np.log(k / sum(counts)) for k in counts if k))

    total = sum(n)
    deleted = np.array([plugin([k - (b == a) for b, k in enumerate(n)]) for a in range(len(n)) for _ in range(n[a])])
    value = total * plugin(n) - (total - 1) * deleted.mean()
    return value, float(np.sqrt((total - 1) / total * np.sum((deleted - deleted.mean()) ** 2)))


@pytest.mark.usefixtures("few_counts_are_meant")
@pytest.mark.parametrize("n", [[3, 1, 0, 7, 2], [1, 1, 1], [5], [20, 30, 1, 49], [2, 2]])
def test_estimators_against_their_definitions(n: list[int]) -> None:
    counts = np.array(n)
    total, seen = sum(n), sum(k > 0 for k in n)
    p = np.array([k / total for k in n if k])
    plugin = float(-(p * np.log(p)).sum())
    assert entropy(counts, estimator="plugin").value == pytest.approx(plugin, abs=1e-13)
    assert entropy(counts, estimator="miller_madow").value == pytest.approx(
        plugin + (seen - 1) / (2 * total), abs=1e-13
    )
    assert entropy(counts).value == pytest.approx(naive_grassberger(n), abs=1e-12)
    value, error = naive_jackknife(n)
    result = entropy(counts, estimator="jackknife")
    assert (result.value, result.standard_error) == pytest.approx((value, error), abs=1e-11)


def test_g_is_grassbergers() -> None:
    from scipy.special import psi

    n = np.arange(1, 400.0)
    assert np.allclose(digamma_like(n), psi(n) + (-1) ** n / 2 * (psi((n + 1) / 2) - psi(n / 2)), rtol=0, atol=1e-13)


@pytest.mark.usefixtures("few_counts_are_meant")
def test_chao_shen_and_james_stein_by_hand() -> None:
    """Counts 4, 2, 1, 1, 0: C = 3/4; lambda = (1 - 22/64)/(7 sum (1/5 - p)^2)."""
    counts = np.array([4, 2, 1, 1, 0])
    p = 0.75 * np.array([4, 2, 1, 1]) / 8
    expected = -np.sum(p * np.log(p) / (1 - (1 - p) ** 8))
    assert entropy(counts, estimator="chao_shen").value == pytest.approx(expected, abs=1e-13)
    share = (1 - 22 / 64) / (7 * np.sum((0.2 - counts / 8) ** 2))
    mixed = share / 5 + (1 - share) * counts / 8
    assert 0 < share < 1
    assert entropy(counts, estimator="james_stein").value == pytest.approx(-np.sum(mixed * np.log(mixed)), abs=1e-13)
    assert np.isfinite(entropy(np.array([1, 1, 1]), estimator="chao_shen").value)
    assert entropy(np.array([1, 0]), estimator="james_stein").value == pytest.approx(np.log(2))


# Mean over samples minus the true entropy; table 2.5 of the measured biases, 300 samples of each law.
ZIPF = 1 / np.arange(1, 1001)
BIASES = [
    ("uniform", np.full(100, 0.01), 100, (-0.569, -0.257, -0.039, -0.045, 0.065, -0.004)),
    ("uniform", np.full(100, 0.01), 1000, (-0.051, -0.001, 0.000, 0.001, -0.047, 0.000)),
    ("zipf", ZIPF / ZIPF.sum(), 300, (-0.843, -0.601, -0.351, -0.413, -0.324, -0.308)),
]


@pytest.mark.usefixtures("few_counts_are_meant")
@pytest.mark.parametrize(("law", "p", "number", "table"), BIASES)
def test_bias_is_the_measured_one(law: str, p: Floats, number: int, table: tuple[float, ...]) -> None:
    counts = np.random.default_rng(7).multinomial(number, p, size=300)
    truth = float(Shannon()(p))
    for estimator, expected in zip(SHANNON, table, strict=True):
        values = entropy(counts, estimator=estimator).value
        error = values.std(ddof=1) / np.sqrt(300)
        # Both means are of 300 samples, and the table is rounded to 0.001.
        assert abs(values.mean() - truth - expected) < 4 * np.sqrt(2) * error + 0.0005, estimator


@pytest.mark.parametrize("estimator", ["plugin", "grassberger", "miller_madow"])
def test_jackknife_error_is_the_spread(estimator: str) -> None:
    p = np.random.default_rng(1).dirichlet(np.ones(20))
    counts = np.random.default_rng(2).multinomial(3000, p, size=400)
    result = entropy(counts, estimator=estimator)
    spread = result.value.std(ddof=1)
    assert np.sqrt((result.standard_error**2).mean()) == pytest.approx(spread, abs=4 * spread / np.sqrt(2 * 400))


@pytest.mark.parametrize(
    "measure", [Renyi(2.0), Renyi(0.7), Tsallis(3.0), KL(), JensenShannon(), StatisticalComplexity()], ids=repr
)
def test_infinitesimal_jackknife_error_is_the_spread(measure: Shannon) -> None:
    p = np.random.default_rng(1).dirichlet(np.ones(20))
    counts = np.random.default_rng(2).multinomial(3000, p, size=400)
    result = entropy(counts, measure)
    spread = result.value.std(ddof=1)
    assert np.sqrt((result.standard_error**2).mean()) == pytest.approx(spread, abs=4 * spread / np.sqrt(2 * 400))


def test_differential_error_is_the_spread() -> None:
    """Unequal cells: the volumes fluctuate with the counts."""
    p, mu = np.array([0.5, 0.3, 0.2]), np.array([0.01, 1.0, 30.0])
    counts = np.random.default_rng(3).multinomial(500, p, size=400)
    from physent.diagnostics.estimators import delete_one_error

    values = entropy(counts, estimator="plugin").value + (counts / 500) @ np.log(mu)
    errors = delete_one_error(counts.astype(float), np.log(mu))
    spread = values.std(ddof=1)
    assert errors.mean() == pytest.approx(spread, abs=4 * spread / np.sqrt(2 * 400))


def test_differential_entropy_scales_with_length() -> None:
    x = np.random.default_rng(4).random((5000, 2))
    small = entropy(count(x, Grid((0.0, 0.0), (1.0, 1.0), 8)), differential=True)
    large = entropy(count(3 * x, Grid((0.0, 0.0), (3.0, 3.0), 8)), differential=True)
    assert large.value - small.value == pytest.approx(2 * np.log(3), abs=1e-12)
    assert small.standard_error == pytest.approx(large.standard_error, rel=1e-9)


def test_ideal_gas_per_particle() -> None:
    """Entropy per particle of a gas on a unit square by (x, v): gains ln 2 when the square doubles."""
    rng = np.random.default_rng(5)
    velocity = np.clip(rng.normal(size=(200_000, 2)), -4.99, 4.99)
    position = rng.random((200_000, 2))
    phase = np.hstack([position, velocity])
    width = 0.5
    one = entropy(count(phase, Grid((0, 0, -5, -5), (1, 1, 5, 5), (4, 4, 20, 20))), differential=True)
    phase[:, 0] *= 2
    two = entropy(count(phase, Grid((0, 0, -5, -5), (2, 1, 5, 5), (4, 4, 20, 20))), differential=True)
    exact = 1 + np.log(2 * np.pi) + 2 * width**2 / 24
    assert one.value == pytest.approx(exact, abs=4 * one.standard_error + 0.002)
    assert two.value - one.value == pytest.approx(np.log(2), abs=1e-12)


@pytest.mark.parametrize(
    ("measure", "estimator", "message"),
    [
        (Renyi(2.0), "grassberger", "'grassberger' belongs to shannon: for renyi_2 use 'plugin'"),
        (StatisticalComplexity(), "miller_madow", "'miller_madow' belongs to shannon: for statistical_complexity"),
        (Shannon(), "bayes", "'bayes' is unknown, expected one of plugin, miller_madow, grassberger"),
    ],
)
def test_refused_estimators(measure: Shannon, estimator: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        entropy(np.array([50, 50]), measure, estimator)


def test_weights_are_plugin_without_error() -> None:
    result = entropy(weigh(np.array([1.0, 3.0])))
    assert result.value == pytest.approx(0.5623351446188083, abs=1e-15)
    assert np.isnan(result.standard_error)
    assert not result.undersampled
    with pytest.raises(UsageError, match="needs counts"):
        entropy(Weights(np.array([0.5, 0.5])), estimator="grassberger")
    with pytest.raises(UsageError, match="needs cell measures"):
        entropy(weigh(np.array([1.0, 3.0])), differential=True)


def test_multiplicity_has_no_error_and_no_warning() -> None:
    result = entropy(np.array([2, 1, 1]), LnW())
    assert result.value == pytest.approx(np.log(12), abs=1e-12)
    assert np.isnan(result.standard_error)
    with pytest.raises(UsageError, match="no sampling error"):
        entropy(np.ones((3, 4), int), LnW(), standard_error="replicas")


def test_too_few_counts_warn_in_one_line() -> None:
    with pytest.warns(PhysentWarning, match="undersampled: 12 counts in 4 occupied cells") as caught:
        result = entropy(np.array([[3, 3, 3, 3], [500, 500, 500, 500]]))
    assert len(caught) == 1
    assert "\n" not in str(caught[0].message)
    assert result.undersampled.tolist() == [True, False]


def test_no_counts_are_no_number() -> None:
    with pytest.warns(PhysentWarning, match="no counts in 1 of 2"):
        result = entropy(np.array([[0, 0], [30, 30]]))
    assert np.isnan(result.value[0])
    assert np.isfinite(result.value[1])


def test_coverage_and_cells() -> None:
    with pytest.warns(PhysentWarning):
        result = entropy(np.array([5, 3, 1, 1, 0]))
    assert (result.N, result.cells_seen, result.size) == (10, 4, 5)
    assert result.coverage == pytest.approx(0.8)
    assert (result.measure, result.estimator, result.base) == ("shannon", "grassberger", "nats")


def test_unbounded_cells_have_no_density() -> None:
    counts = count(np.linspace(0, 2, 100), Grid(0.0, 1.0, 2, outside="count"))
    assert np.isfinite(entropy(counts).value)
    with pytest.raises(UsageError, match="unbounded cell"):
        entropy(counts, differential=True)


def test_normalisation_is_a_verb_of_its_own() -> None:
    result = entropy(np.array([300, 100]), estimator="plugin")
    relative = normalized(result)
    assert relative.value == pytest.approx(result.value / np.log(2))
    assert relative.standard_error == pytest.approx(result.standard_error / np.log(2))
    assert relative.base == "1"
    isotropic = normalized(result, by=null_entropy(400, [0.5, 0.5]))
    assert isotropic.value == pytest.approx(result.value / null_entropy(400, [0.5, 0.5]))
    with pytest.raises(UsageError, match="differential shannon"):
        normalized(entropy(count([0.1] * 20, Grid(0.0, 1.0, 2)), differential=True))


def test_points_without_cells() -> None:
    x = np.random.default_rng(6).normal(size=(4000, 2))
    result = entropy(Samples(x))
    assert result.value == pytest.approx(1 + np.log(2 * np.pi), abs=4 / np.sqrt(4000) * 1.5)
    assert result.estimator == "knn"
    with pytest.raises(UsageError, match="only shannon"):
        entropy(Samples(x), Renyi(2.0))


def test_replica_jackknife_sees_what_the_counts_hide() -> None:
    """Replicas whose counts come in tens of equal values: the error is sqrt(10) that of independent counts."""
    rng = np.random.default_rng(8)
    p = np.array([0.6, 0.3, 0.1])
    groups = rng.multinomial(100, p, size=(60, 40))
    counts = 10 * groups
    spread = entropy(counts.sum(1), estimator="plugin").value.std(ddof=1)
    errors = np.array([entropy(one, estimator="plugin", standard_error="replicas").standard_error for one in counts])
    independent = entropy(counts.sum(1), estimator="plugin").standard_error.mean()
    assert spread / independent == pytest.approx(np.sqrt(10), rel=4 / np.sqrt(2 * 60))
    assert np.sqrt((errors**2).mean()) == pytest.approx(spread, rel=4 / np.sqrt(2 * 60))


def _ou(rng: np.random.Generator, phi: float, shape: tuple[int, int]) -> Floats:
    from scipy.signal import lfilter

    noise = rng.normal(size=shape) * np.sqrt(1 - phi**2)
    noise[:, 0] = rng.normal(size=shape[0])
    return np.asarray(lfilter([1.0], [1.0, -phi], noise, axis=1))


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_autocorrelation_time_of_an_autoregressive_series(phi: float) -> None:
    tau = autocorrelation_time(_ou(np.random.default_rng(9), phi, (50, 20_000)))
    assert tau.shape == (50,)
    exact = (1 + phi) / (1 - phi)
    assert tau.mean() == pytest.approx(exact, abs=4 * tau.std(ddof=1) / np.sqrt(50) + 0.02 * exact)


def test_autocorrelation_time_of_a_constant() -> None:
    assert autocorrelation_time(np.full(100, 0.1)) == 1


def test_block_jackknife_covers_correlated_means() -> None:
    x = _ou(np.random.default_rng(10), 0.8, (200, 4000))
    errors = np.array([block_jackknife(lambda part: part.mean(0), series)[1] for series in x])
    spread = x.mean(1).std(ddof=1)
    assert np.sqrt((errors**2).mean()) == pytest.approx(spread, rel=4 / np.sqrt(2 * 200) + 0.03)


@pytest.mark.parametrize("tau", [1.0, 1.5, 4.0, 30.0])
@pytest.mark.parametrize("length", [1, 2, 7, 60])
def test_share_of_a_block(tau: float, length: int) -> None:
    """Against the sum over all pairs of the block."""
    apart = np.abs(np.subtract.outer(np.arange(length), np.arange(length)))
    exact = (((tau - 1) / (tau + 1)) ** apart).sum() / length**2 / (tau / length)
    assert block_share(length, tau) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("samples", [310, 620, 1200])
def test_short_blocks_have_the_whole_error(samples: int) -> None:
    """Blocks of twice the autocorrelation time 19, which alone would find 0.87 of it."""
    x = _ou(np.random.default_rng(14), 0.9, (800, samples))
    errors = np.array([block_jackknife(lambda part: part.mean(0), series, tau=19.0)[1] for series in x])
    spread = x.mean(1).std(ddof=1)
    assert np.sqrt((errors**2).mean()) == pytest.approx(spread, rel=4 / np.sqrt(2 * 800))


def test_blocks_in_time_for_entropies() -> None:
    """Counts of a slow two-state chain: block errors follow the spread, those over counts are too small."""
    x = _ou(np.random.default_rng(12), 0.9, (100, 4000)) > 0.5
    counts = np.stack([~x, x], axis=-1).astype(np.int64)
    values = entropy(counts.sum(1), estimator="plugin")
    errors = np.array([entropy(one, estimator="plugin", standard_error="blocks").standard_error for one in counts])
    spread = values.value.std(ddof=1)
    assert values.standard_error.mean() < spread / 2
    assert np.sqrt((errors**2).mean()) == pytest.approx(spread, rel=4 / np.sqrt(2 * 100) + 0.05)


def test_short_series_warn() -> None:
    with pytest.warns(PhysentWarning, match="short series"):
        block_jackknife(np.mean, np.cumsum(np.random.default_rng(0).normal(size=100)))


def test_rows_equal_the_batch_in_every_bit() -> None:
    counts = np.random.default_rng(13).multinomial(5000, np.random.default_rng(1).dirichlet(np.ones(60)), size=20)
    for estimator in SHANNON:
        batch = entropy(counts, estimator=estimator)
        rows = [entropy(row, estimator=estimator) for row in counts]
        assert np.array_equal(batch.value, [row.value for row in rows])
        assert np.array_equal(batch.standard_error, [row.standard_error for row in rows])


def test_counts_of_zero_cells_change_nothing_but_james_stein() -> None:
    small, padded = Counts(np.array([40, 60])), Counts(np.array([40, 0, 60, 0]))
    for estimator in ("plugin", "miller_madow", "grassberger", "jackknife", "chao_shen"):
        assert entropy(small, estimator=estimator).value == pytest.approx(
            entropy(padded, estimator=estimator).value, abs=1e-14
        )


def test_intervals_hold_where_counts_suffice_and_warn_where_not() -> None:
    p = np.full(100, 0.01)
    rng = np.random.default_rng(14)
    enough = interval_coverage(rng.multinomial(5000, p, size=400), np.log(100), estimator="miller_madow")
    assert enough.covered >= enough.nominal - 4 * np.sqrt(0.95 * 0.05 / 400)
    assert abs(enough.bias) < 4 * enough.bias_error
    assert enough.warned == 0
    few = interval_coverage(rng.multinomial(100, p, size=400), np.log(100), estimator="miller_madow")
    assert few.covered < 0.3
    assert few.warned == 1
    assert few.bias == pytest.approx(-0.257, abs=4 * np.sqrt(2) * few.bias_error + 0.0005)


def test_disagreeing_corrections_warn_above_ten_counts_a_cell() -> None:
    """A Gaussian on 8^4 cells, 10^4 counts: over ten per occupied cell, and yet no interval covers."""
    from scipy.special import ndtr

    one = np.diff(ndtr(np.linspace(-4, 4, 9)))
    p = np.einsum("a,b,c,d->abcd", one, one, one, one).ravel() / one.sum() ** 4
    counts = np.random.default_rng(16).multinomial(10_000, p, size=100)
    result = interval_coverage(counts, float(Shannon()(p)))
    assert np.median(counts.sum(1) / np.count_nonzero(counts, axis=1)) > 10
    assert result.covered < 0.95 - 2 * np.sqrt(0.95 * 0.05 / 100)
    assert result.warned > 0.95


def test_intervals_of_a_general_law() -> None:
    p = np.random.default_rng(1).dirichlet(np.ones(20))
    counts = np.random.default_rng(15).multinomial(300, p, size=(400, 12))
    truth = float(Shannon()(p))
    for kind, sample in (("jackknife", counts.sum(1)), ("replicas", counts)):
        result = interval_coverage(sample, truth, standard_error=kind)  # type: ignore[arg-type]
        # Twelve groups: the quantile of Student's t on 11 degrees is 2.20, so that 1.96 holds 0.924.
        assert result.covered == pytest.approx(
            0.95 if kind == "jackknife" else 0.924, abs=4 * np.sqrt(0.06 * 0.94 / 400)
        )
