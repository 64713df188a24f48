"""Loschmidt's reversal: entropy falls back to its initial value, unless round-off has destroyed the memory.

A gas expands for the time t1, all velocities are reversed, and it runs for t1 again. The dynamics is reversible up to
round-off, which a collision amplifies by about 2 ell/sigma with ell the mean free path. Sixteen digits therefore
last for log(1e16 sigma/L) / log(2 ell/sigma) collisions in a row: some twenty in a small dense gas, which can fill its
box and return; four in a large dilute one, whose reversed run is soon as good as any other and stays at the maximum.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physent.diagnostics.uncertainty import jackknife_error
from physent.evidence import Case, Claim
from physent.theory import kinetic

REVERSIBLE = "exact: Hamiltonian dynamics is reversible"
AMPLIFIED = "derived: round-off times (2 ell/sigma)^collisions; as Orban and Bellemans 1967, Phys. Lett. A 24, 620"
STEPS = 8

Floats = npt.NDArray[np.float64]


class Gas(NamedTuple):
    """Some equal gases, by the one of their parameters that tells the size of a disc."""

    title: str
    n: int
    replicas: int
    size: str
    value: float

    @property
    def diameter(self) -> float:
        """Diameter of a disc."""
        if self.size == "mean_free_path":
            return kinetic.diameter_from_mean_free_path(self.value, self.n)
        return float(kinetic.diameter_from_packing(self.value, self.n))

    @property
    def rate(self) -> float:
        """Collisions of a disc in unit time; for the ideal gas those of `LARGE`, as a unit."""
        return float(kinetic.collision_rate(self.n, self.diameter)) if self.value else LARGE.rate

    @property
    def amplification(self) -> float:
        """Factor by which a collision multiplies an error."""
        return 2 * float(kinetic.mean_free_path(self.n, self.diameter)) / self.diameter


SMALL = Gas("100 discs", 100, 200, "packing_fraction", 0.1)
LARGE = Gas("20000 discs", 20_000, 2, "packing_fraction", 0.05)
DILUTE = Gas("10000 discs, mean free path 0.1 L", 10_000, 8, "mean_free_path", 0.1)
IDEAL = Gas("ideal gas", 20_000, 2, "diameter", 0.0)


class Return(NamedTuple):
    """Collision times up to the reversal, pooled entropy at all samples, and how far discs are from home."""

    turned: float
    time: Floats
    entropy: Floats
    without: Floats  # entropy without each of the gases in turn (times, replicas), not yet less its initial value
    distance: Floats

    @property
    def kept(self) -> float:
        """Share of the entropy at the reversal that is left at the end."""
        return float(self.entropy[-1] / self.entropy[STEPS])

    @property
    def error(self) -> float:
        """Jackknife error of that share."""
        produced, left = self.without[[STEPS, -1]] - self.without[0]
        return float(jackknife_error(left / produced))


def check(case: Case) -> Iterator[Claim]:
    """A return, a loss, and the ideal gas, which always returns."""
    turns = (1.0, 2.0, 4.0, 9.0) if case.full else (9.0,)
    for seed in (1, 2) if case.full else (1,):
        tag = f", seed {seed}" if seed > 1 else ""
        small = {
            turned: _reversed(case, SMALL, turned, seed)
            for turned in ((7.5, 12.0, 16.0, 45.0) if case.full else (7.5, 45.0))
        }
        large = _reversed(case, LARGE, 2.5, seed)
        lost = {turned: _reversed(case, DILUTE, turned, seed) for turned in turns}
        free = _reversed(case, IDEAL, 2.5, seed)
        yield from _returned(SMALL, small[7.5], tag)
        yield from _returned(LARGE, large, tag)
        yield from _lost(SMALL, small[45.0], tag)
        yield from _lost(DILUTE, lost[9.0], tag)
        yield from _exact(free, tag)
        if seed == 1:
            _draw(case, small, lost)


def _reversed(case: Case, gas: Gas, turned: float, seed: int) -> Return:
    """``turned`` is the time of the reversal in units of 1/nu."""
    every = turned / gas.rate / STEPS
    run = case.run(
        set={
            "seed": seed,
            "replicas": gas.replicas * (2 if case.full else 1),
            "parameters": {"n": gas.n, gas.size: gas.value},
            "schedule.every": every,
            "schedule.until": 2 * STEPS * every,
            "protocol": [{"at": STEPS * every, "do": "reverse_velocities"}],
        }
    )
    position = run["position"].values
    apart = np.abs(position[-1] - position[0])
    distance = np.hypot(*np.moveaxis(np.minimum(apart, 1.0 - apart), -1, 0))
    return Return(turned, run["time"].values * gas.rate, run["s"].values, run["s_without"].values, distance)


def _returned(gas: Gas, run: Return, tag: str) -> Iterator[Claim]:
    where = f"{gas.title}, phi = {gas.value:g}, reversed at nu t = {run.turned:g}"
    yield Claim(
        claim=f"{where}: fraction of the entropy produced that is left at the end{tag}",
        source=f"{REVERSIBLE}; {run.entropy[STEPS]:.3f} nats per disc had been produced",
        expected=0.0,
        measured=run.kept,
        tolerance=0.002,
        reason="discs a rounding error from where they were can be in the next cell",
        basis="exact",
    )
    yield Claim(
        claim=f"{where}: median distance of the discs from their initial positions, over L{tag}",
        source=AMPLIFIED,
        expected=0.0,
        measured=float(np.median(run.distance)),
        tolerance=1e-9 if gas is LARGE else 1e-6,
        reason=f"1e-16 times {gas.amplification:.0f} for each of the collisions there and back, of most discs",
        basis="derived",
    )


def _lost(gas: Gas, run: Return, tag: str) -> Iterator[Claim]:
    yield Claim(
        claim=f"{gas.title}, reversed at nu t = {run.turned:g}: fraction of entropy that the reversed gas keeps{tag}",
        source=AMPLIFIED,
        expected=1.0,
        measured=run.kept,
        tolerance=0.1,
        reason="the digits are used up long before; late expansion adds a little; five standard errors",
        basis="derived",
        standard_error=run.error,
    )


def _exact(run: Return, tag: str) -> Iterator[Claim]:
    yield Claim(
        claim=f"ideal gas: largest distance of a point from its initial position, over L{tag}",
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


def _draw(case: Case, small: dict[float, Return], lost: dict[float, Return]) -> None:
    with case.figure("reversal", size=(9.0, 3.9)) as figure:
        for axes, gas, made in zip(figure.subplots(1, 2), (SMALL, DILUTE), (small, lost), strict=True):
            for i, (turned, run) in enumerate(made.items()):
                half = run.time[STEPS]
                axes.plot(run.time / half, run.entropy, f"C{i}o-", ms=3, label=rf"turned at $\nu t_1 = {turned:g}$")
            axes.axvline(1.0, color="k", lw=0.8, ls=":")
            axes.axhline(np.log(2), color="0.6", lw=0.8, ls="--")
            axes.set(xlabel=r"time $t / t_1$", ylabel=r"$\Delta S/N$ (nats)", ylim=(-0.02, 0.74))
            axes.set_title(rf"{gas.title}: an error grows {gas.amplification:.2g}-fold per collision")
            axes.legend(frameon=False, loc="lower center" if gas is DILUTE else "center right")
