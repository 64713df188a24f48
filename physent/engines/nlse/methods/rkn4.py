"""Splitting of order 4 in six stages: the symmetric Runge-Kutta-Nystrom method SRKN_6^b.

Blanes and Moan (2002), J. Comput. Appl. Math. 142, 313, doi 10.1016/S0377-0427(01)00492-7. ``core.splitting`` explains
the digits and the condition on the equation.
"""

from __future__ import annotations

from physent.core.splitting import Splitting, palindrome
from physent.engines.nlse.methods.split import integrator

RKN4 = Splitting(
    4,
    palindrome(
        "0.08298440641740501883834747894226 0.39630980149836807709491152826367 -0.03905630492234843517086529076537",
        odd=True,
    ),
    palindrome("0.24529895718427116260393242600141 0.60487266571107997496089269764308", odd=False),
)
METHOD = integrator(RKN4)
