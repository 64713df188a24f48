"""Maps and flows: Lyapunov exponents, their sums and entropies in closed form, in nats per step or per unit of time.

Exponents are those of almost every orbit. The Kolmogorov-Sinai entropy is the sum of the positive ones if the invariant
measure is smooth along unstable directions, and at most that otherwise (`ks_entropy`). ValueError for parameters
without a closed form.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

Array = npt.NDArray[np.float64]


def logistic_exponent(r: float) -> float:
    """Exponent of x -> r x (1 - x) at its fixed points, its 2-cycle and r = 4.

    The multiplier of the fixed point 0 is r (r < 1), of 1 - 1/r it is 2 - r (r < 3), and of the 2-cycle, the two steps
    together, 4 + 2r - r^2 (r < 1 + sqrt 6), as f'(x) = r (1 - 2x) and the points of the cycle have the sum (r + 1)/r
    and the product (r + 1)/r^2; r = 4 is conjugate to the tent map (S. Ulam and J. von Neumann, Bull. Am. Math. Soc.
    53, 1120 (1947)). -inf if the multiplier vanishes.
    """
    if r == 4:
        return math.log(2)
    if not 0 < r < 1 + math.sqrt(6):
        raise ValueError(f"r is {r}, expected 4, or a number above 0 and below 1 + sqrt(6) = 3.449")
    size, steps = (r, 1) if r < 1 else (abs(2 - r), 1) if r < 3 else (abs(4 + 2 * r - r * r), 2)
    return math.log(size) / steps if size else -math.inf


def tent_exponent(slope: float) -> float:
    """Exponent ln s of the tent map of slopes s and -s, 1 < s <= 2, and its entropy (Pesin)."""
    if not 1 < slope <= 2:
        raise ValueError(f"slope is {slope}, expected above 1 and at most 2")
    return math.log(slope)


def skew_tent_exponent(top: float) -> float:
    """Exponent -a ln a - (1 - a) ln(1 - a) of the tent map whose top is at a: x/a below, (1 - x)/(1 - a) above.

    Every point has one preimage on either side, of slopes 1/a and 1/(1 - a), so that the uniform density is invariant.
    The cells below and above a are independent: words of L symbols have L times this entropy.
    """
    if not 0 < top < 1:
        raise ValueError(f"top is {top}, expected above 0 and below 1")
    return float(special.entr(top) + special.entr(1 - top))


def torus_exponents(matrix: npt.ArrayLike) -> Array:
    """Exponents, falling, of x -> M x modulo 1, M a matrix (d, d) of whole numbers: ln of the moduli of eigenvalues.

    The volume is invariant; the entropy is the sum of positive ones (Y. G. Sinai, Dokl. Akad. Nauk SSSR 124, 768
    (1959)). [[2, 1], [1, 1]], the cat map, has +-ln((3 + sqrt 5)/2).
    """
    m = np.asarray(matrix, float)
    if m.ndim != 2 or m.shape[0] != m.shape[1] or (m != np.round(m)).any() or round(np.linalg.det(m)) == 0:
        raise ValueError("expected a square matrix of whole numbers, and a determinant other than 0")
    return np.sort(np.log(np.abs(np.linalg.eigvals(m))))[::-1]


def coupled_exponents(n: int, coupling: float, multiplier: float = 2.0) -> Array:
    """Exponents, falling, of a ring of n maps x -> m x mod 1, x_i' = (1 - e) f(x_i) + (e/2) (f(x_i-1) + f(x_i+1)).

    The Jacobian is m times a circulant, the same at all points: ln|m| + ln|1 - e + e cos(2 pi k/n)|, k = 0 ... n - 1.
    """
    if n < 1 or multiplier == 0:
        raise ValueError(f"found n = {n} and multiplier {multiplier}, expected n >= 1 and a multiplier other than 0")
    waves = np.cos(2 * math.pi * np.arange(n) / n)
    with np.errstate(divide="ignore"):  # a mode that one step removes
        return np.sort(math.log(abs(multiplier)) + np.log(np.abs(1 - coupling + coupling * waves)))[::-1]


def henon_sum(b: float) -> float:
    """Sum of both exponents of x' = 1 - a x^2 + y, y' = b x: ln|b|, as the determinant is -b everywhere."""
    return math.log(abs(b))


def lorenz_sum(sigma: float, beta: float) -> float:
    """Sum of the exponents of the Lorenz flow, its divergence -(sigma + 1 + beta).

    E. N. Lorenz, J. Atmos. Sci. 20, 130 (1963), 10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2.
    """
    return -(sigma + 1 + beta)


def rossler_sum(a: float, c: float, mean_x: float) -> float:
    """Sum of the exponents of x' = -y - z, y' = x + a y, z' = b + z (x - c), given the mean of x: a + <x> - c."""
    return a + mean_x - c


def lorenz96_sum(n: int) -> float:
    """Sum of the exponents of x_i' = (x_(i+1) - x_(i-2)) x_(i-1) - x_i + F, i = 1 ... n >= 4 on a ring: -n."""
    return -float(n)


