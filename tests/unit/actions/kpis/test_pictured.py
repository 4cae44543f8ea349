"""What is told of a KPI has its trend: the panel of the dashboard over the same period, or why there is none."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bos.actions import dashboards, delivering, documents, pictured, watching
from bos.actions.outbox import relay
from bos.auth.actor import Actor
from bos.errors import Unavailable
from bos.store.engine import transaction

SAM = Actor("sam", "Sam", roles=frozenset({"sre"}))
NOW = datetime(2026, 2, 17, 12, tzinfo=UTC)
SENT = {day: 1 + day % 3 for day in range(4, 20) if day not in {9, 10}}
"""Payments by the day of February; of the 9th and 10th nothing was recorded."""
BACK = {5: 1, 16: 1, 17: 2}


@pytest.fixture
def told(ctx, ana, flow, add):
    """Return a function that lets a look happen, and returns the messages of it that wait for a webhook."""
    days = [
        (f"d{day}.{n}", f"payment.{step}", f"2026-02-{day:02}T0{hour}:00:00-05:00", "10.00", "web")
        for day, many in SENT.items()
        for n in range(many)
        for step, hour in (("initiated", 9), ("received", 9))
    ]
    back = [
        (f"d{day}.{n}", "payment.returned", f"2026-02-{day:02}T09:30:00-05:00", "10.00", "web")
        for day, many in BACK.items()
        for n in range(many)
    ]
    add("daily", days + back)

    def look(at=NOW, *, over="1 day", hear=True, trust=None):
        template = documents.show(ctx, ana, "template", flow).document
        rate = next(one for one in template["outcomes"] if one["id"] == "return_rate")
        rate |= {
            "target": {"value": 0.1, "direction": "at_most"},
            "thresholds": [{"id": "b", "level": "breach", "value": 0.3}],
            "watch": {"every": "1 hour", "over": over},
        }
        template["trust"] = trust or template.get("trust")
        documents.put(ctx, ana, "template", flow, template, base_version=1, rationale="Watched.")
        hook = {"id": "hook", "title": "H", "connector": "webhook", "address": "https://h.example/x"}
        hook["tells"] = {flow: ["kpi.state"]} if hear else {}
        documents.put(ctx, SAM, "connection", "hook", hook, rationale="Why.")
        watching.tick(ctx, at)
        outbox = []
        while relay(ctx, lambda topic, payload: outbox.append(payload) if topic == watching.CHANGED else None):
            pass
        with transaction(ctx.engine) as session:
            waiting = [row.message for row in session.exec_driver_sql("SELECT message FROM delivery ORDER BY seq")]
        return outbox, waiting

    return look


def rows_of(message):
    return [tuple(row) for row in message["chart"]["panel"]["rows"]]


def test_the_trend_is_the_panel_of_the_dashboard_over_the_same_period_and_what_was_recorded(ctx, ana, flow, told):
    _, (message,) = told()
    start, by = pictured.period("1 day", NOW, "America/New_York")
    first = datetime(2026, 1, 30, 5, tzinfo=UTC)  # the midnight before the first event
    run = dashboards.build(ctx, ana, flow, start=max(start, first), end=NOW, by=by)
    panel = next(one for one in run.panels if one.id == "trend.return_rate")
    assert message["chart"]["panel"] == panel.model_dump(mode="json", exclude={"queries"})
    told_by_day = {row[0][:10]: row[1] for row in rows_of(message)}
    for day, many in SENT.items():
        if 5 <= day < 17:  # before, no return was ever recorded; on the 17th, none had been sent by noon UTC
            assert told_by_day[f"2026-02-{day:02}"] == pytest.approx(BACK.get(day, 0) / many)
    assert told_by_day["2026-02-09"] is told_by_day["2026-02-10"] is None
    assert rows_of(message)[-1][0].startswith("2026-02-17")


def test_the_message_that_is_sent_has_the_picture_with_words_for_who_does_not_see_it(ctx, told):
    _, (message,) = told()
    (picture,) = delivering.message_of(ctx, message).attachments
    assert (picture.name, picture.media_type, picture.content[:4]) == ("chart.png", "image/png", b"\x89PNG")
    assert delivering.message_of(ctx, message).attachments == (picture,), "each attempt sends the same"
    assert picture.alt.startswith("Chart: Return_Rate by day, 30 Jan")
    facts = dict(message["facts"])
    assert f"Now: {facts['Value']} over" in picture.alt
    assert [facts[name].rpartition(", ")[2] for name in ("Period", "Since")] == ["America/New_York"] * 2
    assert picture.alt.endswith("Breach: above 30.0\u202f%")
    plain = delivering.message_of(ctx, message, chart=False)
    assert plain.attachments == ()
    assert plain.paragraphs[-1] == "Without its chart: it is on the dashboard."


def test_who_hears_nothing_costs_no_trend(told, monkeypatch):
    monkeypatch.setattr(pictured, "_trend", lambda *_: pytest.fail("computed for nobody"))
    outbox, waiting = told(hear=False)
    assert ([one["trend"] for one in outbox], waiting) == ([None], [])


def test_a_withheld_number_has_no_picture_and_says_so(told):
    _, (message,) = told(trust={"approved": True})
    assert message["chart"] is None
    assert message["paragraphs"][-1].startswith("Without a chart: it is withheld: Not approved yet")


@pytest.mark.parametrize("error", [Unavailable("The lake is away.", hint="Wait."), ZeroDivisionError()])
def test_a_trend_that_cannot_be_computed_keeps_no_message_from_being_told(told, monkeypatch, error):
    def fails(*_):
        raise error

    monkeypatch.setattr(pictured, "trend_of", fails)
    _, (message,) = told()
    assert message["title"].startswith("Breach: Return_Rate is")
    assert (message["chart"], message["paragraphs"][-1]) == (None, "Without a chart: it could not be computed.")


def test_trends_end_when_their_time_is_used_up(told, monkeypatch):
    monkeypatch.setattr(pictured, "SECONDS", -1)
    _, (message,) = told()
    assert message["paragraphs"][-1] == "Without a chart: too many numbers changed at once."


def test_a_picture_that_cannot_be_drawn_is_left_out(ctx, told, monkeypatch):
    _, (message,) = told()
    monkeypatch.setattr(pictured, "card", lambda *_, **__: 1 / 0)
    sent = delivering.message_of(ctx, message)
    assert (sent.attachments, sent.paragraphs[-1]) == ((), "Without its chart: it is on the dashboard.")


@pytest.mark.parametrize(
    ("over", "by", "start"),
    [
        ("6 hours", "hour", "2026-03-29T13:00:00+00:00"),
        ("1 day", "day", "2026-03-01T23:00:00+00:00"),
        ("7 days", "week", "2025-10-05T22:00:00+00:00"),
        ("60 days", "month", "2025-02-28T23:00:00+00:00"),
    ],
)
def test_a_trend_begins_with_a_whole_part_on_the_clocks_of_the_zone(over, by, start):
    now, zone = datetime(2026, 3, 31, 12, 30, tzinfo=UTC), "Europe/Amsterdam"
    found, told = pictured.period(over, now, zone)
    assert (found.isoformat(), told) == (start, by)
    local = found.astimezone(ZoneInfo(zone))
    assert by == "hour" or local.hour == 0
    assert by != "week" or local.weekday() == 0
    assert now - found < timedelta(days=400)
