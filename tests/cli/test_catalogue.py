"""The lists of what there is: every engine with its parameters and initial states."""

from __future__ import annotations

from physent import engines
from physent.cli import catalogue
from physent.diagnostics.run.kinds import KINDS


def test_engines_are_listed_with_what_they_take() -> None:
    listed = list(catalogue.SECTIONS["engines"]())
    assert all(text for _, text in listed)
    starts = [index for index, (name, _) in enumerate(listed) if not name.startswith(" ")]
    assert [listed[index][0] for index in starts] == list(engines.TABLE)
    for first, last in zip(starts, [*starts[1:], len(listed)], strict=True):
        engine = engines.get(listed[first][0])
        names = [name.strip() for name, _ in listed[first + 1 : last]]
        assert [name for name in names if not name.startswith("initial: ")] == list(engine.Parameters.model_fields)
        assert "initial: file" in names


def test_diagnostics_are_listed_with_their_name() -> None:
    """`name` is a key like any other: it prefixes the variables."""
    listed = list(catalogue.SECTIONS["diagnostics"]())
    assert sum(entry == "  name" for entry, _ in listed) == len(KINDS)
