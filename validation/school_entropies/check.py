"""Entropies of schools: an index that does not depend on the compass heading and is 1 for disorder at any number."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physent.core.random import Purpose, normals, uniform_array
from physent.diagnostics.legacy_school import legacy_entropies
from physent.diagnostics.school import WEIGHTS, school_entropies
from physent.evidence import Case, Claim, chance

Floats = NDArray[np.float64]

PEER = "Herho et al. 2026, arXiv:2602.07948"
DERIVED = "derived: only scalar products and ratios of distances, divided by the mean of the null law"
BOX, REACH = 25.0, 10.0
AROUND = 30.0  # box in which a school of open water is put for the published definition

# Index of schools by bundled configs, corrected and published: mean and s.d. over 12 replicas of seed 7.
PHASES = {
    "swarm": ((0.9850, 0.0045), (0.7397, 0.0018)),
    "torus": ((0.8622, 0.0114), (0.6936, 0.0099)),
    "highly_parallel": ((0.6421, 0.0135), (0.3275, 0.0120)),
    "dynamic_parallel": ((0.4975, 0.0104), (0.2329, 0.0251)),
}


class Draws:
    """Random schools of one seed, each from a stream of its own."""

    def __init__(self, seed: int) -> None:
        self.seed, self.used = seed, 0

    def _next(self) -> int:
        self.used += 1
        return self.used

    def isotropic(self, n: int) -> Floats:
        """Unit vectors (n, 3)."""
        return _unit(normals(self.seed, Purpose.SURROGATE, 0, self._next(), 3 * n).reshape(n, 3))

    def uniform(self, n: int) -> Floats:
        """Numbers (n,) in [0, 1)."""
        return np.asarray(uniform_array(self.seed, Purpose.SURROGATE, 1, self._next(), n))

    def ball(self, n: int, radius: float = 4.0) -> Floats:
        """Points (n, 3) uniform in a ball."""
        return np.asarray(radius * self.isotropic(n) * np.cbrt(self.uniform(n))[:, None])

    def toward(self, n: int, spread: float) -> Floats:
        """Headings about z, each component with normal deviations."""
        deviation = normals(self.seed, Purpose.SURROGATE, 2, self._next(), 3 * n).reshape(n, 3)
        return _unit(np.array([0.0, 0.0, 1.0]) + spread * deviation)


def check(case: Case) -> Iterator[Claim]:
    """Compass, nulls, mills, and the four phases of Couzin's model."""
    yield from _compass(case)
    yield from _nulls(Draws(case.seed(41)), 1.0 if case.full else 0.15, "")
    if case.full:
        yield from _nulls(Draws(case.seed(42)), 1.0, ", second seed")
    yield from _mills(Draws(case.seed(43)))
    yield _one_in_each_cell(Draws(case.seed(45)))
    yield from _phases(case)


def compass(draws: Draws, turns: int = 73) -> tuple[Floats, Floats, Floats]:
    """Angles of the heading from z, and both indices of one rigid school that is rotated by them about y."""
    x, v = draws.ball(150), draws.toward(150, 0.03)
    angles = np.linspace(0, np.pi / 2, turns)
    rows = []
    for angle in angles:
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
        turn = _about_z(np.pi / 24) @ turn
        place = np.mod(BOX / 2 + x @ turn.T, BOX), v @ turn.T
        rows.append(
            (
                school_entropies(*place, BOX, REACH)["schooling_index"],
                legacy_entropies(*place, BOX)["schooling_index"],
            )
        )
    ours, theirs = np.array(rows).T
    return angles, ours, theirs


def draw(figure: Any, angles: Floats, ours: Floats, theirs: Floats) -> None:
    """Both indices against the heading."""
    axes = figure.subplots()
    axes.plot(np.degrees(angles), theirs, "C1.-", ms=4, lw=1, label="dewi_kadita")
    axes.plot(np.degrees(angles), ours, "C0-", label="corrected")
    axes.set(xlabel="angle of the heading from z, degrees", ylabel="index of one rigid school", ylim=(0, 1))
    axes.legend()


def _compass(case: Case) -> Iterator[Claim]:
    angles, ours, theirs = compass(Draws(case.seed(40)))
    with case.figure("school_entropies") as figure:
        draw(figure, angles, ours, theirs)
    yield Claim(
        "corrected index of one rigid school: range over its compass heading",
        DERIVED,
        0.0,
        float(np.ptp(ours)),
        1e-10,
        "rounding of the rotated positions",
        "derived",
    )
    yield Claim(
        "published index of one rigid school: range over its compass heading",
        PEER,
        0.0,
        float(np.ptp(theirs)),
        0.01,
        "a property of the school, which is the same",
        "published",
        difference="its cells of equal angle and their weights are fixed in space",
    )
    draws = Draws(case.seed(44))
    x, v = draws.ball(150), draws.toward(150, 0.03)
    shifts = BOX * draws.uniform(24).reshape(8, 3)
    pairs = [np.mod(x + shift, BOX) for shift in shifts]
    ours = np.array([school_entropies(place, v, BOX, REACH)["schooling_index"] for place in pairs])
    theirs = np.array([legacy_entropies(place, v, BOX)["shape_entropy"] for place in pairs])
    yield Claim(
        "corrected index of one school: range over its position in the periodic box",
        DERIVED,
        0.0,
        float(np.ptp(ours)),
        1e-10,
        "rounding of the shifted positions",
        "derived",
    )
    yield Claim(
        "published shape entropy of one school: range over its position in the periodic box",
        PEER,
        0.0,
        float(np.ptp(theirs)),
        0.01,
        "a property of the school, which is the same",
        "published",
        difference="its centre is the mean of wrapped coordinates",
    )


