"""What a module of one's own needs to add to physent, by decorators: name the file with `--import` or ``imports=``.

from physent.own import Diagnostic, Field, Name, Variable, diagnostic, linear_statistic, potential, space
"""

from pydantic import Field

from physent.declare import Coordinate, Problem, Variable
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record, each_series, in_blocks
from physent.diagnostics.run.own import diagnostic, linear_statistic, space
from physent.engines.potentials import potential
from physent.errors import RunError

__all__ = [
    "Context",
    "Coordinate",
    "Diagnostic",
    "Field",
    "Name",
    "Problem",
    "Record",
    "RunError",
    "Variable",
    "diagnostic",
    "each_series",
    "in_blocks",
    "linear_statistic",
    "potential",
    "space",
]
