"""Loschmidt's reversal: entropy falls back to where it began, until round-off has forgotten the way.

A gas expands for the time t1, all velocities are turned round, and it runs for t1 again. The dynamics is reversible but
for round-off, which a collision amplifies by about 2 ell/sigma with ell the mean free path. Sixteen digits therefore
last for log(1e16 sigma/L) / log(2 ell/sigma) collisions in a row, some fifteen in the denser gas here and four in the
dilute one: below, the gas returns to its half; above, the reversed run is as good as any and stays at the maximum.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from physent.evidence import Case, Claim
from physent.theory import kinetic

N = 20_000
REVERSIBLE = "exact: Hamiltonian dynamics is reversible"
AMPLIFIED = "derived: round-off times (2 ell/sigma)^collisions; as Orban and Bellemans 1967, Phys. Lett. A 24, 620"
STEPS = 8

Floats = npt.NDArray[np.float64]


class Return(NamedTuple):
    """Collision times up to the reversal, entropy at all samples (times, replicas), and how far discs are from home."""

    turned: float
    time: Floats
    entropy: Floats
    distance: Floats

    @property
    def kept(self) -> Floats:
        """Rise at the end over that at the reversal, for each replica."""
        return np.asarray(self.entropy[-1] / self.entropy[STEPS])


def check(case: Case) -> Iterator[Claim]:
    """A return, a loss, and the ideal gas, which always returns."""
    for seed in (1, 2) if case.full else (1,):
        tag = f", seed {seed}" if seed > 1 else ""
        dense = {"parameters.packing_fraction": 0.05}
        # Set as null and another size: the parameters take exactly one of them.
        dilute = {"parameters.packing_fraction": None, "parameters.mean_free_path": 0.1}
        ideal = {"parameters.packing_fraction": None, "parameters.diameter": 0.0}
        more = (5.0, 8.0, 12.0) if case.full else ()
        runs = {turned: _reversed(case, turned, dense, seed) for turned in (2.5, *more)}
        lost = {turned: _reversed(case, turned, dilute, seed) for turned in ((2.5, 9.0) if case.full else (9.0,))}
        free = _reversed(case, 2.5, ideal, seed)
        yield from _returned(runs[2.5], tag)
        yield from _lost(lost[9.0], tag)
        yield from _exact(free, tag)
        if seed == 1:
            _draw(case, runs, lost)


def _reversed(case: Case, turned: float, parameters: dict[str, Any], seed: int) -> Return:
    """``turned`` is the time of the reversal in units of 1/nu (of the denser gas for the ideal one)."""
    density = float(N)
    if "parameters.mean_free_path" in parameters:
        sigma = kinetic.diameter_from_mean_free_path(parameters["parameters.mean_free_path"], density)
    else:
        sigma = float(kinetic.diameter_from_packing(0.05, density))
    at = turned / float(kinetic.collision_rate(density, sigma))
    every = at / STEPS
    run = case.run(
        set={
            **parameters,
            "seed": seed,
            "replicas": 4 if case.full else 2,
            "schedule.every": every,
            "schedule.until": 2 * STEPS * every,
            "protocol": [{"at": STEPS * every, "do": "reverse_velocities"}],
        }
    )
    position = run["position"].values
    apart = np.abs(position[-1] - position[0])
    distance = np.hypot(*np.moveaxis(np.minimum(apart, 1.0 - apart), -1, 0))
    return Return(turned, run["time"].values / at * turned, run["s"].values, distance)


def _returned(run: Return, tag: str) -> Iterator[Claim]:
    yield Claim(
        claim=f"phi = 0.05, turned at nu t = 2.5: largest share of the entropy produced that is left at the end{tag}",
        source=REVERSIBLE,
        expected=0.0,
        measured=float(np.abs(run.kept).max()),
        tolerance=0.01,
        reason="discs a rounding error from where they were can be in the next cell",
        basis="exact",
    )
    yield Claim(
        claim=f"phi = 0.05, turned at nu t = 2.5: median distance of discs from where they began, over L{tag}",
        source=AMPLIFIED,
        expected=0.0,
        measured=float(np.median(run.distance)),
        tolerance=1e-9,
        reason="1e-16 times 11^6, as a disc has collided some six times there and back",
        basis="derived",
    )


def _lost(run: Return, tag: str) -> Iterator[Claim]:
    yield Claim(
        claim=f"mean free path 0.1 L, turned at nu t = 9: share of the entropy that the reversed gas keeps{tag}",
        source=AMPLIFIED,
        expected=1.0,
        measured=float(run.kept.mean()),
        tolerance=0.1,
        reason="all memory is gone after four collisions in a row; the expansion itself goes on, which adds a little",
        basis="derived",
        standard_error=float(run.kept.std(ddof=1) / np.sqrt(run.kept.size)),
    )


def _exact(run: Return, tag: str) -> Iterator[Claim]:
    yield Claim(
        claim=f"ideal gas: largest distance of a point from where it began, over L{tag}",
        source=REVERSIBLE,
        expected=0.0,
        measured=float(run.distance.max()),
        tolerance=1e-14,
        reason="a few roundings of coordinates below 1",
        basis="exact",
    )
    yield Claim(
        claim=f"ideal gas: largest entropy left after the return{tag}",
        source=REVERSIBLE,
        expected=0.0,
        measured=float(np.abs(run.entropy[-1]).max()),
        tolerance=1e-3,
        reason="a point a rounding error from a face may be in the next cell",
        basis="exact",
    )


def _draw(case: Case, runs: dict[float, Return], lost: dict[float, Return]) -> None:
    with case.figure("reversal", size=(9.0, 3.9)) as figure:
        left, right = figure.subplots(1, 2)
        for axes, made, title in (
            (left, runs, r"$\varphi = 0.05$, $2\ell/\sigma = 11$"),
            (right, lost, r"$\ell = 0.1\,L$, $2\ell/\sigma = 1100$"),
        ):
            for i, (turned, run) in enumerate(made.items()):
                mean = run.entropy.mean(axis=1)
                axes.plot(run.time, mean, f"C{i}o-", ms=3, label=rf"turned at $\nu t = {turned:g}$")
                axes.plot(run.time[STEPS], mean[STEPS], f"C{i}o", ms=8, mfc="none")
            axes.axhline(0.0, color="0.6", lw=0.8, ls="--")
            axes.set(xlabel=r"collision times $\nu t$", ylabel=r"$\Delta S/N$ (nats)", title=title)
            axes.legend(frameon=False)
