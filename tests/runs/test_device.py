"""Runs on a CUDA device, or in numba's simulator, from config to file."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import physent
from physent import engines
from physent.config import yaml
from physent.config.load import load_config
from physent.core.cuda import device
from physent.errors import RunError, UsageError
from physent.runs import api
from physent.runs.job import prepare
from tests.crashes import assert_same, contents

SCHOOL: dict[str, Any] = {
    "engine": "couzin",
    "seed": 4,
    "replicas": 2,
    "parameters": {"n": 6, "orientation_radius": 2.0, "attraction_radius": 4.0, "noise_rad": 0.1},
    "initial": {"kind": "ball"},
    "schedule": {"until": 0.4, "every": 0.2},
    "protocol": [{"at": 0.2, "set": {"speed": 2.0}}],
}


def test_the_cpu_keeps_its_hashes() -> None:
    """The key is in a config only if it says cuda."""
    plain, named, other = (load_config({**SCHOOL, **more}) for more in ({}, {"device": "cpu"}, {"device": "cuda"}))
    assert plain.sha256 == named.sha256 != other.sha256
    assert "device" not in plain.plain()
    assert other.plain()["device"] == "cuda"
    assert load_config(other.plain()) == other


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("cuda", "found cuda, but jump runs on the cpu only; on cuda run .*couzin"),
        ("gpu", "expected cpu or cuda; did you mean cuda"),
    ],
)
def test_what_does_not_run_there_is_refused(value: str, told: str) -> None:
    """In one line that names what does."""
    with pytest.raises(UsageError, match=told) as caught:
        load_config("jump/two_level", {"device": value})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        (
            "oscillators/kuramoto_lattice",
            {},
            r"oscillators with parameters.network lattice \(method graph\) runs .* parameters.network mean_field$",
        ),
        (
            "coulomb/ginibre_matrix",
            {"parameters.sampler": "auto"},
            r"coulomb with parameters.sampler auto \(method matrix\) runs .* parameters.sampler hmc$",
        ),
    ],
)
def test_the_key_that_chooses_what_runs_there_is_named(name: str, changes: dict[str, Any], told: str) -> None:
    """Rather than a method of which the config has no word."""
    with pytest.raises(UsageError, match=f"found cuda, but {told}"):
        load_config(name, {**changes, "device": "cuda"})


def test_a_device_that_resume_cannot_use(tmp_path: Path) -> None:
    """It is the option that is wrong, not what is stored."""
    out = tmp_path / "run.nc"
    config = {"engine": "chaos", "parameters": {"system": {"kind": "cat"}}, "initial": {"kind": "box"}}
    api.start(config | {"schedule": {"until": 2.0, "every": 1.0}}, out)
    with pytest.raises(UsageError, match=r"run.nc: set device: found cuda, but chaos runs on the cpu only") as caught:
        physent.resume(out, until=4.0, device="cuda")
    assert "stored config" not in str(caught.value)


def test_no_device_is_told_before_any_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In one line with the remedy."""
    monkeypatch.setattr(device, "trouble", lambda: "there is no driver: install it")
    with pytest.raises(UsageError, match=r"^device: found cuda, but there is no driver: install it$"):
        physent.run({**SCHOOL, "device": "cuda"}, output=tmp_path / "run.nc")
    assert not list(tmp_path.iterdir())


@pytest.mark.cuda
@pytest.mark.simulated
def test_a_run_says_where_it_was_and_may_go_on_elsewhere(tmp_path: Path) -> None:
    """Split as whole on one device, bit for bit; on the other one to round-off, told and recorded."""
    config = {**SCHOOL, "device": "cuda"}
    whole, moved, cpu = (tmp_path / f"{name}.nc" for name in ("whole", "moved", "cpu"))
    api.start(config, whole)
    api.start(SCHOOL, cpu)
    api.start({**config, "schedule": {"until": 0.2, "every": 0.2}, "protocol": []}, moved)
    with physent.open_run(whole) as run, physent.open_run(cpu) as other:
        assert run.attrs["device"] == "cuda"
        assert run.attrs["device_name"] == device.name()
        assert "device" not in other.attrs
        np.testing.assert_allclose(run["position"], other["position"], rtol=0, atol=1e-12)
    short = {**SCHOOL, "protocol": []}
    with physent.resume(moved, until=0.4, device="cpu") as run:
        assert run.attrs["device"] == "cuda to time = 0.2, then cpu"
        assert "device" not in run.attrs["config"]
        assert "cuda to time = 0.2, then cpu: bits agree" in run.attrs["warnings"]
        with physent.run(short) as other:
            np.testing.assert_allclose(run["position"], other["position"], rtol=0, atol=1e-12)


