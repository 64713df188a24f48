"""Gas of hard discs in a periodic or walled square."""

from physent.engines.hard_discs.engine import ENGINE as ENGINE
