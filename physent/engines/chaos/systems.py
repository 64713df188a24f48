"""The systems: one row each of equations, constants, periods and the usual box of initial states.

Those of few variables are arithmetic text, which `physent.core.expressions` compiles with its exact Jacobian, as it
does with the user's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from physent.core.expressions import compiled
from physent.core.tangent import diagonal_of, flowing, mapping
from physent.engines.chaos import from_dysts, lattices
from physent.engines.chaos import parameters as declared
from physent.typing import Floats, Integers

TURN = 2 * math.pi
Box = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True)
class Texts:
    """A system as text: names and right-hand sides, names of the constants, periods."""

    flow: bool
    equations: Mapping[str, str]
    constants: tuple[str, ...] = ()
    periods: Mapping[str, float] | None = None
    steps: tuple[tuple[str, str], ...] = ()  # intermediate quantities


ROWS: dict[str, tuple[Texts, Box]] = {
    "logistic": (Texts(False, {"x": "r*x*(1 - x)"}, ("r",)), ((0.05,), (0.95,))),
    "tent": (
        Texts(False, {"x": "(left*x + right*(1 - x) - abs(left*x - right*(1 - x)))/2"}, ("left", "right")),
        ((0.05,), (0.95,)),
    ),
    "doubling": (Texts(False, {"x": "2*x"}, (), {"x": 1.0}), ((0.0,), (1.0,))),
    "henon": (Texts(False, {"x": "1 - a*x**2 + y", "y": "b*x"}, ("a", "b")), ((-0.1, -0.1), (0.1, 0.1))),
    "standard": (
        Texts(
            False, {"theta": "theta + p + K*sin(theta)", "p": "p + K*sin(theta)"}, ("K",), {"theta": TURN, "p": TURN}
        ),
        ((0.0, 0.0), (TURN, TURN)),
    ),
    "cat": (Texts(False, {"x": "x + y", "y": "x + 2*y"}, (), {"x": 1.0, "y": 1.0}), ((0.0, 0.0), (1.0, 1.0))),
    "chialvo": (
        Texts(False, {"x": "x**2*exp(y - x) + k", "y": "a*y - b*x + c"}, ("a", "b", "c", "k")),
        ((0.1, 1.0), (0.5, 2.0)),
    ),
    "rulkov": (
        Texts(False, {"x": "alpha/(1 + x**2) + y", "y": "y - mu*(x - sigma)"}, ("alpha", "mu", "sigma")),
        ((-1.5, -3.0), (-0.5, -2.8)),
    ),
    "lorenz": (
        Texts(
            True,
            {"x": "sigma*(y - x)", "y": "x*(rho - z) - y", "z": "x*y - beta*z"},
            ("sigma", "rho", "beta"),
        ),
        ((-10.0, -10.0, 15.0), (10.0, 10.0, 35.0)),
    ),
    "rossler": (
        Texts(True, {"x": "-y - z", "y": "x + a*y", "z": "b + z*(x - c)"}, ("a", "b", "c")),
        ((-5.0, -5.0, 0.0), (5.0, 5.0, 0.1)),
    ),
    "henon_heiles": (
        Texts(True, {"x": "px", "y": "py", "px": "-x - 2*x*y", "py": "-y - x**2 + y**2"}),
        ((-0.25, -0.25, -0.25, -0.25), (0.25, 0.25, 0.25, 0.25)),
    ),
}


class Dynamics(NamedTuple):
    """Equations without values of constants: equal for all legs of a run."""

    names: tuple[str, ...]
    flow: bool
    sites: int  # 0: the variables are not those of sites
    evaluate: Callable[..., None]
    start: Integers
    column: Integers
    diagonal: Integers
    period: Floats

    @property
    def size(self) -> int:
        """Number of variables d."""
        return len(self.names)

    @property
    def advance(self) -> Any:
        """The compiled loop."""
        return (flowing if self.flow else mapping)(self.evaluate)


def texts_of(section: Any) -> Texts | None:
    """The system as text; None for one of sites."""
    if section.kind == "equations":
        return Texts(section.evolution == "flow", section.variables, tuple(section.constants), section.modulo)
    if section.kind == "dysts":
        found = from_dysts.found(section.name)
        return Texts(True, dict(found.equations), tuple(found.constants), None, found.steps)
    return ROWS[section.kind][0] if section.kind in ROWS else None


def dynamics_of(section: Any) -> Dynamics:
    """Equations of a system; UsageError or TextError if its texts are invalid."""
    texts = texts_of(section)
    if texts is not None:
        periods = texts.periods or {}
        return _of_texts(
            texts.flow,
            tuple(texts.equations.items()),
            texts.constants,
            tuple(periods.get(name, 0.0) for name in texts.equations),
            texts.steps,
        )
    return _of_sites(section.kind, len(section.neurons) if section.kind == "neuron_chain" else section.n)


@lru_cache(maxsize=32)
def _of_texts(
    flow: bool,
    equations: tuple[tuple[str, str], ...],
    constants: tuple[str, ...],
    periods: tuple[float, ...],
    steps: tuple[tuple[str, str], ...],
) -> Dynamics:
    names = tuple(name for name, _ in equations)
    found = compiled(names, constants, steps, tuple(text for _, text in equations))
    return _made(names, flow, 0, found.evaluate, found.start, found.column, np.array(periods))


@lru_cache(maxsize=32)
def _of_sites(kind: str, n: int) -> Dynamics:
    if kind == "neuron_chain":
        names = tuple(f"{letter}_{i}" for i in range(n) for letter in "xy")
        return _made(names, False, n, lattices.neuron_chain, *lattices.chain(n), np.zeros(2 * n))
    names = tuple(f"x_{i}" for i in range(n))
    flow = kind == "lorenz96"
    offsets = lattices.LORENZ96 if flow else lattices.COUPLED_MAPS
    return _made(
        names, flow, n, lattices.lorenz96 if flow else lattices.coupled_maps, *lattices.ring(n, *offsets), np.zeros(n)
    )


def _made(
    names: tuple[str, ...], flow: bool, sites: int, evaluate: Any, start: Integers, column: Integers, period: Floats
) -> Dynamics:
    return Dynamics(names, flow, sites, evaluate, start, column, diagonal_of(start, column), period)


def constants_of(section: Any) -> Floats:
    """Constants of a system, in the order of its equations."""
    match section:
        case declared.Tent():
            return np.array(slopes_of(section))
        case declared.Lorenz96():
            return np.array([section.n, section.F])
        case declared.CoupledMaps():
            return np.array([section.n, section.coupling, *_local(section.map)])
        case declared.NeuronChain():
            one, other = section.chialvo, section.rulkov
            own = (one.a, one.b, one.c, one.k, other.alpha, other.mu, other.sigma)
            kinds = [lattices.CHIALVO if kind == "chialvo" else lattices.RULKOV for kind in section.neurons]
            return np.array([len(kinds), section.coupling, *own, *kinds])
        case declared.Equations():
            return np.array(list(section.constants.values()), np.float64)
        case declared.Dysts():
            usual = from_dysts.found(section.name).constants
            return np.array(list({**usual, **section.constants}.values()), np.float64)
    return np.array([getattr(section, name) for name in ROWS[section.kind][0].constants], np.float64)


def slopes_of(tent: declared.Tent) -> tuple[float, float]:
    """Slopes of a tent, left and right."""
    if tent.a is not None:
        return 1.0 / tent.a, 1.0 / (1.0 - tent.a)
    assert tent.slope is not None
    return tent.slope, tent.slope


def _local(section: Any) -> tuple[float, float, float]:
    match section:
        case declared.Logistic():
            return lattices.LOGISTIC, section.r, 0.0
        case declared.Tent():
            return lattices.TENT, *slopes_of(section)
    return lattices.DOUBLING, 0.0, 0.0


def box_of(section: Any) -> tuple[Floats, Floats] | None:
    """The usual box of initial states, inside the basin of the default constants; None for the user's own systems."""
    if section.kind in ROWS:
        low, high = ROWS[section.kind][1]
    elif section.kind == "coupled_maps":
        low, high = (0.05,) * section.n, (0.95,) * section.n
    elif section.kind == "lorenz96":
        low, high = (0.0,) * section.n, (5.0,) * section.n
    elif section.kind == "neuron_chain":
        ends = [ROWS[kind][1] for kind in section.neurons]
        low, high = (tuple(value for pair in ends for value in pair[side]) for side in (0, 1))
    else:
        return None
    return np.array(low), np.array(high)
