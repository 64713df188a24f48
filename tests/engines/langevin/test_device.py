"""Particles on a CUDA device, or in numba's simulator, against the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.config.load import load_config
from physent.core.cuda import device
from physent.engines import Array
from physent.engines.langevin import ENGINE, interactions
from physent.errors import RunError
from tests.engines.devices import off_by, on_both

pytestmark = [pytest.mark.cuda, pytest.mark.simulated]

SLOW = device.simulated()
DRIVING = [{"parameter": "potential.quadratic", "times": [0.0, 0.05], "values": [-1.0, 2.0]}]
HARMONIC = {"kind": "harmonic", "stiffness": 1.5}


CASES: list[dict[str, Any]] = [
    {"dimension": 1, "potential": HARMONIC, "integrator": "exact"},
    {"dimension": 2, "potential": HARMONIC, "force": {"kind": "rotational", "strength": 0.7}},
    {"dimension": 1, "potential": {"kind": "quartic", "quartic": 1.0, "quadratic": -1.0}, "driving": DRIVING},
    {"dimension": 2, "propulsion": {"kind": "abp", "speed": 2.0, "rotational_diffusion": 1.0}},
    {"dimension": 3, "potential": HARMONIC, "propulsion": {"kind": "rtp", "speed": 1.0, "tumble_rate": 9.0}},
    {"dimension": 1, "potential": {"kind": "cosine", "amplitude": 1.0, "period": 2.0}, "integrator": "euler"},
]


def _particles(**parameters: Any) -> dict[str, Any]:
    return {
        "engine": "langevin",
        "seed": 4,
        "replicas": 2,
        "parameters": {"n": 3 if SLOW else 10_001, "temperature": 0.5, "step": 0.01, **parameters},
        "initial": {"kind": "point", "at": 0.3},
        "schedule": {"until": 0.05, "every": 0.05},
    }


@pytest.mark.parametrize("parameters", CASES)
@pytest.mark.filterwarnings("ignore")
def test_particles_are_those_of_the_cpu(parameters: dict[str, Any]) -> None:
    """Potentials, propulsions, integrators and driving, with the ledger; work that ends between."""
    cpu, cuda = on_both(_particles(**parameters), 0.05, works=(1, 1 << 40))
    assert_close(cpu, cuda)


def assert_close(one: dict[str, Array], other: dict[str, Array]) -> None:
    """All variables agree to round-off."""
    assert one.keys() == other.keys()
    for name, values in one.items():
        if np.isfinite(values).any():
            scale = 1.0 + np.nanmax(np.abs(values))
            assert np.nanmax(np.abs(values - other[name])) <= 1e-12 * scale, name


@pytest.mark.parametrize(
    "parameters",
    [
        *CASES,
        {"n": 9 if SLOW else 10_001, "dimension": 2, "potential": HARMONIC, "temperature": [0.5, 1.0]},
        {"dimension": 1, "potential": HARMONIC, "temperature": 0.0},
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_sums_are_measured_there(parameters: dict[str, Any]) -> None:
    """The ledger, rates and displacements: nothing of the state is copied."""
    data = _particles(**parameters)
    if isinstance(parameters.get("temperature"), list):
        data["parameters"]["temperature_of"] = "axis"
    found = off_by(data, 0.05, near=1.0)
    assert max(found.values()) <= 1e-12, found


@pytest.mark.parametrize(
    "driving", [None, [{"parameter": "potential.stiffness", "times": [0.0, 0.05], "values": [1.5, 2.0]}]]
)
@pytest.mark.filterwarnings("ignore")
def test_entropy_of_the_law_is_measured_there(driving: Any) -> None:
    """The change of -ln p of particles from a Gaussian law, and the entropy of Hatano and Sasa."""
    data = _particles(dimension=2, potential=HARMONIC) | {"initial": {"kind": "equilibrium"}}
    if driving:
        data["parameters"]["driving"] = driving
    found = off_by(data, 0.05, near=1.0)
    assert {"entropy_system", "hatano_sasa"} & found.keys() == {"entropy_system"} | (
        {"hatano_sasa"} if driving else set()
    )
    assert max(found.values()) <= 1e-12, found


ABP = {"kind": "abp", "speed": 8.0, "rotational_diffusion": 3.0}
AOUP = {"kind": "aoup", "speed": 8.0, "persistence_time": 2.0}
RTP = {"kind": "rtp", "speed": 8.0, "tumble_rate": 20.0}
PLANE = {"dimension": 2, "n": 10, "box_length": 3.8}
SPACE = {"dimension": 3, "n": 9, "box_length": 3.8}
STARTS = {1: {"kind": "lattice"}, 2: {"kind": "slab", "spacing": 0.95}, 3: {"kind": "slab", "spacing": 0.95}}
SMALL = PLANE | {"n": 6, "box_length": 3.0}  # fewer than three cells
PUSH = {"kind": "uniform", "value": 1.0}
SOFT = {"kind": "softplus", "beta": 20.0}
DRAG = [{"parameter": "force.value", "times": [0.0, 8e-4], "values": [1.0, 2.0]}]


STEP, END = 2e-4, 8e-4


@pytest.fixture
def _short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists that expire every few steps."""
    monkeypatch.setattr(interactions, "SKIN", 0.04)


