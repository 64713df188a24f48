"""The clock of data of one's own: numbers or dates, at equal steps or not, resampled if the plan asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from physent.errors import UsageError
from physent.io.mapped import Steps
from physent.typing import Array, Floats

if TYPE_CHECKING:
    import xarray as xr

SAME = 1e-6  # relative difference up to which steps count as equal: stored times are often rounded to float32
LONG = {"seconds": "s", "minutes": "min", "hours": "h", "days": "d"}  # xarray takes the long ones for durations
MOST_STEPS = 1 << 26


class Moments(NamedTuple):
    """Times of all samples, their units, how their steps differ (empty: not), and what interpolates to them."""

    values: Floats
    units: str
    irregular: str = ""
    steps: Steps | None = None


def moments(
    coordinate: xr.DataArray | None, count: int | None, name: str, every: float | None, label: str, assumed: list[str]
) -> Moments:
    """Times along the dimension ``name`` of ``count`` samples, which are counted without a coordinate.

    A ``count`` of None is one sample, at 0. Interpolated to steps of ``every``, if that is not None. Raises UsageError
    for times that do not increase.
    """
    if coordinate is None:
        assumed.append(f"{name}: one sample" if count is None else f"{name}: index of the sample")
        found = Moments(np.arange(count or 1, dtype=np.float64), "1")
    else:
        values, units = _numbers(coordinate.values, coordinate.attrs, label, name)
        _refuse_disorder(values, coordinate.values, name, label)
        if coordinate.dtype == object:
            first = coordinate.values[0]
            assumed.append(f"{name}: seconds since {first} in the calendar {first.calendar}")
        found = Moments(values, units, _irregular(values))
    if every is None:
        if found.irregular:
            assumed.append(f"{name}: {found.irregular}, used as they are")
        return found
    span = found.values[-1] - found.values[0]
    steps = int(np.floor(span / every * (1 + 1e-12)))
    if not 1 <= steps <= MOST_STEPS:
        raise UsageError(f"{label}: resample.every: found {every:g}, expected at most the {span:g} that the data last")
    new = found.values[0] + every * np.arange(steps + 1)
    before = np.clip(np.searchsorted(found.values, new, "right") - 1, 0, len(found.values) - 2)
    before += new >= found.values[before + 1]  # a step that hits the last sample lies there
    assumed.append(f"{name}: interpolated linearly to steps of {every:g}, from {len(found.values)} samples")
    return Moments(new, found.units, "", Steps(name, found.values, np.minimum(new, found.values[-1]), before))


def _numbers(values: Array, attrs: Any, label: str, name: str) -> tuple[Floats, str]:
    """Numbers and units; of dates seconds since the first one, whole nanoseconds before they become float64."""
    if values.dtype.kind in "iuf":
        units = str(attrs.get("units", "1"))
        return np.asarray(values, np.float64), LONG.get(units, units)
    if values.dtype.kind in "mM" and np.isnat(values).any():
        raise UsageError(f"{label}: {name} has a date that is missing, expected one for each sample")
    if values.dtype.kind == "M":
        exact = values.astype("datetime64[ns]")
        first = np.datetime_as_string(exact[0], "ns").rstrip("0").rstrip(".").replace("T", " ")
        return (exact - exact[0]).astype(np.int64) / 1e9, f"seconds since {first}"
    if values.dtype.kind == "m":
        return values.astype("timedelta64[ns]").astype(np.int64) / 1e9, "s"
    if values.dtype == object and hasattr(values[0], "calendar"):
        return np.array([(one - values[0]).total_seconds() for one in values]), "s"
    raise UsageError(
        f"{label}: {name} is {_no_date(values)!r:.60}, expected numbers, or ISO dates such as 2026-03-01T06:07"
    )


def _no_date(values: Array) -> object:
    """The first value that is no ISO date."""
    import pandas as pd

    read = pd.to_datetime(pd.Series(values, dtype=object), format="ISO8601", errors="coerce", utc=True)
    return values.tolist()[int(read.isna().to_numpy().argmax())]


def _refuse_disorder(values: Floats, shown: Array, name: str, label: str) -> None:
    steps = np.diff(values)
    if not np.isfinite(values).all():
        raise UsageError(f"{label}: {name} is {values[~np.isfinite(values)][0]}, expected finite times")
    if (steps <= 0).any():
        at = int((steps <= 0).argmax())
        raise UsageError(
            f"{label}: {name} is {shown[at + 1]} after {shown[at]}, expected increasing times: sort the data"
        )


def _irregular(values: Floats) -> str:
    steps = np.diff(values)
    if len(steps) < 2:
        return ""
    typical = float(np.median(steps))
    if (np.abs(steps - typical) <= SAME * typical + 8 * np.spacing(np.abs(values).max())).all():
        return ""
    return f"steps from {steps.min():.6g} to {steps.max():.6g}, median {typical:.6g}"