def chialvo_determinant(x: npt.ArrayLike, y: npt.ArrayLike, a: float, b: float) -> Array:
    """Determinant of the Jacobian of x' = x^2 e^(y - x) + k, y' = a y - b x + c: x e^(y - x) (a (2 - x) + b x).

    The mean of ln of its modulus along an orbit is the sum of both exponents. The map: D. R. Chialvo, Chaos Solitons
    Fractals 5, 461 (1995), 10.1016/0960-0779(93)E0056-H.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    return np.asarray(x * np.exp(y - x) * (a * (2 - x) + b * x))


def rulkov_determinant(x: npt.ArrayLike, alpha: float, mu: float) -> Array:
    """Determinant of the Jacobian of x' = alpha/(1 + x^2) + y, y' = y - mu (x - sigma): mu - 2 alpha x/(1 + x^2)^2.

    The map: N. F. Rulkov, Phys. Rev. Lett. 86, 183 (2001), 10.1103/PhysRevLett.86.183.
    """
    x = np.asarray(x, float)
    return np.asarray(mu - 2 * alpha * x / (1 + x * x) ** 2)


def ks_entropy(exponents: npt.ArrayLike) -> float:
    """Sum of the positive exponents: the Kolmogorov-Sinai entropy, or an upper bound on it.

    Equal for a measure that is smooth along unstable directions (Y. B. Pesin, Russ. Math. Surv. 32, 55 (1977),
    10.1070/RM1977v032n04ABEH001639), never exceeded (D. Ruelle, Bol. Soc. Bras. Mat. 9, 83 (1978), 10.1007/BF02584795),
    and wrong for repellers and transient chaos, for which the escape rate must be subtracted.
    """
    given = np.asarray(exponents, float)
    return float(given[given > 0].sum())


def kaplan_yorke_dimension(exponents: npt.ArrayLike) -> float:
    """Dimension j + (l_1 + ... + l_j)/|l_(j+1)|, j the largest number of leading exponents with a sum >= 0.

    J. L. Kaplan and J. A. Yorke, Lect. Notes Math. 730, 204 (1979), 10.1007/BFb0064319. 0 if the largest is negative;
    all of them if the sum never falls below 0, as in a volume that is conserved.
    """
    return float(kaplan_yorke_dimensions(exponents))


def kaplan_yorke_dimensions(exponents: npt.ArrayLike, size: int | None = None) -> Array:
    """The same (...,) of spectra (..., k), the k largest of ``size`` in any order; NaN if they do not reach that far.

    Sums within 1e-12 of the sum of magnitudes count as 0.
    """
    falling = -np.sort(-np.asarray(exponents, float), axis=-1)
    k = falling.shape[-1]
    sums = np.cumsum(falling, axis=-1)
    rounding = 1e-12 * np.abs(np.where(np.isfinite(falling), falling, 0.0)).sum(axis=-1, keepdims=True)
    below = sums < -rounding
    j = np.where(below.any(axis=-1), below.argmax(axis=-1), k)
    reached = np.take_along_axis(sums, np.maximum(j - 1, 0)[..., None], -1)[..., 0]
    following = np.take_along_axis(falling, np.minimum(j, k - 1)[..., None], -1)[..., 0]
    within = (j > 0) & (j < k)
    part = np.divide(np.maximum(reached, 0.0), np.abs(following), out=np.zeros(j.shape), where=within)
    found = np.where(j < k, j + part, float(k) if size is None or k == size else np.nan)
    return np.asarray(np.where(np.isnan(falling).any(axis=-1), np.nan, found))


def sample_entropy_of_uniform(tolerance: float) -> float:
    """Sample entropy -ln(2r - r^2) of independent uniform numbers on [0, 1], tolerance r <= 1 in their units, any m.

    From the probability that two are at most r apart; stretches of independent samples agree sample by sample.
    """
    if not 0 < tolerance <= 1:
        raise ValueError(f"tolerance is {tolerance}, expected above 0 and at most 1")
    return -math.log(tolerance * (2 - tolerance))


def sample_entropy_of_chain(transitions: npt.ArrayLike, m: int) -> float:
    """Sample entropy of a stationary Markov chain of symbols, transitions (k, k) with rows of sum 1, stretches of m.

    Two stretches of L symbols agree with the probability sum over words of p(w)^2 = q S^(L - 1) 1, where q has the
    squares of the stationary probabilities, and S those of the transition probabilities. As m grows, it tends to the
    Renyi entropy rate of order 2, -ln of the largest eigenvalue of S (Z. Rached, F. Alajaji and L. L. Campbell,
    IEEE Trans. Inf. Theory 47, 1553 (2001), 10.1109/18.923736).
    """
    t = np.asarray(transitions, float)
    if t.ndim != 2 or t.shape[0] != t.shape[1] or (t < 0).any() or not np.allclose(t.sum(-1), 1):
        raise ValueError("expected a square matrix of transition probabilities, with rows of sum 1")
    if m < 1:
        raise ValueError(f"m is {m}, expected at least 1")
    values, vectors = np.linalg.eig(t.T)
    law = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    agree = (law / law.sum()) ** 2 @ np.linalg.matrix_power(t * t, m - 1)
    return float(-np.log((agree @ (t * t)).sum() / agree.sum()))


def sample_entropy_of_normal(r: float) -> float:
    """Sample entropy -ln erf(r/2) of independent normals, r in their standard deviation, any m.

    Their difference is normal with twice the variance (J. S. Richman and J. R. Moorman, Am. J. Physiol. 278, H2039
    (2000), 10.1152/ajpheart.2000.278.6.H2039).
    """
    if not r > 0:
        raise ValueError(f"r is {r}, expected above 0")
    return -math.log(math.erf(r / 2))
