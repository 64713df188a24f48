"""The engine as a whole: changed parameters, known laws, starts, propulsion, contradictions and reasons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import physent
from physent.config.load import load, load_config
from physent.engines.langevin import ENGINE
from physent.engines.langevin.figures import jarzynski_temperature
from physent.engines.langevin.law import propagate
from physent.engines.langevin.model import table
from physent.engines.langevin.state import set_up
from physent.errors import ConfigError, RunError
from physent.theory import linear
from physent.typing import Array
from tests.engines.langevin.runs import advance, begun, config, energy, potential, ran

TRAP = {"kind": "harmonic", "stiffness": 2.0}
START = {"kind": "equilibrium"}


def scalar(state: Any, name: str) -> Any:
    return ENGINE.methods["independent"].fields(state)[name]


def test_a_jump_of_a_driven_parameter_is_work_at_fixed_place() -> None:
    """At time 0 and in the middle: the differences of the energies just before and just after."""
    jumps = {"parameter": "potential.center", "times": [0.0, 0.0, 0.25, 0.25], "values": [0.0, 1.0, 1.0, 3.0]}
    cfg = config(10, replicas=1, temperature=0.0, potential=TRAP, driving=[jumps])
    state = begun(cfg)
    assert scalar(state, "work")[0] == 0.0
    advance(cfg, state, 5)
    x = scalar(state, "position")[0, 0, 0]
    first = (0.4 - 1.0) ** 2 - 0.4**2
    np.testing.assert_allclose(scalar(state, "work")[0], first, rtol=1e-13)
    np.testing.assert_allclose(scalar(state, "energy")[0], (x - 1.0) ** 2, rtol=1e-13)
    advance(cfg, state, 1)
    np.testing.assert_allclose(scalar(state, "work")[0], first + (x - 3.0) ** 2 - (x - 1.0) ** 2, rtol=1e-13)


def test_a_protocol_makes_work_too_and_keeps_the_entropy_of_the_first_bath() -> None:
    """A `set` of the potential and of the temperature between two legs."""
    event = {"at": 0.25, "set": {"potential": {"kind": "harmonic", "stiffness": 5.0}, "temperature": 3.0}}
    cfg = config(10, replicas=1, potential=TRAP, protocol=[event])
    state = advance(cfg, begun(cfg), 5)
    before = {name: scalar(state, name)[0] for name in ("work", "heat", "energy", "entropy_medium")}
    changed = config(10, replicas=1, potential={"kind": "harmonic", "stiffness": 5.0}, temperature=3.0)
    method = ENGINE.methods["independent"]
    state = method.changed(changed, state, method)
    x = scalar(state, "position")[0, 0, 0]
    np.testing.assert_allclose(scalar(state, "work")[0], before["work"] + 1.5 * x**2, rtol=1e-12)
    assert scalar(state, "heat")[0] == pytest.approx(before["heat"], rel=1e-12)
    advance(changed, state, 5)
    more = scalar(state, "heat")[0] - before["heat"]
    np.testing.assert_allclose(scalar(state, "entropy_medium")[0], before["entropy_medium"] + more / 3.0, rtol=1e-12)


def test_the_law_of_a_linear_system() -> None:
    """Mean and covariance against the matrix exponential, and the entropy against -ln of that density."""
    force = {"kind": "rotational", "strength": 1.5}
    both: dict[str, Any] = {"dimension": 2, "step": 0.01, "potential": potential("quadratic"), "force": force}
    cfg = config(100, n=3, temperature=[1.0, 3.0], initial={**START, "temperature": 2.0}, **both)
    state = begun(cfg)
    first = scalar(state, "position")
    advance(cfg, state, 100)
    stiffness = np.array(potential("quadratic")["matrix"])
    drift = -stiffness + 1.5 * np.array([[0.0, -1.0], [1.0, 0.0]])
    start = 2.0 * np.linalg.inv(stiffness)
    later = linear.covariance(drift, [1.0, 3.0], start, 1.0)
    np.testing.assert_allclose(state.law[:, 1:], later, rtol=1e-8)
    last = scalar(state, "position")
    surprises = [stats.multivariate_normal([0, 0], s) for s in (start, later)]
    expected = (surprises[0].logpdf(first) - surprises[1].logpdf(last)).sum(axis=1)
    np.testing.assert_allclose(scalar(state, "entropy_system"), expected, rtol=1e-6)


def test_the_mean_of_a_driven_law() -> None:
    """Behind a centre at speed v the mean lags by v/k (1 - e^{-kt}); mid-point rule of order 2."""
    move = {"parameter": "potential.center", "times": [0.0, 1.0], "values": [0.0, 0.8]}
    cfg = config(100, step=0.01, potential=TRAP, initial=START, driving=[move])
    law = np.array([[0.0, 0.5]])
    setup = set_up(cfg)
    propagate(setup.model, table(cfg.parameters, setup.row, 0, 100), 100, setup.temperature, law)
    np.testing.assert_allclose(law, [[0.8 - 0.4 * (1 - np.exp(-2.0)), 0.5]], rtol=0.02**2 / 12)


@pytest.mark.parametrize("kind", ["harmonic", "quadratic", "quartic", "cosine"])
def test_equilibrium_starts(kind: str) -> None:
    """Moments of the Boltzmann law by quadrature on a grid, under a uniform force where there is no box."""
    box = 5.0 if kind == "cosine" else None
    force = None if kind == "cosine" else {"kind": "uniform", "value": [0.2, 0.1]}
    both: dict[str, Any] = {"potential": potential(kind), "force": force, "box_length": box}
    cfg = config(1, n=20_000, replicas=1, dimension=2, temperature=0.7, initial=START, **both)
    x = scalar(begun(cfg), "position")[0]
    axis = np.linspace(0.0, 5.0, 301)[:-1] if box else np.linspace(-7.0, 7.0, 301)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    tilt = 0.0 if force is None else grid @ np.array(force["value"])
    weight = np.exp(-(energy(kind, grid) - tilt) / 0.7)
    weight /= weight.sum()

    def measured(y: Array) -> Array:
        a, b = y[..., 0], y[..., 1]
        return np.stack([a, b, a**2, a * b, np.cos(a)])

    for values, exact in zip(measured(x), measured(grid), strict=True):
        error = values.std() / np.sqrt(len(x))
        shift = (axis[1] - axis[0]) if box else 0.0  # of a sum over cells of a box, for what is not periodic
        assert abs(values.mean() - (weight * exact).sum()) < 4.5 * error + 5 * shift


def test_lattice_and_uniform_starts() -> None:
    """Sites differ, lie in the box, and replicas differ in the empty ones."""
    cfg = config(1, n=7, dimension=2, box_length=3.0, initial={"kind": "lattice"})
    x = scalar(begun(cfg), "position")
    sites = x * 1.0 - 0.5
    np.testing.assert_allclose(sites, np.rint(sites), atol=1e-12)
    assert all(len(np.unique(one, axis=0)) == 7 for one in x)
    assert not np.array_equal(x[0], x[1])
    spread = scalar(begun(config(1, n=5000, dimension=3, box_length=3.0, initial={"kind": "uniform"})), "position")
    assert stats.kstest(spread[0, :, 2] / 3.0, "uniform").pvalue > 1e-4


AOUP = {"kind": "aoup", "speed": 1.5, "persistence_time": 0.4}
RTP = {"kind": "rtp", "speed": 1.5, "tumble_rate": 2.5}
ABP = {"kind": "abp", "speed": 1.5, "rotational_diffusion": 2.5}


@pytest.mark.parametrize(
    ("propulsion", "dimension", "rate"),
    [(AOUP, 1, 2.5), (AOUP, 3, 2.5), (RTP, 1, 5.0), (RTP, 2, 2.5), (RTP, 3, 2.5), (ABP, 2, 2.5)],
)
def test_propulsion_is_stationary_and_forgets_at_its_rate(propulsion: Any, dimension: int, rate: float) -> None:
    """<u.u> = speed^2, isotropic, and <u(t).u(0)> = speed^2 e^{-rate t} at any step."""
    cfg = config(3, n=20_000, replicas=1, dimension=dimension, step=0.1, temperature=0.0, propulsion=propulsion)
    state = begun(cfg)
    first = scalar(state, "propulsion")[0]
    last = scalar(advance(cfg, state, 3), "propulsion")[0]
    for u in (first, last):
        squares = u**2
        assert np.all(abs(squares.mean(0) - 1.5**2 / dimension) < 4 * squares.std(0) / np.sqrt(len(u)) + 1e-12)
        assert np.all(abs(u.mean(0)) < 4 * u.std(0) / np.sqrt(len(u)))
    product = (first * last).sum(1)
    assert abs(product.mean() - 1.5**2 * np.exp(-0.3 * rate)) < 4 * product.std() / np.sqrt(len(product))


def test_reflection_of_the_box_and_images() -> None:
    """Unwrapped places are those of open space, whatever the box."""
    common: dict[str, Any] = {"n": 4, "dimension": 2, "temperature": 4.0}
    open_space = ran(config(20, **common), 20)["position"]
    box = ran(config(20, box_length=0.5, **common), 20)
    assert (box["position"] >= 0).all()
    assert (box["position"] < 0.5).all()
    np.testing.assert_allclose(box["position"] + 0.5 * box["image"], open_space, atol=1e-12)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"potential": TRAP, "box_length": 3.0}, "box_length: found 3.0 with a potential that is not periodic"),
        ({"potential": {"kind": "cosine", "period": 2.0}, "box_length": 3.0}, "over a whole number"),
        ({"force": {"kind": "rotational", "strength": 1.0}}, "rotational in dimension 1"),
        ({"propulsion": ABP}, "abp in dimension 1"),
        ({"propulsion": ABP | {"angular_velocity": 1.0}, "dimension": 3}, "angular_velocity: found 1.0"),
        ({"integrator": "exact"}, "harmonic potential"),
        ({"temperature": [1.0, 2.0]}, "found 2 entries, expected dimension = 1"),
        ({"potential": {"kind": "quadratic", "matrix": [[1.0, 0.5], [0.4, 1.0]]}}, "not symmetric"),
        ({"initial": {"kind": "equilibrium"}}, "equilibrium of free particles"),
        ({"initial": {"kind": "lattice"}}, "lattice in unbounded space"),
        ({"initial": {"kind": "equilibrium"}, "potential": TRAP, "temperature": 0.0}, "temperature 0"),
        (
            {"potential": TRAP, "driving": [{"parameter": "potential.stiffness", "times": [0.0], "values": [0.0]}]},
            "stiffness down to 0",
        ),
        ({"potential": TRAP, "protocol": [{"at": 0.05, "set": {"temperature": 0.0}}]}, "entropies would begin"),
    ],
)
def test_contradictions(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        config(10, **parameters)


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("epr_even", {"temperature": 0.0, "propulsion": AOUP}, "diverges as 1/T; epr_noise_free .* epr_velocity"),
        ("epr_odd", {"temperature": 0.0, "propulsion": RTP}, "diverges as 1/T"),
        ("epr_even", {}, "epr_trapezoid"),
        ("epr_velocity", {"temperature": 0.0, "propulsion": AOUP, "force": {"kind": "uniform", "value": 1.0}}, "null"),
        ("entropy_system", {"propulsion": AOUP, "potential": TRAP}, "knn_entropy"),
    ],
)
def test_what_is_not_defined_is_refused_by_name(name: str, parameters: dict[str, Any], words: str) -> None:
    data = config(10, **parameters).plain()
    data["diagnostics"] = [{"kind": "mean", "name": "m", "of": name}]
    with pytest.raises(ConfigError, match=words):
        load_config(data)


def test_self_diffusion_is_refused_with_what_is_recorded() -> None:
    """What a run without a box lacks; what the message names is there."""
    data = config(10).plain()
    data["diagnostics"] = [{"kind": "self_diffusion"}]
    with pytest.raises(ConfigError) as caught:
        load_config(data)
    for name, why in (("image", "it needs a periodic box_length"), ("velocity", "overdamped particles have none")):
        advice = "mean_square_displacement, since the start, is recorded at every sample"
        assert f"config: diagnostics.0.kind: {name} is not recorded: {why}; {advice}" in caught.value.lines
    data["diagnostics"] = [{"kind": "mean", "of": "mean_square_displacement"}]
    load_config(data)


def test_a_trap_that_is_open_along_an_axis_has_no_steady_law() -> None:
    drive = {"parameter": "potential.center", "times": [0.0, 1.0], "values": [0.0, 1.0]}
    trap = {"kind": "harmonic", "stiffness": [1.0, 0.0]}
    assert "hatano_sasa" not in ran(config(2, dimension=2, potential=trap, driving=[drive]), 2)
    with pytest.raises(ConfigError, match="does not confine"):
        config(2, dimension=2, potential=trap, initial=START)


RUNAWAY = {"integrator": "euler", "potential": {"kind": "harmonic", "stiffness": 1.0}}


@pytest.mark.parametrize(
    ("changes", "product"),
    [
        ({"step": 2.1}, "2.1"),
        ({"step": 2.0}, None),
        ({"step": 2.1, "integrator": "heun"}, "2.1"),
        ({"step": 2.1, "integrator": "exact"}, None),
        ({"step": 0.5, "mobility": 2.0, "potential": {"kind": "quadratic", "matrix": [[2.0, 1.0], [1.0, 2.0]]}}, "3"),
        ({"step": 0.5, "mobility": 2.0, "potential": {"kind": "quadratic", "matrix": [[0.5, 1.0], [1.0, 0.5]]}}, None),
        ({"step": 0.5, "potential": {"kind": "harmonic", "stiffness": [1.0, 7.0]}}, "3.5"),
        ({"step": 0.5, "driving": [{"parameter": "potential.stiffness", "times": [0, 1], "values": [1, 6]}]}, "3"),
        ({"step": 3.0, "potential": {"kind": "quartic"}}, None),
    ],
)
def test_a_step_with_which_particles_run_away(changes: dict[str, Any], product: str | None) -> None:
    """Above h mu k = 2, with the largest k; the chain shows that it is so."""
    parameters = {"dimension": 2, **RUNAWAY, **changes}
    until = 20.0 * parameters["step"]
    data = {"engine": "langevin", "seed": 1, "parameters": parameters, "initial": {"kind": "point", "at": [1.0, 0.3]}}
    loaded = load({**data, "schedule": {"until": until, "every": until}})
    told = [one for one in loaded.warnings if "particles run away from the trap" in one]
    assert [f"step * mobility * stiffness is {product}, expected" in one for one in told] == [True] * bool(product)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("integrator", "stiffness"), [("heun", 5.0), ("heun", 50.0), ("euler", 5.0), ("euler", 6.0)])
def test_a_run_that_diverges_ends_in_one_error(integrator: str, stiffness: float) -> None:
    """Sums of many particles overflow before those of each: numpy says nothing."""
    potential = {"kind": "harmonic", "stiffness": stiffness}
    parameters = {"n": 200, "dimension": 2, "step": 0.5, "integrator": integrator, "potential": potential}
    data = {"engine": "langevin", "seed": 1, "parameters": parameters, "initial": {"kind": "point"}}
    data |= {"schedule": {"until": 1500.0, "every": 0.5}, "output": {"fields": "none"}}
    with pytest.raises(RunError, match=r"is not finite (as float64 at|on the way to) time"):
        physent.run(data)


def test_a_step_that_is_too_long_ends_the_run() -> None:
    cfg = config(4000, temperature=0.0, potential={"kind": "harmonic", "stiffness": 100.0})
    with pytest.raises(RunError, match="choose a smaller"):
        ran(cfg, 4000)


@pytest.mark.parametrize(("temperature", "scales"), [(1.5, 1.5), ([2.0, 2.0], 2.0), ([1.0, 2.0], None), (0.0, 0.0)])
def test_the_temperature_is_a_scale_if_there_is_one(temperature: Any, scales: float | None) -> None:
    cfg = config(dimension=2, temperature=temperature)
    assert ENGINE.scales(cfg) == ({} if scales is None else {"temperature": scales})


def test_positions_that_are_given_have_no_known_law() -> None:
    """The entropies of the declared start are unknown; the ledger is not."""
    drive = {"parameter": "potential.center", "times": [0.0, 0.5], "values": [0.0, 1.0]}
    cfg = config(4, replicas=3, potential=TRAP, driving=[drive], initial=START)
    given = {"position": np.full((3, 1, 1), 7.0)}
    record = ENGINE.method(cfg).fields(advance(cfg, begun(cfg, given), 4))
    for name in ("entropy_system", "entropy_total", "hatano_sasa"):
        assert np.isnan(record[name]).all()
    declared = {one.name for one in ENGINE.variables(cfg) if one.may_be_nan}
    assert declared >= {"entropy_system", "entropy_total", "hatano_sasa"}
    np.testing.assert_allclose(record["energy"] - (7.0**2), record["work"] - record["heat"], rtol=1e-12)
    assert np.isfinite(record["entropy_medium"]).all()


def test_the_excess_of_hatano_and_sasa_when_the_bath_changes() -> None:
    """-ln p_ss before and after, written out: of a temperature, a centre and a force that change at once."""
    drive = {"parameter": "potential.stiffness", "times": [0.0, 0.5], "values": [2.0, 3.0]}
    legs: list[dict[str, Any]] = [
        {"temperature": 1.0, "potential": TRAP, "force": {"kind": "uniform", "value": [0.3, -0.2]}},
        {
            "temperature": 0.6,
            "potential": {**TRAP, "center": [0.5, 0.1]},
            "force": {"kind": "uniform", "value": [-0.4, 0.9]},
        },
    ]
    both: dict[str, Any] = {"dimension": 2, "n": 2, "replicas": 400, "initial": START, "driving": [drive]}
    first, second = (config(10, **both, **leg) for leg in legs)
    state = advance(first, begun(first), 5)
    before, x = scalar(state, "hatano_sasa"), np.moveaxis(state.position, 0, 2)
    method = ENGINE.methods["independent"]
    state = method.changed(second, state, method)
    laws = []
    for leg in legs:
        mean = np.array(leg["potential"].get("center", [0.0, 0.0])) + np.array(leg["force"]["value"]) / 2.5
        laws.append(stats.multivariate_normal(mean, leg["temperature"] / 2.5 * np.eye(2)))
    rise = (laws[0].logpdf(x) - laws[1].logpdf(x)).sum(axis=1)
    np.testing.assert_allclose(scalar(state, "hatano_sasa"), before + rise, rtol=1e-11)
    advance(second, state, 5)
    weights = np.exp(-scalar(state, "hatano_sasa"))
    assert abs(weights.mean() - 1) < 4 * weights.std() / 20 < 0.8


@pytest.mark.parametrize(
    ("changes", "temperature"),
    [
        ({}, 1.5),
        ({"force": {"kind": "rotational", "strength": 1.0}}, 1.5),
        ({"force": {"kind": "uniform", "value": 0.5}}, None),
        ({"initial": {"kind": "point"}}, None),
        ({"initial": {**START, "temperature": 2.0}}, None),
        ({"protocol": [{"at": 0.25, "set": {"temperature": 2.0}}]}, None),
    ],
)
def test_the_figure_gives_a_free_energy_only_if_the_work_does(changes: Any, temperature: float | None) -> None:
    settings: dict[str, Any] = {"dimension": 2, "potential": TRAP, "temperature": 1.5, "initial": START, **changes}
    cfg = config(10, **settings)
    assert jarzynski_temperature(cfg.plain()) == temperature
    (work,) = (one for one in ENGINE.variables(cfg) if one.name == "work")
    assert ("dF of U" in str(work.attrs.get("comment", ""))) == (changes.get("force", {}).get("kind") == "uniform")


def test_work_with_a_uniform_force_gives_the_free_energy_of_the_trap_only_from_no_force() -> None:
    """From f(0) = 0 the mean is 1, for dF of U is 0; from f(0) = f and no change it is exp(f.x) with x -> x(0)."""
    for force, mean in ((0.0, 1.0), (0.8, None)):
        ramp = {"parameter": "force.value", "times": [0.0, 0.5], "values": [force, 0.8]}
        both: dict[str, Any] = {"potential": TRAP, "force": {"kind": "uniform", "value": 0.0}, "driving": [ramp]}
        cfg = config(10, n=1, replicas=8000, initial=START, **both)
        weights = np.exp(-scalar(advance(cfg, begun(cfg), 10), "work"))
        error = weights.std() / np.sqrt(8000)
        if mean is None:
            # w = f (x' - x), Gaussian with mean 0 and variance 2 f^2/k (1 - e^{-kt}), k = 2, t = 1/2.
            mean = float(np.exp(0.8**2 / 2 * (1 - np.exp(-1.0))))
            assert mean > 1 + 8 * error
        assert abs(weights.mean() - mean) < 4 * error
