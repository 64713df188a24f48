"""Hamiltonian Monte Carlo on a CUDA device, or in numba's simulator, against the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from physent import engines
from physent.config.load import load_config
from physent.core.cuda import device
from physent.engines.coulomb.chain import FORCE, POSITION, TRIAL_FORCE
from physent.typing import Floats
from tests.engines.devices import off_by, on_both

pytestmark = [pytest.mark.cuda, pytest.mark.simulated]

SLOW = device.simulated()
KINDS: dict[str, dict[str, Any]] = {
    "log": {"dimension": 1, "interaction": "log"},
    "plane": {"dimension": 2},
    "space": {"dimension": 3},
}


def _gas(kind: str, n: int, draws: int, exponent: float = 2.0) -> dict[str, Any]:
    return {
        "engine": "coulomb",
        "seed": 2,
        "replicas": 2,
        "parameters": {
            **KINDS[kind],
            "n": n,
            "beta": 2.0,
            "potential": {"exponent": exponent},
            "sampler": "hmc",
            "hmc": {"step_factor": 0.3},
        },
        "schedule": {"draws": draws, "thin": 1, "burn_in": draws},
    }


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize(("kind", "exponent"), [("log", 4.0), ("plane", 2.0), ("space", 3.0)])
@pytest.mark.filterwarnings("ignore")
def test_chains_are_those_of_the_cpu(kind: str, exponent: float, large: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trajectories, acceptance and adaptation, also if work ends inside a trajectory; gases of one block and larger."""
    from physent.engines.coulomb import flights_cuda

    if large:
        monkeypatch.setattr(flights_cuda, "LARGEST", 2)
    n = (17 if large else 6) if SLOW else 700
    cpu, cuda = on_both(_gas(kind, n, 1 if SLOW else 2, exponent), 1, works=(1, 1 << 40))
    assert np.array_equal(cpu["acceptance"] > 0, cuda["acceptance"] > 0)
    for name, bound in (("position", 1e-11), ("energy", 1e-12), ("step_size", 1e-11)):
        assert np.abs(cuda[name] - cpu[name]).max() <= bound * np.abs(cpu[name]).max(), name


@pytest.mark.filterwarnings("ignore")
def test_radius_is_measured_there() -> None:
    """With energies and acceptance: nothing of the chains is copied."""
    found = off_by(_gas("log", 9 if SLOW else 900, 1), 1)
    assert max(found.values()) <= 1e-14, found


SIZES = [2, 3, 33] if SLOW else [2, 3, 33, 1000, 3001]


