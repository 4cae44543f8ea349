"""Charts of all that was recorded end where the clock of the log stands; what lies after it is counted, and said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bos.actions import behaviours, dashboards

WRONG = (
    ("p8", "payment.initiated", "2061-12-31T09:00:00Z", "3.00", "web"),
    ("p9", "payment.initiated", "2062-03-01T09:00:00Z", "9.00", "web"),
)
RECORDED = "All that was recorded: 30 Jan \N{EN DASH} 5 Mar 2026, America/New_York"


@pytest.fixture
def built(ctx, ana, flow, add):
    """Return the dashboard of all that was recorded, before two events far ahead came and after it."""
    before = dashboards.build(ctx, ana, flow)
    add("wrong", WRONG)
    return before, dashboards.build(ctx, ana, flow)


def panels(run):
    return {panel.id: panel for panel in run.panels}


def test_charts_are_as_they_were_and_say_what_is_not_drawn(built):
    before, after = map(panels, built)
    trends = [name for name in before if name.startswith("trend.")]
    assert len(trends) == 6
    for name in trends:
        assert after[name].rows == before[name].rows
        assert after[name].figure == before[name].figure
        assert (
            after[name].period
            == before[name].period
            == RECORDED.replace("America/New_York", "UTC" if name == "trend.sent_back" else "America/New_York")
        )
        assert after[name].summary == f"{before[name].summary} What lies after 5 Mar 2026 is not drawn."
    assert built[1].window.by == built[0].window.by == "day"
    by_day = dict(row[:2] for row in after["trend.sent"].rows if row[1])
    assert by_day == {
        "2026-01-30T00:00:00-05:00": 1, "2026-02-01T00:00:00-05:00": 1, "2026-02-03T00:00:00-05:00": 1,
    }  # fmt: skip


def test_totals_count_what_lies_after_and_the_page_says_how_much_and_to_when(built):
    run, found = built[1], panels(built[1])
    assert (found["sent"].value, found["amount"].value) == (5, 169.75)
    assert run.window.words == f"{RECORDED}; also 2 events after it, to 1 Mar 2062"
    assert found["sent"].period == run.window.words
    assert found["sent"].change == panels(built[0])["sent"].change


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("window", "by", "total", "words"),
    [
        ({"end": datetime(2070, 1, 1, tzinfo=UTC)}, "quarter", 5, "All until 31 Dec 2069, America/New_York"),
        ({"end": datetime(2026, 3, 1, 5, tzinfo=UTC)}, "day", 3, "All until 28 Feb 2026, America/New_York"),
        ({"start": datetime(2061, 1, 1, 5, tzinfo=UTC)}, "month", 2, None),
        (
            {"start": datetime(2026, 2, 1, 5, tzinfo=UTC)}, "day", 4,
            "1 Feb \N{EN DASH} 5 Mar 2026, America/New_York; also 2 events after it, to 1 Mar 2062",
        ),
    ],
)  # fmt: skip
def test_a_window_that_is_asked_for_is_shown_as_it_was_asked_for(ctx, ana, flow, window, by, total, words):
    run = dashboards.build(ctx, ana, flow, **window)
    trend = panels(run)["trend.sent"]
    drawn = total if "end" in window or window["start"].year > 2060 else total - 2
    assert sum(row[1] for row in trend.rows if row[1]) == drawn
    assert run.window.by == by
    if "end" not in window:
        assert panels(run)["sent"].value == total
    assert words is None or run.window.words == words


@pytest.mark.usefixtures("built")
def test_the_course_that_is_judged_ends_there_too(ctx, ana, flow):
    found = behaviours.behaviour(ctx, ana, flow, "sent", by="day")
    moments = [one.bucket_start for one in (*found.points, *found.left_out)]
    assert min(moments).date().isoformat() == "2026-01-30"
    assert max(moments).date().isoformat() == "2026-03-05"
    assert len(moments) == 35
