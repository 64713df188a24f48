"""Invariants of waves, and what is doubted of them, on a CUDA device: sums of waves that fit on the chip.

A block transforms one wave, or several short ones, and adds up in fixed order. Longer waves are copied back, and the
CPU measures them.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import cuda, float64

from physent.core.cuda import fft
from physent.core.cuda.fft import take, take_complex
from physent.core.cuda.launch import TYPICAL, Kernel, device_function, empty, kernel, upload
from physent.core.cuda.pointwise import kick_all
from physent.core.cuda.splitting import LEAST, ON_CHIP
from physent.core.cuda.sums import largest_of, total_of
from physent.engines.nlse import observables
from physent.engines.nlse.equation import Equation
from physent.engines.nlse.methods import integration
from physent.engines.nlse.methods.integration import Integration
from physent.engines.twins import Measures, Resident
from physent.typing import Array, Floats

INTENSITY, SQUARE, TRAPPED, WELL, MOMENTUM, CURVATURE, TAIL, BEND, HIGHEST, ENDS = range(10)
"""Columns: sums of I = |psi|^2, I^2, I shift, I (I + shift)^2, and of |psi_k|^2 by `weights`; largest I of all points,
and of both ends.

The shift is that of `Equation`, -s U.
"""


@device_function
def _four_squares(r: Any, i: Any) -> Any:
    return r[0] * r[0] + i[0] * i[0], r[1] * r[1] + i[1] * i[1], r[2] * r[2] + i[2] * i[2], r[3] * r[3] + i[3] * i[3]


@device_function
def _squares(r: Any, i: Any) -> Any:
    return (
        _four_squares(r[0], i[0]),
        _four_squares(r[1], i[1]),
        _four_squares(r[2], i[2]),
        _four_squares(r[3], i[3]),
    )


@device_function
def _four_dot(x: Any, y: Any) -> Any:
    return (x[0] * y[0] + x[1] * y[1]) + (x[2] * y[2] + x[3] * y[3])


@device_function
def _dot(x: Any, y: Any) -> Any:
    return (_four_dot(x[0], y[0]) + _four_dot(x[1], y[1])) + (_four_dot(x[2], y[2]) + _four_dot(x[3], y[3]))


@device_function
def _four_well(x: Any, y: Any) -> Any:
    a, b, c, d = x[0] + y[0], x[1] + y[1], x[2] + y[2], x[3] + y[3]
    return (x[0] * a * a + x[1] * b * b) + (x[2] * c * c + x[3] * d * d)


@device_function
def _well(x: Any, y: Any) -> Any:
    return (_four_well(x[0], y[0]) + _four_well(x[1], y[1])) + (_four_well(x[2], y[2]) + _four_well(x[3], y[3]))


@device_function
def _four_highest(x: Any) -> Any:
    return max(max(x[0], x[1]), max(x[2], x[3]))


@device_function
def _highest(x: Any) -> Any:
    return max(max(_four_highest(x[0]), _four_highest(x[1])), max(_four_highest(x[2]), _four_highest(x[3])))


@device_function
def _four_times(r: Any, w: Any) -> Any:
    return r[0] * w[0], r[1] * w[1], r[2] * w[2], r[3] * w[3]


@device_function
def _times(r: Any, w: Any) -> Any:
    return _four_times(r[0], w[0]), _four_times(r[1], w[1]), _four_times(r[2], w[2]), _four_times(r[3], w[3])


@lru_cache(maxsize=16)
def look_of(n: int, spectral: bool, shifted: bool) -> tuple[Kernel, int, int]:
    """Kernel that measures waves of ``n`` points, or their spectra; waves per block; threads per block.

    ``look(wave, kick, scale, weights, shift, twiddles, found)`` kicks each wave by ``kick`` (replica,), and multiplies
    its transform by ``scale`` (n,), before it enters the columns of ``found`` (replica, 10); ``weights`` (4, n) are
    those of the modes.
    """
    transform = fft.transform_of(n)
    threads, room, run, places = transform.threads, transform.room, transform.run, transform.places
    lines = max(1, LEAST // threads)
    size, width, nothing, one = lines * room, lines * threads, ((0.0,) * 4,) * 4, ((1.0,) * 4,) * 4

    @kernel(
        "void(complex128[:, ::1], float64[::1], float64[::1], float64[:, ::1], float64[::1], float64[:, ::1], "
        "float64[:, ::1])",
        threads=width,
    )
    def look(wave: Any, kick: Any, scale: Any, weights: Any, shift: Any, twiddles: Any, found: Any) -> None:
        shared = cuda.shared.array(size, float64)
        spare = cuda.shared.array(width, float64)
        line, number = cuda.threadIdx.x // threads, cuda.threadIdx.x % threads
        place, t, base = cuda.blockIdx.x * lines + line, np.uint64(number), np.uint64(line * room)
        # Lines beyond the last wave repeat it, so that all reach the barriers; they store the same numbers.
        row = min(place, wave.shape[0] - 1)
        mine, own = spare[line * threads : (line + 1) * threads], found[row]
        above = take(shift, t, places) if shifted else nothing
        r, i = take_complex(wave[row], t, places)
        if not spectral:
            r, i = kick_all(r, i, kick[row], above)
            r, i = run(r, i, t, shared, base, twiddles)
            factor = take(scale, t, places)
            r, i = _times(r, factor), _times(i, factor)
        mass = _squares(r, i)
        for k in range(4):
            own[MOMENTUM + k] = total_of(_dot(mass, take(weights[k], t, places)), mine, number, threads)
        i, r = run(i, r, t, shared, base, twiddles)
        mass = _squares(r, i)
        own[INTENSITY] = total_of(_dot(mass, one), mine, number, threads)
        own[SQUARE] = total_of(_dot(mass, mass), mine, number, threads)
        own[TRAPPED] = total_of(_dot(mass, above), mine, number, threads)
        own[WELL] = total_of(_well(mass, above), mine, number, threads)
        own[HIGHEST] = largest_of(_highest(mass), mine, number, threads)
        ends = max(mass[0][0] if number == 0 else 0.0, mass[3][3] if number == threads - 1 else 0.0)
        own[ENDS] = largest_of(ends, mine, number, threads)

    return look, lines, width


class Look(NamedTuple):
    """Constants on the device."""

    scale: Any  # (n,)
    weights: Any  # (4, n)
    shift: Any  # (n,) or (0,)
    twiddles: Any


def look_at(equation: Equation) -> Look | None:
    """Constants of an equation; None for waves that do not fit on the chip."""
    n = equation.points
    if n > ON_CHIP:
        return None
    slope, square, tail = observables.weights(equation)
    weights = np.stack([slope, square, tail.astype(np.float64), square**2])
    scale = equation.kept.astype(np.float64) / n
    return Look(upload(scale), upload(weights), upload(equation.shift), upload(fft.transform_of(n).twiddles))


def look_bytes(points: int) -> int:
    """Bytes of `look_at` on the device."""
    return 8 * points * 10


Found = Callable[[Resident], Floats]


def _columns(resident: Resident, kick: Callable[[Any], Floats] | None) -> Floats | None:
    """What the kernel finds, (replica, 10); None for waves that do not fit on the chip."""
    if resident.tables.look is None:
        return None
    if "columns" not in resident.measured:
        replicas, n = resident.wave.shape
        spectral, found = kick is None, empty((replicas, ENDS + 1))
        kernel, lines, threads = look_of(n, spectral, bool(resident.tables.look.shift.size))
        kicks = np.zeros(replicas) if kick is None else kick(resident.state)
        kernel.blocks(-(-replicas // lines), threads, resident.wave, upload(kicks), *resident.tables.look, found)
        resident.measured["columns"] = found.copy_to_host()
    columns: Floats = resident.measured["columns"]
    return columns


def looks(tables: Any) -> bool:
    """Whether `measures` are made on the device."""
    return tables.look is not None


def measures(kick: Callable[[Any], Floats] | None) -> Measures:
    """Measures of a method whose ``wave`` still lacks a ``kick`` (replica,) of its state; None: it is the spectrum."""

    def sums(resident: Resident) -> observables.Sums:
        state, found = resident.state, _columns(resident, kick)
        if found is None:
            psi = state.psi()
            return observables.sums_of(state.equation, psi, observables.density(state.equation, psi))
        columns, length = found.T, state.equation.length
        modes = length * columns[MOMENTUM : TAIL + 1]
        trapped = -state.equation.sign * columns[TRAPPED]
        return observables.Sums(columns[INTENSITY], columns[SQUARE], trapped, columns[HIGHEST], *modes)

    def stiffness(resident: Resident) -> Floats:
        equation, found = resident.state.equation, _columns(resident, kick)
        if found is None:
            return observables.stiffness(equation, integration.fields(resident.state))
        bend, well = equation.length * found[:, BEND], observables.spacing(equation) * found[:, WELL]
        return np.asarray(np.sqrt(bend) / 2 + np.sqrt(well))

    def seam_height(resident: Resident) -> Floats:
        found = _columns(resident, kick)
        if found is None:
            return observables.seam_height(integration.fields(resident.state))
        ends, highest = np.sqrt(found[:, ENDS]), np.sqrt(found[:, HIGHEST])
        return np.divide(ends, highest, out=np.zeros_like(ends), where=ends > 0)

    return {"sums": sums, "stiffness": stiffness, "seam_height": seam_height}


def scalars(state: Integration) -> dict[str, Array]:
    """`Method.scalars` of a wave on the device."""
    return observables.scalars(state.equation, state.sums())  # type: ignore[call-arg]


def some(state: Integration, names: AbstractSet[str]) -> dict[str, Array]:
    """The record of a wave with the fields ``names``: the spectrum takes a transform."""
    if state.equation.points > ON_CHIP:
        return integration.fields(state)
    psi, record = state.psi(), scalars(state)
    if not names.isdisjoint({"psi_real", "psi_imag"}):
        record |= observables.places(psi)
    if "spectrum" in names:
        record |= observables.spectrum(observables.density(state.equation, psi))
    return record


TYPICAL.append(lambda: (look_of(1024, False, True), look_of(1024, True, False)))
