"""Contradictions and warnings about a config of the nonlinear Schrödinger equation as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from physent.core.splitting import Splitting
from physent.declare import FileInitial, Problem, each
from physent.engines.nlse import parameters as declared
from physent.engines.nlse import resonance
from physent.engines.nlse.equation import frequency_of, has_kink, potential_of
from physent.engines.nlse.methods import METHODS, choose
from physent.theory import breathers, dark_solitons
from physent.theory.solitons import sech
from physent.typing import Floats

SEAM = 1e-10
"""Relative height of a wave at the seam of the box above which the cut of its tail matters."""

_TRIED = 60  # shorter steps, down to 1/500, before the first resonance is named
_MOST_MODES = 1 << 16
"""Of a plane wave that are looked at one by one: with more, a resonance is wider than the distance of two of them."""

_BRIGHT = (
    declared.Solitons,
    declared.Akhmediev,
    declared.Peregrine,
    declared.KuznetsovMa,
    declared.SatsumaYajima,
)


def _points(config: Any) -> Iterator[Problem]:
    points = config.parameters.points
    if points & (points - 1):
        yield _doubt(("parameters", "points"), f"{points} is not a power of two: transforms take 2 to 8 times as long")
    most = 2**24 if METHODS[choose(config)].accuracy == "step" else 4096
    if config.device == "cuda" and (points & (points - 1) or not 32 <= points <= most):
        message = (
            f"found {points} on device cuda with method {choose(config)}, expected a power of two from 32 to {most}"
        )
        yield Problem(("parameters", "points"), message)


def _accuracy(config: Any) -> Iterator[Problem]:
    """The parameter that sets the accuracy of the method is given, and none that it ignores."""
    parameters = config.parameters
    if METHODS[choose(config)].accuracy == "tolerance":
        if parameters.step is not None:
            stepping = sorted(name for name, method in METHODS.items() if method.accuracy == "step")
            yield Problem(
                ("parameters", "step"),
                f"found {parameters.step} with method {parameters.method}, which chooses its own steps; "
                f"expected none, or a method of {', '.join(stepping)}",
            )
        return
    if parameters.step is None:
        yield Problem(("parameters", "step"), f"missing, expected a time step for method {parameters.method}")
    if parameters.tolerance != declared.Parameters.model_fields["tolerance"].default:
        yield _doubt(
            ("parameters", "tolerance"),
            f"{parameters.tolerance} has no effect: method {parameters.method} takes steps of fixed length, whose "
            "error is not measured; choose `step`",
        )


def _resonance(config: Any) -> Iterator[Problem]:
    """Steps of a splitting that let short waves grow on the start's mean intensity, or its swinging in a trap."""
    parameters, schedule = config.parameters, config.schedule
    splitting, step = METHODS[choose(config)].splitting, parameters.step
    if splitting is None or step is None:
        return
    duration = schedule.until - schedule.start
    path = ("parameters", "step")
    frequency = frequency_of(parameters)
    if frequency and resonance.trap_rate(splitting, step, frequency) * duration > math.log(resonance.GROWTH):
        yield _doubt(path, f"found {step}, too long to follow the swinging in a trap of frequency {frequency:g}")
    if isinstance(config.initial, FileInitial):
        return
    k, rates = _rates(config, splitting, step)
    harmless = math.log(resonance.GROWTH) / duration if duration > 0 else math.inf
    if rates.max(initial=0.0) > harmless:
        least = 0.99 * resonance.first_resonance(_largest(parameters))
        shorter = (max(0.9**k * step, least) for k in range(1, _TRIED))
        # Not one whose resonances merely fall between the modes of a plane wave.
        best = next((h for h in shorter if _rates(config, splitting, h, True)[1].max(initial=0.0) <= harmless), least)
        yield _doubt(
            path,
            f"found {step}, with which waves of wavenumber {k[rates.argmax()]:.4g} resonate: they grow at the rate "
            f"{rates.max():.2g}, by more than {resonance.GROWTH:g} until the end, where the equation has none of it; "
            f"expected at most {best:.3g}, or method if_dop853 (more points make it worse)",
        )


def _largest(parameters: Any) -> float:
    """Largest wavenumber kept."""
    nyquist: float = math.pi * parameters.points / parameters.length
    return nyquist if parameters.dealias == "none" else nyquist / 2


