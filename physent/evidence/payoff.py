"""When a CUDA device pays: rates beside those of the CPU, and the size from which it is faster."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from physent.evidence.devices import ONE_THREAD, Task

Rows = Iterable[Mapping[str, Any]]


def gains(rows: Rows) -> dict[str, dict[str, float]]:
    """By task, and by contestant on the CPU: its time over that of the device, for the same work."""
    found: dict[str, dict[str, float]] = {}
    for task, (card, others) in _rates(rows).items():
        found[task] = {name: card["rate"] / other["rate"] for name, other in others.items()}
    return found


def _rates(rows: Rows) -> dict[str, tuple[Mapping[str, Any], dict[str, Mapping[str, Any]]]]:
    """By task: the row of the device, and those of the CPU by contestant."""
    timed = [row for row in rows if row["cpu_seconds"] is not None]
    on_card = {row["task"]: row for row in timed if row["note"] == "events"}
    on_cpu = [row for row in timed if row["note"] != "events"]
    return {
        task: (card, {row["contestant"]: row for row in on_cpu if row["task"] == task})
        for task, card in on_card.items()
    }


def crossing(sizes: Sequence[float], ratios: Sequence[float]) -> float | None:
    """The size from which the ratios stay above 1, interpolated in logarithms; None if the last one is below 1.

    It is the first size, as an upper bound, if all ratios are above 1. Sizes ascend.
    """
    if ratios[-1] < 1.0:
        return None
    steps = list(zip(pairwise(sizes), pairwise(ratios), strict=True))
    for (small, large), (below, above) in reversed(steps):
        if below < 1.0 <= above:
            part = math.log(below) / (math.log(below) - math.log(above))
            return float(small * (large / small) ** part)
    return float(sizes[0])


def smallest(tasks: Iterable[Task], rows: Rows) -> list[dict[str, Any]]:
    """For each family of tasks and each contestant on the CPU: the size from which the device is faster.

    Keys ``family, contestant, sizes, gains, smallest`` (null: not up to the largest size) and ``text``.
    """
    won = gains(rows)
    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for task in tasks:
        for name, gain in won.get(task.name, {}).items():
            if task.family:
                found.setdefault((task.family, name), []).append((task.size, gain))
    return [
        {"family": family, "contestant": name, **_summary(*zip(*sorted(pairs), strict=True))}
        for (family, name), pairs in found.items()
    ]


def _summary(sizes: tuple[int, ...], ratios: tuple[float, ...]) -> dict[str, Any]:
    size = crossing(sizes, ratios)
    if size is None:
        text = f"more than {sizes[-1]}"
    else:
        text = f"at most {sizes[0]}" if size == sizes[0] else f"about {float(f'{size:.2g}'):.0f}"
    return {"sizes": list(sizes), "gains": list(ratios), "smallest": size, "text": text}


def page(tasks: Iterable[Task], rows: Rows) -> Iterator[str]:
    """Both tables, in Markdown."""
    rows = list(rows)
    won = gains(rows)
    yield "| task | rate of the card | x one CPU thread | x all threads | time / bound |"
    yield "|---|---|---|---|---|"
    for task, (card, _) in _rates(rows).items():
        one = won[task].get(ONE_THREAD)
        every = [gain for name, gain in won[task].items() if name != ONE_THREAD]
        over = card["cpu_seconds"] / card["bound_seconds"]
        cells = (task, f"{card['rate']:.3g} {card['rate_of']}", _times(one), _times(*every[:1]), f"{over:.3g}")
        yield f"| {' | '.join(cells)} |"
    missed = {row["task"]: row["note"] for row in rows if row["cpu_seconds"] is None}
    yield from ("", *(f"- {task}: {note}" for task, note in missed.items()), "")
    yield "The smallest system for which the card is faster:"
    yield ""
    yield "| system | than | size | gain at each size |"
    yield "|---|---|---|---|"
    for row in smallest(tasks, rows):
        pairs = ", ".join(f"{gain:.3g} at {size}" for size, gain in zip(row["sizes"], row["gains"], strict=True))
        yield f"| {row['family']} | {row['contestant']} | {row['text']} | {pairs} |"


def _times(gain: float | None = None) -> str:
    return "-" if gain is None else f"{gain:.3g}"
