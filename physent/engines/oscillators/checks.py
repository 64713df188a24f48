"""Contradictions and warnings about a config of phase oscillators as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.declare import Problem
from physent.engines import driving
from physent.engines.oscillators import initial, network
from physent.engines.oscillators import parameters as declared
from physent.errors import UsageError

MOST_TURN = 0.5
"""Largest angle in radians by which frequency or coupling may turn an oscillator in a step without a warning."""

EXAMINED = 1 << 20
"""Natural frequencies that are drawn to find the fastest: those of the first replicas, if all have more."""

_PATH = ("parameters", "network")


def _size(config: Any) -> Iterator[Problem]:
    parameters, known = config.parameters, config.parameters.network
    n = parameters.n
    if isinstance(known, declared.MeanField):
        if n is None:
            yield Problem(("parameters", "n"), "missing, expected the number of oscillators of the mean field")
        return
    if isinstance(known, declared.Lattice):
        least = 3 if known.periodic else 2
        if min(known.shape) < least:
            yield Problem((*_PATH, "shape"), f"found {min(known.shape)}, expected at least {least} along each axis")
        held = math.prod(known.shape)
        if held > declared.MOST:
            yield Problem((*_PATH, "shape"), f"found {held} oscillators, expected at most {declared.MOST}")
        if n not in (None, held):
            yield Problem(("parameters", "n"), f"found {n}, expected the {held} oscillators of the lattice, or none")
        return
    try:
        network.graph(parameters)
    except UsageError as error:
        yield Problem((*_PATH, "path"), str(error))


def _frequencies(config: Any) -> Iterator[Problem]:
    parameters = config.parameters
    if any(_size(config)):
        return
    law, n = parameters.frequencies, network.size(parameters)
    if isinstance(law, declared.Listed) and len(law.values) != n:
        yield Problem(("parameters", "frequencies", "values"), f"found {len(law.values)} frequencies, expected n = {n}")
        return
    first = min(config.replicas, max(1, EXAMINED // n))
    fastest = float(np.abs(initial.frequencies(config, first)).max())
    if fastest * parameters.step > MOST_TURN:
        message = (
            f"found {parameters.step}, in which the fastest of {n} oscillators turns by "
            f"{fastest * parameters.step:.3g} radians: its frequency {fastest:.4g} is aliased, and dissipation and "
            "entropy production are wrong; "
            f"expected at most {MOST_TURN / fastest:.2g}, or fewer oscillators, or frequencies with shorter tails"
        )
        yield Problem(("parameters", "step"), message, is_warning=True)


def _coupling(config: Any) -> Iterator[Problem]:
    parameters = config.parameters
    if any(_size(config)):
        return
    strength, graph = abs(parameters.coupling), network.graph(parameters)
    most = float((graph.scale * graph.degree / graph.friction).max()) if len(graph.friction) else 1.0
    if strength * most * parameters.step > MOST_TURN:
        message = (
            f"found {parameters.step}, in which the coupling turns an oscillator by up to "
            f"{strength * most * parameters.step:.3g} radians; expected at most {MOST_TURN / (strength * most):.2g}"
        )
        yield Problem(("parameters", "step"), message, is_warning=True)


def _temperature(config: Any) -> Iterator[Problem]:
    for index, event in enumerate(config.protocol):
        value = (event.set or {}).get("temperature")
        if isinstance(value, int | float) and (value > 0) != (config.parameters.temperature > 0):
            yield Problem(
                ("protocol", index, "set", "temperature"),
                f"found {value:g} after {config.parameters.temperature:g}, expected both above 0, or both 0: between "
                "them entropy production becomes infinite",
            )


ALL = (_size, _frequencies, _coupling, _temperature, lambda config: driving.problems(config, ("coupling",)))
