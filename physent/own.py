"""What a module of one's own adds to physent, by decorators: name the file with `--import` or ``imports=``.

from physent.own import diagnostic, linear_statistic, potential, space
"""

from physent.diagnostics.run.own import diagnostic, linear_statistic, space
from physent.engines.potentials import potential

__all__ = ["diagnostic", "linear_statistic", "potential", "space"]
