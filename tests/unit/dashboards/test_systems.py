"""System signals: what is told is what is drawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bos.dashboards.board import Board
from bos.dashboards.figures import part_of
from bos.dashboards.periods import Held
from bos.dashboards.systems import system
from bos.kpi.metrics import Bucket, Readings

WEDNESDAY = datetime(2026, 2, 4, tzinfo=UTC)
MONDAYS = [datetime(2026, 2, day, tzinfo=UTC) for day in (2, 9, 16, 23)]
SIGNAL = {"title": "Gateway", "unit": "ratio"}


def test_the_chart_and_its_words_are_of_means_and_a_week_that_points_do_not_fill_is_marked():
    means = (0.5, 0.98, 0.99, 0.7)
    buckets = tuple(
        Bucket(start=start, mean=mean, low=0.0, high=1.0, points=100)
        for start, mean in zip(MONDAYS, means, strict=True)
    )
    newest = MONDAYS[3] + timedelta(days=2, hours=12)
    found = Readings(
        signal="gateway", buckets=buckets, points=400, latest=0.97, first=WEDNESDAY, newest=newest, sql="SELECT 1"
    )
    template = {"time_zone": "UTC", "flow": {"steps": []}, "outcomes": [], "owner": "sre"}
    board = Board(template=template, by="week", held=Held(MONDAYS[0], newest))
    panel = system(board, {"id": "g", "signal": "gateway", "affects": []}, SIGNAL, found, approval=None)
    assert panel.summary == (
        "The mean of each week: between 98.0\u202f% and 99.0\u202f%. "
        "Single points: last 97.0\u202f%, between 0\u202f% and 100\u202f%."
    )
    drawn, *loose = panel.figure["data"]
    assert (drawn["name"], drawn["y"]) == ("Mean of each week", [None, 0.98, 0.99, None])
    assert {one["name"] for one in loose} == {"So far", "Covered in part"}
    marked = part_of(panel.figure)
    assert list(marked) == [MONDAYS[0].isoformat(), MONDAYS[3].isoformat()]
    assert marked[MONDAYS[0].isoformat()] == "in part"
