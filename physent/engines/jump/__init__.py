"""Markov jump processes: networks of states, and particles that hop on a line."""

from physent.engines.jump.engine import ENGINE as ENGINE
