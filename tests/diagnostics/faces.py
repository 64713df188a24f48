"""One valid call of every public function, class and method of `physent.diagnostics`, with all of its arguments."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np

from physent import diagnostics as D
from physent.typing import Floats

RECORDS = {"Coverage", "Crooks", "Cumulants", "EntropyProduction", "Estimate", "SamplingAdvice", "SurrogateTest"}
RECORDS |= {"ThermodynamicIntegral", "UncertaintyRatio"}
"""Results: made by functions, not called by users."""
PROTOCOLS = {"Box", "Measure", "Space", "PhysentWarning"}


def series(seed: int = 0, n: int = 240) -> Floats:
    return np.random.default_rng(seed).normal(size=n)


def symbols(seed: int = 0, n: int = 400) -> Any:
    return np.random.default_rng(seed).integers(0, 2, size=n)


def positions(seed: int = 0) -> Floats:
    return np.random.default_rng(seed).random((60, 2))


def clock(n: int = 240) -> Floats:
    return np.asarray(0.5 * np.arange(n), np.float64)


P = np.array([0.2, 0.3, 0.5])
N = np.array([20, 30, 50])
MEASURES = {
    "KL": D.KL(P[::-1]),
    "JensenShannon": D.JensenShannon(P[::-1]),
    "Renyi": D.Renyi(2.0),
    "Shannon": D.Shannon(),
    "StatisticalComplexity": D.StatisticalComplexity(),
    "Tsallis": D.Tsallis(0.5),
}
SPACES: dict[str, tuple[Any, Any]] = {
    "Grid": (D.Grid((0.0, 0.0), (1.0, 1.0), (3, 4), outside="drop"), positions()),
    "Sphere": (D.Sphere(2, 3), np.random.default_rng(1).normal(size=(50, 3))),
    "Ordinal": (D.Ordinal(3), series()),
    "OrdinalPatch": (D.OrdinalPatch(2, 2), np.random.default_rng(5).random((6, 7))),
    "Levels": (D.Levels((-0.5, 0.5)), series()),
    "Unique": (D.Unique(2), symbols()),
    "Lag": (D.Lag(D.Unique(2)), symbols()),
    "Product": (D.Product(D.Unique(2), D.Lag(D.Unique(2))), symbols()),
}

FUNCTIONS: dict[str, dict[str, Any]] = {
    "advise": {"x": np.sin(clock()), "t": clock(), "order": 3, "delay": 2, "method": "crossings"},
    "apparent_complexity": {
        "field": np.random.default_rng(2).random((12, 16)),
        "grain": 2,
        "levels": 3,
        "limits": (0.0, 1.0),
        "adjust": "row_majority",
        "boundary": "open",
        "dims": None,
    },
    "autocorrelation_time": {"x": series(), "axis": -1},
    "block_entropy": {"symbols": symbols(), "length": 2, "dim": None},
    "block_jackknife": {"statistic": lambda x: x.mean(0), "x": series(), "axis": 0, "tau": 2.0},
    "coarse_grain": {"field": np.random.default_rng(2).random((12, 16)), "grain": 3, "boundary": "open"},
    "conditional_mutual_information": {
        "x": series(),
        "y": series() + series(1),
        "z": series(2),
        "k": 3,
        "local": False,
    },
    "count": {"x": series(), "space": D.Levels((0.0,)), "dim": None, "weights": np.ones(240), "component": None},
    "crooks": {"forward": series(), "reverse": series(1), "temperature": 2.0},
    "cumulants": {"series": series(), "orders": 4},
    "dispersion_entropy": {"x": series(), "m": 2, "classes": 3, "delay": 2, "normalize": True, "dim": None},
    "effective_sample_size": {"x": series()},
    "entropy": {
        "counts": N,
        "measure": "shannon",
        "estimator": "plugin",
        "differential": False,
        "standard_error": "jackknife",
        "over": None,
    },
    "entropy_production": {"x": symbols(), "method": "plug_in", "dt": 0.5, "length": 2, "basis": None, "dim": None},
    "entropy_rate": {"symbols": symbols(), "length": 2, "dim": None},
    "forbidden_patterns": {"x": series(), "order": 3, "delay": 1},
    "fuzzy_entropy": {"x": series(), "m": 2, "r": 0.3, "power": 1.5, "dim": None},
    "from_spec": {"spec": {"grid": {"low": 0.0, "high": 1.0, "cells": 3}}},
    "hc_bounds": {"order": 3, "entropy": np.array([0.2, 0.9]), "points": 11},
    "hc_plane": {"x": series(), "order": 3, "delay": 1, "dim": None},
    "hc_plane_2d": {
        "field": np.random.default_rng(2).random((12, 16)),
        "rows": 2,
        "columns": 1,
        "row_step": 2,
        "column_step": 3,
        "dims": None,
    },
    "hc_standard_errors": {"x": series(), "order": 3, "delay": 1, "dim": None},
    "in_base": {"value": D.entropy(N), "base": 10.0},
    "integrated_autocorrelation_time": {"x": series()},
    "interval_coverage": {
        "counts": np.random.default_rng(3).multinomial(500, P, size=20),
        "truth": 1.0296530140645737,
        "estimator": "grassberger",
        "measure": D.Shannon(),
        "standard_error": "jackknife",
        "nominal": 0.9,
    },
    "k_statistics": {"x": series(), "orders": 4},
    "knn_entropy": {"x": positions(), "k": 3, "box": 1.0, "dims": None},
    "knn_transfer_entropy": {
        "x": positions(),
        "y": np.roll(positions(), 1, 0) + positions(1),
        "k": 1,
        "l": 2,
        "delay": 2,
        "given": positions(2)[:, :1],
        "neighbours": 3,
    },
    "ksg_mutual_information": {"x": series(), "y": series() + series(1), "k": 3},
    "linear_statistic": {"x": positions(), "f": np.square, "of": "position"},
    "local_transfer_entropy": {"x": symbols(), "y": symbols(1), "space": D.Unique(2), "k": 2, "l": 1, "delay": 2},
    "lz76_phrases": {"symbols": symbols()},
    "lz78_phrases": {"symbols": symbols()},
    "mean_and_error": {"x": series()},
    "measure_named": {"name": "renyi_2"},
    "mixed_mutual_information": {"x": series(), "y": series() > 0.0, "k": 3},
    "multiscale_entropy": {"x": series(), "scales": 4, "m": 1, "r": 0.3, "tolerance": None, "dim": None},
    "natural_time": {"x": np.sin(clock()), "t": clock(), "method": "crossings"},
    "normalized": {"estimate": D.entropy(N), "by": 2.0},
    "null_entropy": {"N": np.array([10, 20]), "law": P},
    "pattern_counts": {"x": series(), "order": 3, "delay": 1, "blocks": 2},
    "pattern_time": {"order": 3, "delay": 2, "dt": 0.5},
    "permutation_entropy": {"x": series(), "order": 3, "delay": 1, "dim": None, "normalize": False},
    "r_hat": {"x": series()},
    "sample_entropy": {"x": series(), "m": 2, "r": 0.3, "tolerance": None, "dim": None},
    "spacing_entropy": {"x": series(), "method": "vasicek", "window": 5, "dim": None},
    "surrogate_test": {
        "statistic": lambda *both: sum(np.ptp(np.asarray(one, np.float64)) for one in both),
        "x": series(),
        "y": series(1),
        "number": 9,
        "kind": "phase",
        "side": "both",
        "least": 10,
        "seed": 3,
    },
    "surrogates": {"x": series(), "number": 3, "kind": "phase", "least": 10, "seed": 3, "dim": None},
    "suggest_delay": {"natural_time": 10.0, "order": 4, "dt": 0.5, "ratio": 0.4},
    "thermodynamic_integration": {
        "beta": np.linspace(0.5, 2.0, 8),
        "mean_energy": 1 / np.linspace(0.5, 2.0, 8),
        "se": np.full(8, 0.01),
        "reference": 0.0,
        "variable": "auto",
    },
    "thermodynamic_uncertainty": {"current": series(), "entropy": series(1)},
    "time_irreversibility": {"symbols": symbols(), "length": 2, "pseudocount": 0.5, "dim": None},
    "transfer_entropy": {
        "x": symbols(),
        "y": symbols(1),
        "space": D.Unique(2),
        "k": 1,
        "l": 1,
        "delay": 2,
        "dim": None,
    },
    "unmixed": {"x": series(), "rhat_bound": 1.1, "least": 50.0},
    "weighted_permutation_entropy": {"x": series(), "order": 3, "delay": 2, "dim": None, "normalize": True},
    "weigh": {"density": P, "cell_measure": 0.5},
    "word_entropies": {"symbols": symbols(), "length": 3, "dim": None},
    "zero_one_test": {"x": series(), "frequencies": 20, "dim": None},
}

for _name, _given in FUNCTIONS.items():
    for _parameter in signature(getattr(D, _name)).parameters.values():
        _given.setdefault(_parameter.name, _parameter.default)

CLASSES: dict[str, dict[str, Any]] = {
    "KL": {"reference": P},
    "JensenShannon": {"reference": P},
    "LnW": {},
    "Renyi": {"q": 2.0},
    "Shannon": {},
    "StatisticalComplexity": {},
    "Tsallis": {"q": 0.5},
    "Counts": {"n": N, "n_outside": 1, "space": D.Unique(3)},
    "Weights": {"p": P, "mu": np.ones(3), "space": D.Unique(3)},
    "Samples": {"x": positions(), "box": 1.0},
    "Grid": {"low": 0.0, "high": 1.0, "cells": 4, "periodic": False, "outside": "error"},
    "Sphere": {"polar": 2, "azimuthal": 3, "equal_area": True},
    "Ordinal": {"order": 3, "delay": 1, "ties": "stable"},
    "OrdinalPatch": {"rows": 3, "columns": 1, "row_step": 2, "column_step": 1},
    "Levels": {"edges": (0.0, 1.0)},
    "Unique": {"size": 3},
    "Lag": {"space": D.Unique(3), "steps": 1},
}
"""`Product`, which takes any number of spaces, has tests of its own."""

METHODS: dict[str, tuple[Any, dict[str, Any]]] = {
    **{f"{name}.__call__": (one, {"p": P, "mu": np.ones(3)}) for name, one in MEASURES.items()},
    **{f"{name}.gradient": (one, {"p": P, "mu": np.ones(3)}) for name, one in MEASURES.items()},
    **{f"{name}.maximum": (one, {"size": 3, "mu": np.ones(3)}) for name, one in MEASURES.items()},
    **{f"{name}.encode": (space, {"x": x}) for name, (space, x) in SPACES.items()},
    "LnW.__call__": (D.LnW(), {"counts": N, "mu": np.ones(3)}),
    "Counts.pooled": (D.Counts(np.array([N, N])), {"axis": 0}),
    "Counts.__add__": (D.Counts(N), {"other": D.Counts(N)}),
}


def calls() -> dict[str, tuple[Any, dict[str, Any]]]:
    """What to call, and its arguments, by name."""
    found = {name: (getattr(D, name), given) for name, given in (FUNCTIONS | CLASSES).items()}
    return found | {name: (getattr(one, name.partition(".")[2]), given) for name, (one, given) in METHODS.items()}
