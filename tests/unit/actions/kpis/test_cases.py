"""The cases behind a number of a flow: with a right of its own, and in the journal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bos.actions import case_events, cases, documents, kpis
from bos.auth.actor import Actor
from bos.errors import Forbidden, NotFound, UsageError
from bos.store.engine import reading
from bos.store.tables import journal
from tests.unit.actions.kpis.conftest import EVENTS

VIEWER = Actor("vic", "Vic", roles=frozenset({"viewer"}))


def test_the_cases_of_a_kpi_are_those_its_number_rests_on(ctx, ana, flow):
    found = cases.cases(ctx, ana, flow, "to_post")
    (value,) = kpis.evaluate(ctx, ana, flow, kpis=["to_post"]).values
    ended = [one for one in found.items if one.note != "not ended"]
    assert len(ended) == value.n
    assert ended[0].shown.endswith(("h", "min"))
    assert [one.value for one in ended] == sorted((one.value for one in ended), reverse=True)
    assert (found.snapshot, found.unit, found.approval.state) == ("payments@1", "seconds", "provisional")
    money = cases.cases(ctx, ana, flow, "amount", limit=1)
    assert (money.unit, len(money.items)) == ("USD", 1)
    assert money.items[0].shown.startswith("USD ")


def test_a_window_and_filters_narrow_them(ctx, ana, flow):
    every = cases.cases(ctx, ana, flow, "sent")
    web = cases.cases(ctx, ana, flow, "sent", filters={"channel": ["web"]})
    assert 0 < web.total < every.total
    late = cases.cases(ctx, ana, flow, "sent", start=datetime(2026, 2, 1, tzinfo=UTC))
    assert {one.at.month for one in late.items} == {2, 3} & {one.at.month for one in every.items}
    with pytest.raises(UsageError, match="ends when it begins, or before"):
        cases.cases(
            ctx, ana, flow, "sent", start=datetime(2026, 2, 1, tzinfo=UTC), end=datetime(2026, 1, 1, tzinfo=UTC)
        )
    with pytest.raises(UsageError, match="sent is not split by colour"):
        cases.cases(ctx, ana, flow, "sent", filters={"colour": ["red"]})
    with pytest.raises(UsageError, match="Only a ratio and a gap have another side"):
        cases.cases(ctx, ana, flow, "sent", part="out_of")


def test_reading_cases_takes_a_right_and_stands_in_the_journal(ctx, ana, flow):
    with pytest.raises(Forbidden):
        cases.cases(ctx, VIEWER, flow, "sent")
    for flow_, kpi in ((flow, "gone"), ("gone", "sent")):
        with pytest.raises(NotFound):
            cases.cases(ctx, ana, flow_, kpi)
    cases.cases(ctx, ana, flow, "sent", part="failed", limit=3)
    with reading(ctx.engine) as connection:
        rows = [row.after for row in connection.execute(select(journal).where(journal.c.tag == "data.read"))]
    assert rows[-1] == {
        "what": "cases", "kpi": "sent", "part": "failed", "filters": {}, "limit": 3, "start": None, "end": None,
        "snapshot": "payments@1",
    }  # fmt: skip


def test_a_hostile_filter_stays_a_value(ctx, ana, flow):
    assert cases.cases(ctx, ana, flow, "sent", filters={"channel": ["web' OR '1'='1"]}).total == 0


def test_a_case_of_the_list_leads_on_to_its_events_in_order(ctx, ana, flow):
    (longest,) = cases.cases(ctx, ana, flow, "to_post", limit=1).items
    found = case_events.case_events(ctx, ana, flow, "to_post", longest.case)
    mine = sorted((at, step, amount) for case, step, at, amount, _ in EVENTS if case == longest.case)
    told = [(f"{one.at:%Y-%m-%dT%H:%M:%SZ}", one.recorded, one.amount) for one in found.items]
    assert (told, found.total) == (mine, len(mine))
    assert [one.title for one in found.items] == ["Initiated", "Received", "Posted"]
    assert [one.signals for one in found.items] == [("initiated",), ("received",), ("posted",)]
    assert {one.step for one in found.items} == {"All"}
    assert {one.shown for one in found.items} == {"USD 100.00"}
    assert (found.time_zone, found.snapshot) == ("America/New_York", "payments@1")
    assert case_events.case_events(ctx, ana, flow, "sent_back", "p2").time_zone == "UTC"
    first = case_events.case_events(ctx, ana, flow, "to_post", "p2", limit=1)
    assert (first.total, [one.recorded for one in first.items]) == (3, ["payment.initiated"])


def test_an_event_that_no_signal_means_goes_by_its_recorded_name_and_later_ones_are_not_in_an_older_snapshot(
    ctx, ana, flow, add
):
    add("more", [("p1", "core.touched", "2026-01-31T11:00:00Z", "", "web")])
    found = case_events.case_events(ctx, ana, flow, "sent", "p1")
    (touched,) = [one for one in found.items if not one.signals]
    assert (touched.title, touched.step, touched.amount, touched.shown) == ("core.touched", "", None, "")
    assert found.items.index(touched) == 2
    assert case_events.case_events(ctx, ana, flow, "sent", "p1", snapshot=1).total == 3


def test_an_event_is_of_every_signal_whose_condition_it_meets(ctx, ana, flow):
    held = documents.show(ctx, ana, "signal", "payment.posted")
    on_web = {**held.document, "binding": {**held.document["binding"], "event": "payment.received"}}
    on_web["binding"]["where"] = {"channel": "web"}
    documents.put(ctx, ana, "signal", "payment.posted", on_web, rationale="Web.", base_version=held.version)
    signals = {
        case: [one.signals for one in case_events.case_events(ctx, ana, flow, "sent", case).items][1]
        for case in ("p1", "p2")
    }
    assert signals == {"p1": ("received", "posted"), "p2": ("received",)}


def test_the_events_of_a_case_take_the_right_of_the_list_and_stand_in_the_journal(ctx, ana, flow):
    with pytest.raises(Forbidden):
        case_events.case_events(ctx, VIEWER, flow, "sent", "p1")
    for asked in ((flow, "gone", "p1"), ("gone", "sent", "p1"), (flow, "sent", "p1' OR '1'='1")):
        with pytest.raises(NotFound):
            case_events.case_events(ctx, ana, *asked)
    with pytest.raises(UsageError, match="The limit is 0"):
        case_events.case_events(ctx, ana, flow, "sent", "p1", limit=0)
    case_events.case_events(ctx, ana, flow, "sent", "p1")
    with reading(ctx.engine) as connection:
        rows = [row.after for row in connection.execute(select(journal).where(journal.c.tag == "data.read"))]
    assert rows[-1] == {"what": "case", "kpi": "sent", "case": "p1", "limit": 1000, "snapshot": "payments@1"}
