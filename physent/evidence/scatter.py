"""Claims under many sets of seeds: how they scatter in units of their standard errors, in numbers and as a figure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from physent.io.files import replacing
from physent.typing import Floats

NAME = "seeds.json"
FIGURE = "seeds/deviations.png"
COLUMNS = ("expected", "tolerance", "measured", "standard_error", "verdict", "note")
UNLIKELY = 1e-3
ODD = (
    "Rows whose spread, the standard deviation over the root mean square of the standard errors, has a probability "
    f"below {UNLIKELY:g} if the errors are right. The largest of many deviations scatters less than one of them, and a "
    "mean over replicas that hold some of their sum fixed less than they suggest; a spread above 1 is an error that is "
    "stated too small."
)


class Row(TypedDict):
    """One claim under every set of seeds; numbers that are not finite are None."""

    case: str
    digest: str
    claim: str
    reason: str
    expected: list[float | None]
    tolerance: list[float | None]
    measured: list[float | None]
    standard_error: list[float | None]
    verdict: list[str]
    note: list[str]


def load(folder: Path) -> list[Row]:
    """Rows of the folder's seeds.json; none if there is no such file."""
    path = folder / NAME
    rows: list[Row] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return rows


def write(rows: list[Row], folder: Path) -> None:
    """Replace the folder's seeds.json, in the order of the cases' names."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / NAME) as partial:
        partial.write_text(json.dumps(sorted(rows, key=lambda row: row["case"]), indent=1) + "\n", encoding="utf-8")


def random(row: Row) -> bool:
    """Whether the measured value of this row depends on the seeds."""
    return len(set(row["measured"])) > 1


def deviations(row: Row, own: bool = False) -> Floats:
    """(measured - expected) / standard error under every set of seeds; empty unless each set has an error.

    The error is the root mean square over the sets: its square is unbiased, while one of few replicas scatters itself,
    and Student's deviations in units of their own errors are wider than the normal law even if the errors are right.
    ``own``: from the mean of the row instead, which knows no systematic difference, and wider by sqrt(K / (K - 1)).
    """
    columns = np.array([row[column] for column in ("measured", "expected", "standard_error")], np.float64)
    if not (np.isfinite(columns).all() and (columns[2] > 0).all()):
        return np.empty(0)
    difference, count = columns[0] - columns[1], columns.shape[1]
    if own and count > 1:
        difference = (difference - difference.mean()) * np.sqrt(count / (count - 1))
    return np.asarray(difference / np.sqrt(np.mean(columns[2] ** 2)))


def spread(row: Row) -> tuple[float, float]:
    """R.m.s. of the deviations from the row's mean, and its probability if the errors are right; NaN below 3 sets."""
    from scipy.stats import chi2

    d = deviations(row, own=True)
    if len(d) < 3:
        return np.nan, np.nan
    squares = (len(d) - 1) * np.mean(d**2)
    below = chi2.cdf(squares, len(d) - 1)
    return float(np.sqrt(np.mean(d**2))), float(2 * min(below, 1 - below))


def odd(rows: list[Row]) -> list[Row]:
    """Rows whose spread is not that of their errors, the widest first."""
    found = [row for row in rows if random(row) and spread(row)[1] < UNLIKELY]
    return sorted(found, key=lambda row: -spread(row)[0])


def _scatter(rows: list[Row]) -> tuple[Floats, Floats]:
    """All deviations, and those from the mean of their row, which are free of systematic differences."""
    chosen = [row for row in rows if random(row)]
    every = [deviations(row) for row in chosen]
    own = [deviations(row, own=True) for row in chosen]
    return np.concatenate([*every, []]), np.concatenate([*own, []])


def summary(rows: list[Row]) -> str:
    """One sentence on how many rows were repeated how often, and how wide they scatter."""
    chosen = [row for row in rows if random(row)]
    sets = [len(row["measured"]) for row in chosen] or [0]
    failed = sum("fail" in row["verdict"] for row in chosen)
    own = _scatter(rows)[1]
    if not own.size:
        return "no row depends on its seeds"
    size, share = np.sqrt(np.mean(own**2)), np.mean(np.abs(own) < 1)
    return (
        f"{len(chosen)} rows that depend on their seeds, under {min(sets)} to {max(sets)} sets of seeds; {failed} of "
        f"them fail under one or more. Deviations from the mean of a row are {size:.2f} "
        f"standard errors r.m.s., and {share:.1%} are below one, 68.3 % for a normal law."
    )


def draw(rows: list[Row], folder: Path) -> str:
    """Save the figure of all deviations and of each row's spread unless it is newer than they; return its path."""
    figure_path, rows_path = folder / FIGURE, folder / NAME
    if figure_path.is_file() and rows_path.is_file() and figure_path.stat().st_mtime > rows_path.stat().st_mtime:
        return FIGURE
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from scipy.stats import chi2, norm

    from physent.figures.style import drawing

    every, own = _scatter(rows)
    spreads = sorted((spread(row)[0], len(row["measured"])) for row in rows if random(row) and spread(row)[0] > 0)
    with drawing():
        figure: Any = Figure(figsize=(9.6, 3.8))
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        bins = np.linspace(-5, 5, 51)
        left.hist(own, bins, density=True, color="C0", alpha=0.6, label="from the mean of the row")
        left.hist(every, bins, density=True, histtype="step", color="C1", label="from the expected value")
        left.plot(bins, norm.pdf(bins), "k", lw=1, label="normal law")
        left.set(xlabel="deviation / standard error", ylabel="density", title=f"{len(own)} deviations")
        left.legend(frameon=False, fontsize=8)
        if spreads:
            value, sets = np.array(spreads).T
            rank = np.arange(len(value))
            right.plot(rank, value, "o", ms=2.5, label="rows, in order")
            typical = float(np.median(sets)) - 1
            right.plot(
                rank, np.sqrt(chi2.ppf((rank + 0.5) / len(rank), typical) / typical), "k", lw=1, label="law of chi"
            )
            right.legend(frameon=False, fontsize=8)
        right.set(yscale="log", xlabel="row", ylabel="spread / standard error", title="Do the errors hold?")
        figure_path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(figure_path, dpi=150)
    return FIGURE
