"""Chaotic maps and flows, with Lyapunov exponents and the entropy per unit time that they give."""

from physent.engines.chaos.engine import ENGINE as ENGINE
