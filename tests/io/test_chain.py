"""The checksum chain against a naive twin, and what it notices."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from physent.config.load import load_config
from physent.io import chain
from physent.io.files import Paths
from physent.io.layout import CHECKSUM
from physent.io.writer import Writer
from physent.runs.job import prepare
from tests.random_walk import drift_config, registered

EVERY = 3


@pytest.fixture(autouse=True)
def _toys() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture
def history(tmp_path: Path) -> tuple[Path, list[dict[str, Any]]]:
    """A history of 11 random records at OUT.nc.new, and the records."""
    config: Any = load_config(drift_config(output={"every": EVERY, "dtype": "float32"}))
    layout = prepare(config).layout
    paths = Paths.of(tmp_path / "run.nc")
    writer = Writer.create(paths, layout, {"title": "a test"})
    random = np.random.default_rng(1)
    records = []
    for sample in range(11):
        record = {c.name: random.integers(-99, 99, c.shape).astype(c.variable.dtype) for c in layout.columns}
        writer.append(sample * 0.1, record)
        records.append({"time": np.float64(sample * 0.1)} | record)
    writer.close()
    return paths.new, records


def opened(path: Path) -> netCDF4.Dataset:
    """Dataset without any decoding."""
    dataset = netCDF4.Dataset(os.fspath(path))
    dataset.set_auto_maskandscale(False)
    return dataset


def test_naive_twin(history: tuple[Path, list[dict[str, Any]]]) -> None:
    path, records = history
    with opened(path) as dataset:
        crc = chain.first_link(dataset)
        expected = []
        for sample, record in enumerate(records):
            fields = ("position", "wave_real", "wave_imag") if sample % EVERY == 0 else ()
            parts = [record[name].astype("<f4") for name in fields]
            parts += [record[name] for name in ("time", "spread", "visits", "mean", "now")]
            crc = zlib.crc32(b"".join(part.tobytes() for part in parts), crc)
            expected.append(crc)
        assert list(chain.links(dataset, 11)) == expected
        assert dataset[CHECKSUM][:].tolist() == expected
        assert chain.verified(dataset) == 11


def test_blocks_do_not_matter(history: tuple[Path, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = history
    with opened(path) as dataset:
        whole = list(chain.links(dataset, 11))
        monkeypatch.setattr(chain, "BLOCK_BYTES", 1)
        assert list(chain.links(dataset, 11)) == whole


@pytest.mark.parametrize(("name", "sample"), [("spread", 7), ("time", 10), (CHECKSUM, 4), ("position", 2)])
def test_a_changed_number_ends_the_verified_part(
    history: tuple[Path, list[dict[str, Any]]], name: str, sample: int
) -> None:
    path, _ = history
    with netCDF4.Dataset(os.fspath(path), "a") as dataset:
        values = dataset[name][sample]
        dataset[name][sample] = values + 1
    with opened(path) as dataset:
        assert chain.verified(dataset) == (sample * EVERY if name == "position" else sample)


def test_a_changed_header_leaves_nothing_verified(history: tuple[Path, list[dict[str, Any]]]) -> None:
    path, _ = history
    raw = path.read_bytes()
    for old, new in [(b"a test", b"a tesT"), (b"spread", b"sprEad"), (b"walker", b"talker")]:
        assert old in raw
        path.write_bytes(raw.replace(old, new, 1))
        with opened(path) as dataset:
            assert chain.verified(dataset) == 0


def test_frames_that_were_not_written_are_nan(history: tuple[Path, list[dict[str, Any]]]) -> None:
    path, _ = history
    with opened(path) as dataset:
        assert np.isfinite(dataset["position"][:4]).all()
        assert np.isnan(dataset["position"][4:]).all()
        assert dataset["position"].shape[0] == 7