def _nulls(draws: Draws, share: float, which: str) -> Iterator[Claim]:
    for n, samples in ((50, 1000), (150, 400), (1000, 60)):
        for water in ("open water", "a box"):
            rows = []
            for _ in range(max(20, int(share * samples))):
                box = BOX if water == "a box" else None
                x = draws.ball(n) if box is None else BOX * draws.uniform(3 * n).reshape(n, 3)
                v = draws.isotropic(n)
                rows.append((school_entropies(x, v, box, REACH), legacy_entropies(np.mod(x, BOX), v, BOX)))
            for name in (*WEIGHTS, "depth_entropy", "schooling_index"):
                values = np.array([ours[name] for ours, _ in rows])
                error = float(values.std(ddof=1) / np.sqrt(len(values)))
                yield Claim(
                    f"disordered school of {n} in {water}: corrected {name}{which}",
                    DERIVED,
                    1.0,
                    float(values.mean()),
                    max(chance((error, len(values))), 1e-4),
                    "5 standard errors by Student's t, and cosines of triangles of neighbours",
                    "derived",
                    error,
                )
            if water == "a box":
                values = np.array([theirs["schooling_index"] for _, theirs in rows])
                yield Claim(
                    f"disordered school of {n} in a box: published index{which}",
                    PEER,
                    1.0,
                    float(values.mean()),
                    0.05,
                    "the index is said to be near 1 for disorder",
                    "published",
                    float(values.std(ddof=1) / np.sqrt(len(values))),
                    difference="plug-in entropies over ln K fall short at every number of fish, by different amounts",
                )


def _mills(draws: Draws) -> Iterator[Claim]:
    n = 150
    angle = 2 * np.pi * np.arange(n) / n
    x = 5 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    v = np.stack([-np.sin(angle), np.cos(angle), 0 * angle], axis=1)
    both = v * np.where(draws.uniform(n) < 0.5, -1.0, 1.0)[:, None]
    name = "angular_momentum_entropy"
    one, two = (school_entropies(x, way, None, REACH)[name] for way in (v, both))
    yield Claim(
        f"ring that mills one way: corrected {name}", DERIVED, 0.0, one, 1e-12, "all fish in one cell", "derived"
    )
    yield Claim(
        f"ring that mills both ways: corrected {name}",
        "derived: two equal cells, ln 2 of ln 19 less the bias of 75 fish",
        float(np.log(2) / (np.log(19) - 18 / 150)),
        two,
        0.02,
        "halves are not exactly half and half: second order in 1/sqrt(75)",
        "derived",
    )
    theirs = [legacy_entropies(x + BOX / 2, way, BOX)[name] for way in (v, both)]
    yield Claim(
        f"mills one way and both ways: the published {name} distinguishes them",
        PEER,
        1.0,
        float(abs(theirs[0] - theirs[1]) > 1e-12),
        0.0,
        "milling detection is its stated use",
        "published",
        difference="it takes the length of r x v, which has no sign",
    )


def _one_in_each_cell(draws: Draws) -> Claim:
    """Headings at the middles of the 12 x 24 cells of equal angle."""
    theta, phi = np.meshgrid((np.arange(12) + 0.5) * np.pi / 12, (np.arange(24) + 0.5) * np.pi / 12, indexing="ij")
    v = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1).reshape(-1, 3)
    share = np.sin(theta).ravel() / np.sin(theta).sum()
    return Claim(
        "one fish in each cell of the published headings: published polarization_entropy",
        f"{PEER}; derived: shares in proportion to the sine of the cells' middles",
        float(-(share * np.log(share)).sum() / np.log(288)),
        legacy_entropies(BOX / 2 + draws.ball(288), v, BOX)["polarization_entropy"],
        1e-12,
        "rounding",
        "derived",
    )


def _phases(case: Case) -> Iterator[Claim]:
    """The index of real schools; the swarm above the mill above both parallel phases."""
    means: dict[str, Floats] = {}
    for phase, targets in PHASES.items():
        run = case.run(
            f"couzin/{phase}",
            {"replicas": 10, "seed": 1, "schedule.every": 2.0, "output.every": 5, "diagnostics": []},
        )
        later = run[["position", "heading"]].sel(field_time=slice(250.0, None)).isel(field_time=slice(None, None, 3))
        shape = later["position"].shape[:2]
        values = np.empty((2, *shape))
        for index in np.ndindex(shape):
            x, v = later["position"].values[index], later["heading"].values[index]
            values[(0, *index)] = school_entropies(x, v, None, None)["schooling_index"]
            inside = np.mod(x - x.mean(axis=0) + AROUND / 2, AROUND)
            values[(1, *index)] = legacy_entropies(inside, v, AROUND)["schooling_index"]
        means[phase] = values.mean(axis=1)
        for definition, (expected, deviation), own in zip(
            ("corrected", "published"), targets, means[phase], strict=True
        ):
            error = float(own.std(ddof=1) / np.sqrt(own.size))
            yield Claim(
                f"{definition} index of the phase {phase}",
                "earlier runs here of the same config, seed 7",
                expected,
                float(own.mean()),
                chance((error, own.size), (deviation / np.sqrt(12), 12)),
                "5 standard errors of the difference of two samples of replicas, by Student's t",
                "simulated",
                error,
            )
    for more, less in pairwise(PHASES):
        gaps = np.subtract.outer(means[more][0], means[less][0])
        yield Claim(
            f"corrected index: {more} above {less}, share of pairs of replicas",
            "derived: phases that an index tells apart do not overlap",
            1.0,
            float((gaps > 0).mean()),
            0.0,
            "replicas scatter by a tenth of the least difference",
            "derived",
        )


def _about_z(angle: float) -> Floats:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def _unit(x: Floats) -> Floats:
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))
