"""Phase oscillators with noise: XY rotors and the model of Kuramoto."""

from physent.engines.oscillators.engine import ENGINE as ENGINE
