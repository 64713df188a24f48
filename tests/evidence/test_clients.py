"""The table of programs that read our files."""

from __future__ import annotations

import sys

import pytest

from physent.evidence.clients import BEGIN, END, PAGE, Client, clients, inserted, table


@pytest.mark.usefixtures("no_workers")
def test_every_verdict() -> None:
    names = {one.name for one in clients()}
    assert {"ncdump", "NCO", "CDO", "kerchunk", "compliance-checker, CF-1.11"} <= names
    (here,) = (one for one in clients() if one.name == "xarray with netCDF4")
    tried = [
        here,
        Client("other", "echo 2.0", "echo 17.5"),
        Client("dead", "echo 1", "exit 1"),
        Client("mute", "echo 1", "true"),
        Client("checker", "echo 1", "echo remarks: 3"),
        Client("looks", "echo 1", "test -s F && echo ok", "fine"),
        Client("absent", "no_such_program --version", "echo ok"),
    ]
    rows = [row.strip("| ").split(" | ") for row in table(sys.executable, tried)][2:]
    assert [(row[0], row[2], row[3].rstrip(" |")) for row in rows] == [
        (here.name, "yes", "yes"),
        ("other", "other numbers", "other numbers"),
        ("dead", "no", "no"),
        ("mute", "no", "no"),
        ("checker", "remarks: 3", "remarks: 3"),
        ("looks", "yes", "yes"),
    ]


def test_it_goes_between_its_marks() -> None:
    page = PAGE.read_text(encoding="utf-8")
    made = inserted(page, ["| a |"])
    assert made == page.partition(BEGIN)[0] + f"{BEGIN}\n\n| a |\n\n{END}" + page.partition(END)[2]
    for row in page.partition(BEGIN)[2].partition(END)[0].strip().splitlines()[2:]:
        assert "| no |" not in row, row
        assert "other numbers" not in row, row
