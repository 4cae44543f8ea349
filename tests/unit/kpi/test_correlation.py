"""The share of cases known from their beginning on, held against counting case by case over made-up events."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bos.kpi.binding import BoundSignal
from bos.kpi.correlation import Known, Looked, correlated, first_steps

ZONE = ZoneInfo("Europe/Amsterdam")
AROUND = datetime(2026, 10, 24, 20, tzinfo=UTC)  # in the night to the 25th the clock goes back
BEGUN = BoundSignal("begun", "begun")
DONE, WEB, EXTRA = (
    BoundSignal("done", "done"),
    BoundSignal("web", "done", {"channel": "web"}),
    BoundSignal("extra", "extra"),
)
SETS = {
    frozenset({DONE}): lambda step, _: step == "done",
    frozenset({WEB, EXTRA}): lambda step, channel: step == "extra" or (step == "done" and channel == "web"),
}
EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.sampled_from(["begun", "done", "extra", "other"]),
        st.integers(0, 60 * 60),
        st.sampled_from(["web", "branch", None]),
    ),
    min_size=1,
    max_size=40,
)


def start_of(moment, by):
    """Return the first instant of the bucket of a moment; hours of the zone begin with those of UTC."""
    if by == "hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.astimezone(ZONE).date()
    day -= timedelta(days=day.weekday() if by == "week" else 0)
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize("by", [None, "hour", "day", "week"])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(events=EVENTS, bounds=st.tuples(st.integers(0, 1800), st.integers(1801, 3600)))
def test_it_is_what_counting_case_by_case_gives(snapshot, by, events, bounds):
    rows = [(case, step, AROUND + timedelta(minutes=minute), channel) for case, step, minute, channel in events]
    held = snapshot(
        [
            {
                "case_id": case,
                "step": step,
                "event_time": at,
                "attributes": [("channel", channel)] if channel else [],
            }
            for case, step, at, channel in rows
        ]
    )
    start, end = (AROUND + timedelta(minutes=minute) for minute in bounds)
    begun = {case for case, step, _, _ in rows if step == "begun"}
    found = correlated(held, [BEGUN], list(SETS), Looked(start, end, str(ZONE), by), memory_limit="1GB")
    for own, meant in SETS.items():
        cases = {}
        for case, step, at, channel in rows:
            if start <= at < end and meant(step, channel):
                cases.setdefault(by and start_of(at, by), set()).add(case)
        expected = {at: Known(len(here), len(here & begun)) for at, here in cases.items()}
        assert found[own] == expected


def test_the_share_is_nothing_where_there_is_no_case(snapshot):
    held = snapshot([{"case_id": "a", "step": "begun", "event_time": AROUND, "attributes": []}])
    looked = Looked(None, None, "UTC")
    assert correlated(held, [BEGUN], [frozenset({DONE})], looked, memory_limit="1GB") == {frozenset({DONE}): {}}
    assert correlated(held, [], [frozenset({DONE})], looked, memory_limit="1GB") == {}
    assert (Known().share, Known(4, 3).share) == (None, 0.75)


def test_first_steps_are_those_no_step_before_them_leads_to():
    ways = [("due", "sent"), ("sent", "sent"), ("web", "sent"), ("sent", "done"), ("done", "due"), ("done", "web")]
    flow = {
        "steps": [{"id": name} for name in ("due", "web", "sent", "done")],
        "edges": [{"source": source, "target": target} for source, target in ways],
    }
    assert first_steps(flow) == ["due", "web"]
