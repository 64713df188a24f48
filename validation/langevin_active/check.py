"""Active particles: moments in a trap and in the open, and every rate of entropy production by its name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.evidence import Case, Claim, of_mean
from physent.theory import active

SPEED, RATE, STIFFNESS, T = 2.0, 0.9, 1.3, 0.4
SETTLED = 8.0
MOMENTS = "derived: physent.theory.active, from the closed equations of the moments"
EVEN = "Szamel 2019, doi 10.1103/PhysRevE.100.050603; physent.theory.active.even_entropy_production"
ODD = "Shankar and Marchetti 2018, doi 10.1103/PhysRevE.98.020604; physent.theory.active.odd_entropy_production"
FODOR = "Fodor et al. 2016, doi 10.1103/PhysRevLett.117.038103; the same rate as <(G v)^2>/D_a - <tr G>/tau"
STEP = 2e-3  # relative allowance for steps of 0.02: Heun has weak order 2, (h k)^2 = 7e-4


def check(case: Case) -> Iterator[Claim]:
    """ABP and AOUP in a trap, free ABP, ABP in space, tumbling on a line and in space, AOUP in a quartic trap."""
    for seed in (1, 2) if case.full else (1,):
        size = {"seed": seed, "replicas": 2000 if case.full else 200, "parameters.n": 30}
        trapped = {**size, "schedule": {"until": 30.0, "every": 1.0}, "output.fields": "all"}
        fourth = {
            "abp": active.radial_moment(2, 2, SPEED, STIFFNESS, T, rotational_diffusion=RATE),
            "aoup": active.aoup_radial_moment(2, 2, SPEED, RATE, STIFFNESS, T),
        }
        for kind, moment in fourth.items():
            yield from _trapped(case.run(f"langevin/{kind}_trap", trapped), kind, moment, seed)
        yield from _free(case.run("free.yaml", size), seed)
        yield from _turning_in_space(case, size, seed)
        yield from _tumbling(case, size, seed)
        yield _quartic(case.run("quartic.yaml", size), seed)


def _trapped(run: Any, kind: str, fourth: float, seed: int) -> Iterator[Claim]:
    run, n = run.sel(time=slice(SETTLED, None)), run.sizes["particle"]
    even = active.even_entropy_production(SPEED, RATE, STIFFNESS, T)
    odd = active.odd_entropy_production(SPEED, RATE, STIFFNESS, T)
    rates = (("epr_even", even, EVEN), ("epr_drift", even, EVEN), ("epr_odd", odd, ODD))
    for name, expected, source in rates:
        values = run[name].mean("time").values / n
        yield of_mean(f"{kind}: {name} per particle, seed {seed}", values, expected, source, bias=STEP * expected)
    both = (run.epr_even + run.epr_odd).mean("time").values / n
    sum_rule = "derived: <F o dx> = 0 in a steady state, so that even + odd = <u^2>/(mu T)"
    yield of_mean(f"{kind}: epr_even + epr_odd, seed {seed}", both, SPEED**2 / T, sum_rule, "derived", STEP)
    radius = (run.position**2).sum("axis")
    square = active.mean_square_radius(2, SPEED, RATE, STIFFNESS, T)
    for power, expected in ((1, square), (2, fourth)):
        values = (radius**power).mean(("time", "particle")).values
        name = f"{kind}: <r^{2 * power}>, seed {seed}"
        yield of_mean(name, values, expected, MOMENTS, "derived", STEP * expected)
    if kind == "abp":  # of aoup <u.u> fluctuates too, and a mean of ratios over short intervals is biased
        efficiency = run.swim_efficiency.mean("time").values
        yield of_mean(f"{kind}: swim efficiency, seed {seed}", efficiency, even * T / SPEED**2, EVEN, bias=STEP / 2)
    bath = run.configurational_temperature.mean("time").values
    yield of_mean(f"{kind}: configurational temperature, seed {seed}", bath, T, "derived: d<U>/dt", "derived", STEP)


def _free(run: Any, seed: int) -> Iterator[Claim]:
    last = run.isel(time=-1)
    expected = float(active.mean_square_displacement(3.0, 2, SPEED, RATE, T))
    source = "Howse et al. 2007, doi 10.1103/PhysRevLett.99.048102; physent.theory.active.mean_square_displacement"
    values = last.mean_square_displacement.values
    yield of_mean(f"free abp: <|dr|^2> at t = 3, seed {seed}", values, expected, source, bias=STEP * expected)
    even = last.entropy_medium.values / (3.0 * run.sizes["particle"])
    yield of_mean(f"free abp: entropy of the medium per time, seed {seed}", even, SPEED**2 / T, EVEN)
    odd = run.epr_odd[1:].mean("time").values / run.sizes["particle"]
    yield Claim(
        claim=f"free abp: largest epr_odd, seed {seed}",
        source=ODD,
        expected=0.0,
        measured=float(np.abs(odd).max()),
        tolerance=1e-12,
        reason="no force, no term",
        basis="exact",
    )


def _turning_in_space(case: Case, size: dict[str, Any], seed: int) -> Iterator[Claim]:
    """ABP of the persistence rate 2 Dr = RATE, free and in the trap."""
    propulsion = {"kind": "abp", "speed": SPEED, "rotational_diffusion": 0.5 * RATE}
    free = {**size, "parameters.dimension": 3, "parameters.propulsion": propulsion, "parameters.step": 0.1}
    run = case.run("free.yaml", {**free, "output.fields": "all"})
    expected = float(active.mean_square_displacement(3.0, 3, SPEED, RATE, T)[()])
    values = run.isel(time=-1).mean_square_displacement.values
    # u at the middle of steps of 0.1: the sum of h^2 e^(-rate h |i - j|) is off by (rate h)^2/12
    yield of_mean(
        f"free abp in space: <|dr|^2> at t = 3, seed {seed}", values, expected, MOMENTS, "derived", 2e-3 * expected
    )
    n = run.propulsion.values / SPEED
    for order, name in ((1, "<n(t).n(0)>"), (2, "<(3 (n(t).n(0))^2 - 1)/2>")):
        cosine = (n[0] * n[1]).sum(axis=-1)
        values = (cosine if order == 1 else 1.5 * cosine**2 - 0.5).mean(axis=1)
        expected = float(np.exp(-order * (order + 1) * 0.5 * RATE))
        source = "derived: eigenvalues l (l + 1) of the sphere"
        yield of_mean(
            f"free abp in space: {name} at t = 1, seed {seed}",
            values,
            expected,
            source,
            "derived",
            bias=1e-2 * expected * (order - 1),
        )
    late = case.run("space.yaml", {**size, "parameters.propulsion": propulsion}).sel(time=slice(SETTLED, None))
    radius = (late.position**2).sum("axis")
    for order in (1, 2):
        expected = active.radial_moment(order, 3, SPEED, STIFFNESS, T, rotational_diffusion=0.5 * RATE)
        values = (radius**order).mean(("time", "particle")).values
        yield of_mean(
            f"abp in space: <r^{2 * order}>, seed {seed}", values, expected, MOMENTS, "derived", STEP * expected
        )
    even = late.epr_even.mean("time").values / late.sizes["particle"]
    expected = active.even_entropy_production(SPEED, RATE, STIFFNESS, T)
    yield of_mean(f"abp in space: epr_even per particle, seed {seed}", even, expected, EVEN, bias=STEP * expected)
    both = (late.epr_even + late.epr_odd).mean("time").values / late.sizes["particle"]
    rule = "derived: <F o dx> = 0 in a steady state, so that even + odd = <u^2>/(mu T)"
    yield of_mean(f"abp in space: epr_even + epr_odd, seed {seed}", both, SPEED**2 / T, rule, "derived", STEP)


def _tumbling(case: Case, size: dict[str, Any], seed: int) -> Iterator[Claim]:
    run = case.run("langevin/run_and_tumble", {**size, "schedule": {"until": 20.0, "every": 1.0}})
    late = run.sel(time=slice(SETTLED, None))
    source = "Tailleur and Cates 2008, doi 10.1103/PhysRevLett.100.218103; physent.theory.active.rtp_moment"
    for order in (1, 2):
        expected = active.rtp_moment(order, 1.0, 1.7, 1.0)
        values = (late.position[..., 0] ** (2 * order)).mean(("time", "particle")).values
        yield of_mean(f"rtp on a line: <x^{2 * order}>, seed {seed}", values, expected, source, bias=STEP * expected)
    rate = late.epr_noise_free.mean("time").values / run.sizes["particle"]
    yield Claim(
        claim=f"rtp on a line: epr_noise_free, largest deviation, seed {seed}",
        source="derived: physent.theory.active.noise_free_entropy_production",
        expected=0.0,
        measured=float(np.abs(rate - active.noise_free_entropy_production(1, 1.0)).max()),
        tolerance=1e-9,
        reason="round-off: lap U is constant",
        basis="exact",
    )
    late = case.run("space.yaml", size).sel(time=slice(SETTLED, None))
    radius = (late.position**2).sum("axis")
    for order in (1, 2):
        expected = active.radial_moment(order, 3, SPEED, STIFFNESS, T, tumble_rate=RATE)
        values = (radius**order).mean(("time", "particle")).values
        name = f"rtp in space: <r^{2 * order}>, seed {seed}"
        yield of_mean(name, values, expected, MOMENTS, "derived", STEP * expected)
    even = late.epr_even.mean("time").values / late.sizes["particle"]
    expected = active.even_entropy_production(SPEED, RATE, STIFFNESS, T)
    yield of_mean(f"rtp in space: epr_even per particle, seed {seed}", even, expected, EVEN, bias=STEP * expected)


def _quartic(run: Any, seed: int) -> Claim:
    """U = x^4/4, tau = <u^2> = D_a = 1: the cube of the velocity against another combination of moments."""
    late = run.sel(time=slice(SETTLED, None))
    x, later, kept = late.position[..., 0], late.propulsion[..., 0], np.exp(-0.01)
    # The record holds u half a step later, of the mean sqrt(kept) u, with (later^2 - 1) of the mean kept (u^2 - 1).
    u, square = later / np.sqrt(kept), 1.0 + (later**2 - 1.0) / kept
    growth = 1.0 + 3.0 * x**2
    moments = (growth**2 * (square - 2.0 * u * x**3 + x**6) - growth).mean(("time", "particle")).values
    difference = late.epr_velocity.mean("time").values / run.sizes["particle"] - moments
    name = f"aoup in a quartic trap: epr_velocity less its other form, seed {seed}"
    return of_mean(name, difference, 0.0, FODOR)