@pytest.mark.parametrize(("large", "n"), [(large, n) for n in SIZES for large in (False, True) if large or n <= 1024])
@pytest.mark.parametrize(("kind", "exponent"), [("log", 4.0), ("plane", 2.0), ("space", 3.0)])
@pytest.mark.filterwarnings("ignore")
def test_forces_and_energies_are_those_of_the_cpu(
    kind: str, exponent: float, n: int, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within 1e-13 of the largest, by one block per gas and by many."""
    from physent.engines.coulomb import flights_cuda

    if large:
        monkeypatch.setattr(flights_cuda, "LARGEST", 1)
    for value, exact, scale in of_both(_gas(kind, n, 1, exponent)):
        assert np.abs(value - exact).max() <= 1e-13 * scale


@pytest.mark.parametrize("kind", ["plane", "space"])
@pytest.mark.filterwarnings("ignore")
def test_a_large_gas_does_not_feel_other_replicas(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of two replicas has the bits of a run of one, though more clouds meet at once."""
    from physent.engines.coulomb import flights_cuda

    monkeypatch.setattr(flights_cuda, "LARGEST", 1)
    engine, found = engines.get("coulomb"), []
    for replicas in (1, 2):
        data = _gas(kind, 70 if SLOW else 5000, 1, 2.0) | {"replicas": replicas}
        config = load_config(data).model_copy(update={"device": "cuda"})
        resident = engine.method(config).start(config, None)
        found.append(resident.state.path[0, FORCE].copy())
    assert np.array_equal(*found)


def of_both(data: dict[str, Any]) -> Iterator[tuple[Floats, Floats, float]]:
    """Forces, energies of the trap and of the repulsion on the device and on the CPU, and the largest of each.

    Of the initial state: by its start if the gas is large, else by a step of length 0.
    """
    from physent.core.cuda.sums import THREADS
    from physent.engines.coulomb import flights_cuda as flights
    from physent.engines.coulomb.methods import hmc_cuda

    config = load_config(data).model_copy(update={"device": "cuda"})
    engine = engines.get("coulomb")
    cpu = engine.methods["hmc"].start(config, None)
    resident = engine.method(config).start(config, None)
    state, flight, gas = resident.state, resident.tables, resident.state.gas
    found, (trap, energy) = state.path[:, FORCE], state.chain["last"].T
    if gas.n <= flights.LARGEST:
        orders = np.zeros((config.replicas, 4))
        orders[:, flights.FRESH] = orders[:, flights.LEFT] = 1.0
        flight.orders.copy_to_device(orders)
        flights.launch.blocks(
            config.replicas, THREADS, resident.path, flight.keys, flight.orders, gas.dimension, flight.told
        )
        assert sum(hmc_cuda._fly(resident.path, gas, flight, orders, 1)) > 0
        found, told = resident.path.copy_to_host()[:, TRIAL_FORCE], flight.told.copy_to_host()
        trap, energy = told[:, flights.TRAP], told[:, flights.TRAP] + told[:, flights.REPULSION]
    forces, (exact_trap, exact) = cpu.path[:, FORCE], cpu.chain["last"].T
    assert np.array_equal(state.path[:, POSITION], cpu.path[:, POSITION])
    yield found, forces, float(np.abs(forces).max())
    yield trap, exact_trap, float(np.abs(exact_trap).max())
    yield energy - trap, exact - exact_trap, float(np.abs(exact).max() + np.abs(exact_trap).max())


@pytest.mark.filterwarnings("ignore")
def test_a_long_step_is_made_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call ends after one short launch, with a State that is whole; bits are those of whole steps."""
    from physent.core.cuda.launch import Kernel
    from physent.engines.coulomb import flights_cuda, large_gas_cuda

    monkeypatch.setattr(flights_cuda, "LARGEST", 2)
    data = _gas("plane", 17 if SLOW else 1500, 1)
    data["parameters"]["hmc"]["step_factor"] = 1.0
    config = load_config(data).model_copy(update={"device": "cuda"})
    method = engines.get("coulomb").method(config)
    whole = method.start(config, None)
    while method.advance(whole, 1, 1 << 40) < 1:
        pass
    launches: list[int] = []
    launch = Kernel.blocks

    def counted(self: Any, blocks: Any, *rest: Any, **more: Any) -> None:
        launches.append(blocks[0] if "gather" in self.name or "weigh" in self.name else 0)
        launch(self, blocks, *rest, **more)

    monkeypatch.setattr(large_gas_cuda, "MOST_WORK", 1.0)
    monkeypatch.setattr(large_gas_cuda, "WORK_PER_PAIR", 10.0)
    monkeypatch.setattr(Kernel, "blocks", counted)
    state, between, clock = method.start(config, None), 0, -1
    while clock < 1:
        before, going = bits(method.store(state)), state.tables.going
        launches.clear()
        clock = method.advance(state, 1, 1)
        assert sum(launches) <= 1
        if going is not None and state.tables.going is going:
            between += 1
            assert bits(method.store(state)) == before
            if between == 5:  # the same from a checkpoint inside a step
                state = method.restore(config, {name: np.copy(one) for name, one in method.store(state).items()})
    assert between > 10
    assert bits(method.store(state)) == bits(method.store(whole))


def bits(stored: dict[str, Any]) -> dict[str, bytes]:
    """What is compared of a checkpoint; the end of a trajectory that is over is of no account."""
    return {name: np.asarray(one[:, :2] if name == "path" else one).tobytes() for name, one in stored.items()}


def test_reciprocals_are_exact_to_round_off() -> None:
    """Over the whole range of squared distances."""
    from physent.core.cuda.launch import upload
    from tests.core.cuda.reciprocals import reciprocals

    a = np.geomspace(1e-99, 1e99, 40 if SLOW else 100_000)
    found = upload(np.zeros((3, a.size)))
    reciprocals(a.size, upload(a), found)
    one, root, cube = found.copy_to_host()
    assert np.abs(one * a - 1.0).max() < 4e-16
    assert np.abs(root * np.sqrt(a) - 1.0).max() < 6e-16
    assert np.abs(cube * a * np.sqrt(a) - 1.0).max() < 1.4e-15  # 4 ulp, and three roundings of the test


@pytest.mark.filterwarnings("ignore")
def test_charges_at_one_place_have_infinite_energy() -> None:
    """On both devices, so that no trajectory that ends there is accepted."""
    from physent.core.cuda.launch import upload
    from tests.core.cuda.reciprocals import pair_energies

    near = np.zeros((3, 12))
    near[0], near[1, 3] = np.arange(12.0), 1e-160
    near[:, 7] = near[:, 2]
    found = upload(np.zeros((2, 12)))
    pair_energies(12, upload(near), found)
    plane, space = found.copy_to_host()
    assert np.array_equal(np.isinf(plane), np.isin(np.arange(12), [2, 7]))
    assert np.array_equal(np.isinf(space), np.isin(np.arange(12), [2, 7]))
