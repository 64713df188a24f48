"""Potentials from a module of the user's own: exact laws, bits of built-in twins, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import physent
from physent import theory
from physent.cli import commands
from physent.config import imports
from physent.config.load import load_config
from physent.engines.coulomb import gas as gases
from physent.engines.coulomb import tabulated
from physent.engines.potentials import REGISTERED
from physent.errors import ConfigError, UsageError

TEXT = '''
"""Potentials of my own."""

import numpy as np

from physent.own import potential


@potential
def mixed(r, a=1.0, b=1.0):
    """Quadratic and quartic."""
    return a * r**2 / 2 + b * r**4 / 4


@potential(derivative=lambda r, depth=1.0: r + depth * np.tanh(r))
def smooth_cone(r, depth=1.0):
    return r**2 / 2 + depth * np.log(np.cosh(r))


@potential
def trap(x, frequency):
    return (frequency * x) ** 2 / 2


@potential(derivative=lambda x, depth=1.0, k=1.0: depth * k * np.sin(k * x))
def lattice(x, depth=1.0, k=1.0):
    return -depth * np.cos(k * x)


@potential
def level(x, height=1.0):
    return height + 0 * x
'''
GAS: dict[str, Any] = {
    "engine": "coulomb",
    "parameters": {"dimension": 2, "n": 12, "beta": 2.0, "potential": {"kind": "mixed", "b": 0.5}},
    "schedule": {"draws": 200, "burn_in": 200},
    "replicas": 4,
}
WAVE: dict[str, Any] = {
    "engine": "nlse",
    "parameters": {"length": 24.0, "points": 128, "tolerance": 1e-10},
    "initial": {"kind": "gaussian", "width": 1.0, "position": 1.0},
    "schedule": {"until": 1.0, "every": 0.5},
}


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Path]:
    """The file; what it registers is gone afterwards."""
    path = tmp_path / "mine.py"
    path.write_text(TEXT)
    tables: list[dict[Any, Any]] = [*REGISTERED.values(), imports._LOADED]
    before = [dict(table) for table in tables]
    yield path
    for table, old in zip(tables, before, strict=True):
        table.clear()
        table.update(old)


def of(config: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**config, "parameters": config["parameters"] | changes}


def own(module: Path, kind: str, **options: Any) -> Any:
    imports.load_files([module])
    section: Any
    (section,) = (table[kind] for table in REGISTERED.values() if kind in table)
    return section(kind=kind, **options)


@pytest.mark.parametrize(("dimension", "log"), [(1, False), (1, True), (2, False), (3, False)])
def test_the_table_is_the_function(module: Path, dimension: int, log: bool) -> None:
    """To rounding, also far out and near the centre; its force is minus the gradient of its energy."""
    one = own(module, "mixed", b=0.5)
    trap = tabulated.trap_of(one, dimension, log, 20, 2.0)
    r = trap.edge * np.geomspace(1e-12, trap.reach / trap.edge, 500)
    places = np.zeros((dimension, len(r)))
    places[0] = r
    for i in range(0, len(r), 7):
        found = tabulated.energy(trap.table, places[:, i : i + 1])
        assert found == pytest.approx(float(one(r[i : i + 1])[0]), rel=1e-12, abs=1e-14)
    r = trap.edge * np.linspace(0.01, 1.5, 40)
    places = np.zeros((dimension, len(r)))
    places[-1] = r
    force = np.zeros_like(places)
    tabulated.add_force(trap.table, 3.0, places, force)
    np.testing.assert_allclose(force[-1], -3.0 * len(r) * (r + 0.5 * r**3), rtol=1e-11)
    assert tabulated.virial(trap.table, places) == pytest.approx(len(r) * (r**2 + 0.5 * r**4).sum(), rel=1e-11)


@pytest.mark.parametrize(("dimension", "log"), [(1, False), (1, True), (2, False), (3, False)])
def test_the_scales_of_a_power_are_those_of_the_power(module: Path, dimension: int, log: bool) -> None:
    interaction = "log" if log else "coulomb"
    imports.load_files([module])
    parameters = {"dimension": dimension, "n": 30, "beta": 1.5, "interaction": interaction}
    gas = [
        gases.gas_of(load_config({**GAS, "parameters": {**parameters, "potential": potential}}).parameters)
        for potential in ({"kind": "power", "exponent": 4, "strength": 0.3}, {"kind": "mixed", "a": 0.0, "b": 0.3})
    ]
    for function in (gases.edge, gases.frequency, lambda one: one.exponent, lambda one: one.strength):
        assert function(gas[1]) == pytest.approx(function(gas[0]), rel=1e-5)
    assert gases.edge(gas[1]) == pytest.approx(gases.edge(gas[0]), rel=1e-10)


def test_a_gas_has_its_exact_law(module: Path) -> None:
    """Mean of sum r^2 in the plane at beta = 2, where the radii are independent (`theory.exact_cumulants`)."""
    counted = {"kind": "linear_statistic", "name": "s", "function": "power", "exponent": 2}
    run = physent.run({**GAS, "schedule": {"draws": 2000, "burn_in": 500}, "diagnostics": [counted]}, imports=[module])
    mean = theory.exact_cumulants(12, lambda r: r**2, lambda r: r**2 / 2 + 0.5 * r**4 / 4).values[0]
    found = float(run.s_cumulants[0])
    assert abs(found - mean) < 4 * float(run.s_cumulants_se[0])
    assert run.attrs["sampler"] == "hmc"
    assert "mixed(r), in the attribute `imports`" in run.attrs["convention"]
    stored = json.loads(run.attrs["imports"])
    assert [one["text"] for one in stored] == [TEXT]


def test_a_quartic_gas_of_ones_own_is_that_of_the_package(module: Path) -> None:
    """In space, where no exact law is known; means agree to 4 standard errors."""
    runs = [
        physent.run(of({**GAS, "seed": seed}, dimension=3, potential=potential, sampler="hmc"), imports=[module])
        for seed, potential in enumerate(({"kind": "power", "exponent": 4}, {"kind": "mixed", "a": 0.0}))
    ]
    means = np.array([one.energy.mean("draw") for one in runs])
    gap, scatter = np.diff(means.mean(axis=1))[0], np.sqrt((means.var(axis=1, ddof=1) / 4).sum())
    assert abs(gap) < 6 * scatter  # of four replicas: Student's t at the chance of 4 standard errors


def test_a_wave_in_a_trap_of_ones_own_has_the_bits_of_the_packages(module: Path) -> None:
    for method in ({}, {"method": "rkn4", "step": 0.01}):
        found = [
            physent.run(of(WAVE, potential={"kind": kind, "frequency": 1.3}, **method), imports=[module])
            for kind in ("harmonic", "trap")
        ]
        for name in ("psi", "energy", "momentum"):
            np.testing.assert_array_equal(found[1][name], found[0][name])


def test_a_level_turns_the_phase(module: Path) -> None:
    flat, raised = (
        physent.run(of(WAVE, potential=potential), imports=[module])
        for potential in ({"kind": "none"}, {"kind": "level", "height": 0.7})
    )
    np.testing.assert_allclose(raised.psi, flat.psi * np.exp(-0.7j * flat.time), atol=1e-8)


@pytest.mark.filterwarnings("ignore:.*reaches the seam")
def test_a_lattice_is_periodic_and_has_no_kink(module: Path) -> None:
    wave = {**WAVE, "initial": {"kind": "plane_wave"}}
    fits, cut = (
        physent.run(of(wave, potential={"kind": "lattice", "k": 2 * np.pi * k / 24}), imports=[module])
        for k in (3, 2.7)
    )
    assert fits.attrs["warnings"] == ""
    assert "the lattice potential has a kink" in cut.attrs["warnings"]
    assert np.ptp(fits.energy.values) < 1e-8


REFUSED = {
    "not smooth near r = 0.9": "@potential\ndef bad(r):\n    return r**2 + np.abs(r - 0.9)",
    "does not hold the charges: expected a trap with r V'": "@potential\ndef bad(r):\n    return 0.3 * np.log1p(r**2)",
    r"bad\(r\) gives float64 of shape \(\) for r of shape": "@potential\ndef bad(r):\n    return 1.0",
    r"bad\(r\) gives complex128": "@potential\ndef bad(r):\n    return r**2 + 0j",
    r"bad\(r\) is nan at r = ": "@potential\ndef bad(r):\n    return np.where(r > 0.5, r**2, np.nan)",
    r"bad\(r\) fails: NameError: name 'missing'": "@potential\ndef bad(r):\n    return missing(r)",
    r"the derivative of bad\(r\) is 1\.3 at r = 1\.3, expected 2\.6, that of the function itself": (
        "@potential(derivative=lambda r: r)\ndef bad(r):\n    return r**2"
    ),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_no_trap(module: Path, message: str) -> None:
    """One line that says why, before any work."""
    module.write_text(f"import numpy as np\nfrom physent.own import potential\n\n{REFUSED[message]}\n")
    with pytest.raises(ConfigError, match=message) as caught:
        physent.run(of(GAS, potential={"kind": "bad"}), imports=[module])
    assert caught.value.lines[0].startswith("config: parameters.potential: ")
    assert len(caught.value.lines) == 1


def test_wrong_derivatives_of_u(module: Path) -> None:
    for slope, right in (("-np.sin(x)", False), ("np.sin(x) + 1e-4", False), ("np.sin(x)", True)):
        text = f"@potential(derivative=lambda x: {slope})\ndef bad(x):\n    return -np.cos(x)\n"
        module.write_text(f"import numpy as np\nfrom physent.own import potential\n\n{text}")
        imports.load_files([module])
        config = of(WAVE, potential={"kind": "bad"})
        if right:
            physent.load_config(config)
            continue
        with pytest.raises(ConfigError, match=r"the derivative of bad\(x\) is"):
            physent.load_config(config)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@potential\ndef mine(y):\n    return y", "the first parameter of mine is y, expected r for V"),
        ("@potential\ndef mine(x, kind=1):\n    return x", "mine has the parameter kind"),
    ],
)
def test_what_is_no_potential(module: Path, text: str, message: str) -> None:
    module.write_text(f"from physent.own import potential\n\n{text}\n")
    with pytest.raises(UsageError, match=message):
        imports.load_files([module])


def test_resume_needs_the_same_text(module: Path, tmp_path: Path) -> None:
    """And then ends as the whole run does."""
    config, path = tmp_path / "gas.yaml", tmp_path / "run.nc"
    config.write_text(json.dumps({**GAS, "schedule": {"draws": 30, "burn_in": 20}}))
    assert (
        CliRunner().invoke(commands.app, ["run", str(config), "-o", str(path), "-q", "--import", str(module)]).exit_code
        == 0
    )
    imports._LOADED.clear()
    REGISTERED["r"].clear()
    calls: tuple[Callable[[], Any], ...] = (
        lambda: physent.resume(path, until=60),
        lambda: physent.analyze(path, [{"kind": "mean", "of": "energy"}]),
    )
    for call in calls:
        with pytest.raises(UsageError, match=r"was written with --import mine\.py, expected the same here"):
            call()
    module.write_text(TEXT + "\n# another")
    with pytest.raises(UsageError, match=r"mine\.py has changed since .*run\.nc was written: its sha256 is"):
        physent.resume(path, until=60, imports=[module])
    assert physent.analyze(path, [{"kind": "mean", "of": "energy"}]).attrs["run_imports"]
    module.write_text(TEXT)
    with physent.resume(path, until=60, imports=[module]) as longer:
        whole = physent.run({**GAS, "schedule": {"draws": 60, "burn_in": 20}})
        np.testing.assert_array_equal(longer.position, whole.position)
        assert longer.attrs["imports"] == whole.attrs["imports"]


def test_charges_beyond_the_table_are_refused(module: Path) -> None:
    places = np.random.default_rng(1).normal(size=(4, 12, 2)) * 1e4
    with pytest.raises(
        UsageError, match=r"a charge starts at r = .* beyond which a charge in the trap mixed has no weight"
    ):
        physent.run(GAS, initial={"position": places}, imports=[module])


def test_other_samplers_are_refused(module: Path) -> None:
    imports.load_files([module])
    with pytest.raises(
        ConfigError, match=r"radii needs dimension 2, beta 2 and potential power, found .* potential mixed; hmc"
    ):
        physent.load_config(of(GAS, sampler="radii"))


def test_in_a_sweep_and_on_the_screen(module: Path, tmp_path: Path) -> None:
    plan = {**GAS, "schedule": {"draws": 10, "burn_in": 100}, "sweep": {"parameters.potential.b": [0.5, 1.0]}}
    with physent.sweep(plan, tmp_path / "out", workers=1, imports=[module]) as swept:
        assert float(swept.max_radius.sel(b=1.0).mean()) < float(swept.max_radius.sel(b=0.5).mean())
    shown = CliRunner().invoke(commands.app, ["show", "mixed", "--import", str(module)]).output
    assert "Quadratic and quartic." in shown
    assert "b " in shown


def test_a_protocol_changes_it(module: Path) -> None:
    steps = [{"at": 0.5, "set": {"potential": {"kind": "trap", "frequency": 2.0}}}]
    run = physent.run({**of(WAVE, potential={"kind": "trap", "frequency": 1.0}), "protocol": steps}, imports=[module])
    twin = physent.run(
        {
            **of(WAVE, potential={"kind": "harmonic", "frequency": 1.0}),
            "protocol": [{"at": 0.5, "set": {"potential.frequency": 2.0}}],
        }
    )
    np.testing.assert_array_equal(run.psi, twin.psi)
