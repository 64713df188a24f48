"""The bundled configs of this engine: valid, without doubts, and running."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import physent
from physent.config import doubts

FOLDER = Path(__file__).parents[3] / "configs" / "coulomb"
NAMES = {
    "ginibre_radii",
    "ginibre_matrix",
    "quadratic_hmc_2d",
    "coulomb_3d",
    "jellium_1d",
    "log_gas_1d",
    "quartic_trap",
}


def test_all_are_there() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} >= NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_config_is_sound(name: str) -> None:
    first, *rest = (FOLDER / f"{name}.yaml").read_text().splitlines()
    assert first == "# yaml-language-server: $schema=../physent.schema.json"
    assert rest[0].startswith("# ")
    assert rest[0].endswith(".")
    assert doubts(physent.load_config(FOLDER / f"{name}.yaml")) == []


@pytest.mark.parametrize("name", sorted(NAMES))
def test_first_draws(name: str) -> None:
    with physent.run(FOLDER / f"{name}.yaml", set={"schedule.draws": 3, "output.every": 1, "replicas": 1}) as run:
        assert run.sizes["draw"] == 3
        for variable in run.data_vars.values():
            assert np.isfinite(variable).all()
        assert (run.max_radius < 2.5).all()
