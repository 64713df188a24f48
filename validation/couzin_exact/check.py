"""Single fish and pairs, for which the answer is known, and one step of a school against the rule written out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from physent.core.random import Purpose, normals, uniform_array
from physent.evidence import Case, Claim
from physent.runs import api
from physent.theory import schools

LENGTH = 0.3  # speed 3 times step 0.1
NOISE = 0.05
STEPS = (100, 1000)


def check(case: Case) -> Iterator[Claim]:
    """Persistence and displacement of free fish, with and without a limit on the turn; exact turns of pairs."""
    runs = {rate: case.run("free.yaml", _free(case, rate)) for rate in (40.0, 720.0)}
    for rate, run in runs.items():
        yield from _walk(run, rate, 0.0035 if case.full else 0.011)
    yield from _pairs()
    for n, length in ((100, None), (1000, 26.0)):
        yield _step(case, n, length)
    with case.figure("displacement") as figure:
        axes = figure.subplots()
        steps = np.arange(1, 1001)
        for color, (rate, run) in enumerate(runs.items()):
            c = schools.persistence(NOISE, math.radians(rate * 0.1))
            axes.plot(
                steps * 0.1,
                schools.mean_square_displacement(steps, c, LENGTH),
                color=f"C{color}",
                label=f"theory, {rate:g} degrees per unit time",
            )
            moved = run["position"] - run["position"][0]
            squares = (moved**2).sum("axis").mean(("replica", "particle"))
            axes.plot(run["time"][1:], squares[1:], "o", color=f"C{color}", ms=4)
        axes.set(xlabel="time", ylabel="mean square displacement", xscale="log", yscale="log")
        axes.legend(frameon=False)


def _free(case: Case, rate: float) -> dict[str, Any]:
    return {"parameters.turn_rate_deg": rate, "replicas": 6400 if case.full else 640}


def _walk(run: Any, rate: float, tolerance: float) -> Iterator[Claim]:
    c = schools.persistence(NOISE, math.radians(rate * 0.1))
    x, v = run["position"].values, run["heading"].values
    for steps in STEPS:
        sample = steps // 100
        moved = ((x[sample] - x[0]) ** 2).sum(axis=-1).ravel()
        cosine = (v[sample] * v[0]).sum(axis=-1).ravel()
        expected = float(schools.mean_square_displacement(steps, c, LENGTH))
        yield Claim(
            claim=f"mean square displacement after {steps} steps, relative, {rate:g} degrees per unit time",
            source="Flory 1969, Statistical Mechanics of Chain Molecules: freely rotating chain",
            expected=1.0,
            measured=float(moved.mean()) / expected,
            tolerance=tolerance,
            reason="five standard errors of the number of walkers, a hundred thousand in the full tier, fit into it",
            basis="exact",
            standard_error=float(moved.std() / math.sqrt(moved.size)) / expected,
        )
        error = float(cosine.std() / math.sqrt(cosine.size))
        yield Claim(
            claim=f"mean cosine of the turn in {steps} steps, {rate:g} degrees per unit time",
            source="derived: c^n, c the mean cosine of a step (physent.theory.schools.persistence)",
            expected=c**steps,
            measured=float(cosine.mean()),
            tolerance=5 * error,
            reason="five standard errors of the number of walkers",
            basis="derived",
            standard_error=error,
        )


def _pairs() -> Iterator[Claim]:
    angles = _angles(170.0, {"orientation_radius": 1e3, "attraction_radius": 1e3}, 20)
    yield Claim(
        claim="largest error of the angle between two fish that align, 170 degrees minus 8 per step",
        source="derived: each turns towards the other's heading by 4 degrees per step on the great circle",
        expected=0.0,
        measured=float(np.abs(angles - (170.0 - 8.0 * np.arange(21))).max()),
        tolerance=1e-8,
        reason="round-off of the angle near 0 and 180 degrees",
        basis="exact",
    )
    turned = _angles(180.0, {"repulsion_radius": 1e3, "orientation_radius": 1e3, "attraction_radius": 1e3}, 1)
    yield Claim(
        claim="angle between two fish face to face that repel each other, after one step",
        source="derived: each turns by 4 degrees, and no plane being singled out, both towards x (core.rotate)",
        expected=172.0,
        measured=float(turned[1]),
        tolerance=1e-5,
        reason="round-off of the arc cosine near 180 degrees",
        basis="exact",
    )


def _angles(start: float, radii: dict[str, float], steps: int) -> np.ndarray:
    """Angle in degrees between the headings of two fish, at each step."""
    half = math.radians(start / 2)
    config = {
        "engine": "couzin",
        "parameters": {"n": 2, "noise_rad": 0.0, "field_of_view_deg": 360.0, "speed": 0.01, **radii},
        "initial": {"kind": "aligned"},
        "schedule": {"until": 0.1 * steps, "every": 0.1},
    }
    # Half the angle to either side of x, in the plane of x and y; at 180 degrees that is face to face along y.
    heading = [[math.cos(half), math.sin(half), 0.0], [math.cos(half), -math.sin(half), 0.0]]
    position = [[0.0, -5.0, 0.0], [0.0, 5.0, 0.0]]
    with api.run(config, initial={"position": np.array(position), "heading": np.array(heading)}) as run:
        v = run["heading"].values[:, 0]
    sine = np.linalg.norm(np.cross(v[:, 0], v[:, 1]), axis=-1)
    return np.asarray(np.degrees(np.arctan2(sine, (v[:, 0] * v[:, 1]).sum(axis=-1))))


def _step(case: Case, n: int, length: float | None) -> Claim:
    """One step of a school, in open water by sums over all pairs, in the periodic cube by cells."""
    u = uniform_array(case.seed(3), Purpose.SURROGATE, 0, 0, 3 * n).reshape(n, 3)
    v = normals(case.seed(3), Purpose.SURROGATE, 1, 0, 3 * n).reshape(n, 3)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    # In the cube a school over its corner, smaller than the cube by more than fish can see.
    x = 8.0 * u if length is None else np.mod(18.0 * u - 9.0, length)
    config = {
        "engine": "couzin",
        "parameters": {"n": n, "noise_rad": 0.0, "orientation_radius": 2.0, "attraction_radius": 4.0,
                       "turn_rate_deg": 400.0, "box_length": length},
        "initial": {"kind": "aligned"},
        "schedule": {"until": 0.1, "every": 0.1},
    }  # fmt: skip
    with api.run(config, initial={"position": x, "heading": v}) as run:
        measured = run["heading"].values[-1, 0]
    expected = _by_the_rule(x, v, length, (1.0, 2.0, 4.0), math.cos(math.radians(135.0)), math.radians(40.0))
    return Claim(
        claim=f"{n} fish, {'open water' if length is None else 'periodic cube'}: largest error of a heading in a step",
        source="Couzin et al. 2002, doi 10.1006/jtbi.2002.3065, eqs 1 to 3, written out for each fish in this check",
        expected=0.0,
        measured=float(np.abs(measured - expected).max()),
        tolerance=1e-10,
        reason="round-off of sums over neighbours, and of the arc cosine",
        basis="exact",
    )


def _by_the_rule(
    x: np.ndarray, v: np.ndarray, length: float | None, radii: tuple[float, float, float], blind: float, turn: float
) -> np.ndarray:
    """New headings (n, 3): each fish turns by at most ``turn`` towards the direction that its zones give it."""
    new = v.copy()
    for i in range(len(x)):
        apart = np.delete(x - x[i], i, axis=0)
        if length is not None:
            apart -= length * np.rint(apart / length)
        others = np.delete(v, i, axis=0)
        distance = np.linalg.norm(apart, axis=1)
        unit = apart / distance[:, None]
        seen = unit @ v[i] > blind
        zone = np.digitize(
            distance, radii
        )  # 0: repulsion, which the blind are not spared; 1: orientation; 2: attraction
        if (zone == 0).any():
            wanted = -unit[zone == 0].sum(axis=0)
        else:
            wanted = others[seen & (zone == 1)].sum(axis=0) + unit[seen & (zone == 2)].sum(axis=0)
        size = np.linalg.norm(wanted)
        if size == 0.0:
            continue
        wanted /= size
        angle = math.acos(min(1.0, max(-1.0, float(wanted @ v[i]))))
        if angle <= turn:
            new[i] = wanted
        else:
            new[i] = (math.sin(angle - turn) * v[i] + math.sin(turn) * wanted) / math.sin(angle)
    return new
