"""Methods of jump processes, and the choice between them."""

from __future__ import annotations

from physent.engines import EngineConfig, Method
from physent.engines.jump.methods import direct, lists
from physent.engines.jump.parameters import is_exclusion

METHODS: dict[str, Method] = {"direct": direct.METHOD, "lists": lists.METHOD}


def choose(config: EngineConfig) -> str:
    """Lists of movable bonds for particles on sites, rows of channels for every other network."""
    return "lists" if is_exclusion(config.parameters) else "direct"
