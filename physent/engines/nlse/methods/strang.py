"""Splitting of order 2, one stage per step.

Strang (1968), SIAM J. Numer. Anal. 5, 506, doi 10.1137/0705041.
"""

from __future__ import annotations

from physent.core.splitting import Splitting, palindrome
from physent.engines.nlse.methods.split import integrator

STRANG = Splitting(2, palindrome("", odd=False), palindrome("", odd=True))
METHOD = integrator(STRANG)
