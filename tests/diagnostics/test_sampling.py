"""Natural time and the delay it suggests."""

from __future__ import annotations

import numpy as np
import pytest

from physent.diagnostics.sampling import advise, natural_time, pattern_time, suggest_delay
from physent.errors import RunError, UsageError
from tests.diagnostics import series


@pytest.mark.parametrize("method", ["crossings", "maxima", "minima"])
def test_natural_time_of_a_sine_is_its_period(method: str) -> None:
    t = np.arange(0, 200, 0.01)
    assert natural_time(np.sin(2 * np.pi * t / 3.7), t, method=method) == pytest.approx(3.7, rel=0.02)  # type: ignore[arg-type]


def test_natural_time_does_not_depend_on_the_origin_of_time() -> None:
    x = series.lorenz(10**5)
    t = 0.01 * np.arange(len(x))
    reference = natural_time(x, t)
    # 20 stretches of 1000 time units gave 3.44 on average and a spread of 0.14
    assert reference == pytest.approx(3.44, abs=4 * 0.14)
    assert natural_time(x, t + 100) == pytest.approx(reference, rel=1e-9)


def test_a_value_at_the_mean_is_one_crossing() -> None:
    x = np.array([1.0, 0.0, -1.0, 0.0, 1.0, 0.0, -1.0, 0.0])
    assert natural_time(x, np.arange(8.0)) == pytest.approx(2 * 7 / 4)


def test_suggested_delay_gives_the_ratio() -> None:
    delay = suggest_delay(3.25, 5, 0.01)
    assert delay == 32
    assert pattern_time(5, delay, 0.01) / 3.25 == pytest.approx(0.4, abs=0.01)
    assert suggest_delay(1.0, 5, 10.0) == 1


def test_advice_names_every_doubt() -> None:
    t = np.arange(0, 100, 0.01)
    good = advise(np.sin(t), t)
    assert good.doubts == ()
    assert good.pattern_ratio == pytest.approx(0.4, abs=0.01)
    assert len(advise(np.sin(t), t, delay=1).doubts) == 1
    coarse = advise(np.sin(t[::400]), t[::400])
    assert "outside 0.3 to 0.5" in coarse.doubts[0]
    short = np.arange(1, 5, 0.01)
    doubts = advise(np.sin(short), short).doubts
    assert any("fewer than 1.5" in doubt for doubt in doubts)


def test_refusals() -> None:
    t = np.arange(10.0)
    with pytest.raises(RunError, match="never crosses"):
        natural_time(np.ones(10), t)
    with pytest.raises(RunError, match="needs at least 2"):
        natural_time(t, t, method="maxima")
    with pytest.raises(UsageError, match="increase"):
        natural_time(t, -t)
    with pytest.raises(UsageError, match="one shape"):
        natural_time(t, t[:-1])
    with pytest.raises(UsageError, match="method"):
        natural_time(t, t, method="other")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="equally spaced"):
        advise(np.sin(t), t**2)
    with pytest.raises(UsageError, match="positive"):
        suggest_delay(-1.0, 5, 0.1)
