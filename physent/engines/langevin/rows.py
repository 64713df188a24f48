"""Layout of the numbers of a block of particles: a flat array in which element j of row r is number r LANES + j.

All passes of a step work on such an array: eight particles at a time, and stays in the cache of a core. A vector has
one row per axis.
"""

from __future__ import annotations

LANES = 64
"""Particles of a block. A constant, so that the address of a row costs no multiplication."""

# Sums over the steps, per particle: what the ledger consists of.
BOOKS = 18
WORK, FORCED, PUSH, SWIM, SQUARE, DRIFT, TRAPEZOID, REVERSED, POWER, LAPLACIAN, EVEN, ODD, CUBE, TILT, AREA = range(15)
SWERVE = AREA + 3
"""Sums over the steps, F = -grad U + other forces at the mid-point, f = mu F + u:

WORK        of changed parameters of the energy
FORCED      of the forces without energy
PUSH        u . dx / mu, the work of the propulsion
SWIM        h F . u
SQUARE      h u . u
DRIFT       h f . D^-1 f
TRAPEZOID   f . D^-1 dx, f as the mean of both ends
REVERSED    F . T^-1 (dx - h u), the trapezoid if u changes its sign under time reversal
POWER       -h grad U . f / mu
LAPLACIAN   h lap U
EVEN, ODD   what makes the log-ratio of the chain of Euler exact, beyond its trapezoid
CUBE        h (v . grad)^3 U
TILT        -x . df of a driven uniform force f
AREA        h (x f_y - y f_x)/2 for the pairs of axes 01, 12, 20
SWERVE      h F . R u of active Brownian particles in the plane, R the quarter turn: (-u_y, u_x)
"""

POSITION = BOOKS  # 3 rows
MOTOR = POSITION + 3  # 4 rows: u, and their direction in turns of active Brownian particles in the plane
NOISE = MOTOR + 4  # 3 rows of standard normals
SPARE = NOISE + 3  # 2 rows: the second normal of a pair, of translation and of propulsion
PLACE = SPARE + 2  # 3 rows: the predictor, then the position after the step
FORCE = PLACE + 3  # 3 rows: -grad U before the step, 3 rows: forces without energy, 1 row: lap U
AFTER = FORCE + 7  # the same at the predictor, then after the step
SIGMA = AFTER + 7  # 3 rows: sqrt(2 mu T h)
BETA = SIGMA + 3  # 3 rows: 1/(mu T)
SCRATCH = BETA + 3  # 5 rows
ROWS = SCRATCH + 5

# Offsets within FORCE and AFTER.
OTHER, CURVATURE = 3, 6
