"""What the engine promises to the runner: record, restart, replicas, threads, complaints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pytest

import physent
from physent.core import jit
from physent.engines import get
from physent.engines.coulomb import ENGINE
from physent.errors import RunError, UsageError
from physent.figures.style import config_of
from tests.engines.coulomb.runs import advance, begin, config, sample

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


@pytest.fixture
def two_threads() -> Iterator[None]:
    jit.set_threads(2)
    yield
    jit.set_threads(1)


def same(one: Any, other: Any) -> None:
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


def test_the_table_knows_it() -> None:
    assert get("coulomb") is ENGINE
    assert {"auto", *ENGINE.methods} == set(get_args(ENGINE.Parameters.model_fields["sampler"].annotation))
    for case in CASES.values():
        assert ENGINE.headline in {variable.name for variable in ENGINE.variables(config(**case))}


@pytest.mark.parametrize("case", CASES)
def test_record_is_what_is_declared(case: str) -> None:
    cfg = config(**CASES[case], replicas=2)
    method, state = ENGINE.method(cfg), begin(cfg)
    advance(cfg, state, 1)
    before = {name: np.array(value) for name, value in method.store(state).items()}
    record = method.fields(state)
    sizes = {"replica": 2, **{c.name: c.values.size for c in ENGINE.coordinates(cfg)}}
    declared = ENGINE.variables(cfg)
    assert set(record) == {variable.name for variable in declared}
    for variable in declared:
        assert record[variable.name].shape == tuple(sizes[dim] for dim in variable.dims)
        assert record[variable.name].dtype == variable.dtype
    for value in record.values():
        value[...] = 7.0
    same(before, method.store(state))
    assert ENGINE.state_bytes(cfg) >= sum(np.asarray(value).nbytes for value in before.values()) / 2


@pytest.mark.parametrize("case", CASES)
def test_bits_do_not_depend_on_work_or_restarts(case: str) -> None:
    cfg = config(**SCHEDULE, **CASES[case])
    whole = sample(cfg)
    same(whole, sample(cfg, work=1))
    method, state = ENGINE.method(cfg), begin(cfg)
    for _ in range(30):  # in the midst of the burn-in, and of a trajectory
        if method.advance(state, 0, 1) == 0:
            break
    state = method.restore(cfg, {name: np.copy(v) if np.ndim(v) else v for name, v in method.store(state).items()})
    same(whole, sample(cfg, state=state))


@pytest.mark.parametrize("case", CASES)
def test_replicas_go_their_own_way(case: str) -> None:
    """Fewer replicas are the first of more; each differs from the others; so does another seed."""
    three = sample(config(**SCHEDULE, **CASES[case]))
    one = sample(config(**{**SCHEDULE, "replicas": 1}, **CASES[case]))
    same(one, {name: value[:, :1] for name, value in three.items()})
    other = sample(config(**{**SCHEDULE, "seed": 4}, **CASES[case]))
    radius = three["max_radius"]
    assert not np.any(radius[:, 0] == radius[:, 1])
    assert not np.any(radius == other["max_radius"])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("two_threads")
def test_bits_do_not_depend_on_threads(case: str) -> None:
    two = sample(config(**SCHEDULE, **CASES[case]))
    jit.set_threads(1)
    same(two, sample(config(**SCHEDULE, **CASES[case])))


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


@pytest.mark.parametrize("sampler", ["radii", "hmc"])
def test_resumed_file_equals_undisturbed_one(sampler: str, tmp_path: Any) -> None:
    plain: dict[str, Any] = {"sampler": sampler, "burn_in": 100, "replicas": 2}
    whole = physent.run(config(draws=40, **plain), output=tmp_path / "whole.nc")
    physent.run(config(draws=15, **plain), output=tmp_path / "part.nc").close()
    with physent.resume(tmp_path / "part.nc", until=40) as part:
        for name in whole.data_vars:
            np.testing.assert_array_equal(part[name], whole[name], err_msg=str(name))
        assert part.attrs["sampler"] == sampler
        assert "exp(-beta E)" in part.attrs["convention"]
    whole.close()


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


@pytest.mark.parametrize("case", CASES)
def test_figure(case: str) -> None:
    with physent.run(config(**CASES[case], draws=30, burn_in=100)) as run:
        assert len(ENGINE.figure(run, config_of(run.attrs)).axes) == 3
        assert (
            len(ENGINE.figure(run.drop_vars(["position", "radius"], errors="ignore"), config_of(run.attrs)).axes) == 2
        )
