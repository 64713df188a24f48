"""Running validation cases: every case is listed, and one that raises has failed, with a one-line error."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from physent.errors import Interrupted, UsageError, described
from physent.evidence.cases import Case, case_digest, case_folders, script_function, select
from physent.evidence.claims import Claim, Result, finite
from physent.evidence.report import write_report
from physent.evidence.table import table_rows, write_results

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["table_rows", "validate"]

log = logging.getLogger(__name__)


def validate(
    names: Iterable[str] = (),
    full: bool = False,
    output: Path | str | None = None,
    report: Callable[[str, int, int], None] | None = None,
    root: Path | None = None,
    device: str = "cpu",
) -> list[Result]:
    """Run validation cases and return one result for each of their claims.

    Parameters
    ----------
    names : iterable of str
        Cases to run, every case if empty. UsageError with the nearest name for one that does not exist.
    full : bool
        The full tier instead of the quick one.
    output : path, optional
        Folder for results.json and report.html (both rewritten after each case) and the figures, CASE/NAME.png.
    report : callable, optional
        Called as ``report(case, done, total)`` before each case.
    root : path, optional
        Folder that holds the cases, by default those that come with the package.
    device : str
        Where the runs of a case are computed if their method runs there, the CPU if not. UsageError if it is not there.
    """
    if device not in ("cpu", "cuda"):
        raise UsageError(f"device: found {device!r}, expected cpu or cuda")
    if device == "cuda":
        from physent.core.cuda.device import require

        require()
    chosen = select(tuple(names), case_folders(root), "validation case")
    folder_out = Path(output) if output is not None else None
    results: list[Result] = []
    runs: dict[str, xr.Dataset] = {}
    with tempfile.TemporaryDirectory(prefix="physent-validate-") as scratch:
        try:
            for done, (name, folder) in enumerate(chosen.items()):
                if report:
                    report(name, done, len(chosen))
                case = Case(name, folder, full, Path(scratch), folder_out and folder_out / name, runs, device=device)
                results += run_case(case)
                if folder_out is not None:
                    write_results(results, folder_out)
                    write_report(results, chosen, folder_out)
        finally:
            for dataset in runs.values():
                dataset.close()
    return results


def run_case(case: Case) -> list[Result]:
    """Results of one case; an exception becomes a failed row after the claims that were made before it."""
    claims: list[Claim] = []
    error = ""
    try:
        claims.extend(_claims(case))
    except Interrupted:
        raise
    except Exception as exception:
        log.debug("case %s raised", case.name, exc_info=True)
        error = described(exception)
    if not claims and not error:
        error = "the case made no claim"
    digest = case_digest(case.folder)
    rows = [_result(case, claim, digest) for claim in claims]
    if error:
        rows.append(_raised(case, error, digest))
    return rows


def _claims(case: Case) -> Iterator[Claim]:
    seen: set[str] = set()
    for claim in script_function(case.folder / "check.py", "check")(case):
        if claim.claim in seen:
            raise ValueError(f"the claim {claim.claim!r} is made twice")
        seen.add(claim.claim)
        yield claim


def _result(case: Case, claim: Claim, digest: str) -> Result:
    return {
        "case": case.name,
        "claim": claim.claim,
        "source": claim.source,
        "basis": claim.basis,
        "expected": finite(claim.expected),
        "measured": finite(claim.measured),
        "standard_error": finite(claim.standard_error),
        "tolerance": finite(claim.tolerance),
        "verdict": claim.verdict,
        "reason": claim.reason,
        "note": claim.problem or claim.difference,
        "tier": "full" if case.full else "quick",
        "digest": digest,
        "figures": list(case.saved),
    }


def _raised(case: Case, error: str, digest: str) -> Result:
    return {
        "case": case.name,
        "claim": "the case runs to its end",
        "source": "none",
        "basis": "none",
        "expected": None,
        "measured": None,
        "standard_error": None,
        "tolerance": None,
        "verdict": "fail",
        "reason": "none",
        "note": error,
        "tier": "full" if case.full else "quick",
        "digest": digest,
        "figures": list(case.saved),
    }
