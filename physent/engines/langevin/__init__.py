"""Overdamped particles in a bath, passive or active, with the thermodynamic ledger of their paths."""

from physent.engines.langevin.engine import ENGINE as ENGINE
