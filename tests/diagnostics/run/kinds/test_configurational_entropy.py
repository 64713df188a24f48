"""Entropy estimates of exact draws: what each of them is, and is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from physent.declare import Box
from physent.diagnostics import knn_entropy
from physent.diagnostics.run.kinds.configurational_entropy import ConfigurationalEntropy
from physent.theory import ginibre as theory
from tests.diagnostics.run.kinds.sampled import POSITION, ginibre, taken_through
from tests.diagnostics.run.records import complaints


def entropy(**options: Any) -> ConfigurationalEntropy:
    known: dict[str, Any] = {"kind": "configurational_entropy", "name": "S", "max_radius": 1.5}
    return ConfigurationalEntropy(**(known | {"centre_radius": 0.42, "max_separation": 0.36, "cells": 24} | options))


def test_independent_points_have_the_one_body_entropy() -> None:
    """Normal points of variance 1/4: ln(2 pi e / 4) each; two bodies add nothing; neighbours agree."""
    x = np.random.default_rng(1).normal(size=(300, 2, 50, 2)) * 0.5
    found = taken_through(entropy(max_radius=3.0, cells=60), x)
    exact = np.log(2 * np.pi * np.e / 4)
    # the density is taken constant in shells of 0.05, which loses (0.05/0.5)^2/24 of the order of 1
    assert found["S_one_body"] == pytest.approx(exact, abs=4 * found["S_one_body_se"] + 1e-3)
    assert abs(found["S_s2"]) < 4 * found["S_s2_se"]
    # neighbours of 50 points see the density averaged over a ball: 0.075 too low at k = 4, half of that at k = 1
    assert found["S_knn_mean"] == pytest.approx(exact - 0.075, abs=4 * found["S_knn_mean_se"] + 0.01)
    assert found["S_knn_mean"] == pytest.approx(found["S_knn"].mean(), rel=1e-12)
    assert found["S_knn"][3, 1] == knn_entropy(x[3, 1], 4, metric="shared")
    assert np.isnan(found["S_exact"])


def test_two_bodies_of_independent_points() -> None:
    """-(share of neighbours in range)/(4n) with g as it is, 0 with g n/(n - 1): within 4 errors, a tenth of the one."""
    n, centre, high = 16, 0.42, 0.8
    x = np.random.default_rng(n).normal(size=(12, 40, 20, n, 2)) * 0.5
    # the density of the cloud is 2 n/pi exp(-2 r^2), its mean over the centres 2 n/pi (1 - exp(-2 c^2))/(2 c^2)
    share = 2 * high**2 * -np.expm1(-2 * centre**2) / (2 * centre**2)
    g = 1 - 1 / n
    exact = {"screened": -0.5 * n * share * (g * np.log(g) + 1 / n), "independent": 0.0}
    assert exact["screened"] == pytest.approx(-share / (4 * n), rel=0.03)
    for far, value in exact.items():
        one = entropy(max_radius=3.0, max_separation=high, centre_radius=centre, cells=16, far=far)
        runs = np.array([taken_through(one, draws)["S_s2"] for draws in x])
        error = runs.std(ddof=1) / np.sqrt(len(runs))
        assert abs(runs.mean() - value) < 4 * error
        assert 10 * error < share / (4 * n)


def test_ginibre_two_bodies_are_half_of_it() -> None:
    n = 60
    exact = np.asarray(theory.configurational_entropy(n) / n)
    found = taken_through(entropy(), ginibre(n, 100, 2, 9), scales={"configurational_entropy": exact})
    assert found["S_s2"] == pytest.approx(np.pi**2 / 12 - 1, abs=4 * found["S_s2_se"] + 0.01)
    assert found["S_two_body"] == found["S_one_body"] + found["S_s2"]
    # repulsion moves neighbours away, so that they look like more room than the particles have
    assert found["S_knn_mean"] > found["S_one_body"] > found["S_two_body"]
    assert found["S_exact"] < found["S_two_body"]


def test_exact_value_beside() -> None:
    """That of the model, whatever the draws are."""
    x = np.random.default_rng(1).uniform(-0.7, 0.7, size=(8, 1, 100, 2))
    known = {"configurational_entropy": np.array(0.75)}
    assert taken_through(entropy(), x, scales=known)["S_exact"] == 0.75


def test_error_of_the_two_body_part() -> None:
    """Over 24 runs of 20 draws: spread over reported error."""
    x = ginibre(40, 480, 1, 4).reshape(24, 20, 1, 40, 2)
    runs = [taken_through(entropy(cells=8), one) for one in x]
    for name in ("S_s2", "S_one_body", "S_knn_mean"):
        values, errors = np.array([[run[name], run[f"{name}_se"]] for run in runs]).T
        ratio = values.std(ddof=1) / np.sqrt(np.mean(errors**2))
        assert 0.5 < ratio < 1.6, name  # 24 runs know their spread to 15 %, four of that


def test_problems() -> None:
    fields = {"position": (POSITION, np.zeros((1, 4, 2)))}
    said = [p.message for p in complaints(entropy(), fields, box=Box.cube(1.0, 2))]
    assert said == [
        "a gas in a box has no trap: use pair_correlation and knn_entropy",
        "found 4, expected less than the 4 particles",
    ]
