"""Coulomb gases: sums over pairs against NumPy and the machine's arithmetic; draws against DPPy's matrices."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physent import engines
from physent.config.load import load_config
from physent.core import pairs
from physent.core.jit import njit, njit_fast
from physent.diagnostics.chains import effective_sample_size
from physent.engines import Method
from physent.evidence import Bound, Contestant

Floats = NDArray[np.float64]

PEER = "dppy"
WORK = 20_000_000  # work per call of advance, about as in a run
N = 1000
REPEATS = 100
# Additions and multiplications per pair; roots, divisions and logarithms are not counted.
FLOP = {"force in the plane": 13, "force in space": 22, "energy in the plane": 6, "energy in space": 9}
STATISTICS = ("energy", "sum r^2", "largest radius")


def contestants() -> Iterator[Contestant]:
    """Sums over all pairs at N = 1000; then draws of the gas at beta = 2."""
    for task in FLOP:
        title = f"{task}, N = {N}, {REPEATS} x {N * (N - 1) // 2} pairs"
        entrant = partial(Contestant, task=title, error=partial(_error, task), error_of="relative, against long double")
        yield entrant("physent", prepare=partial(_kernel, task), reference=True, bound=partial(_arithmetic, task))
        yield entrant("NumPy broadcast", prepare=partial(_broadcast, task), once=True)
    for n, draws in ((100, 100), (1000, 5)):
        title = f"{draws} independent draws of all positions, plane, beta = 2, N = {n}"
        # HMC makes as many trajectories as are worth that number of independent draws of the slowest statistic.
        yield Contestant("physent hmc", title, partial(_chain, n, draws), reference=True, bound=partial(_slowest, n))
        yield Contestant("physent matrix", title, partial(_independent, n, "matrix", draws, 1), once=n > 100)
        yield Contestant("DPPy", title, partial(_dppy, n, draws), needs=PEER, once=n > 100)
    for n in (100, 1000):
        title = f"10000 draws of all radii, plane, beta = 2, N = {n}"
        yield Contestant("physent radii", title, partial(_independent, n, "radii", 100, 100), reference=True)
        yield Contestant("NumPy standard_gamma", title, partial(_numpy_gamma, n, 10_000), once=True)


def _cloud(task: str) -> Floats:
    """Charges in a ball, (axes, N)."""
    axes = 2 if "plane" in task else 3
    rng = np.random.default_rng(7)
    x = rng.normal(size=(axes, N))
    return np.asarray(x / np.sqrt((x**2).sum(axis=0)) * rng.random(N) ** (1 / axes))


@njit
def _log_forces(count: int, r: Floats, tile: Floats, out: Floats) -> None:
    for _ in range(count):
        pairs.log_forces(r, tile, out)


@njit
def _inverse_forces(count: int, r: Floats, tile: Floats, out: Floats) -> None:
    for _ in range(count):
        pairs.inverse_forces(r, tile, out)


@njit
def _log_energies(count: int, r: Floats, tile: Floats, out: Floats) -> None:
    for _ in range(count):
        out[0, 0] = pairs.log_energy(r, tile)


@njit
def _inverse_energies(count: int, r: Floats, tile: Floats, out: Floats) -> None:
    for _ in range(count):
        out[0, 0] = pairs.inverse_energy(r, tile)


KERNELS = dict(zip(FLOP, (_log_forces, _inverse_forces, _log_energies, _inverse_energies), strict=True))


def _kernel(task: str) -> Callable[[], Floats]:
    r = _cloud(task)
    out, tile = np.empty_like(r), pairs.tiles(1, len(r), N)[0]
    KERNELS[task](1, r, tile, out)

    def work() -> Floats:
        KERNELS[task](REPEATS, r, tile, out)
        return out if "force" in task else out[:1, :1]

    return work


def _sums(task: str, r: Any) -> Any:
    """The sum over pairs by NumPy broadcasting, in the precision of ``r``."""
    d = r[:, :, None] - r[:, None, :]
    square = (d * d).sum(axis=0)
    np.fill_diagonal(square, 1.0)
    match task:
        case "force in the plane":
            return (d / square).sum(axis=2)
        case "force in space":
            return (d / (square * np.sqrt(square))).sum(axis=2)
        case "energy in the plane":
            return np.array([[-np.log(square).sum() / 4]])
    return np.array([[(1 / np.sqrt(square)).sum() / 2 - r.shape[1] / 2]], dtype=r.dtype)


def _broadcast(task: str) -> Callable[[], Floats]:
    r = _cloud(task)

    def work() -> Floats:
        for _ in range(REPEATS):
            out = _sums(task, r)
        return np.asarray(out)

    return work


def _error(task: str, outcome: Floats) -> float:
    truth = _sums(task, _cloud(task).astype(np.longdouble))
    return float(np.linalg.norm((outcome - truth).ravel()) / np.linalg.norm(truth.ravel()))


@njit_fast
def _multiply_add(count: int, x: Floats, a: float, b: float) -> None:
    for _ in range(count):
        for j in range(x.shape[0]):
            y = x[j]
            for _ in range(32):
                y = y * a + b
            x[j] = y


@cache
def _rate() -> float:
    """Additions and multiplications per second of a loop of fused multiply-adds on this core, best of five."""
    x, count = np.ones(256), 20_000
    _multiply_add(1, x, 0.999, 1e-3)
    best = np.inf
    for _ in range(5):
        start = time.process_time()
        _multiply_add(count, x, 0.999, 1e-3)
        best = min(best, time.process_time() - start)
    return 2 * 32 * x.size * count / best


def _arithmetic(task: str, outcome: Floats) -> Bound:
    visits = REPEATS * N * (N - 1) // 2
    text = (
        f"{FLOP[task]} operations per pair at {_rate() / 1e9:.0f} GFLOP/s of fused multiply-adds, no roots or divisions"
    )
    return Bound(text, visits * FLOP[task] / _rate())


def _config(n: int, sampler: str, replicas: int) -> Any:
    return load_config(
        {
            "engine": "coulomb",
            "seed": 11,
            "replicas": replicas,
            "parameters": {"dimension": 2, "n": n, "beta": 2.0, "sampler": sampler},
            "initial": {"kind": "droplet"},
            "schedule": {"draws": 10**6, "burn_in": 300 if sampler == "hmc" else 0},
        }
    )


def _advance(method: Method, state: Any, target: int) -> None:
    while method.advance(state, target, WORK) != target:
        pass


@cache
def _pilot(n: int) -> tuple[Method, Any, dict[str, float]]:
    """Method, state after the burn-in, and the number of trajectories per independent draw, for each statistic."""
    replicas, draws = 2, 3000 if n == 100 else 400
    config = _config(n, "hmc", replicas)
    method = engines.get("coulomb").method(config)
    state = method.start(config, None)
    _advance(method, state, 0)
    found = np.empty((draws, replicas, 3))
    for draw in range(draws):
        _advance(method, state, draw + 1)
        record = method.fields(state)
        found[draw, :, 0], found[draw, :, 2] = record["energy"], record["max_radius"]
        found[draw, :, 1] = (record["position"] ** 2).sum(axis=(1, 2))
    times = draws * replicas / np.array([effective_sample_size(found[..., k]) for k in range(3)])
    return method, state, dict(zip(STATISTICS, times.tolist(), strict=True))


def _chain(n: int, draws: int) -> Callable[[], int]:
    method, state, times = _pilot(n)
    replicas = len(state.chain)
    trajectories = round(draws * max(times.values()) / replicas)

    def work() -> int:
        _advance(method, state, int(state.chain["draw"].min()) + trajectories)
        return trajectories * replicas

    return work


def _slowest(n: int, trajectories: int) -> Bound:
    """CPU time of one force and energy per leapfrog step, and nothing else."""
    _, state, times = _pilot(n)
    steps = float(np.ceil(state.chain["length"] / np.exp(state.chain["log_step"])).mean())
    r = np.ascontiguousarray(state.position[0])
    out, tile = np.empty_like(r), pairs.tiles(1, 2, n)[0]
    count = max(10, 2_000_000 // n**2)
    _log_forces(1, r, tile, out)
    start = time.process_time()
    _log_forces(count, r, tile, out)
    each = (time.process_time() - start) / count
    rates = ", ".join(f"{name} {value:.2f}" for name, value in times.items())
    text = f"{trajectories} trajectories of {steps:.1f} steps, forces only; trajectories per draw: {rates}"
    return Bound(text, trajectories * steps * each)


def _independent(n: int, sampler: str, draws: int, replicas: int) -> Callable[[], Any]:
    config = _config(n, sampler, replicas)
    method = engines.get("coulomb").method(config)
    _advance(method, method.start(config, None), 1)
    state = method.start(config, None)

    def work() -> Any:
        for draw in range(state.draw + 1, state.draw + 1 + draws):  # a draw that is skipped is not made
            _advance(method, state, draw)
        return state.position

    return work


def _dppy(n: int, draws: int) -> Callable[[], Any]:
    from dppy.beta_ensembles import GinibreEnsemble
    from threadpoolctl import threadpool_limits

    rng = np.random.RandomState(3)

    def work() -> Any:
        with threadpool_limits(limits=1):  # of the BLAS that the import of DPPy loaded
            for _ in range(draws):
                ensemble = GinibreEnsemble()
                ensemble.sample_full_model(size_N=n, random_state=rng)
        return ensemble

    return work


def _numpy_gamma(n: int, draws: int) -> Callable[[], Floats]:
    rng, shape = np.random.default_rng(5), np.arange(1.0, n + 1)

    def work() -> Floats:
        for _ in range(draws):
            radius = np.sqrt(rng.standard_gamma(shape) / n)
        return np.asarray(radius)

    return work
