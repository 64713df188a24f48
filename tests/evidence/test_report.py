"""The report of a validation, as a file and in a browser."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from physent.evidence.report import write_report
from physent.evidence.validate import validate

CHECK = """'''Case of the report <that> & says much.

Why it does.
'''
from physent.evidence import Claim

def check(case):
    with case.figure("line") as figure:
        figure.subplots().plot([0, 1])
    keys = {"source": "derived & so on", "expected": 1.0, "tolerance": 0.1, "reason": "x < y"}
    yield Claim(claim="a <b> claim", measured=1.05, standard_error=0.01, basis="exact", **keys)
    yield Claim(claim="missed", measured=2.0, basis="published", difference="it drifts", **keys)
    yield Claim(claim="wrong", measured=2.0, basis="exact", **keys)
"""
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
]
PROBE = """<script>addEventListener("load", () => {
  const images = [...document.images], texts = [...document.querySelectorAll("td, p, small")];
  const sizes = texts.map(text => parseFloat(getComputedStyle(text).fontSize));
  document.title = [images.length, images.filter(image => image.naturalWidth > 0).length,
    document.documentElement.scrollWidth, innerWidth, Math.min(...sizes)].join(" ");
})</script>"""


@pytest.fixture
def report(tmp_path: Path) -> Path:
    folder = tmp_path / "cases" / "much"
    folder.mkdir(parents=True)
    (folder / "check.py").write_text(CHECK)
    validate(root=tmp_path / "cases", output=tmp_path / "out")
    return tmp_path / "out" / "report.html"


def test_everything_stands_in_the_file(report: Path) -> None:
    text = report.read_text()
    assert "<script" not in text
    assert not re.search(r"(src|href)=.(?!data:|#)", text)
    plain = html.unescape(re.sub(r"<[^>]*>", "", text))
    for words in ("<that> & says much", "Why it does.", "a <b> claim", "derived & so on", "x < y", "it drifts"):
        assert words in plain
    assert "1 pass, 1 expected-difference, 1 fail" in plain
    assert "1.05 ± 1.0e-02" in plain
    assert "python_version" in plain


def test_a_lost_figure_is_said(report: Path) -> None:
    row: dict[str, Any] = {
        "case": "much", "claim": "c", "source": "s", "basis": "exact", "expected": 1.0, "measured": None,
        "standard_error": None, "tolerance": 1.0, "reason": "r", "note": "", "verdict": "fail", "tier": "quick",
        "figures": ["much/gone.png"],
    }  # fmt: skip
    assert "much/gone.png: No such file" in write_report([row], {}, report.parent).read_text()


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine: the report was not opened in a browser")
@pytest.mark.parametrize("width", [1200, 500])
def test_in_a_browser(report: Path, tmp_path: Path, width: int) -> None:
    probed = tmp_path / "probed.html"
    probed.write_text(report.read_text().replace("</body>", PROBE + "</body>"))
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [str(BROWSER), *QUIET, profile, f"--window-size={width},900", "--dump-dom", probed.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr
    found = re.search(r"<title>(\d+) (\d+) (\d+) (\d+) ([\d.]+)</title>", done.stdout)
    assert found is not None
    images, loaded, content, window, smallest = map(float, found.groups())
    assert images == loaded == 1
    assert content <= window <= width
    assert smallest >= 11
