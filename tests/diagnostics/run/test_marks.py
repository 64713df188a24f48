"""Attributes of a file that follow from results: there while they are true, in a run, its extension and afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import ArrayLike

import physent
from physent.config.load import load_config
from physent.declare import Variable
from physent.diagnostics.run import kinds
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record
from physent.errors import RunError
from physent.evidence import cases
from physent.runs import api
from tests.random_walk import drift_config, registered


class Length(Diagnostic):
    """How long a run is; short ones are marked."""

    kind: Literal["length"]
    name: Name = "length"
    least: int = 60

    def results(self, context: Context) -> tuple[Variable, ...]:
        return (Variable(self.name, "samples", dims=()),)

    def finish(self, history: Any, context: Context) -> Mapping[str, ArrayLike]:
        return {self.name: float(history.sizes[context.clock])}

    def marks(self, results: Record) -> Mapping[str, str]:
        return {"unmixed": self.name} if results[self.name] < self.least else {}


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(kinds.KINDS, "length", Length)
    with registered():
        yield


def test_marked_until_it_is_long_enough(tmp_path: Path) -> None:
    entries: list[dict[str, Any]] = [
        {"kind": "length"},
        {"kind": "length", "name": "other"},
        {"kind": "length", "name": "fine", "least": 1},
    ]
    config = drift_config(diagnostics=entries, schedule={"until": 4.0, "every": 0.1})
    physent.run(config, output=tmp_path / "run.nc").close()
    with physent.open_run(tmp_path / "run.nc") as run:
        assert run.attrs["unmixed"] == "length, other"
        assert physent.analyze(run, entries[:1]).attrs["unmixed"] == "length"
    api.carry_on(tmp_path / "run.nc", until=8.0)
    with physent.open_run(tmp_path / "run.nc") as run:
        np.testing.assert_array_equal(run["length"], 81)
        assert "unmixed" not in run.attrs


def test_a_case_fails_on_it_unless_it_expects_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(drift_config(diagnostics=[{"kind": "length"}], schedule={"until": 4.0, "every": 0.1}))
    monkeypatch.setattr(cases, "simulate", lambda source, output, changes: physent.run(config))
    case = cases.Case("case", tmp_path, full=False, scratch=tmp_path)
    with pytest.raises(RunError, match=r"case\.yaml: chains that have not mixed: length"):
        case.run()
    assert case.run(unmixed=True)["length"] == 41
