"""Makes the table of spacing nulls in physent/diagnostics/school_nulls.py: ``python nulls.py [SCALE]``.

For each number of points N, uniform in a periodic cube or in a ball: N (E0 - E) of the entropies of spacing and of
surroundings, E0 being the mean for N independent values. Samples are drawn at a fixed seed.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import xlogy

from physent.core.random import Purpose, normals, uniform_array
from physent.diagnostics.school_nulls import CELLS, NUMBERS, irwin_hall, uniform

logger = logging.getLogger(__name__)

Floats = NDArray[np.float64]


def points(law: str, n: int, sample: int) -> Floats:
    """Points (n, 3) uniform in the unit cube or in the unit ball."""
    seed = 31 if law == "box" else 32
    if law == "box":
        return np.asarray(uniform_array(seed, Purpose.SURROGATE, sample, n, 3 * n).reshape(n, 3))
    direction = normals(seed, Purpose.SURROGATE, sample, n, 3 * n).reshape(n, 3)
    radius = np.cbrt(uniform_array(seed, Purpose.SURROGATE, sample, n, n, 1))
    return np.asarray(direction * (radius / np.linalg.norm(direction, axis=1))[:, None])


def losses(law: str, n: int, samples: int) -> tuple[Floats, Floats]:
    """Means and standard errors (2,) of N (E0 - E) for spacing and surroundings."""
    found = np.empty((samples, 2))
    for sample in range(samples):
        x = points(law, n, sample)
        cube = cKDTree(x, boxsize=1.0 if law == "box" else None).query(x, k=6)[0][:, 1:] ** 3
        ratios = cube[:, 0] / cube[:, 1], irwin_hall((cube[:, :4] / cube[:, 4:]).sum(axis=1))
        for kind, ratio in enumerate(ratios):
            p = np.histogram(ratio, CELLS, (0.0, 1.0))[0] / n
            found[sample, kind] = n * (uniform(n) + xlogy(p, p).sum())
    return found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(samples)


def main(scale: Any = 2e6) -> None:
    """Log a row for each law and number."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for law in ("box", "ball"):
        for n in NUMBERS:
            samples = int(float(scale) / (n + 40))
            mean, error = losses(law, n, samples)
            row = np.ravel([mean, error], "F")
            logger.info("%s n = %d: cohesion %.4f +- %.4f, neighbor %.4f +- %.4f", law, n, *row)


if __name__ == "__main__":
    main(*sys.argv[1:2])
