"""Charges that repel each other in a trap, sampled at fixed temperature."""

from physent.engines.coulomb.engine import ENGINE

__all__ = ["ENGINE"]
