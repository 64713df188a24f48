"""Dark solitons of the defocusing equation i psi_t + 1/2 psi_xx - |psi|^2 psi = 0.

``background`` is |psi| far away (density background^2), ``angle`` theta in (-pi/2, pi/2) sets depth and
velocity: the density at the centre is background^2 sin^2 theta and the velocity is background sin theta.
``x`` and ``t`` are real arrays that broadcast against each other; waves are complex128 of the broadcast
shape.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from physent.theory.solitons import Wave


def grey_soliton(x: npt.ArrayLike, t: npt.ArrayLike, background: float, angle: float, position: float = 0.0) -> Wave:
    """One grey soliton (black for angle 0), at ``position`` at t = 0.

    b [cos(theta) tanh(b cos(theta) (x - x0 - b sin(theta) t)) + i sin(theta)] exp(-i b^2 t). Tsuzuki (1971),
    J. Low Temp. Phys. 4, 441, doi 10.1007/BF00628744; Zakharov and Shabat (1973), Sov. Phys. JETP 37, 823.
    """
    x, t = np.asarray(x, float), np.asarray(t, float)
    sin, cos = np.sin(angle), np.cos(angle)
    kink = cos * np.tanh(background * cos * (x - position - background * sin * t)) + 1j * sin
    return np.asarray(background * kink * np.exp(-1j * background**2 * t))


def dark_pair(x: npt.ArrayLike, t: npt.ArrayLike, background: float, angle: float) -> Wave:
    """Two grey solitons of opposite velocity that meet at x = t = 0, before and after; 0 < angle < pi/2.

    With A = sin(theta), B = cos(theta), X = 2 B b x, T = 2 A B b^2 t,
    psi = b exp(-i b^2 t) [A ch X - cos(2 theta) ch T + i sin(2 theta) sh T] / [A ch X + ch T].

    It is the Akhmediev breather of a = A^2/2 with
    sqrt(2a) -> -sqrt(2a), x -> i x, t -> -t; Akhmediev and Ankiewicz (1993), Phys. Rev. A 47, 3213, doi
    10.1103/PhysRevA.47.3213. psi is the same on both sides far away, so it fits a periodic box. Far from the
    collision the solitons are at +-(b A |t| + `dark_pair_delay`). Raises ValueError for other angles.
    """
    _refuse_angle(angle)
    x, t = np.asarray(x, float), np.asarray(t, float)
    near, slow = np.cos(angle) * background, np.sin(angle) * background
    big_x, big_t = 2 * near * np.abs(x), 2 * near * slow * np.abs(t)
    top = np.maximum(big_x, big_t)
    cosh_x = np.sin(angle) * (np.exp(big_x - top) + np.exp(-big_x - top))
    rise, fall = np.exp(big_t - top), np.exp(-big_t - top)
    inner = -np.cos(2 * angle) * (rise + fall) + 1j * np.sin(2 * angle) * np.sign(t) * (rise - fall)
    return np.asarray(background * np.exp(-1j * background**2 * t) * (cosh_x + inner) / (cosh_x + rise + fall))


def dark_pair_delay(background: float, angle: float) -> float:
    """Half the distance by which a collision shifts each soliton of a `dark_pair` forward, ln(1/A) / (2 b B).

    From A ch X = ch T for large arguments: |x| -> b A |t| + ln(1/A) / (2 b B).
    """
    _refuse_angle(angle)
    return float(-np.log(np.sin(angle)) / (2 * background * np.cos(angle)))


def dark_pair_start(background: float, angle: float, separation: float) -> float:
    """Time (< 0) at which the incoming solitons of a `dark_pair` are ``separation`` apart.

    Measured on the straight lines they follow far from the collision. Raises ValueError unless ``separation``
    exceeds twice `dark_pair_delay`, the distance on those lines at the collision itself.
    """
    delay = dark_pair_delay(background, angle)
    if not separation > 2 * delay:
        raise ValueError(f"separation is {separation}, expected above {2 * delay:.6g}, that of the collision itself")
    return float(-(separation / 2 - delay) / (background * np.sin(angle)))


def dark_pair_interval(background: float, angle: float, length: float) -> float:
    """Time between successive collisions of a `dark_pair` in a periodic box: (L/2 - 2 delay) / (b sin theta).

    The solitons part at x = 0, meet at the seam x = L/2, part, and meet at 0 again; each collision shifts them
    forward.
    """
    return (length / 2 - 2 * dark_pair_delay(background, angle)) / (background * float(np.sin(angle)))


def dark_pair_in_box(x: npt.ArrayLike, t: npt.ArrayLike, background: float, angle: float, length: float) -> Wave:
    """`dark_pair` in a periodic box: the collision at x = t = 0 and all earlier and later ones.

    Derived here: after a collision psi between the solitons is -exp(-2i theta) times that outside, and the
    inside is the outside of the next collision, half a box away; so each collision in turn is `dark_pair`
    about x = 0 or L/2, times that factor once for each one passed. Exact up to terms of order
    exp(-b cos(theta) L/2), the overlap of two collision sites half way in time from one to the next.
    """
    x, t = np.broadcast_arrays(np.asarray(x, float), np.asarray(t, float))
    interval = dark_pair_interval(background, angle, length)
    passed = np.round(t / interval)
    offset = x - passed * length / 2
    offset = offset - length * np.round(offset / length)
    late = t - passed * interval
    turn = np.exp(1j * passed * (np.pi - 2 * angle - background**2 * interval))
    return np.asarray(turn * dark_pair(offset, late, background, angle))


def _refuse_angle(angle: float) -> None:
    if not 0 < angle < np.pi / 2:
        raise ValueError(f"angle is {angle}, expected 0 < angle < pi/2")
