"""Methods of finding the neighbours that a fish may react to, and the choice between them."""

from __future__ import annotations

from physent.engines import EngineConfig, Method
from physent.engines.couzin.methods import all_pairs, cells

METHODS: dict[str, Method] = {"all_pairs": all_pairs.METHOD, "cells": cells.METHOD}


def choose(config: EngineConfig) -> str:
    """Cells if there are many fish and room for cells; the config decides (n, radii, box), not the state."""
    return "all_pairs" if cells.grids_of(config.parameters) is None else "cells"
