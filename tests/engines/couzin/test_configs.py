"""The bundled configs of this engine say what they are to say, and a small phase diagram is swept."""

from __future__ import annotations

from pathlib import Path

import pytest

from physent.config.load import load_config
from physent.sweeps.sweep import sweep


def test_ladder_of_the_hysteresis() -> None:
    """Up from 1 to 5 and down again, evenly, each value held for the same time."""
    config = load_config("couzin/hysteresis")
    radii = [config.leg(index).parameters.orientation_radius for index in range(len(config.protocol) + 1)]
    assert radii == [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 4.5, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.0]
    assert [event.at for event in config.protocol] == [200.0 * index for index in range(1, 17)]
    assert config.schedule.until == 3400.0


@pytest.mark.usefixtures("no_workers")
def test_a_small_phase_diagram_is_swept(tmp_path: Path) -> None:
    small = {
        "replicas": 1,
        "parameters.n": 12,
        "schedule.until": 2.0,
        "sweep": {"parameters.orientation_radius": [1.0, 11.0]},
    }
    swept = sweep("couzin/phase_diagram", tmp_path, set=small, workers=1)
    assert swept["orientation_radius"].values.tolist() == [1.0, 11.0]
    assert swept["polarization"].sizes["orientation_radius"] == 2
    assert swept["polarization"].notnull().all()