def crowd(parameters: dict[str, Any], replicas: int = 1) -> dict[str, Any]:
    """A run of four steps."""
    common = {"step": STEP, "temperature": 0.5, "interaction": {"kind": "wca"}}
    return {
        "engine": "langevin",
        "seed": 4,
        "replicas": replicas,
        "parameters": common | parameters,
        "initial": STARTS[parameters["dimension"]] if "box_length" in parameters else {"kind": "point"},
        "schedule": {"until": END, "every": END},
    }


@pytest.mark.parametrize(
    "parameters",
    [
        PLANE | {"propulsion": ABP | {"angular_velocity": 2.0}},
        SMALL | {"propulsion": RTP, "integrator": "euler", "force": PUSH | {"value": [1.0, 2.0]}},
        SPACE | {"propulsion": ABP, "temperature": [0.5, 0.1, 1.0]},
        SPACE | {"propulsion": AOUP, "interaction": SOFT, "temperature": 0.0},
        {"dimension": 1, "n": 6, "box_length": 5.0, "interaction": {"kind": "harmonic", "stiffness": 20.0},
         "force": PUSH, "driving": DRAG, "propulsion": RTP},
        {"dimension": 2, "n": 5, "interaction": {"kind": "springs", "stiffness": 30.0}, "propulsion": AOUP,
         "temperature_of": "particle", "temperature": [0.1, 0.2, 0.3, 0.4, 0.5]},
    ],
)  # fmt: skip
@pytest.mark.usefixtures("_short_lists")
@pytest.mark.filterwarnings("ignore")
def test_a_crowd_is_that_of_the_cpu(parameters: dict[str, Any]) -> None:
    """Pair potentials, dimensions, propulsions and integrators, with the ledger of particles and that of all."""
    found = []
    for name in ("cpu", "cuda"):
        config = load_config(crowd(parameters, 2 if parameters["n"] < 8 else 1), {"device": name})
        method = ENGINE.method(config)
        state = method.start(config, None)
        method.advance(state, END, 1)
        books = crowded(config, state, END)["books"].sum(axis=2)
        found.append(method.fields(state) | {f"row {row}": total for row, total in enumerate(books)})
    assert_close(*found)


MEASURED: list[dict[str, Any]] = [
    PLANE | {"n": 5, "potential": {"kind": "cosine", "amplitude": 1.0, "period": 3.8}},
    SPACE | {"n": 5, "propulsion": AOUP, "interaction": SOFT | {"diameter": 0.9}, "temperature": 0.0},
    {"dimension": 1, "n": 6, "box_length": 5.9, "interaction": {"kind": "harmonic", "stiffness": 20.0},
     "force": PUSH, "driving": DRAG, "integrator": "euler"},
    {"dimension": 2, "n": 5, "interaction": {"kind": "springs", "stiffness": 30.0}, "propulsion": RTP,
     "potential": HARMONIC, "temperature_of": "particle", "temperature": [0.1, 0.2, 0.3, 0.4, 0.5]},
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "replicas"), list(zip(MEASURED, (1, 1, 2, 2), strict=True)))
@pytest.mark.usefixtures("_short_lists")
@pytest.mark.filterwarnings("ignore")
def test_a_crowd_is_measured_there(parameters: dict[str, Any], replicas: int) -> None:
    """Energies of pairs, clusters and density, when lists have just been made anew: nothing of the state is copied."""
    data = crowd(parameters | {"step": 1e-3}, replicas)
    data["schedule"] = {"until": 1e-3, "every": 1e-3}
    found = off_by(data, 1e-3, near=1.0)
    assert max(found.values()) <= 1e-12, found


def test_energies_clusters_and_density_are_those_of_the_places() -> None:
    """A cluster of four particles across the box, and one of three, of which one has gone round it."""
    config = load_config(crowd({"dimension": 2, "n": 7, "box_length": 20.0}), {"device": "cuda"})
    place = [[0.2, 1.0], [19.3, 1.0], [18.4, 1.0], [0.2, 2.12], [10.0, 10.0], [10.0, 11.05], [30.0, 12.05]]
    method = ENGINE.method(config)
    assert method.scalars is not None
    record = method.scalars(method.start(config, {"position": np.array([place])}))
    six = np.array([0.9, 0.9, 1.12, 1.05, 1.0]) ** -6
    assert record["energy"] == pytest.approx([(4 * six * (six - 1) + 1).sum()], rel=1e-13)
    assert record["largest_cluster_fraction"] == [4 / 7]
    assert record["density_variance"] == [(16 * (2**2 + 2**2 + 3**2) - 7**2) / (16 * 7)]  # of 16 cells


