"""The gas of hard discs in a periodic or walled square."""

from physent.engines import Engine
from physent.engines.hard_discs.engine import HardDiscsEngine

ENGINE: Engine = HardDiscsEngine()
