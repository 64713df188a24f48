"""Linear waves: revivals of a free pulse in a periodic box, and sound on a condensate that moves."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from physent.evidence import Case, Claim, relative_l2

Wave = NDArray[np.complex128]

TALBOT = "Talbot 1836; Berry and Klein 1996, doi 10.1080/09500349608232876: copies weighted by Gauss sums"
BOGOLIUBOV = "Bogoliubov 1947, J. Phys. USSR 11, 23; Doppler shift k V of a condensate that moves with V"
METHODS: tuple[dict[str, str | float], ...] = (
    {},
    {"parameters.method": "rkn6", "parameters.step": 10.610329539459689 / 16},
)
AMPLITUDE, MODE, LENGTH, MODES = 0.8, 3, 40.0, 20


def check(case: Case) -> Iterator[Claim]:
    """Talbot's revivals at twelfths of his period, and the frequencies of twenty modes along and against the flow."""
    for changes in METHODS:
        run = case.run("talbot.yaml", changes)
        psi = run["psi"].values[:, 0]
        for twelfths in (1, 3, 4, 6, 12):
            share = Fraction(twelfths, 12)
            yield Claim(
                claim=f"free weak pulse at {share} of L^2/pi, {run.attrs['method']}: relative L2 error",
                source=TALBOT,
                expected=0.0,
                measured=relative_l2(psi[twelfths], revival(psi[0], twelfths)),
                tolerance=1e-10,
                reason="phases up to 1e5 are rounded by 1e-11; the cubic term turns the phase by 1e-14",
                basis="exact",
            )
    yield from _sound(case)


def revival(psi: Wave, twelfths: int) -> Wave:
    """The wave after twelfths of L^2/pi: copies at distances of L/12, weighted by sums over residues modulo 12.

    Mode m has turned by -2 pi m^2 p/12, which depends on m modulo 12 only, and the copy moved by n L/12 has as weight
    the mean over m of exp(-2 pi i (m^2 p - m n)/12). Copies are moved in Fourier space: 12 may not divide the grid.
    """
    m = np.arange(12)
    weights = np.exp(-2j * np.pi * (m**2 * twelfths - m * m[:, None]) / 12).mean(axis=1)
    mode = np.fft.fftfreq(len(psi), 1 / len(psi))
    spectrum = np.fft.fft(psi)
    return np.asarray(sum(weights[n] * np.fft.ifft(spectrum * np.exp(-2j * np.pi * mode * n / 12)) for n in m))


def _sound(case: Case) -> Iterator[Claim]:
    run = case.run("sound.yaml")
    psi, t = run["psi"].values[:, 0], run["time"].values
    spectrum = np.fft.fft(psi, axis=1) / psi.shape[1]
    flow = 2 * np.pi * MODE / LENGTH
    turned = spectrum * np.exp(1j * (AMPLITUDE**2 + flow**2 / 2) * t)[:, None]
    k = 2 * np.pi / LENGTH * np.arange(1, MODES + 1)
    found = np.array([_frequencies(turned, mode, t[1] - t[0]) for mode in range(1, MODES + 1)])
    own = k * np.sqrt(k**2 / 4 + AMPLITUDE**2)
    for what, exact, measured in (
        ("along the flow", own + k * flow, found[:, 0]),
        ("against the flow", own - k * flow, found[:, 1]),
    ):
        yield Claim(
            claim=f"sound on a moving condensate, {what}: largest relative error of a frequency, 20 modes",
            source=BOGOLIUBOV,
            expected=0.0,
            measured=float(np.abs(measured / exact - 1).max()),
            tolerance=1e-5,
            reason="terms of second order are 1e-8 of the noise; 1e-6 where the flow leaves only 0.02 of it",
            basis="exact",
        )
    yield Claim(
        claim="speed of sound, from the longest mode corrected for its k^2",
        source="derived: sqrt(density), from d(rho)/dt and du/dt at small k",
        expected=AMPLITUDE,
        measured=float((found[0].sum() / 2 / k[0]) / np.sqrt(1 + k[0] ** 2 / (4 * AMPLITUDE**2))),
        tolerance=1e-5,
        reason="as the frequencies",
        basis="exact",
    )
    with case.figure("sound") as figure:
        axes = figure.subplots()
        axes.plot(k, found[:, 0], "o", label="along the flow")
        axes.plot(k, found[:, 1], "s", label="against it")
        axes.plot(k, np.stack([own + k * flow, own - k * flow], axis=1), "k", lw=0.8)
        axes.set(xlabel="wavenumber", ylabel="frequency", title="Sound on a moving condensate")
        axes.legend()


def _frequencies(turned: Wave, mode: int, step: float) -> tuple[float, float]:
    """Of the quasiparticles of wavenumber +k and -k, from the propagator of a pair of amplitudes over one sample.

    About the background's own mode, the amplitudes at +k and (conjugated) at -k obey two linear equations. The
    propagator that fits all successive samples has eigenvalues exp(-i w step), w = own + k V and w = -own + k V.
    """
    pair = np.stack([turned[:, MODE + mode], turned[:, MODE - mode].conj()], axis=1)
    propagator = np.linalg.lstsq(pair[:-1], pair[1:], rcond=None)[0]
    w = -np.angle(np.linalg.eigvals(propagator)) / step
    return float(w.max()), float(-w.min())