def _rates(config: Any, splitting: Splitting, step: float, between_modes: bool = False) -> tuple[Floats, Floats]:
    """Wavenumbers, and the rates at which they grow for no other reason than the step."""
    parameters, initial = config.parameters, config.initial
    largest, intensity = _largest(parameters), _intensity(initial, parameters.length) + initial.noise_rms**2
    modes = int(largest * parameters.length / (2 * math.pi))
    if isinstance(initial, declared.PlaneWave) and modes <= _MOST_MODES and not between_modes:
        k = np.asarray(2 * math.pi / parameters.length * np.arange(1, modes + 1))
    else:
        k = resonance.resonant_wavenumbers(splitting, step, intensity, largest)
    trap = frequency_of(parameters)
    around = intensity * np.maximum(1.0, 0.5 * parameters.length * trap / k)
    return k, resonance.excess_rates(splitting, step, 1.0 if parameters.sign == "focusing" else -1.0, around, k)


def _intensity(initial: declared.BuiltIn, length: float) -> float:
    """Mean of |psi|^2 over the box at the start, without noise."""
    match initial:
        case declared.Solitons():
            return 2.0 * math.fsum(one.amplitude for one in initial.solitons) / length
        case declared.SatsumaYajima():
            return 2.0 * initial.order**2 / length
        case declared.DarkPair():
            return initial.background**2
        case declared.PlaneWave():
            return initial.amplitude**2
        case declared.Gaussian():
            return initial.amplitude**2 * initial.width * math.sqrt(math.pi) / length
        case declared.ModulatedSech():
            return 4 * initial.amplitude * (1 + initial.modulation**2 / 2) / length
    return 1.0


def _wave(config: Any) -> Iterator[Problem]:
    """Checks of a built-in initial wave; one from a file is not known here."""
    if not isinstance(config.initial, FileInitial):
        yield from each(config, _sign, _noise, _trap, _fit, _horizon)


def _sign(config: Any) -> Iterator[Problem]:
    initial, parameters = config.initial, config.parameters
    if isinstance(initial, _BRIGHT) and parameters.sign != "focusing":
        yield Problem(("initial", "kind"), f"{initial.kind} needs sign: focusing, found {parameters.sign}")
    if isinstance(initial, declared.DarkPair) and parameters.sign != "defocusing":
        yield Problem(("initial", "kind"), f"dark_pair needs sign: defocusing, found {parameters.sign}")


_ON_BACKGROUND = (
    declared.Akhmediev,
    declared.Peregrine,
    declared.KuznetsovMa,
    declared.DarkPair,
    declared.PlaneWave,
)


def _trap(config: Any) -> Iterator[Problem]:
    initial, parameters = config.initial, config.parameters
    potential = potential_of(parameters, min(parameters.points, 4096))
    if isinstance(initial, _ON_BACKGROUND) and potential.size and has_kink(potential):
        yield _doubt(
            ("parameters", "potential"),
            f"{initial.kind} fills the box, at whose seam the {parameters.potential.kind} potential has a kink; "
            "expected a wave that vanishes there",
        )


def _noise(config: Any) -> Iterator[Problem]:
    initial, parameters = config.initial, config.parameters
    band, largest = initial.noise_band, (parameters.points - 1) // 2
    path = ("initial", "noise_band")
    if band is not None and band > largest:
        yield Problem(path, f"found {band}, expected at most {largest} with {parameters.points} points")
    if band is not None and not initial.noise_rms:
        yield _doubt(path, "has no effect without noise_rms")
    if config.replicas > 1 and not initial.noise_rms:
        yield _doubt(("replicas",), f"all {config.replicas} replicas are identical: the initial state has no noise_rms")


def _fit(config: Any) -> Iterator[Problem]:
    """The wave fits the box: its period, position, carrier, and height at the seam."""
    initial, parameters = config.initial, config.parameters
    half, nyquist = parameters.length / 2, math.pi * parameters.points / parameters.length
    match initial:
        case declared.Solitons():
            yield from _soliton_list(initial, half, nyquist)
        case declared.Akhmediev():
            yield from _period(initial.a, parameters.length)
        case declared.Peregrine():
            height = 4 / (1 + 4 * half**2 + 4 * initial.start**2)
            yield from _tail(initial, height, "Peregrine soliton over its background")
        case declared.KuznetsovMa():
            over = breathers.kuznetsov_ma(half, initial.start, initial.a) - np.exp(1j * initial.start)
            yield from _tail(initial, float(abs(over)), "breather over its background")
        case declared.SatsumaYajima():
            yield from _tail(initial, float(sech(half)), "wave")
        case declared.DarkPair():
            yield from _dark_pair(initial, parameters.length)
        case declared.PlaneWave():
            largest = (parameters.points - 1) // 2
            if abs(initial.mode) > largest:
                yield Problem(
                    ("initial", "mode"),
                    f"found {initial.mode}, expected at most {largest} in modulus with {parameters.points} points",
                )
        case declared.Gaussian():
            yield from _place(("initial",), initial.position, initial.velocity, half, nyquist)
            reach = half - abs(initial.position)
            yield from _tail(initial, math.exp(-(reach**2) / (2 * initial.width**2)), "wave")
        case declared.ModulatedSech():
            if abs(initial.wavenumber) >= nyquist:
                yield _beyond_nyquist(("initial", "wavenumber"), initial.wavenumber, nyquist)
            yield from _tail(initial, float(sech(initial.amplitude * half)), "wave")