@pytest.mark.usefixtures("_short_lists")
def test_samples_of_a_crowd_copy_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not until a field is asked for, which costs no search on the CPU."""
    data = crowd({"dimension": 1, "n": 4, "box_length": 4.0, "propulsion": RTP, "integrator": "euler"})
    found = []
    for name in ("cpu", "cuda"):
        config = load_config(data, {"device": name})
        method = ENGINE.method(config)
        state = method.start(config, None)
        if name == "cuda":
            monkeypatch.setattr(interactions, "energies", None)
        for target in (STEP, END):
            while method.advance(state, target, 1 << 40) != target:
                pass
            assert method.scalars is not None
            record = method.scalars(state)
            assert not [*method.doubts(state, record)]
            assert name == "cpu" or state.behind == set(state.arrays)
        found.append(method.fields(state))
    assert {"particle_epr_even", "particle_epr_odd"} < found[0].keys()
    assert_close(*found)


def crowded(config: Any, state: Any, target: float, work: int = 1 << 40) -> dict[str, Array]:
    """What is stored of a state moved to ``target``, as copies."""
    method = ENGINE.method(config)
    while method.advance(state, target, work) != target:
        pass
    return kept(method.store(state))


def kept(stored: dict[str, Any]) -> dict[str, Any]:
    """Copies of arrays, and numbers."""
    return {name: np.copy(values) if np.ndim(values) else values for name, values in stored.items()}


def assert_same(one: dict[str, Array], other: dict[str, Array]) -> None:
    for name, values in one.items():
        assert np.array_equal(values, other[name], equal_nan=True), name


@pytest.mark.usefixtures("_short_lists")
def test_bits_of_a_crowd_depend_neither_on_blocks_nor_on_pieces_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    from physent.core.cuda.launch import KERNELS

    config = load_config(crowd(PLANE | {"integrator": "euler"}), {"device": "cuda"})
    method = ENGINE.method(config)
    state = method.start(config, None)
    before = method.store(state)["reference"].copy()
    whole = crowded(config, state, END)
    assert (whole["reference"] != before).any()  # the list was made anew
    for kernel in KERNELS:
        monkeypatch.setattr(kernel, "threads", 7)
    assert_same(whole, crowded(config, method.start(config, None), END, work=1))


@pytest.mark.usefixtures("_short_lists")
def test_bits_of_a_crowd_do_not_depend_on_other_replicas() -> None:
    """Their lists expire at other steps."""
    config = load_config(crowd(PLANE | {"integrator": "euler"}, replicas=2), {"device": "cuda"})
    method = ENGINE.method(config)
    both = crowded(config, method.start(config, None), END)
    only = config.model_copy(update={"replicas": 1})
    alone = crowded(only, method.start(only, None), END)
    assert (both["reference"][:, 0] != both["reference"][:, 1]).any()
    assert np.array_equal(both["position"][:, :1], alone["position"])
    assert both["virial"][0] == alone["virial"][0]


@pytest.mark.usefixtures("_short_lists")
def test_a_crowd_resumes_on_either_device() -> None:
    """With the same bits on the same device, and to round-off on the other."""
    data = crowd(PLANE | {"propulsion": ABP, "integrator": "euler"})
    config = load_config(data, {"device": "cuda"})
    method, host = ENGINE.method(config), load_config(data)
    state = method.start(config, None)
    assert method.advance(state, END, 1) == STEP
    assert method.advance(state, END, 1) == 2 * STEP
    stored = kept(method.store(state))
    restored = method.restore(config, kept(stored))
    assert method.scalars is not None
    assert_same(method.scalars(state), method.scalars(restored))
    whole = crowded(config, state, END)
    assert_same(whole, crowded(config, restored, END))
    on_host = ENGINE.method(host)
    resumed = on_host.restore(host, stored)
    crowded(host, resumed, END)
    assert_close(on_host.fields(resumed), method.fields(state))


@pytest.mark.filterwarnings("ignore:invalid value")  # of the simulator, which is NumPy
def test_a_crowd_that_collapses_or_is_lost_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the words of the CPU."""
    from physent.core.cuda import verlet

    config = load_config(crowd(PLANE), {"device": "cuda"})
    state = ENGINE.method(config).start(config, None)
    state.arrays["position"][:] = np.nan
    state.tables.place[:] = np.nan
    with pytest.raises(RunError, match="replica 0: a position is not finite on the way to time"):
        crowded(config, state, END)
    monkeypatch.setattr(verlet, "MOST_PARTNERS", 0)
    with pytest.raises(RunError, match="replica 0: more than 1000 neighbours per particle on the way to time 0"):
        ENGINE.method(config).start(config, None)
