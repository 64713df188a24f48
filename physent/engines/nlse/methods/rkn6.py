"""Splitting of order 6 in eleven stages: the symmetric Runge-Kutta-Nystrom method SRKN_11^b.

Blanes and Moan (2002), J. Comput. Appl. Math. 142, 313, doi 10.1016/S0377-0427(01)00492-7. ``core.splitting`` explains
the digits and the condition on the equation.
"""

from __future__ import annotations

from physent.core.splitting import Splitting, palindrome
from physent.engines.nlse.methods.split import integrator

RKN6 = Splitting(
    6,
    palindrome(
        "0.04146499851826284329877813392017 0.19812867191806654113672647318394 -0.04000619210415268688882836353374 "
        "0.07525398430158034112787887852437 -0.01151138742068777006244320150120",
        odd=False,
    ),
    palindrome(
        "0.12322977594627115156108638034313 0.29055379779955827036641416932073 -0.12704921262541691566250505383200 "
        "-0.24633176106207540419497348909678 0.35720887279592775261986034961866",
        odd=True,
    ),
)
METHOD = integrator(RKN6)
