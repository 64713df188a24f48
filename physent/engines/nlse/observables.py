"""Recorded variables of a wave: invariants and spectrum, all with spectral derivatives."""

from __future__ import annotations

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


def observe(equation: Equation, psi: Wave) -> dict[str, Array]:
    """Every declared variable of the waves ``psi`` (replica, points), as new arrays.

    Sums run along contiguous rows: the order of additions in a matrix product or a selection of columns would depend
    on the number of replicas.
    """
    intensity = psi.real**2 + psi.imag**2
    dx, k = equation.length / equation.points, equation.wavenumbers
    transformed = scipy.fft.fft(psi, axis=1)
    density = (transformed.real**2 + transformed.imag**2) * (dx**2 / (2 * np.pi))
    mass_in_mode = density * (2 * np.pi / equation.length)
    slope = k.copy()
    if equation.points % 2 == 0:
        slope[equation.points // 2] = 0.0  # the Nyquist mode stands for both signs of k
    kinetic = 0.5 * (mass_in_mode * k**2).sum(axis=1)
    mass = dx * intensity.sum(axis=1)
    # On a small grid no mode may lie there: then the last ones count.
    tail_from = min(
        TAIL_FROM * equation.largest_wavenumber, np.abs(k[equation.kept]).max() * (1 - 1e-12) - np.finfo(float).tiny
    )
    tail = (mass_in_mode * (np.abs(k) > tail_from)).sum(axis=1)
    energy = kinetic - 0.5 * equation.sign * dx * np.square(intensity).sum(axis=1)
    if equation.potential.size:
        energy += dx * (intensity * equation.potential).sum(axis=1)
    return {
        "mass": mass,
        "momentum": (mass_in_mode * slope).sum(axis=1),
        "energy": energy,
        "max_intensity": intensity.max(axis=1),
        "spectral_tail": np.divide(tail, mass, out=np.zeros_like(mass), where=mass > 0),
        "psi_real": np.array(psi.real),
        "psi_imag": np.array(psi.imag),
        "spectrum": scipy.fft.fftshift(density, axes=1),
    }


def seam_height(record: Arrays) -> Floats:
    """Modulus at the seam of the box over the largest, (replica,); 0 without a wave."""
    ends = np.hypot(record["psi_real"][:, [0, -1]], record["psi_imag"][:, [0, -1]]).max(axis=1)
    return np.asarray(np.divide(ends, np.sqrt(record["max_intensity"]), out=np.zeros_like(ends), where=ends > 0))
