"""Entropies of the words that an observable writes in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, model_validator

from physent.declare import Cells, Coordinate, Integer, Problem, Variable, contradiction
from physent.diagnostics.run.declare import Context, Name, Some
from physent.diagnostics.run.each import LEFT_OUT, OfSeries, left_out
from physent.diagnostics.warn import ENOUGH
from physent.errors import UsageError

if TYPE_CHECKING:
    from physent.diagnostics.spaces import Levels


class BlockEntropy(OfSeries):
    """Entropies of words of 1 to `length` symbols that the series of an observable writes, in nats, once per run.

    A symbol is the part in which a value lies: of a `partition` at the given edges, or of equal `cells` from `low` to
    `high`, the outer two open. NAME(NAME_length) is the entropy H_L of words of L symbols, NAME_rate = H_L - H_(L-1)
    their growth, with its error NAME_rate_se (block jackknife over time) and NAME_rate_bias, which is its bias to first
    order in 1/N of N words, is negative and may be subtracted. As L grows, the growth falls to the entropy rate of the
    symbols: the Kolmogorov-Sinai entropy if the partition is generating, as one at 1/2 is for the logistic map, and
    less if not. Words that are too long for the series give a warning: their growth falls to 0 whatever the source.
    The symbols of a flow depend on the time between samples, and so does the entropy per sample. See
    `physent.diagnostics.word_entropies`.
    """

    rounds = True
    in_nats = True

    kind: Literal["block_entropy"]
    name: Name = Field(default="block_entropy", description="NAME, prefix of NAME_rate, NAME_rate_se, NAME_rate_bias")
    of: str = Field(description="observable")
    partition: Some[float] | None = Field(default=None, description="edges between the parts, rising; or give cells")
    cells: Cells | None = Field(default=None, description="number of equal cells from low to high; or give a partition")
    low: float | None = Field(default=None, description="lower end of the cells")
    high: float | None = Field(default=None, description="upper end of the cells")
    length: Annotated[Integer, Field(ge=1, le=32)] = Field(description="symbols in the longest words, 1 to 32")

    @model_validator(mode="after")
    def _fits(self) -> BlockEntropy:
        if (self.partition is None) == (self.cells is None):
            raise contradiction("partition", "expected either a partition or cells")
        ends = [end for end in (self.low, self.high) if end is not None]
        if self.cells is None and ends:
            raise contradiction("low" if self.low is not None else "high", "belongs to cells, found a partition")
        if self.cells is not None and (len(ends) < 2 or not ends[0] < ends[1]):
            raise contradiction("cells", f"found low = {self.low} and high = {self.high}, expected low below high")
        if self.cells == 1:
            raise contradiction("cells", "found 1, expected at least 2: one cell has no entropy")
        return self

    def space(self) -> Levels:
        """The parts; UsageError if the edges do not rise."""
        from physent.diagnostics.spaces import Levels

        if self.partition is not None:
            return Levels(self.partition)
        low, high, cells = self.low or 0.0, self.high or 0.0, self.cells or 2
        return Levels(tuple((low + (high - low) * (np.arange(1, cells) / cells)).tolist()))

    def problems(self, context: Context) -> Iterator[Problem]:
        try:
            size = self.space().size
        except UsageError as error:
            yield Problem(("partition",), str(error).removeprefix("levels: "))
            return
        if self.length > context.samples:
            yield Problem(("length",), f"found {self.length}, expected at most the run's {context.samples} samples")
        elif size**self.length >= 2**62:
            yield Problem(("length",), f"words of {self.length} symbols out of {size} are too many to number")
        elif context.samples < ENOUGH * size:
            message = f"{context.samples} samples for {size} symbols, expected at least {ENOUGH} for each"
            yield Problem(("length",), message, is_warning=True)

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        return (Coordinate(f"{self.name}_length", np.arange(1, self.length + 1), "symbols in a word"),)

    def numbers(self, context: Context) -> tuple[Variable, ...]:
        attrs: dict[str, Any] = {
            "base": "nats",
            "measure": "shannon",
            "estimator": "plugin",
            "space": f'{{"levels": {{"edges": {list(self.space().edges)}}}}}',
            "source": self.of,
        }
        se = {"standard_error": "block jackknife over time"}
        to_first_order = {"base": "nats", "comment": "to first order in 1/N; subtract it from the rate"}
        found = (
            ("", f"entropy of words of {self.of}", attrs),
            ("_rate", f"entropy of a symbol of {self.of} given those before it in the word", attrs),
            ("_rate_se", f"standard error of {self.name}_rate", se),
            ("_rate_bias", f"bias of {self.name}_rate", to_first_order),
        )
        dims = (*context.variables[self.of].dims, f"{self.name}_length")
        return tuple(Variable(f"{self.name}{what}", text, dims=dims, attrs=more) for what, text, more in found)

    def measured(self, x: Any, context: Context) -> Mapping[str, ArrayLike]:
        from physent.diagnostics.words import word_entropies

        symbols: Any = self.space().encode(x if context.missing_samples == "refuse" else np.nan_to_num(x))
        if context.missing_samples != "refuse":
            symbols = x.copy(data=np.where(np.isnan(x), np.nan, symbols))
        found = word_entropies(symbols, self.length, missing=context.missing_samples)
        names = (self.name, f"{self.name}_rate", f"{self.name}_rate_se", f"{self.name}_rate_bias")
        return dict(zip(names, found, strict=True)) | {f"{self.name}_{LEFT_OUT}": left_out(found[0])}


KIND = BlockEntropy
