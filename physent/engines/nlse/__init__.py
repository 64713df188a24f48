"""The one-dimensional nonlinear Schrödinger equation on a periodic line."""

from physent.engines.nlse.engine import ENGINE

__all__ = ["ENGINE"]
