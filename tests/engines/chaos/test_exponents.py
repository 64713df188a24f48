"""Exponents of runs: exact values, invariants, order, restarts, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

import physent
from physent.config.load import load, load_config
from physent.core import jit
from physent.engines.chaos.observables import kaplan_yorke_dimension, ks_entropy
from physent.errors import ConfigError, RunError


def config(system: dict[str, Any], until: float, every: float | None = None, **more: Any) -> dict[str, Any]:
    parameters = {"system": system, **more.pop("parameters", {})}
    data = {"engine": "chaos", "seed": 1, "parameters": parameters, "initial": {"kind": "box"}}
    return data | {"schedule": {"until": until, "every": every or until}, **more}


LORENZ = {"step": 0.01, "integrator": "rk4"}


def run(*arguments: Any, **more: Any) -> xr.Dataset:
    return physent.run(config(*arguments, **more))


def test_a_cycle() -> None:
    """Logistic r = 3.2 has a cycle of two: half of ln|4 + 2 r - r^2|."""
    found = run({"kind": "logistic", "r": 3.2}, 3000.0, parameters={"transient": 1000})
    assert float(found.lyapunov[-1, 0, 0]) == pytest.approx(0.5 * np.log(abs(4 + 6.4 - 3.2**2)), abs=1e-12)
    assert float(found.ks_entropy[-1, 0]) == 0.0
    assert float(found.kaplan_yorke_dimension[-1, 0]) == 0.0


def test_coupled_doubling_maps() -> None:
    """Lambda_k = ln 2 + ln|1 - e + e cos(2 pi k/n)|; tangents align within the transient."""
    n, e = 8, 0.3
    system = {"kind": "coupled_maps", "map": {"kind": "doubling"}, "n": n, "coupling": e}
    found = run(system, 3000.0, parameters={"transient": 1000})
    exact = np.log(2) + np.log(np.abs(1 - e + e * np.cos(2 * np.pi * np.arange(n) / n)))
    np.testing.assert_allclose(found.lyapunov[-1, 0], np.sort(exact)[::-1], atol=1e-12)
    assert float(found.ks_entropy[-1, 0]) == pytest.approx(exact[exact > 0].sum(), abs=1e-12)
    np.testing.assert_allclose(found.divergence[-1, 0], exact.sum(), atol=1e-12)


def test_sums_and_pairs() -> None:
    """Of Henon's map ln b; of the standard map 0, in pairs."""
    henon = run({"kind": "henon"}, 2000.0).isel(time=-1, replica=0)
    assert float(henon.lyapunov.sum()) == pytest.approx(np.log(0.3), abs=1e-12)
    standard = run({"kind": "standard", "K": 3.0}, 2000.0).isel(time=-1, replica=0)
    assert float(standard.lyapunov.sum()) == pytest.approx(0.0, abs=1e-12)
    assert float(standard.lyapunov[0]) > 0.3
    assert 0 <= float(standard.theta) < 2 * np.pi
    assert float(standard.kaplan_yorke_dimension) == pytest.approx(2.0, abs=1e-9)


def test_fewer_exponents_are_the_first_of_all() -> None:
    """Bit for bit, and the orbit too, in a spectrum of 40 and in one of 3."""
    for system, few, until in (({"kind": "lorenz"}, (0, 1, 2), 20.0), ({"kind": "lorenz96"}, (7,), 2.0)):
        all_of = run(system, until, parameters=LORENZ)
        for k in few:
            some = run(system, until, parameters=LORENZ | {"exponents": k})
            np.testing.assert_array_equal(some.state, all_of.state)
            if k:
                np.testing.assert_array_equal(some.lyapunov, all_of.lyapunov[..., :k])
            else:
                assert "lyapunov" not in some


def test_order_of_convergence() -> None:
    """Halving the step divides the error by 16 or 256."""
    start = {"initial": {"kind": "point", "at": [0.1, 0.2, 0.3, 0.1]}}

    def end(step: float, integrator: str) -> Any:
        parameters = {"step": step, "integrator": integrator, "exponents": 0}
        return run({"kind": "henon_heiles"}, 12.8, parameters=parameters, **start).state[-1, 0]

    exact = end(0.02, "dop853")
    for integrator, step, ratio in (("rk4", 0.1, 16), ("dop853", 0.8, 256)):
        coarse, fine = (float(abs(end(h, integrator) - exact).max()) for h in (step, step / 2))
        assert 0.5 * ratio < coarse / fine < 2 * ratio


