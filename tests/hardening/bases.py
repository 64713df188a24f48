"""Tiny runs of every engine with every diagnostic that it serves: what the fuzz tests begin from."""

from __future__ import annotations

from typing import Any

TIME = {"until": 1.0, "every": 0.25}
R2 = {"kind": "linear_statistic", "name": "r2", "function": "power", "exponent": 2.0}
SEPARATION = {"max_separation": 0.4, "centre_radius": 0.5}
COUZIN: dict[str, Any] = {
    "engine": "couzin",
    "seed": 1,
    "replicas": 2,
    "parameters": {"n": 12, "orientation_radius": 2.0, "attraction_radius": 5.0, "noise_rad": 0.05, "box_length": 20.0},
    "initial": {"kind": "ball"},
    "schedule": {"until": 1.0, "every": 0.5},
    "protocol": [{"at": 0.5, "set": {"orientation_radius": 3.0}}],
    "diagnostics": [
        {"kind": "school_entropies"},
        {"kind": "ordinal_pattern", "of": "polarization", "order": 2, "delay": 1},
        {"kind": "histogram_entropy", "of": "polarization", "low": 0.0, "high": 1.0, "cells": 8},
        {"kind": "knn_entropy", "of": "position", "k": 3},
        {"kind": "structure_factor", "name": "structure", "wavenumbers": [1.0, 2.0]},
    ],
}
DISCS: dict[str, Any] = {
    "engine": "hard_discs",
    "seed": 1,
    "replicas": 2,
    "parameters": {"n": 6, "diameter": 0.05, "box_length": 1.0},
    "initial": {"kind": "strip", "fraction": 0.5},
    "schedule": TIME,
    "protocol": [{"at": 0.5, "do": "reverse_velocities"}],
    "diagnostics": [
        {"kind": "boltzmann_entropy", "x_cells": 4, "y_cells": 4, "velocity_cell": 0.5, "pool": "replicas"},
        {"kind": "boltzmann_entropy", "name": "fields", "x_cells": 4, "y_cells": 2, "macrostate": "hydrodynamic"},
        {"kind": "composition", "name": "colour", "x_cells": 4, "y_cells": 4},
        {"kind": "apparent_complexity", "name": "pattern", "of": "colour", "grain": 1, "levels": 3},
        {"kind": "self_diffusion"},
        {"kind": "pair_correlation", "name": "pairs", "max_separation": 0.4, "cells": 8},
    ],
}
NLSE: dict[str, Any] = {
    "engine": "nlse",
    "seed": 1,
    "replicas": 2,
    "parameters": {"length": 20.0, "points": 16, "sign": "focusing", "tolerance": 1e-6},
    "initial": {"kind": "plane_wave", "amplitude": 1.0, "mode": 1, "noise_rms": 1e-3, "noise_band": 3},
    "schedule": TIME,
    "diagnostics": [
        {"kind": "wave_entropies", "measures": ["shannon", "renyi_2", "tsallis_0.5"], "space": "both"},
        {"kind": "wave_statistics", "name": "statistics", "cells": 8, "limit": 5.0, "threshold": 2.0},
        {"kind": "conservation", "of": ["mass"]},
    ],
}
COULOMB: dict[str, Any] = {
    "engine": "coulomb",
    "seed": 1,
    "replicas": 2,
    "parameters": {"dimension": 2, "n": 4, "beta": 2.0},
    "schedule": {"draws": 6, "thin": 1, "burn_in": 2},
    "diagnostics": [
        R2,
        {"kind": "radial_density", "name": "density", "cells": 8, "max_radius": 1.25},
        {"kind": "pair_correlation", "name": "pairs", "cells": 8, **SEPARATION},
        {"kind": "configurational_entropy", "name": "entropy", "max_radius": 1.4, "cells": 8, "k": 2, **SEPARATION},
        {"kind": "disc_counting", "name": "inside", "radius": [0.25, 0.5]},
    ],
}
HMC = COULOMB | {
    "parameters": {
        "dimension": 3,
        "n": 4,
        "beta": 2.0,
        "potential": {"kind": "power", "exponent": 2.0, "strength": 1.0},
        "sampler": "hmc",
        "hmc": {"step_factor": 0.5, "trajectory": 1.0, "adapt": True},
    },
    "diagnostics": [R2],
}
BASES: dict[str, dict[str, Any]] = {"couzin": COUZIN, "discs": DISCS, "nlse": NLSE, "coulomb": COULOMB, "hmc": HMC}
