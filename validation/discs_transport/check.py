"""Transport in the gas of discs: decay of a shear wave by the viscosity, and the long-time tail of velocities."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from physent.evidence import Case, Claim
from physent.evidence.claims import chance
from physent.runs import api
from physent.theory import kinetic

Floats = NDArray[np.float64]

GASS = "Enskog for discs: Gass 1971, doi 10.1063/1.1675116"
TAIL = (
    "Alder and Wainwright 1970, doi 10.1103/PhysRevA.1.18; Ernst, Hauge and van Leeuwen 1971, 10.1103/PhysRevA.4.2055"
)
WAVE, K = 0.4, 2 * math.pi


def check(case: Case) -> Iterator[Claim]:
    """Viscosity, and in the full tier the tail."""
    for seed in (1, 2) if case.full else (1,):
        if case.full:
            yield _viscosity(case, seed, 0.01, 10000, 32, 32.0, 0.02)
            yield _viscosity(case, seed, 0.3, 4096, 24, 320.0, 0.06)
            yield _tail(case, seed)
        else:
            yield _viscosity(case, seed, 0.01, 5000, 12, 32.0, 0.02)


def viscosity(phi: float, n: int, sigma: float) -> float:
    """Kinematic viscosity of n discs in the unit square at T = 1, second Sonine approximation: y = 2 phi chi."""
    y = 2 * phi * float(kinetic.contact_value(phi))
    dilute = 1.022 / (2 * sigma * math.sqrt(math.pi))
    return dilute * 2 * phi * (1 / y + 1 + 0.8729 * y) / n


def _viscosity(case: Case, seed: int, phi: float, n: int, replicas: int, collisions: float, allowed: float) -> Claim:
    """A wave u_y(x) decays without feeding others, as (u . grad) u = 0; its energy is accounted for as heat."""
    sigma = float(kinetic.diameter_from_packing(phi, n))
    rate = float(kinetic.collision_rate(n, sigma))
    times = {"schedule.every": collisions / 8 / rate, "schedule.until": collisions / rate}
    gas = {"parameters.n": n, "parameters.packing_fraction": phi}
    changes = {**gas, "seed": case.seed(seed), "replicas": replicas}
    short = {"schedule.every": 1e-6, "schedule.until": 1e-6}
    config = case.folder / "case.yaml"
    with api.run(config, set={**changes, **short}) as still:
        x, v = still["position"].values[0], still["velocity"].values[0]
    v[..., 1] += WAVE * np.sin(K * x[..., 0])
    v[..., 1] -= v[..., 1].mean(axis=1, keepdims=True)
    v *= np.sqrt(2 * n / np.square(v).sum(axis=(1, 2)))[:, None, None]
    with api.run(config, set={**changes, **times}, initial={"position": x, "velocity": v}) as run:
        x, v, t = run["position"].values[..., 0], run["velocity"].values[..., 1], run["time"].values
    height = 2 * (v * np.sin(K * x)).mean(axis=2)[2:]  # from eight or more collisions on, when stress follows the flow
    t = t[2:]
    mean = height.mean(axis=1)
    temperature = 1 - mean**2 / 4
    # Viscosity as sqrt(T): the logarithm of the height falls along the integral of it.
    clock = np.concatenate([[0], np.cumsum(np.sqrt((temperature[1:] + temperature[:-1]) / 2) * np.diff(t))])
    # Least squares of the logarithm, linearised about the mean: weights mean^2, as the noise is the same throughout.
    weight = mean**2 * (clock - np.average(clock, weights=mean**2))
    slope = weight / (weight * clock).sum()
    logarithm = np.log(mean)[:, None] + height / mean[:, None] - 1
    decay = -(slope[:, None] * logarithm).sum(axis=0)
    own = viscosity(phi, n, sigma)
    ratio = decay / (own * K**2)
    knudsen = own**2 * K**2
    error = float(ratio.std(ddof=1) / math.sqrt(replicas))
    return Claim(
        claim=f"phi = {phi:g}: decay rate of a shear wave over nu k^2, seed {seed}",
        source=f"{GASS}; derived: 1 - (nu k)^2/T in the relaxation-time model",
        expected=1 - knudsen,
        measured=float(ratio.mean()),
        tolerance=knudsen + allowed + chance((error, replicas)),
        reason=f"(nu k)^2/T = {knudsen:.3f} has another factor for discs; tails at long times, {allowed:g}; 5 s.e.",
        basis="derived",
        standard_error=error,
    )


def _tail(case: Case, seed: int) -> Claim:
    """Sum over the waves of a periodic box, of which 1/(8 pi n (D + nu) t) is the limit of a large one."""
    phi, n, replicas, between = 0.3, 1024, 32, 2.5
    sigma = float(kinetic.diameter_from_packing(phi, n))
    rate = float(kinetic.collision_rate(n, sigma))
    changes = {
        "seed": seed,
        "replicas": replicas,
        "parameters.n": n,
        "parameters.packing_fraction": phi,
        "schedule.every": between / rate,
        "schedule.until": 160 * between / rate,
        "output.fields": ["velocity"],
    }
    v = case.run(set=changes)["velocity"].values[8:]
    # 1.027: higher Sonine approximations of D (Gass 1971)
    spread = 1.027 * float(kinetic.diffusion(n, sigma)) + viscosity(phi, n, sigma)
    m = np.arange(-40, 41)
    squares = K**2 * (m[:, None] ** 2 + m**2).ravel()
    squares = squares[squares > 0]
    found, exact = np.zeros(replicas), 0.0
    for lag in range(4, 13):  # 10 to 30 collisions: after Enskog's exponential, before sound has gone round the box
        found += (v[:-lag] * v[lag:]).mean(axis=(0, 2, 3))
        exact += float(np.exp(-spread * squares * lag * between / rate).sum()) / (2 * n)
    ratio = found / exact
    error = float(ratio.std(ddof=1) / math.sqrt(replicas))
    return Claim(
        claim=f"phi = {phi:g}: velocity autocorrelation at 10 to 30 collisions over its long-time tail, seed {seed}",
        source=f"{TAIL}: 1/(8 pi n (D + nu) t), here as a sum over the waves of the box; {GASS}",
        expected=1.0,
        measured=float(ratio.mean()),
        tolerance=0.1 + chance((error, replicas)),
        reason="D + nu of Enskog within 5 %, and the next term of the tail, 5 %; 5 standard errors",
        basis="derived",
        standard_error=error,
    )
