"""Recorded variables of a wave: invariants and spectrum, all with spectral derivatives."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.fft

from physent.declare import Coordinate, Variable
from physent.engines import Arrays, EngineConfig
from physent.engines.nlse.equation import Equation
from physent.engines.nlse.initial import grid
from physent.theory.solitons import Wave
from physent.typing import Array, Floats

TAIL_FROM = 0.9

VARIABLES = (
    Variable("mass", "mass, integral of |psi|^2"),
    Variable("momentum", "momentum, integral of Im(psi* psi_x)"),
    Variable("energy", "energy, integral of |psi_x|^2/2 - s |psi|^4/2 + U |psi|^2, s = 1 focusing, -1 defocusing"),
    Variable("max_intensity", "largest |psi|^2 on the grid"),
    Variable(
        "spectral_tail",
        "fraction of the mass at |k| above 0.9 of the largest wavenumber kept",
        attrs={
            "comment": "indicates what a finer grid would still resolve; the largest wavenumber is that of the grid, "
            "or half of it with dealias: half; of the last modes if none lies above 0.9 of it"
        },
    ),
    Variable("psi_real", "real part of the wave", dims=("replica", "x"), is_field=True),
    Variable("psi_imag", "imaginary part of the wave", dims=("replica", "x"), is_field=True),
    Variable(
        "spectrum",
        "spectral density of the mass, |psi_k|^2",
        dims=("replica", "wavenumber"),
        is_field=True,
        attrs={
            "comment": "psi_k = dx/sqrt(2 pi) sum psi exp(-ikx); the sum over k of spectrum times 2 pi/L is the mass"
        },
    ),
)


def coordinates(config: EngineConfig) -> tuple[Coordinate, ...]:
    """Position and ascending wavenumber."""
    length, points = config.parameters.length, config.parameters.points
    wavenumber = 2 * np.pi * scipy.fft.fftshift(scipy.fft.fftfreq(points, length / points))
    return (
        Coordinate("x", grid(length, points), "position"),
        Coordinate("wavenumber", np.asarray(wavenumber), "wavenumber"),
    )


class Sums(NamedTuple):
    """What the scalars of waves follow from, each (replica,): sums over the grid or over the modes."""

    intensity: Floats  # of |psi|^2
    square: Floats  # of |psi|^4
    trapped: Floats  # of |psi|^2 U; 0 without a potential
    highest: Floats  # largest |psi|^2
    momentum: Floats  # of the mass in a mode times its wavenumber
    curvature: Floats  # of the mass in a mode times its squared wavenumber
    tail: Floats  # of the mass in the highest modes


def density(equation: Equation, psi: Wave) -> Floats:
    """Spectral density (replica, points) of the waves ``psi``, by frequency index."""
    transformed = scipy.fft.fft(psi, axis=1)
    return np.asarray((transformed.real**2 + transformed.imag**2) * (spacing(equation) ** 2 / (2 * np.pi)))


def spacing(equation: Equation) -> float:
    """Distance of two points of the grid."""
    return equation.length / equation.points


def weights(equation: Equation) -> tuple[Floats, Floats, Floats]:
    """Factors (points,) of the mass in a mode, by frequency index: wavenumber, its square, if it is in the tail."""
    k = equation.wavenumbers
    slope = k.copy()
    if equation.points % 2 == 0:
        slope[equation.points // 2] = 0.0  # the Nyquist mode stands for both signs of k
    # On a small grid no mode may lie there: then the last ones count.
    tail_from = min(
        TAIL_FROM * equation.largest_wavenumber, np.abs(k[equation.kept]).max() * (1 - 1e-12) - np.finfo(float).tiny
    )
    return slope, k**2, np.abs(k) > tail_from


def sums_of(equation: Equation, psi: Wave, modes: Floats) -> Sums:
    """Sums of the waves ``psi`` (replica, points) and their `density` ``modes``.

    They run along contiguous rows: the order of additions in a matrix product or a selection of columns would depend
    on the number of replicas.
    """
    intensity = psi.real**2 + psi.imag**2
    mass_in_mode = modes * (2 * np.pi / equation.length)
    slope, square, tail = weights(equation)
    return Sums(
        intensity.sum(axis=1),
        np.square(intensity).sum(axis=1),
        (intensity * equation.potential).sum(axis=1) if equation.potential.size else np.zeros(len(psi)),
        intensity.max(axis=1),
        (mass_in_mode * slope).sum(axis=1),
        (mass_in_mode * square).sum(axis=1),
        (mass_in_mode * tail).sum(axis=1),
    )


def scalars(equation: Equation, sums: Sums) -> dict[str, Array]:
    """Every declared variable but the fields, as new arrays."""
    dx = spacing(equation)
    mass = dx * sums.intensity
    kinetic = 0.5 * sums.curvature
    energy = kinetic - 0.5 * equation.sign * dx * sums.square
    if equation.potential.size:
        energy += dx * sums.trapped
    return {
        "mass": mass,
        "momentum": sums.momentum.copy(),
        "energy": energy,
        "max_intensity": sums.highest.copy(),
        "spectral_tail": np.divide(sums.tail, mass, out=np.zeros_like(mass), where=mass > 0),
    }


def places(psi: Wave) -> dict[str, Array]:
    """The waves ``psi`` (replica, points) as they are recorded, as new arrays."""
    return {"psi_real": np.array(psi.real), "psi_imag": np.array(psi.imag)}


def spectrum(modes: Floats) -> dict[str, Array]:
    """The `density` ``modes`` (replica, points) of waves as it is recorded, a new array."""
    return {"spectrum": scipy.fft.fftshift(modes, axes=1)}


def observe(equation: Equation, psi: Wave) -> dict[str, Array]:
    """Every declared variable of the waves ``psi`` (replica, points), as new arrays."""
    modes = density(equation, psi)
    return scalars(equation, sums_of(equation, psi, modes)) | places(psi) | spectrum(modes)


def stiffness(equation: Equation, record: Arrays) -> Floats:
    """Upper bound (replica,) of |H psi|, the L2 norm with (H psi) = -psi_xx/2 - s |psi|^2 psi + U psi."""
    k = np.fft.fftshift(equation.wavenumbers)
    intensity = record["psi_real"] ** 2 + record["psi_imag"] ** 2
    well = -equation.sign * intensity
    if equation.potential.size:
        well = well + equation.potential
    kinetic = np.sqrt((record["spectrum"] * k**4).sum(axis=1) * (2 * np.pi / equation.length)) / 2
    return np.asarray(kinetic + np.sqrt((well**2 * intensity).sum(axis=1) * spacing(equation)))


def seam_height(record: Arrays) -> Floats:
    """Modulus at the seam of the box over the largest, (replica,); 0 without a wave."""
    ends = np.hypot(record["psi_real"][:, [0, -1]], record["psi_imag"][:, [0, -1]]).max(axis=1)
    return np.asarray(np.divide(ends, np.sqrt(record["max_intensity"]), out=np.zeros_like(ends), where=ends > 0))
