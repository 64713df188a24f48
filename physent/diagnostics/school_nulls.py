"""Mean entropies of a disordered school of n fish, in nats: the nulls of `school`, each for a named law."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import quad
from scipy.special import betaln

from physent.diagnostics.nulls import null_entropy
from physent.typing import Floats

CELLS = 19
LAYERS = 15
ON_SPHERE = 8  # which neighbour on the sphere of headings
RESOLUTION = 288  # as many parts of the sphere as dewi-kadita has cells

NUMBERS = (10, 20, 50, 150, 500, 2000)
_LOSS = {
    ("cohesion", "box"): (0.3840, 0.6103, 0.7553, 0.6792, 0.6758, 0.6744),
    ("cohesion", "ball"): (0.4617, 0.6831, 0.8512, 0.8893, 0.8679, 1.1520),
    ("neighbor", "box"): (0.2325, 0.3085, 0.4138, 0.4025, 0.3731, 0.5013),
    ("neighbor", "ball"): (1.0055, 1.2355, 1.4338, 1.6034, 1.9592, 2.7337),
}
"""n (E0 - E) at `NUMBERS`, E0 for independent values: validation/school_entropies/nulls.py 1.2e6. Standard errors
are 0.011 at 10 and 0.16 at 2000, which is 1e-3 to 1e-4 of E0 once divided by n."""


@lru_cache(maxsize=4096)
def uniform(n: int, cells: int = CELLS) -> float:
    """Mean plug-in entropy of n independent values, uniform on the cells: exact (`null_entropy`)."""
    return float(null_entropy(n, np.full(cells, 1 / cells)))


def spacing(n: int, kind: str, inside: bool) -> float:
    """Mean plug-in entropy of ``cohesion`` or ``neighbor`` for n uniform points in a periodic box, or in a ball.

    That of n independent values, less a loss c(n)/n: fish share neighbours, and those at the surface of a ball lack
    some. c is interpolated in n^(1/3) between tabulated numbers; beyond them it is constant in a box, linear in a ball.
    """
    table = _LOSS[kind, "box" if inside else "ball"]
    at, known = np.cbrt(n), np.cbrt(NUMBERS)
    loss = float(np.interp(at, known, table))
    if not inside and at > known[-1]:
        loss += (at - known[-1]) * (table[-1] - table[-2]) / (known[-1] - known[-2])
    return uniform(n) - loss / n


def nearest_on_sphere(n: int) -> int:
    """Which neighbour on the sphere measures the headings of n fish: the eighth from 18 fish on.

    Below that the floor((n - 1)/3)-th, so that a bundle with at least a third of the fish holds it: the eighth would
    lie outside both of two bundles.
    """
    return ON_SPHERE if n > 2 * ON_SPHERE + 1 else (n - 1) // 3


@lru_cache(maxsize=1024)
def on_sphere(n: int) -> float:
    """Mean of ln(1 + R n a/k), with a the share of the sphere within the k-th nearest of n isotropic directions.

    The other n - 1 lie inside any cap independently with its share as probability, so that a is a beta variate with
    parameters k and n - k, at any n (derived here); R = 288, k as `nearest_on_sphere` says. By quadrature.
    """
    k = nearest_on_sphere(n)
    norm = betaln(k, n - k)

    def integrand(t: float) -> float:
        a = t / n
        density = np.exp((k - 1) * np.log(a) + (n - k - 1) * np.log1p(-a) - norm) / n if 0 < a < 1 else 0.0
        return float(np.log1p(RESOLUTION * t / k) * density)

    top = min(float(n), k + 80.0)  # beyond it less than 1e-16 is left
    return float(quad(integrand, 0.0, top, epsabs=1e-13, epsrel=1e-12, limit=200, points=[0.5 * min(k, top)])[0])


def irwin_hall(total: ArrayLike) -> Floats:
    """Distribution function of a sum of four uniforms (P. Hall 1927, 10.2307/2331961, J. O. Irwin)."""
    s = np.asarray(total, np.float64)
    terms = (sign * np.clip(s - j, 0.0, None) ** 4 for j, sign in enumerate((1.0, -4.0, 6.0, -4.0)))
    return np.asarray(np.clip(sum(terms) / 24, 0.0, 1.0))


@lru_cache(maxsize=1)
def directions() -> tuple[Floats, Floats]:
    """Directions (72, 3) on the half sphere and weights (72,) that sum to 1: 6 Gauss points in cos by 12 azimuths."""
    nodes, weights = np.polynomial.legendre.leggauss(6)
    cosine, phi = np.meshgrid((nodes + 1) / 2, (np.arange(12) + 0.5) * np.pi / 6, indexing="ij")
    sine = np.sqrt(1 - cosine**2)
    points = np.stack([sine * np.cos(phi), sine * np.sin(phi), cosine], axis=-1).reshape(-1, 3)
    return points, np.repeat(weights / weights.sum() / 12, 12)
