"""Two solitons collide: the exact wave, and the shifts of position and phase that the collision leaves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.optimize import least_squares

from physent.evidence import Case, Claim, relative_l2
from physent.theory import solitons

AMPLITUDES, POSITIONS, VELOCITIES = (2.0, 1.5), (-10.0, 10.0), (2.0, -2.0)
SOURCE = "Zakharov and Shabat 1972, Sov. Phys. JETP 34, 62"
SIDES = ("left", "right")


def check(case: Case) -> Iterator[Claim]:
    """Errors against the two-soliton wave; positions, phases, amplitudes and velocities fitted before and after."""
    run = case.run()
    psi, x, t = run["psi"].values[:, 0], run["x"].values, run["time"].values
    exact = solitons.n_soliton(x, t[:, None], AMPLITUDES, POSITIONS, VELOCITIES, (0.0, 0.0))
    yield Claim(
        claim="relative L2 error of psi at t = 10, after the collision",
        source="Gordon 1983, doi 10.1364/OL.8.000596",
        expected=0.0,
        measured=relative_l2(psi[-1], exact[-1]),
        tolerance=1e-10,
        reason="local tolerance 1e-12 per unit time over 10 units, amplified about tenfold by the collision",
        basis="exact",
    )
    yield Claim(
        claim="largest relative L2 error of psi over all samples",
        source="Gordon 1983, doi 10.1364/OL.8.000596",
        expected=0.0,
        measured=max(relative_l2(own, true) for own, true in zip(psi, exact, strict=True)),
        tolerance=1e-10,
        reason="as at t = 10",
        basis="exact",
    )
    yield from _shifts(x, t, psi)
    with case.figure("collision") as figure:
        axes = figure.subplots()
        image = axes.pcolormesh(x, t, np.abs(psi), shading="nearest", rasterized=True)
        figure.colorbar(image, label="|psi|")
        axes.set(xlabel="x", ylabel="time", title="Two-soliton collision")


def _shifts(x: np.ndarray, t: np.ndarray, psi: np.ndarray) -> Iterator[Claim]:
    before, after = _fit(x, t[0], psi[0]), _fit(x, t[-1], psi[-1])
    theory = solitons.collision_shifts(AMPLITUDES[0], VELOCITIES[0], AMPLITUDES[1], VELOCITIES[1])
    fit = "fit good to the overlap of the separated solitons, 1e-13, and the error of psi, 1e-10"
    for j, side in enumerate(SIDES):
        yield Claim(
            claim=f"shift of the position of the soliton that comes from the {side}",
            source=SOURCE,
            expected=theory.position[j],
            measured=after[0][j] - before[0][j],
            tolerance=1e-8,
            reason=fit,
            basis="exact",
        )
        turn = after[1][j] - before[1][j]
        yield Claim(
            claim=f"shift of the phase of the soliton that comes from the {side}",
            source=SOURCE,
            expected=theory.phase[j],
            measured=theory.phase[j] + float(np.angle(np.exp(1j * (turn - theory.phase[j])))),
            tolerance=1e-8,
            reason=f"{fit}; taken modulo 2 pi",
            basis="exact",
        )
        for name, index, value in (("amplitude", 2, AMPLITUDES[j]), ("velocity", 3, VELOCITIES[j])):
            yield Claim(
                claim=f"{name} after the collision of the soliton that comes from the {side}",
                source=SOURCE,
                expected=value,
                measured=after[index][j],
                tolerance=1e-8,
                reason=fit,
                basis="exact",
            )


def _fit(x: np.ndarray, t: float, psi: np.ndarray) -> np.ndarray:
    """Positions at t = 0, phases, amplitudes and velocities, shape (4, 2), of the sum of solitons nearest to psi.

    Two fits: with all eight free for amplitudes and velocities, then for positions and phases with those two exact,
    because an error of the velocity would tilt the phase of a soliton away from x = 0.
    """
    start = np.array([POSITIONS, (0.0, 0.0), AMPLITUDES, VELOCITIES])

    def misfit(values: np.ndarray) -> np.ndarray:
        position, phase, amplitude, velocity = values.reshape(4, 2)
        wave = sum(solitons.soliton(x, t, amplitude[j], position[j], velocity[j], phase[j]) for j in range(2))
        return np.asarray((psi - wave).view(float))

    # The phase is periodic: project onto each soliton first, so that the fit starts in the right branch.
    for j in range(2):
        shape = solitons.soliton(x, t, AMPLITUDES[j], POSITIONS[j], VELOCITIES[j])
        start[1, j] = np.angle(np.vdot(shape, psi))
    options = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "method": "lm"}
    free = least_squares(misfit, start.ravel(), **options).x.reshape(4, 2)
    fixed = least_squares(lambda v: misfit(np.concatenate([v, start[2:].ravel()])), free[:2].ravel(), **options)
    return np.concatenate([fixed.x.reshape(2, 2), free[2:]])
