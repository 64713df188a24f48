"""What `physent show NAME` says: all that the models declare, wherever it is nested."""

from __future__ import annotations

import pytest

from physent import engines
from physent.cli import describe
from physent.config.messages import kinds
from physent.config.model import initial_kinds
from physent.diagnostics.run.kinds import KINDS
from physent.errors import UsageError


def labels(entries: list[describe.Entry]) -> list[str]:
    """Labels with two spaces per depth."""
    return [f"{'  ' * depth}{label}" for depth, label, _ in entries]


@pytest.mark.parametrize("name", engines.TABLE)
def test_an_engine_shows_every_key_start_and_variable(name: str) -> None:
    """With types and defaults."""
    engine = engines.get(name)
    shown = labels(describe.named(name) or [])
    assert set(shown) >= {f"    {key}" for key in engine.Parameters.model_fields}
    assert set(shown) >= {f"    {key}" for key in engine.Schedule.model_fields}
    for section in initial_kinds(engine):
        at = shown.index(f"    kind: {kinds(section)[0]}")
        own = [key for key in section.model_fields if key != "kind"]
        assert [f"      {key}" for key in own] == [label for label in _until(shown[at + 1 :], 4) if label[6] != " "]
    assert f"    {engine.headline}" in shown[shown.index("  variables:") :]


def _until(shown: list[str], depth: int) -> list[str]:
    """Labels up to the first that is not deeper than ``depth`` spaces."""
    stop = next((i for i, label in enumerate(shown) if label[: depth + 1].strip()), len(shown))
    return shown[:stop]


@pytest.mark.parametrize("kind", KINDS)
def test_a_diagnostic_shows_its_options(kind: str) -> None:
    """Including its name."""
    shown = labels(describe.named(kind) or [])
    assert [label.strip() for label in shown if label[2:3] != " "] == [
        kind,
        *(key for key in KINDS[kind].model_fields if key != "kind"),
    ]


def test_a_kind_inside_parameters_shows_its_keys() -> None:
    """By its own name, by that of its key, and by a path."""
    trap = "angular frequency of the trap, in radians per unit time (number > 0; required)"
    for name in ("harmonic", "potential", "nlse.potential", "nlse.parameters.potential"):
        entries = describe.named(name)
        assert entries is not None
        assert trap in [text for _, label, text in entries if label == "frequency"]
    assert "(auto or strang or rkn4 or rkn6 or if_dop853; default auto)" in str(describe.named("nlse.method"))
    assert "relative to the working directory" in str(describe.named("output.path"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("seed", "run.seed"),
        ("sweep", "run.sweep"),
        ("data", "plan.data"),
        ("missing", "plan.missing"),
        ("initial.path", "nlse.initial.file.path"),
        ("potential.frequency", "nlse.parameters.potential.harmonic.frequency"),
        ("boltzmann_entropy.measure", "boltzmann_entropy.measure"),
        ("strang", "nlse.parameters.method"),
        ("log1p_r2", "linear_statistic.function"),
        ("reverse_velocities", "hard_discs.protocol.do"),
        ("sphere", "sphere"),
        ("transfer_entropy", "transfer_entropy"),
        ("Sphere", "Sphere"),
    ],
)
def test_every_name_a_config_or_a_script_may_hold(name: str, shown: str) -> None:
    """Keys of all configs and of plans, paths without kinds, values of keys, spaces, functions."""
    assert shown in [label for depth, label, _ in describe.named(name) or [] if depth == 0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_a_diagnostic(kind: str) -> None:
    for key in KINDS[kind].model_fields:
        if key != "kind":
            ((depth, label, text), *_) = describe.named(f"{kind}.{key}") or [(1, "", "")]
            assert (depth, label) == (0, f"{kind}.{key}")
            assert text


def test_unknown_names() -> None:
    """A name close to one there is helped; any other is left to the search for configs."""
    assert describe.named("nothing_like_it") is None
    with pytest.raises(UsageError, match="did you mean harmonic"):
        describe.refuse_unknown("harmonik")
    describe.refuse_unknown("nothing_like_it")
    describe.refuse_unknown("nlse/two_soliton")
