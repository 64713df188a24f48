"""Phase oscillators: CPU time of a dense graph against the package kuramoto; steps of mean fields and lattices."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from physent.config.load import load_config
from physent.engines.oscillators import ENGINE
from physent.engines.oscillators.state import State, unwrapped
from physent.evidence import Contestant

PEER = "kuramoto"
WORK = 10_000_000  # work per call of advance, about as in a run
N, COUPLING, UNTIL, SAMPLE = 1000, 2.0, 1.0, 0.05
DENSE = f"complete graph of {N} oscillators to time {UNTIL:g}"
LORENTZ = {"kind": "lorentzian", "width": 0.0005}
STEPS = (
    ("mean field of 1000, without noise", 2000, {"n": 1000, "frequencies": LORENTZ}),
    ("mean field of 1000, with noise", 2000, {"n": 1000, "frequencies": LORENTZ, "temperature": 0.5}),
    ("mean field of 100000, without noise", 20, {"n": 100_000}),
    ("lattice of 64 x 64, with noise", 500, {"network": {"kind": "lattice", "shape": [64, 64]}, "temperature": 0.5}),
)


def contestants() -> Iterator[Contestant]:
    """The dense graph by edges and as a mean field, and by its peer; then the engine's other kernels."""
    for name, step in (("physent, edges", 0.05), ("physent, edges, finer step", 0.005)):
        prepare = partial(_physent, _complete, step)
        yield Contestant(name, DENSE, prepare, _error, "largest error of an angle", step == 0.05)
    yield Contestant("physent, mean field", DENSE, partial(_physent, _mean, 0.05), _error, "largest error of an angle")
    note = "odeint with its default tolerance, 1.5e-8"
    yield Contestant(PEER, DENSE, _peer, _error, "largest error of an angle", needs=PEER, once=True, note=note)
    for title, count, parameters in STEPS:
        yield Contestant(
            "physent",
            f"{title}, {count} steps",
            partial(_steps, parameters, count),
            reference=True,
            units=lambda state: float(state.made.sum() * state.angle.shape[1]),
            rate_of="oscillator steps/s",
        )


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="physent-bench-")


def _config(parameters: dict[str, Any]) -> Any:
    data = {"engine": "oscillators", "seed": 1, "parameters": {"coupling": COUPLING, **parameters}}
    return load_config({**data, "initial": {"kind": "uniform"}, "schedule": {"until": 1000.0, "every": SAMPLE}})


@cache
def _complete(step: float) -> Any:
    path = Path(_folder().name) / "edges.txt"
    np.savetxt(path, np.stack(np.triu_indices(N, 1), axis=1), fmt="%d")
    frequencies = {"kind": "gaussian", "width": 1.0}
    return _config({"network": {"kind": "graph", "path": str(path)}, "frequencies": frequencies, "step": step})


@cache
def _mean(step: float) -> Any:
    """The same model: over its degree, everyone is coupled to everyone by K/(n - 1)."""
    values = _frequencies().tolist()
    parameters = {"n": N, "coupling": COUPLING * N / (N - 1), "frequencies": {"kind": "list", "values": values}}
    return _config({**parameters, "step": step})


@cache
def _frequencies() -> np.ndarray[Any, Any]:
    state: State = ENGINE.method(_complete(0.05)).start(_complete(0.05), None)
    return np.asarray(state.model.omega[0])


@cache
def _angles() -> np.ndarray[Any, Any]:
    state: State = ENGINE.method(_mean(0.05)).start(_mean(0.05), None)
    return np.asarray(unwrapped(state)[0])


def _physent(config_of: Callable[[float], Any], step: float) -> Callable[[], Any]:
    config = config_of(step)
    method = ENGINE.method(config)
    _advanced(method.start(config, {"angle": _angles()[None]}), 2 * SAMPLE)  # compiles
    state = method.start(config, {"angle": _angles()[None]})

    def work() -> Any:
        return unwrapped(_advanced(state, UNTIL))[0]

    return work


def _advanced(state: State, target: float) -> State:
    advance = ENGINE.methods["graph"].advance
    while advance(state, target, WORK) != target:
        pass
    return state


def _peer() -> Callable[[], Any]:
    model = import_module(PEER).Kuramoto(coupling=COUPLING, dt=UNTIL / 2, T=UNTIL, natfreqs=_frequencies())
    network = np.ones((N, N)) - np.eye(N)
    return lambda: model.run(adj_mat=network, angles_vec=_angles())[:, -1]


@cache
def _exact() -> np.ndarray[Any, Any]:
    def velocity(time: float, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        field = np.exp(1j * x).sum() / (N - 1)
        return np.asarray(_frequencies() + COUPLING * (field * np.exp(-1j * x)).imag)

    return np.asarray(solve_ivp(velocity, (0.0, UNTIL), _angles(), "DOP853", rtol=1e-12, atol=1e-12).y[:, -1])


def _error(angles: np.ndarray[Any, Any]) -> float:
    return float(np.abs(angles - _exact()).max())


def _steps(parameters: dict[str, Any], count: int) -> Callable[[], State]:
    config = _config(parameters)
    method = ENGINE.method(config)
    _advanced(method.start(config, None), SAMPLE)  # compiles
    state: State = method.start(config, None)
    return lambda: _advanced(state, count * SAMPLE)
