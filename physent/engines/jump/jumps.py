"""Kernels of jumps on a network: direct method on rows of channels, energies that are driven in stairs, the ledger.

Gillespie (1976), J. Comput. Phys. 22, 403, doi 10.1016/0021-9991(76)90041-3. The waiting time is a unit exponential
less the integral of the total rate, so that its remainder survives a change of the rates (Gibson and Bruck (2000),
J. Phys. Chem. A 104, 1876, doi 10.1021/jp993732q): the process is exact for the staircase of energies.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit, njit_inline
from physent.core.mathfun import log_positive
from physent.core.random import uniforms
from physent.core.stepping import by_work
from physent.typing import Floats, Integers

BELOW_ONE = 1.0 - 2.0**-53
BISECT_FROM = 64  # entries of a row from which its search begins by halving
HEAT, WORK, ENTROPY = range(3)  # columns of Walk.sums
COUNT_OF_SUMS = 3


class Table(NamedTuple):
    """Rows of channels: entries ``first[s]`` to ``first[s + 1]`` leave state s. All are fixed during a leg but two."""

    first: Integers  # (n + 1,)
    source: Integers  # (entry,)
    target: Integers  # (entry,)
    channel: Integers  # (entry,)
    sign: Integers  # (entry,) 1 forward, -1 backward
    prefactor: Floats  # (entry,)
    barrier: Floats  # (entry,) NaN: the mean of both energies
    drive: Floats  # (entry,) work of the jump; without energies ln(k_ij/k_ji)
    beta: float  # 1/T
    steepness: float  # 1/T in the rates; 0 without energies
    step: float  # length of a stair; infinite if nothing is driven
    group: Integers  # (n,) of the state, for dwell times; -1: none
    width: float  # of the bins of dwell times
    keys: npt.NDArray[np.uint64]  # (replica,) streams of noise


class Stairs(NamedTuple):
    """Energies and rates of the stairs ``begin``, ``begin`` + 1, ... of one call."""

    begin: int
    energy: Floats  # (half-step, n) from half-step 2 begin
    cumulative: Floats  # (stair, entry) sums of the rates along each row


class Walk(NamedTuple):
    """All that moves, by replica."""

    state: Integers
    events: Integers  # jumps made: the counter of random numbers
    half: Integers  # half-steps of the driving made; odd: on a stair
    since: Floats  # time of the last jump, or of a later change of the rates
    left: Floats  # what was left then of the unit exponential of the next jump
    now: Floats  # time reached
    entered: Floats  # time at which the group of states was entered; negative: before the run
    times: Floats  # (replica, n) spent in each state until ``since``
    net: Integers  # (replica, m) passages of each channel, forward less backward
    sums: Floats  # (replica, 3)
    stays: Integers  # (replica, group, bin)
    stay_sums: Floats  # (replica, group, 2) of dwell times and of their squares


@njit
def accumulate(table: Table, energy: Floats, out: Floats) -> None:
    """Sums of the rates along each row (stair, entry), from the energies (half-step, n): stairs have odd ones."""
    for k in range(len(out)):
        here = energy[min(2 * k + 1, len(energy) - 1)]
        for s in range(len(table.first) - 1):
            total = 0.0
            for e in range(table.first[s], table.first[s + 1]):
                top = table.barrier[e]
                if np.isnan(top):
                    top = 0.5 * (here[s] + here[table.target[e]])
                total += table.prefactor[e] * np.exp(table.steepness * (here[s] - top + 0.5 * table.drive[e]))
                out[k, e] = total


@njit_inline
def wait(key: np.uint64, event: int) -> tuple[float, float]:
    """The unit exponential after an event, and the uniform number that chose the event."""
    first, second = uniforms(key, event, 0, 0)
    return -log_positive(first), second


@njit
def begin(walk: Walk, table: Table) -> None:
    """Draw the first waiting times."""
    for replica in range(len(walk.left)):
        walk.left[replica] = wait(table.keys[replica], 0)[0]


@njit_inline
def total_rate(table: Table, sums: Floats, s: int) -> float:
    """Rate of leaving state s; ``sums`` (entry,)."""
    return sums[table.first[s + 1] - 1] if table.first[s + 1] > table.first[s] else 0.0


@njit
def hold(walk: Walk, table: Table, sums: Floats) -> None:
    """Close the account of the time until now, before the rates change; ``sums`` (entry,) are those until now."""
    for replica in range(len(walk.state)):
        s, elapsed = walk.state[replica], walk.now[replica] - walk.since[replica]
        if elapsed > 0.0:
            walk.left[replica] = max(0.0, walk.left[replica] - elapsed * total_rate(table, sums, s))
            walk.times[replica, s] += elapsed
            walk.since[replica] = walk.now[replica]


@njit_inline
def choose(table: Table, sums: Floats, s: int, u: float) -> int:
    """The entry of the row of s at the share ``u`` of its total rate."""
    low, high = table.first[s], table.first[s + 1] - 1
    x = min(u * sums[high], BELOW_ONE * sums[high])  # strictly below, so that no entry of rate 0 is chosen
    while high - low > BISECT_FROM:
        middle = (low + high) // 2
        low, high = (low, middle) if sums[middle] > x else (middle + 1, high)
    while sums[low] <= x:
        low += 1
    return low


@njit_inline
def leave_group(walk: Walk, table: Table, replica: int, s: int, then: int, due: float) -> None:
    """Record the dwell time in the group of s, if the jump to ``then`` leaves it."""
    group = table.group[s]
    if group == table.group[then]:
        return
    if group >= 0 and walk.entered[replica] >= 0.0:
        stay = due - walk.entered[replica]
        walk.stays[replica, group, int(min(stay / table.width, walk.stays.shape[2] - 1.0))] += 1
        walk.stay_sums[replica, group, 0] += stay
        walk.stay_sums[replica, group, 1] += stay * stay
    walk.entered[replica] = due


@njit_inline
def jump_until(replica: int, stop: float, budget: int, walk: Walk, table: Table, energy: Floats, sums: Floats) -> int:
    """Jumps at constant rates up to the time ``stop``, at most ``budget``; how many were made."""
    s, since, left = walk.state[replica], walk.since[replica], walk.left[replica]
    made = 0
    while made < budget:
        due = since + left / total_rate(table, sums, s)
        if not due <= stop:
            break
        made += 1
        left, u = wait(table.keys[replica], walk.events[replica] + made)
        entry = choose(table, sums, s, u)
        then, drive = table.target[entry], table.drive[entry]
        flow = energy[s] - energy[then] + drive
        walk.sums[replica, HEAT] += flow
        walk.sums[replica, WORK] += drive
        walk.sums[replica, ENTROPY] += flow * table.beta
        walk.net[replica, table.channel[entry]] += table.sign[entry]
        walk.times[replica, s] += due - since
        leave_group(walk, table, replica, s, then, due)
        s, since = then, due
    walk.state[replica], walk.since[replica], walk.left[replica] = s, since, left
    walk.events[replica] += made
    return made


@njit_inline
def carry(replica: int, target: tuple[float, int], budget: int, walk: Walk, table: Table, stairs: Stairs) -> int:
    """Towards the time and the half-step ``target``; jumps and changes of the energies are the work that is counted."""
    done = 0
    while done < budget:
        half = walk.half[replica]
        row = half - 2 * stairs.begin
        if half % 2 == 0:
            if half >= target[1]:
                break
            s = walk.state[replica]
            walk.sums[replica, WORK] += stairs.energy[row + 1, s] - stairs.energy[row, s]
            walk.half[replica] = half + 1
            continue
        end = (half // 2 + 1) * table.step
        stop = min(end, target[0])
        rates, energy = stairs.cumulative[row // 2], stairs.energy[row]
        done += jump_until(replica, stop, budget - done, walk, table, energy, rates)
        if done >= budget:
            break
        walk.now[replica] = stop
        if stop < end:
            break
        s, elapsed = walk.state[replica], end - walk.since[replica]
        walk.left[replica] = max(0.0, walk.left[replica] - elapsed * total_rate(table, rates, s))
        walk.times[replica, s] += elapsed
        walk.since[replica] = end
        walk.sums[replica, WORK] += stairs.energy[row + 1, s] - energy[s]
        walk.half[replica] = half + 1
        done += 1
    walk.now[replica] = max(walk.now[replica], walk.since[replica])
    return done


advance = by_work(carry)
"""``advance(first, last, target, budget, walk, table, stairs)``."""
