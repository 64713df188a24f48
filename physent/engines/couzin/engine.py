"""Schools of fish in three dimensions: the zonal model of Couzin et al. (2002).

Fish i has position c_i, unit heading v_i and speed s. In every step tau its desired direction d follows from the
distances r of the others:

- if any are closer than the repulsion radius: d = -sum r_ij/|r_ij| over these only;
- otherwise: d = sum v_j over those up to the orientation radius, plus sum r_ij/|r_ij| over those from there to
  the attraction radius (both are plain sums; the published factor 1/2 if both occur does not change the direction);
- d = v_i if there are no neighbours, or if the sum vanishes.

d is turned by a normal angle of standard deviation sigma about a random axis, then v_i turns towards d along the great
circle by at most theta tau, and c_i += s tau v_i. All fish move at once. Fish behind, in the cone of full angle
360 degrees - alpha, are ignored for orientation and attraction; repulsion has no blind cone. Zones are
half open: a neighbour at exactly the repulsion radius belongs to orientation. Fish at the same place ignore each other.
A fish that has to turn by exactly 180 degrees turns about a fixed axis (`core.rotate.turn`).

Rule dewi_kadita, the update of that package (0.0.4): the blind cone applies to repulsion as well; the heading is
interpolated linearly, by the fraction (theta tau) / angle, and normalised; then a Gaussian number of standard deviation
sigma is added to each of its components. Its parameters are per step: max_turn is ``turn_rate_deg`` x ``step`` in
radians, noise is ``noise_rad``, and its blind_angle B is ``field_of_view_deg`` = 360 - 2 B; ``orientation_weight``
weights orientation relative to attraction.

Time and length have no units of their own; headings stay unit vectors to round-off, and speed is constant.
The two methods differ only in the set of candidates, hence in the order of sums: their results differ by round-off.

References: Couzin, Krause, James, Ruxton and Franks (2002), "Collective memory and spatial sorting in animal groups",
J. Theor. Biol. 218, 1, doi 10.1006/jtbi.2002.3065.
"""

from __future__ import annotations

from physent.declare import Box
from physent.engines import Engine, lazily
from physent.engines.couzin import checks, observables
from physent.engines.couzin.methods import METHODS, choose
from physent.engines.couzin.parameters import Initial, Parameters, expand

ENGINE = Engine(
    name="couzin",
    title="Fish schools by zones of repulsion, orientation and attraction",
    references=("Couzin, Krause, James, Ruxton and Franks (2002), J. Theor. Biol. 218, 1, doi 10.1006/jtbi.2002.3065",),
    Parameters=Parameters,
    Initial=Initial,
    variables=lambda config: observables.variables(config.parameters),
    coordinates=lambda config: observables.coordinates(config.parameters),
    box=lambda config: Box.cube(config.parameters.box_length, 3),
    scales=lambda config: {"reach": expand(config.parameters).attraction},
    methods=METHODS,
    choose=choose,
    twins={name: f"physent.engines.couzin.methods.{name}_cuda" for name in METHODS},
    resolved=lambda config: {"neighbour_search": choose(config).replace("_", " ")},
    headline="polarization",
    fixed=frozenset({"n", "box_length"}),
    initial_fields=("position", "heading"),
    checks=checks.ALL,
    figure=lazily("physent.engines.couzin.figures", "draw"),
    movie=lazily("physent.engines.couzin.figures", "movie"),
)
