"""Charges that repel each other in a trap, sampled at a given temperature."""

from physent.engines.coulomb.engine import ENGINE

__all__ = ["ENGINE"]
