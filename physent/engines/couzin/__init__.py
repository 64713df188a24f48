"""Fish schools by zones of repulsion, orientation and attraction."""

from physent.engines.couzin.engine import ENGINE as ENGINE