@pytest.mark.cuda
@pytest.mark.simulated
def test_steps_are_made_while_a_sample_is_handled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From all samples but the last and the one at an event, and no bit of the file depends on it."""
    config = {**SCHOOL, "device": "cuda", "replicas": 1, "schedule": {"until": 0.3, "every": 0.1}}
    module = import_module("physent.engines.couzin.methods.all_pairs_cuda")
    method, begun = module.METHOD, []

    def begin(state: Any, target: float, work: int) -> Any:
        begun.append(target)
        return method.begin(state, target, work)

    for name, part in (("ahead", begin), ("after", None)):
        monkeypatch.setattr(module, "METHOD", replace(method, begin=part))
        api.start(config, tmp_path / f"{name}.nc")
    assert begun == [0.1, 0.2]
    assert_same(tmp_path / "ahead.nc", contents(tmp_path / "after.nc"))


@pytest.mark.cuda
@pytest.mark.simulated
@pytest.mark.filterwarnings("ignore:invalid value")  # of the simulator, which is NumPy
def test_a_record_outlives_what_is_begun() -> None:
    """Whoever reads the State before the end is told; an error is raised at the end."""
    config = load_config({**SCHOOL, "device": "cuda", "protocol": []})
    method = engines.get("couzin").method(config)
    assert method.begin is not None
    assert method.still is not None
    state, other = method.start(config, None), method.start(config, None)
    method.advance(other, 0.2, 1 << 40)
    before = method.fields(state)
    still = method.still(state, frozenset({"position"}))
    end = method.begin(state, 0.2, 1 << 40)
    record = method.fields(still)
    with pytest.raises(RuntimeError, match="the State is read between"):
        method.fields(state)
    assert end() == 0.2
    after, expected = method.fields(state), method.fields(other)
    assert "heading" not in record
    for name, values in record.items():
        np.testing.assert_array_equal(values, before[name])
        np.testing.assert_array_equal(after[name], expected[name])
    assert not np.array_equal(after["position"], record["position"])
    state.arrays["swarm"][0, 0, 0] = np.inf
    end = method.begin(state, 0.4, 1 << 40)
    with pytest.raises(RunError, match=r"replica 0: a position is not finite on the way to time 0\.4; choose"):
        end()


@pytest.mark.cuda
@pytest.mark.simulated
@pytest.mark.parametrize(("replicas", "fits"), [(10, "replicas = 5"), (1, "n = 3000")])
def test_a_state_beyond_the_memory_of_the_card_is_refused(
    monkeypatch: pytest.MonkeyPatch, replicas: int, fits: str
) -> None:
    """In one line, with the size that fits."""
    config = load_config({**SCHOOL, "device": "cuda", "replicas": replicas}, {"parameters.n": 6000})
    memory = engines.get("couzin").method(config).device_memory
    assert memory is not None
    monkeypatch.setattr(device, "free_bytes", lambda: memory(config) / 2.0)
    with pytest.raises(UsageError, match=rf"GB on the device, .* GB free: about {fits} would fit$"):
        prepare(config)


@pytest.mark.cuda
@pytest.mark.simulated
def test_points_that_fit_are_a_power_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others would be refused on the device."""
    config = load_config(
        "nlse/two_solitons", {"device": "cuda", "parameters.method": "strang", "parameters.step": 1e-3}
    )
    memory = engines.get("nlse").method(config).device_memory
    assert memory is not None
    monkeypatch.setattr(device, "free_bytes", lambda: memory(config) / 3.0)
    with pytest.raises(UsageError, match=rf"about points = {config.parameters.points // 4} would fit$"):
        prepare(config)


@pytest.mark.cuda
@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
def test_a_stopped_command_goes_on(tmp_path: Path, name: str) -> None:
    """With the bits of an undisturbed run; Ctrl-C is answered within 0.2 s, and what it takes to write."""
    until = 2.0 if device.simulated() else 2000.0
    config = {**SCHOOL, "device": "cuda", "protocol": [], "schedule": {"until": until, "every": 0.2}}
    config |= {"checkpoint": {"wall_seconds": 0.01}}
    (tmp_path / "run.yaml").write_text(yaml.dump(config))
    out = tmp_path / "run.nc"
    command = [sys.executable, "-m", "physent", "run", str(tmp_path / "run.yaml"), "-q", "-o", str(out)]
    with subprocess.Popen(command) as process:
        end = time.monotonic() + 120.0
        while not (out.exists() and samples(out) > 2) and time.monotonic() < end:
            time.sleep(0.05)
        process.send_signal(getattr(signal, name))
        sent = time.monotonic()
        code = process.wait(60)
        waited = time.monotonic() - sent
    assert code == (130 if name == "SIGINT" else -9)
    assert waited < 2.0  # with the end of the interpreter
    api.carry_on(out)
    api.start(config | {"output": {"path": out.name}}, tmp_path / "whole.nc")
    assert_same(out, contents(tmp_path / "whole.nc"))


def samples(path: Path) -> int:
    """Samples in the file of a run."""
    with physent.open_run(path) as run:
        return run.sizes["time"]
