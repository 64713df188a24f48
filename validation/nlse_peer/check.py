"""The published numbers of simple-idealized-1d-nlse, against the exact or converged solution of its scenarios."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from physent.evidence import Case, Claim
from physent.theory import solitons

PAPER = "Herho et al. 2026, Rev. Mex. Fis. E 23, 020206, doi 10.31349/RevMexFisE.23.020206"
SUPPLEMENT = f"{PAPER}, supplement"
SNAPSHOTS = (0, 25, 50, 75, 99)
LENGTH = 50.0

# Means over five snapshots of the entropies of p_j = |psi_j|^2 / sum |psi|^2, and of the same of the spectrum.
PUBLISHED = {
    "single_soliton": {
        "Shannon entropy": 2.940,
        "spectral Shannon entropy": 3.623,
        "Renyi-2 entropy": 2.732,
        "Renyi-infinity entropy": 2.330,
        "Tsallis-2 entropy": 0.935,
        "Tsallis-1/2 entropy": 8.053,
    },
    "two_soliton": {
        "Shannon entropy": 3.608,
        "spectral Shannon entropy": 4.075,
        "Renyi-2 entropy": 3.346,
        "Renyi-infinity entropy": 2.734,
        "Tsallis-2 entropy": 0.963,
        "Tsallis-1/2 entropy": 12.387,
    },
    "breather": {
        "Shannon entropy": 3.351,
        "spectral Shannon entropy": 3.705,
        "Renyi-2 entropy": 2.764,
        "Renyi-infinity entropy": 2.238,
        "Tsallis-2 entropy": 0.934,
        "Tsallis-1/2 entropy": 16.154,
    },
}
MAXIMA = {"single_soliton": 4.000, "two_soliton": 10.015, "breather": 14.168}
FILTER = (
    "the peer's smooth filter changes the speed of short waves; the peer itself gives our value with "
    "use_filtering=False (version 0.0.5, measured), and 512 to 2048 points agree on it"
)
DIFFERENCES = {
    ("two_soliton", "Tsallis-1/2 entropy"): FILTER,
    ("two_soliton", "largest |psi|^2"): FILTER,
    ("breather", "Tsallis-1/2 entropy"): FILTER,
    ("breather", "largest |psi|^2"): FILTER,
}
BREATHER_ENERGIES = (-5.652, 0.150, 6.768, 4.074)


def check(case: Case) -> Iterator[Claim]:
    """Entropies and intensities that hold, an energy and a name that do not, and the error of our own run."""
    runs = {name: case.run(f"{name}.yaml") for name in PUBLISHED}
    for name, run in runs.items():
        yield from _entropies(name, run)
    yield from _errors(runs["single_soliton"], runs["two_soliton"])
    yield from _energy(runs["breather"])
    yield from _breather(runs["breather"])


def _entropies(name: str, run: xr.Dataset) -> Iterator[Claim]:
    psi = _peer_grid(run)
    measured = {key: np.mean(values) for key, values in _grid_entropies(psi[list(SNAPSHOTS)]).items()}
    for key, expected in PUBLISHED[name].items():
        yield Claim(
            claim=f"{name}: {key}, mean of five snapshots",
            source=SUPPLEMENT,
            expected=expected,
            measured=float(measured[key]),
            tolerance=1e-3,
            reason="one unit of the last published decimal",
            basis="published",
            difference=DIFFERENCES.get((name, key), ""),
        )
    yield Claim(
        claim=f"{name}: largest |psi|^2 over all snapshots",
        source=SUPPLEMENT,
        expected=MAXIMA[name],
        measured=float((np.abs(psi) ** 2).max()),
        tolerance=1e-3,
        reason="one unit of the last published decimal",
        basis="published",
        difference=DIFFERENCES.get((name, "largest |psi|^2"), ""),
    )


def _peer_grid(run: xr.Dataset) -> np.ndarray:
    """Psi on the peer's own grid, every second point of ours, shape (snapshot, x)."""
    return np.asarray(run["psi"].values[:, 0, ::2])


def _grid_entropies(psi: np.ndarray) -> dict[str, np.ndarray]:
    """The supplement's definitions, natural logarithms, p < 1e-15 dropped; one value per snapshot."""
    p, spectral = _probabilities(psi), _probabilities(np.fft.fft(psi, axis=1))
    return {
        "Shannon entropy": _shannon(p),
        "spectral Shannon entropy": _shannon(spectral),
        "Renyi-2 entropy": -np.log((p**2).sum(axis=1)),
        "Renyi-infinity entropy": -np.log(p.max(axis=1)),
        "Tsallis-2 entropy": 1 - (p**2).sum(axis=1),
        "Tsallis-1/2 entropy": 2 * (np.sqrt(p).sum(axis=1) - 1),
    }


