"""Exclusion processes on a line of L sites: exact currents, and the master equation of small lattices.

Each site is empty or has one particle. Rates per unit of time: ``hop_right`` and ``hop_left`` to an empty neighbour,
``inject_left`` and ``eject_left`` at the first site, ``inject_right`` and ``eject_right`` at the last. Currents are
particles per unit of time, positive to the right.
"""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from scipy import special

from physent.theory import network
from physent.theory.network import Array
from physent.theory.small_networks import Graph


def tasep_current(sites: int, inject: float, eject: float) -> float:
    """Current of the totally asymmetric process, hop_right 1, inject_left ``inject``, eject_right ``eject``, both > 0.

    J = B_(L-1)/B_L, B_n = sum_{k=1..n} k C(2n-1-k, n-1)/n sum_{q=0..k} inject^-q eject^(q-k), B_0 = 1, by logarithms
    (B. Derrida, M. R. Evans, V. Hakim and V. Pasquier, J. Phys. A 26, 1493 (1993), 10.1088/0305-4470/26/7/011).
    """
    _positive(sites=sites, inject=inject, eject=eject)
    return math.exp(_log_weight(sites - 1, inject, eject) - _log_weight(sites, inject, eject))


def tasep_limit(inject: float, eject: float) -> float:
    """`tasep_current` of an infinite line: r(1 - r) with r = min(inject, eject, 1/2).

    Low density, high density and maximal current (reference of `tasep_current`). A line of L sites has more, by
    3/8L in the phase of maximal current.
    """
    _positive(inject=inject, eject=eject)
    density = min(inject, eject, 0.5)
    return density * (1 - density)


def ring_current(sites: int, particles: int, hop_right: float = 1.0, hop_left: float = 0.0) -> tuple[float, float]:
    """Current through a bond and entropy production of the process on a ring of L sites with n particles.

    Every configuration is equally likely, so J = (p - q) n (L - n)/(L (L - 1)) and EPR = L J ln(p/q): infinite if one
    rate is 0. The law: as many ways lead out of a configuration as into it (F. Spitzer, Adv. Math. 5, 246 (1970),
    10.1016/0001-8708(70)90034-4).
    """
    if not 0 <= particles <= sites or sites < 2:
        raise ValueError(f"{particles} particles on {sites} sites, expected 0 to {sites} on two or more")
    chance = particles * (sites - particles) / (sites * (sites - 1))
    dissipated = special.rel_entr(hop_right, hop_left) + special.rel_entr(hop_left, hop_right)
    return (hop_right - hop_left) * chance, float(sites * chance * dissipated) if chance else 0.0


def ssep(
    sites: int, inject_left: float, eject_left: float, inject_right: float, eject_right: float
) -> tuple[float, float, Array]:
    """Current, entropy production and mean occupation (L,) of the symmetric process, both hops at rate 1.

    J = (r_l - r_r)/(L - 1 + 1/a + 1/b), a = inject_left + eject_left, r_l = inject_left/a, b and r_r of the right
    end, and EPR = J ln[inject_left eject_right/(eject_left inject_right)]; the occupation falls by J per bond and by
    J/a at the end: mean occupations obey the lattice diffusion equation (B. Derrida, J. Stat. Mech. (2007) P07023,
    10.1088/1742-5468/2007/07/P07023). ValueError unless both ends exchange particles.
    """
    left, right = inject_left + eject_left, inject_right + eject_right
    _positive(sites=sites, left=left, right=right)
    start = inject_left / left
    current = (start - inject_right / right) / (sites - 1 + 1 / left + 1 / right)
    into, out = inject_left * eject_right, eject_left * inject_right
    with np.errstate(divide="ignore"):
        affinity = float(np.log(np.float64(into)) - np.log(np.float64(out))) if into != out else 0.0
    return current, current * affinity, np.asarray(start - current * (1 / left + np.arange(sites)), float)


def lattice(
    sites: int,
    hop_right: float = 1.0,
    hop_left: float = 0.0,
    *,
    inject_left: float = 0.0,
    eject_left: float = 0.0,
    inject_right: float = 0.0,
    eject_right: float = 0.0,
) -> tuple[Graph, Array]:
    """Graph of all 2^L configurations of an open line, and the bonds that its edges pass, (m,): 0 at the left end to L.

    State s has a particle on site i if bit i of s is set. Edges lead to the right, so that
    ``network.currents`` summed over the edges of any one bond is the particle current. ValueError beyond 4096 states.
    """
    if not 1 <= sites <= 12:
        raise ValueError(f"{sites} sites, expected 1 to 12: {network.LARGEST} configurations")
    state = np.arange(2**sites)
    edges, rates, bonds = [], [], []
    for bond in range(sites + 1):
        before, after = 1 << (bond - 1) if bond else 0, 1 << bond if bond < sites else 0
        start = state[(state & before == before) & (state & after == 0)]
        edges.append(np.c_[start, start - before + after])
        there = inject_left if bond == 0 else eject_right if bond == sites else hop_right
        back = eject_left if bond == 0 else inject_right if bond == sites else hop_left
        rates.append(np.tile([there, back], (len(start), 1)))
        bonds.append(np.full(len(start), bond))
    return (np.concatenate(edges), np.concatenate(rates)), np.concatenate(bonds).astype(float)


def ring_lattice(sites: int, particles: int, hop_right: float = 1.0, hop_left: float = 0.0) -> tuple[Graph, Array]:
    """Graph of all configurations of n particles on a ring of L >= 3 sites, and bonds (m,): bond i is from i to i + 1.

    States are in the order of `itertools.combinations` of the occupied sites. ValueError beyond 4096 states.
    """
    if sites < 3 or not 0 < particles < sites or math.comb(sites, particles) > network.LARGEST:
        raise ValueError(f"{particles} particles on {sites} sites, expected at most {network.LARGEST} configurations")
    number = {one: i for i, one in enumerate(combinations(range(sites), particles))}
    found = [
        (number[one], number[tuple(sorted({*one} - {site} | {(site + 1) % sites}))], site)
        for one in number
        for site in one
        if (site + 1) % sites not in one
    ]
    table = np.array(found)
    return (table[:, :2], np.tile([hop_right, hop_left], (len(table), 1))), table[:, 2].astype(float)


def _log_weight(n: int, inject: float, eject: float) -> float:
    if n == 0:
        return 0.0
    k = np.arange(1, n + 1)
    top = max(1 / inject, 1 / eject)
    x, y = 1 / inject / top, 1 / eject / top
    term, sums = 1.0, np.empty(n)
    for i in range(n):
        term = x * term + y ** (i + 1)
        sums[i] = term
    logs = np.log(k / n) + special.gammaln(2 * n - k) - special.gammaln(n) - special.gammaln(n - k + 1)
    return float(special.logsumexp(logs + np.log(sums) + k * math.log(top)))


def _positive(**given: float) -> None:
    for name, value in given.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name} is {value}, expected a positive number")
