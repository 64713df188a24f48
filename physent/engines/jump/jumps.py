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
from physent.core.simd import widen
from physent.core.stepping import by_work
from physent.typing import Floats, Integers

BELOW_ONE = 1.0 - 2.0**-53
DRAWS = 32  # events whose random numbers are drawn at once
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
    pause: Floats  # (stair, n) mean time until a jump; infinite if there is no way out


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
def accumulate(table: Table, energy: Floats, out: Floats, pause: Floats) -> None:
    """Fill in `Stairs.cumulative` and `Stairs.pause` from the energies (half-step, n): stairs have odd half-steps."""
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
            pause[k, s] = 1.0 / total


@njit_inline
def wait(key: np.uint64, event: int) -> tuple[float, float]:
    """The unit exponential after an event, and the uniform number that chose the event."""
    first, second = uniforms(key, event, 0, 0)
    return -log_positive(first), second


@njit
def draw(key: np.uint64, event: int, waits: Floats, choices: Floats) -> None:
    """`wait` for `DRAWS` events from ``event`` on, in vectors."""
    widen()
    for j in range(DRAWS):
        waits[np.uint64(j)], choices[np.uint64(j)] = uniforms(key, event + j, 0, 0)
    for j in range(DRAWS):
        waits[np.uint64(j)] = -log_positive(waits[np.uint64(j)])


@njit
def begin(walk: Walk, table: Table) -> None:
    """Draw the first waiting times."""
    for replica in range(len(walk.left)):
        walk.left[replica] = wait(table.keys[replica], 0)[0]


@njit_inline
def choose(sums: Floats, low: int, high: int, u: float) -> int:
    """The entry from ``low`` to ``high`` of a row of ``sums`` at the share ``u`` of its total rate."""
    x = min(u * sums[high], BELOW_ONE * sums[high])  # strictly below, so that no entry of rate 0 is chosen
    while high - low > BISECT_FROM:
        middle = (low + high) // 2
        if sums[middle] > x:
            high = middle
        else:
            low = middle + 1
    entry = low  # sums grow along the row: their number, without a branch that no processor can predict
    for k in range(low, high):
        entry += sums[k] <= x
    return entry


@njit_inline
def carry(r: int, target: tuple[float, int], budget: int, walk: Walk, table: Table, stairs: Stairs) -> int:
    """Towards the time and the half-step ``target``; jumps and stairs are the work that is counted."""
    # Names for what the loop uses: a call with a tuple of arrays in it would count their references.
    first, then, channel, sign, drive = table.first, table.target, table.channel, table.sign, table.drive
    key, group, rates, energy, pause = table.keys[r], table.group, stairs.cumulative, stairs.energy, stairs.pause
    times, net, sums, stays, stay_sums = walk.times[r], walk.net[r], walk.sums[r], walk.stays[r], walk.stay_sums[r]
    s, since, left, entered, number = walk.state[r], walk.since[r], walk.left[r], walk.entered[r], walk.events[r]
    now, row, rows, done = walk.now[r], walk.half[r] - 2 * stairs.begin, target[1] - 2 * stairs.begin, 0
    if row % 2 == 0 and row < rows:
        sums[WORK] += energy[row + 1, s] - energy[row, s]
        row += 1
    end = (stairs.begin + row // 2 + 1) * table.step
    stop = min(end, target[0])
    waits, choices, drawn = np.empty(DRAWS), np.empty(DRAWS), number
    while done < budget and row % 2 == 1 and row < rows:  # one that is ahead of the stairs of this call waits
        due = since + left * pause[row // 2, s]
        if due <= stop:
            if number == drawn:
                draw(key, number + 1, waits, choices)
                drawn += DRAWS
            left, u = waits[number - drawn + DRAWS], choices[number - drawn + DRAWS]
            entry = choose(rates[row // 2], first[s], first[s + 1] - 1, u)
            to = then[entry]
            flow = energy[row, s] - energy[row, to] + drive[entry]
            sums[HEAT] += flow
            sums[WORK] += drive[entry]
            sums[ENTROPY] += flow * table.beta
            net[channel[entry]] += sign[entry]
            times[s] += due - since
            if group[s] != group[to]:
                if group[s] >= 0 and entered >= 0.0:
                    stay = due - entered
                    stays[group[s], int(min(stay / table.width, stays.shape[1] - 1.0))] += 1
                    stay_sums[group[s], 0] += stay
                    stay_sums[group[s], 1] += stay * stay
                entered = due
            s, since, number = to, due, number + 1
        elif stop < end:
            now = stop
            break
        else:
            left = max(0.0, left - (end - since) / pause[row // 2, s])
            times[s] += end - since
            sums[WORK] += energy[row + 1, s] - energy[row, s]
            since, row = end, row + 1
            if row < rows:
                sums[WORK] += energy[row + 1, s] - energy[row, s]
                row += 1
                end = (stairs.begin + row // 2 + 1) * table.step
                stop = min(end, target[0])
        done += 1
    walk.state[r], walk.since[r], walk.left[r], walk.entered[r], walk.events[r] = s, since, left, entered, number
    walk.now[r], walk.half[r] = max(now, since), row + 2 * stairs.begin
    return done


advance = by_work(carry)
"""``advance(first, last, target, budget, walk, table, stairs)``."""


@njit
def hold(walk: Walk, pause: Floats) -> None:
    """Close the account of the time reached, before a protocol changes the rates; ``pause`` (n,) is that until now."""
    for r in range(len(walk.state)):
        s, elapsed = walk.state[r], walk.now[r] - walk.since[r]
        walk.left[r] = max(0.0, walk.left[r] - elapsed / pause[s])
        walk.times[r, s] += elapsed
        walk.since[r] = walk.now[r]
