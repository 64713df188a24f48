"""One valid call of the function of every kind, on arrays (time, replica, ...), and the dims of its data."""

from __future__ import annotations

from typing import Any

import numpy as np

from physent.diagnostics import Box

PLACES = ("time", "replica", "particle", "axis")
rng = np.random.default_rng(7)


def rounded(x: Any) -> Any:
    """Numbers that float32 holds."""
    return np.asarray(x, np.float32).astype(np.float64)


GAS = rounded(rng.random((12, 2, 40, 2)))
SPEED = rounded(rng.normal(size=GAS.shape))
TRAP = rounded(0.5 * rng.normal(size=(12, 2, 60, 2)))
SCHOOL = rounded(rng.random((6, 2, 30, 3)) * 5)
WAVE = rng.normal(size=(5, 2, 32)) + 1j * rng.normal(size=(5, 2, 32))
SERIES = rounded(rng.normal(size=(40, 3)))
PHASES = rounded(rng.normal(size=(40, 2, 5)))
MIXED = rng.normal(size=(4, 2, 6, 6))
MIXED = rounded(MIXED @ np.swapaxes(MIXED, -1, -2) + np.eye(6))  # covariances of three oscillators
SQUARE = Box((1.0, 1.0), (False, False))

Call = tuple[dict[str, tuple[tuple[str, ...], Any]], dict[str, Any]]
CALLS: dict[str, Call] = {
    "boltzmann_entropy": (
        {"position": (PLACES, GAS), "velocity": (PLACES, SPEED)},
        {"x_cells": 3, "velocity_cell": 1.0, "box": SQUARE, "temperature": 1.0},
    ),
    "cell_map": ({"position": (PLACES, GAS)}, {"cells": 4, "box": 1.0}),
    "composition": ({"position": (PLACES, GAS)}, {"x_cells": 4, "y_cells": 2, "box": 1.0}),
    "configurational_entropy": (
        {"position": (PLACES, TRAP)},
        {"max_radius": 2.5, "centre_radius": 0.5, "max_separation": 0.5, "cells": 10},
    ),
    "conservation": ({"of": (("time", "replica"), SERIES)}, {"scale": 1.0}),
    "detailed_fluctuation_theorem": ({"of": (("time", "replica"), SERIES)}, {}),
    "disc_counting": ({"x": (PLACES, TRAP)}, {"radius": 0.5}),
    "entanglement": (
        {"covariance": (("time", "replica", "row", "column"), MIXED)},
        {"blocks": [[0, 0], [1, 2]], "mutual_information": True, "statistics": "bosons"},
    ),
    "histogram_entropy": ({"of": (PLACES, GAS)}, {"low": [0, 0], "high": [1, 1], "cells": [3, 3]}),
    "integral_fluctuation_theorem": ({"of": (("time", "replica"), SERIES)}, {}),
    "jarzynski": ({"of": (("time", "replica"), SERIES)}, {"temperature": 1.5}),
    "mean": ({"of": (("time", "replica"), SERIES)}, {"after": 3.0}),
    "order_parameters": ({"position": (PLACES, SCHOOL)}, {"radius": 1.0, "box": 5.0}),
    "ordinal_pattern": ({"of": (("time", "replica"), SERIES)}, {"order": 3}),
    "outcome_entropy": ({"of": (PLACES, GAS)}, {"space": {"grid": {"low": [0, 0], "high": [1, 1], "cells": [3, 3]}}}),
    "pair_correlation": ({"position": (PLACES, GAS)}, {"max_separation": 0.4, "cells": 5, "box": 1.0}),
    "radial_density": ({"x": (PLACES[:3], np.hypot(*np.moveaxis(TRAP, -1, 0)))}, {"of": "radius", "cells": 6}),
    "school_entropies": ({"position": (PLACES, SCHOOL)}, {"reach": 2.0, "box": 5.0}),
    "self_diffusion": ({"position": (PLACES, GAS), "velocity": (PLACES, SPEED)}, {"box": 1.0}),
    "structure_factor": ({"position": (PLACES, TRAP)}, {"wavenumbers": [3.0, 5.0], "window_radius": 1.0}),
    "synchronisation": ({"of": (("time", "replica", "x"), PHASES)}, {"angles": True}),
    "wave_entropies": ({"psi": (("time", "replica", "x"), WAVE)}, {"measures": ["shannon", "renyi_2"], "box": 9.0}),
    "wave_statistics": ({"psi": (("time", "replica", "x"), WAVE)}, {"cells": 5, "box": 9.0}),
}
