"""Discrete Fourier transform for compiled loops: split real and imaginary arrays, no reordering, any length.

A power of two n = R 4^s (R = 2 or 4) is done in place in s + 1 passes of the constant-geometry form (Pease 1968, J. ACM
15, 252, doi 10.1145/321450.321457) with the conjugate-pair radix-4 butterfly (Kamar & Elcherif 1989, Electron. Lett.
25, 324, doi 10.1049/el:19890225): each pass is one loop of n/4 contiguous reads and stride-4 writes, so that one
transform alone fills the vector lanes. Input digits leave from the top and output digits, {0, 1, 2, -1}, enter at the
bottom, so the
spectrum comes in a fixed permuted order, ``order[slot]`` = frequency index, from which the inverse starts: whoever
multiplies by a table in between keeps the table in that order. Other lengths go through a cyclic convolution of the
next power of two >= 2n - 1 (Bluestein 1970, IEEE Trans. Audio Electroacoust. 18, 451, doi 10.1109/TAU.1970.1162132) and
come in natural order.

The error grows like eps log n (Higham 2002, Accuracy and Stability of Numerical Algorithms, sec. 24.1). Twiddle factors
are rounded for a modulus of 1 (`phases.unitary`): a forward and an inverse transform then change sum |x|^2 by a few
1e-18, instead of 2e-17 with nearest doubles (measured, n = 1024), and a million of them by as many times that.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from physent.core.jit import njit, njit_fast
from physent.core.phases import unit_roots, unitary

Reals = npt.NDArray[np.float64]

# Not plain integers: numba would compile every caller's constant as a type of its own.
FORWARD, BOTH, INVERSE = (cast("int", np.int64(direction)) for direction in (-1, 0, 1))


class Plan(NamedTuple):
    """Tables for one length: made once by `plan`, handed to every kernel."""

    n: int
    work: tuple[int, int]  # shape of the work array
    order: npt.NDArray[np.int64]  # (n,) frequency index 0..n-1 in each slot
    twiddles: Reals  # (passes, length): cos w, sin w, cos 2w, sin 2w, a quarter each
    chirp: Reals  # (2, n): exp(i pi j^2 / n); (2, 0) for a power of two
    kernel: Reals  # (2, length): spectrum of the chirp over the length of the convolution, in slot order


def plan(n: int) -> Plan:
    """Tables for transforms of length ``n`` >= 1."""
    length = n if n & (n - 1) == 0 else 1 << (2 * n - 2).bit_length()
    passes = max(0, (length.bit_length() - 2) // 2)
    twiddles = np.empty((passes, length))
    order = np.zeros(length, dtype=np.int64)
    lane = np.arange(length // 4)
    for stage in range(passes):
        # exp(-2 pi i j/(length/done)), where each of the `done` frequencies found so far has its own lane
        done = 4**stage
        for multiple in (1, 2):
            cos, sin = unitary(unit_roots(-multiple * (lane // done), length // done))
            quarter = (multiple - 1) * (length // 2) + lane
            twiddles[stage, quarter] = cos
            twiddles[stage, quarter + length // 4] = sin
    slot = np.arange(length)
    weight = 4**passes
    if length > 1:
        top = length // weight
        order += weight * _digit(slot // weight, top)
    for stage in range(passes):
        order += 4 ** (passes - 1 - stage) * _digit(slot // 4**stage % 4, 4)
    order %= length
    empty = np.empty((2, 0))
    if length == n:
        return Plan(n, (2, n), order, twiddles, empty, empty)
    index = np.arange(n, dtype=object)
    chirp = unit_roots(np.array(index**2 % (2 * n), dtype=np.int64), 2 * n)
    kernel = np.zeros((2, length))
    for row, part in zip(kernel, (chirp.cos, chirp.sin), strict=True):
        row[:n] = part / length
        row[length - n + 1 :] = part[:0:-1] / length
    _power_of_two(twiddles, kernel[0], kernel[1], kernel, np.empty((2, length)), FORWARD)
    return Plan(n, (4, length), np.arange(n), twiddles, np.array([chirp.cos, chirp.sin]), kernel)


def _digit(value: npt.NDArray[np.int64], radix: int) -> npt.NDArray[np.int64]:
    return np.where((radix == 4) & (value == 3), -1, value)


@njit
def transform(tables: Plan, re: Reals, im: Reals, factor: Reals, work: Reals, direction: int) -> None:
    """Transform x = re + i im, contiguous (n,), in place; ``work`` is an array of shape ``tables.work``.

    FORWARD: X_f = sum_j x_j exp(-2 pi i f j / n), in slot order. INVERSE: n x_j = sum_f X_f exp(2 pi i f j / n), from
    slot order. BOTH: FORWARD, multiplication by ``factor`` (2, n: real and imaginary part, in slot order; the others
    do not read it), INVERSE.

    Any length but powers of two: X_f = c_f* sum_j (x_j c_j*) c_{f-j} with c_j = exp(i pi j^2 / n), since 2 f j = f^2 +
    j^2 - (f - j)^2; the inverse is the forward transform with real and imaginary parts exchanged.
    """
    chirp = tables.chirp
    n = chirp.shape[1]
    ar, ai, spectrum, inner = re, im, factor, direction
    if n:
        ar, ai, spectrum, inner = work[2], work[3], tables.kernel, BOTH
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
                xr[j], xi[j] = xr[j] * c - xi[j] * s, xi[j] * c + xr[j] * s


@njit
def _power_of_two(twiddles: Reals, re: Reals, im: Reals, factor: Reals, work: Reals, direction: int) -> None:
    n, passes = re.shape[0], twiddles.shape[0]
    xr, xi, yr, yi = re, im, work[0], work[1]
    if direction != INVERSE:
        for stage in range(passes):
            _down(xr, xi, yr, yi, twiddles[stage])
            xr, xi, yr, yi = yr, yi, xr, xi
    elif passes % 2:
        for j in range(n):
            yr[j], yi[j] = re[j], im[j]
        xr, xi, yr, yi = yr, yi, xr, xi
    if direction == BOTH:
        _turn(xr, xi, factor[0], factor[1])
    elif direction == INVERSE:
        _last(xi, xr)
    else:
        _last(xr, xi)
        if passes % 2:
            for j in range(n):
                re[j], im[j] = xr[j], xi[j]
    if direction != FORWARD:
        for stage in range(passes - 1, -1, -1):
            _up(xr, xi, yr, yi, twiddles[stage])
            xr, xi, yr, yi = yr, yi, xr, xi


@njit_fast
def _down(xr: Reals, xi: Reals, yr: Reals, yi: Reals, w: Reals) -> None:
    """Radix-4 butterfly of the quarters of x, times (1, w, w^2, 1/w), interleaved into y."""
    m = xr.shape[0] // 4
    for j in range(m):
        ar, ai = xr[j] + xr[j + 2 * m], xi[j] + xi[j + 2 * m]
        br, bi = xr[j] - xr[j + 2 * m], xi[j] - xi[j + 2 * m]
        cr, ci = xr[j + m] + xr[j + 3 * m], xi[j + m] + xi[j + 3 * m]
        dr, di = xr[j + m] - xr[j + 3 * m], xi[j + m] - xi[j + 3 * m]
        yr[4 * j] = ar + cr
        yi[4 * j] = ai + ci
        c, s = w[j], w[j + m]
        yr[4 * j + 1] = (br + di) * c - (bi - dr) * s
        yi[4 * j + 1] = (br + di) * s + (bi - dr) * c
        yr[4 * j + 3] = (br - di) * c + (bi + dr) * s
        yi[4 * j + 3] = (bi + dr) * c - (br - di) * s
        c, s = w[j + 2 * m], w[j + 3 * m]
        yr[4 * j + 2] = (ar - cr) * c - (ai - ci) * s
        yi[4 * j + 2] = (ar - cr) * s + (ai - ci) * c


@njit_fast
def _up(xr: Reals, xi: Reals, yr: Reals, yi: Reals, w: Reals) -> None:
    """The inverse of `_down`, times 4: from interleaved x to the quarters of y."""
    m = xr.shape[0] // 4
    for j in range(m):
        c, s = w[j], w[j + m]
        br = xr[4 * j + 1] * c + xi[4 * j + 1] * s
        bi = xi[4 * j + 1] * c - xr[4 * j + 1] * s
        dr = xr[4 * j + 3] * c - xi[4 * j + 3] * s
        di = xi[4 * j + 3] * c + xr[4 * j + 3] * s
        c, s = w[j + 2 * m], w[j + 3 * m]
        cr = xr[4 * j + 2] * c + xi[4 * j + 2] * s
        ci = xi[4 * j + 2] * c - xr[4 * j + 2] * s
        er, ei = xr[4 * j] + cr, xi[4 * j] + ci
        fr, fi = xr[4 * j] - cr, xi[4 * j] - ci
        yr[j] = er + (br + dr)
        yi[j] = ei + (bi + di)
        yr[j + m] = fr - (bi - di)
        yi[j + m] = fi + (br - dr)
        yr[j + 2 * m] = er - (br + dr)
        yi[j + 2 * m] = ei - (bi + di)
        yr[j + 3 * m] = fr + (bi - di)
        yi[j + 3 * m] = fi - (br - dr)


@njit_fast
def _last(re: Reals, im: Reals) -> None:
    """The pass without factors, of radix 4, or 2 for an odd power of two; its own inverse with re, im exchanged."""
    n = re.shape[0]
    m = n // 4
    if _is_odd_power(n):
        for j in range(n // 2):
            ar, br = re[j], re[j + n // 2]
            ai, bi = im[j], im[j + n // 2]
            re[j], re[j + n // 2] = ar + br, ar - br
            im[j], im[j + n // 2] = ai + bi, ai - bi
        return
    for j in range(m):
        ar, ai = re[j] + re[j + 2 * m], im[j] + im[j + 2 * m]
        br, bi = re[j] - re[j + 2 * m], im[j] - im[j + 2 * m]
        cr, ci = re[j + m] + re[j + 3 * m], im[j + m] + im[j + 3 * m]
        dr, di = re[j + m] - re[j + 3 * m], im[j + m] - im[j + 3 * m]
        re[j], im[j] = ar + cr, ai + ci
        re[j + m], im[j + m] = br + di, bi - dr
        re[j + 2 * m], im[j + 2 * m] = ar - cr, ai - ci
        re[j + 3 * m], im[j + 3 * m] = br - di, bi + dr


@njit_fast
def _turn(re: Reals, im: Reals, fr: Reals, fi: Reals) -> None:
    """`_last`, multiplication by fr + i fi, inverse of `_last`."""
    n = re.shape[0]
    m = n // 4
    if _is_odd_power(n):
        for j in range(n // 2):
            k = j + n // 2
            ar, ai = re[j] + re[k], im[j] + im[k]
            br, bi = re[j] - re[k], im[j] - im[k]
            pr, pi = ar * fr[j] - ai * fi[j], ar * fi[j] + ai * fr[j]
            qr, qi = br * fr[k] - bi * fi[k], br * fi[k] + bi * fr[k]
            re[j], re[k] = pr + qr, pr - qr
            im[j], im[k] = pi + qi, pi - qi
        return
    if n == 1:
        re[0], im[0] = re[0] * fr[0] - im[0] * fi[0], re[0] * fi[0] + im[0] * fr[0]
    for j in range(m):
        j1, j2, j3 = j + m, j + 2 * m, j + 3 * m
        ar, ai = re[j] + re[j2], im[j] + im[j2]
        br, bi = re[j] - re[j2], im[j] - im[j2]
        cr, ci = re[j1] + re[j3], im[j1] + im[j3]
        dr, di = re[j1] - re[j3], im[j1] - im[j3]
        ur, ui = ar + cr, ai + ci
        pr, pi = ur * fr[j] - ui * fi[j], ur * fi[j] + ui * fr[j]
        ur, ui = br + di, bi - dr
        qr, qi = ur * fr[j1] - ui * fi[j1], ur * fi[j1] + ui * fr[j1]
        ur, ui = ar - cr, ai - ci
        sr, si = ur * fr[j2] - ui * fi[j2], ur * fi[j2] + ui * fr[j2]
        ur, ui = br - di, bi + dr
        tr, ti = ur * fr[j3] - ui * fi[j3], ur * fi[j3] + ui * fr[j3]
        re[j], im[j] = (pr + sr) + (qr + tr), (pi + si) + (qi + ti)
        re[j1], im[j1] = (pr - sr) - (qi - ti), (pi - si) + (qr - tr)
        re[j2], im[j2] = (pr + sr) - (qr + tr), (pi + si) - (qi + ti)
        re[j3], im[j3] = (pr - sr) + (qi - ti), (pi - si) - (qr - tr)


@njit
def _is_odd_power(n: int) -> bool:
    """Whether the power of two n is 2, 8, 32 ...; the mask holds their bits."""
    return n & 0x2AAAAAAAAAAAAAAA != 0
