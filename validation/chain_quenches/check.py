"""Entanglement after a quench: pairs of quasi-particles, joined ground states, and a ring of ten spins."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim
from physent.theory import entanglement as theory

PAIRS = "quasi-particles, Calabrese and Cardy 2005, doi 10.1088/1742-5468/2005/04/P04010"
JOINED = "Calabrese and Cardy 2007, doi 10.1088/1742-5468/2007/10/P10004; Stephan and Dubail 2011, finite chains"
SPINS = "state vector of 2^10 components, diagonalised (in this check)"


def check(case: Case) -> Iterator[Claim]:
    """Growth in time, then the comparison with a state vector."""
    run = case.run()
    time, half, block = run["time"].values, *run["s_von_neumann"].values[:, 0].T
    late = time >= 20
    yield Claim(
        claim="every other site, half chain: growth of the entropy per time between 20 and 120",
        source=PAIRS,
        expected=2 / np.pi * np.log(2),
        measured=float(np.polyfit(time[late], half[late], 1)[0]),
        tolerance=1e-3,
        reason="a logarithm of time beside the linear growth",
        basis="derived",
    )
    at = int(np.argmin(np.abs(time - 25.0)))
    yield Claim(
        claim="every other site, 60 sites inside the chain: entropy at time 25",
        source=PAIRS,
        expected=float(theory.neel_block(25.0, 60)),
        measured=float(block[at]),
        tolerance=0.02 * float(theory.neel_block(25.0, 60)),
        reason="corrections of order ln t",
        basis="derived",
    )
    yield from _joined(case)
    yield from _spins(case)


def _joined(case: Case) -> Iterator[Claim]:
    n = 600
    changes = {
        "parameters.n": n,
        "initial": {"kind": "joined", "parts": [{"sites": [0, n // 2 - 1]}, {"sites": [n // 2, n - 1]}]},
        "diagnostics.0.blocks": [[0, n // 2 - 1]],
        "schedule.every": 20.0,
    }
    run = case.run(set=changes)
    t, s = run["time"].values[1:], run["s_von_neumann"].values[1:, 0, 0]
    slope = float(np.polyfit(np.log(n / np.pi * np.sin(np.pi * t / n)), s, 1)[0])
    yield Claim(
        claim="two half-filled ground states of 300 sites joined: growth over ln[(L/pi) sin(pi t/L)], times 20 to 120",
        source=JOINED,
        expected=1 / 3,
        measured=slope,
        tolerance=0.04 / 3,
        reason="oscillations of the lattice, 2 % between single times",
        basis="derived",
    )


def _spins(case: Case) -> Iterator[Claim]:
    n, coupling, field = 10, 1.0, 0.5
    changes = {
        "parameters": {
            "n": n, "boundary": "periodic", "model": {"kind": "ising", "coupling": coupling, "field": field},
        },
        "initial": {"kind": "product", "occupation": "empty"},
        "schedule": {"until": 20.0, "every": 0.1},
        "diagnostics.0.blocks": [[0, n // 2 - 1]],
        "output.fields": ["density"],
    }  # fmt: skip
    run = case.run(set=changes)
    down = np.arange(2**n)
    bits = (down[:, None] >> np.arange(n)) & 1  # 1: spin down
    energy = -field * (1 - 2 * bits).sum(axis=1)
    matrix = np.diag(energy.astype(float))
    for i in range(n):
        matrix[down ^ (1 << i) ^ (1 << (i + 1) % n), down] -= coupling
    levels, states = np.linalg.eigh(matrix)
    for t in (0.7, 3.0, 20.0):
        psi = states @ (np.exp(-1j * levels * t) * states[0])
        magnetisation = float(np.abs(psi) ** 2 @ (1 - 2 * bits).mean(axis=1))
        weights = np.linalg.svd(psi.reshape(2 ** (n // 2), -1), compute_uv=False) ** 2
        entropy = -float((weights * np.log(np.maximum(weights, 1e-300))).sum())
        at = run.sel(time=t, method="nearest").isel(replica=0)
        for what, exact, found in (
            ("mean of sigma^z", magnetisation, 1 - 2 * float(at["density"].mean())),
            ("entropy of half the ring", entropy, float(at["s_von_neumann"][0])),
        ):
            yield Claim(
                claim=f"Ising ring of 10 spins, all up, field 1/2: {what} at time {t:g}",
                source=SPINS,
                expected=exact,
                measured=found,
                tolerance=1e-9,
                reason="rounding of 1024 levels and of the time",
                basis="exact",
            )
