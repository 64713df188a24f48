"""Closed forms of the complex Ginibre ensemble, the Coulomb gas of d = 2, beta = 2, V = r^2/2.

The weight prod |z_i - z_j|^2 exp(-N sum |z_i|^2) is that of the eigenvalues of a matrix of independent complex
Gaussians of variance 1/N (Ginibre (1965), J. Math. Phys. 6, 440, doi 10.1063/1.1704292). It is determinantal with the
kernel K(z, w) = (N/pi) exp(-N(|z|^2 + |w|^2)/2) sum_{k<N} (N z w*)^k/k!. The N r_k^2 are independent Gamma(k)
variables (`physent.theory.radii`), here called G_k. The unit of length is the radius of the droplet; energies are as
in `physent.theory.droplet`.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

Array = npt.NDArray[np.float64]

BULK_TWO_BODY_ENTROPY = math.pi**2 / 12 - 1
"""Two-body excess entropy per particle of the infinite system, -(rho/2) int (g log g - g + 1) d^2r, in nats.

With g = 1 - e^(-x), x = pi rho r^2: -(1/2) int_0^inf [(1 - e^-x) log(1 - e^-x) + e^-x] dx = -(1 - pi^2/12)
(derived here: u = 1 - e^-x and int_0^1 u log u/(1 - u) du = 1 - pi^2/6)."""

BULK_EXCESS_ENTROPY = 0.5 * math.log(2 * math.pi) - 1 - float(np.euler_gamma) / 2
"""Entropy per particle of the infinite system beyond the ideal gas of the same density, -0.36967, in nats.

Derived here from log Z and <E> (`log_partition`, `mean_energy`): for beta = 2 the free energy per particle of the
one-component plasma is exact (Jancovici (1981), Phys. Rev. Lett. 46, 386, doi 10.1103/PhysRevLett.46.386), its
excess energy -(log(pi rho) + gamma)/4; the entropy is their difference."""


def density(r: npt.ArrayLike, n: int) -> Array:
    """Mean density Q(n, n r^2)/pi at distances ``r`` of any shape, normalised to 1 in the plane."""
    return np.asarray(special.gammaincc(n, n * np.square(np.asarray(r, float))) / math.pi)


def bulk_pair_correlation(r: npt.ArrayLike, n: int) -> Array:
    """Pair correlation 1 - exp(-n r^2) at distances ``r`` deep inside the droplet (Ginibre 1965, large n)."""
    return np.asarray(-np.expm1(-n * np.square(np.asarray(r, float))))


def bulk_structure_factor(k: npt.ArrayLike, n: int) -> Array:
    """Structure factor 1 - exp(-k^2/(4n)) at wavenumbers ``k``: k^2/(4n) for small k, hyperuniform.

    The Fourier transform of `bulk_pair_correlation` at the density n/pi.
    """
    return np.asarray(-np.expm1(-np.square(np.asarray(k, float)) / (4 * n)))


def log_partition(n: int) -> float:
    """Logarithm of Z, the integral of exp(-2E) over all positions of ``n`` labelled particles.

    n! pi^n prod_{k<=n} Gamma(k) / n^(n(n+1)/2): the norms pi Gamma(k)/n^k of the monomials (Ginibre 1965).
    """
    terms = special.gammaln(np.arange(1, n + 1)) + math.log(math.pi)
    return math.fsum([math.lgamma(n + 1), *terms, -n * (n + 1) / 2 * math.log(n)])


def mean_energy(n: int) -> float:
    """Mean energy <E> at beta = 2, in O(n^2) incomplete beta functions.

    Derived here. The trap gives sum_k k/2. The pairs have the density K(z,z)K(w,w) - |K(z,w)|^2; the mean of
    log|z - w| over the angle between z and w is log max(|z|, |w|), and that of log|z - w| e^(im angle) is
    -(r_</r_>)^|m|/(2|m|). With unscaled radii the terms j = k cancel, and each j < k contributes
    log max(G_j, G_k)/2 from the first and P(G_k < G_j)/(k - j) from the second. The mean of the former follows from
    E log max(G_j, G_k) = psi(k) + A_jk, A_jk = E [log(G_j/G_k)]^+, and p_{j+1} = p_j - p_{j+1}' for Gamma densities
    gives A_{j+1,k} = A_jk + P(G_j > G_k)/j from A_1k = int_1^inf dt/(t (1 + t)^k); P(G_j > G_k) = I_{1/2}(k, j).
    """
    first = math.log(2.0)
    pairs = []
    for k in range(2, n + 1):
        first -= 2.0 ** (1 - k) / (k - 1)
        j = np.arange(1, k)
        exceeds = special.betainc(k, j, 0.5)
        beyond = max(first, 0.0) + np.concatenate([[0.0], np.cumsum(exceeds[:-1] / j[:-1])])
        pairs.append(math.fsum(0.5 * (special.digamma(k) + beyond) + exceeds / (k - j)))
    return n * (n + 1) / 4 - math.fsum(pairs) + n * (n - 1) / 4 * math.log(n)


def configurational_entropy(n: int) -> float:
    """Entropy -int p log p of the positions of ``n`` labelled particles at beta = 2, log Z + 2 <E>, in nats."""
    return log_partition(n) + 2 * mean_energy(n)
