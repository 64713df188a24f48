"""The thermodynamic ledger of a trajectory: its variables and their signs, said once for all engines.

Of one step: half of the change of the driven parameters at fixed state (w += U(x; new) - U(x; old)), the move at fixed
parameters (q -= dU + w_nc, where w_nc is the work of forces that have no energy), and the other half of the change.
So dU = dw - dq holds to round-off for steps of any length, and a `set` of a protocol makes work in the same way.
Rates of entropy production are differences of sums, cumulative in the State, over the time since the last sample.

Sources: Sekimoto (1998), Prog. Theor. Phys. Suppl. 130, 17, doi 10.1143/PTPS.130.17; Seifert (2005), Phys. Rev. Lett.
95, 040602, doi 10.1103/PhysRevLett.95.040602.
"""

from __future__ import annotations

from dataclasses import replace

from physent.declare import Variable

SIGNS = (
    "dU = dw - dq; work w is done on the system, heat q flows into the medium; k_B = 1; totals of a replica since the "
    "start of the run"
)

FULL_START = "the mean of exp(-entropy_total) is 1 if every state has a probability above 0 at the start, else below 1"

_RATE = "of the whole replica; difference of a cumulative sum over the time since the last sample; NaN at the first"


def _rate(name: str, title: str, estimator: str) -> Variable:
    attrs = {"comment": _RATE, "estimator": estimator}
    return Variable(name, f"entropy production rate of a replica: {title}", attrs=attrs, may_be_nan=True)


_TABLE = {
    one.name: one
    for one in (
        Variable("work", "work done on the system since the start", attrs={"convention": SIGNS}),
        Variable("heat", "heat that flowed into the medium since the start", attrs={"convention": SIGNS}),
        Variable("energy", "energy U of the system", attrs={"convention": SIGNS}),
        Variable(
            "entropy_medium",
            "entropy change of the medium since the start",
            attrs={"convention": SIGNS, "estimator": "log-ratio of the forward to the reversed path, step by step"},
        ),
        Variable(
            "entropy_system",
            "change of the system's entropy since the start, ln p(x(0), 0) - ln p(x(t), t)",
            attrs={"convention": SIGNS, "estimator": "exact law p of the ensemble of runs from the declared start"},
        ),
        Variable(
            "entropy_total",
            "entropy production since the start, entropy_medium + entropy_system",
            attrs={"convention": SIGNS, "comment": FULL_START},
        ),
        _rate("epr_drift", "drift form", "<f^2>/D + div f: unbiased to second order of the step; the one to quote"),
        _rate(
            "epr_trapezoid", "trapezoid form", "f o dx/D at the mid-point: fluctuates; biased at first order by curl"
        ),
        _rate("epr_even", "propulsion even under time reversal", "(F + u/mobility) o dx/T"),
        _rate("epr_odd", "propulsion odd under time reversal", "F o (dx - u dt)/T"),
    )
}


def variables(*names: str, **comments: str) -> tuple[Variable, ...]:
    """Declarations of ledger variables (replica,) by name; ``comments`` adds one to a variable; KeyError if unknown."""
    unknown = comments.keys() - set(names)
    if unknown:
        raise KeyError(*unknown)
    return tuple(
        replace(_TABLE[name], attrs={**_TABLE[name].attrs, "comment": comments[name]})
        if name in comments
        else _TABLE[name]
        for name in names
    )
