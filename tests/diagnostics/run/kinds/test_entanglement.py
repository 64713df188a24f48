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
    again = D.entanglement(run["covariance"], name="s", **options)
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
    with pytest.raises(PhysentError, match="expected bosons, fermions or spins"):
        D.entanglement(np.eye(4)[None], blocks=[[0, 0]])


def test_blocks_of_spins_that_do_not_touch() -> None:
    """Refused unless they are those of the fermions, and labelled so; blocks that touch may come in any order."""
    chain = CHAIN | {"parameters": {"n": 6, "model": {"kind": "ising"}}, "initial": {"kind": "ground"}}

    def entry(*blocks: list[int], **more: object) -> dict[str, object]:
        return {"diagnostics": [{"kind": "entanglement", "blocks": list(blocks), "mutual_information": True, **more}]}

    with pytest.raises(PhysentError, match="of spins, expected blocks that touch"):
        physent.run(chain | entry([0, 1], [3, 4]), progress=False)
    touching = physent.run(chain | entry([3, 4], [0, 2]), progress=False)
    apart = physent.run(chain | entry([0, 1], [3, 4], statistics="fermions"), progress=False)
    for run, label in ((touching, "of spins, by their fermions"), (apart, "of the fermions")):
        estimator = run["entanglement_mutual_information"].attrs["estimator"]
        assert estimator.startswith(label)
        assert "exact" not in estimator
    with pytest.raises(PhysentError, match="of spins, expected blocks that touch"):
        D.entanglement(touching["covariance"], blocks=[[0, 1], [3, 4]], mutual_information=True)


def test_a_covariance_that_is_no_gaussian_state() -> None:
    start = {"kind": "fock", "quanta": [{"mode": 0, "number": 1}]}
    run = physent.run(CHAIN | {"initial": start}, progress=False)
    with pytest.raises(PhysentError, match="not Gaussian"):
        D.entanglement(run["covariance"], blocks=[[0, 0]])
