"""Two colours of discs mix, dilute and dense, by flight and by diffusion, and their apparent complexity.

Discs left of the middle of a periodic box are of one colour at first, the others of the second; the gas itself is in
equilibrium. Colours of an ideal gas disperse as exp(-k^2 t^2/2), those of a dense one diffuse as exp(-D k^2 t). The
apparent complexity of the picture (phrases of its three-level reduction, after Aaronson, Carroll and Ouellette,
arXiv:1405.6903) starts low, rises, and ends at that of discs coloured at random; the rise above what the mean
composition has is noise of cells near a threshold, which fades as the grain grows, and not structure of the mixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core.random import Purpose, uniform_array
from physent.diagnostics.complexity import apparent_complexity
from physent.evidence import Case, Claim
from physent.theory import kinetic

CELLS, N, PHI = 16, 2560, 0.1
GRAINS = (2, 3, 6)
K = 2 * np.pi
MIXED = "derived: in an ideal gas in equilibrium the colours of different points are independent"
ARTEFACT = "Aaronson, Carroll and Ouellette 2014, arXiv:1405.6903, withdrawn claim; derived: noise falls as 1/grain"
ENSKOG = "derived: Gaussian displacements, exp(-k^2 msd/4), with D of Enskog (Gass 1971, doi 10.1063/1.1675116)"

Floats = npt.NDArray[np.float64]


class Mixture(NamedTuple):
    """Share of a colour (times, replicas, y, x), its mean profile by theory, phrases (grain: times, replicas)."""

    time: Floats
    share: Floats
    profile: Floats
    phrases: dict[int, Floats]

    @property
    def amplitude(self) -> Floats:
        """Slowest mode over that of the step at the start (times, replicas)."""
        x = (np.arange(CELLS) + 0.5) / CELLS
        mode = self.share.mean(axis=2) @ np.sin(K * x)
        # Of the step at the start: 2/pi times the mean of a sine over a cell.
        width = K / (2 * CELLS)
        return np.asarray(mode / (CELLS / np.pi * np.sin(width) / width))


def check(case: Case) -> Iterator[Claim]:
    """Decay of the slowest mode in both gases, and the fate of their complexity."""
    for seed in (1, 2) if case.full else (1,):
        tag = f", seed {seed}" if seed > 1 else ""
        ideal = _mixture(case, seed, {"parameters.diameter": 0.0}, 0.05, 1.0, 64)
        dense = _mixture(case, seed, {"parameters.packing_fraction": PHI}, 0.2, 4.0, 32)
        yield from _flight(ideal, tag)
        yield from _diffusion(case, dense, tag)
        yield from _complexity(case.seed(11), ideal, dense, tag)
        if seed == 1:
            _draw(case, ideal, dense)


def _mixture(case: Case, seed: int, size: dict[str, Any], every: float, until: float, replicas: int) -> Mixture:
    picture = {"kind": "composition", "name": "share", "x_cells": CELLS, "y_cells": CELLS}
    counts = [
        {"kind": "apparent_complexity", "name": f"phrases{g}", "of": "share", "grain": g, "boundary": "periodic"}
        for g in GRAINS
    ]
    run = case.run(
        set={
            "parameters.packing_fraction": None,
            **size,
            "seed": seed,
            "replicas": replicas,
            "schedule.every": every,
            "schedule.until": until,
            "diagnostics": [picture, *counts],
        }
    )
    time = run["time"].values
    spread = time**2 / 2 if "parameters.diameter" in size else _msd(time) / 4
    return Mixture(time, run["share"].values, _profile(spread), {g: run[f"phrases{g}"].values for g in GRAINS})


def _msd(time: Floats) -> Floats:
    """Mean square displacement 4 D (t - (1 - exp(-nu t))/nu) of the dense gas."""
    sigma = float(kinetic.diameter_from_packing(PHI, N))
    rate, d = float(kinetic.collision_rate(N, sigma)), float(kinetic.diffusion(N, sigma))
    return np.asarray(4 * d * (time + np.expm1(-rate * time) / rate))


def _profile(spread: Floats) -> Floats:
    """Mean share in the cells along x (times, cells), where each mode k decays as exp(-k^2 spread)."""
    m = np.arange(1, 4000, 2)
    edges = np.cos(K * m[:, None] * np.arange(CELLS + 1) / CELLS)
    means = CELLS * -np.diff(edges, axis=1) / (K * m[:, None])
    return np.asarray(0.5 + np.exp(-((K * m) ** 2) * spread[:, None]) @ (2 / (np.pi * m[:, None]) * means))


def _mean(values: Floats) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))


def _log_slope(mix: Mixture, first: float, last: float) -> tuple[float, float]:
    """Exponent of -ln(amplitude) in t between two times, and its jackknife error."""
    i, j = (int(np.argmin(np.abs(mix.time - t))) for t in (first, last))
    a = mix.amplitude
    n = a.shape[1]

    def exponent(mean: Floats) -> Floats:
        return np.asarray(np.log(np.log(mean[j]) / np.log(mean[i])) / np.log(mix.time[j] / mix.time[i]))

    without = exponent((a.sum(axis=1, keepdims=True) - a) / (n - 1))
    return float(exponent(a.mean(axis=1))), float(np.sqrt((n - 1) * without.var()))


def _flight(ideal: Mixture, tag: str) -> Iterator[Claim]:
    for at in (0.1, 0.2, 0.3):
        k = int(np.argmin(np.abs(ideal.time - at)))
        value, error = _mean(ideal.amplitude[k])
        yield Claim(
            claim=f"ideal gas: amplitude of the slowest mode of the colours at t = {at:g}{tag}",
            source="exact: free motion of a Maxwellian gas, exp(-k^2 t^2/2), k = 2 pi/L",
            expected=float(np.exp(-((K * ideal.time[k]) ** 2) / 2)),
            measured=value,
            tolerance=0.02,
            reason="five standard errors",
            basis="exact",
            standard_error=error,
        )
    value, error = _log_slope(ideal, 0.1, 0.2)
    yield Claim(
        claim=f"ideal gas: power of t in the logarithm of that amplitude, between 0.1 and 0.2{tag}",
        source="exact: flight, not diffusion",
        expected=2.0,
        measured=value,
        tolerance=0.15,
        reason="five standard errors",
        basis="exact",
        standard_error=error,
    )


def _tail(time: float) -> float:
    """What the long-time tail adds to D by ``time``, at most, over D of Enskog.

    In two dimensions the velocity autocorrelation ends as T/(8 pi n (D + viscosity) t) (Alder and Wainwright 1970,
    Phys. Rev. A 1, 18, doi 10.1103/PhysRevA.1.18). With both coefficients sqrt(T/pi)/(2 n sigma chi) its integral from
    one collision time on is phi chi^2 ln(nu t)/pi of D; walls, the box and slower onset make it less.
    """
    sigma = kinetic.diameter_from_packing(PHI, N)
    rate = kinetic.collision_rate(N, sigma)
    return float(PHI * kinetic.contact_value(PHI) ** 2 * np.log(rate * time) / np.pi)


def _diffusion(case: Case, dense: Mixture, tag: str) -> Iterator[Claim]:
    first, last = (int(np.argmin(np.abs(dense.time - t))) for t in (0.6, 2.4))
    a = dense.amplitude
    n = a.shape[1]
    expected = K**2 * np.diff(_msd(dense.time[[first, last]]))[0] / 4
    without = (a.sum(axis=1, keepdims=True) - a) / (n - 1)
    rates = np.log(without[first] / without[last]) / expected
    yield Claim(
        claim=f"phi = 0.1: decay of the slowest mode of the colours from t = 0.6 to 2.4, over D k^2 dt{tag}",
        source=ENSKOG,
        expected=1.0 + _tail(1.2) / 2,
        measured=float(np.log(a.mean(axis=1)[first] / a.mean(axis=1)[last]) / expected),
        tolerance=0.13 + _tail(1.2) / 2,
        reason="higher Sonine orders, 3 %, the tail of long times, which adds 0 to phi chi^2 ln(nu t)/pi = 20 %, and "
        "five standard errors of 2 %",
        basis="derived",
        standard_error=float(np.sqrt((n - 1) * rates.var())),
    )
    value, error = _log_slope(dense, 0.4, 1.6)
    theory = float(np.log(np.divide(*_msd(np.array([1.6, 0.4])))) / np.log(4.0))
    yield Claim(
        claim=f"phi = 0.1: power of t in the logarithm of that amplitude, between 0.4 and 1.6{tag}",
        source=ENSKOG,
        expected=theory,
        measured=value,
        tolerance=0.1 if case.full else 0.2,
        reason="diffusion, not flight: 2 would be far off; five standard errors",
        basis="derived",
        standard_error=error,
    )


def _complexity(seed: int, ideal: Mixture, dense: Mixture, tag: str) -> Iterator[Claim]:
    for grain in GRAINS:
        yield _as_random(seed, "ideal gas", ideal, grain, len(ideal.time) - 1, f"at the end{tag}")
    for name, mix in (("ideal gas", ideal), ("phi = 0.1", dense)):
        peak = int(mix.phrases[GRAINS[0]].mean(axis=1).argmax())
        yield _as_random(seed, name, mix, GRAINS[0], peak, f"at the peak{tag}")
        excess = {grain: _peak(mix, grain) for grain in (GRAINS[0], GRAINS[-1])}
        (fine, fine_error), (coarse, coarse_error) = excess.values()
        yield Claim(
            claim=f"{name}: excess of phrases over those of the mean profile, grain {GRAINS[-1]} over {GRAINS[0]}{tag}",
            source=ARTEFACT,
            expected=GRAINS[0] / GRAINS[-1],
            measured=coarse / fine,
            tolerance=0.3,
            reason="flickering cells give about the ratio of grains; structure larger than both would give 1",
            basis="derived",
            standard_error=float(np.hypot(coarse_error, coarse * fine_error / fine) / fine),
        )


def _as_random(seed: int, name: str, mix: Mixture, grain: int, sample: int, when: str) -> Claim:
    value, error = _mean(mix.phrases[grain][sample])
    expected, spread = _mean(_at_random(seed, mix.profile[sample], grain))
    return Claim(
        claim=f"{name}, grain {grain}: phrases over those of independent colours of that mean profile, {when}",
        source=MIXED,
        expected=1.0,
        measured=value / expected,
        tolerance=0.08,
        reason=f"five standard errors of both; t = {mix.time[sample]:.2f}; numbers in cells of the dense gas vary less",
        basis="derived",
        standard_error=float(np.hypot(error, spread * value / expected)) / expected,
    )


def _peak(mix: Mixture, grain: int) -> tuple[float, float]:
    """Largest excess of phrases over those of the mean profile, and its error."""
    flat = np.repeat(mix.profile[:, None, :], CELLS, axis=1)
    mean = np.asarray(apparent_complexity(flat, grain, 3, boundary="periodic"), float)
    excess = mix.phrases[grain] - mean[:, None]
    return _mean(excess[int(excess.mean(axis=1).argmax())])


def _at_random(seed: int, profile: Floats, grain: int, pictures: int = 200) -> Floats:
    """Phrases of pictures of N points anywhere, each of the first colour with the chance of its cell."""
    shares = []
    for k in range(pictures):
        x, y, chance = (uniform_array(seed, Purpose.SURROGATE, k, axis, N) for axis in range(3))
        column = (x * CELLS).astype(int)
        cell = (y * CELLS).astype(int) * CELLS + column
        coloured = cell[chance < profile[column]]
        first, every = (np.bincount(c, minlength=CELLS**2) for c in (coloured, cell))
        shares.append(np.where(every > 0, first / np.maximum(every, 1), 0.5).reshape(CELLS, CELLS))
    return np.asarray(apparent_complexity(np.array(shares), grain, 3, boundary="periodic"), float)


def _draw(case: Case, ideal: Mixture, dense: Mixture) -> None:
    with case.figure("mixing", size=(9.0, 6.4)) as figure:
        parts: Any = figure.subfigures(2, 1, height_ratios=[1.0, 1.35])
        upper, lower = parts
        panels = upper.subplots(2, 5)
        for row, (mix, name) in zip(panels, ((ideal, "ideal"), (dense, r"$\varphi=0.1$")), strict=True):
            for axes, k in zip(row, (0, 2, 4, 8, 20), strict=True):
                axes.imshow(mix.share[k, 0], origin="lower", cmap="RdBu", vmin=0, vmax=1, extent=(0, 1, 0, 1))
                axes.set(xticks=[], yticks=[])
                axes.set_title(f"$t = {mix.time[k]:.2g}$", fontsize=8.0)
            row[0].set_ylabel(name)
        left, right = lower.subplots(1, 2)
        for i, (mix, name) in enumerate(((ideal, "ideal gas"), (dense, r"$\varphi = 0.1$"))):
            seen = (mix.time > 0) & (mix.amplitude.mean(axis=1) > 0.02)
            left.loglog(mix.time[seen], -np.log(mix.amplitude.mean(axis=1)[seen]), f"C{i}o", ms=4, label=name)
        t = np.array([0.05, 0.5])
        left.loglog(t, (K * t) ** 2 / 2, "C0", lw=1.0)
        t = np.geomspace(0.1, 4.0, 60)
        left.loglog(t, K**2 * _msd(t) / 4, "C1", lw=1.0)
        left.set(xlabel="time $t$", ylabel=r"$-\ln$ amplitude", title="Flight $t^2$, diffusion $t$ (lines: theory)")
        left.legend(frameon=False)
        for i, grain in enumerate(GRAINS):
            right.plot(ideal.time / 0.2, ideal.phrases[grain].mean(axis=1), f"C{i}o-", ms=3, label=f"grain {grain}")
            right.plot(dense.time / 1.6, dense.phrases[grain].mean(axis=1), f"C{i}x--", ms=4)
        right.set(xlabel="time / 0.2 (ideal), 1.6 (dashed: dense)", ylabel="LZ78 phrases", xlim=(-0.1, 2.6))
        right.set_title("Apparent complexity rises, falls, and is mostly noise")
        right.legend(frameon=False)
