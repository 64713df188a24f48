"""Bright solitons of the focusing equation i psi_t + 1/2 psi_xx + |psi|^2 psi = 0 on the line.

Every wave is a function of position ``x`` and time ``t``, real arrays that broadcast against each other; it
returns a complex128 array of the broadcast shape and overflows nowhere. A soliton of amplitude A and velocity
v has the spectral parameter lambda = A + i v; units are those of the equation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from physent.theory import gram

_LOST = 3.0
"""Decimal digits that `n_soliton` may lose in double precision."""

Wave = npt.NDArray[np.complex128]


class SolitonInvariants(NamedTuple):
    """Conserved integrals of a wave: int |psi|^2, int Im(psi* psi_x), int (|psi_x|^2 - |psi|^4)/2."""

    mass: float
    momentum: float
    energy: float


class CollisionShifts(NamedTuple):
    """Displacement along x and phase change of each soliton by a collision."""

    position: tuple[float, float]
    phase: tuple[float, float]


def soliton(
    x: npt.ArrayLike,
    t: npt.ArrayLike,
    amplitude: float,
    position: float = 0.0,
    velocity: float = 0.0,
    phase: float = 0.0,
) -> Wave:
    """One soliton, A sech(A (x - x0 - v t)) exp(i (v x + (A^2 - v^2) t/2 + phase)).

    Zakharov and Shabat (1972), Sov. Phys. JETP 34, 62. The carrier exp(i v x) is fixed at x = 0, not at the
    soliton.
    """
    x, t = np.asarray(x, float), np.asarray(t, float)
    envelope = amplitude * sech(amplitude * (x - position - velocity * t))
    return np.asarray(envelope * np.exp(1j * (velocity * x + (amplitude**2 - velocity**2) * t / 2 + phase)))


def soliton_invariants(amplitude: float, velocity: float = 0.0) -> SolitonInvariants:
    """Mass 2 A, momentum 2 A v and energy A v^2 - A^3/3 of one soliton.

    Those of N solitons add up, however close they are. From the integrals of sech^2 (2/A), sech^2 tanh^2 (2/(3A)) and
    sech^4 (4/(3A)) over the line, with the argument A x.
    """
    return SolitonInvariants(2 * amplitude, 2 * amplitude * velocity, amplitude * velocity**2 - amplitude**3 / 3)


def n_soliton(
    x: npt.ArrayLike,
    t: npt.ArrayLike,
    amplitudes: Sequence[float],
    positions: Sequence[float],
    velocities: Sequence[float],
    phases: Sequence[float],
) -> Wave:
    """Exact wave of N interacting solitons, each with the position and phase that it shows at t = 0.

    Gordon (1983), Opt. Lett. 8, 596, doi 10.1364/OL.8.000596: psi = sum_k u_k where sum_k (1/gamma_j +
    gamma_k*) / (lambda_j + lambda_k*) u_k = 1, with gamma_j = exp(lambda_j x + i lambda_j^2 t/2 + b_j).
    Letting gamma_k -> 0 in it (soliton k far to the right of j) leaves one soliton with gamma_j divided by
    c_jk = (lambda_j - lambda_k) / (lambda_j + lambda_k*); gamma_k -> infinity (k to the left) multiplies it
    by c_jk. The constants b_j hold the inverse of these factors, by the order of ``positions``: among well
    separated neighbours soliton j then stands at ``positions[j]`` with ``phases[j]``, and the wave at t = 0
    tends to the plain sum of `soliton`. Solitons at the same position have no order and get no factor.

    Multiplying row j by the smaller of 1 and gamma_j (r_j), and substituting u_k = q_k* w_k with q_k = r_k /
    gamma_k, leaves numbers of modulus at most 1 and the Hermitian matrix (q_j q_k* + r_j r_k*) / (lambda_j +
    lambda_k*).

    That matrix is ill-conditioned if solitons are many or alike: where it may lose more than 3 digits the system is
    solved in decimal arithmetic (`physent.theory.gram`), at 0.1 to 1 ms a point.

    Raises ValueError when two solitons have the same amplitude and velocity: no such wave exists.
    """
    x, t = np.broadcast_arrays(np.asarray(x, float), np.asarray(t, float))
    _refuse_equals(amplitudes, velocities)
    if gram.lost_digits(amplitudes, velocities) > _LOST:
        return gram.n_soliton(x, t, amplitudes, positions, velocities, phases)
    spectrum = np.asarray(amplitudes, float) + 1j * np.asarray(velocities, float)
    exponent = _neighbour_factors(spectrum, np.asarray(positions, float))
    exponent = exponent - spectrum.real * np.asarray(positions, float) + 1j * np.asarray(phases, float)
    log_gamma = spectrum * x[..., None] + 0.5j * spectrum**2 * t[..., None] + exponent
    left = log_gamma.real < 0
    r = np.exp(np.where(left, log_gamma, 0))
    q = np.exp(np.where(left, 0, -log_gamma))
    matrix = _outer(q) + _outer(r)
    matrix /= spectrum[:, None] + spectrum.conj()
    w = np.linalg.solve(matrix, r[..., None])[..., 0]
    return np.asarray(np.sum(q.conj() * w, axis=-1))


def _refuse_equals(amplitudes: Sequence[float], velocities: Sequence[float]) -> None:
    pairs = list(zip(amplitudes, velocities, strict=True))
    if len(set(pairs)) < len(pairs):
        raise ValueError("two solitons have the same amplitude and velocity, expected all pairs to differ")


def _outer(vector: Wave) -> Wave:
    return np.asarray(vector[..., :, None] * vector[..., None, :].conj())


def _neighbour_factors(spectrum: Wave, positions: npt.NDArray[np.float64]) -> Wave:
    """Sum over k of sign(x_k - x_j) log c_jk, shape (N,)."""
    difference = spectrum[:, None] - spectrum
    np.fill_diagonal(difference, 1.0)
    log_c = np.log(difference / (spectrum[:, None] + spectrum.conj()))
    return np.asarray(np.sum(np.sign(positions - positions[:, None]) * log_c, axis=1))


def collision_shifts(amplitude_1: float, velocity_1: float, amplitude_2: float, velocity_2: float) -> CollisionShifts:
    """Displacements and phase changes of two solitons by their collision, relative to free solitons.

    For the faster one gamma/c becomes gamma c (see `n_soliton`), so it is displaced by (2/A) ln(1/|c|)
    along +x and its phase, at fixed carrier exp(i v x), changes by 2 arg c; for the slower one both have the opposite
    sign. Phases lie in [-pi, pi]. Zakharov and Shabat (1972), Sov. Phys. JETP 34, 62. Raises ValueError for
    equal velocities: such solitons never separate.
    """
    if velocity_1 == velocity_2:
        raise ValueError(f"both velocities are {velocity_1}, expected them to differ")
    one, two = amplitude_1 + 1j * velocity_1, amplitude_2 + 1j * velocity_2
    sign = 1.0 if velocity_1 > velocity_2 else -1.0
    c1 = (one - two) / (one + two.conjugate())
    c2 = (two - one) / (two + one.conjugate())
    return CollisionShifts(
        (
            -2 * sign * float(np.log(abs(c1))) / amplitude_1,
            2 * sign * float(np.log(abs(c2))) / amplitude_2,
        ),
        (float(np.angle(c1 ** (2 * sign))), float(np.angle(c2 ** (-2 * sign)))),
    )


def satsuma_yajima(x: npt.ArrayLike, t: npt.ArrayLike, order: int) -> Wave:
    """The wave that starts from N sech x: N bound solitons of amplitudes 1, 3, ... 2N - 1; |psi| has the period pi/2.

    Satsuma and Yajima (1974), Prog. Theor. Phys. Suppl. 55, 284, doi 10.1143/PTPS.55.284; their closed form
    for N = 2, otherwise `n_soliton` with all positions 0 and phases alternating between 0 and pi, 0 for the
    largest, which is N sech x at t = 0.
    """
    x, t = np.asarray(x, float), np.asarray(t, float)
    if order == 2:
        s = np.abs(x)
        turn = np.exp(4j * t)
        above = np.exp(-s) * (1 + np.exp(-6 * s) + 3 * turn * (np.exp(-2 * s) + np.exp(-4 * s)))
        below = 1 + np.exp(-8 * s) + 4 * (np.exp(-2 * s) + np.exp(-6 * s)) + 6 * np.cos(4 * t) * np.exp(-4 * s)
        return np.asarray(4 * above / below * np.exp(0.5j * t))
    amplitudes = [2.0 * j + 1 for j in range(order)]
    phases = [np.pi * ((order - 1 - j) % 2) for j in range(order)]
    return n_soliton(x, t, amplitudes, [0.0] * order, [0.0] * order, phases)


def sech(x: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """1/cosh x, without overflow."""
    decay = np.exp(-np.abs(x))
    return np.asarray(2 * decay / (1 + decay**2))
