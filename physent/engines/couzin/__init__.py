"""Fish schools by zones of repulsion, orientation and attraction."""

from physent.engines import Engine
from physent.engines.couzin.engine import CouzinEngine

ENGINE: Engine = CouzinEngine()
