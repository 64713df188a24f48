"""Adaptive integration in the interaction picture on a CUDA device (`interaction`): one block per wave.

A thread holds sixteen points, as in `physent.core.cuda.fft`. Phases and slopes of the stages are in memory; each wave
has its own step, chosen by the functions of the CPU. Spectra are in the order of the frequencies.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numba import cuda, float64

from physent.core.cuda import fft
from physent.core.cuda.fft import multiply, put, take
from physent.core.cuda.launch import TYPICAL, Kernel, device_function, kernel
from physent.core.cuda.plain import plain
from physent.core.cuda.pointwise import cubic_all
from physent.engines.nlse.interaction import (
    COLUMN,
    COUNT,
    ERROR_3,
    ERROR_5,
    FAST,
    MOST_NOISE,
    NODES,
    NOISE,
    ROUND_OFF,
    STAGES,
    WEIGHT,
    WEIGHTS,
    Clocks,
    control,
    divide,
    parts,
    turned,
)

PHASES, SLOPES = 2, 2 + STAGES
ROWS = 2 + 2 * STAGES
"""Rows of scratch per wave, each of real and imaginary parts: two spectra, phases and slopes of the stages."""

CLOCKS = "float64[::1], float64[::1], float64[::1], int64[::1], int64[::1], int64[::1], float64[::1]"


@device_function
def _fill_phases(own: Any, t: int, threads: int, square: Any, kept: Any, scale: float) -> None:
    """exp(-i k^2/2 c_s h) of every stage; ``scale`` is the phase of mode 1 per step, in turns."""
    for stage in range(STAGES):
        high, middle, low = parts(NODES[stage] * scale)
        for j in range(t, square.shape[0], threads):
            s, c = turned(square[j], high, middle, low)
            own[PHASES + stage, 0, j], own[PHASES + stage, 1, j] = kept[j] * c, -kept[j] * s


@device_function
def _plus(z: Any, weight: float, k: Any) -> Any:
    a, b, c, d = z
    return (
        _plus_four(a, weight, k[0]),
        _plus_four(b, weight, k[1]),
        _plus_four(c, weight, k[2]),
        _plus_four(d, weight, k[3]),
    )


@device_function
def _plus_four(z: Any, weight: float, k: Any) -> Any:
    return z[0] + weight * k[0], z[1] + weight * k[1], z[2] + weight * k[2], z[3] + weight * k[3]


@device_function
def _close(own: Any, here: int, t: int, threads: int, n: int, step: float, room: Any) -> Any:
    """Set the other spectrum to that at the end of the step; returns what `interaction` does, on all threads."""
    fifth = third = norm = slope = 0.0
    for j in range(t, n, threads):
        r, i = own[here, 0, j], own[here, 1, j]
        norm += r * r + i * i
        kr, ki = own[SLOPES, 0, j], own[SLOPES, 1, j]
        slope += kr * kr + ki * ki
        r5 = i5 = r3 = i3 = 0.0
        for term in range(COUNT[WEIGHTS]):
            column = SLOPES + COLUMN[WEIGHTS, term]
            kr, ki = own[column, 0, j], own[column, 1, j]
            weight = step * WEIGHT[WEIGHTS, term]
            r, i = r + weight * kr, i + weight * ki
            r5, i5 = r5 + WEIGHT[ERROR_5, term] * kr, i5 + WEIGHT[ERROR_5, term] * ki
            r3, i3 = r3 + WEIGHT[ERROR_3, term] * kr, i3 + WEIGHT[ERROR_3, term] * ki
        fifth += r5 * r5 + i5 * i5
        third += r3 * r3 + i3 * i3
        c, s = own[PHASES + STAGES - 1, 0, j], own[PHASES + STAGES - 1, 1, j]
        own[1 - here, 0, j], own[1 - here, 1, j] = r * c - i * s, r * s + i * c
    cuda.syncthreads()
    room[t], room[threads + t], room[2 * threads + t], room[3 * threads + t] = fifth, third, norm, slope
    half = threads // 2
    while half > 0:
        cuda.syncthreads()
        if t < half:
            for row in range(4):
                room[row * threads + t] += room[row * threads + t + half]
        half //= 2
    cuda.syncthreads()
    rate, third, norm, slope = room[0], room[threads], np.sqrt(room[2 * threads]), np.sqrt(room[3 * threads])
    cuda.syncthreads()
    if rate > 0.0:
        rate = rate / np.sqrt(rate + 0.01 * third)
    return min(np.inf, rate), norm, slope


@device_function
def _clear(own: Any, here: int, t: int, threads: int, square: Any, scale: float, floor: float) -> None:
    for j in range(t, square.shape[0], threads):
        small = own[here, 0, j] ** 2 + own[here, 1, j] ** 2 < floor**2
        if square[j] * scale > FAST and small:
            own[here, 0, j], own[here, 1, j] = 0.0, 0.0


@lru_cache(maxsize=16)
def steps_of(n: int, shifted: bool) -> Kernel:
    """Kernel of `interaction.adaptive_steps` for waves of ``n`` points, of at most ``budget`` steps of each."""
    transform = fft.transform_of(n)
    threads, size, run, places = transform.threads, transform.room, transform.run, transform.places
    nothing, base = ((0.0,) * 4,) * 4, np.uint64(0)

    @device_function
    def slope_of(
        own: Any,
        here: int,
        stage: int,
        t: Any,
        step: float,
        factor: float,
        shift: Any,
        shared: Any,
        twiddles: Any,
    ) -> None:
        r, i = take(own[here, 0], t, places), take(own[here, 1], t, places)
        for term in range(COUNT[stage]):
            weight, column = step * WEIGHT[stage, term], SLOPES + COLUMN[stage, term]
            r = _plus(r, weight, take(own[column, 0], t, places))
            i = _plus(i, weight, take(own[column, 1], t, places))
        phase = own[PHASES + stage]
        r, i = multiply(r, i, phase[0], phase[1], t, places)
        i, r = run(i, r, t, shared, base, twiddles)
        r, i = cubic_all(r, i, factor, take(shift, t, places) if shifted else nothing)
        r, i = run(r, i, t, shared, base, twiddles)
        # With real and imaginary parts exchanged, the product is with the conjugate.
        i, r = multiply(i, r, phase[0], phase[1], t, places)
        put(own[SLOPES + stage, 0], t, places, r)
        put(own[SLOPES + stage, 1], t, places, i)

    @kernel(
        f"void(complex128[:, ::1], {CLOCKS}, float64, float64, int64, float64[::1], float64[::1], float64[::1], "
        "float64, float64, float64[:, :, :, ::1], float64[:, ::1])",
        threads=threads,
    )
    def adaptive_steps(
        spectrum: Any, time: Any, step: Any, proposal: Any, left: Any, evaluations: Any, rejections: Any, missed: Any,
        target: float, tolerance: float, budget: int, square: Any, kept: Any, shift: Any, turns: float, sign: float,
        scratch: Any, twiddles: Any,
    ) -> None:  # fmt: skip
        shared = cuda.shared.array(size, float64)
        r, t = cuda.blockIdx.x, cuda.threadIdx.x
        own, place = scratch[r], np.uint64(t)
        clocks = Clocks(
            plain(time), plain(step), plain(proposal), plain(left), plain(evaluations), plain(rejections), plain(missed)
        )
        if time[r] == target:
            return
        for j in range(t, n, threads):
            own[0, 0, j], own[0, 1, j] = spectrum[r, j].real, spectrum[r, j].imag
        if t == 0 and left[r] == 0:
            divide(clocks, r, target - time[r])
        cuda.syncthreads()
        built, fresh, here = 0.0, True, 0
        for _ in range(budget):
            if left[r] == 0:
                break
            h = step[r]
            if built != h:
                built = h
                _fill_phases(own, t, threads, square, kept, h * turns)
            for stage in range(0 if fresh else 1, STAGES):
                slope_of(own, here, stage, place, h, sign / n, shift, shared, twiddles)
            rate, norm, slope = _close(own, here, t, threads, n, h, shared)
            limit = max(tolerance * norm, ROUND_OFF * slope)
            if h * slope <= 1e-16 * norm:
                limit = np.inf
            fresh = rate <= limit
            good = norm + slope < np.inf
            if t == 0:
                evaluations[r] += STAGES if fresh else STAGES - 1
                if good and fresh and rate > tolerance * norm:
                    missed[r] = max(missed[r], rate / norm)
                if good:
                    control(clocks, r, target, rate, limit)
                else:
                    time[r] = np.nan
            if not good:
                break
            if fresh:
                here = 1 - here
                noise = min(max(NOISE * tolerance, ROUND_OFF), MOST_NOISE)
                _clear(own, here, t, threads, square, h * turns, noise * norm / np.sqrt(float(n)))
            cuda.syncthreads()
        for j in range(t, n, threads):
            spectrum[r, j] = complex(own[here, 0, j], own[here, 1, j])

    return adaptive_steps


TYPICAL.append(lambda: steps_of(1024, False))
