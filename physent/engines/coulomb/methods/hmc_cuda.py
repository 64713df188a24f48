"""`hmc` on a CUDA device: the host decides about starts, acceptance and adaptation, by the functions of the CPU."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from physent.core.cuda.launch import TYPICAL, empty, upload
from physent.core.cuda.sums import THREADS, parts
from physent.core.jit import njit
from physent.engines import Arrays, EngineConfig
from physent.engines.coulomb import flights_cuda as flights
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb import large_gas_cuda as large
from physent.engines.coulomb.adaptation import freeze
from physent.engines.coulomb.chain import Settings
from physent.engines.coulomb.flights_cuda import DRAW, ENDED, FRESH, LEFT, PULL, REPULSION, STARTED, STEP, TRAP
from physent.engines.coulomb.gas import Gas, Keys, gas_of
from physent.engines.coulomb.methods import hmc
from physent.engines.coulomb.methods.hmc import Chains
from physent.engines.coulomb.trajectories import book, judge, prepare
from physent.engines.twins import Resident, twin
from physent.typing import Floats

_LEAST_WORK = 5000.0
"""Units of work (about 10 ns) of a step, however small the gas."""


@dataclass
class _Going:
    """Steps that have begun. Those of a gas whose steps are long are made apart, of copies: the State stays whole."""

    path: Any
    chain: Any
    pulled: Floats
    orders: Floats
    most: int  # steps
    launches: Iterator[float]  # that are left, with the work of each


@dataclass
class _Flight:
    """Constants, and what host and device tell each other."""

    keys: Any  # on the device
    trap: tuple[Any, ...]  # `flights_cuda.TYPES`
    orders: Any  # (replica, 4) on the device
    told: Any  # (replica, 5) on the device
    accepted: Any  # (replica,) on the device
    own: Any  # (replica, share, rows, n) of a large gas, on the device: forces
    back: Any  # (replica, slot, rows, n), their reactions
    pulled: Floats  # (replica,) `gas.pull` of the samples
    apart: Any  # as the path, on the device, if steps are long
    going: _Going | None = None


def _is_large(n: int) -> bool:
    return n > flights.LARGEST


def _is_long(n: int, replicas: int) -> bool:
    """Whether a step is too long for one launch."""
    return _is_large(n) and large.step_work(n, replicas) > large.MOST_WORK


def _tables(config: EngineConfig, state: Chains) -> _Flight:
    gas, replicas = state.gas, len(state.path)
    table = state.work.table
    rows, first, shift = (np.empty((0, 1)), 0, 0) if table is None else table
    trap = gas.beta, gas.n * gas.strength, float(gas.exponent), upload(rows), int(first), int(shift)
    own, back = (
        [empty((replicas, many, gas.rows, gas.n)) for many in large.plan(gas.n)[-2:]]
        if _is_large(gas.n)
        else (None, None)
    )
    pulled = [
        gases.pull(gas, np.ascontiguousarray(state.position[c]), state.chain["last"][c, 0], table)
        for c in range(replicas)
    ]
    return _Flight(
        upload(state.keys), trap, empty((replicas, 4)), empty((replicas, 5)), empty(replicas, np.int8), own, back,
        np.array(pulled), empty(state.path.shape) if _is_long(gas.n, replicas) else None,
    )  # fmt: skip


@njit
def _order(stop: int, settings: Settings, keys: Keys, chains: Any, orders: Floats) -> None:
    """Prepare trajectories of chains before draw ``stop``, and write down what the device has to do."""
    for c in range(len(chains)):
        chain = chains[c]
        orders[c, LEFT] = 0.0
        if chain.draw < stop:
            orders[c, FRESH] = 1.0 if chain.left == 0 else 0.0
            if chain.left == 0:
                prepare(settings, keys[c], chain)
            orders[c, DRAW], orders[c, STEP], orders[c, LEFT] = chain.draw, chain.step, chain.left


@njit
def _land(
    most: int, gas: Gas, settings: Settings, keys: Keys, chains: Any, orders: Floats, told: Floats, pulled: Floats,
    accepted: Any,
) -> None:  # fmt: skip
    """Enter up to ``most`` steps of each chain; decide about those whose trajectory is complete."""
    for c in range(len(chains)):
        chain = chains[c]
        accepted[c] = 0
        if orders[c, LEFT] == 0.0:
            continue
        if orders[c, FRESH] > 0.0:
            chain.total = gas.beta * chain.energy + told[c, STARTED]
        chain.left -= min(chain.left, most)
        if chain.left == 0:
            energy = told[c, TRAP] + told[c, REPULSION]
            probability, good = judge(keys[c], chain, gas.beta * energy + told[c, ENDED] - chain.total, energy)
            if good:
                accepted[c], pulled[c] = 1, told[c, PULL]
            book(gas, settings, chain, probability, told[c, TRAP] if good else chain.last[0], pulled[c])


def _advance(resident: Resident, target: int, work: int) -> Generator[None, None, int]:
    state, flight = resident.state, resident.tables
    draw = state.chain["draw"]
    burning = bool((draw < 0).any())
    # As on the CPU, no chain passes draw 0 before all have ended their burn-in.
    stop = min(target, 0) if burning else target
    left = float(work)
    while left > 0 and (draw < stop).any():
        going = flight.going or _take_off(resident, stop, left)
        flight.going = going if flight.apart is not None else None
        for spent in going.launches:
            left -= spent
            if left <= 0 and flight.going is not None:
                break
        else:
            yield
            _touch_down(resident, going)
            flight.going = None
    yield
    if burning:
        for c in np.flatnonzero((draw == 0) & np.isnan(state.chain["before"])):
            freeze(state.chain[c], state.settings.adapt_step, state.settings.adapt_length)
    return int(draw.sum()) // len(draw)


def _take_off(resident: Resident, stop: int, work: float) -> _Going:
    """Begin as many steps as ``work`` allows, at least one."""
    state, flight = resident.state, resident.tables
    path, chain, pulled, gas = resident.path, state.chain, flight.pulled, state.gas
    each = max(_LEAST_WORK, large.step_work(gas.n, len(chain)))
    most = max(1, int(work / each))
    if flight.apart is not None:
        path, chain, pulled, most = flight.apart, chain.copy(), pulled.copy(), 1
        path.copy_to_device(resident.path)
    orders = np.zeros((len(chain), 4))
    _order(stop, state.settings, state.keys, chain, orders)
    most = min(most, int(orders[:, LEFT].max()))
    flight.orders.copy_to_device(orders)
    flights.launch.blocks(len(chain), THREADS, path, flight.keys, flight.orders, gas.dimension, flight.told)
    fly = _fly_large if _is_large(gas.n) else _fly
    return _Going(path, chain, pulled, orders, most, fly(path, gas, flight, orders, most))


def _touch_down(resident: Resident, going: _Going) -> None:
    """Enter the steps that were made."""
    state, flight, chains = resident.state, resident.tables, len(going.chain)
    told, accepted = flight.told.copy_to_host(), np.zeros(chains, np.int8)
    _land(
        going.most, state.gas, state.settings, state.keys, going.chain, going.orders, told, going.pulled, accepted
    )  # fmt: skip
    flight.accepted.copy_to_device(accepted)
    flights.settle.blocks(chains, THREADS, going.path, flight.accepted)
    if flight.apart is not None:
        resident.arrays["path"], flight.apart = going.path, resident.path
        state.chain[:], flight.pulled = going.chain, going.pulled


def _fly(path: Any, gas: Gas, flight: _Flight, orders: Floats, most: int) -> Iterator[float]:
    threads, chains = flights.threads_of(gas.n), len(orders)
    kernels = flights.flights_of(gas.rows, threads)
    kernels.fly.blocks(chains, threads, path, flight.orders, most, *flight.trap)
    if ((orders[:, LEFT] > 0) & (orders[:, LEFT] <= most)).any():
        kernels.end.blocks(chains, threads, path, flight.orders, most, *flight.trap, flight.told)
    yield most * max(_LEAST_WORK, large.step_work(gas.n, chains))


def _fly_large(path: Any, gas: Gas, flight: _Flight, orders: Floats, most: int) -> Iterator[float]:
    chains, gather = len(orders), large.gas_of(gas.rows)
    ends = set(orders[:, LEFT].astype(int).tolist()) - {0}
    for number in range(most + 1):
        large.leap(gas.n, path, flight.orders, number, most, rows=chains)
        if number in ends:
            yield from large.over_pairs(gather.energies, path, flight.orders, number, flight.own, flight.back.shape[1])
            large.finish.blocks(chains, THREADS, path, flight.orders, number, flight.own, *flight.trap, flight.told)
        if number < most:
            yield _LEAST_WORK
            yield from large.over_pairs(gather.forces, path, flight.orders, number, flight.own, flight.back)
            large.add(gas.n, path, flight.orders, number, flight.own, flight.back, *flight.trap, rows=chains)


def _max_radius(resident: Resident) -> Floats:
    replicas, _, _, n = resident.path.shape
    found = parts(flights.reach, replicas, n, 1, resident.path, resident.state.gas.dimension)
    return np.asarray(np.sqrt(found[:, :, 0].max(axis=1)))


def _memory(config: EngineConfig) -> int:
    gas, replicas = gas_of(config.parameters), int(config.replicas)
    parts = sum(large.plan(gas.n)[-2:]) if _is_large(gas.n) else 0
    paths = 2 if _is_long(gas.n, replicas) else 1
    return 8 * replicas * (gas.rows * gas.n * (5 * paths + parts) + 16)


def _placed(config: EngineConfig, given: Arrays | None) -> Chains:
    """The initial state, of a large gas without forces and energies, which take the CPU minutes."""
    return (hmc.placed if _is_large(gas_of(config.parameters).n) else hmc.METHOD.start)(config, given)


_TWIN = twin(
    replace(hmc.METHOD, start=_placed),
    ("path",),
    _advance,
    tables=_tables,
    memory=_memory,
    measures={"max_radius": _max_radius},
    early=("chain",),
)


def _start(config: EngineConfig, given: Arrays | None) -> Resident:
    resident: Resident = _TWIN.start(config, given)
    if _is_large(resident.state.gas.n):
        _weigh(resident)
        hmc.weighed(resident.state)
    return resident


def _weigh(resident: Resident) -> None:
    """Forces and energies of the samples, by a step of length 0."""
    state, flight, chains = resident.state, resident.tables, len(resident.path)
    orders = np.zeros((chains, 4))
    orders[:, FRESH] = orders[:, LEFT] = 1.0
    flight.orders.copy_to_device(orders)
    flights.launch.blocks(chains, THREADS, resident.path, flight.keys, flight.orders, state.gas.dimension, flight.told)
    for _ in _fly_large(resident.path, state.gas, flight, orders, 1):
        pass
    told = flight.told.copy_to_host()
    flight.accepted.copy_to_device(np.ones(chains, np.int8))
    flights.settle.blocks(chains, THREADS, resident.path, flight.accepted)
    state.chain["energy"] = told[:, TRAP] + told[:, REPULSION]
    state.chain["last"] = np.stack([told[:, TRAP], state.chain["energy"]], axis=1)
    flight.pulled[:] = told[:, PULL]
    resident.moved()


METHOD = replace(_TWIN, start=_start)
TYPICAL.append(lambda: (flights.flights_of(2, 256), flights.flights_of(3, 256), large.gas_of(2), large.gas_of(3)))