def _soliton_list(initial: declared.Solitons, half: float, nyquist: float) -> Iterator[Problem]:
    for index, one in enumerate(initial.solitons):
        yield from _place(("initial", "solitons", index), one.position, one.velocity, half, nyquist)
    if initial.exact:
        for (i, one), (j, two) in combinations(enumerate(initial.solitons), 2):
            if (one.amplitude, one.velocity) == (two.amplitude, two.velocity):
                yield Problem(
                    ("initial", "solitons", j),
                    f"has the amplitude and velocity of soliton {i}: no exact wave holds both; "
                    "expected another amplitude or velocity, or exact: false",
                )
    heights = [sech(one.amplitude * (half - abs(one.position))) for one in initial.solitons]
    yield from _tail(initial, float(max(heights)), "tail of a soliton")


def _place(
    path: tuple[str | int, ...], position: float, velocity: float, half: float, nyquist: float
) -> Iterator[Problem]:
    if abs(position) > half:
        yield Problem((*path, "position"), f"found {position}, expected a point of the box [{-half:g}, {half:g})")
    if abs(velocity) >= nyquist:
        yield _beyond_nyquist((*path, "velocity"), velocity, nyquist)


def _period(a: float, length: float) -> Iterator[Problem]:
    period = 2 * math.pi / breathers.akhmediev_wavenumber(a)
    count = length / period
    miss = abs(count - round(count))
    if miss > 1e-6 or count < 0.5:
        whole = math.floor(count)
        fits = " or ".join(repr(n * period) for n in (whole, whole + 1) if n)
        yield Problem(
            ("parameters", "length"),
            f"found {length}, which holds {count:.9g} periods of the breather, expected a whole number: {fits}",
        )
    elif miss > 1e-9:
        yield _doubt(
            ("parameters", "length"),
            f"{length} misses a whole number of periods of the breather by {miss:.1e}; "
            f"{round(count) * period!r} would hold {round(count)}",
        )


def _dark_pair(initial: declared.DarkPair, length: float) -> Iterator[Problem]:
    path = ("initial", "separation")
    closest = 2 * dark_solitons.dark_pair_delay(initial.background, initial.angle)
    if not closest < initial.separation < length:
        yield Problem(
            path,
            f"found {initial.separation}, expected more than {closest:.6g} (the distance at the collision) "
            f"and less than the length {length}",
        )
        return
    decay = 2 * initial.background * math.cos(initial.angle)
    yield from _tail(initial, math.exp(-decay * (length - initial.separation) / 2), "dark solitons")


def _tail(initial: declared.BuiltIn, height: float, what: str) -> Iterator[Problem]:
    """Warn if the cut at the seam exceeds round-off and noise."""
    if height > max(SEAM, 1e-3 * initial.noise_rms):
        yield _seam(("parameters", "length"), height, what)


def _horizon(config: Any) -> Iterator[Problem]:
    """Warn of a run so long that round-off grows large on a modulationally unstable background."""
    initial, parameters, schedule = config.initial, config.parameters, config.schedule
    background = initial.amplitude if isinstance(initial, declared.PlaneWave) else 1.0
    unstable = isinstance(initial, declared.Akhmediev | declared.Peregrine | declared.KuznetsovMa) or (
        isinstance(initial, declared.PlaneWave)
        and parameters.sign == "focusing"
        and 2 * math.pi / parameters.length < 2 * background
    )
    if not unstable or initial.noise_rms:
        return
    longest = math.log(1e-3 / np.finfo(float).eps) / background**2
    if schedule.until > longest:
        yield _doubt(
            ("schedule", "until"),
            f"round-off grows as exp({background**2:g} t) on this background and reaches "
            f"1e-3 by t = {longest:.3g}; later results depend on it",
        )


def _seam(path: tuple[str | int, ...], height: float, what: str) -> Problem:
    return _doubt(
        path,
        f"the relative height of the {what} at the seam of the periodic box is still {height:.1e}; "
        "expect errors of that order, and more on an unstable background",
    )


def _beyond_nyquist(path: tuple[str | int, ...], wavenumber: float, nyquist: float) -> Problem:
    return Problem(path, f"found {wavenumber}, expected less than the Nyquist wavenumber {nyquist:.6g} in modulus")


def _doubt(path: tuple[str | int, ...], message: str) -> Problem:
    return Problem(path, message, is_warning=True)


CHECKS = (_points, _accuracy, _resonance, _wave)
