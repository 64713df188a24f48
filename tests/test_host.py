"""What the machine allows."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from physent import host


def test_limits_of_control_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    groups, named = tmp_path / "groups", tmp_path / "cgroup"
    inner = groups / "job" / "step"
    inner.mkdir(parents=True)
    monkeypatch.setattr(host, "PROC_CGROUP", named)
    monkeypatch.setattr(host, "CGROUPS", groups)
    free, count = host.memory(), host.processors()
    named.write_text("0::/job/step\n")
    (inner / "memory.max").write_text("max\n")
    (inner / "cpu.max").write_text("max 100000\n")
    assert (host.memory(), host.processors()) == (free, count)
    (groups / "job" / "memory.max").write_text("1048576\n")
    (groups / "job" / "cpu.max").write_text("50000 100000\n")
    assert (host.memory(), host.processors()) == (1048576.0, 1)
    named.write_text("7:memory:/old\n0::/\n")
    (groups / "memory" / "old").mkdir(parents=True)
    (groups / "memory" / "old" / "memory.limit_in_bytes").write_text("2097152\n")
    assert host.memory() == 2097152.0


def test_the_commit_is_that_of_this_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = host.commit.__wrapped__()
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert host.commit.__wrapped__() == here
