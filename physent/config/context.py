"""The context of a run for diagnostics, known before the run starts."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.config.model import RunConfig
from physent.diagnostics.run.declare import Context, Scales
from physent.engines import Engine

FILE_NAMES = ("restart", "restart_byte", "record_checksum")


def context_of(config: Any, engine: Engine) -> Context:
    """Observables, dimensions, space and scales of the engine, and the fields that are not stored at every sample."""
    variables = {variable.name: variable for variable in engine.variables(config)}
    coordinates = {one.name: one.values for one in engine.coordinates(config)}
    coordinates["replica"] = np.arange(config.replicas)
    engine.sizes(config)  # a dimension without a coordinate is named there
    output, clock = config.output, config.schedule.clock.name
    missing = {}
    for name, variable in variables.items():
        if variable.is_field and (output.fields == "none" or (output.fields != "all" and name not in output.fields)):
            missing[name] = "is not stored"
        elif variable.is_field and output.every > 1:
            missing[name] = f"is stored only once per {output.every} samples"
    pairs = (name.removesuffix("_real") for name in variables if name.endswith("_real"))
    return Context(
        variables=variables,
        coordinates=coordinates,
        clock=clock,
        samples=config.schedule.samples,
        box=engine.box(config),
        scales=engine.scales(config),
        dtype=output.dtype,
        missing=missing,
        absent=engine.absent(config),
        reserved=frozenset((*variables, *coordinates, clock, f"field_{clock}", *pairs, *FILE_NAMES)),
    )


def legs_of(config: RunConfig, engine: Engine) -> tuple[tuple[float, Scales], ...]:
    """Times at which the protocol sets parameters, and the scales of the model after each."""
    return tuple(
        (event.at, engine.scales(config.leg(index)))
        for index, event in enumerate(config.protocol, start=1)
        if event.set is not None
    )
