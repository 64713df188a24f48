"""The drift as a module of its own, which is how the table of engines finds it."""

from __future__ import annotations

from tests.random_walk import DRIFT_ENGINE as ENGINE

__all__ = ["ENGINE"]
