"""What the engine promises to the runner: record, restart, replicas, threads, complaints."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from physent.engines.coulomb import ENGINE
from physent.errors import RunError, UsageError
from tests.engines.coulomb.runs import begin, config, sample

CASES: dict[str, dict[str, Any]] = {
    "radii": {"sampler": "radii", "potential": {"exponent": 3.0}},
    "matrix": {"sampler": "matrix"},
    "tridiagonal": {"dimension": 1, "interaction": "log", "beta": 1.5},
    "hmc_1d": {"dimension": 1, "sampler": "hmc"},
    "hmc_log": {"dimension": 1, "interaction": "log", "sampler": "hmc"},
    "hmc_2d": {"sampler": "hmc", "potential": {"exponent": 4.0}},
    "hmc_3d": {"dimension": 3, "sampler": "hmc", "n": 9},
}
SCHEDULE: dict[str, Any] = {"draws": 6, "thin": 7, "burn_in": 120, "replicas": 3}


def same(one: Any, other: Any) -> None:
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


def test_every_method_has_a_word() -> None:
    assert {"auto", *ENGINE.methods} == set(get_args(ENGINE.Parameters.model_fields["sampler"].annotation))


@pytest.mark.parametrize("case", CASES)
def test_replicas_and_seeds_differ(case: str) -> None:
    one, other = (sample(config(**{**SCHEDULE, "seed": seed}, **CASES[case]))["max_radius"] for seed in (3, 4))
    assert not np.any(one[:, 0] == one[:, 1])
    assert not np.any(one == other)


def test_matrix_bits_do_not_depend_on_blas() -> None:
    """A size at which BLAS would use its threads."""
    from threadpoolctl import threadpool_limits

    cfg = config(n=150, draws=2)
    with threadpool_limits(limits=2):
        two = sample(cfg)
    with threadpool_limits(limits=1):
        same(two, sample(cfg))


@pytest.mark.parametrize("case", ["radii", "matrix", "tridiagonal"])
def test_a_draw_is_fixed_by_its_index(case: str) -> None:
    """Thinning and burn-in skip independent draws and change none."""
    plain = sample(config(**CASES[case], draws=9))
    thinned = sample(config(**CASES[case], draws=3, thin=4, burn_in=50))
    same(thinned, {name: value[::4] for name, value in plain.items()})


def test_start_from_arrays() -> None:
    cfg = config(dimension=3, sampler="hmc", n=4, replicas=2)
    given = np.random.default_rng(0).normal(size=(2, 4, 3))
    record = ENGINE.method(cfg).fields(begin(cfg, {"position": given}))
    np.testing.assert_array_equal(record["position"], given)
    given[1, 3] = given[1, 0]
    with pytest.raises(RunError, match=r"replica 1: .*coincide"):
        begin(cfg, {"position": given})
    with pytest.raises(UsageError, match="hmc takes them"):
        begin(config(sampler="matrix"), {"position": given})


def test_coupling_and_edge_are_in_the_file() -> None:
    found = ENGINE.resolved(config(dimension=3, n=1000, beta=5.0))
    assert found["coupling"] == "Gamma = beta N^(1/3) / R = 50"
    assert found["droplet_edge"] == "1"
    assert ENGINE.resolved(config(dimension=1, interaction="log"))["droplet_edge"] == f"{np.sqrt(2):.10g}"
