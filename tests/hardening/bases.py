"""Tiny runs of every method with every diagnostic that it serves: what the fuzz tests begin from."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from physent import engines
from physent.config import problems
from physent.config.bundled import bundled_configs
from physent.config.load import load_config
from tests.contract.bases import TOYS, bases, doubts, written

Data = dict[str, Any]
RARE: list[Data] = [  # of kinds that no bundled config has
    {"kind": "ordinal_pattern", "name": "patterns", "of": "HEADLINE", "order": 2, "delay": 1},
    {"kind": "histogram_entropy", "name": "histogram", "of": "HEADLINE", "low": 0.0, "high": 1.0, "cells": 8},
    {"kind": "knn_entropy", "name": "neighbours", "of": "position", "k": 3},
    {"kind": "composition", "name": "colour", "x_cells": 4, "y_cells": 4},
    {"kind": "apparent_complexity", "name": "complexity", "of": "colour", "grain": 1, "levels": 3},
    {"kind": "self_diffusion"},
    {"kind": "sample_entropy", "of": "HEADLINE", "m": 1},
    {"kind": "zero_one_test", "of": "HEADLINE", "frequencies": 3},
    {"kind": "block_entropy", "of": "HEADLINE", "partition": [0.1, 0.5], "length": 2},
    {"kind": "synchronisation", "of": "angle", "angles": True},
]


def _entries(data: Data) -> list[Data]:
    """Diagnostics of the bundled configs, and the rare ones, of what this engine shows live."""
    config = load_config(data)
    headline = engines.get(config.engine).live(config)
    bundled = [entry for name in bundled_configs() for entry in written(name).get("diagnostics", [])]
    rare = [{key: headline if value == "HEADLINE" else value for key, value in entry.items()} for entry in RARE]
    return [*bundled, *rare]


def _served(data: Data) -> Data:
    """The same with one diagnostic of each kind that can be had."""
    for entry in _entries(data):
        present = data.get("diagnostics", [])
        if entry["kind"] not in {one["kind"] for one in present}:
            more = {**data, "diagnostics": [*present, entry]}
            first_leg = problems._examined(more)  # of most it has problems already
            data = more if first_leg.config is not None and doubts(more) is not None else data
    return data


NAMES = tuple(name for name, data in bases().items() if data["engine"] not in TOYS)


@cache
def served(name: str) -> Data:
    """A base by ENGINE/METHOD; made when it is wanted, for each of these takes half a second."""
    return _served(bases()[name])


def any_of_them() -> st.SearchStrategy[Data]:
    """Strategy of the bases; each is made when it is drawn."""
    return st.sampled_from(NAMES).map(served)


NLSE, COULOMB = served("nlse/if_dop853"), served("coulomb/radii")