def test_what_counts() -> None:
    """Exponents are means of local ones since the transient, or since the restart and another transient."""
    found = run(
        {"kind": "lorenz"}, 10.0, 0.5, parameters=LORENZ | {"transient": 1.0, "reorthonormalise": 7},
        protocol=[{"at": 5.0, "do": "restart_exponents"}],
    ).isel(replica=0)  # fmt: skip
    time, local, spectrum = found.time.values, found.local_lyapunov.values, found.lyapunov.values
    assert np.isnan(spectrum[time <= 1.0]).all()
    assert np.isnan(spectrum[(time > 5.0) & (time <= 6.0)]).all()
    for begin, end in ((1.0, 5.0), (6.0, 10.0)):
        within = (time > begin) & (time <= end)
        np.testing.assert_allclose(local[within].mean(axis=0), spectrum[time == end][0], rtol=1e-9)


def test_a_ramp_compiles_nothing() -> None:
    """A protocol, and a sweep, change constants; the exponents of the new ones count anew."""
    variables = {"x": "r*x*(1 - x)", "angle": "angle + 3"}
    texts = {"kind": "equations", "evolution": "map", "variables": variables, "constants": {"r": 3.2}}
    texts |= {"modulo": {"angle": 2.0}}
    ends = {"initial": {"kind": "box", "low": [0.1, 0.0], "high": [0.9, 0.0]}}
    found = run(
        texts, 2000.0, 1000.0, parameters={"transient": 500},
        protocol=[{"at": 1000.0, "set": {"system.constants.r": 3.5}}], **ends,
    )  # fmt: skip
    before = jit.compilations()
    again = run(texts | {"constants": {"r": 3.5}}, 1000.0, parameters={"transient": 500}, **ends)
    assert jit.compilations() == before
    np.testing.assert_allclose(found.lyapunov[1, 0], [0.0, -0.91629073], atol=1e-8)
    np.testing.assert_array_equal(found.angle[:, 0], [0.0, 0.0, 0.0])
    np.testing.assert_allclose(found.lyapunov[2], again.lyapunov[1], atol=1e-6)
    built_in = run({"kind": "logistic", "r": 3.5}, 1000.0, parameters={"transient": 500})
    np.testing.assert_allclose(built_in.lyapunov[1, 0, 0], again.lyapunov[1, 0, 1], atol=1e-6)


def test_an_escape_names_the_replica() -> None:
    data = config({"kind": "henon"}, 100.0, replicas=2)
    with pytest.raises(RunError, match=r"replica 1 left \|x\| <= 1e\+06 at time \d+: x = -"):
        physent.run(data, initial={"state": np.array([[0.1, 0.1], [5.0, 5.0]])})


@pytest.mark.parametrize(
    ("spectrum", "size", "entropy", "dimension"),
    [
        ([0.9, 0.0, -14.5], 3, 0.9, 2 + 0.9 / 14.5),
        ([0.5, 0.3], 2, 0.8, 2.0),
        ([-0.1, -0.2], 2, 0.0, 0.0),
        ([0.5, 0.3], 4, np.nan, np.nan),
        ([0.5, -0.2], 4, 0.5, np.nan),
        ([0.5, -0.7], 4, 0.5, 1 + 0.5 / 0.7),
        ([0.2, 0.1, -0.1, -0.2], 4, 0.3, 4.0),
        ([-0.916, 0.693], 2, 0.693, 1 + 0.693 / 0.916),
        ([-1.67e-5, -1.06e-5, 4.71e-5, -1.98e-5], 4, 4.71e-5, 4.0),
        ([0.0, -1.0, -2.0], 3, 0.0, 1.0),
        ([0.9, 0.0], 3, 0.9, np.nan),
        ([np.nan, np.nan], 2, np.nan, np.nan),
    ],
)
def test_closed_values(spectrum: list[float], size: int, entropy: float, dimension: float) -> None:
    one = np.array([spectrum])
    np.testing.assert_allclose(ks_entropy(one, size), [entropy], atol=1e-15)
    np.testing.assert_allclose(kaplan_yorke_dimension(one, size), [dimension], atol=1e-12)


def texts(evolution: str = "map", **variables: str) -> dict[str, Any]:
    return {"kind": "equations", "evolution": evolution, "variables": variables}


POINT = {"initial": {"kind": "point"}}


def test_a_point_is_in_general_position() -> None:
    """The middles of these boxes stay on an axis, at a fixed point, and at equal sites."""
    for system, more in (({"kind": "lorenz"}, LORENZ), ({"kind": "logistic"}, {}), ({"kind": "lorenz96"}, LORENZ)):
        found = run(system, 20.0, parameters={**more, "exponents": 1}, **POINT).isel(replica=0)
        assert (np.ptp(found.state.values, axis=0) > 1e-2).all()
        assert len(np.unique(found.state[-1])) == found.sizes["component"]


