"""Structure factor of the plane at other beta than 2: screening, compressibility and sixth-moment rule."""

from __future__ import annotations

import math
from collections.abc import Iterator

from physent.diagnostics.chains import mean_and_error
from physent.evidence import Case, Claim

N = 100
WIDTHS = {"narrow": 0.1, "middle": 0.15, "wide": 0.21}
SUMS = {1.0: ("wide",), 4.0: ("middle",), 6.0: ("narrow", "middle")}
"""By beta, those whose m is small enough for three terms."""
RULES = (
    "Stillinger and Lovett 1968, doi 10.1063/1.1670358; Vieillefosse and Hansen 1975, doi 10.1103/PhysRevA.12.1106; "
    "Kalinay, Markos, Samaj and Travenec 2000, J. Stat. Phys. 98, 639"
)


def check(case: Case) -> Iterator[Claim]:
    """Variance of sum exp(-r^2/2a^2) in the bulk: with u = k^2/(2 beta N), an average of S over exp(-k^2 a^2).

    S = u + (beta/4 - 1) u^2 + (beta - 6)(3 beta - 8)/48 u^3 + ..., which is 1 - exp(-u) at beta = 2. The variance is
    pi n a^2 <S>, n = N/pi, and <u^q> = q! m^q with m = 1/(2 beta N a^2): its 2 beta-fold is 1 + (beta/4 - 1) 2m +
    (beta - 6)(3 beta - 8)/8 m^2 + ...; one for all beta and widths if only the screening is perfect.
    """
    draws = 4000 if case.full else 600
    for seed in (1, 2) if case.full else (1,):
        for beta, names in SUMS.items() if case.full else [(1.0, SUMS[1.0])]:
            run = case.run(set={"seed": seed, "parameters.beta": beta, "schedule.draws": draws})
            for name in names:
                width, s = WIDTHS[name], run[name].values
                m = 1 / (2 * beta * N * width**2)
                exact = 1 + (beta / 4 - 1) * 2 * m + (beta - 6) * (3 * beta - 8) / 8 * m**2
                mean, error = mean_and_error(s)
                spread = math.sqrt(exact / (2 * beta))
                yield Claim(
                    claim=f"beta = {beta:g}, width {width}: mean of the sum, seed {seed}",
                    source="derived: density N/pi inside the droplet, which ends at r = 1",
                    expected=2 * N * width**2,
                    measured=float(mean),
                    tolerance=5 * spread / math.sqrt(s.size / 3)
                    + 2 * N * width**2 * math.exp(-0.5 * (0.85 / width) ** 2),
                    reason="5 standard errors, 3 draws for an independent one; the edge from r = 0.85 on",
                    basis="derived",
                    standard_error=float(error),
                )
                variance, error = mean_and_error(2 * beta * (s - s.mean()) ** 2)
                yield Claim(
                    claim=f"beta = {beta:g}, width {width}: 2 beta times the variance of the sum, seed {seed}",
                    source=RULES,
                    expected=exact,
                    measured=float(variance),
                    tolerance=5 * exact * math.sqrt(2 / (s.size / 3)) + 24 * m**3,
                    reason=f"5 standard errors; next term of S, at most that of Debye and Hueckel, {24 * m**3:.4f}",
                    basis="derived",
                    standard_error=float(error),
                )
