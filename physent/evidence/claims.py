"""One claim, its verdict, and its row of results.json."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import numpy as np

Basis = Literal["exact", "derived", "published", "simulated"]
Verdict = Literal["pass", "fail", "expected-difference"]

BASES: tuple[Basis, ...] = ("exact", "derived", "published", "simulated")
SIGMAS = 5.0  # standard errors in a tolerance, beside its other allowances: 6 of 1e7 true claims exceed them
RESOLUTION = 2.5  # standard errors that must fit at least: half as many, since an error from few runs is uncertain


@dataclass(frozen=True)
class Claim:
    """A number that theory or the literature states, and what we measure.

    It holds when ``|measured - expected| <= tolerance``, ``measured`` is finite, and `RESOLUTION` standard errors
    fit into the tolerance, so that a measurement too noisy to decide is a fail and not a pass.

    Attributes
    ----------
    claim : str
        What is claimed, in words; unique within its case.
    source : str
        Author, year and DOI, or ``derived`` with the step that derives it.
    expected, measured, tolerance : float
        In the same unit; a bound on an error is ``expected = 0`` with the bound as tolerance.
    reason : str
        One line: why this tolerance.
    basis : {"exact", "derived", "published", "simulated"}
        What the expected value rests on.
    standard_error : float, optional
        Of ``measured``; None if nothing is random.
    difference : str
        For a published claim that does not hold: why. The verdict is then ``expected-difference`` when the
        claim is indeed missed, and ``fail`` when it turns out to hold.
    """

    claim: str
    source: str
    expected: float
    measured: float
    tolerance: float
    reason: str
    basis: Basis
    standard_error: float | None = None
    difference: str = ""

    def __post_init__(self) -> None:
        if not (self.claim and self.source and self.reason):
            raise ValueError("a claim needs its text, its source and the reason for its tolerance")
        if self.basis not in BASES:
            raise ValueError(f"basis is {self.basis!r}, expected one of {', '.join(BASES)}")
        if not (math.isfinite(self.expected) and math.isfinite(self.tolerance) and self.tolerance >= 0):
            raise ValueError(f"expected {self.expected} and tolerance {self.tolerance} must be finite, tolerance >= 0")
        if self.difference and self.basis != "published":
            raise ValueError("only a published claim can be an expected difference")

    @property
    def problem(self) -> str:
        """Why the measurement cannot decide the claim; empty when it can."""
        if not math.isfinite(self.measured):
            return f"measured is {self.measured}"
        if self.standard_error is not None and not RESOLUTION * self.standard_error <= self.tolerance:
            return f"standard error {self.standard_error:.2g} too large for a tolerance of {self.tolerance:.2g}"
        return ""

    @property
    def holds(self) -> bool:
        """Whether the measured value lies within the tolerance of the expected one."""
        return not self.problem and abs(self.measured - self.expected) <= self.tolerance

    @property
    def verdict(self) -> Verdict:
        """The verdict in results.json and for the exit code."""
        if self.difference:
            return "fail" if self.problem or self.holds else "expected-difference"
        return "pass" if self.holds else "fail"


class Result(TypedDict):
    """One row of results.json; a number is None if there is none or if it is not finite (see ``note``)."""

    case: str
    claim: str
    source: str
    basis: str
    expected: float | None
    measured: float | None
    standard_error: float | None
    tolerance: float | None
    verdict: Verdict
    reason: str
    note: str
    tier: Literal["quick", "full"]
    digest: str
    figures: list[str]


def chance(*errors: tuple[float, int]) -> float:
    """What a true mean, or difference of means, exceeds with probability 6e-7: `SIGMAS` standard errors if exact.

    ``errors`` are standard errors, each with the number of values that it was estimated from: Student's quantile, with
    the degrees of freedom of Welch 1947, doi 10.1093/biomet/34.1-2.28.
    """
    from scipy.stats import norm, t

    squares = np.array([error**2 for error, _ in errors])
    freedom = squares.sum() ** 2 / (squares**2 / [values - 1 for _, values in errors]).sum()
    return float(t.isf(norm.sf(SIGMAS), freedom) * np.sqrt(squares.sum()))


def of_mean(
    claim: str, values: np.ndarray[Any, Any], expected: float, source: str, basis: Basis = "exact", bias: float = 0.0
) -> Claim:
    """The claim that independent ``values`` (n,) have the mean ``expected``, within `chance` and a known ``bias``."""
    error = float(np.std(values, ddof=1) / math.sqrt(values.size))
    return Claim(
        claim=claim,
        source=source,
        expected=float(expected),
        measured=float(np.mean(values)),
        tolerance=chance((error, values.size)) + bias,
        reason="5 standard errors of a mean over independent replicas, by Student's t"
        + (f", and {bias:.2g} for the step" if bias else ""),
        basis=basis,
        standard_error=error,
    )


def finite(value: float | None) -> float | None:
    """A number as JSON can hold it: None for one that is not finite."""
    return float(value) if value is not None and math.isfinite(value) else None


def relative_l2(measured: np.ndarray[Any, Any], exact: np.ndarray[Any, Any]) -> float:
    """Relative L2 distance ``|measured - exact| / |exact|`` of two arrays of one shape, real or complex."""
    measured, exact = np.asarray(measured), np.asarray(exact)
    if measured.shape != exact.shape:
        raise ValueError(f"shapes {measured.shape} and {exact.shape} differ")
    return float(np.linalg.norm((measured - exact).ravel()) / np.linalg.norm(exact.ravel()))