def test_an_orbit_at_rest() -> None:
    found = run(
        {"kind": "lorenz"}, 400.0, 100.0, parameters=LORENZ | {"exponents": 1},
        initial={"kind": "point", "at": [0.0, 0.0, 25.0]},
    )  # fmt: skip
    assert "rests at an unstable fixed point: the entropy is 0, not ks_entropy" in found.attrs["warnings"]


def test_vectors_are_set_afresh() -> None:
    """First x is chaotic and y not, then the other way round: ln 2 is found in both halves."""
    system = texts(x="a*x*(1 - x)", y="b*y*(1 - y)") | {"constants": {"a": 4.0, "b": 3.2}}
    found = run(
        system, 10000.0, 5000.0, initial={"kind": "point", "at": [0.3, 0.4]},
        protocol=[{"at": 5000.0, "set": {"system.constants.a": 3.2, "system.constants.b": 4.0}}],
    )  # fmt: skip
    np.testing.assert_allclose(found.ks_entropy[1:, 0], np.log(2), rtol=0.02)
    np.testing.assert_allclose(found.lyapunov[2, 0], [np.log(2), -0.9163], rtol=0.02)


@pytest.mark.parametrize(
    ("system", "at", "parameters", "message"),
    [
        (texts(x="sqrt(x)"), 0.0, {}, "replica 0: the Jacobian is no number at x = 0 at time 0"),
        (texts("flow", x="sqrt(x)"), 0.0, {"step": 0.1}, "replica 0: the Jacobian is no number near x = 0 at time 0"),
        ({"kind": "logistic"}, 0.3, {"reorthonormalise": 1000}, "smaller parameters.reorthonormalise, found 1000"),
    ],
)
def test_no_exponents(system: dict[str, Any], at: float, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(RunError, match=message):
        run(system, 1000.0, parameters=parameters, initial={"kind": "point", "at": [at]})


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("log(x)", -1.0, "replica 0: x is no number at time 1: a logarithm, root or power of a negative number, 0/0"),
        ("(x - 5)**0.5", 1.0, "replica 0: x is no number at time 1: a logarithm, root or power of a negative number"),
        ("x/(x - x)", 0.0, "replica 0: x is no number at time 1: a logarithm, root or power of a negative number, 0/0"),
        (
            "x/(x - x)",
            1.0,
            r"left \|x\| <= 1e\+06 at time 1: x = inf; start inside .* or equations that never divide by 0; ",
        ),
        ("3*x", 9e5, r"left \|x\| <= 1e\+06 at time 1: x = 2.7e\+06; .* larger parameters.bound; "),
    ],
)
def test_orbits_that_end(text: str, at: float, message: str) -> None:
    """What is no number is told from what is infinite, and from what is large."""
    with pytest.raises(RunError, match=message):
        run(texts(x=text), 10.0, parameters={"exponents": 0}, initial={"kind": "point", "at": [at]})


@pytest.mark.parametrize("every", [1, 10, 100])
def test_vectors_that_vanish(every: int) -> None:
    """The map of Henon with b = 0 forgets y at every step, also where rounding is left of the second vector.

    The warning comes with the first sample and counts up to it.
    """
    found = run({"kind": "henon", "b": 0.0}, 100.0, float(every))
    count = f"tangent vectors vanished ({every} by time {every}, and perhaps more later) and were replaced, because"
    assert count in found.attrs["warnings"]
    np.testing.assert_allclose(found.lyapunov[-1, 0, 1], np.log(1e-300), rtol=1e-12)


@pytest.mark.parametrize("every", [1, 7])
def test_vectors_that_a_ring_forgets(every: int) -> None:
    """Two modes of three doubling maps at the coupling 2/3 are multiplied by 0, which rounding makes 1e-16."""
    system = {"kind": "coupled_maps", "map": {"kind": "doubling"}, "n": 3, "coupling": 2 / 3}
    parameters = {"reorthonormalise": every, "transient": 14.0}
    found = run(system, 154.0, parameters=parameters).isel(replica=0, time=-1)
    lost = np.log(1e-300) / every
    np.testing.assert_allclose(found.lyapunov, [np.log(2), lost, lost], rtol=1e-12)
    np.testing.assert_allclose(found.divergence, np.log(1e-300), rtol=1e-12)
    assert f"tangent vectors vanished ({2 * 154 // every} by time 154" in found.attrs["warnings"]


@pytest.mark.parametrize(
    ("every", "words"),
    [
        (10, "tangent vectors less than 1e-08 is normal to those before ("),
        (200, "or because parameters.reorthonormalise = 200 steps"),
    ],
)
def test_vectors_that_are_rarely_orthonormalised(every: int, words: str) -> None:
    """One vector grows by 3 per step, the other shrinks as fast, and both turn to the same direction."""
    system = texts(x="3*x", y="y/3 + 1e-3*x") | {"modulo": {"x": 1.0, "y": 1.0}}
    found = run(system, 2000.0, parameters={"reorthonormalise": every}, initial={"kind": "point", "at": [0.1, 0.2]})
    assert words in found.attrs["warnings"]