def _probabilities(psi: np.ndarray) -> np.ndarray:
    weight = np.abs(psi) ** 2
    p = weight / weight.sum(axis=1, keepdims=True)
    return np.where(p < 1e-15, 0.0, p)


def _shannon(p: np.ndarray) -> np.ndarray:
    return np.asarray(-(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1))


def _errors(single: xr.Dataset, two: xr.Dataset) -> Iterator[Claim]:
    x, t = single["x"].values, single["time"].values
    exact = solitons.soliton(x, t[-1], 2.0, -10.0, 1.0)
    yield Claim(
        claim="single_soliton: largest error of |psi| at t = 20",
        source="derived: A sech(A(x - x0 - vt)); the peer's own run, with its filter, measured 7.8e-7",
        expected=0.0,
        measured=float(np.abs(np.abs(single["psi"].values[-1, 0]) - np.abs(exact)).max()),
        tolerance=1e-9,
        reason="local tolerance 1e-11 over 20 units of time",
        basis="exact",
    )
    exact = solitons.n_soliton(x, t[50], (2.0, 1.5), (-10.0, 10.0), (2.0, -2.0), (0.0, 0.0))
    yield Claim(
        claim="two_soliton: largest error of |psi| at t = 10.1, after the collision",
        source="Gordon 1983, doi 10.1364/OL.8.000596; the peer's own run, with its filter, measured 2.3e-4",
        expected=0.0,
        measured=float(np.abs(np.abs(two["psi"].values[50, 0]) - np.abs(exact)).max()),
        tolerance=1e-8,
        reason="the exact wave is on a line: the box cuts the wider soliton's tail at 3 exp(-1.5 x 15) = 5e-10",
        basis="exact",
    )


def _energy(run: xr.Dataset) -> Iterator[Claim]:
    published = np.array(BREATHER_ENERGIES)
    yield Claim(
        claim="breather: near-perfect conservation of the published total energy (relative range)",
        source=f"{PAPER}; energies of its supplement at t = 0, T/3, 2T/3, T",
        expected=0.0,
        measured=float(np.ptp(published) / np.abs(published).max()),
        tolerance=1e-3,
        reason="published to three decimals",
        basis="published",
        difference="the package integrates |psi_x|^2 - |psi|^4/2, which this equation does not conserve",
    )
    ours = run["energy"].values[:, 0]
    yield Claim(
        claim="breather: relative drift of H = int (|psi_x|^2 - |psi|^4)/2 over the same run",
        source="derived: H generates the equation",
        expected=0.0,
        measured=float(np.abs(ours / ours[0] - 1).max()),
        tolerance=1e-9,
        reason="local tolerance 1e-11 over 20 units of time, and five peaks of |psi| = 3.8 resolved to 1e-11",
        basis="exact",
    )
    psi = _peer_grid(run)[[0, 33, 66, 99]]
    dx = LENGTH / psi.shape[1]
    theirs = ((np.abs(np.gradient(psi, dx, axis=1)) ** 2 - np.abs(psi) ** 4 / 2) * dx).sum(axis=1)
    for when, expected, measured in zip(("0", "T/3", "2T/3", "T"), published, theirs, strict=True):
        yield Claim(
            claim=f"breather: the published total energy at t = {when}, as int |psi_x|^2 - |psi|^4/2",
            source=SUPPLEMENT,
            expected=float(expected),
            measured=float(measured),
            tolerance=2e-2,
            reason="the peer's error in |psi|^2, 1.2e-3 at the peaks, of the range of 12 of this quantity",
            basis="published",
        )


def _breather(run: xr.Dataset) -> Iterator[Claim]:
    yield Claim(
        claim="breather: an Akhmediev breather, at rest (velocity of the centre of mass)",
        source=PAPER,
        expected=0.0,
        measured=float(run["momentum"][0, 0] / run["mass"][0, 0]),
        tolerance=1e-3,
        reason="an Akhmediev breather is symmetric in x and has no momentum at all",
        basis="published",
        difference="a modulated sech pulse with a carrier: it travels",
    )
    yield Claim(
        claim="breather: an Akhmediev breather on a background (|psi| at the seam at t = 0)",
        source=PAPER,
        expected=1.0,
        measured=float(np.abs(run["psi"].values[0, 0, 0])),
        tolerance=0.1,
        reason="|psi| of an Akhmediev breather tends to that of the plane wave, here 1",
        basis="published",
        difference="the pulse has no background, so that it shows no instability of a background",
    )
