"""The bundled configs of this engine: valid, without contradictions, resolved on their grids."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from ruamel.yaml import YAML

from physent.declare import TimeSchedule, each, indivisible
from physent.engines.nlse.checks import CHECKS
from physent.engines.nlse.initial import wave
from physent.engines.nlse.parameters import Initial, Parameters

FOLDER = Path(__file__).parents[3] / "configs" / "nlse"
NAMES = {
    "single_soliton",
    "two_solitons",
    "akhmediev",
    "peregrine",
    "kuznetsov_ma",
    "satsuma_yajima",
    "modulation_instability",
    "integrable_turbulence",
    "dark_solitons",
    "peer_single_soliton",
    "peer_two_soliton",
    "peer_breather",
    "peer_modulation_instability",
}
DOUBTFUL = {name: [("parameters", "length")] for name in ("peer_two_soliton", "peregrine")}


def config(name: str) -> Any:
    data = YAML(typ="safe").load((FOLDER / f"{name}.yaml").read_text())
    return SimpleNamespace(
        seed=data.get("seed", 0),
        replicas=data.get("replicas", 1),
        parameters=Parameters.model_validate(data["parameters"]),
        initial=TypeAdapter(Initial).validate_python(data["initial"]),
        schedule=TimeSchedule.model_validate(data["schedule"]),
        protocol=(),
    )


def test_all_are_here() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_config_has_its_schema_line_and_no_contradiction(name: str) -> None:
    first, *rest = (FOLDER / f"{name}.yaml").read_text().splitlines()
    assert first == "# yaml-language-server: $schema=../physent.schema.json"
    assert rest[0].startswith("# ")
    found = list(each(config(name), *CHECKS, indivisible))
    assert [problem.path for problem in found] == DOUBTFUL.get(name, [])
    assert all(problem.is_warning for problem in found)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_start_is_resolved_by_the_grid(name: str) -> None:
    """Power in the last tenth of the wavenumbers below 1e-10 of the whole, or below the noise that is asked for."""
    run = config(name)
    psi = wave(run, 0)
    assert psi.shape == (run.parameters.points,)
    assert np.all(np.isfinite(psi))
    power = np.abs(np.fft.fft(psi)) ** 2
    k = np.abs(np.fft.fftfreq(psi.size))
    assert power[k > 0.45].sum() / power.sum() < max(1e-10, run.initial.noise_rms**2)