def test_small_exponents_are_open() -> None:
    """A limit cycle has dimension 1, and with k = 1 an entropy, whatever the sign of its exponent 0."""
    system = texts("flow", x="x - w*y - x*(x*x + y*y)", y="y + w*x - y*(x*x + y*y)") | {"constants": {"w": 1.0}}
    for at in ([0.5, 0.0], [2.0, 0.0]):
        found = run(system, 50.0, parameters={"step": 0.05}, initial={"kind": "point", "at": at}).isel(time=-1)
        assert (float(found.ks_entropy[0]), float(found.kaplan_yorke_dimension[0])) == (0.0, 1.0)
        assert 0 < abs(float(found.lyapunov[0, 0])) < 3 / 50
        one = run(system, 50.0, parameters={"step": 0.05, "exponents": 1}, initial={"kind": "point", "at": at})
        assert float(one.ks_entropy[-1, 0]) == 0.0


def test_no_exponent_and_no_doubt() -> None:
    """The standard map without kicks stretches nothing."""
    found = run({"kind": "standard", "K": 0.0}, 1000.0, 100.0, parameters={"transient": 10})
    assert float(found.kaplan_yorke_dimension[-1, 0]) == 2.0
    assert found.attrs["warnings"] == ""


def test_periodic_starts_are_wrapped() -> None:
    found = run({"kind": "cat"}, 1.0, initial={"kind": "point", "at": [-0.049, 1.5]})
    np.testing.assert_allclose(found.state[0, 0], [0.951, 0.5])


@pytest.mark.parametrize(("coupling", "said"), [(0.0, "kind"), (0.2, ""), (0.55, "coupling")])
def test_rings_that_end_at_0(coupling: float, said: str) -> None:
    """All but one exponent of 3 doubling maps are negative for 1/3 < coupling < 1."""
    system = {"kind": "coupled_maps", "map": {"kind": "doubling"}, "n": 3, "coupling": coupling}
    found = load(config(system, 10.0, 1.0)).warnings
    assert [one.partition(":")[0] for one in found] == [f"parameters.system.{said}"] * bool(said)


OWN = {"kind": "equations", "evolution": "flow", "variables": {"x": "-x"}}
WRONG: list[tuple[str, dict[str, Any]]] = [
    ("parameters.step: this key is missing", {"parameters": {"system": {"kind": "lorenz"}}}),
    ("parameters.step: found 0.1, expected null", {"parameters.step": 0.1}),
    ("schedule.every: found 0.5, expected a whole number", {"schedule": {"until": 1.0, "every": 0.5}}),
    ("parameters.transient: found 0.5, expected a multiple", {"parameters.transient": 0.5}),
    ("parameters.exponents: found 3, expected at most the number of variables, 1", {"parameters.exponents": 3}),
    ("system.variables.x: unknown name", {"parameters": {"system": {**OWN, "variables": {"x": "y"}}, "step": 0.1}}),
    ("system.variables.time: found time", {"parameters": {"system": {**OWN, "variables": {"time": "1"}}, "step": 0.1}}),
    ("system.constants.x: found x, which is a variable",
     {"parameters": {"system": {**OWN, "constants": {"x": 1.0}}, "step": 0.1}}),
    ("system.constants.sin: found sin, expected a name",
     {"parameters": {"system": {**OWN, "constants": {"sin": 1.0}}, "step": 0.1}}),
    ("system.modulo.y: found text 'y', expected x",
     {"parameters": {"system": {**OWN, "modulo": {"y": 1.0}}, "step": 0.1}}),
    ("initial.low: this key is missing: equations has no default start", {"parameters": {"system": OWN, "step": 0.1}}),
    ("initial.at: found 2 values, expected one for each of 1", {"initial": {"kind": "point", "at": [0.1, 0.2]}}),
    ("initial.low: found 1 above high = 0.95 for x", {"initial": {"kind": "box", "low": [1.0]}}),
    ("protocol.0.set.system.kind: a protocol sets constants",
     {"protocol": [{"at": 1.0, "set": {"system.kind": "cat"}}]}),
    ("expected exactly one of `slope` and `a`", {"parameters": {"system": {"kind": "tent"}}}),
    ("protocol.0.at: found 1.5, expected a whole number", {"protocol": [{"at": 1.5, "do": "restart_exponents"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "changes"), WRONG, ids=range(len(WRONG)))
def test_contradictions(message: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(config({"kind": "logistic"}, 10.0, 1.0), changes)
    assert any(message in line for line in caught.value.lines), caught.value.lines
