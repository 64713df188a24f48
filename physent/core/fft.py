"""Discrete Fourier transform for compiled loops: split real and imaginary arrays, no reordering, any length.

A power of two n = R 4^s >= 32 (R = 2 or 4) takes s + 1 passes of the constant-geometry form (Pease 1968, J. ACM
15, 252, doi 10.1145/321450.321457) with the conjugate-pair radix-4 butterfly (Kamar & Elcherif 1989, Electron. Lett.
25, 324, doi 10.1049/el:19890225). Each pass is one loop that reads four contiguous quarters. The first two passes put
their output digit, {0, 1, 2, -1}, at the bottom of the index: they interleave the quarters. Later passes put it above
four bits: they move runs of sixteen with the same twiddle factor, so that writes are contiguous and tables short. The
spectrum therefore comes in a fixed permuted order, ``order[slot]`` = frequency index, and the inverse starts from it;
a table that multiplies the spectrum must have that order too. Passes are functions, so that a kernel can do its
pointwise work between the last pass of one transform and the first of the next. Other lengths, possible for a wave from
a file, use a cyclic convolution of the next power of two >= 2n - 1 (Bluestein 1970, IEEE Trans. Audio Electroacoust.
18, 451, doi 10.1109/TAU.1970.1162132) and natural order. They take 2 to 8 times as long and have the same error.

The error grows as eps log n (Higham 2002, Accuracy and Stability of Numerical Algorithms, sec. 24.1). Twiddle factors
are rounded so that their modulus is nearest to 1 (`phases.unitary`): a forward and an inverse transform then change
sum |x|^2 by a few 1e-18, instead of 2e-17 with nearest doubles (measured, n = 1024). The change adds up over a run.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit, njit_inline
from physent.core.phases import unit_roots, unitary
from physent.core.simd import (
    WIDTH,
    Four,
    aligned,
    full,
    load_interleaved,
    load_quarters,
    store_interleaved,
    store_quarters,
)

Reals = npt.NDArray[np.float64]

# Not plain integers: numba would give each literal its own type and compile every caller once per value.
FORWARD, BOTH, INVERSE = (cast("int", np.int64(direction)) for direction in (-1, 0, 1))


SMALLEST = 32
"""Smallest power of two that is transformed directly."""

MIXED = 2  # passes that move single elements; later ones move runs that share a twiddle factor
RUN = 4**MIXED


class Tables(NamedTuple):
    """Tables for one length: made once by `tables_of`, passed to every kernel."""

    n: int
    direct: bool  # a power of two, no convolution
    work: tuple[int, int]  # shape of the work array
    order: npt.NDArray[np.int64]  # (n,) frequency index 0..n-1 in each slot
    twiddles: Reals  # (passes, length): cos w, sin w, cos 2w, sin 2w, a quarter each
    chirp: Reals  # (2, n): exp(i pi j^2 / n); (2, 0) for a power of two
    kernel: Reals  # (2, length): spectrum of the chirp over the length of the convolution, in slot order


def tables_of(n: int) -> Tables:
    """Tables for transforms of length ``n`` >= 1."""
    direct = n >= SMALLEST and n & (n - 1) == 0
    length = n if direct else max(SMALLEST, 1 << (2 * n - 2).bit_length())
    passes = (length.bit_length() - 2) // 2
    twiddles = aligned((passes, length))
    order = np.zeros(length, dtype=np.int64)
    for stage in range(passes):
        # exp(-2 pi i j/(length/done)); each of the `done` frequencies found so far has its own lane
        done, run = 4**stage, 1 if stage < MIXED else RUN
        lane = run * np.arange(length // 4 // run)
        for multiple in (1, 2):
            cos, sin = unitary(unit_roots(-multiple * (lane // done), length // done))
            for part, values in enumerate((cos, sin), 2 * multiple - 2):
                twiddles[stage, part * lane.size : (part + 1) * lane.size] = values
    # Passes before `MIXED` put their digit at the bottom, later ones above the run.
    digits = [*reversed(range(min(passes, MIXED))), *reversed(range(MIXED, passes))]
    slot = np.arange(length)
    order += 4**passes * _digit(slot // 4**passes, length // 4**passes)
    for place, stage in enumerate(digits):
        order += 4**stage * _digit(slot // 4**place % 4, 4)
    order %= length
    empty = np.empty((2, 0))
    if direct:
        return Tables(n, True, (2, n), order, twiddles, empty, empty)
    index = np.arange(n, dtype=object)
    chirp = unit_roots(np.array(index**2 % (2 * n), dtype=np.int64), 2 * n)
    kernel = aligned((2, length))
    kernel[:] = 0.0
    for row, half in zip(kernel, (chirp.cos, chirp.sin), strict=True):
        # Wrapped, because the chirp is even in j; 1/length normalises the convolution.
        row[:n] = half / length
        row[length - n + 1 :] = half[:0:-1] / length
    _power_of_two(twiddles, kernel[0], kernel[1], kernel, aligned((2, length)), FORWARD)
    return Tables(n, False, (4, length), np.arange(n), twiddles, np.array([chirp.cos, chirp.sin]), kernel)


def _digit(value: npt.NDArray[np.int64], radix: int) -> npt.NDArray[np.int64]:
    return np.where((radix == 4) & (value == 3), -1, value)


@njit
def transform(tables: Tables, re: Reals, im: Reals, factor: Reals, work: Reals, direction: int) -> None:
    """Transform x = re + i im, contiguous (n,), in place; ``work`` is an array of shape ``tables.work``.

    FORWARD: X_f = sum_j x_j exp(-2 pi i f j / n), to slot order. INVERSE: n x_j = sum_f X_f exp(2 pi i f j / n), from
    slot order. BOTH: FORWARD, multiplication by ``factor``, INVERSE. ``factor`` is in slot order; its rows are real and
    imaginary part (2, n), and optionally the rounding errors of both (4, n). Only BOTH reads it.

    For lengths other than powers of two, X_f = c_f* sum_j (x_j c_j*) c_{f-j} with c_j = exp(i pi j^2 / n), since
    2 f j = f^2 + j^2 - (f - j)^2; the inverse is the forward transform with real and imaginary parts exchanged.
    """
    chirp = tables.chirp
    n = chirp.shape[1]
    ar, ai, spectrum, inner = re, im, factor, direction
    if n:
        ar, ai, spectrum, inner = work[2], work[3], tables.kernel, BOTH
    # A power of two needs one pass through this loop; any other length one per direction, so two for BOTH.
    for part in (FORWARD, INVERSE):
        if direction == -part or (n == 0 and direction != part and part == INVERSE):
            continue
        xr, xi = (re, im) if part == FORWARD else (im, re)
        for j in range(n):
            c, s = chirp[0, j], chirp[1, j]
            ar[j], ai[j] = xr[j] * c + xi[j] * s, xi[j] * c - xr[j] * s
        if n:
            ar[n:] = 0.0
            ai[n:] = 0.0
        _power_of_two(tables.twiddles, ar, ai, spectrum, work, inner)
        for j in range(n):
            c, s = chirp[0, j], chirp[1, j]
            xr[j], xi[j] = ar[j] * c + ai[j] * s, ai[j] * c - ar[j] * s
            if direction == BOTH and part == FORWARD:
                c, s = factor[0, j], factor[1, j]
                pr, pi = xr[j] * c - xi[j] * s, xi[j] * c + xr[j] * s
                if factor.shape[0] > 2:
                    c, s = factor[2, j], factor[3, j]
                    pr, pi = pr + (xr[j] * c - xi[j] * s), pi + (xi[j] * c + xr[j] * s)
                xr[j], xi[j] = pr, pi


@njit
def _power_of_two(twiddles: Reals, re: Reals, im: Reals, factor: Reals, work: Reals, direction: int) -> None:
    if direction == BOTH:
        xr, xi, yr, yi = down(twiddles, 0, re, im, work[0], work[1])
        multiply_spectrum(xr, xi, factor)
        up(twiddles, 0, xr, xi, yr, yi)
    elif direction == FORWARD:
        xr, xi, yr, yi = down(twiddles, 0, re, im, work[0], work[1])
        last(xr, xi, re, im)
    # Each pass of `up` changes arrays: the parity of their number decides which one to start from to end in re, im.
    elif twiddles.shape[0] % 2:
        last(im, re, work[1], work[0])
        up(twiddles, 0, work[0], work[1], re, im)
    else:
        last(im, re, im, re)
        up(twiddles, 0, re, im, work[0], work[1])


@njit
def down(twiddles: Reals, begin: int, xr: Reals, xi: Reals, yr: Reals, yi: Reals) -> tuple[Reals, Reals, Reals, Reals]:
    """Forward passes from number ``begin`` on, except the last, starting in x; returns the result, then the spare."""
    for stage in range(begin, twiddles.shape[0]):
        if stage < MIXED:
            _down_mixed(xr, xi, yr, yi, twiddles[stage])
        else:
            _down_in_runs(xr, xi, yr, yi, twiddles[stage])
        xr, xi, yr, yi = yr, yi, xr, xi
    return xr, xi, yr, yi


@njit
def up(twiddles: Reals, end: int, xr: Reals, xi: Reals, yr: Reals, yi: Reals) -> tuple[Reals, Reals, Reals, Reals]:
    """The inverse of `down`, times 4 per pass, ending with the pass number ``end``."""
    for stage in range(twiddles.shape[0] - 1, end - 1, -1):
        if stage < MIXED:
            _up_mixed(xr, xi, yr, yi, twiddles[stage])
        else:
            _up_in_runs(xr, xi, yr, yi, twiddles[stage])
        xr, xi, yr, yi = yr, yi, xr, xi
    return xr, xi, yr, yi


@njit_inline
def fan(r: Four, i: Four) -> tuple[Four, Four]:
    """Transform of length 4; its inverse, times 4, if real and imaginary parts are exchanged before and after."""
    # Factors 1, -i, -1, i only: no multiplications.
    ar, br, cr, dr = r[0] + r[2], r[0] - r[2], r[1] + r[3], r[1] - r[3]
    ai, bi, ci, di = i[0] + i[2], i[0] - i[2], i[1] + i[3], i[1] - i[3]
    return (ar + cr, br + di, ar - cr, br - di), (ai + ci, bi - dr, ai - ci, bi + dr)


@njit_inline
def _pairs(r: Four) -> Four:
    """Transforms of length 2 of elements 0, 2 and 1, 3."""
    return r[0] + r[2], r[1] + r[3], r[0] - r[2], r[1] - r[3]


@njit_inline
def closing(r: Four, i: Four, odd: bool) -> tuple[Four, Four]:
    """The pass without twiddle factors: `fan`, or transforms of length 2 for an odd power of two."""
    if odd:
        return _pairs(r), _pairs(i)
    return fan(r, i)


@njit_inline
def twist(r: Four, i: Four, w: Four) -> tuple[Four, Four]:
    """The product with (1, z, z^2, 1/z), for ``w`` the real and imaginary parts of z and z^2."""
    # The digits {0, 1, 2, -1} need z and 1/z = z*, which share a table entry: two factors to load instead of three.
    c, s, c2, s2 = w
    return (
        (r[0], r[1] * c - i[1] * s, r[2] * c2 - i[2] * s2, r[3] * c + i[3] * s),
        (i[0], r[1] * s + i[1] * c, r[2] * s2 + i[2] * c2, i[3] * c - r[3] * s),
    )


@njit_inline
def untwist(r: Four, i: Four, w: Four) -> tuple[Four, Four]:
    """The inverse of `twist`."""
    c, s, c2, s2 = w
    return (
        (r[0], r[1] * c + i[1] * s, r[2] * c2 + i[2] * s2, r[3] * c - i[3] * s),
        (i[0], i[1] * c - r[1] * s, i[2] * c2 - r[2] * s2, i[3] * c + r[3] * s),
    )


@njit
def _down_mixed(xr: Reals, xi: Reals, yr: Reals, yi: Reals, w: Reals) -> None:
    m = xr.shape[0] // 4
    for j in range(0, m, WIDTH):
        r, i = fan(load_quarters(xr, j, m), load_quarters(xi, j, m))
        r, i = twist(r, i, load_quarters(w, j, m))
        store_interleaved(yr, 4 * j, r)
        store_interleaved(yi, 4 * j, i)


@njit
def _up_mixed(xr: Reals, xi: Reals, yr: Reals, yi: Reals, w: Reals) -> None:
    m = xr.shape[0] // 4
    for j in range(0, m, WIDTH):
        r, i = untwist(load_interleaved(xr, 4 * j), load_interleaved(xi, 4 * j), load_quarters(w, j, m))
        i, r = fan(i, r)
        store_quarters(yr, j, m, r)
        store_quarters(yi, j, m, i)


@njit
def _down_in_runs(xr: Reals, xi: Reals, yr: Reals, yi: Reals, w: Reals) -> None:
    m = xr.shape[0] // 4
    runs = m // RUN
    for b in range(runs):
        # One twiddle factor per run: broadcast here, not loaded in the inner loop.
        z = full(w[b]), full(w[b + runs]), full(w[b + 2 * runs]), full(w[b + 3 * runs])
        for j in range(RUN * b, RUN * (b + 1), WIDTH):
            r, i = fan(load_quarters(xr, j, m), load_quarters(xi, j, m))
            r, i = twist(r, i, z)
            store_quarters(yr, 3 * RUN * b + j, RUN, r)
            store_quarters(yi, 3 * RUN * b + j, RUN, i)


@njit
def _up_in_runs(xr: Reals, xi: Reals, yr: Reals, yi: Reals, w: Reals) -> None:
    m = xr.shape[0] // 4
    runs = m // RUN
    for b in range(runs):
        z = full(w[b]), full(w[b + runs]), full(w[b + 2 * runs]), full(w[b + 3 * runs])
        for j in range(RUN * b, RUN * (b + 1), WIDTH):
            k = 3 * RUN * b + j
            r, i = untwist(load_quarters(xr, k, RUN), load_quarters(xi, k, RUN), z)
            i, r = fan(i, r)
            store_quarters(yr, j, m, r)
            store_quarters(yi, j, m, i)


@njit
def last(xr: Reals, xi: Reals, yr: Reals, yi: Reals) -> None:
    """The pass without factors, from x to y, which may be x."""
    n = xr.shape[0]
    m, odd = n // 4, is_odd_power(n)
    for j in range(0, m, WIDTH):
        r, i = closing(load_quarters(xr, j, m), load_quarters(xi, j, m), odd)
        store_quarters(yr, j, m, r)
        store_quarters(yi, j, m, i)


@njit
def multiply_spectrum(re: Reals, im: Reals, factor: Reals) -> None:
    """`last`, multiplication by ``factor`` (2 or 4, n), inverse of `last`; see `transform` for the rows."""
    n = re.shape[0]
    m, odd, fr, fi = n // 4, is_odd_power(n), factor[0], factor[1]
    rest = factor[2:]
    for j in range(0, m, WIDTH):
        r, i = closing(load_quarters(re, j, m), load_quarters(im, j, m), odd)
        pr, pi = times(r, i, load_quarters(fr, j, m), load_quarters(fi, j, m))
        if rest.shape[0]:
            # The remainders multiply separately: added to the factors first, they would be rounded away.
            r, i = times(r, i, load_quarters(rest[0], j, m), load_quarters(rest[1], j, m))
            pr, pi = plus(pr, r), plus(pi, i)
        i, r = closing(pi, pr, odd)
        store_quarters(re, j, m, r)
        store_quarters(im, j, m, i)


@njit_inline
def times(r: Four, i: Four, c: Four, s: Four) -> tuple[Four, Four]:
    """(r + i i) (c + i s), element by element."""
    return (
        (r[0] * c[0] - i[0] * s[0], r[1] * c[1] - i[1] * s[1], r[2] * c[2] - i[2] * s[2], r[3] * c[3] - i[3] * s[3]),
        (r[0] * s[0] + i[0] * c[0], r[1] * s[1] + i[1] * c[1], r[2] * s[2] + i[2] * c[2], r[3] * s[3] + i[3] * c[3]),
    )


@njit_inline
def plus(a: Four, b: Four) -> Four:
    """The sum, element by element."""
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]


@njit
def is_odd_power(n: int) -> bool:
    """Whether the power of two n is 2, 8, 32 ...; the mask has their bits."""
    return n & 0x2AAAAAAAAAAAAAAA != 0
