"""The kind `entanglement`: as a function, its options, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

import physent
from physent import diagnostics as D
from physent.errors import PhysentError
from physent.theory import entanglement as theory

CHAIN = {
    "engine": "gaussian_chain",
    "parameters": {"n": 6, "model": {"kind": "oscillators", "pinning": 1.0}},
    "initial": {"kind": "thermal", "temperature": 0.8},
    "schedule": {"until": 2.0, "every": 1.0},
}


def test_the_function_and_the_run_agree() -> None:
    options = {
        "blocks": [[0, 2], [3, 5]],
        "measures": ["von_neumann", "renyi_2", "renyi_inf"],
        "mutual_information": True,
    }
    entry = {"kind": "entanglement", "name": "s", **options}
    run = physent.run(CHAIN | {"diagnostics": [entry]}, progress=False)
    again = D.entanglement(run["covariance"], name="s", **options, statistics="bosons")
    for name in ("s_von_neumann", "s_renyi_2", "s_renyi_inf", "s_mutual_information"):
        assert np.array_equal(again[name], run[name])
    assert (run["s_renyi_inf"] < run["s_renyi_2"]).all()
    assert (run["s_renyi_2"] < run["s_von_neumann"]).all()
    assert (run["s_mutual_information"] > 0).all()


def test_two_oscillators_of_plain_numbers() -> None:
    w, v = 1.0, np.sqrt(5.0)
    plus, minus = 1 / w + 1 / v, 1 / w - 1 / v
    x = np.array([[plus, minus], [minus, plus]]) / 4
    p = np.array([[w + v, w - v], [w - v, w + v]]) / 4
    covariance = np.block([[x, np.zeros((2, 2))], [np.zeros((2, 2)), p]])
    found = D.entanglement(covariance[None], blocks=[[0, 0], [0, 1]], statistics="bosons")
    assert found.entanglement_von_neumann.ravel() == pytest.approx([theory.two_oscillators(1.0, 2.0), 0.0], abs=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"blocks": [[0, 9]]}, "below 6"),
        ({"blocks": [[3, 1]]}, "in order"),
        ({"blocks": [[0, 2], [2, 3]], "mutual_information": True}, "overlap"),
        ({"blocks": [[0, 2]], "mutual_information": True}, "at least two"),
        ({"blocks": [[0, 2]], "measures": ["renyi_0"]}, "Q > 0"),
        ({"blocks": [[0, 2]], "measures": ["tsallis_2"]}, "von_neumann"),
    ],
)
def test_what_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(PhysentError, match=message):
        physent.run(CHAIN | {"diagnostics": [{"kind": "entanglement", **options}]}, progress=False)


def test_plain_covariances_need_their_statistics() -> None:
    with pytest.raises(PhysentError, match="expected bosons or fermions"):
        D.entanglement(np.eye(4)[None], blocks=[[0, 0]])
