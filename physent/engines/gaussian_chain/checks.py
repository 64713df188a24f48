"""Contradictions and warnings about a config of a Gaussian chain as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from physent.declare import Problem
from physent.engines.gaussian_chain import parameters as declared


def _places(config: Any) -> Iterator[Problem]:
    p = config.parameters
    last = p.n - 1 if p.boundary == "periodic" else p.n - 2
    seen: set[tuple[str, int]] = set()
    for index, defect in enumerate(p.defects):
        word, place = ("bond", defect.bond) if defect.bond is not None else ("site", defect.site)
        most = last if word == "bond" else p.n - 1
        if place > most:
            yield Problem(("parameters", "defects", index, word), f"found {place}, expected at most {most}")
        if (word, place) in seen:
            yield Problem(("parameters", "defects", index, word), f"found {word} {place} twice")
        seen.add((word, place))
        if p.model.kind == "oscillators" and defect.value < 0:
            yield Problem(("parameters", "defects", index, "value"), f"found {defect.value}, expected at least 0")
    for index, bond in enumerate(p.cut):
        if bond > last:
            yield Problem(("parameters", "cut", index), f"found {bond}, expected at most {last}")


def _model(config: Any) -> Iterator[Problem]:
    p = config.parameters
    if p.boundary == "fixed" and p.model.kind != "oscillators":
        yield Problem(("parameters", "boundary"), "found fixed, expected open or periodic: only oscillators have walls")
    if p.boundary == "periodic" and p.n < 3:
        yield Problem(("parameters", "n"), f"found {p.n}, expected at least 3 on a ring")
    if p.disorder is not None and p.model.kind == "oscillators":
        base = p.model.stiffness if p.disorder.of == "bonds" else p.model.pinning
        if p.disorder.width > 2 * base:
            message = f"found {p.disorder.width}, expected at most {2 * base}: negative ones push the sites away"
            yield Problem(("parameters", "disorder", "width"), message)
    if p.disorder is None and config.replicas > 1:
        yield Problem(("replicas",), f"{config.replicas} replicas without disorder are all the same", is_warning=True)


def _start(config: Any) -> Iterator[Problem]:
    p, start = config.parameters, config.initial
    bosons = p.model.kind == "oscillators"
    if isinstance(start, declared.Product) and bosons:
        message = "product is a state of fermions or spins; expected ground, thermal, joined or fock for oscillators"
        yield Problem(("initial", "kind"), message)
    if isinstance(start, declared.Product) and not isinstance(start.occupation, str) and len(start.occupation) != p.n:
        yield Problem(("initial", "occupation"), f"found {len(start.occupation)} values, expected n = {p.n}")
    if isinstance(start, declared.Fock):
        if not bosons:
            yield Problem(
                ("initial", "kind"), "fock is a state of oscillators; expected ground, thermal, joined or product"
            )
        for index, one in enumerate(start.quanta):
            if one.mode >= p.n:
                yield Problem(("initial", "quanta", index, "mode"), f"found {one.mode}, expected at most {p.n - 1}")
    if isinstance(start, declared.Joined):
        yield from _parts(start.parts, p)


def _parts(parts: Any, p: Any) -> Iterator[Problem]:
    expected = 0
    for index, part in enumerate(parts):
        first, last = part.sites
        if first != expected or last < first:
            message = f"found sites {first} to {last}, expected from {expected}: parts fill the chain in order"
            yield Problem(("initial", "parts", index, "sites"), message)
            return
        expected = last + 1
    if expected != p.n:
        message = f"the parts end at site {expected - 1}, expected {p.n - 1}"
        yield Problem(("initial", "parts", len(parts) - 1, "sites"), message)


def _ring_of_spins(config: Any) -> Iterator[Problem]:
    p, start = config.parameters, config.initial
    if p.model.kind != "ising" or p.boundary != "periodic" or p.n - 1 in p.cut:
        return
    why = f"even and odd numbers of fermions close a ring of spins differently; cut bond {p.n - 1} for an open chain"
    if isinstance(start, declared.Thermal):
        yield Problem(("initial", "kind"), f"found thermal, expected a pure state: {why}")
    if isinstance(start, declared.Product) and not isinstance(start.occupation, str):
        for index, value in enumerate(start.occupation):
            if value not in (0.0, 1.0):
                yield Problem(("initial", "occupation", index), f"found {value}, expected 0 or 1: {why}")
    if isinstance(start, declared.Joined):
        for index, part in enumerate(start.parts):
            if part.temperature:
                message = f"found {part.temperature}, expected 0: {why}"
                yield Problem(("initial", "parts", index, "temperature"), message)


CHECKS = (_places, _model, _start, _ring_of_spins)
