"""Draws of every sampler against what is known exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate, special, stats

from physent.core.gamma import fill_gammas
from physent.engines.coulomb import ENGINE
from tests.engines.coulomb.runs import Reals, begin, config, effective, sample


def squares(record: dict[str, Reals]) -> Reals:
    """Sum of r^2, (draw, replica)."""
    return np.asarray((record["position"] ** 2).sum(axis=(2, 3)))


def chains(draws: int, **changes: Any) -> dict[str, Reals]:
    return sample(config(draws=draws, burn_in=400, sampler="hmc", **{"replicas": 2, **changes}))


@pytest.mark.parametrize("beta", [0.5, 2.0, 6.0])
def test_sum_of_squares_is_a_gamma_variate(beta: float) -> None:
    """In the plane with V = s r^2/2: sum r^2 ~ Gamma(N + beta N (N-1)/4, scale 2/(beta N s)), by scaling."""
    n, s = 12, 1.7
    record = chains(6000, n=n, beta=beta, potential={"exponent": 2.0, "strength": s})
    law = stats.gamma(n + beta * n * (n - 1) / 4, scale=2 / (beta * n * s))
    found = squares(record)
    mean, error = effective(found)
    assert abs(mean - law.mean()) < 4.5 * error
    variance, error = effective((found - law.mean()) ** 2)
    assert abs(variance - law.var()) < 4.5 * error
    thinned = found[::10].ravel()
    assert stats.kstest(thinned, law.cdf).pvalue > 1e-5
    assert (record["acceptance"][-1] > 0.6).all()


@pytest.mark.parametrize(
    ("dimension", "interaction", "beta", "n"),
    [(1, "coulomb", 2.0, 20), (1, "log", 3.0, 15), (2, "coulomb", 1.0, 15), (3, "coulomb", 2.0, 15)],
)
@pytest.mark.parametrize("exponent", [2.0, 4.0])
def test_virial(dimension: int, interaction: str, beta: float, n: int, exponent: float) -> None:
    """<sum_i x_i . grad_i E> = d N / beta, by integration by parts in the weight."""
    record = chains(
        3000, dimension=dimension, interaction=interaction, beta=beta, n=n, potential={"exponent": exponent}
    )
    r = np.sqrt((record["position"] ** 2).sum(axis=-1))
    trap = n * (r**exponent).sum(axis=-1)
    repulsion = record["energy"] - trap / exponent
    if interaction == "log" or dimension == 2:
        repulsion = np.full_like(trap, -n * (n - 1) / 2)
    mean, error = effective(trap + repulsion if dimension != 3 else trap - repulsion)
    assert abs(mean - dimension * n / beta) < 4.5 * error


@pytest.mark.parametrize(("sampler", "draws"), [("matrix", 300), ("hmc", 4000)])
def test_mean_energy(sampler: str, draws: int) -> None:
    """N = 10, beta = 2: 31.38303918972, from the independent radii and the angular average of -log |z - w|."""
    record = sample(config(draws=draws, burn_in=400, replicas=4, n=10, sampler=sampler))
    mean, error = effective(record["energy"])
    assert abs(mean - 31.38303918972) < 4.5 * error


def test_energy_of_a_record_is_that_of_its_positions() -> None:
    for parameters in (
        {"sampler": "matrix"},
        {"dimension": 1, "interaction": "log", "sampler": "tridiagonal", "beta": 1.5},
        {"dimension": 1, "sampler": "hmc"},
        {"dimension": 3, "sampler": "hmc", "potential": {"exponent": 3.0, "strength": 0.5}},
    ):
        cfg = config(draws=3, burn_in=100, n=9, **parameters)
        record, p = sample(cfg), cfg.parameters
        x = record["position"][-1, 0]
        distance = np.sqrt(((x[:, None] - x[None]) ** 2).sum(axis=-1))[np.triu_indices(9, 1)]
        pair = -distance if p.dimension == 1 and p.interaction == "coulomb" else -np.log(distance)
        pair = 1 / distance if p.dimension == 3 else pair
        r = np.sqrt((x**2).sum(axis=-1))
        trap = p.potential.strength * r**p.potential.exponent / p.potential.exponent
        assert record["energy"][-1, 0] == pytest.approx(9 * trap.sum() + pair.sum(), rel=1e-12)
        assert record["max_radius"][-1, 0] == pytest.approx(r.max())


@pytest.mark.parametrize("exponent", [0.7, 2.0, 4.0, 9.0])
def test_radii_have_their_laws(exponent: float) -> None:
    """Moments of the set from p_k(r) ~ r^(2k-1) exp(-2 N s r^p/p) by quadrature, and the largest one."""
    n, s = 6, 1.3
    record = sample(
        config(draws=40, replicas=500, n=n, sampler="radii", potential={"exponent": exponent, "strength": s})
    )
    assert set(record) == {"radius", "max_radius"}
    radius = record["radius"].reshape(-1, n)
    assert np.all(np.diff(radius, axis=1) >= 0)

    def moment(k: int, q: float) -> float:
        def weight(r: float, q: float) -> float:
            return float(r ** (2 * k - 1 + q) * np.exp(-2 * n * s * r**exponent / exponent))

        return float(integrate.quad(weight, 0, np.inf, args=(q,))[0] / integrate.quad(weight, 0, np.inf, args=(0,))[0])

    total = (radius**2).sum(axis=1)
    mean = sum(moment(k, 2) for k in range(1, n + 1))
    variance = sum(moment(k, 4) - moment(k, 2) ** 2 for k in range(1, n + 1))
    assert total.mean() == pytest.approx(mean, abs=4.5 * np.sqrt(variance / len(total)))
    spread = np.std((total - mean) ** 2) / np.sqrt(len(total))
    assert np.mean((total - mean) ** 2) == pytest.approx(variance, abs=4.5 * spread)
    shape = 2 * np.arange(1, n + 1) / exponent
    median = np.median(record["max_radius"])
    below = np.prod(special.gammainc(shape, 2 * n * s * median**exponent / exponent))
    assert below == pytest.approx(0.5, abs=4.5 * 0.5 / np.sqrt(len(total)))


def test_radii_are_those_of_matrices_and_of_chains() -> None:
    """Number of charges in a disc, whose law takes more than one of them: mean 2.5, variance from the sum."""
    n, a = 10, 0.5
    inside = special.gammainc(np.arange(1, n + 1), n * a**2)
    mean, variance = inside.sum(), (inside * (1 - inside)).sum()
    for sampler, draws, replicas in (("radii", 50, 100), ("matrix", 1000, 1), ("hmc", 4000, 2)):
        record = sample(config(draws=draws, burn_in=400, replicas=replicas, n=n, sampler=sampler))
        r = record["radius"] if "radius" in record else np.sqrt((record["position"] ** 2).sum(axis=-1))
        counts = (r < a).sum(axis=-1).astype(float)
        for x, wanted in ((counts, mean), ((counts - mean) ** 2, variance)):
            found, error = effective(x)
            assert abs(found - wanted) < 4.5 * error, sampler


@pytest.mark.parametrize("beta", [0.7, 2.0, 4.0])
def test_tridiagonal_moments(beta: float) -> None:
    """Sum x^2 ~ Gamma(N/2 + beta N (N-1)/4, scale 2/(beta N s)); x is unbounded, symmetric, exchangeable."""
    n, s = 30, 0.6
    record = sample(
        config(dimension=1, interaction="log", n=n, beta=beta, draws=400, replicas=2, potential={"strength": s})
    )
    law = stats.gamma(n / 2 + beta * n * (n - 1) / 4, scale=2 / (beta * n * s))
    assert stats.kstest(squares(record).ravel(), law.cdf).pvalue > 1e-5
    first = record["position"][:, :, 0, 0].ravel()
    assert abs(first.mean()) < 4.5 * first.std() / np.sqrt(first.size)
    assert np.std(first) == pytest.approx(np.sqrt(law.mean() / n), rel=4.5 * 0.5 / np.sqrt(first.size))


def test_tridiagonal_spacing_of_two() -> None:
    """N = 2: the distance y has density y^beta exp(-beta y^2/2) (weight in centre and relative coordinate)."""
    beta = 3.0
    record = sample(config(dimension=1, interaction="log", n=2, beta=beta, draws=2000))
    y = np.abs(np.diff(record["position"][:, 0, :, 0], axis=1)).ravel()
    assert stats.kstest(beta * y**2 / 2, stats.gamma((beta + 1) / 2).cdf).pvalue > 1e-5


def test_density_of_matrices() -> None:
    """Number of charges within r, N = 20: sum of P(k, N r^2)."""
    n = 20
    record = sample(config(draws=300, n=n, sampler="matrix", replicas=2))
    r = np.sqrt((record["position"] ** 2).sum(axis=-1))
    for edge in (0.5, 0.9, 1.0, 1.1):
        inside = special.gammainc(np.arange(1, n + 1), n * edge**2)
        found = (r < edge).sum(axis=-1)
        error = np.sqrt((inside * (1 - inside)).sum() / found.size)
        assert abs(found.mean() - inside.sum()) < 4.5 * error
    angle = np.arctan2(record["position"][..., 1], record["position"][..., 0]).ravel()
    assert abs(np.exp(1j * angle).mean()) < 4.5 / np.sqrt(angle.size)


@pytest.mark.parametrize("beta", [1.0, 2.0])
def test_line_moments(beta: float) -> None:
    """On a line, N = 10: cumulants of sum x^2 from independent Gaussians conditioned on their order."""
    mean, variance = {1.0: (4.81595996001, 1.62068687461), 2.0: (4.04130511646, 0.72995062513)}[beta]
    record = chains(8000, dimension=1, n=10, beta=beta)
    found = squares(record)
    for x, wanted in ((found, mean), ((found - mean) ** 2, variance)):
        value, error = effective(x)
        assert abs(value - wanted) < 4.5 * error


@pytest.mark.parametrize("exponent", [0.3, 2.0, 40.0])
@pytest.mark.parametrize("n", [1, 2, 7, 500])
def test_radii_ascend(n: int, exponent: float) -> None:
    """The gamma variates of the exact law, sorted, through r = (p t / (2 N))^(1/p)."""
    cfg = config(sampler="radii", n=n, replicas=2, potential={"exponent": exponent})
    state = begin(cfg)
    t = np.empty(n)
    for replica in range(2):
        fill_gammas(state.keys[replica], 0, 0, state.shape, t)
        expected = np.sort((exponent * t / (2 * n)) ** (1 / exponent))
        np.testing.assert_allclose(ENGINE.method(cfg).fields(state)["radius"][replica], expected, rtol=1e-13)


@pytest.mark.parametrize(
    "changes", [{"beta": 1.0}, {"dimension": 3}, {"potential": {"exponent": 4.0}}, {"potential": {"strength": 2.0}}]
)
def test_exact_entropy_only_of_the_ginibre_ensemble(changes: dict[str, Any]) -> None:
    """S = log Z + 2 <E> at n = 100 is 87.4915612554."""
    ginibre: dict[str, Any] = {"dimension": 2, "n": 100, "beta": 2.0}
    known = ENGINE.scales(config(**ginibre))
    assert float(known["configurational_entropy"]) == pytest.approx(0.874915612554, abs=1e-11)
    assert "configurational_entropy" not in ENGINE.scales(config(**(ginibre | changes)))
