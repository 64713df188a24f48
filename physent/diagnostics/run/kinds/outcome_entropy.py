"""Entropy of counts in any outcome space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from physent.diagnostics.run.counted import Counted, CountMeasure, Estimator, refuse_estimator
from physent.diagnostics.run.declare import Name, OneOrMany

if TYPE_CHECKING:
    from physent.diagnostics.spaces import Space


class OutcomeEntropy(Counted):
    """Entropy of the outcomes of an observable in any space, at every sample, in nats.

    As `histogram_entropy`, of which this is the general form: a value, or a point if the space has coordinates, is one
    outcome. Spaces that look at neighbouring values (ordinal, lag) are refused: see `ordinal_pattern`.
    """

    place = "space"

    kind: Literal["outcome_entropy"]
    name: Name = Field(default="outcome_entropy", description="prefix of NAME, NAME_se, NAME_coverage")
    of: OneOrMany[str] = Field(description="observable, or list of observables that are coordinates of one point")
    space: dict[str, Any] = Field(
        description="one key, the kind, with its parameters: {sphere: {polar: 4, azimuthal: 8}}, {levels: {edges: "
        "[0, 1]}}, {unique: {size: 3}}, {grid: ...}, {product: [...]}, or a space of your own, by --import"
    )
    measure: CountMeasure = Field(
        default="shannon", description="shannon, renyi_Q, renyi_inf, tsallis_Q, ln_w or statistical_complexity"
    )
    estimator: Estimator | None = Field(
        default=None, description="of the Shannon entropy, null: grassberger; other measures are plug-in"
    )

    @model_validator(mode="after")
    def _fits(self) -> OutcomeEntropy:
        refuse_estimator(self.estimator, self.measure)
        return self

    def space_of(self) -> Space:
        """The space that the key describes."""
        from physent.diagnostics.spaces import from_spec

        return from_spec(self.space)


KIND = OutcomeEntropy
