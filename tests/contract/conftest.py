"""The bases as fixtures: each test of the suite runs once for every method of every engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from physent import engines
from physent.config.load import RunConfig, load_config
from physent.core import jit
from physent.engines import Engine, Method
from physent.evidence.cases import runs_on
from physent.runs import api
from tests.contract.bases import Data, bases, own, variants
from tests.random_walk import registered


@dataclass(frozen=True)
class Base:
    """A small config that reaches one method."""

    name: str
    data: Data

    @cached_property
    def config(self) -> RunConfig:
        """As it is loaded."""
        return load_config(self.data)

    @property
    def engine(self) -> Engine:
        """The model."""
        return engines.get(self.data["engine"])

    @property
    def method(self) -> Method:
        """The algorithm of the first leg."""
        return self.engine.method(self.config)

    @property
    def starts_from(self) -> tuple[str, ...]:
        """Fields from which this run can start; none if it does not record them."""
        recorded = {variable.name for variable in self.engine.variables(self.config)}
        names = self.engine.initial_fields
        return names if recorded.issuperset(names) else ()

    def promises(self, name: str) -> Any:
        """An exception from the rules, declared by the tests of the engine; empty if there is none."""
        return getattr(own(self.data["engine"]), name, ())

    def run(self, path: Path, **changes: Any) -> Path:
        """File of a run, on one thread, of the config with some sections replaced."""
        api.start({**self.data, **changes}, path, threads=1, overwrite=True)
        return path


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield
    jit.set_threads(1)


def _params(configs: dict[str, Data]) -> Iterator[Any]:
    """Each config on the CPU, and on a CUDA device too if its method runs there."""
    for name, data in sorted(configs.items()):
        yield pytest.param((name, data), id=name)
        # The toys of the suite are in the table only while it runs.
        if data["engine"] in engines.TABLE and engines.get(data["engine"]).twins and runs_on(data, "cuda"):
            yield pytest.param((name, {**data, "device": "cuda"}), id=f"{name} on cuda", marks=pytest.mark.cuda)


@pytest.fixture(scope="session", params=_params(bases()))
def base(request: pytest.FixtureRequest) -> Base:
    """Each of the bases."""
    return Base(*request.param)


@pytest.fixture(scope="session", params=_params(bases() | variants()))
def variant(request: pytest.FixtureRequest) -> Base:
    """Each of the bases, and each bundled config in small."""
    return Base(*request.param)


@pytest.fixture(scope="session")
def whole(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File of the undisturbed run."""
    with registered():
        return base.run(tmp_path_factory.mktemp("whole") / "run.nc")
