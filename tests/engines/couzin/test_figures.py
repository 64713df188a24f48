"""The figure of a school says why a line has gaps."""

from __future__ import annotations

import physent
from physent.engines.couzin.figures import draw

NOTE = "no rotation while the largest cluster spans the box"


def test_gaps_of_spanning_clusters_are_told() -> None:
    plain = physent.load_config("couzin/torus").plain()
    short = {"schedule.until": 3 * plain["schedule"]["every"], "replicas": 1}
    run = physent.run(physent.load_config("couzin/torus", short))
    texts = [[text.get_text() for text in axes.texts] for axes in draw(run, plain).axes]
    assert not any(texts)
    run["rotation"] = run["rotation"].where(run.time != run.time[1])
    figure = draw(run, plain)
    assert [text.get_text() for axes in figure.axes for text in axes.texts] == [NOTE]
    legends = [axes.get_legend() for axes in figure.axes]
    assert ["polarization", "rotation"] in [[t.get_text() for t in one.get_texts()] for one in legends if one]
