"""Modulation instability: growth rates and frequencies of small modulations of a plane wave, mode by mode."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from physent.evidence import Case, Claim, relative_l2
from physent.theory import modulation

SOURCE = "Benjamin and Feir 1967, doi 10.1017/S002211206700045X; |k| sqrt(1 - k^2/4) derived in physent.theory"
MODES = 20


def check(case: Case) -> Iterator[Claim]:
    """Rates of every growing mode, frequencies and no growth of the others, and the wave in a box too short to grow."""
    run = case.run()
    length = 2 * np.pi * 10 / np.sqrt(2)
    k = 2 * np.pi / length * np.arange(1, MODES + 1)
    eigenvalues = np.array(
        [_exponents(run["time"].values, run["psi"].values[:, 0], mode) for mode in range(1, MODES + 1)]
    )
    rate, frequency = eigenvalues.real, np.abs(eigenvalues.imag)
    theory, grows = modulation.growth_rate(k), k < 2
    yield Claim(
        claim="growth rate at k = sqrt(2), the largest",
        source=SOURCE,
        expected=1.0,
        measured=float(rate[9]),
        tolerance=1e-4,
        reason="nonlinear terms are 1e-8 of the linear ones, round-off of a mode 1e-8 of its amplitude",
        basis="exact",
    )
    yield Claim(
        claim="largest relative error of the growth rate of the 14 growing modes",
        source=SOURCE,
        expected=0.0,
        measured=float(np.abs(rate / np.where(grows, theory, 1) - 1)[grows].max()),
        tolerance=1e-4,
        reason="as for the largest rate; slow modes double their noise within the run at least once",
        basis="exact",
    )
    yield Claim(
        claim="largest relative error of the frequency |k| sqrt(k^2/4 - 1) of modes above the cut-off k = 2",
        source=SOURCE,
        expected=0.0,
        measured=float(np.abs(frequency[~grows] / modulation.oscillation_frequency(k[~grows]) - 1).max()),
        tolerance=1e-4,
        reason="as for the growth rates",
        basis="exact",
    )
    yield Claim(
        claim="largest growth rate of modes above the cut-off",
        source=SOURCE,
        expected=0.0,
        measured=float(np.abs(rate[~grows]).max()),
        tolerance=1e-6,
        reason="waves that the growing modes mix into these are (1e-8)^2/1e-8 = 1e-8 of them and grow e^4-fold",
        basis="exact",
    )
    yield from _stable(case)
    with case.figure("growth") as figure:
        axes = figure.subplots()
        fine = np.linspace(0, k[-1], 400)
        axes.plot(fine, modulation.growth_rate(fine), label="theory")
        axes.plot(k, np.maximum(rate, 0), "o", label="measured")
        axes.set(xlabel="wavenumber k", ylabel="growth rate", title="Modulation instability")
        axes.legend()


def _stable(case: Case) -> Iterator[Claim]:
    run = case.run("stable.yaml")
    psi, x, t = run["psi"].values[:, 0], run["x"].values, run["time"].values
    exact = modulation.plane_wave(x, t[-1], 1.0, 2 * np.pi * 3 / 3.0)
    yield Claim(
        claim="relative L2 error of a plane wave at t = 10 in a box shorter than pi, where no mode grows",
        source="derived: a exp(i(kx + (a^2 - k^2/2)t)) solves the equation",
        expected=0.0,
        measured=relative_l2(psi[-1], exact),
        tolerance=1e-12,
        reason="local tolerance 1e-13 per unit time, reached only by round-off: the interaction picture is exact here",
        basis="exact",
    )


def _exponents(t: np.ndarray, psi: np.ndarray, mode: int) -> complex:
    """Exponent with the largest real part of the mode's linear dynamics, with no use of the theory.

    With psi = (1 + u + i w) exp(it), the pair y = (u_k, w_k) obeys y' = A y with a real matrix A. Its propagator over
    one sample is fitted to all pairs of successive samples; the exponents are the logarithms of its eigenvalues.
    """
    spectrum = np.fft.fft(psi * np.exp(-1j * t)[:, None], axis=1) / psi.shape[1]
    plus, minus = spectrum[:, mode], spectrum[:, -mode].conj()
    pair = np.stack([(plus + minus) / 2, (plus - minus) / 2j], axis=1)
    before = np.concatenate([pair[:-1].real, pair[:-1].imag])
    after = np.concatenate([pair[1:].real, pair[1:].imag])
    propagator = np.linalg.lstsq(before, after, rcond=None)[0]
    exponents = np.log(np.linalg.eigvals(propagator).astype(complex)) / (t[1] - t[0])
    return complex(exponents[np.argmax(exponents.real)])
