"""Who swims in front and who in the centre: fast fish lead, fish with a narrow zone of repulsion stay central."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim, chance

SOURCE = "earlier runs here, 12 replicas of seed 7; effect: Couzin et al. 2002, Fig. 8, doi 10.1006/jtbi.2002.3065"
SETTLED = 250.0
# Groups of couzin/sorting: fast and slow, each with a narrow and a wide zone of repulsion.
FAST, SLOW, NARROW, WIDE = [0, 1], [2, 3], [0, 2], [1, 3]
# Variable, groups whose mean is larger, groups whose mean is smaller; mean difference, s.d. over 12 replicas.
SORTED = (
    ("front_position", "fast", FAST, "slow", SLOW, 5.10, 0.92),
    ("center_distance", "wide", WIDE, "narrow", NARROW, 1.27, 0.50),
    ("front_position", "narrow", NARROW, "wide", WIDE, 2.17, 0.90),
)


def check(case: Case) -> Iterator[Claim]:
    """Differences between groups in the second half of a run; every tolerance excludes no difference."""
    for seed in (1, 2) if case.full else (1,):
        run = case.run("couzin/sorting", {"replicas": 16, "seed": seed, "schedule.every": 2.0})
        later = run.sel(time=slice(SETTLED, None))
        for name, first, more, second, less, expected, deviation in SORTED:
            values = later[name].mean("time").values
            difference = values[:, more].mean(axis=1) - values[:, less].mean(axis=1)
            error = float(difference.std(ddof=1) / math.sqrt(difference.size))
            yield Claim(
                claim=f"{name} of the {first} fish minus that of the {second}, seed {seed}",
                source=SOURCE,
                expected=expected,
                measured=float(difference.mean()),
                tolerance=chance((error, difference.size), (deviation / math.sqrt(12), 12)),
                reason="5 standard errors of the difference of two samples of replicas, by Student's t",
                basis="simulated",
                standard_error=error,
            )
            yield Claim(
                claim=f"fraction of the replicas with larger {name} of the {first} than of the {second}, seed {seed}",
                source="Couzin et al. 2002, Fig. 8, doi 10.1006/jtbi.2002.3065",
                expected=1.0,
                measured=float((difference > 0).mean()),
                tolerance=0.25,
                reason="by chance 12 of 16 or more happen in 4 % of cases",
                basis="published",
            )
        if seed == 1:
            with case.figure("places") as figure:
                axes = figure.subplots()
                for group, label in enumerate(("fast, narrow", "fast, wide", "slow, narrow", "slow, wide")):
                    front, center = (
                        later[v].mean("time").values[:, group] for v in ("front_position", "center_distance")
                    )
                    axes.plot(center, front, "o", ms=4, color=f"C{group}", label=label)
                    axes.errorbar(
                        center.mean(), front.mean(), np.std(front), np.std(center), color=f"C{group}", capsize=3
                    )
                axes.set(xlabel="distance from the centroid", ylabel="distance before the centroid")
                axes.legend(frameon=False)
