"""Configs of every kind of wrongness: accepted, or refused in one line a problem; never anything else."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from physent import api
from physent.config import doubts, load_config
from physent.errors import UsageError
from physent.sweep import points_of
from tests.hardening.profile import fuzzed, survives
from tests.hardening.schema import as_yaml, configs

from hypothesis import strategies as st


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def checked(path: Path) -> None:
    """What `physent check` does, and `physent run` before it runs."""
    config = load_config(path)
    api.check_start(config)
    if config.sweep:
        list(points_of(config))
    doubts(config)
    api.check_output(config, path.with_suffix(".nc"))
    assert load_config(config) == config


@given(data=configs())
@fuzzed(gate=250, share=0.4)
def test_any_config_is_accepted_or_refused(folder: Path, data: Any) -> None:
    path = folder / "config.yaml"
    path.write_text(as_yaml(data), encoding="utf-8")
    survives("config", lambda: checked(path))
