"""Parameters and initial states of the nonlinear Schrödinger equation in a config."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from physent.declare import DIVIDES, FileInitial, Integer, Items, Length, Section, Speed, Time, Unit

SMALLEST_TOLERANCE = 1e-14
SMALLEST_SIZE = 1e-75


def _not_vanishing(value: float) -> float:
    if value < SMALLEST_SIZE:
        raise PydanticCustomError(
            "size", "found {value}, expected >= {least}", {"value": value, "least": SMALLEST_SIZE}
        )
    return value


# Bounds within which squares and ratios of squares neither overflow nor vanish.
Size = Annotated[float, Field(gt=0, le=1e75), AfterValidator(_not_vanishing)]
Signed = Annotated[float, Field(ge=-1e75, le=1e75)]
Amplitude = Unit("1/length")  # of psi, as in the equation


class NoPotential(Section):
    """A homogeneous line, U = 0."""

    kind: Literal["none"] = Field(description="none: U(x) = 0")


class Harmonic(Section):
    """A harmonic trap, U = frequency^2 x^2 / 2: the Gross-Pitaevskii equation of a quasi-one-dimensional condensate."""

    kind: Literal["harmonic"] = Field(description="harmonic: U(x) = frequency^2 x^2 / 2")
    frequency: Annotated[Size, Unit("radians/time")] = Field(
        description="angular frequency of the trap, in radians per unit time"
    )


Potential = Annotated[NoPotential | Harmonic, Field(discriminator="kind")]


class Parameters(Section):
    """i psi_t + 1/2 psi_xx + s |psi|^2 psi = U(x) psi, periodic, x_j = -L/2 + j L/N."""

    length: Annotated[Size, Length] = Field(description="period L of the box; x runs over [-L/2, L/2)")
    points: Annotated[Integer, Field(ge=2, le=2**30)] = Field(
        description="number N of grid points; a power of two is fastest"
    )
    sign: Literal["focusing", "defocusing"] = Field(
        default="focusing", description="sign s of the cubic term: focusing +1, defocusing -1"
    )
    potential: Potential = Field(default=NoPotential(kind="none"), description="external potential U(x)")
    method: Literal["auto", "strang", "rkn4", "rkn6", "if_dop853"] = Field(
        default="auto",
        description="time integration: strang, rkn4, rkn6 are splittings of order 2, 4, 6 with a fixed "
        "`step`; if_dop853 is adaptive, of order 8, in the interaction picture; auto is if_dop853 with a tolerance "
        "of at most 1e-5",
    )
    tolerance: Annotated[float, Unit("1/time")] = Field(
        default=1e-10,
        gt=0,
        le=1e-2,
        description="bound on the local relative L2 error per unit time, for auto and if_dop853; "
        "fixed-step methods ignore it",
    )
    step: Annotated[Size | None, Time, DIVIDES] = Field(
        default=None,
        description="time step of strang, rkn4 and rkn6; divides `schedule.every` and every protocol time",
    )
    dealias: Literal["none", "half"] = Field(
        default="none",
        description="half: keep only modes below half the Nyquist wavenumber, where the cubic term causes no aliasing",
    )

    @field_validator("tolerance")
    @classmethod
    def _tolerance_is_reachable(cls, value: float) -> float:
        if value < SMALLEST_TOLERANCE:
            raise PydanticCustomError(
                "tolerance",
                "found {value}, expected >= {least}: round-off in double precision exceeds it",
                {"value": value, "least": SMALLEST_TOLERANCE},
            )
        return value


class Noisy(Section):
    """Complex Gaussian noise, independent for each replica, which every built-in initial state can add."""

    noise_rms: Annotated[float, Field(ge=0, le=1e75), Amplitude] = Field(
        default=0.0, description="root mean square of the modulus of the complex noise added to psi"
    )
    noise_band: Annotated[Integer, Field(ge=0)] | None = Field(
        default=None,
        description="largest |mode number| of the noise, which is equally strong in all modes; mode m has "
        "wavenumber 2 pi m / L; null: every mode up to Nyquist, white on the grid",
    )


class Soliton(Section):
    """A sech(A (x - x0)) exp(i (v x + phase))."""

    amplitude: Annotated[Size, Amplitude] = Field(description="height A; the width is 1/A")
    position: Annotated[Signed, Length] = Field(description="centre x0, in [-L/2, L/2)")
    velocity: Annotated[Signed, Speed] = Field(
        default=0.0, description="velocity v, also the wavenumber of the carrier"
    )
    phase: Annotated[Signed, Unit("radians")] = Field(
        default=0.0, description="phase in radians of the carrier at x = 0"
    )


class Solitons(Noisy):
    """One or more bright solitons."""

    kind: Literal["solitons"]
    solitons: Items[Soliton] = Field(description="the solitons, in any order")
    exact: bool = Field(
        default=True,
        description="true: the exact N-soliton wave, in which every soliton appears as given although its neighbours "
        "shift it; false: the plain sum of single solitons",
    )

    @field_validator("solitons")
    @classmethod
    def _not_empty(cls, value: tuple[Soliton, ...]) -> tuple[Soliton, ...]:
        if not value:  # min_length would also complain when every item is itself invalid
            raise PydanticCustomError("solitons", "found an empty list, expected at least one soliton")
        return value


class Akhmediev(Noisy):
    """Akhmediev breather on the background 1, periodic in x, peak 1 + 2 sqrt(2a) at x = 0, t = 0."""

    kind: Literal["akhmediev"]
    a: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        description="parameter, 0 < a < 1/2; wavenumber 2 sqrt(1 - 2a), growth rate sqrt(8a (1 - 2a))"
    )
    start: Annotated[Signed, Time] = Field(default=0.0, description="time of the first sample relative to the peak")


class Peregrine(Noisy):
    """Peregrine soliton on the background 1, peak 3 at x = 0, t = 0."""

    kind: Literal["peregrine"]
    start: Annotated[Signed, Time] = Field(default=0.0, description="time of the first sample relative to the peak")


class KuznetsovMa(Noisy):
    """Kuznetsov-Ma breather on the background 1, periodic in t, peak 1 + 2 sqrt(2a) at x = 0, t = 0."""

    kind: Literal["kuznetsov_ma"]
    a: Annotated[float, Field(gt=0.5, le=1e75)] = Field(
        description="parameter, a > 1/2; the period is 2 pi / sqrt(8a (2a - 1))"
    )
    start: Annotated[Signed, Time] = Field(default=0.0, description="time of the first sample relative to a peak")


class SatsumaYajima(Noisy):
    """N sech x: N bound solitons; |psi| has the period pi/2."""

    kind: Literal["satsuma_yajima"]
    order: Annotated[Integer, Field(ge=1, le=1000)] = Field(description="number N of solitons, and initial height")


class DarkPair(Noisy):
    """Two grey solitons on a collision course, defocusing; exact also before and after they meet at x = 0."""

    kind: Literal["dark_pair"]
    background: Annotated[Size, Amplitude] = Field(default=1.0, description="|psi| far from the solitons")
    angle: Annotated[float, Field(gt=0, lt=1.5707963267948966), Unit("radians")] = Field(
        description="theta in radians, 0 < theta < pi/2: velocities are +-background sin(theta), "
        "the density at their centres background^2 sin(theta)^2"
    )
    separation: Annotated[Size, Length] = Field(
        description="distance between them at the first sample, along their straight incoming paths"
    )


class PlaneWave(Noisy):
    """a exp(2 pi i mode x / L)."""

    kind: Literal["plane_wave"]
    amplitude: Annotated[Size, Amplitude] = Field(default=1.0, description="modulus a of the wave")
    mode: Integer = Field(default=0, description="mode number: number of wavelengths in the box, signed")


class Gaussian(Noisy):
    """A exp(-(x - x0)^2 / (2 w^2)) exp(i v x)."""

    kind: Literal["gaussian"]
    amplitude: Annotated[Size, Amplitude] = Field(default=1.0, description="height A")
    width: Annotated[Size, Length] = Field(description="standard deviation w of the envelope of psi")
    position: Annotated[Signed, Length] = Field(default=0.0, description="centre x0, in [-L/2, L/2)")
    velocity: Annotated[Signed, Speed] = Field(
        default=0.0, description="velocity v, also the wavenumber of the carrier"
    )


class ModulatedSech(Noisy):
    """sqrt(2) A sech(A x) exp(i f x) (1 + m cos(2 f x)): a modulated pulse that breathes and splits."""

    kind: Literal["modulated_sech"]
    amplitude: Annotated[Size, Amplitude] = Field(
        default=1.0, description="A: inverse width, and height without the factor sqrt(2)"
    )
    wavenumber: Annotated[Signed, Unit("1/length")] = Field(
        default=0.5, description="wavenumber f of the carrier; the modulation has 2 f"
    )
    modulation: Signed = Field(default=0.5, description="depth m of the modulation")


BuiltIn = (
    Solitons | Akhmediev | Peregrine | KuznetsovMa | SatsumaYajima | DarkPair | PlaneWave | Gaussian | ModulatedSech
)
Initial = Annotated[BuiltIn | FileInitial, Field(discriminator="kind")]
