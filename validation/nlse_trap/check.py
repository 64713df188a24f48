"""Harmonic trap: linear waves by Mehler's kernel; the centre of mass and the virial identity at full strength."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import newton_cotes

from physent.evidence import Case, Claim, relative_l2

Floats = NDArray[np.float64]

FREQUENCY, PLACE, VELOCITY = 0.8, 2.0, 1.0
MEHLER = "Mehler 1866, doi 10.1515/crll.1866.66.161; Feynman and Hibbs 1965, eq. 3-59: quadrature over the kernel"
KOHN = "Kohn 1961, doi 10.1103/PhysRev.123.1242; Dobson 1994, doi 10.1103/PhysRevLett.73.2244"
STRONG = {"initial.amplitude": 1.2, "schedule.until": 7.853981633974483, "schedule.every": 0.02454369260617026}
SIGNS = {"focusing": 1.0, "defocusing": -1.0}


def check(case: Case) -> Iterator[Claim]:
    """A wave too weak to act on itself, then one that is not."""
    yield from _linear(case)
    for sign in SIGNS:
        run = case.run(set={**STRONG, "parameters.sign": sign})
        yield _centre(run, sign)
        yield from _virial(run, sign)
    yield _leapfrog(case)


def _linear(case: Case) -> Iterator[Claim]:
    run = case.run()
    psi, x, t = run["psi"].values[:, 0], run["x"].values, run["time"].values
    period = 8  # samples
    for what, index in (("3/8 of a period", 3), ("5 1/4 periods", 42)):
        yield Claim(
            claim=f"weak wave in a trap: relative L2 error after {what}",
            source=MEHLER,
            expected=0.0,
            measured=relative_l2(psi[index], mehler(x, psi[0], t[index])),
            tolerance=1e-10,
            reason="local tolerance 1e-12 per unit time over 41 units; the cubic term turns phases by 1e-14",
            basis="exact",
        )
    # Levels (n + 1/2) omega: after half a period -i psi(-x), after eight periods psi.
    for what, index, exact in (
        ("half a period, from -i psi(-x)", period // 2, -1j * np.roll(psi[0, ::-1], 1)),
        ("a period, from -psi", period, -psi[0]),
        ("eight periods, from psi", 8 * period, psi[0]),
    ):
        yield Claim(
            claim=f"weak wave in a trap: relative L2 distance after {what}",
            source="derived: levels (n + 1/2) omega",
            expected=0.0,
            measured=relative_l2(psi[index], exact),
            tolerance=1e-10,
            reason="local tolerance 1e-12 per unit time over up to 63 units",
            basis="exact",
        )


def mehler(x: Floats, psi: NDArray[np.complex128], t: float) -> NDArray[np.complex128]:
    """Psi at time ``t`` by the trapezoidal sum over the kernel, exact for waves that vanish at the seam.

    sqrt(w / (2 pi i sin wt)) exp(i w ((x^2 + y^2) cos wt - 2 x y) / (2 sin wt)), whose root has the phase
    -pi/4 - pi/2 times the number of half periods that have passed.
    """
    w, turn = FREQUENCY, FREQUENCY * t
    s, c = np.sin(turn), np.cos(turn)
    phase = -np.pi / 4 - np.pi / 2 * np.floor(turn / np.pi)
    kernel = np.exp(1j * (w / (2 * s) * ((x[:, None] ** 2 + x**2) * c - 2 * x[:, None] * x) + phase))
    return np.asarray(np.sqrt(w / (2 * np.pi * abs(s))) * (x[1] - x[0]) * (kernel @ psi))


def _orbit(run: Any) -> Floats:
    """Centre of mass of every sample."""
    x, density = run["x"].values, np.abs(run["psi"].values[:, 0]) ** 2
    return np.asarray((density * x).sum(axis=1) / density.sum(axis=1))


def _centre(run: Any, sign: str) -> Claim:
    turn = FREQUENCY * run["time"].values
    exact = PLACE * np.cos(turn) + VELOCITY / FREQUENCY * np.sin(turn)
    return Claim(
        claim=f"strong wave in a trap, {sign}: largest error of the centre of mass over its path",
        source=KOHN,
        expected=0.0,
        measured=float(np.abs(_orbit(run) - exact).max()),
        tolerance=1e-10,
        reason="local tolerance 1e-12 per unit time over 8 units, times the size of the path",
        basis="exact",
    )


def _virial(run: Any, sign: str) -> Iterator[Claim]:
    """D/dt of G = int x j is 2 E + s/2 int rho^2 - 2 w^2 int x^2 rho, here integrated over time; and dI/dt = 2 G."""
    psi, x, t = run["psi"].values[:, 0], run["x"].values, run["time"].values
    dx, s = x[1] - x[0], SIGNS[sign]
    k = 2 * np.pi * np.fft.fftfreq(len(x), dx)
    density = np.abs(psi) ** 2
    current = (psi.conj() * np.fft.ifft(1j * k * np.fft.fft(psi))).imag
    moment, flow = dx * (x**2 * density).sum(axis=1), dx * (x * current).sum(axis=1)
    push = 2 * run["energy"].values[:, 0] + s / 2 * dx * (density**2).sum(axis=1) - 2 * FREQUENCY**2 * moment
    weights, order = newton_cotes(8)[0], 8
    step = t[1] - t[0]

    def integral(values: Floats) -> float:
        return float(step * sum(weights @ values[i : i + order + 1] for i in range(0, len(values) - 1, order)))

    for what, gained, found in (
        ("virial int x j, from forces", flow[-1] - flow[0], integral(push)),
        ("moment int x^2 |psi|^2, from its rate 2 int x j", moment[-1] - moment[0], 2 * integral(flow)),
    ):
        yield Claim(
            claim=f"strong wave in a trap, {sign}: change over a period of the {what}",
            source="derived: integration by parts; Vlasov, Petrishchev and Talanov 1971, doi 10.1007/BF01029467",
            expected=found,
            measured=float(gained),
            tolerance=1e-8,
            reason="Newton-Cotes of order 10, 320 samples of frequencies below 20; tolerance 1e-12 of psi",
            basis="exact",
        )


def _leapfrog(case: Case) -> Claim:
    """Kicks of the cubic term leave the momentum alone: the centre obeys the splitting's own map, a leapfrog."""
    h, count = 0.05, 160
    changes = {
        "initial.amplitude": 1.2,
        "parameters.method": "strang",
        "parameters.step": h,
        "schedule.every": h,
        "schedule.until": count * h,
    }
    run = case.run(set=changes)
    place, velocity, exact = PLACE, VELOCITY, [PLACE]
    for _ in range(count):
        velocity -= h / 2 * FREQUENCY**2 * place
        place += h * velocity
        velocity -= h / 2 * FREQUENCY**2 * place
        exact.append(place)
    return Claim(
        claim="strong wave in a trap, strang of step 0.05: largest error of the centre of mass against a leapfrog",
        source=f"{KOHN}; derived: the splitting of the wave is that of its centre",
        expected=0.0,
        measured=float(np.abs(_orbit(run) - exact).max()),
        tolerance=1e-10,
        reason="rounding, and tails of the wave at the seam",
        basis="exact",
    )
