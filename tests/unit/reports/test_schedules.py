"""Schedules: the moment that is due, across clock changes; one job for each week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bos.actions import documents, schedules
from bos.actions.context import open_context
from bos.auth.actor import Actor
from bos.model.schedule import week_before
from bos.settings import Settings

AMSTERDAM = {"weekday": "monday", "time": "07:00:00", "time_zone": "Europe/Amsterdam"}
NIGHT = {"weekday": "sunday", "time": "02:30:00", "time_zone": "Europe/Amsterdam"}
ANA = Actor("ana", "Ana", roles=frozenset({"process_owner"}))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "now", "wanted"),
    [
        (AMSTERDAM, "2026-03-23T06:00", "2026-03-23T06:00"),  # winter: 07:00 is 06:00 UTC
        (AMSTERDAM, "2026-03-23T05:59", "2026-03-16T06:00"),
        (AMSTERDAM, "2026-03-30T05:00", "2026-03-30T05:00"),  # summer: 07:00 is 05:00 UTC
        (AMSTERDAM, "2026-10-26T06:00", "2026-10-26T06:00"),
        (NIGHT, "2026-03-29T12:00", "2026-03-29T01:30"),  # 02:30 is jumped over
        (NIGHT, "2026-10-25T12:00", "2026-10-25T00:30"),  # 02:30 comes twice: the first
    ],
)
def test_what_is_due_follows_the_wall_clock(schedule, now, wanted):
    assert schedules.due(schedule, at(now)) == at(wanted)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))  # noqa: DTZ001 - made aware below
def test_the_last_due_moment_is_never_later_than_now_nor_more_than_a_week_and_an_hour_ago(moment):
    now = moment.replace(tzinfo=UTC)
    last = schedules.due(AMSTERDAM, now)
    assert timedelta(0) <= now - last <= timedelta(days=7, hours=1)


def test_the_week_before_a_monday_is_the_one_that_just_ended():
    assert week_before(at("2026-01-05T06:00"), "Europe/Amsterdam") == "2026-W01"
    assert week_before(at("2026-01-04T23:30"), "Europe/Amsterdam") == "2026-W01"  # Monday there already
    assert week_before(at("2026-01-04T22:30"), "Europe/Amsterdam") == "2025-W52"


@pytest.mark.parametrize(
    ("zone", "now", "week"),
    [
        ("America/New_York", at("2026-02-02T02:00"), "2026-W04"),
        ("UTC", at("2026-02-02T02:00"), "2026-W05"),
        ("Pacific/Kiritimati", at("2026-02-01T11:00"), "2026-W05"),
        ("UTC", at("2026-02-01T11:00"), "2026-W04"),
        ("Europe/Amsterdam", at("2026-01-05T06:00"), "2026-W01"),
    ],
)
def test_the_last_week_that_is_over_is_that_of_the_zone(zone, now, week):
    assert week_before(now, zone) == week


@pytest.fixture
def ctx(store_url, tmp_path):
    context = open_context(Settings.load(home=tmp_path / "home", env={}, database_url=store_url))
    yield context
    context.close()


def test_a_schedule_makes_one_job_for_each_week_and_catches_up_the_last_missed_one(ctx):
    documents.put(ctx, ANA, "template", "flow", _template(), rationale="First.")
    schedule = {"title": "Weekly", "flow": "flow", **AMSTERDAM}
    documents.put(ctx, ANA, "schedule", "flow.weekly", schedule, rationale="First.")
    now = datetime.now(UTC)
    assert schedules.tick(ctx, now) == ()  # what was due before it was made is not caught up
    month = (now + timedelta(weeks=4, days=2 - now.weekday())).replace(hour=12)  # a Wednesday: nothing is due soon
    (job,) = schedules.tick(ctx, month)
    assert schedules.tick(ctx, month) == ()
    assert schedules.tick(ctx, month + timedelta(hours=1)) == ()
    (later,) = schedules.tick(ctx, month + timedelta(weeks=1))
    assert later.id != job.id
    documents.put(ctx, ANA, "schedule", "flow.weekly", {**schedule, "enabled": False}, rationale="Off.", base_version=1)
    assert schedules.tick(ctx, month + timedelta(weeks=9)) == ()


def _template():
    sections = ("identity", "flow", "process_signals", "system_signals", "outcomes", "ownership")
    rows = [{"id": s.replace("_", "-"), "covers": s, "accountable": "process_owner"} for s in sections]
    return {
        "title": "Flow",
        "flow": {"correlation_key": ["id"], "steps": [{"id": "all", "title": "All"}]},
        "ownership": rows,
    }
