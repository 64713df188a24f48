"""Chains of harmonic oscillators, of fermions and of Ising spins: Gaussian states, exact in time."""

from physent.engines.gaussian_chain.engine import ENGINE as ENGINE
