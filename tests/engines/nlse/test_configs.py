"""The starts of the bundled configs of this engine are resolved on their grids."""

from __future__ import annotations

import numpy as np
import pytest

from physent.config.bundled import bundled_configs
from physent.config.load import load_config
from physent.engines.nlse.initial import wave


@pytest.mark.parametrize("name", [name for name in bundled_configs() if name.startswith("nlse/")])
def test_start_is_resolved_by_the_grid(name: str) -> None:
    """Power in the last tenth of the wavenumbers below 1e-10 of the whole, or below the noise that is asked for."""
    run = load_config(name)
    psi = wave(run, 0)
    assert psi.shape == (run.parameters.points,)
    assert np.all(np.isfinite(psi))
    power = np.abs(np.fft.fft(psi)) ** 2
    k = np.abs(np.fft.fftfreq(psi.size))
    assert power[k > 0.45].sum() / power.sum() < max(1e-10, run.initial.noise_rms**2)
