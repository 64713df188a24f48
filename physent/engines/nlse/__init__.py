"""The one-dimensional nonlinear Schrödinger equation on a periodic line."""

from physent.engines import Engine
from physent.engines.nlse.engine import NlseEngine

ENGINE: Engine = NlseEngine()
