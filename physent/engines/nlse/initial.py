"""Initial waves on the grid, from the closed forms of ``physent.theory``."""

from __future__ import annotations

import numpy as np

from physent.core.random import Purpose, normals
from physent.engines import EngineConfig
from physent.engines.nlse import parameters as declared
from physent.errors import UsageError
from physent.theory import breathers, dark_solitons, modulation, solitons
from physent.theory.solitons import Wave
from physent.typing import Floats

SUMS = 1e-10
"""Relative error of mass, momentum and energy above which the start is not the wave of the solitons."""
RESOLVED = 1e-10
"""Height at the seam, and share of the mass at the end of the spectrum, above which a doubt is raised elsewhere."""


def grid(length: float, points: int) -> Floats:
    """Positions x_j = -L/2 + j L/N, shape (points,)."""
    return np.asarray(length * (np.arange(points) / points - 0.5))


def waves(config: EngineConfig) -> Wave:
    """Initial psi of every replica, complex128 (replica, points)."""
    return np.array([wave(config, replica) for replica in range(config.replicas)])


def wave(config: EngineConfig, replica: int) -> Wave:
    """Initial psi of one replica, complex128 (points,), for every kind of `initial` except `file`.

    The same for all replicas if ``noise_rms`` is 0; otherwise the noise depends only on (seed, replica).
    Raises TypeError for `file`: then the method receives arrays instead.
    """
    parameters, initial = config.parameters, config.initial
    psi = _closed_form(initial, grid(parameters.length, parameters.points), parameters.length)
    if initial.noise_rms:
        psi = psi + noise(parameters.points, initial.noise_rms, initial.noise_band, seed=config.seed, replica=replica)
    return np.ascontiguousarray(psi, dtype=np.complex128)


def noise(points: int, rms: float, band: int | None, *, seed: int, replica: int) -> Wave:
    """Complex Gaussian noise on the grid, shape (points,), with ensemble mean <|noise|^2> = rms^2.

    A sum over mode numbers |m| <= ``band`` (None: all ``points`` modes of the grid) of independent
    coefficients times exp(2 pi i m x / L). They are drawn in the order m = 0, 1, -1, 2, -2 ..., so the noise of a
    band is the same function of x/L for any ``points`` that resolves it. ``band`` is below ``points``/2.
    """
    half = points // 2 if band is None else band
    order = np.arange(1, half + 1)
    modes = np.concatenate([[0], np.column_stack([order, -order]).ravel()])
    if band is None and points % 2 == 0:
        modes = np.delete(modes, -2)  # the grid has one Nyquist mode, not two
    draws = normals(seed, Purpose.INITIAL, replica, 0, 2 * modes.size)
    coefficients = np.zeros(points, dtype=np.complex128)
    # exp(2 pi i m x_j / L) = (-1)^m exp(2 pi i m j / N)
    coefficients[modes % points] = (draws[::2] + 1j * draws[1::2]) * np.where(modes % 2, -1.0, 1.0)
    return np.asarray(np.fft.ifft(coefficients) * (points * rms / np.sqrt(2 * modes.size)))


def _closed_form(initial: declared.BuiltIn, x: Floats, length: float) -> Wave:
    match initial:
        case declared.Solitons():
            return _solitons(initial, x, length)
        case declared.Akhmediev():
            return breathers.akhmediev(x, initial.start, initial.a)
        case declared.Peregrine():
            return breathers.peregrine(x, initial.start)
        case declared.KuznetsovMa():
            return breathers.kuznetsov_ma(x, initial.start, initial.a)
        case declared.SatsumaYajima():
            return np.asarray(initial.order * solitons.sech(x), dtype=np.complex128)
        case declared.DarkPair():
            start = dark_solitons.dark_pair_start(initial.background, initial.angle, initial.separation)
            return dark_solitons.dark_pair(x, start, initial.background, initial.angle)
        case declared.PlaneWave():
            return modulation.plane_wave(x, 0.0, initial.amplitude, 2 * np.pi * initial.mode / length)
        case declared.Gaussian():
            envelope = initial.amplitude * np.exp(-((x - initial.position) ** 2) / (2 * initial.width**2))
            return np.asarray(envelope * np.exp(1j * initial.velocity * x))
        case declared.ModulatedSech():
            carrier = np.sqrt(2) * initial.amplitude * np.exp(1j * initial.wavenumber * x)
            ripple = 1 + initial.modulation * np.cos(2 * initial.wavenumber * x)
            return np.asarray(carrier * solitons.sech(initial.amplitude * x) * ripple)
    raise TypeError(f"no closed form for an initial state of type {type(initial).__name__}")


def _solitons(initial: declared.Solitons, x: Floats, length: float) -> Wave:
    given = [(s.amplitude, s.position, s.velocity, s.phase) for s in initial.solitons]
    if initial.exact and len(given) > 1:
        amplitudes, positions, velocities, phases = zip(*given, strict=True)
        psi = solitons.n_soliton(x, 0.0, amplitudes, positions, velocities, phases)
        _refuse_cut(initial, psi, length)
        return psi
    return np.asarray(np.sum([solitons.soliton(x, 0.0, *one) for one in given], axis=0))


def _refuse_cut(initial: declared.Solitons, psi: Wave, length: float) -> None:
    """Raise UsageError if mass, momentum or energy are not the sums of those of the solitons.

    Unless the config has been doubted for it: solitons whose own tails reach the seam, a grid that does not resolve.
    """
    k = 2 * np.pi * np.fft.fftfreq(psi.size, length / psi.size)
    power = np.abs(np.fft.fft(psi)) ** 2 * (length / psi.size**2)
    density = np.abs(psi) ** 2
    found = np.array([power.sum(), k @ power, 0.5 * (k**2 @ power - length / psi.size * (density**2).sum())])
    each = np.array([solitons.soliton_invariants(one.amplitude, one.velocity) for one in initial.solitons])
    amplitude, speed = (
        np.array([getattr(one, name) for one in initial.solitons]) for name in ("amplitude", "velocity")
    )
    scale = np.array([2 * amplitude, 2 * amplitude * (amplitude + np.abs(speed)), amplitude * speed**2 + amplitude**3])
    miss = np.abs(found - each.sum(axis=0)) / scale.sum(axis=1)
    tails = max(solitons.sech(one.amplitude * (length / 2 - abs(one.position))) for one in initial.solitons)
    unresolved = power[np.abs(k) > 0.9 * np.pi * psi.size / length].sum() > RESOLVED * power.sum()
    ends = np.abs(psi[[0, -1]]).max() / np.abs(psi).max()
    if miss.max() > SUMS and tails < RESOLVED and (ends > 1e3 * RESOLVED or not unresolved):
        sums = ", ".join(f"{one:.10g}" for one in each.sum(axis=0))
        raise UsageError(
            f"initial.solitons: mass {found[0]:.10g}, momentum {found[1]:.10g} and energy {found[2]:.10g} of the exact "
            f"wave are not the sums over the solitons, {sums}: solitons so alike "
            f"reach beyond the seam of the box (relative height {ends:.1e}); raise parameters.length, place "
            "them further apart, or take exact: false"
        )
