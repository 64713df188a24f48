"""Dam break on the defocusing line: plateau, rarefaction fan, and the soliton at the end of the dispersive shock."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from physent.evidence import Case, Claim
from physent.runs import api

Floats = NDArray[np.float64]

HIGH, LOW, DAM, WIDTH = 1.5, 1.0, 130.0, 2.0  # roots of the two densities, place of the right dam, width of its tanh
MIDDLE, FLOW = (HIGH + LOW) / 2, HIGH - LOW
RIEMANN = "derived: u + 2 sqrt(rho) is the same across the fan, u - 2 sqrt(rho) across the shock (Gurevich and Krylov"
RIEMANN += " 1987, Sov. Phys. JETP 65, 944; El and Hoefer 2016, doi 10.1016/j.physd.2016.04.006)"
EDGE = "Gurevich and Krylov 1987, Sov. Phys. JETP 65, 944; El et al. 1995, doi 10.1016/0167-2789(95)00147-V"


def check(case: Case) -> Iterator[Claim]:
    """A step from the density 2.25 at rest to 1 at rest; its mirror image is too far away to matter."""
    x, t, density, flow = _broken(case)
    speed = (x - DAM) / t[:, None]
    flat = (speed[-1] > -0.5) & (speed[-1] < 1.0)
    for name, exact, found in (("density", MIDDLE**2, density[-1, flat]), ("velocity", FLOW, flow[-1, flat])):
        yield Claim(
            claim=f"plateau at t = 80: {name}",
            source=RIEMANN,
            expected=exact,
            measured=float(found.mean()),
            tolerance=1e-5,
            reason="many wavelengths of ripples of 7e-5; without them the limit is reached as exp(-t/6)",
            basis="derived",
        )
    # In the fan x = DAM + (u - sqrt(rho)) t + what the width of the dam adds, which does not depend on time.
    fan = [(s > -1.35) & (s < -0.9) for s in speed]
    inverse = [float(np.polyfit(np.sqrt(rho[f]), x[f], 1)[0]) for rho, f in zip(density, fan, strict=True)]
    yield Claim(
        claim="rarefaction fan: width per root of the density, its growth per unit time from t = 40 to 80",
        source="derived: x/t = u - sqrt(rho) and u + 2 sqrt(rho) = 3, where the quantum pressure vanishes",
        expected=-3.0,
        measured=(inverse[3] - inverse[1]) / (t[3] - t[1]),
        tolerance=0.03,
        reason="fan straight to (WIDTH/3t)^2 of itself, and ripples of its corners: 1 %",
        basis="derived",
    )
    yield Claim(
        claim="rarefaction fan at t = 60: mean of u + 2 sqrt(rho)",
        source=RIEMANN,
        expected=2 * HIGH,
        measured=float((flow + 2 * np.sqrt(density))[2][fan[2]].mean()),
        tolerance=1e-4,
        reason="quantum pressure of the rounded corners, of order 1/t^3",
        basis="derived",
    )
    yield from _soliton(x, t, density)
    with case.figure("dam_break", (7.4, 4.0)) as figure:
        axes = figure.subplots()
        axes.plot(speed[-1], density[-1], lw=0.8)
        axes.axhline(MIDDLE**2, color="k", lw=0.6, ls=":")
        for edge in (-HIGH, FLOW - MIDDLE, MIDDLE):
            axes.axvline(edge, color="C1", lw=0.8, ls="--")
        axes.set(xlim=(-2, 3), xlabel="$(x - x_0)/t$", ylabel="density", title="Dam break, $t = 80$")


def _broken(case: Case) -> tuple[Floats, Floats, Floats, Floats]:
    """Grid, times after the start, and density and velocity (time, x)."""
    config = api.load_config(case.folder / "case.yaml")
    points, length = config.parameters.points, config.parameters.length
    x = (np.arange(points) / points - 0.5) * length
    step = (np.tanh((x + DAM) / WIDTH) - np.tanh((x - DAM) / WIDTH)) / 2
    wave = np.sqrt(LOW**2 + (HIGH**2 - LOW**2) * step)
    with api.run(config, initial={"psi_real": wave, "psi_imag": 0 * wave}) as run:
        psi, t = run["psi"].values[1:, 0], run["time"].values[1:]
    # Four times as many points, by Fourier interpolation.
    spectrum = np.pad(np.fft.fftshift(np.fft.fft(psi), axes=1), ((0, 0), (3 * points // 2, 3 * points // 2)))
    spectrum = 4 * np.fft.ifftshift(spectrum, axes=1)
    psi, k = np.fft.ifft(spectrum), 2 * np.pi * np.fft.fftfreq(4 * points, length / points / 4)
    density, current = np.abs(psi) ** 2, (psi.conj() * np.fft.ifft(1j * k * spectrum)).imag
    return (np.arange(4 * points) / points / 4 - 0.5) * length, t, density, current / density


def _soliton(x: Floats, t: Floats, density: Floats) -> Iterator[Claim]:
    """The trailing edge of the shock is a grey soliton on the plateau, that with speed sqrt(rho of the plateau)."""
    place, depth = np.array([_first_minimum(x, rho) for rho in density]).T
    late = (
        "Whitham's theory is the limit of late times: 1/t is extrapolated, 1/t^2 = 2e-4 with its factor of ten allowed"
    )
    yield Claim(
        claim="trailing edge of the shock: density in its soliton's centre, extrapolated in 1/t from t = 60 and 80",
        source=f"{EDGE}: (2 - {MIDDLE:g})^2",
        expected=(2 * LOW - MIDDLE) ** 2,
        measured=float((t[3] * depth[3] - t[2] * depth[2]) / (t[3] - t[2])),
        tolerance=0.004,
        reason=late,
        basis="derived",
    )
    speeds, middle = np.diff(place) / np.diff(t), (t[1:] + t[:-1]) / 2
    yield Claim(
        claim="speed of the trailing edge of the shock, extrapolated in 1/t from t = 50 and 70",
        source=EDGE,
        expected=MIDDLE,
        measured=float((middle[2] * speeds[2] - middle[1] * speeds[1]) / (middle[2] - middle[1])),
        tolerance=0.004,
        reason=late,
        basis="derived",
    )
    yield Claim(
        claim="that soliton between t = 60 and 80: speed minus that of a grey soliton of its density on the plateau",
        source="Tsuzuki 1971, doi 10.1007/BF00628744: u + sqrt(density at the centre)",
        expected=0.0,
        measured=float(speeds[2] - FLOW - np.sqrt(depth[2:]).mean()),
        tolerance=0.002,
        reason="the density changes by 1 % between the two times, and the next soliton follows",
        basis="derived",
    )


def _first_minimum(x: Floats, density: Floats) -> tuple[float, float]:
    """Place (from the dam) and value of the leftmost minimum right of the dam that is below the undisturbed density."""
    inner = (density[1:-1] < density[:-2]) & (density[1:-1] < density[2:]) & (x[1:-1] > DAM) & (density[1:-1] < 0.9)
    i = int(np.argmax(inner)) + 1
    a, b, c = np.polyfit(x[i - 1 : i + 2] - x[i], density[i - 1 : i + 2], 2)
    return float(x[i] - b / (2 * a) - DAM), float(c - b**2 / (4 * a))
