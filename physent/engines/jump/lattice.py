"""Kernels of particles on sites: every event is a hop, found in lists of the bonds over which a particle can move.

Bond b of a ring leads from site b to the next; bond b of an open line leads to site b, so that bonds 0 and L are those
to the reservoirs, and are in no list. The direct method in classes of equal rates (Bortz, Kalos and Lebowitz (1975),
J. Comput. Phys. 17, 10, doi 10.1016/0021-9991(75)90060-1): the cost of an event does not depend on the number of sites.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit, njit_inline
from physent.core.stepping import by_work
from physent.engines.jump.jumps import BELOW_ONE, wait
from physent.typing import Floats, Integers


class Rates(NamedTuple):
    """Rates of a leg, and the entropy that each event brings to the medium (its reverse takes as much)."""

    right: float
    left: float
    into_first: float
    out_of_first: float
    into_last: float
    out_of_last: float
    entropy_right: float  # of a hop to the right
    entropy_first: float  # of a particle that enters from the left
    entropy_last: float  # of one that leaves to the right
    ring: bool
    keys: npt.NDArray[np.uint64]  # (replica,)


class Sites(NamedTuple):
    """All that moves, by replica."""

    sites: Integers  # (replica, L) int8, 1 if full
    bonds: Integers  # (replica, 2, bond) int32: lists of those to move over to the right, and to the left
    lengths: Integers  # (replica, 2) of these lists
    place: Integers  # (replica, bond) int32 of a bond in its list
    events: Integers  # jumps made: the counter of random numbers
    since: Floats  # time of the last jump, or of a later change of the rates
    left: Floats  # what was left then of the unit exponential of the next jump
    now: Floats  # time reached
    net: Integers  # (replica, bond) passages to the right less those to the left
    changed: Floats  # (replica, L) time at which a site was filled or emptied
    occupied: Floats  # (replica, L) time for which it was full, up to then
    entropy: Floats


@njit_inline
def ends(bond: int, count: int, ring: bool) -> tuple[int, int]:
    """Sites to the left and right of a bond; one beyond the end of a line is -1 or ``count``."""
    return (bond, bond + 1 if bond + 1 < count else 0) if ring else (bond - 1, bond)


@njit_inline
def enlist(r: int, bond: int, ring: bool, now: Sites) -> None:
    """Put a bond on the list to which the occupation of its sites assigns it."""
    count = now.sites.shape[1]
    a, b = ends(bond, count, ring)
    if a < 0 or b >= count or now.sites[r, a] == now.sites[r, b]:
        return
    kind = 0 if now.sites[r, a] else 1
    place = now.lengths[r, kind]
    now.bonds[r, kind, place] = bond
    now.place[r, bond] = place
    now.lengths[r, kind] = place + 1


@njit_inline
def strike(r: int, bond: int, ring: bool, now: Sites) -> None:
    """Take a bond off its list, before the occupation changes: the last of the list takes its place."""
    count = now.sites.shape[1]
    a, b = ends(bond, count, ring)
    if a < 0 or b >= count or now.sites[r, a] == now.sites[r, b]:
        return
    kind = 0 if now.sites[r, a] else 1
    last = now.lengths[r, kind] - 1
    moved, place = now.bonds[r, kind, last], now.place[r, bond]
    now.bonds[r, kind, place] = moved
    now.place[r, moved] = place
    now.lengths[r, kind] = last


@njit_inline
def flip(r: int, site: int, due: float, now: Sites) -> None:
    """Fill an empty site, or empty a full one."""
    if now.sites[r, site]:
        now.occupied[r, site] += due - now.changed[r, site]
    now.sites[r, site] = 1 - now.sites[r, site]
    now.changed[r, site] = due


@njit_inline
def pass_bond(r: int, bond: int, due: float, ring: bool, now: Sites) -> None:
    """Move a particle over a bond, either way; a reservoir is beyond bonds 0 and L of a line."""
    count = now.sites.shape[1]
    a, b = ends(bond, count, ring)
    bonds = now.net.shape[1]
    before = bond - 1 if bond > 0 else bonds - 1
    after = bond + 1 if bond + 1 < bonds else 0
    # A line of bonds need not be closed here: those beyond its ends are those to the reservoirs, which no list has.
    strike(r, before, ring, now)
    strike(r, bond, ring, now)
    strike(r, after, ring, now)
    if a >= 0:
        flip(r, a, due, now)
    if b < count:
        flip(r, b, due, now)
    enlist(r, before, ring, now)
    enlist(r, bond, ring, now)
    enlist(r, after, ring, now)


@njit_inline
def ends_rates(r: int, rates: Rates, now: Sites) -> tuple[float, float]:
    """Rates of the events at the first and the last site; 0 in a ring."""
    first = rates.out_of_first if now.sites[r, 0] else rates.into_first
    last = rates.out_of_last if now.sites[r, -1] else rates.into_last
    return first, last


@njit_inline
def event(r: int, u: float, due: float, rates: Rates, now: Sites) -> None:
    """The event at the share ``u`` of the total rate."""
    first, last = ends_rates(r, rates, now)
    to_right = rates.right * now.lengths[r, 0]
    to_left = to_right + rates.left * now.lengths[r, 1]
    at_first = to_left + first
    total = at_first + last
    x = min(u * total, BELOW_ONE * total)  # strictly below, so that no event of rate 0 is chosen
    if x < to_right:
        bond = now.bonds[r, 0, min(int(x / rates.right), now.lengths[r, 0] - 1)]
        way, entropy = 1, rates.entropy_right
    elif x < to_left:
        bond = now.bonds[r, 1, min(int((x - to_right) / rates.left), now.lengths[r, 1] - 1)]
        way, entropy = -1, rates.entropy_right
    elif x < at_first:
        bond, way, entropy = 0, 1 - 2 * now.sites[r, 0], rates.entropy_first
    else:
        bond, way, entropy = now.net.shape[1] - 1, 2 * now.sites[r, -1] - 1, rates.entropy_last
    now.net[r, bond] += way
    now.entropy[r] += way * entropy
    pass_bond(r, bond, due, rates.ring, now)


@njit_inline
def total_rate(r: int, rates: Rates, now: Sites) -> float:
    """Sum of the rates of all events."""
    first, last = ends_rates(r, rates, now)
    return float(rates.right * now.lengths[r, 0] + rates.left * now.lengths[r, 1] + first + last)


@njit_inline
def carry(r: int, target: float, budget: int, rates: Rates, now: Sites) -> int:
    """Towards the time ``target``, at most ``budget`` events."""
    for done in range(budget):
        due = now.since[r] + now.left[r] / total_rate(r, rates, now)
        if not due <= target:
            now.now[r] = target
            return done
        now.events[r] += 1
        now.left[r], u = wait(rates.keys[r], now.events[r])
        event(r, u, due, rates, now)
        now.since[r] = due
    now.now[r] = now.since[r]
    return budget


advance = by_work(carry)
"""``advance(first, last, target, budget, rates, now)``."""


@njit
def begin(rates: Rates, now: Sites) -> None:
    """Fill the lists, and draw the first waiting times."""
    for r in range(len(now.left)):
        now.left[r] = wait(rates.keys[r], 0)[0]
        for bond in range(now.net.shape[1]):
            enlist(r, bond, rates.ring, now)


@njit
def hold(rates: Rates, now: Sites) -> None:
    """Close the account of the waiting times, before the rates change."""
    for r in range(len(now.left)):
        now.left[r] = max(0.0, now.left[r] - (now.now[r] - now.since[r]) * total_rate(r, rates, now))
        now.since[r] = now.now[r]
