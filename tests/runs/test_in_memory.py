"""What runs without an output do for a Python user: interrupts, functions of a complex wave."""

from __future__ import annotations

import logging
import os
import signal
from typing import Any

import numpy as np
import pytest

import physent
from physent.diagnostics.run.functions import Seen
from tests.hardening.bases import NLSE


def test_an_interrupted_run_returns_what_it_has(caplog: pytest.LogCaptureFixture) -> None:
    """Its samples are those of the whole run, and it is marked."""
    whole = physent.run(NLSE)
    calls = 0

    def interrupt(record: Any) -> dict[str, float]:
        nonlocal calls
        calls += 1
        if calls == 3:  # the first is a trial
            os.kill(os.getpid(), signal.SIGINT)
        return {"calls": calls}

    before = signal.getsignal(signal.SIGINT)
    with caplog.at_level(logging.WARNING, logger="physent"):
        part = physent.run(NLSE, diagnostics=[interrupt])
    assert signal.getsignal(signal.SIGINT) is before
    assert (whole.attrs["finished"], part.attrs["finished"]) == (1, 0)
    assert part.sizes["time"] == 2
    np.testing.assert_array_equal(part.psi, whole.psi[:2])
    assert "interrupted at time = " in caplog.text
    assert "the result ends there and is unfinished" in caplog.text
    assert "resume" not in caplog.text


def test_functions_see_the_complex_wave() -> None:
    """It is that of the file, and cannot be written to."""

    def overlap(record: Any) -> dict[str, Any]:
        psi = record["psi"]
        with pytest.raises(ValueError, match="read-only"):
            psi[0, 0] = 0.0
        return {"mean_real": psi.mean(axis=-1).real, "mean_imag": psi.mean(axis=-1).imag}

    run = physent.run(NLSE, diagnostics=[overlap])
    np.testing.assert_allclose(run.mean_real + 1j * run.mean_imag, run.psi.mean("x"), atol=1e-15)


def test_a_record_is_a_mapping_with_the_complex_names_once() -> None:
    record = {"a_real": np.ones(2), "a_imag": np.zeros(2), "b_real": np.ones(2), "c": np.ones(1)}
    seen = Seen(record)
    for _ in range(2):
        assert len(seen) == 5
        assert set(seen) == {*record, "a"}
        assert seen["a"].dtype == np.complex128
    with pytest.raises(KeyError):
        seen["b"]
