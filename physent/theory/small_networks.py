"""Small Markov jump processes with known currents, and the work of energies that are driven in stairs.

Graphs are those of `physent.theory.network`: ``edges`` (m, 2) and ``rates`` (m, 2). Energies are in units of the
temperature times k_B unless a temperature is given.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from physent.theory import network
from physent.theory.network import Array

Graph = tuple[npt.NDArray[np.int64], Array]


def ring(prefactors: npt.ArrayLike, energies: npt.ArrayLike, force: float, temperature: float = 1.0) -> Graph:
    """Ring of n >= 3 states: k_(i,i+1) = a_i exp[(f/n + E_i - E_(i+1))/2T], back with the opposite exponent.

    ``force`` is the work per turn. The current in turns per unit of time is that of any edge, and the entropy
    production is current times force/temperature.
    """
    a, energy = np.asarray(prefactors, float), np.asarray(energies, float)
    n = len(a)
    if n < 3 or energy.shape != a.shape or not temperature > 0:
        raise ValueError(
            f"{a.shape} prefactors, {energy.shape} energies, temperature {temperature}: expected n >= 3 each"
        )
    i = np.arange(n)
    bias = (force / n + energy - np.roll(energy, -1)) / (2 * temperature)
    return np.c_[i, (i + 1) % n], a[:, None] * np.exp(bias[:, None] * [1, -1])


def uniform_ring_current(n: int, rate: float, force: float, temperature: float = 1.0) -> tuple[float, float]:
    """Mean and variance per unit of time of the turns of a `ring` with equal energies and prefactors ``rate``.

    Steps are independent: 2 a sinh(f/2nT)/n and 2 a cosh(f/2nT)/n^2.
    """
    x = force / (2 * n * temperature)
    return 2 * rate * math.sinh(x) / n, 2 * rate * math.cosh(x) / n**2


def flashing_ratchet(
    potential: npt.ArrayLike, switch_rate: float, rate: float = 1.0, temperature: float = 1.0
) -> Graph:
    """Ratchet of n >= 3 sites, potential on (states 0 ... n - 1) or off (n ... 2n - 1): the sites are a ring in each.

    k_ij = rate exp[-(V_j - V_i)/2T] on, rate off; both switches at ``switch_rate``. The first 2n edges are i -> i + 1,
    first on, then off: step 1/n on each of them counts turns.
    """
    v = np.asarray(potential, float)
    n = len(v)
    if n < 3:
        raise ValueError(f"{n} sites, expected 3 or more")
    i = np.arange(n)
    half = (np.roll(v, -1) - v) / (2 * temperature)
    edges = np.concatenate([np.c_[i, (i + 1) % n], n + np.c_[i, (i + 1) % n], np.c_[i, n + i]])
    on = rate * np.exp(-half[:, None] * [1, -1])
    return edges, np.concatenate([on, np.full((n, 2), rate), np.full((n, 2), switch_rate)])


def motor(forward: npt.ArrayLike, backward: npt.ArrayLike) -> Graph:
    """Motor of n >= 2 states per step: u_i from state i to i + 1, w_i from state i back to i - 1.

    M. E. Fisher and A. B. Kolomeisky, Proc. Natl. Acad. Sci. USA 96, 6597 (1999), 10.1073/pnas.96.12.6597.
    """
    u, w = np.asarray(forward, float), np.asarray(backward, float)
    n = len(u)
    if n < 2 or w.shape != u.shape:
        raise ValueError(f"rates of shapes {u.shape} and {w.shape}, expected n >= 2 each")
    i = np.arange(n)
    return np.c_[i, (i + 1) % n], np.c_[u, np.roll(w, -1)]


def two_state_motor(forward: npt.ArrayLike, backward: npt.ArrayLike) -> tuple[float, float, float]:
    """Velocity and diffusion coefficient, in steps of two states, and entropy production of a `motor` of two states.

    v = (u0 u1 - w0 w1)/s, D = (u0 u1 + w0 w1 - 2 v^2)/2s, s = u0 + u1 + w0 + w1, EPR = v ln(u0 u1/w0 w1). As `motor`;
    it agrees with `network.current_moments`.
    """
    u0, u1 = np.asarray(forward, float)
    w0, w1 = np.asarray(backward, float)
    total = u0 + u1 + w0 + w1
    v = (u0 * u1 - w0 * w1) / total
    affinity = math.log(u0 * u1 / (w0 * w1)) if w0 * w1 > 0 else math.inf
    return float(v), float((u0 * u1 + w0 * w1 - 2 * v**2) / (2 * total)), float(v * affinity)


def driven_work(
    generators: npt.ArrayLike, energies: npt.ArrayLike, p: npt.ArrayLike, stair: float, temperature: float = 1.0
) -> tuple[float, float, Array]:
    """Mean work, mean of exp(-work/T), and final law of energies that rise in stairs; any law ``p`` (n,) at the start.

    ``energies`` is (s + 1, n), those before the start and on each stair, ``generators`` (s, n, n) on each stair, which
    lasts ``stair``. At each step w += E_new - E_old, then the state jumps at constant rates: a recursion of p for the
    mean and of p exp(-w/T) for the exponential mean, both exact for the staircase itself. With p the equilibrium
    law and generators that obey detailed balance the second is exp(-dF/T) (C. Jarzynski, Phys. Rev. Lett. 78, 2690
    (1997), 10.1103/PhysRevLett.78.2690).
    """
    energy, law = np.asarray(energies, float), np.asarray(p, float)
    chain = np.asarray(generators, float)
    if energy.ndim != 2 or chain.shape != (len(energy) - 1, *2 * energy.shape[1:]) or law.shape != energy.shape[1:]:
        raise ValueError(
            f"generators {chain.shape}, energies {energy.shape}, p {law.shape}: expected (s, n, n), (s + 1, n), (n,)"
        )
    work, tilted = 0.0, law
    for one, rise in zip(chain, np.diff(energy, axis=0), strict=True):
        work += float(law @ rise)
        law = network.propagate(one, law, stair)
        tilted = network.propagate(one, tilted * np.exp(-rise / temperature), stair)
    return work, float(tilted.sum()), law


def two_level(energies: npt.ArrayLike, temperature: float = 1.0, rate: float = 1.0) -> Array:
    """Generators (..., 2, 2) of a level at 0 and one at E of ``energies`` (...): rates e^(-E/2T) up, e^(E/2T) down."""
    half = np.asarray(energies, float) / (2 * temperature)
    up, down = rate * np.exp(-half), rate * np.exp(half)
    return np.moveaxis(np.array([[-up, down], [up, -down]]), (0, 1), (-2, -1))


def two_level_work(energies: npt.ArrayLike, occupation: float, stair: float, temperature: float = 1.0) -> float:
    """Mean work on a `two_level` system: the upper level starts at E[0] with ``occupation`` and takes the stairs E[1:].

    w += p dE, then p <- e + (p - e) exp[-2 cosh(E/2T) t], e = 1/(1 + e^(E/T)): the master equation solved by hand.
    """
    energy, p, work = np.asarray(energies, float), occupation, 0.0
    for before, after in pairwise(energy):
        work += p * (after - before)
        rest = 1 / (1 + math.exp(after / temperature))
        p = rest + (p - rest) * math.exp(-2 * math.cosh(after / (2 * temperature)) * stair)
    return float(work)


def extractable_work(p: npt.ArrayLike, energies: npt.ArrayLike, temperature: float = 1.0) -> float:
    """Most work that a law ``p`` (n,) gives away at constant energies (n,): T sum p ln(p/p_eq), p_eq ~ exp(-E/T).

    Nonequilibrium free energy less that of equilibrium (M. Esposito and C. Van den Broeck, EPL 95, 40004 (2011),
    10.1209/0295-5075/95/40004); a quench to E = -T ln p and a slow return reach it.
    """
    law, energy = np.asarray(p, float), np.asarray(energies, float) / temperature
    log_z = np.logaddexp.reduce(-energy)
    known = law > 0
    return float(temperature * (law[known] @ (np.log(law[known]) + energy[known] + log_z)))
