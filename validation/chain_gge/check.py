"""Two harmonic chains are joined: they relax to the generalised Gibbs ensemble, and not to that of Gibbs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim

EARLIER = "computed before by another program"
RIGOL = "Rigol, Dunjko, Yurovsky and Olshanii 2007, doi 10.1103/PhysRevLett.98.050405"
KEPT = "conserved: the evolution is orthogonal in normal modes"


def check(case: Case) -> Iterator[Claim]:
    """What is conserved, the ensemble averages, and the order of the entropies."""
    run = case.run()
    energy, sites = run["energy"].values[0, 0], run["site_energy"].values[:, 0].sum(axis=1)
    whole = run["s_von_neumann"].values[:, 0, 0]
    for what, deviation in (
        ("energy of the sites over that of the modes, largest relative deviation", np.abs(sites / energy - 1).max()),
        ("entropy of the whole chain, largest change", np.abs(whole - whole[0]).max()),
    ):
        yield Claim(
            claim=f"joined chains, 1000 times up to 97613: {what}",
            source=KEPT,
            expected=0.0,
            measured=float(deviation),
            tolerance=1e-10,
            reason="rounding of phases at times of 1e5",
            basis="exact",
        )
    kinetic, mean = run["kinetic_energy_site"].values[:, 0], run["averaged_kinetic_energy_site"].values[0, 0]
    rows = {
        "kinetic temperature before, hot part": (2.08232, 2 * kinetic[0, :40].mean(), 1e-5, EARLIER, "simulated"),
        "kinetic temperature before, cold part": (0.78296, 2 * kinetic[0, 40:].mean(), 1e-5, EARLIER, "simulated"),
        "kinetic temperature of the ensemble, hot part": (1.5948, 2 * mean[:40].mean(), 1e-4, EARLIER, "simulated"),
        "kinetic temperature of the ensemble, cold part": (1.5956, 2 * mean[40:].mean(), 1e-4, EARLIER, "simulated"),
        "difference of the two": (0.0, 2 * (mean[:40].mean() - mean[40:].mean()), 1e-3, RIGOL, "derived"),
        "entropy before": (78.682, whole[0], 5e-4, EARLIER, "simulated"),
        "entropy of the generalised ensemble": (89.492, run["gge_entropy"].values[0, 0], 5e-4, EARLIER, "simulated"),
        "entropy of the Gibbs state": (89.571, run["gibbs_entropy"].values[0, 0], 5e-4, EARLIER, "simulated"),
        "temperature of the Gibbs state": (1.4853, run["gibbs_temperature"].values[0, 0], 5e-5, EARLIER, "simulated"),
    }
    for what, (expected, measured, tolerance, source, basis) in rows.items():
        yield Claim(
            claim=f"joined chains: {what}",
            source=source,
            expected=expected,
            measured=float(measured),
            tolerance=tolerance,
            reason="the digits that are known" if basis == "simulated" else "parts of 40 and 24 sites",
            basis=basis,  # type: ignore[arg-type]
        )
    # Means over random times differ from those over all times by the fluctuations over the root of their number.
    deviation = kinetic[1:].mean(axis=0) - mean
    yield Claim(
        claim="joined chains: root mean square over sites of the mean kinetic energy of 1000 times less the ensemble's",
        source=RIGOL,
        expected=0.0,
        measured=float(np.sqrt((deviation**2).mean())),
        tolerance=5e-3,
        reason="1000 times: fluctuations of .02 to .03 of a site over the root of 1000, with the memory of revivals",
        basis="exact",
    )
