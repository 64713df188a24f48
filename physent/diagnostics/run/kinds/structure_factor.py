"""Structure factor of particles in a periodic box, or of a trapped droplet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import pi
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from physent.declare import Cells, Coordinate, Length, Positive, Problem, Unit, Variable
from physent.diagnostics import radial
from physent.diagnostics.run import particles, pooled
from physent.diagnostics.run.declare import Context, Diagnostic, Name, Record, Some
from physent.typing import Floats

if TYPE_CHECKING:
    import xarray as xr


class StructureFactor(Diagnostic):
    """Structure factor S(k) at given wavenumbers, per run: the mean over directions of Var[rho_k] / sum w^2.

    rho_k = sum_i w(x_i) exp(-i k.x_i). In a periodic box w = 1, the mean of rho_k vanishes, directions are those of the
    axes, and wavenumbers are moved to the nearest multiples of 2 pi / box_length. Without a box the mean, the form
    factor of the droplet, is measured and taken off, and `window_radius` a tapers the sum: w = cos^2(pi |x| / (2a)) for
    |x| < a, so that the edge, whose own fluctuations are as strong as those of the middle at small k, does not enter; S
    is then smoothed over wavenumbers of order pi/a, and raised by (dS/d(k^2)) int |grad w|^2 / int w^2 if it goes as
    k^2. null: no taper, the whole droplet with its edge. S = 1 without correlations; S goes to 0 with k for a
    hyperuniform gas, k^2/(4 n) for the Ginibre ensemble (S. Torquato, Phys. Rep. 745, 1 (2018),
    10.1016/j.physrep.2018.03.001). Gives NAME_power, NAME_amplitude, NAME_weight at every sample, NAME and NAME_se.
    """

    kind: Literal["structure_factor"]
    name: Name = Field(default="structure_factor", description="name of the result, and prefix of the others")
    wavenumbers: Annotated[Some[Positive], Unit("1/length")] = Field(description="list of wavenumbers k")
    directions: Cells = Field(default=8, description="number of directions to average over, if there is no box")
    window_radius: Annotated[Positive, Length] | None = Field(
        default=None, description="radius of the taper; null: none"
    )

    def sources(self) -> tuple[str, ...]:
        return ("position",)

    def problems(self, context: Context) -> Iterator[Problem]:
        yield from particles.unfit(context, "position")
        yield from particles.uneven(context)
        if particles.has_walls(context):
            yield Problem(("kind",), "there are walls: expected a periodic box or none")
        if particles.side_of(context) is None:
            if len(set(self.wavenumbers)) < len(self.wavenumbers):
                yield Problem(("wavenumbers",), "found a wavenumber twice")
            return
        if self.window_radius is not None:
            yield Problem(("window_radius",), "a periodic box needs no taper, expected null")
        used = self._used(context)
        if used[0] == 0 or len(set(used.tolist())) < len(used):
            smallest = 2 * pi / particles.side(context)
            yield Problem(("wavenumbers",), f"expected different multiples of 2 pi / box_length = {smallest:.6g}")

    def coordinates(self, context: Context) -> tuple[Coordinate, ...]:
        return (Coordinate(f"{self.name}_wavenumber", self._used(context), "wavenumber"),)

    def variables(self, context: Context) -> tuple[Variable, ...]:
        dims = ("replica", f"{self.name}_wavenumber")
        attrs = {"source": "position"}
        return (
            Variable(f"{self.name}_power", "mean over directions of |rho_k|^2", dims=dims, attrs=attrs),
            Variable(f"{self.name}_amplitude", "mean over directions of Re rho_k", dims=dims, attrs=attrs),
            Variable(f"{self.name}_weight", "sum over particles of w^2", attrs=attrs),
        )

    def results(self, context: Context) -> tuple[Variable, ...]:
        dims = (f"{self.name}_wavenumber",)
        window = "none" if self.window_radius is None else f"cos^2(pi r / {2 * self.window_radius:g})"
        attrs = {"window": window, "source": "position"}
        return (
            Variable(self.name, "structure factor", dims=dims, attrs=attrs),
            Variable(f"{self.name}_se", f"standard error of {self.name}", dims=dims),
        )

    def observe(self, record: Record, context: Context) -> Mapping[str, ArrayLike]:
        position, k = record["position"], self._used(context)
        directions = self._directions(context)
        power, amplitude = np.empty((2, len(position), len(k)))
        weight = np.empty(len(position))
        for row, x in enumerate(position):
            w = np.ones(len(x))
            if self.window_radius is not None:
                r = radial.distances(x)
                w = np.where(r < self.window_radius, np.cos(0.5 * pi * r / self.window_radius) ** 2, 0.0)
            along = sum(directions[:, a, None] * x[:, a] for a in range(x.shape[1]))
            for column, wavenumber in enumerate(k):
                phase = wavenumber * along
                real, imaginary = (w * np.cos(phase)).sum(-1), (w * np.sin(phase)).sum(-1)
                power[row, column] = (real * real + imaginary * imaginary).mean()
                amplitude[row, column] = real.mean()
            weight[row] = (w * w).sum()
        return {f"{self.name}_power": power, f"{self.name}_amplitude": amplitude, f"{self.name}_weight": weight}

    def finish(self, history: xr.Dataset, context: Context) -> Mapping[str, ArrayLike]:
        """Variance over mean weight, and the error of that ratio to first order."""
        from physent.diagnostics.chains import mean_and_error
        from physent.errors import RunError

        (power, powers), (amplitude, amplitudes), (weight, weights) = (
            pooled.block_means(history[f"{self.name}_{part}"], context.clock)
            for part in ("power", "amplitude", "weight")
        )
        if not weight > 0:
            raise RunError(f"no particle has ever been within window_radius = {self.window_radius:g}")
        if particles.side_of(context) is not None:
            amplitude, amplitudes = np.zeros_like(amplitude), np.zeros_like(amplitudes)
        s = (power - amplitude**2) / weight
        slope = (powers - 2 * amplitude * amplitudes - s * weights[..., None]) / weight
        error = mean_and_error(slope)[1]
        if particles.side_of(context) is None:
            # the square of the mean amplitude that is taken off is too large by its own variance
            s += np.nan_to_num(mean_and_error(amplitudes)[1]) ** 2 / weight
        return {self.name: s, f"{self.name}_se": error}

    def _used(self, context: Context) -> Floats:
        k, side = np.array(self.wavenumbers, np.float64), particles.side_of(context)
        return k if side is None else np.asarray(np.rint(k * side / (2 * pi)) * (2 * pi / side))

    def _directions(self, context: Context) -> Any:
        """Unit vectors (m, d); opposite ones give the same, so that half of them are enough."""
        d, m = len(context.coordinates["axis"]), self.directions
        if d == 1 or particles.side_of(context) is not None:
            return np.eye(d)
        if d == 2:
            angle: Any = pi * np.arange(m) / m
            return np.stack([np.cos(angle), np.sin(angle)], axis=1)
        # a spiral of equal areas on half the sphere
        z = (np.arange(m) + 0.5) / m
        angle = pi * (1 + 5**0.5) * np.arange(m)
        return np.stack([np.sqrt(1 - z * z) * np.cos(angle), np.sqrt(1 - z * z) * np.sin(angle), z], axis=1)


KIND = StructureFactor
