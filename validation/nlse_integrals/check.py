"""The fourth and fifth of the infinitely many integrals of the focusing equation, through a collision and beyond."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from physent.evidence import Case, Claim

Wave = NDArray[np.complex128]

RECURSION = "Zakharov and Shabat 1972, Sov. Phys. JETP 34, 62: densities by their recursion"
TRACE = f"{RECURSION}; derived: (lambda*^n - (-lambda)^n)/n for each soliton, lambda = A + i v"
SOLITONS = (2.0 + 2.0j, 1.5 - 2.0j)
PULSE = {
    "initial": {"kind": "modulated_sech", "amplitude": 1.0, "wavenumber": 0.5, "modulation": 0.5},
    "parameters.points": 1024,
    "schedule.until": 2.0,
}
NAMES = {1: "mass", 2: "momentum", 3: "energy", 4: "fourth integral", 5: "fifth integral"}


def check(case: Case) -> Iterator[Claim]:
    """Two solitons by two methods, and a pulse that splits into solitons and waves."""
    run = case.run()
    start = integrals(run)[0]
    for n in (4, 5):
        exact = sum((one.conjugate() ** n - (-one) ** n) / n for one in SOLITONS)
        yield Claim(
            claim=f"two solitons: {NAMES[n]} at the start, over the sum of the solitons' own",
            source=TRACE,
            expected=1.0,
            measured=float((start[n - 1] / exact).real),
            tolerance=1e-9,
            reason="round-off of psi, 1e-16, times the largest wavenumber, 54, to the power n - 1, over the density",
            basis="exact",
        )
    # Both integrals of the recursion that are known by other means, so that its own rows are not in doubt.
    for n, own in ((2, -1j * run["momentum"].values[0, 0]), (3, -2 * run["energy"].values[0, 0])):
        yield Claim(
            claim=f"two solitons: the recursion's integral {n}, over the recorded {NAMES[n]}",
            source="derived: the recursion's integrals 2 and 3 are -i times the momentum and -2 times the energy",
            expected=1.0,
            measured=float((start[n - 1] / own).real),
            tolerance=1e-11,
            reason="rounding of sums with spectral derivatives",
            basis="exact",
        )
    rkn4 = {"parameters.method": "rkn4", "parameters.step": 0.01}
    adaptive = "local tolerance 1e-12 per unit time and round-off of the derivatives"
    for what, changes, largest, last, reason in (
        ("two solitons, if_dop853", {}, 1e-10, 1e-10, adaptive),
        ("pulse that splits, if_dop853", PULSE, 1e-10, 1e-10, adaptive),
        ("two solitons, rkn4 of step 0.01", rkn4, 4e-5, 4e-5, "order 4: (|lambda|^2 step)^4, |lambda|^2 = 8"),
    ):
        values = integrals(case.run(set=changes))
        for n in (4, 5):
            drift = np.abs(values[:, n - 1] / values[0, n - 1] - 1)
            for when, measured, tolerance in (("largest", drift.max(), largest), ("final", drift[-1], last)):
                yield Claim(
                    claim=f"{what}: {when} relative drift of the {NAMES[n]}",
                    source=RECURSION,
                    expected=0.0,
                    measured=float(measured),
                    tolerance=tolerance,
                    reason=reason,
                    basis="exact",
                )


def integrals(run: Any) -> Wave:
    """The first five integrals of every sample of the first replica, (time, 5).

    Densities psi g_n with g_1 = psi*, g_(n+1) = dg_n/dx + psi sum_k g_k g_(n-k), of the equation with psi_xx and
    2 |psi|^2; ours is the same in half its time.
    """
    psi, x = run["psi"].values[:, 0], run["x"].values
    dx = x[1] - x[0]
    k = 2 * np.pi * np.fft.fftfreq(len(x), dx)
    g = [psi.conj()]
    for n in range(1, 5):
        products = [g[j] * g[n - 2 - j] for j in range(n - 1)]
        g.append(np.fft.ifft(1j * k * np.fft.fft(g[-1])) + psi * sum(products))
    return np.array([dx * (psi * one).sum(axis=1) for one in g]).T
