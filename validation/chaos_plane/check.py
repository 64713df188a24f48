"""Regular and chaotic systems, and noises, in the plane of permutation entropy and complexity."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from physent.config.load import load_config
from physent.core.random import Purpose, normals
from physent.diagnostics import hc_bounds, hc_plane, natural_time, pattern_time
from physent.diagnostics.sampling import RATIO
from physent.evidence import Case, Claim

Floats = NDArray[np.float64]

ORDER, REPLICAS = 5, 8
SIZE = math.factorial(ORDER)
HYMAN = "Hyman, Daniel and Schaffner, arXiv:2407.11970"
BEFORE = "an earlier run of 1e5 samples, with which the program of Hyman et al. (arXiv:2407.11970) agrees"
# Names of the points of the sweep, whether they are chaotic, and H and C where they were measured before.
POINTS: tuple[tuple[str, bool, tuple[float, float, float] | None], ...] = (
    ("logistic 3.55", False, None),
    ("logistic 4", True, (0.6796, 0.3991, 0.003)),
    ("Henon", True, (0.6159, 0.4045, 0.003)),
    ("skew tent", True, (0.5269, 0.3669, 0.008)),
    ("cat", True, None),
    ("Chialvo, b = 0.6", False, None),
    ("Chialvo", True, None),
    ("Rulkov", True, None),
    ("van der Pol", False, None),
    ("Roessler, c = 2.5", False, None),
    ("Roessler", True, None),
    ("Lorenz", True, None),
    ("Henon-Heiles, torus", False, None),
    ("Henon-Heiles, sea", True, None),
)
QUICK = ("logistic 3.55", "logistic 4", "Henon", "Chialvo, b = 0.6", "Lorenz")
SLOPES = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
STRONG = ("logistic 4", "Henon", "Lorenz")


class Measured(NamedTuple):
    """A point of the plane, with the tests that tell what it is; entropy and complexity of every replica."""

    chaotic: bool
    h: Floats
    c: Floats
    exponent: float
    k: Floats
    ratio: float  # of the time of a pattern to the natural time; NaN of a map


def check(case: Case) -> Iterator[Claim]:
    """The points of the bundled sweep and noises of power-law spectra."""
    settings = load_config("chaos/hc_plane").axes()["case"]
    for seed in (1, 2) if case.full else (1,):
        found = {
            name: measured(case.run("chaos/hc_plane", {**values, "sweep": {}, "seed": seed}), chaotic)
            for (name, chaotic, _), values in zip(POINTS, settings, strict=True)
            if case.full or name in QUICK
        }
        noises = {slope: coloured(slope, 10_000, case.seed(seed)) for slope in SLOPES}
        yield from _known(found, seed)
        yield from _told(found, seed)
        yield from _regions(found, noises, seed)
        if seed == 1:
            with case.figure("plane", size=(8.0, 6.0)) as figure:
                draw(figure, found, noises)


def measured(run: Any, chaotic: bool) -> Measured:
    """One system."""
    flow, t = "step" in run.attrs["config"] and "step: null" not in run.attrs["config"], run.time.values
    ratio = math.nan
    if flow:
        settled = slice(len(t) // 10, None)
        # Lorenz does not swing about its mean, but about two points
        method = "maxima" if "kind: lorenz" in run.attrs["config"] else "crossings"
        periods = [natural_time(x[settled], t[settled], method=method) for x in run.x.values.T]  # type: ignore[arg-type]
        ratio = float(pattern_time(ORDER, 1, t[1] - t[0]) / np.mean(periods))
    h = run.patterns_entropy.values / math.log(SIZE)
    exponent = float(run.lyapunov.values[-1].mean())
    return Measured(chaotic, h, run.patterns_complexity.values, exponent, run.zero_one_test.values, ratio)


def coloured(slope: float, samples: int, seed: int) -> tuple[float, float]:
    """H and C of noise with a spectrum f^-slope, the mean of `REPLICAS` periodic series."""
    white = np.array([normals(seed, Purpose.SURROGATE, row, round(10 * slope), samples) for row in range(REPLICAS)])
    spectrum = np.fft.rfft(white)
    spectrum[:, 0] = 0.0
    spectrum[:, 1:] *= np.arange(1.0, spectrum.shape[1]) ** (-slope / 2)
    h, c = hc_plane(np.fft.irfft(spectrum, samples), ORDER)
    return float(h.mean()), float(c.mean())


def _known(found: dict[str, Measured], seed: int) -> Iterator[Claim]:
    for name, _, known in POINTS:
        if known is None or name not in found:
            continue
        *expected, tolerance = known
        for what, values, one in zip("HC", found[name][1:3], expected, strict=True):
            yield Claim(
                claim=f"{name}: {what}, order {ORDER}, seed {seed}",
                source=BEFORE,
                expected=one,
                measured=float(values.mean()),
                tolerance=tolerance,
                reason="five standard errors of the reference, one orbit of 1e5 samples",
                basis="simulated",
                standard_error=float(values.std(ddof=1) / math.sqrt(values.size)),
            )


def _told(found: dict[str, Measured], seed: int) -> Iterator[Claim]:
    """Exponent and 0-1 test know which system is chaotic, and patterns are sampled as is recommended."""
    wrong = [name for name, one in found.items() if (one.exponent > 5e-3) != one.chaotic]
    yield Claim(
        claim=f"systems of which the largest exponent is on the wrong side of 0.005, seed {seed}",
        source="Oseledets 1968: positive for chaos, 0 on a cycle or torus of a flow, negative on a cycle of a map",
        expected=0.0,
        measured=float(len(wrong)),
        tolerance=0.0,
        reason="a finite time leaves about ln t / t = 0.001 to 0.002 on tori",
        basis="published",
    )
    wrong = [name for name, one in found.items() if (float(np.median(one.k)) > 0.5) != one.chaotic]
    yield Claim(
        claim=f"systems of which the 0-1 test, median over replicas, is on the wrong side of 1/2, seed {seed}",
        source="Gottwald and Melbourne 2009, 10.1137/080718851",
        expected=0.0,
        measured=float(len(wrong)),
        tolerance=0.0,
        reason="a side is a side",
        basis="published",
    )
    ratios = np.array([one.ratio for one in found.values() if np.isfinite(one.ratio)])
    yield Claim(
        claim=f"flows: largest distance of pattern time over natural time outside 0.3 to 0.5, seed {seed}",
        source=f"{HYMAN}, section 3.2",
        expected=0.0,
        measured=float(np.maximum(RATIO[0] - ratios, ratios - RATIO[1]).clip(0).max()),
        tolerance=0.0,
        reason="the recommended window",
        basis="published",
    )


def _regions(found: dict[str, Measured], noises: dict[float, tuple[float, float]], seed: int) -> Iterator[Claim]:
    h, c = (np.concatenate([one[k] for one in found.values()]) for k in (1, 2))
    _, lower, _, upper = hc_bounds(ORDER, h)
    yield Claim(
        claim=f"largest distance of a series outside the bounds of C at its H, seed {seed}",
        source="Martin, Plastino and Rosso 2006, 10.1016/j.physa.2005.11.053",
        expected=0.0,
        measured=float(np.maximum(np.maximum(lower - c, c - upper), 0).max()),
        tolerance=1e-12,
        reason="rounding",
        basis="exact",
    )
    largest = max(float(one.h.max()) for one in found.values() if not one.chaotic)
    band = math.log(14) / math.log(SIZE)
    yield Claim(
        claim=f"regular systems: how far the largest H exceeds ln 14/ln 120, seed {seed}",
        source=f"{HYMAN}: periodic series have 2 to 2(2(n - 2) + 1) patterns",
        expected=0.0,
        measured=max(0.0, largest - band),
        tolerance=0.0,
        reason="a bound",
        basis="published",
    )
    yield Claim(
        claim=f"logistic map at r = 4, Henon map, Lorenz flow: least H less ln 14/ln 120, if below 0, seed {seed}",
        source=f"{HYMAN}: chaos writes more patterns than a periodic series",
        expected=0.0,
        measured=min(0.0, min(float(found[name].h.min()) for name in STRONG) - band),
        tolerance=0.0,
        reason="a bound, far from the values; chaos that keeps its phase, or bursts, stays below it",
        basis="published",
    )
    curve = np.array(sorted(noises.values()))
    least = min(float((found[name].c - np.interp(found[name].h, *curve.T)).min()) for name in STRONG)
    yield Claim(
        claim=f"logistic map at r = 4, Henon map, Lorenz flow: least of C above noise of the same H, seed {seed}",
        source="Rosso et al. 2007, 10.1103/PhysRevLett.99.154102: chaos is more complex than noise of its H",
        expected=0.1,
        measured=least,
        tolerance=0.05,
        reason="noise by linear interpolation between spectra f^-k; the distance depends on the system",
        basis="published",
    )


SHIFTS = {"Roessler, c = 2.5": (-5, 4), "Rulkov": (6, -10), "van der Pol": (-6, -3), "Henon-Heiles, torus": (-6, 1)}
SHIFTS |= {
    "logistic 3.55": (6, -10),
    "Roessler": (6, -1),
    "Henon-Heiles, sea": (6, -10),
    "cat": (6, 6),
    "Henon": (-6, 6),
}
LEFT = ("Roessler, c = 2.5", "van der Pol", "Henon-Heiles, torus", "Henon")


def draw(figure: Any, found: dict[str, Measured], noises: dict[float, tuple[float, float]]) -> None:
    """Points with error bars between the bounds, and the curve of noises."""
    axes = figure.subplots()
    h_lower, lower, h_upper, upper = hc_bounds(ORDER)
    axes.fill_between(h_lower, lower, np.interp(h_lower, h_upper, upper), color="0.95")
    axes.plot(h_lower, lower, "0.5", lw=1)
    axes.plot(h_upper, upper, "0.5", lw=1)
    styles = {
        (False, False): ("C0", "o", "regular maps"),
        (False, True): ("C0", "s", "regular flows"),
        (True, False): ("C3", "o", "chaotic maps"),
        (True, True): ("C3", "s", "chaotic flows"),
    }
    told: set[str] = set()
    band = math.log(14) / math.log(SIZE)
    near = axes.inset_axes((0.08, 0.64, 0.33, 0.34), xlim=(0.49, 0.58), ylim=(0.36, 0.398))
    axes.indicate_inset_zoom(near, edgecolor="0.5")
    for name, one in found.items():
        colour, marker, label = styles[one.chaotic, math.isfinite(one.ratio)]
        bars = {"xerr": one.h.std(ddof=1), "yerr": one.c.std(ddof=1)}
        shown = label if label not in told else None
        told.add(label)
        place = float(one.h.mean()), float(one.c.mean())
        within = 0.49 < place[0] < 0.58 and 0.36 < place[1] < 0.398
        for panel in (axes, near):
            panel.errorbar(*place, **bars, fmt=marker, color=colour, ms=5, lw=0.8, label=shown)
        shift, side = SHIFTS.get(name, (6, 4)), "right" if name in LEFT else "left"
        panel = near if within else axes
        panel.annotate(name, place, shift, textcoords="offset points", fontsize=8, ha=side)
    curve = np.array(list(noises.values()))
    axes.plot(*curve.T, "D-", color="C2", ms=4, lw=0.8, label="noise, spectrum $f^{-k}$")
    for slope, point in noises.items():
        if slope == round(slope):
            shift = (-8, 2) if slope == 0 else (-6, -12)
            axes.annotate(f"k = {slope:.0f}", point, shift, textcoords="offset points", ha="right", fontsize=8)
    for panel in (axes, near):
        panel.axvline(band, color="0.5", lw=0.8, ls=":")
    axes.text(band - 0.01, 0.01, "a periodic series:\nat most 14 patterns", fontsize=8, color="0.4", ha="right")
    axes.text(band + 0.01, 0.01, "chaos above,\nnoise on the curve", fontsize=8, color="0.4")
    near.tick_params(labelsize=7)
    axes.legend(loc="lower left", bbox_to_anchor=(0.16, 0.01), fontsize=8)
    axes.set(xlabel="normalised permutation entropy H, order 5", ylabel="complexity C", xlim=(0, 1.02), ylim=(0, 0.52))
