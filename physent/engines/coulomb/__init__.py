"""Charges that repel each other in a trap, sampled at a given temperature."""

from physent.engines import Engine
from physent.engines.coulomb.engine import CoulombEngine

ENGINE: Engine = CoulombEngine()
